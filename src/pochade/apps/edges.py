"""The `edges` operation: pictures in, maps of their edges and a report out."""

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
)
from pochade.apps.edges_files import EdgesFileOptions, plan
from pochade.apps.file_options import STANDARD
from pochade.apps.operations import ReportOptions
from pochade.apps.outputs import Target, refuse_existing
from pochade.apps.session import Session
from pochade.edges_options import EdgesOptions
from pochade.errors import PochadeError, UsageError

if TYPE_CHECKING:
    from pochade.edges_result import EdgesResult
    from pochade.io.picture import Picture


@dataclass(slots=True, eq=False, repr=False)
class Outcome:
    """What became of one input; filled in as far as it gets."""

    target: Target
    picture: Picture | None = None
    result: EdgesResult | None = None
    byte_size: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    error: PochadeError | None = None
    entry: dict[str, Any] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything worth saying about the result."""
        assert self.picture is not None
        assert self.result is not None
        return (*still_notes(self.picture), *self.result.notes)


def run(
    options: EdgesOptions, files: EdgesFileOptions, report: ReportOptions, session: Session
) -> int:
    """Find the edges of every input; the exit code tells whether all went well."""
    from pochade.apps.edges_report import entry_of

    files = replace(files, inputs=expanded(files.inputs))
    targets = plan(files)
    if any(target.path == STANDARD for target in targets):
        refuse_standard_output(report, session)
    outcomes = []
    for target in targets:
        outcome = Outcome(target)
        attempt(outcome, lambda one: edges_of(one, options, files, session))
        tell(outcome, report, session)
        outcome.entry = entry_of(outcome) if report.json else {}
        outcome.picture = outcome.result = None  # let go of before the next is read
        outcomes.append(outcome)
    code = exit_code(outcomes)
    if report.json:
        from pochade.apps.json_report import report_text

        session.print(report_text("edges", options, [one.entry for one in outcomes], code))
    return code


def edges_of(
    outcome: Outcome, options: EdgesOptions, files: EdgesFileOptions, session: Session
) -> None:
    """Read, measure and write one picture.

    The options are known to be right, so that an error of usage is one about this picture alone: a
    window larger than it. The others go on.
    """
    read(outcome, options, files, session)
    try:
        measure(outcome, options, session)
    except UsageError as error:
        outcome.error = error
        return
    write(outcome, files, session)


def read(
    outcome: Outcome, options: EdgesOptions, files: EdgesFileOptions, session: Session
) -> None:
    """Open the input, unless its result may not be written anyway."""
    stop_if_asked(session, "finding edges")
    target = outcome.target
    refuse_existing(target.path, force=files.force)
    begin = perf_counter()
    outcome.picture = open_still(target.source, files, session, resize=options.resize)
    outcome.seconds["read"] = perf_counter() - begin


def measure(outcome: Outcome, options: EdgesOptions, session: Session) -> None:
    """The edges."""
    from pochade.edges import find_edges

    stop_if_asked(session, "finding edges")
    assert outcome.picture is not None
    session.begin(f"edges of {outcome.target.source}")
    begin = perf_counter()
    outcome.result = find_edges(outcome.picture.pixels, replace(options, resize=None))
    if options.look in ("ridges", "binary", "overlay"):
        _ = outcome.result.thin
    outcome.seconds["edges"] = perf_counter() - begin


def write(outcome: Outcome, files: EdgesFileOptions, session: Session) -> None:
    """Encode the result and write it."""
    stop_if_asked(session, "finding edges")
    target, result = outcome.target, outcome.result
    assert result is not None
    session.begin(f"writing {target.path}")
    begin = perf_counter()
    data = result.encoded(target.format)
    put(target.path, data, files)
    outcome.byte_size = len(data)
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
    from pochade.apps.edges_report import details, summary

    session.print(summary(outcome))
    if report.verbose:
        for line in details(outcome):
            session.say(line)
