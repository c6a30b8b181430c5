"""Colours as style sheets write them in functions: rgb(), hsl(), oklab() and oklch().

After CSS Color Module Level 4, sections 5, 7 and 9: commas or blanks, numbers or percentages, an
alpha behind "/" or as a fourth value.
"""

from __future__ import annotations

import math
import re
from typing import Final

from pochade.io.swatches import OPAQUE, Color

FUNCTION: Final = r"(?P<kind>rgba?|hsla?|oklab|oklch)\((?P<body>[^()\n]{1,120})\)"
"""Matches what `function_color` reads."""

_NUMBER: Final = re.compile(
    r"([+-]?(?:\d{1,9}(?:\.\d{0,30})?|\.\d{1,30})(?:e[+-]?\d{1,2})?)(%|deg)?"
)


def function_color(kind: str, body: str) -> Color | None:
    """R, G, B, A of a function's values; None for what is computed (var, calc) or malformed.

    >>> function_color("rgb", "0, 128, 160"), function_color("hsla", "120 100% 50% / 50%")
    ((0, 128, 160, 255), (0, 255, 0, 128))
    >>> function_color("oklch", "0.628 0.2577 29.23"), function_color("rgb", "var(--x)")
    ((255, 0, 0, 255), None)

    Raises:
        ValueError: a channel of rgb() is outside its range; the message is that value.
    """
    words = re.split(r"[,/\s]+", body.strip())
    if len(words) not in {3, 4}:
        return None
    found = [_NUMBER.fullmatch("0" if word == "none" else word) for word in words]
    values = [(float(match[1]), match[2] or "") for match in found if match]
    if len(values) != len(words):
        return None
    alpha = _share(values[3], 1.0) if len(values) == 4 else 1.0
    first, second, third = values[:3]
    if kind.startswith("rgb"):
        red, green, blue = (_channel(*value) for value in values[:3])
    elif kind.startswith("hsl"):
        from colorsys import hls_to_rgb

        shares = hls_to_rgb(first[0] / 360 % 1, _share(third, 100.0), _share(second, 100.0))
        red, green, blue = (_rounded(OPAQUE * share) for share in shares)
    else:
        red, green, blue = _from_oklab(kind, first, second, third)
    return red, green, blue, round(OPAQUE * alpha)


def _share(value: tuple[float, str], whole: float) -> float:
    """A percentage, or a number of which `whole` is everything, as 0..1."""
    number, unit = value
    return min(1.0, max(0.0, number / (100.0 if unit == "%" else whole)))


def _channel(number: float, unit: str) -> int:
    scaled = 2.55 * number if unit == "%" else number
    if not -0.5 < scaled < OPAQUE + 0.5:
        raise ValueError(f"{number:g}{unit}")
    return _rounded(scaled)


def _rounded(value: float) -> int:
    """The nearest whole number; halves go up, also those that arithmetic made a little less."""
    return math.floor(value + 0.5 + 1e-6)


def _from_oklab(
    kind: str, first: tuple[float, str], second: tuple[float, str], third: tuple[float, str]
) -> tuple[int, int, int]:
    """OKLab or OKLCH; 100 % of chroma, a or b is 0.4; what is out of gamut is clipped."""
    from pochade.color.convert import to_srgb8

    a = second[0] * (0.004 if second[1] == "%" else 1.0)
    b = third[0] * (0.004 if third[1] == "%" else 1.0)
    if kind == "oklch":
        turn = math.radians(third[0])
        a, b = a * math.cos(turn), a * math.sin(turn)
    red, green, blue = to_srgb8([_share(first, 1.0), a, b], "oklab").tolist()
    return red, green, blue
