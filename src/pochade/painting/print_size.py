"""How large a painting is drawn: in pixels, times the photo, or on paper."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from pochade.errors import UsageError

UNITS: Final = {"mm": 25.4, "cm": 2.54, "in": 1.0}
"""How many of each go into an inch."""
PAPERS: Final = {"a5": 148, "a4": 210, "a3": 297, "a2": 420, "a1": 594, "a0": 841}
"""The shorter side in millimetres; the longer one is the next paper's."""
LONGER: Final = {"a5": 210, "a4": 297, "a3": 420, "a2": 594, "a1": 841, "a0": 1189}
DPI: Final = 300.0
"""Dots per inch on paper, unless given."""
_FORM: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(?:x(\d{1,6}(?:\.\d{1,3})?))?(mm|cm|in)?")


class Box(NamedTuple):
    """What a painting is to fit into: sides in pixels, or in inches; the second may be missing."""

    wide: float
    high: float | None
    inches: bool
    turns: bool = False


def parse_size(word: str) -> str:
    """A size as it is given: 3000, 3000x2000, 40cm, 40x30cm, 12in, a3; kept as text.

    >>> parse_size("40x30cm")
    '40x30cm'
    """
    box_of(word)
    return word


def box_of(word: str) -> Box:
    """The box that a size names.

    Raises:
        ValueError: it is none.

    >>> box_of("3000"), box_of("a4").wide.__round__(2)
    (Box(wide=3000.0, high=None, inches=False, turns=False), 8.27)
    """
    name = word.lower()
    if name in PAPERS:
        return Box(PAPERS[name] / 25.4, LONGER[name] / 25.4, True, True)
    match = _FORM.fullmatch(name)
    if match is None:
        raise ValueError(
            f"must be a longest side or WxH in pixels, mm, cm or in, or a5 to a0, not {word!r:.40}"
        )
    unit = UNITS.get(match[3] or "", 1.0)
    wide, high = float(match[1]) / unit, None if match[2] is None else float(match[2]) / unit
    if wide <= 0 or (high is not None and high <= 0):
        raise ValueError(f"must be above 0, not {word!r:.40}")
    return Box(wide, high, match[3] is not None)


def told_dpi(word: str | None, dpi: float | None) -> float | None:
    """The dots per inch that a file tells: those given, or those of a size on paper.

    >>> told_dpi("a4", None), told_dpi("3000", None), told_dpi("a4", 150)
    (300.0, None, 150)
    """
    if dpi is None and word is not None and box_of(word).inches:
        return DPI
    return dpi


def drawn_size(
    photo: tuple[int, int], word: str | None, scale: float | None, dpi: float | None
) -> tuple[int, int]:
    """(rows, cols) of a painting: as large as fits into the size, in the photo's proportions.

    Args:
        photo: (rows, cols).
        word: see `parse_size`; None for `scale`.
        scale: times the photo; None is 1.
        dpi: of sizes on paper.

    Raises:
        UsageError: both are given, or the word is no size.

    >>> drawn_size((200, 300), "3000", None, None), drawn_size((200, 300), None, 4, None)
    ((2000, 3000), (800, 1200))
    >>> drawn_size((200, 300), "30x30cm", None, 254), drawn_size((300, 200), "a4", None, 100)
    ((2000, 3000), (1169, 779))
    """
    if word is not None and scale is not None:
        raise UsageError("a size and a scale exclude each other; give one of them")
    rows, cols = photo
    if word is None:
        times = 1.0 if scale is None else scale
        return max(1, round(rows * times)), max(1, round(cols * times))
    try:
        box = box_of(word)
    except ValueError as error:
        raise UsageError(f"size {error}") from None
    dots = (dpi or DPI) if box.inches else 1.0
    wide = box.wide * dots
    high = wide if box.high is None else box.high * dots
    if box.turns and (cols > rows) != (wide > high):
        wide, high = high, wide
    times = min(wide / cols, high / rows)
    return max(1, round(rows * times)), max(1, round(cols * times))
