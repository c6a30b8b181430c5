"""The `cloud` operation: pictures in, clouds of their colours and a report out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from pochade import __version__
from pochade.apps.cloud_files import CloudFileOptions, CloudTarget, plan_clouds
from pochade.apps.operations import ReportOptions
from pochade.apps.outputs import STANDARD, local_name, make_folder, refuse_existing
from pochade.apps.quantize import SOME_FAILED, complain, expanded, refuse_standard_output
from pochade.apps.report import plain
from pochade.apps.session import Session, printable
from pochade.cloud_options import CloudOptions
from pochade.errors import CancelledError, PochadeError, UsageError

if TYPE_CHECKING:
    from pochade.io.picture import Picture
    from pochade.plot.cloud_result import CloudResult

SCHEMA = "pochade.cloud-report/1"


@dataclass(slots=True, eq=False, repr=False)
class CloudOutcome:
    """What became of one input; filled in as far as it gets."""

    target: CloudTarget
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
        notes = (*self.picture.notes, *self.result.notes)
        if self.picture.animated:
            notes += ("an animation; only its first frame was taken",)
        return notes


def run(
    options: CloudOptions, files: CloudFileOptions, report: ReportOptions, session: Session
) -> int:
    """Make a cloud of every input and say what came out; the exit code tells if all went well."""
    files = replace(files, inputs=expanded(files.inputs))
    targets = plan_clouds(files)
    if any(target.path == STANDARD for target in targets):
        refuse_standard_output(report, session)
    outcomes = []
    for target in targets:
        outcome = show_one(target, options, files, session)
        tell(outcome, report, session)
        entry = (failed if outcome.error else done)(outcome) if report.json else None
        outcomes.append((outcome.error, entry))
    codes = {0 if error is None else error.exit_code for error, _ in outcomes}
    code = codes.pop() if len(codes) == 1 else SOME_FAILED
    if report.json:
        session.print(report_text([entry for _, entry in outcomes if entry], options, code))
    return code


def show_one(
    target: CloudTarget, options: CloudOptions, files: CloudFileOptions, session: Session
) -> CloudOutcome:
    """Read one picture, make its cloud and write it.

    An error that concerns this picture alone is kept in the outcome.

    Raises:
        UsageError: the options would fail for any picture.
        CancelledError: the user wants to stop.
    """
    outcome = CloudOutcome(target)
    try:
        _steps(outcome, options, files, session)
    except (UsageError, CancelledError):
        raise
    except PochadeError as error:
        if isinstance(error.__cause__, BrokenPipeError):
            raise error.__cause__ from None  # nobody is left to tell
        outcome.error = error
    return outcome


def _steps(
    outcome: CloudOutcome, options: CloudOptions, files: CloudFileOptions, session: Session
) -> None:
    from pochade.io.limits import Limits
    from pochade.io.open import open_image
    from pochade.io.write import atomic_write
    from pochade.plot.cloud import cloud_of

    target = outcome.target
    refuse_existing(target.path, force=files.force)
    session.begin(f"reading {target.source}")
    begin = perf_counter()
    limits = Limits(max_pixels=files.max_pixels, allow_huge=files.allow_huge)
    picture = open_image(target.source, limits=limits, resize=options.resize)
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
    if files.out_dir is not None:
        make_folder(target.path)
    atomic_write(target.path, data, overwrite=files.force)
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
        times = ", ".join(f"{stage} {value:.3f} s" for stage, value in outcome.seconds.items())
        session.say(f"time: {times}")


def summary(outcome: CloudOutcome) -> str:
    """One line about a cloud."""
    result = outcome.result
    assert result is not None
    colors = f"{len(result.colors):,} colour{'' if len(result.colors) == 1 else 's'}"
    clusters = f", {result.k} cluster{'' if result.k == 1 else 's'}" if result.k else ""
    return f"{printable(outcome.target.path)}: {colors}{clusters}, {outcome.bytes:,} bytes"


def report_text(pictures: Sequence[dict[str, Any]], options: CloudOptions, code: int) -> str:
    """The JSON report; its form is fixed by schema/cloud-report.schema.json."""
    import json

    report = {
        "schema": SCHEMA,
        "pochade": __version__,
        "operation": "cloud",
        "options": {item.name: plain(getattr(options, item.name)) for item in fields(options)},
        "pictures": pictures,
        "failed": sum("error" in one for one in pictures),
        "exit_code": code,
    }
    return json.dumps(report, indent=2, allow_nan=False)


def failed(outcome: CloudOutcome) -> dict[str, Any]:
    """The entry of an input that failed."""
    error = outcome.error
    assert error is not None
    return {
        "input": {"name": printable(outcome.target.source)},
        "error": {"exit_code": error.exit_code, "message": printable(str(error))},
    }


def done(outcome: CloudOutcome) -> dict[str, Any]:
    """The entry of an input whose cloud was made."""
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
        "seconds": {stage: round(value, 6) for stage, value in outcome.seconds.items()},
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
