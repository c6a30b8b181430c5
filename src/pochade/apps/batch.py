"""What every operation over several inputs does alike: errors that concern one of them, exit codes.

An outcome is what became of one input. Its error, if it has one, is that input's own; anything
that would fail for every input is raised instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from pochade.apps.file_options import STANDARD
from pochade.apps.operations import ReportOptions
from pochade.apps.session import Session
from pochade.errors import CancelledError, OutputError, PochadeError, UsageError

if TYPE_CHECKING:
    from pochade.apps.outputs import Target
    from pochade.io.limits import Limits
    from pochade.io.picture import Picture

SOME_FAILED = 1


class FileOptions(Protocol):
    """The options about files that are asked for here; every operation has them."""

    @property
    def out_dir(self) -> str | None:
        """Folder for the results."""

    @property
    def force(self) -> bool:
        """Whether files are written over."""

    @property
    def max_pixels(self) -> int | None:
        """Largest input."""

    @property
    def allow_huge(self) -> bool:
        """Whether inputs of any size are taken."""


class Outcome(Protocol):
    """What became of one input."""

    error: PochadeError | None


@dataclass(slots=True, eq=False, repr=False)
class FileOutcome:
    """What became of one input whose result is one file; filled in as far as it gets."""

    target: Target
    picture: Picture | None = None
    path: str = ""
    data: bytes = b""
    seconds: dict[str, float] = field(default_factory=dict)
    error: PochadeError | None = None


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


def limits_of(files: FileOptions) -> Limits:
    """What inputs may be, by the options."""
    from pochade.io.limits import Limits

    return Limits(max_pixels=files.max_pixels, allow_huge=files.allow_huge)


def open_still(
    source: str, files: FileOptions, session: Session, *, resize: str | None = None
) -> Picture:
    """Open an input for an operation on one picture: an animation gives its first frame."""
    from pochade.io.open import open_image

    session.begin(f"reading {source}")
    return open_image(source, limits=limits_of(files), resize=resize)


def still_notes(picture: Picture) -> tuple[str, ...]:
    """What is worth saying about an input of which one frame was taken."""
    if picture.animated:
        return (*picture.notes, "an animation; only its first frame was taken")
    return picture.notes


def put(path: str, data: bytes, files: FileOptions) -> None:
    """Write a result to its place, in --out-dir with the folders it needs."""
    from pochade.apps.outputs import make_folder
    from pochade.io.write import atomic_write

    if files.out_dir is not None:
        make_folder(path)
    atomic_write(path, data, overwrite=files.force)


def stop_if_asked(session: Session, what: str) -> None:
    """Raise CancelledError where the user wants to stop; `what` names the work."""
    if session.stopped():
        raise CancelledError(f"{what} was cancelled")


def times(seconds: Mapping[str, float]) -> str:
    """How long each stage took, for -v."""
    return "time: " + ", ".join(f"{stage} {took:.3f} s" for stage, took in seconds.items())
