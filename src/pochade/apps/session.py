"""What an operation has of the outside: two streams to speak to, progress, and being stopped."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # on the way of every start
if TYPE_CHECKING:
    from typing import TextIO


class Session:
    """The streams and the state of one run of the program.

    Results go to standard output, messages to standard error. An operation runs
    in a thread of its own. It tells `begin` and `progress` how far it is, which the main thread
    shows, and asks `stopped` whether to go on, which the main thread sets.

    Attributes:
        quiet: Say nothing but errors.
        stage: What is being done, for the progress bar.
        share: How much of it is done, 0 to 1; None if unknown.
        bar: A progress bar stands on the terminal's current line.
    """

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._out = out
        self._err = err
        self._stopped = False
        self.quiet = False
        self.stage = ""
        self.share: float | None = None
        self.bar = False

    @property
    def out(self) -> TextIO:
        """Standard output, for results."""
        return self._out or sys.stdout

    @property
    def err(self) -> TextIO:
        """Standard error, for messages."""
        return self._err or sys.stderr

    def print(self, text: str) -> None:
        """A result, on standard output."""
        self.clear_line()
        self.out.write(text + "\n")

    def clear_line(self) -> None:
        """Wipe the progress bar, if there is one, off the line that is about to be written on."""
        if self.bar:
            self.err.write("\r\x1b[2K")
            self.err.flush()

    def say(self, text: str) -> None:
        """A message, on standard error, unless the user wants quiet."""
        if not self.quiet:
            self.clear_line()
            self.err.write(f"pochade: {printable(text)}\n")

    def complain(self, text: str) -> None:
        """An error, as one line on standard error."""
        self.clear_line()
        self.err.write(f"pochade: {printable(text)}\n")

    def begin(self, stage: str) -> None:
        """Tell what is being done from here on."""
        self.stage = stage
        self.share = None

    def progress(self, share: float) -> None:
        """Tell how much of it is done, 0 to 1."""
        self.share = share

    def stop(self) -> None:
        """Ask the operation to stop."""
        self._stopped = True

    def stopped(self) -> bool:
        """Whether the operation is asked to stop."""
        return self._stopped


def printable(text: str) -> str:
    r"""`text` on one line with control characters spelled out: no file name commands a terminal.

    >>> printable("a\x1b[2Jb\nc")
    'a\\x1b[2Jb c'
    """
    text = " ".join(text.split())
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
