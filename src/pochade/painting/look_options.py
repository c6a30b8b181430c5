"""How a painting's brush and surface look: numbers only, declared once for all of its faces.

Lengths are in thousandths of the picture's side (the root of its area), so that a look is the same
at every size of print. This module imports nothing heavy.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from pochade.errors import UsageError
from pochade.options import check, number, option, whole_number

LARGEST_LENGTH = 100
MOST_COLORS = 64
FINEST, FINEST_DOTS = 1.5, 3.0
"""Least widths of strokes and dots: finer ones would be millions, and no brush has such a hair."""
PRESETS = ("gouache", "watercolour", "oil", "pointillism", "poster", "ink-wash")


def _share(default: float, help: str, group: str, largest: float = 1) -> Any:
    return option(default, help, parse=number, minimum=0, maximum=largest, metavar="S", group=group)


def _length(default: float, help: str, group: str, least: float = 0.2) -> Any:
    return option(
        default,
        help + " In thousandths of the picture's side.",
        parse=number,
        minimum=least,
        maximum=LARGEST_LENGTH,
        metavar="LENGTH",
        group=group,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Everything that decides how a painting is laid down. Values are checked when made.

    Raises:
        UsageError: when a value is out of its range.
    """

    strokes: float = _share(
        0.0, "How much of the painting is covered with strokes of a brush; 0 is none.", "Brush"
    )
    stroke_size: float = _share(
        1.0, "Width of a stroke, as so many times the anchor that it is laid at.", "Brush", 8
    )
    stroke_least: float = _length(4.0, "No stroke is narrower than this.", "Brush", FINEST)
    stroke_most: float = _length(36.0, "No stroke is wider than this.", "Brush", FINEST)
    stroke_length: float = _share(
        1.0, "How long strokes are; at 0 they are as long as wide.", "Brush", 6
    )
    layers: int = option(
        3,
        "Layers of strokes, broad to fine.",
        parse=whole_number,
        minimum=1,
        maximum=5,
        metavar="N",
        group="Brush",
    )
    looseness: float = _share(
        0.4, "How far a stroke may run over what has another colour.", "Brush"
    )
    follow: float = _share(0.8, "How strictly strokes follow the lines of the picture.", "Brush")
    bristles: float = _share(0.5, "How much the hairs of the brush show.", "Brush")
    relief: float = _share(0.0, "How thick the paint stands in the light.", "Brush", 3)
    color_jitter: float = _share(
        0.3, "How much the colour changes from stroke to stroke.", "Brush", 3
    )
    dots: float = _share(
        0.0, "How densely dots are laid, beside strokes or instead; 0 is none.", "Dots", 3
    )
    dot_size: float = _length(7.0, "Diameter of the larger dots.", "Dots", FINEST_DOTS)
    ground: float = _share(
        0.0, "How much paper shows between strokes or dots; 0 is painted underneath.", "Brush"
    )
    wobble: float = _share(0.0, "How far edges wander, in thousandths of the side.", "Wash", 20)
    glazes: int = option(
        0,
        "Tones that a wash is laid in, one over another; 0 leaves them smooth.",
        parse=whole_number,
        minimum=0,
        maximum=32,
        metavar="N",
        group="Wash",
    )
    wet_edges: float = _share(0.0, "How dark pigment gathers at the edges of a wash.", "Wash", 3)
    granulation: float = _share(0.0, "How much pigment settles in the grain.", "Wash", 3)
    pigment: float = _share(0.0, "How unevenly a wash dries.", "Wash", 3)
    colors: int = option(
        0,
        "Flat areas in this many colours, with clean edges; 0 leaves colours as they are.",
        parse=whole_number,
        minimum=0,
        maximum=MOST_COLORS,
        metavar="N",
        group="Colours",
    )
    smooth: float = _share(
        3.0, "How far the outline of a flat area is smoothed, in thousandths.", "Colours", 20
    )
    saturation: float = _share(1.0, "Strength of colours; 0 is grey.", "Colours", 3)
    balance: float = _share(
        0.0,
        "How far the photo's tones are spread over the whole range, light ones first.",
        "Colours",
    )
    contrast: float = _share(1.0, "Contrast of light and dark.", "Colours", 3)
    lift: float = option(
        0.0,
        "How much lighter (darker, below 0) everything is, of 255.",
        parse=number,
        minimum=-128,
        maximum=128,
        metavar="N",
        group="Colours",
    )
    lines: float = _share(0.0, "How dark outlines are drawn; 0 is none.", "Lines")
    line_size: float = _length(3.0, "Width of the strongest outlines.", "Lines")
    paper: float = _share(0.0, "How rough the paper is.", "Surface", 3)
    canvas: float = _share(0.0, "How much the weave of a canvas shows.", "Surface", 3)
    grain: float = _length(2.5, "Size of the grain of paper or canvas.", "Surface")
    paper_color: str = option(
        "#f7f3ea",
        "Colour of the paper, where it shows.",
        metavar="COLOR",
        group="Surface",
    )
    transparent: float = _share(
        0.0, "How much the colour of the paper shines through the paint.", "Surface"
    )
    border: float = _share(
        0.0, "Bare paper around the painting, in thousandths.", "Surface", LARGEST_LENGTH
    )

    def __post_init__(self) -> None:
        check(self)
        paper_rgb(self.paper_color)
        if self.stroke_least > self.stroke_most:
            raise UsageError(
                f"stroke-least ({self.stroke_least:g}) is above stroke-most ({self.stroke_most:g})"
            )


NAMES = tuple(item.name for item in fields(Look))
"""The fields of a look, in order."""


def paper_rgb(color: str) -> tuple[int, int, int]:
    """The paper's colour as three bytes.

    >>> paper_rgb("#f7f3ea")
    (247, 243, 234)

    Raises:
        UsageError: it is not '#rrggbb'.
    """
    digits = color.removeprefix("#")
    try:
        value = bytes.fromhex(digits)
    except ValueError:
        value = b""
    if len(value) != 3 or len(digits) != 6 or color == digits:
        raise UsageError(f"paper color must be a colour such as '#f7f3ea', not {color!r}")
    return value[0], value[1], value[2]
