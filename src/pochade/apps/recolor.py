"""The `recolor` operation: pictures in, pictures in another's colours out, and a report."""

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
    stop_if_asked,
    times,
)
from pochade.apps.file_options import STANDARD
from pochade.apps.json_report import failed, rounded
from pochade.apps.operations import ReportOptions
from pochade.apps.outputs import (
    SUFFIXES,
    Target,
    explicit,
    one_each,
    refuse_existing,
)
from pochade.apps.recolor_files import RecolorFileOptions
from pochade.apps.session import Session, printable
from pochade.errors import PochadeError
from pochade.recolor_options import RecolorOptions

if TYPE_CHECKING:
    from pochade.io.picture import Picture
    from pochade.palette.result import PaletteResult
    from pochade.recolor import RecolorResult


@dataclass(slots=True, eq=False, repr=False)
class Outcome:
    """What became of one input; filled in as far as it gets."""

    target: Target
    picture: Picture | None = None
    result: RecolorResult | None = None
    byte_count: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    error: PochadeError | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything worth saying about the result."""
        assert self.picture is not None
        return still_notes(self.picture)


def run(
    options: RecolorOptions, files: RecolorFileOptions, report: ReportOptions, session: Session
) -> int:
    """Recolour every input and say what came out; the exit code tells whether all went well."""
    from pochade.recolor import palette_of

    files = replace(files, inputs=expanded(files.inputs))
    targets = plan(files)
    if any(target.path == STANDARD for target in targets):
        refuse_standard_output(report, session)
    session.begin(f"looking at {options.like}")
    other = palette_of(options.like, options)
    outcomes = []
    for target in targets:
        outcome = Outcome(target)
        attempt(outcome, lambda one: recolor_one(one, other, options, files, session))
        tell(outcome, report, session)
        outcomes.append(outcome)
    code = exit_code(outcomes)
    if report.json:
        from pochade.apps.json_report import report_text

        entries = [entry(one) for one in outcomes]
        session.print(report_text("recolor", options, entries, code))
    return code


def plan(files: RecolorFileOptions) -> list[Target]:
    """A target for each input; without -o the result of PICTURE.jpg is PICTURE-recolored.png.

    Raises:
        UsageError: two results would have the same name, or a name does not tell its format.
    """
    if files.output is not None or (files.inputs == (STANDARD,) and files.out_dir is None):
        return [explicit(files.inputs[0], files.output or STANDARD, files.format)]
    form = files.format or "png"
    return one_each(files.inputs, files.out_dir, f"-recolored{SUFFIXES[form]}", form)


def recolor_one(
    outcome: Outcome,
    other: PaletteResult,
    options: RecolorOptions,
    files: RecolorFileOptions,
    session: Session,
) -> None:
    """Read, recolour and write one picture."""
    from pochade.recolor import recolored

    target = outcome.target
    refuse_existing(target.path, force=files.force)
    begin = perf_counter()
    outcome.picture = open_still(target.source, files, session)
    outcome.seconds["read"] = perf_counter() - begin
    stop_if_asked(session, "recolouring")
    session.begin(f"recolouring {target.source}")
    begin = perf_counter()
    outcome.result = recolored(outcome.picture.pixels, other, options)
    outcome.seconds["recolor"] = perf_counter() - begin
    stop_if_asked(session, "recolouring")
    session.begin(f"writing {target.path}")
    begin = perf_counter()
    data = outcome.result.encode(target.format)
    put(target.path, data, files)
    outcome.byte_count = len(data)
    outcome.seconds["write"] = perf_counter() - begin


def tell(outcome: Outcome, report: ReportOptions, session: Session) -> None:
    """Say what became of one input, as it comes."""
    source = outcome.target.source
    if outcome.error is not None:
        complain(source, outcome.error, report, session)
        return
    for note in outcome.notes:
        session.say(f"{source}: {note}")
    if report.json or report.quiet or outcome.target.path == STANDARD:
        return
    session.print(f"{printable(outcome.target.path)}: {outcome.byte_count:,} bytes")
    if report.verbose:
        assert outcome.result is not None
        for line in moves(outcome.result):
            session.print(f"  {line['from']} ({line['share']:.1%}) to {line['to']}")
        session.print(times(outcome.seconds))


def moves(result: RecolorResult) -> list[dict[str, Any]]:
    """What became of each colour of the picture."""
    assert result.before.shares is not None
    return [
        {"from": before, "to": "#" + bytes(after.tolist()).hex(), "share": round(float(share), 9)}
        for before, after, share in zip(
            result.before.hex, result.after, result.before.shares, strict=True
        )
    ]


def entry(outcome: Outcome) -> dict[str, Any]:
    """The entry of an input in the report."""
    if outcome.error is not None:
        return failed(outcome.target.source, outcome.error)
    picture, result = outcome.picture, outcome.result
    assert picture is not None
    assert result is not None
    return {
        "input": {
            "name": printable(picture.name),
            "format": picture.format,
            "width": picture.size[0],
            "height": picture.size[1],
        },
        "output": {
            "path": printable(outcome.target.path),
            "format": outcome.target.format,
            "bytes": outcome.byte_count,
        },
        "moves": moves(result),
        "like": list(result.like.hex),
        "seconds": rounded(outcome.seconds),
        "notes": [printable(note) for note in outcome.notes],
    }
