"""The options of `cloud`, declared once for Python, the command line and the reference."""

from __future__ import annotations

from dataclasses import dataclass

from pochade import shared_options
from pochade.errors import UsageError
from pochade.options import check, number, option
from pochade.quantize_options import check_k, number_of_colors

CLOUD_SPACES = ("srgb", "lab", "oklab")
COLORINGS = ("own", "cluster")
THEMES = ("auto", "light", "dark")
SMALLEST_SIZE, LARGEST_SIZE = 200, 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudOptions:
    """Everything that decides what `cloud` shows of a picture. Values are checked when made.

    Raises:
        UsageError: when a value is out of its range, or two options exclude each other.
    """

    k: int | str | None = option(
        None,
        "Number of clusters, or auto or another rule, as in quantize; none unless given.",
        parse=number_of_colors,
        short="-k",
        long="--colors",
        metavar="N|auto",
        group="Clusters",
    )
    space: str = option(
        "srgb",
        "Colour space that is shown, and in which clusters are sought.",
        choices=CLOUD_SPACES,
        group="Clusters",
    )
    by: str = option(
        "own",
        "Whether a point has its own colour or its cluster's (needs -k).",
        choices=COLORINGS,
        group="View",
    )
    centroids: bool = option(
        True,
        "Mark the centre of every cluster with a black dot and its number.",
        group="View",
    )
    cells: bool = option(
        False,
        "Draw the walls between the clusters: which colours belong to which centre (needs -k).",
        group="View",
    )
    turn: float = option(
        32.0,
        "Degrees by which the first view is turned about the upright axis.",
        parse=number,
        minimum=-360,
        maximum=360,
        metavar="DEGREES",
        group="View",
    )
    tilt: float = option(
        18.0,
        "Degrees by which the first view looks down.",
        parse=number,
        minimum=-90,
        maximum=90,
        metavar="DEGREES",
        group="View",
    )
    theme: str = option(
        "auto",
        "Colour of the ground; auto follows the reader's system in a page, and is light otherwise.",
        choices=THEMES,
        group="View",
    )
    title: str | None = option(
        None,
        "Title above the cloud (the name of the file unless given).",
        metavar="TEXT",
        group="View",
    )
    size: str = option(
        "1200x900",
        "Size of a PNG or SVG in pixels, one side (a square) or WxH.",
        parse=shared_options.size,
        metavar="SIZE",
        group="View",
    )
    effort: str = shared_options.effort(
        "fast trades a little error for time; max takes its time for the best known centres."
    )
    init: str | None = shared_options.init()
    iters: int | None = shared_options.iters()
    engine: str = shared_options.engine()
    seed: int = shared_options.seed()
    threads: int | None = shared_options.threads()
    resize: str | None = shared_options.resize()

    def __post_init__(self) -> None:
        check(self)
        check_k(self.k)
        pixel_size(self.size)
        if self.k is None and self.by == "cluster":
            raise UsageError("the clusters' colours need clusters; say how many with k (-k 3)")
        if self.k is None and self.cells:
            raise UsageError("cells are those of clusters; say how many with k (-k 3)")


def pixel_size(text: str) -> tuple[int, int]:
    """Width and height of a picture of a cloud.

    Raises:
        UsageError: it is no size, or a side is outside 200 to 8000 pixels.

    >>> pixel_size("1200x900"), pixel_size("600")
    ((1200, 900), (600, 600))
    """
    try:
        sides = [int(part) for part in shared_options.size(text).split("x")]
    except (ValueError, AttributeError):
        raise UsageError(f"size must be a side or WxH, such as 1200x900, not {text!r}") from None
    width, height = sides[0], sides[-1]
    if not all(SMALLEST_SIZE <= side <= LARGEST_SIZE for side in (width, height)):
        raise UsageError(
            f"size must have sides of {SMALLEST_SIZE} to {LARGEST_SIZE} pixels, not {text}"
        )
    return width, height
