"""The errors that pochade raises: one base, each class also a standard one.

Catch `PochadeError` for anything that pochade itself reports, or the standard class
(`ValueError`, `OSError`, `ImportError`) that fits. Every message is one sentence that says
what is wrong, where, and what to do. `exit_code` is what the command line returns for it.
"""

from __future__ import annotations

from typing import ClassVar


class PochadeError(Exception):
    """Base of every error that pochade raises on purpose."""

    exit_code: ClassVar[int] = 1


class UsageError(PochadeError, ValueError):
    """An argument that makes no sense: k below 1, an unknown engine, a palette that is none."""

    exit_code = 2


class EngineUnavailableError(UsageError, ImportError):
    """The named engine or extra is not installed here; the message names what to install."""


class InputError(PochadeError, OSError):
    """An input that cannot be read: missing, broken, not a picture, or over a limit."""

    exit_code = 3


class LimitError(InputError):
    """An input larger than a limit allows (pixels, bytes, frames, time)."""


class DeviceMemoryError(LimitError, MemoryError):
    """A device has too little memory for the work; the message names a block that needs less."""


class OutputError(PochadeError, OSError):
    """An output that cannot be written: it exists already, no permission, disk full."""

    exit_code = 4


class LargerThanInputError(PochadeError, ValueError):
    """With `skip_if_larger`: the result would be larger than the input file."""

    exit_code = 98


class QualityNotReachedError(PochadeError, ValueError):
    """The lowest acceptable quality cannot be reached with the colours allowed."""

    exit_code = 99


class CancelledError(PochadeError, RuntimeError):
    """A cancel callback asked to stop."""

    exit_code = 130


class CannotTellError(QualityNotReachedError):
    """A cutout that would be a guess: the picture does not show what is the thing.

    Attributes:
        confidence: 0..1, how sure the best guess was.
    """

    def __init__(self, message: str, confidence: float = 0.0) -> None:
        super().__init__(message)
        self.confidence = confidence
