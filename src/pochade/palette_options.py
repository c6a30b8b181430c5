"""The options of `palette`, declared once for Python, the command line and the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pochade import shared_options
from pochade.errors import UsageError
from pochade.options import check, option
from pochade.quantize_options import check_k, number_of_colors

DEFAULT_K = 8
ORDERS = ("share", "hue", "lightness", "walk")
NAME_LISTS = ("all", "css", "xkcd", "none")
FRAMES = ("all", "first", "each")


def area(word: str) -> tuple[int, int, int, int]:
    """`--region`: X,Y,W,H in pixels.

    >>> area("10,20,300,200")
    (10, 20, 300, 200)
    """
    parts = word.split(",")
    right = all(part.isdecimal() and part.isascii() and len(part) < 8 for part in parts)
    if len(parts) != 4 or not right:
        raise ValueError(f"must be X,Y,W,H in pixels, such as 10,20,300,200, not {word!r}")
    x, y, w, h = (int(part) for part in parts)
    return x, y, w, h


@dataclass(frozen=True, slots=True, kw_only=True)
class PaletteOptions:
    """Everything that decides which palette `palette` finds. Values are checked when made.

    Raises:
        UsageError: when a value is out of its range.
    """

    k: int | str = option(
        DEFAULT_K,
        "Number of colours, or auto (or another rule, as in quantize) to let the picture decide.",
        parse=number_of_colors,
        short="-k",
        long="--colors",
        metavar="N|auto",
        group="Colours",
    )
    order: str = option(
        "share",
        "Order of the colours: by share of the picture, by hue (greys first), from dark to light, "
        "or as the shortest walk from colour to colour.",
        choices=ORDERS,
        group="Colours",
    )
    names: str = option(
        "all",
        "Lists that names are taken from: CSS keywords, the xkcd colour survey, or both.",
        choices=NAME_LISTS,
        group="Colours",
    )
    space: str = shared_options.space("oklab")
    guard: bool = shared_options.guard()
    region: tuple[int, int, int, int] | None = option(
        None,
        "Look only at this rectangle, in pixels from the left and the top.",
        parse=area,
        metavar="X,Y,W,H",
        group="Picture",
    )
    mask: Any = option(
        None,
        "A mask picture: black is left out, and where it is brighter, colours count for more.",
        metavar="MASK",
        group="Picture",
    )
    frames: str = option(
        "all",
        "Of an animation: one palette for all frames, for the first, or a palette for each.",
        choices=FRAMES,
        group="Picture",
    )
    effort: str = shared_options.effort(
        "fast samples the pixels of large pictures; default gathers them in a fine grid of "
        "colours; max takes every colour by itself and searches long."
    )
    engine: str = shared_options.engine()
    seed: int = shared_options.seed()
    threads: int | None = shared_options.threads()

    def __post_init__(self) -> None:
        check(self)
        check_k(self.k)
        if self.k is None:
            raise UsageError("k must be a whole number or a rule such as 'auto', not None")
        if self.region is not None:
            check_region(self.region)


def check_region(region: Any) -> None:
    """Raise UsageError unless `region` is x, y, w, h, whole numbers with w and h at least 1."""
    whole = isinstance(region, tuple | list) and len(region) == 4
    whole = whole and all(hasattr(v, "__index__") and not isinstance(v, bool) for v in region)
    if not whole:
        raise UsageError(f"region must be (x, y, w, h) in whole pixels, not {region!r}")
    x, y, w, h = region
    if x < 0 or y < 0 or w < 1 or h < 1:
        raise UsageError(f"region {x},{y},{w},{h} has no pixels: x, y from 0 and w, h from 1")


PALETTE_FORMATS = (
    "json",
    "hex",
    "css",
    "scss",
    "less",
    "tailwind",
    "tailwind-css",
    "gpl",
    "ase",
    "aco",
    "act",
    "pal",
    "riff-pal",
    "paint.net",
    "svg",
    "png",
)
"""The forms of palette files that are written, by name; `io.palette_writing` has their writers."""
