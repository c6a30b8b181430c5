"""The `sweep` operation: a picture in many numbers of colours, as a table, animation and plots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

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
from pochade.apps.operations import ReportOptions
from pochade.apps.outputs import output_stems, refuse_existing, refuse_twice
from pochade.apps.session import Session
from pochade.apps.sweep_files import SweepFiles
from pochade.errors import EngineUnavailableError, PochadeError
from pochade.sweep_options import SweepOptions

if TYPE_CHECKING:
    from pochade.io.picture import Picture
    from pochade.sweep_result import SweepResult


class Output(NamedTuple):
    """One file to write: `kind` is animation, panel or elbow, `form` its format."""

    kind: str
    form: str
    path: str


class Written(NamedTuple):
    """One file that was written."""

    output: Output
    bytes: int


@dataclass(slots=True, eq=False, repr=False)
class Outcome:
    """What became of one input; filled in as far as it gets."""

    source: str
    outputs: Sequence[Output]
    picture: Picture | None = None
    result: SweepResult | None = None
    written: list[Written] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    error: PochadeError | None = None
    missing: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything worth saying about the result."""
        from pochade.plot.frames import animation_notes

        assert self.picture is not None
        assert self.result is not None
        notes = (*still_notes(self.picture), *self.result.notes)
        forms = dict.fromkeys(one.form for one in self.outputs if one.kind == "animation")
        for form in forms:
            notes += animation_notes(self.result, form)
        return (*notes, self.missing) if self.missing else notes


def run(options: SweepOptions, files: SweepFiles, report: ReportOptions, session: Session) -> int:
    """Sweep every input and say what was measured; the exit code tells whether all went well."""
    files = replace(files, inputs=expanded(files.inputs))
    outcomes = plan(files)
    if any(one.path == STANDARD for outcome in outcomes for one in outcome.outputs):
        refuse_standard_output(report, session)
    if files.elbow is not None:
        from pochade.plot.elbow import require_matplotlib

        require_matplotlib()
    done = []
    for outcome in outcomes:
        attempt(outcome, lambda one: sweep_one(one, options, files, session))
        tell(outcome, report, session, headed=len(outcomes) > 1)
        # A result is let go of before the next picture is read, but a report needs them all.
        kept = outcome if report.json else Outcome(outcome.source, (), error=outcome.error)
        done.append(kept)
    code = exit_code(done)
    if report.json:
        from pochade.apps.json_report import report_text
        from pochade.apps.sweep_report import entry

        session.print(report_text("sweep", options, [entry(one) for one in done], code))
    return code


def plan(files: SweepFiles) -> list[Outcome]:
    """What is to be written for each input, in order.

    Raises:
        UsageError: two results would have the same name, or a name does not tell its format.
    """
    if files.out_dir is None:
        return [Outcome(source, list(named(files))) for source in files.inputs]
    stems = output_stems(files.inputs, files.out_dir)
    refuse_twice(files.inputs, stems, "-sweep")
    form = files.format or "gif"
    suffix = "png" if form == "apng" else form
    outcomes = []
    for source, stem in zip(files.inputs, stems, strict=True):
        outputs = [
            Output("animation", form, f"{stem}-sweep.{suffix}"),
            Output("panel", "png", f"{stem}-panel.png"),
        ]
        outcome = Outcome(source, outputs)
        try:
            from pochade.plot.elbow import require_matplotlib

            require_matplotlib()
            outputs.append(Output("elbow", "svg", f"{stem}-elbow.svg"))
        except EngineUnavailableError as error:
            outcome.missing = str(error)
        outcomes.append(outcome)
    return outcomes


def named(files: SweepFiles) -> Iterator[Output]:
    """The files that the options name one by one."""
    from pochade.plot.elbow import plot_form
    from pochade.plot.frames import form_of

    if files.gif is not None:
        yield Output("animation", form_of(files.gif), files.gif)
    if files.output == STANDARD:
        yield Output("animation", files.format or "gif", STANDARD)
    elif files.output is not None:
        yield Output("animation", form_of(files.output), files.output)
    if files.panel is not None:
        yield Output("panel", "png", files.panel)
    if files.elbow is not None:
        yield Output("elbow", plot_form(files.elbow), files.elbow)


def sweep_one(outcome: Outcome, options: SweepOptions, files: SweepFiles, session: Session) -> None:
    """Read, sweep and write one picture."""
    read(outcome, options, files, session)
    measure(outcome, options, session)
    write(outcome, files, session)


def read(outcome: Outcome, options: SweepOptions, files: SweepFiles, session: Session) -> None:
    """Open the input, unless its results may not be written anyway."""
    for one in outcome.outputs:
        refuse_existing(one.path, force=files.force)
    begin = perf_counter()
    outcome.picture = open_still(outcome.source, files, session, resize=options.resize)
    outcome.seconds["read"] = perf_counter() - begin


def measure(outcome: Outcome, options: SweepOptions, session: Session) -> None:
    """Find all palettes, and what each costs."""
    from pochade.sweep import run_sweep

    assert outcome.picture is not None
    session.begin(f"sweeping {outcome.source}")
    begin = perf_counter()
    outcome.result = run_sweep(
        outcome.picture.pixels,
        replace(options, resize=None),  # done while reading
        progress=session.progress,
        cancel=session.stopped,
    )
    outcome.seconds["sweep"] = perf_counter() - begin
    begin = perf_counter()
    session.begin(f"measuring {outcome.source}")
    rows = outcome.result.grid or (outcome.result.results,)
    for row in rows:
        for step in row:
            stop_if_asked(session, "the sweep")
            _ = step.bytes, step.mse, step.ciede2000  # worked out once and kept
    _ = outcome.result.choice
    outcome.seconds["measure"] = perf_counter() - begin


def write(outcome: Outcome, files: SweepFiles, session: Session) -> None:
    """Make and write every file that was asked for."""
    begin = perf_counter()
    for one in outcome.outputs:
        session.begin(f"writing {one.path}")
        data = maker(outcome, one, files)()
        stop_if_asked(session, "the sweep")
        put(one.path, data, files)
        outcome.written.append(Written(one, len(data)))
    outcome.seconds["write"] = perf_counter() - begin


def maker(outcome: Outcome, one: Output, files: SweepFiles) -> Callable[[], bytes]:
    """What makes the bytes of a file."""
    result = outcome.result
    assert result is not None
    if one.kind == "animation":
        from pochade.plot.frames import Timing, animation

        timing = Timing(files.frame_time, files.hold, files.loop, files.labels)
        return lambda: animation(result, one.form, timing)
    if one.kind == "panel":
        return result.panel
    return lambda: result.elbow(format=one.form)


def tell(outcome: Outcome, report: ReportOptions, session: Session, *, headed: bool) -> None:
    """Say what became of one input, as it comes."""
    source = outcome.source
    if outcome.error is not None:
        complain(source, outcome.error, report, session)
        return
    for note in outcome.notes:
        session.say(f"{source}: {note}")
    aloud = not report.json and not report.quiet
    if not aloud or any(one.path == STANDARD for one in outcome.outputs):
        return
    from pochade.apps.sweep_table import print_table

    print_table(outcome, session, headed=headed)
    if report.verbose:
        assert outcome.result is not None
        session.say(f"engine {outcome.result.engine}: {outcome.result.reason}")
        session.say(times(outcome.seconds))
