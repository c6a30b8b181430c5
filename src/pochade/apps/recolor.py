"""The `recolor` operation: pictures in, pictures in another's colours out, and a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from pochade import __version__
from pochade.apps.operations import ReportOptions
from pochade.apps.outputs import (
    STANDARD,
    SUFFIXES,
    Target,
    explicit,
    make_folder,
    output_stems,
    refuse_existing,
)
from pochade.apps.quantize import SOME_FAILED, expanded, refuse_standard_output
from pochade.apps.recolor_operation import RecolorFileOptions
from pochade.apps.session import Session, printable
from pochade.errors import CancelledError, PochadeError, UsageError
from pochade.recolor_options import RecolorOptions

if TYPE_CHECKING:
    from pochade.io.picture import Picture
    from pochade.palette.result import PaletteResult
    from pochade.recolor import RecolorResult

SCHEMA = "pochade.recolor-report/1"


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
        notes = self.picture.notes
        if self.picture.animated:
            notes += ("an animation; only its first frame was taken",)
        return notes


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
        outcome = attempt(target, other, options, files, session)
        tell(outcome, report, session)
        outcomes.append(outcome)
    codes = {0 if one.error is None else one.error.exit_code for one in outcomes}
    code = codes.pop() if len(codes) == 1 else SOME_FAILED
    if report.json:
        import json

        session.print(json.dumps(build(outcomes, options, code), indent=2, allow_nan=False))
    return code


def plan(files: RecolorFileOptions) -> list[Target]:
    """A target for each input; without -o the result of PICTURE.jpg is PICTURE-recolored.png.

    Raises:
        UsageError: two results would have the same name, or a name does not tell its format.
    """
    if files.output is not None or (files.inputs == (STANDARD,) and files.out_dir is None):
        return [explicit(files.inputs[0], files.output or STANDARD, files.format)]
    form = files.format or "png"
    stems = output_stems(files.inputs, files.out_dir)
    paths = [f"{stem}-recolored{SUFFIXES[form]}" for stem in stems]
    twice = next((path for path, count in Counter(paths).items() if count > 1), None)
    if twice is not None:
        raise UsageError(f"two inputs would become {twice}; give them one by one, with -o")
    return [
        Target(source=source, format=form, path=path)
        for source, path in zip(files.inputs, paths, strict=True)
    ]


def attempt(
    target: Target,
    other: PaletteResult,
    options: RecolorOptions,
    files: RecolorFileOptions,
    session: Session,
) -> Outcome:
    """Recolour one picture; an error that concerns it alone is kept in the outcome.

    Raises:
        UsageError: the options would fail for any picture.
        CancelledError: the user wants to stop.
    """
    from pochade.io.limits import Limits
    from pochade.io.open import open_image
    from pochade.io.write import atomic_write
    from pochade.recolor import recolored

    outcome = Outcome(target)
    try:
        refuse_existing(target.path, force=files.force)
        session.begin(f"reading {target.source}")
        begin = perf_counter()
        limits = Limits(max_pixels=files.max_pixels, allow_huge=files.allow_huge)
        outcome.picture = open_image(target.source, limits=limits)
        outcome.seconds["read"] = perf_counter() - begin
        stop_if_asked(session)
        session.begin(f"recolouring {target.source}")
        begin = perf_counter()
        outcome.result = recolored(outcome.picture.pixels, other, options)
        outcome.seconds["recolor"] = perf_counter() - begin
        stop_if_asked(session)
        session.begin(f"writing {target.path}")
        begin = perf_counter()
        data = outcome.result.encode(target.format)
        if files.out_dir is not None:
            make_folder(target.path)
        atomic_write(target.path, data, overwrite=files.force)
        outcome.byte_count = len(data)
        outcome.seconds["write"] = perf_counter() - begin
    except (UsageError, CancelledError):
        raise
    except PochadeError as error:
        if isinstance(error.__cause__, BrokenPipeError):
            raise error.__cause__ from None  # nobody is left to tell
        outcome.error = error
    return outcome


def stop_if_asked(session: Session) -> None:
    """Raise CancelledError where the user wants to stop."""
    if session.stopped():
        raise CancelledError("recolouring was cancelled")


def tell(outcome: Outcome, report: ReportOptions, session: Session) -> None:
    """Say what became of one input, as it comes."""
    source = outcome.target.source
    if outcome.error is not None:
        message = str(outcome.error)
        session.complain(message if source in message else f"{source}: {message}")
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
        times = ", ".join(f"{stage} {value:.3f} s" for stage, value in outcome.seconds.items())
        session.print(f"time: {times}")


def moves(result: RecolorResult) -> list[dict[str, Any]]:
    """What became of each colour of the picture."""
    assert result.before.shares is not None
    return [
        {"from": before, "to": "#" + bytes(after.tolist()).hex(), "share": round(float(share), 9)}
        for before, after, share in zip(
            result.before.hex, result.after, result.before.shares, strict=True
        )
    ]


def build(outcomes: Sequence[Outcome], options: RecolorOptions, code: int) -> dict[str, Any]:
    """The report as plain values; its form is schema/recolor-report.schema.json."""
    from pochade.apps.report import plain

    return {
        "schema": SCHEMA,
        "pochade": __version__,
        "operation": "recolor",
        "options": {item.name: plain(getattr(options, item.name)) for item in fields(options)},
        "pictures": [failed(one) if one.error else done(one) for one in outcomes],
        "failed": sum(one.error is not None for one in outcomes),
        "exit_code": code,
    }


def failed(outcome: Outcome) -> dict[str, Any]:
    """The entry of an input that failed."""
    assert outcome.error is not None
    return {
        "input": {"name": printable(outcome.target.source)},
        "error": {
            "exit_code": outcome.error.exit_code,
            "message": printable(str(outcome.error)),
        },
    }


def done(outcome: Outcome) -> dict[str, Any]:
    """The entry of an input that was recoloured."""
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
        "seconds": {stage: round(value, 6) for stage, value in outcome.seconds.items()},
        "notes": [printable(note) for note in outcome.notes],
    }
