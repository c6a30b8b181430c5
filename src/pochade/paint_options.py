"""The options of `paint`, declared once for Python, the command line and the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pochade import shared_options
from pochade.errors import UsageError
from pochade.options import check, number, option, whole_number
from pochade.quantize_options import hex_color

METHODS = ("tree", "split", "slic", "cvt", "quadtree", "random")
KERNELS = ("continuous", "inverse")
LEVELS = 12
MOST_ANCHORS = 24_000
MOST_TUBES = 256


def level_or_auto(word: str) -> float | str:
    """`--level`: auto, or a number from 0 (coarse) to 1 (fine).

    >>> level_or_auto("auto"), level_or_auto("0.5")
    ('auto', 0.5)
    """
    if word == "auto":
        return word
    try:
        return number(word)
    except ValueError:
        raise ValueError(f"must be auto or a number from 0 to 1, not {word!r}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintSettings:
    """What a painting remembers of how it is painted: its knobs. Values are checked when made.

    Raises:
        UsageError: when a value is out of its range.
    """

    level: float | str = option(
        "auto",
        "How much is painted: 0 is coarse, 1 fine, evenly over twelve levels; auto looks for the "
        "one between obvious errors and a mere photo.",
        parse=level_or_auto,
        metavar="auto|0..1",
        group="Painting",
    )
    anchors: int | None = option(
        None,
        "Instead of a level: about this many places at which colour is laid.",
        parse=whole_number,
        minimum=1,
        maximum=MOST_ANCHORS,
        metavar="N",
        group="Painting",
    )
    softness: float = option(
        0.5,
        "0 keeps edges as hard as gouache, 1 lets colours run like wet watercolour.",
        parse=number,
        minimum=0,
        maximum=1,
        metavar="0..1",
        group="Painting",
    )
    abstraction: float = option(
        0.5,
        "How much texture the painter overlooks, 0 to 1.",
        parse=number,
        minimum=0,
        maximum=1,
        metavar="0..1",
        group="Painting",
    )
    method: str = option(
        "tree",
        "How places are found: merged regions, divisive split, superpixels, Voronoi cells, "
        "rectangles, or at random.",
        choices=METHODS,
        group="Method",
    )
    neighbours: int | None = option(
        None,
        "How many places each pixel mixes its colour from (8 unless given, 5 with --classic).",
        parse=whole_number,
        minimum=1,
        maximum=32,
        metavar="K",
        group="Method",
    )
    kernel: str = option(
        "continuous",
        "How colours mix: continuous is smooth everywhere, inverse is by inverse distance.",
        choices=KERNELS,
        group="Method",
    )
    solve: bool = option(
        True,
        "Choose the colours so that the mixture comes nearest to the photo; otherwise each place "
        "has the mean colour of its area.",
        group="Method",
    )
    anchors_only: bool = option(
        False,
        "Paint from places and colours alone, without looking at the photo's edges.",
        group="Method",
    )
    classic: bool = option(
        False,
        "Paint as the program that this began with: anchors on random pixels of patches, in twelve "
        "rounds of ever smaller ones, mixed by inverse distance.",
        group="Classic",
    )
    patch: float = option(
        30.0,
        "With --classic: side of the first patches, in pixels of a photo of 480x600.",
        parse=number,
        minimum=1,
        maximum=480,
        metavar="X",
        group="Classic",
    )
    shrink: float = option(
        0.75,
        "With --classic: side of the next round's patches, times the last one's.",
        parse=number,
        minimum=0.1,
        maximum=0.99,
        metavar="X",
        group="Classic",
    )
    variance: float = option(
        3.0,
        "With --classic: how much a patch may vary and still be given an anchor.",
        parse=number,
        minimum=0,
        maximum=1000,
        metavar="X",
        group="Classic",
    )
    threshold: float = option(
        10.0,
        "With --classic: levels by which a patch must differ to be given an anchor.",
        parse=number,
        minimum=0,
        maximum=255,
        metavar="X",
        group="Classic",
    )
    seed: int = shared_options.seed()

    def __post_init__(self) -> None:
        check(self)
        if isinstance(self.level, str):
            if self.level != "auto":
                raise UsageError(f"level must be auto or a number from 0 to 1, not {self.level!r}")
        elif isinstance(self.level, bool) or not 0 <= self.level <= 1:
            raise UsageError(f"level must be auto or a number from 0 to 1, not {self.level!r}")
        for name in ("anchors", "neighbours", "seed"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not hasattr(value, "__index__")):
                raise UsageError(f"{name} must be a whole number, not {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintOptions:
    """What else decides what is painted, and is not a knob of the painting afterwards.

    Raises:
        UsageError: when a value is out of its range.
    """

    detail: Any = option(
        None,
        "Where to paint finer: saliency (what stands out), subject (what cutout keeps), or a "
        "picture of the same shape, finer where it is brighter.",
        metavar="WORD|MAP",
        group="Painting",
    )
    preset: str | None = option(
        None,
        "A look by name, such as oil or watercolour, or a settings file of your own.",
        metavar="NAME|FILE",
        group="Painting",
    )
    palette: Any = option(
        None,
        "Paint with the colours of this palette file alone.",
        metavar="FILE",
        group="Painting",
    )
    lay_on: str | None = option(
        None,
        "Lay a transparent photo on this colour first; otherwise the painting stays transparent "
        "where it was.",
        parse=hex_color,
        metavar="COLOR",
        group="Painting",
    )
    threads: int | None = shared_options.threads()

    def __post_init__(self) -> None:
        check(self)
        if self.lay_on is not None:
            try:
                hex_color(self.lay_on)
            except ValueError as error:
                raise UsageError(f"lay-on {error}") from None
