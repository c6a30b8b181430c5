"""What every operation over several inputs does alike: errors that concern one of them, exit codes.

An outcome is what became of one input. Its error, if it has one, is that input's own; anything
that would fail for every input is raised instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from pochade.apps.file_options import STANDARD
from pochade.apps.operations import ReportOptions
from pochade.apps.session import Session
from pochade.errors import CancelledError, OutputError, PochadeError, UsageError

SOME_FAILED = 1


class Outcome(Protocol):
    """What became of one input."""

    error: PochadeError | None


AnyOutcome = TypeVar("AnyOutcome", bound=Outcome)


def expanded(inputs: tuple[str, ...]) -> tuple[str, ...]:
    """The inputs, with * and ? replaced by the files they stand for where no shell does that."""
    if os.name != "nt":
        return inputs
    import glob

    found: list[str] = []
    for name in inputs:
        wild = any(letter in name for letter in "*?") and "://" not in name
        # Path.glob takes no absolute patterns.
        found += sorted(glob.glob(name)) or [name] if wild else [name]  # noqa: PTH207
    return tuple(found)


def refuse_standard_output(report: ReportOptions, session: Session) -> None:
    """Raise where a picture on standard output would meet a terminal or a report."""
    if report.json:
        raise UsageError("--json and the result both want standard output; name a file with -o")
    if session.out.isatty():
        raise OutputError("standard output is a terminal; name a file with -o, or use a pipe")


def attempt(outcome: AnyOutcome, step: Callable[[AnyOutcome], None]) -> None:
    """Do a step for one input, and keep the error if it is that input's own.

    Raises:
        UsageError: the options would fail for any input.
        CancelledError: the user wants to stop.
    """
    try:
        step(outcome)
    except (UsageError, CancelledError):
        raise
    except PochadeError as error:
        if isinstance(error.__cause__, BrokenPipeError):
            raise error.__cause__ from None  # nobody is left to tell
        outcome.error = error


def complain(source: str, error: PochadeError, report: ReportOptions, session: Session) -> None:
    """One line about an input that failed, naming it."""
    if report.debug:
        from traceback import format_exception

        session.err.write("".join(format_exception(error)))
    from pochade.io.source import printable  # as the error's own message spells the name

    message = str(error)
    name = "standard input" if source == STANDARD else printable(source)
    session.complain(message if name in message else f"{name}: {message}")


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """0 where all went well; the errors' own code where all failed alike; 1 where some failed."""
    codes = {0 if outcome.error is None else outcome.error.exit_code for outcome in outcomes}
    return codes.pop() if len(codes) == 1 else SOME_FAILED


def stop_if_asked(session: Session, what: str) -> None:
    """Raise CancelledError where the user wants to stop; `what` names the work."""
    if session.stopped():
        raise CancelledError(f"{what} was cancelled")


def times(seconds: Mapping[str, float]) -> str:
    """How long each stage took, for -v."""
    return "time: " + ", ".join(f"{stage} {took:.3f} s" for stage, took in seconds.items())
