"""What a palette file holds, and the checks that every reader of one shares."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from pochade.errors import InputError, PochadeError, UsageError
from pochade.types import Palette

Color: TypeAlias = tuple[int, int, int, int]
"""R, G, B, A, 0 to 255 each."""

Reader: TypeAlias = Callable[[bytes, str], "Swatches"]
"""A function of the file's bytes and its name (for messages)."""

MAX_FILE_BYTES: Final = 4 * 1024 * 1024
MAX_COLORS: Final = 65536
MAX_NAME: Final = 200
OPAQUE: Final = 255
NAMES_KEY: Final = "pochade-palette-names"
"""Keyword of the text chunk that keeps the names in a PNG of swatches."""

_HEX_DIGITS: Final = re.compile(r"[0-9a-fA-F]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Swatches:
    """The colours of a palette file, in its order, each once.

    Attributes:
        colors: R, G, B, A of each, sRGB, straight alpha.
        names: the name of each; "" where it has none.
    """

    colors: tuple[Color, ...]
    names: tuple[str, ...]

    def palette(self) -> Palette:
        """The colours as k 3 uint8, or k 4 where one of them is not opaque."""
        table = np.array(self.colors, np.uint8).reshape(-1, 4)
        return table[:, :3].copy() if (table[:, 3] == OPAQUE).all() else table


class Collector:
    """Gathers colours in the order of a file, drops repeats, and counts against the limit."""

    def __init__(self, name: str, *, certain: bool = True) -> None:
        """`certain`: the file's own mark says that it is a palette."""
        self._name = name
        self._certain = certain
        self._found: dict[Color, str] = {}

    def add(self, color: Color, label: str = "") -> None:
        """Take one colour, all channels 0 to 255, unless it is there already.

        Raises:
            InputError: there are more than `MAX_COLORS` different ones.
        """
        if len(self._found) >= MAX_COLORS and color not in self._found:
            raise InputError(f"{self._name} has more than {MAX_COLORS} colours.")
        self._found.setdefault(color, clean_name(label))

    def problem(self, where: str, what: str) -> PochadeError:
        """The error to raise: a broken palette, or, without any colour yet, no palette at all."""
        if self._certain or self._found:
            return InputError(f"{self._name}{where}: {what}.")
        return UsageError(f"{self._name} is no palette{where}: {what}.")

    def channels(self, words: Iterable[str], line: int) -> list[int]:
        """Words as whole numbers of 0 to 255.

        Raises:
            InputError: one is not; the message has the line number.
            UsageError: the same where nothing says that this is a palette.
        """
        values = []
        for word in words:
            if not (word.isascii() and word.isdecimal() and len(word) <= 4 and int(word) <= 255):
                raise self.problem(f", line {line}", f"{shown(word)} is not a number from 0 to 255")
            values.append(int(word))
        return values

    def swatches(self) -> Swatches:
        """What was gathered.

        Raises:
            InputError: nothing was.
            UsageError: the same where nothing says that this is a palette.
        """
        if not self._found:
            raise self.problem("", "there is no colour in it")
        return Swatches(tuple(self._found), tuple(self._found.values()))


def clean_name(label: str) -> str:
    r"""A name as it is kept: printable letters only, no blanks around, at most `MAX_NAME` long.

    >>> clean_name(" sea\x1b[2J\n ")
    'sea[2J'
    """
    printable = "".join(letter for letter in label if letter.isprintable())
    return printable.strip()[:MAX_NAME].strip()


def hex_color(digits: str) -> Color | None:
    """R, G, B, A of 3, 4, 6 or 8 hexadecimal digits in CSS order; None for anything else.

    >>> hex_color("f80"), hex_color("ff880080"), hex_color("xyz")
    ((255, 136, 0, 255), (255, 136, 0, 128), None)
    """
    if len(digits) not in {3, 4, 6, 8} or not _HEX_DIGITS.fullmatch(digits):
        return None
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue, alpha = bytes.fromhex((digits + "ff")[:8])
    return red, green, blue, alpha


def shown(word: str) -> str:
    """A word from a file, short and safe to print."""
    return "'" + word[:20].encode("unicode_escape").decode() + "'"
