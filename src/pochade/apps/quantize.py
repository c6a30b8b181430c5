"""The `quantize` operation: pictures in, files and a report out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Literal

from pochade.apps.batch import (
    FileOutcome,
    attempt,
    complain,
    exit_code,
    expanded,
    limits_of,
    put,
    refuse_standard_output,
)
from pochade.apps.file_options import STANDARD
from pochade.apps.operations import ReportOptions
from pochade.apps.outputs import Target, plan, refuse_existing
from pochade.apps.quantize_files import FileOptions
from pochade.apps.session import Session
from pochade.errors import (
    LargerThanInputError,
)
from pochade.quantize_options import QuantizeOptions

if TYPE_CHECKING:
    from pochade.quantize_result import QuantizeResult
    from pochade.types import Palette

LARGEST_INDEXED = 256


@dataclass(slots=True, eq=False, repr=False)
class Outcome(FileOutcome):
    """What became of one input.

    Attributes:
        frames: a result for each frame.
    """

    frames: Sequence[QuantizeResult] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything worth saying about the result."""
        assert self.picture is not None
        notes = (*self.picture.notes, *self.result.notes)
        if self.picture.animated and len(self.frames) == 1:
            notes += ("an animation; only its first frame was taken (-o NAME.gif takes all)",)
        return notes + format_notes(self.target.format, self.result.palette)

    @property
    def result(self) -> QuantizeResult:
        """The result, of the first frame where there are several."""
        return self.frames[0]


def format_notes(form: str, palette: Palette) -> tuple[str, ...]:
    """What a file format does to the colours."""
    if form in ("jpeg", "avif"):
        return (f"{form.upper()} does not keep the colours exactly; PNG, GIF and WebP do",)
    if form == "gif" and palette.shape[1] == 4 and ((palette[:, 3] % 255) > 0).any():
        return ("GIF has no partial transparency: it was made full or none",)
    if form != "gif" and len(palette) > LARGEST_INDEXED:
        return (f"more than {LARGEST_INDEXED} colours: written with full-colour pixels",)
    return ()


def run(
    options: QuantizeOptions, files: FileOptions, report: ReportOptions, session: Session
) -> int:
    """Quantize every input and say what came out; the exit code tells whether all went well."""
    files = replace(files, inputs=expanded(files.inputs))
    targets = plan(files, options)
    if any(target.path == STANDARD for target in targets):
        refuse_standard_output(report, session)
    outcomes = []
    if files.shared_palette:
        outcomes = reduce_together(targets, options, files, session)
        for outcome in outcomes:
            tell(outcome, report, session)
    else:
        for target in targets:
            outcome = reduce_one(target, options, files, session)
            tell(outcome, report, session)
            # A result is let go of before the next picture is read, but a report needs them all.
            outcomes.append(outcome if report.json else Outcome(target, error=outcome.error))
    code = exit_code(outcomes)
    if report.json:
        from pochade.apps.json_report import report_text
        from pochade.apps.quantize_report import entry

        entries = [entry(outcome) for outcome in outcomes]
        session.print(report_text("quantize", options, entries, code))
    return code


def reduce_one(
    target: Target, options: QuantizeOptions, files: FileOptions, session: Session
) -> Outcome:
    """Read, quantize and write one picture.

    An error that concerns this picture alone is kept in the outcome.

    Raises:
        UsageError: the options would fail for any picture.
        CancelledError: the user wants to stop.
    """
    outcome = Outcome(target)

    def steps(one: Outcome) -> None:
        read(one, options, files, session)
        quantize_frames([one], options, session)
        write(one, options, files, session)

    attempt(outcome, steps)
    return outcome


def reduce_together(
    targets: Sequence[Target], options: QuantizeOptions, files: FileOptions, session: Session
) -> list[Outcome]:
    """The same for pictures that are to share one palette: all are read before any is written."""
    outcomes = [Outcome(target) for target in targets]
    for outcome in outcomes:
        attempt(outcome, lambda one: read(one, options, files, session))
    readable = [outcome for outcome in outcomes if outcome.error is None]
    if readable:
        quantize_frames(readable, options, session)
    for outcome in readable:
        attempt(outcome, lambda one: write(one, options, files, session))
    return outcomes


def read(outcome: Outcome, options: QuantizeOptions, files: FileOptions, session: Session) -> None:
    """Open the input, unless its result may not be written anyway."""
    from pochade.io.open import open_image

    target = outcome.target
    if target.path:
        refuse_existing(target.path, force=files.force)
    session.begin(f"reading {target.source}")
    begin = perf_counter()
    animated: Literal["all", "first"] = "all" if target.format == "gif" else "first"
    outcome.picture = open_image(
        target.source, limits=limits_of(files), frames=animated, resize=options.resize
    )
    outcome.seconds["read"] = perf_counter() - begin


def quantize_frames(
    outcomes: Sequence[Outcome], options: QuantizeOptions, session: Session
) -> None:
    """One palette for all frames of all these pictures."""
    from pochade.quantize import quantize_many

    names = outcomes[0].target.source if len(outcomes) == 1 else f"{len(outcomes)} pictures"
    session.begin(f"quantizing {names}")
    begin = perf_counter()
    pictures = [outcome.picture for outcome in outcomes if outcome.picture is not None]
    results = quantize_many(
        [frame for picture in pictures for frame in picture.frames],
        options=replace(options, resize=None),  # done while reading
        progress=session.progress,
        cancel=session.stopped,
    )
    seconds = (perf_counter() - begin) / len(outcomes)
    place = 0
    for outcome, picture in zip(outcomes, pictures, strict=True):
        outcome.frames = results[place : place + len(picture.frames)]
        outcome.seconds["quantize"] = seconds
        place += len(picture.frames)


def write(outcome: Outcome, options: QuantizeOptions, files: FileOptions, session: Session) -> None:
    """Encode the result and write it."""
    from pochade.apps.encode import encode

    target = outcome.target
    path = target.named(outcome.result.k)
    refuse_existing(path, force=files.force)
    session.begin(f"writing {path}")
    begin = perf_counter()
    assert outcome.picture is not None
    outcome.data = encode(outcome.frames, outcome.picture, target.format, options, files)
    before = outcome.picture.byte_size
    if files.skip_if_larger and before is not None and len(outcome.data) > before:
        raise LargerThanInputError(
            f"{target.source}: the result has {len(outcome.data):,} bytes, "
            f"more than the input's {before:,}; nothing was written"
        )
    put(path, outcome.data, files)
    outcome.path = path
    outcome.seconds["write"] = perf_counter() - begin


def tell(outcome: Outcome, report: ReportOptions, session: Session) -> None:
    """Say what became of one input, as it comes."""
    source = outcome.target.source
    if outcome.error is not None:
        complain(source, outcome.error, report, session)
        return
    for note in outcome.notes:
        session.say(f"{source}: {note}")
    if report.json or report.quiet or outcome.path == STANDARD:
        return
    from pochade.apps.quantize_report import details, summary

    session.print(summary(outcome))
    if report.verbose:
        for line in details(outcome):
            session.say(line)
