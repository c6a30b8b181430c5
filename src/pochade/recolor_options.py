"""The options of `recolor`, declared once for Python, the command line and the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pochade import shared_options
from pochade.errors import UsageError
from pochade.options import check, number, option, whole_number
from pochade.quantize_options import DITHERS

LARGEST_K = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class RecolorOptions:
    """Everything that decides how `recolor` colours a picture. Values are checked when made.

    Raises:
        UsageError: when a value is out of its range, or there is nothing to take colours from.
    """

    like: Any = option(
        None,
        "The picture, or the palette file, whose colours the result takes.",
        metavar="FILE",
        group="Colours",
    )
    k: int = option(
        16,
        "Number of colours that each picture is summed up in; more follow finer differences.",
        parse=whole_number,
        minimum=1,
        maximum=LARGEST_K,
        short="-k",
        long="--colors",
        metavar="N",
        group="Colours",
    )
    strength: float = option(
        1.0,
        "How far the colours go: 0 changes nothing, 1 goes all the way.",
        parse=number,
        minimum=0,
        maximum=1,
        metavar="S",
        group="Colours",
    )
    lightness: bool = option(
        True,
        "Take over lightness too, not hue and strength of colour alone.",
        group="Colours",
    )
    indexed: bool = option(
        False,
        "Use the other's own colours only, as `quantize --palette` does, after recolouring.",
        group="Colours",
    )
    dither: str = option(
        "none",
        "With --indexed: mix the colours in patterns to hide the steps between them.",
        choices=DITHERS,
        group="Colours",
    )
    seed: int = shared_options.seed()
    threads: int | None = shared_options.threads()

    def __post_init__(self) -> None:
        check(self)
        if self.like is None:
            raise UsageError("name the picture or palette to take colours from: --like FILE")
        if self.dither != "none" and not self.indexed:
            raise UsageError("dither mixes the colours of a palette: give indexed with it")
