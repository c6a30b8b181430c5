"""The options of `segment`, declared once for Python, the command line and the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pochade import shared_options
from pochade.errors import UsageError
from pochade.options import check, number, option, whole_number
from pochade.quantize_options import hex_color

METHODS = ("tree", "kmeans", "classic")
COSTS = ("border", "ward")
FINISHES = ("none", "gaussian", "random")
LOOKS = ("flat", "overlay", "outlines", "numbers", "labels", "strength")
PAINTINGS = ("flat", "numbers", "svg")
"""Kinds that look best where colours are kept, whatever they outline."""
DATA = ("svg", "geojson", "table", "tree")
KINDS = LOOKS + DATA
SHEETS = ("a5", "a4", "a3", "a2")
DEFAULT_REGIONS = 200
DEFAULT_CLUSTERS = 8
MOST_PAINTS = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentOptions:
    """Everything that decides where `segment` draws its borders. Values are checked when made.

    Raises:
        UsageError: when a value is out of its range, or two options exclude each other.
    """

    n: int | None = option(
        None,
        "Number of regions (200 unless given); of colours with --method kmeans (8 unless given).",
        parse=whole_number,
        minimum=1,
        short="-n",
        long="--regions",
        metavar="N",
        group="Regions",
    )
    threshold: float | None = option(
        None,
        "Instead of a number: split whatever costs more than this to merge (see -v for the cost "
        "at which a number of regions was reached).",
        parse=number,
        minimum=0,
        metavar="COST",
        group="Regions",
    )
    min_area: int | None = option(
        None,
        "No region smaller than this many pixels; alone, as many regions as that allows.",
        parse=whole_number,
        minimum=1,
        metavar="PIXELS",
        group="Regions",
    )
    detail: Any = option(
        None,
        "A picture of the same size: finer regions where it is brighter.",
        metavar="MASK",
        group="Regions",
    )
    method: str = option(
        "tree",
        "tree merges neighbouring areas; kmeans clusters colours and takes the connected areas of "
        "each; classic is RajaRavi's merging in bulk by colour alone.",
        choices=METHODS,
        group="Method",
    )
    cost: str | None = option(
        None,
        "What merging costs the tree: border follows the outlines of objects, ward keeps the "
        "colours. Unless given, ward where only flat, numbers and svg are written, border "
        "otherwise and in Python.",
        choices=COSTS,
        group="Method",
    )
    space: str | None = option(
        None,
        "Space in which colours are compared (lab for border, oklab otherwise).",
        choices=shared_options.SPACES,
        group="Method",
    )
    compactness: float = option(
        0.0,
        "Weight of position in the tree: 1 to 10 give rounder regions.",
        parse=number,
        minimum=0,
        maximum=1000,
        metavar="W",
        group="Method",
    )
    position: float = option(
        0.0,
        "Weight of position in k-means: the diagonal counts as so many times black to white.",
        parse=number,
        minimum=0,
        maximum=1000,
        metavar="W",
        group="Method",
    )
    size_cull: bool = option(
        True,
        "In classic, also merge what is small after each round of bulk merging.",
        group="Method",
    )
    bulk: float = option(
        0.5,
        "In classic, the share of neighbouring pairs that one round merges.",
        parse=number,
        minimum=0.01,
        maximum=1,
        metavar="SHARE",
        group="Method",
    )
    tree: Any = option(
        None,
        "Cut this region tree, written with --kind tree, instead of building one.",
        metavar="FILE",
        group="Method",
    )
    seed: int = shared_options.seed()
    threads: int | None = shared_options.threads()

    def __post_init__(self) -> None:
        check(self)
        if self.n is not None and (isinstance(self.n, bool) or not hasattr(self.n, "__index__")):
            raise UsageError(f"the number of regions must be a whole number, not {self.n!r}")
        if self.n is not None and self.threshold is not None:
            raise UsageError("a number of regions and a threshold exclude each other; give one")
        if self.method != "tree":
            named = {
                "threshold": self.threshold is not None,
                "detail": self.detail is not None,
                "tree": self.tree is not None,
                "compactness": self.compactness != 0,
            }
            wrong = [name for name, given in named.items() if given]
            if wrong:
                raise UsageError(f"{wrong[0]} belongs to method tree, not to {self.method}")
        if self.position and self.method != "kmeans":
            raise UsageError("position belongs to method kmeans; use compactness with a tree")
        alone = self.n is None and self.threshold is None and self.min_area is not None
        if alone and self.detail is not None:
            raise UsageError("a detail mask needs a number of regions or a threshold beside it")

    @property
    def outlining(self) -> bool:
        """Whether the tree follows outlines: `cost` is 'border', or nothing was said."""
        return self.cost != "ward"

    @property
    def regions(self) -> int | None:
        """How many regions (clusters of k-means) are wanted; None where another rule decides."""
        if self.n is not None or self.threshold is not None:
            return self.n
        if self.method == "kmeans":
            return DEFAULT_CLUSTERS
        return None if self.min_area is not None and self.method == "tree" else DEFAULT_REGIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLook:
    """How regions are drawn. Values are checked when made.

    Raises:
        UsageError: when a value is out of its range.
    """

    finish: str = option(
        "none",
        "Soften the borders of a flat repaint: gaussian averages around each pixel, random "
        "averages a random choice of the pixels around it.",
        choices=FINISHES,
        group="Look",
    )
    finish_size: int = option(
        7,
        "Width of the area that a finish looks at, an odd number of pixels.",
        parse=whole_number,
        minimum=3,
        maximum=51,
        metavar="N",
        group="Look",
    )
    finish_temperature: float = option(
        2.0,
        "How far the random finish reaches: a pixel r away is taken with probability e^(-r/T).",
        parse=number,
        minimum=0.01,
        maximum=1000,
        metavar="T",
        group="Look",
    )
    line: str = option(
        "#ffffff",
        "Colour of the lines of outlines and overlay, such as '#ff0000'.",
        parse=hex_color,
        metavar="COLOR",
        group="Look",
    )
    line_width: int | None = option(
        None,
        "Width of these lines in pixels (a thousandth of the longest side unless given).",
        parse=whole_number,
        minimum=1,
        maximum=100,
        metavar="N",
        group="Look",
    )
    opacity: float = option(
        0.5,
        "How much of the overlay is colour, 0 to 1.",
        parse=number,
        minimum=0,
        maximum=1,
        metavar="S",
        group="Look",
    )
    smooth: float = option(
        1.0,
        "How much the lines of SVG, numbered sheets and GeoJSON are smoothed; 0 follows the pixels "
        "exactly (and is what GeoJSON takes unless given).",
        parse=number,
        minimum=0,
        maximum=10,
        metavar="S",
        group="Look",
    )
    paints: Any = option(
        None,
        "A palette file with the paints at hand: flat and numbers use these colours alone. A paint "
        "has the number of its place in the file.",
        metavar="FILE",
        group="Paints",
    )
    colors: int = option(
        24,
        "How many paints to find where none are given.",
        parse=whole_number,
        minimum=1,
        maximum=MOST_PAINTS,
        metavar="N",
        group="Paints",
    )
    sheet: str = option(
        "a4",
        "Paper of the numbered sheet; regions too small to hold their number on it are merged.",
        choices=SHEETS,
        group="Paints",
    )
    dpi: int = option(
        200,
        "Dots per inch of a numbered sheet that is not SVG.",
        parse=whole_number,
        minimum=50,
        maximum=600,
        metavar="N",
        group="Paints",
    )

    def __post_init__(self) -> None:
        check(self)
        if not self.finish_size % 2:
            raise UsageError(f"finish-size must be odd, not {self.finish_size}")
        try:
            hex_color(self.line)
        except ValueError as error:
            raise UsageError(f"line {error}") from None
