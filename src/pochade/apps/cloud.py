"""The `cloud` operation: pictures in, clouds of their colours and a report out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from pochade.apps.batch import (
    attempt,
    complain,
    exit_code,
    expanded,
    open_still,
    put,
    refuse_standard_output,
    still_notes,
    times,
)
from pochade.apps.cloud_files import CloudFileOptions, plan_clouds
from pochade.apps.file_options import STANDARD
from pochade.apps.json_report import failed, rounded
from pochade.apps.operations import ReportOptions
from pochade.apps.outputs import Target, local_name, refuse_existing
from pochade.apps.session import Session, printable
from pochade.cloud_options import CloudOptions
from pochade.errors import PochadeError

if TYPE_CHECKING:
    from pochade.io.picture import Picture
    from pochade.plot.cloud_result import CloudResult


@dataclass(slots=True, eq=False, repr=False)
class CloudOutcome:
    """What became of one input; filled in as far as it gets."""

    target: Target
    picture: Picture | None = None
    result: CloudResult | None = None
    bytes: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    error: PochadeError | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything worth saying about the result."""
        assert self.picture is not None
        assert self.result is not None
        return (*still_notes(self.picture), *self.result.notes)


def run(
    options: CloudOptions, files: CloudFileOptions, report: ReportOptions, session: Session
) -> int:
    """Make a cloud of every input and say what came out; the exit code tells if all went well."""
    files = replace(files, inputs=expanded(files.inputs))
    targets = plan_clouds(files)
    if any(target.path == STANDARD for target in targets):
        refuse_standard_output(report, session)
    outcomes, entries = [], []
    for target in targets:
        outcome = CloudOutcome(target)
        attempt(outcome, lambda one: show_one(one, options, files, session))
        tell(outcome, report, session)
        if report.json:
            entries.append(entry(outcome))
        # A result is let go of before the next picture is read.
        outcomes.append(CloudOutcome(target, error=outcome.error))
    code = exit_code(outcomes)
    if report.json:
        from pochade.apps.json_report import report_text

        session.print(report_text("cloud", options, entries, code))
    return code


def show_one(
    outcome: CloudOutcome, options: CloudOptions, files: CloudFileOptions, session: Session
) -> None:
    """Read one picture, make its cloud and write it."""
    from pochade.plot.cloud import cloud_of

    target = outcome.target
    refuse_existing(target.path, force=files.force)
    begin = perf_counter()
    picture = open_still(target.source, files, session, resize=options.resize)
    outcome.picture = picture
    read = perf_counter()
    session.begin(f"counting the colours of {target.source}")
    title = options.title if options.title is not None else _title(target.source)
    outcome.result = cloud_of(
        picture.pixels,
        replace(options, title=title),
        progress=session.progress,
        cancel=session.stopped,
    )
    made = perf_counter()
    session.begin(f"writing {target.path}")
    data = outcome.result.encode(target.format)
    put(target.path, data, files)
    outcome.bytes = len(data)
    end = perf_counter()
    outcome.seconds = {"read": read - begin, "cloud": made - read, "write": end - made}


def _title(source: str) -> str:
    return "" if source == STANDARD else printable(local_name(source).name)


def tell(outcome: CloudOutcome, report: ReportOptions, session: Session) -> None:
    """Say what became of one input, as it comes."""
    source = outcome.target.source
    if outcome.error is not None:
        complain(source, outcome.error, report, session)
        return
    for note in outcome.notes:
        session.say(f"{source}: {note}")
    if report.json or report.quiet or outcome.target.path == STANDARD:
        return
    session.print(summary(outcome))
    if report.verbose:
        result = outcome.result
        assert result is not None
        if result.k:
            session.say(f"engine {result.engine}: {result.reason}; {result.n_iter} iterations")
        session.say(times(outcome.seconds))


def summary(outcome: CloudOutcome) -> str:
    """One line about a cloud."""
    result = outcome.result
    assert result is not None
    colors = f"{len(result.colors):,} colour{'' if len(result.colors) == 1 else 's'}"
    clusters = f", {result.k} cluster{'' if result.k == 1 else 's'}" if result.k else ""
    return f"{printable(outcome.target.path)}: {colors}{clusters}, {outcome.bytes:,} bytes"


def entry(outcome: CloudOutcome) -> dict[str, Any]:
    """The entry of an input in the report."""
    if outcome.error is not None:
        return failed(outcome.target.source, outcome.error)
    result, picture = outcome.result, outcome.picture
    assert result is not None
    assert picture is not None
    height, width = result.source.shape[:2]
    return {
        "input": {
            "name": printable(picture.name),
            "format": picture.format,
            "mode": picture.mode,
            "width": picture.size[0],
            "height": picture.size[1],
            "bytes": picture.byte_size,
        },
        "output": {
            "path": printable(outcome.target.path),
            "format": outcome.target.format,
            "bytes": outcome.bytes,
        },
        "width": width,
        "height": height,
        "pixels": int(result.counts.sum(dtype="int64")),
        "colors": len(result.colors),
        "clusters": clusters(result),
        "engine": {"name": result.engine, "reason": result.reason} if result.k else None,
        "iterations": result.n_iter,
        "seconds": rounded(outcome.seconds),
        "notes": [printable(note) for note in outcome.notes],
    }


def clusters(result: CloudResult) -> list[dict[str, Any]]:
    """Colour, centroid and share of each cluster, the largest first."""
    if result.palette is None or result.centroids is None:
        return []
    return [
        {
            "color": "#" + bytes(color.tolist()).hex(),
            "centroid": [round(float(value), 6) for value in centroid],
            "share": round(float(share), 9),
        }
        for color, centroid, share in zip(
            result.palette, result.centroids, result.shares, strict=True
        )
    ]
