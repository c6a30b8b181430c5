"""The options of `clean`, declared once for Python, the command line and the reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pochade import shared_options
from pochade.errors import UsageError
from pochade.options import check, number, option, whole_number

AUTO = "auto"
DETECTORS = ("white", "black", "saturation", "hue", "isolated", "specks", "rare", "grain")
RESULTS = ("fill", "transparent", "mask")
FILLS = ("harmonic", "median", "nearest")
LARGEST_AREA = 65_534
LARGEST_GRAIN = 64
LEAST_ISOLATED = 8
DEFAULT_STEP = 48

Range: TypeAlias = tuple[float, float]


def or_auto(parse: Callable[[str], float | Range]) -> Callable[[str], float | Range | str]:
    """A parser that also takes the word auto.

    >>> or_auto(whole_number)("auto"), or_auto(whole_number)("240")
    ('auto', 240)
    """

    def parsed(word: str) -> float | Range | str:
        if word == AUTO:
            return AUTO
        try:
            return parse(word)
        except ValueError as error:
            raise ValueError(str(error).replace(", not", " or auto, not")) from None

    return parsed


def number_range(word: str) -> Range:
    """LOW-HIGH: two numbers that are not negative.

    >>> number_range("20-100"), number_range("330-30")
    ((20.0, 100.0), (330.0, 30.0))
    """
    low, dash, high = word.partition("-")
    try:
        if dash:
            return number(low), number(high)
    except ValueError:
        pass
    raise ValueError(f"must be LOW-HIGH, such as 20-100, not {word!r}")


def share(word: str) -> float:
    """A share as a number from 0 to 1, or in percent with its sign.

    >>> share("0.001"), share("0.1%")
    (0.001, 0.001)
    """
    if word.endswith("%"):
        return number(word[:-1]) / 100
    return number(word)


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanOptions:
    """Everything that decides what `clean` takes out of a picture. Values are checked when made.

    Each detector is off (None), has a threshold of its own, or finds one ("auto"). Where none is
    switched on, all find their own.

    Raises:
        UsageError: when a value is out of its range.
    """

    white: int | str | None = option(
        None,
        "Near-white pixels: red, green and blue all N or more, 0 to 255.",
        parse=or_auto(whole_number),
        metavar="N|auto",
        group="What goes",
    )
    black: int | str | None = option(
        None,
        "Near-black pixels: red, green and blue all N or less, 0 to 255.",
        parse=or_auto(whole_number),
        metavar="N|auto",
        group="What goes",
    )
    saturation: Range | str | None = option(
        None,
        "Pixels whose saturation (HSV, 0 to 100) is not from LOW to HIGH.",
        parse=or_auto(number_range),
        metavar="LOW-HIGH|auto",
        group="What goes",
    )
    hue: Range | str | None = option(
        None,
        "Pixels whose hue (0 to 360 degrees) is not from LOW to HIGH; 330-30 goes through 0. "
        "Greys have no hue and stay.",
        parse=or_auto(number_range),
        metavar="LOW-HIGH|auto",
        group="What goes",
    )
    isolated: int | str | None = option(
        None,
        "Single pixels that stand out of their eight neighbours by N levels or more, 8 to 255, "
        "beyond what these differ among themselves.",
        parse=or_auto(whole_number),
        metavar="N|auto",
        group="What goes",
    )
    specks: int | str | None = option(
        None,
        "Specks of at most AREA pixels, 1 to 65534, with a step of colour all around.",
        parse=or_auto(whole_number),
        metavar="AREA|auto",
        group="What goes",
    )
    speck_step: int | None = option(
        None,
        "How many levels, 1 to 254, the step around a speck is more than "
        "(48 unless given, or found by --specks auto).",
        parse=whole_number,
        minimum=1,
        maximum=254,
        metavar="N",
        group="What goes",
    )
    rare: float | str | None = option(
        None,
        "Colours rarer than this share of the pixels, such as 0.0005 or 0.05%, together with "
        "all colours within about 12 levels.",
        parse=or_auto(share),
        metavar="SHARE|auto",
        group="What goes",
    )
    grain: int | str | None = option(
        None,
        "Grain (white noise): pixels N levels or more, 1 to 64, off the smooth surface that the "
        "pixels of near colour around them make.",
        parse=or_auto(whole_number),
        metavar="N|auto",
        group="What goes",
    )
    auto: bool = option(
        False,
        "Let every detector without a threshold find its own; so it is where none is named.",
        group="What goes",
    )
    result: str = option(
        "fill",
        "What comes out: the picture with the noise filled from its neighbours, with the noise "
        "transparent, or a mask (white goes).",
        choices=RESULTS,
        group="Result",
    )
    fill: str = option(
        "harmonic",
        "How holes are filled: smoothly between their rims (Laplace), by the median or by the "
        "nearest of the neighbours, from the rim inwards.",
        choices=FILLS,
        group="Result",
    )
    threads: int | None = shared_options.threads(group="Result")

    def __post_init__(self) -> None:
        check(self)
        check_level("white", self.white, 0, 255)
        check_level("black", self.black, 0, 255)
        check_level("isolated", self.isolated, LEAST_ISOLATED, 255)
        check_level("specks", self.specks, 1, LARGEST_AREA)
        check_level("grain", self.grain, 1, LARGEST_GRAIN)
        check_bounds("saturation", self.saturation, 100, turns=False)
        check_bounds("hue", self.hue, 360, turns=True)
        if self.rare is not None and self.rare != AUTO:
            value = self.rare
            if isinstance(value, (bool, str)) or not 0 < value <= 1:
                raise UsageError(f"rare must be a share above 0 up to 1, or auto, not {value!r}")
        white, black = self.white, self.black
        if isinstance(white, int) and isinstance(black, int) and white <= black:
            raise UsageError(f"white ({white}) must be above black ({black})")
        if self.speck_step is not None and "specks" not in self.thresholds():
            raise UsageError("speck-step says what a speck is; give specks as well")

    def thresholds(self) -> dict[str, float | Range | str]:
        """The detectors that are on, in the order of `DETECTORS`, each with its value.

        >>> CleanOptions(white=240).thresholds()
        {'white': 240}
        >>> CleanOptions().thresholds() == dict.fromkeys(DETECTORS, "auto")
        True
        """
        given = {name: getattr(self, name) for name in DETECTORS}
        named = {name: value for name, value in given.items() if value is not None}
        if named and not self.auto:
            return named
        return {name: AUTO if value is None else value for name, value in given.items()}


def check_level(name: str, value: float | str | None, least: int, most: int) -> None:
    """Raise UsageError unless `value` is None, "auto" or a whole number from least to most."""
    if value is None or value == AUTO:
        return
    if isinstance(value, (bool, str)) or not hasattr(value, "__index__"):
        raise UsageError(f"{name} must be a whole number or auto, not {value!r}")
    if not least <= value <= most:
        raise UsageError(f"{name} must be from {least} to {most:,}, or auto, not {value}")


def check_bounds(name: str, value: Range | str | None, most: int, *, turns: bool) -> None:
    """Raise UsageError unless `value` is None, "auto" or (low, high) within 0 to most.

    Where it `turns`, low may be above high: the range goes through 0.
    """
    if value is None or value == AUTO:
        return
    if isinstance(value, str):
        raise UsageError(f"{name} must be LOW-HIGH or auto, not {value!r}")
    try:
        low, high = value
        right = 0 <= low <= most and 0 <= high <= most
    except (TypeError, ValueError):
        raise UsageError(f"{name} must be LOW-HIGH or auto, not {value!r}") from None
    if not right:
        raise UsageError(f"{name} must lie within 0 to {most}, not {low:g}-{high:g}")
    if low > high and not turns:
        raise UsageError(f"{name} must be LOW-HIGH with LOW below HIGH, not {low:g}-{high:g}")
