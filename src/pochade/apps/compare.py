"""The `compare` operation: a picture by every engine, as a table, a page and a panel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from pochade.apps.compare_files import CompareFiles
from pochade.apps.file_options import STANDARD
from pochade.apps.operations import ReportOptions
from pochade.apps.outputs import local_name, output_stems, refuse_existing, refuse_twice
from pochade.apps.session import Session, printable
from pochade.compare_options import CompareOptions
from pochade.errors import InputError, PochadeError

if TYPE_CHECKING:
    from pochade.compare_result import CompareResult, EngineRun
    from pochade.io.picture import Picture


class Output(NamedTuple):
    """One file to write: `kind` is page or panel."""

    kind: str
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
    result: CompareResult | None = None
    written: list[Written] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    error: PochadeError | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything worth saying about the result."""
        assert self.picture is not None
        assert self.result is not None
        return (*still_notes(self.picture), *self.result.notes)


class EngineFailedError(PochadeError):
    """An engine took part and came to no result."""


class OutOfMemoryError(InputError):
    """An engine took part and ran out of memory, its own or its device's."""


def run(
    options: CompareOptions, files: CompareFiles, report: ReportOptions, session: Session
) -> int:
    """Compare the engines on every input; the exit code tells whether all engines came through."""
    files = replace(files, inputs=expanded(files.inputs))
    outcomes = plan(files)
    if any(one.path == STANDARD for outcome in outcomes for one in outcome.outputs):
        refuse_standard_output(report, session)
    done = []
    for outcome in outcomes:
        attempt(outcome, lambda one: compare_one(one, options, files, session))
        tell(outcome, report, session, headed=len(outcomes) > 1)
        # A result is let go of before the next picture is read, but a report needs them all.
        kept = outcome if report.json else Outcome(outcome.source, (), error=outcome.error)
        done.append(kept)
    code = exit_code(done)
    if report.json:
        from pochade.apps.compare_report import entry
        from pochade.apps.json_report import report_text

        session.print(report_text("compare", options, [entry(one) for one in done], code))
    return code


def plan(files: CompareFiles) -> list[Outcome]:
    """What is to be written for each input, in order.

    Raises:
        UsageError: two results would have the same name.
    """
    if files.out_dir is None:
        return [Outcome(source, list(named(files))) for source in files.inputs]
    paths = [f"{stem}-compare.html" for stem in output_stems(files.inputs, files.out_dir)]
    refuse_twice(files.inputs, paths)
    return [
        Outcome(source, [Output("page", path)])
        for source, path in zip(files.inputs, paths, strict=True)
    ]


def named(files: CompareFiles) -> Iterator[Output]:
    """The files that the options name one by one."""
    if files.output is not None:
        yield Output("page", files.output)
    if files.panel is not None:
        yield Output("panel", files.panel)


def compare_one(
    outcome: Outcome, options: CompareOptions, files: CompareFiles, session: Session
) -> None:
    """Read, compare and write one picture."""
    from pochade.compare import run_compare

    for one in outcome.outputs:
        refuse_existing(one.path, force=files.force)
    begin = perf_counter()
    outcome.picture = open_still(outcome.source, files, session, resize=options.resize)
    outcome.seconds["read"] = perf_counter() - begin
    session.begin(f"comparing engines on {outcome.source}")
    begin = perf_counter()
    outcome.result = run_compare(
        outcome.picture.pixels,
        replace(options, resize=None),  # done while reading
        progress=session.progress,
        cancel=session.stopped,
    )
    outcome.seconds["compare"] = perf_counter() - begin
    write(outcome, files, session)
    failed = [one for one in outcome.result.runs if one.state == "failed" and not one.naive]
    if failed:
        outcome.error = failure(failed)


def failure(failed: Sequence[EngineRun]) -> PochadeError:
    """The error of engines that came to no result; that of a naive version is none."""
    words = "; ".join(f"{one.name}: {one.reason}" for one in failed)
    memory = all(one.exit_code == OutOfMemoryError.exit_code for one in failed)
    return (OutOfMemoryError if memory else EngineFailedError)(words)


def write(outcome: Outcome, files: CompareFiles, session: Session) -> None:
    """Make and write every file that was asked for."""
    result = outcome.result
    assert result is not None
    begin = perf_counter()
    for one in outcome.outputs:
        session.begin(f"writing {one.path}")
        if one.kind == "panel":
            data = result.panel()
        else:
            data = result.page(title(outcome.source)).encode()
        stop_if_asked(session, "the comparison")
        put(one.path, data, files)
        outcome.written.append(Written(one, len(data)))
    outcome.seconds["write"] = perf_counter() - begin


def title(source: str) -> str:
    """The heading of the page."""
    return f"k-means engines on {printable(str(local_name(source)))}"


def tell(outcome: Outcome, report: ReportOptions, session: Session, *, headed: bool) -> None:
    """Say what became of one input, as it comes."""
    source, result = outcome.source, outcome.result
    if result is None:
        assert outcome.error is not None
        complain(source, outcome.error, report, session)
        return
    for note in outcome.notes:
        session.say(f"{source}: {note}")
    aloud = not report.json and not report.quiet
    if aloud and all(one.path != STANDARD for one in outcome.outputs):
        from pochade.apps.compare_table import print_table

        print_table(outcome, session, headed=headed)
    if outcome.error is not None:
        complain(source, outcome.error, report, session)
    if report.verbose and not report.json:
        for run in result.done:
            facts = (run.summary, run.version, run.device)
            session.say(f"{run.name}: {'; '.join(filter(None, facts))}")
        session.say(times(outcome.seconds))
