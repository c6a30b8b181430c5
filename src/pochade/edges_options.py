"""The options of `edges`, declared once for Python, the command line and the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pochade import shared_options
from pochade.errors import UsageError
from pochade.options import check, number, option, whole_number
from pochade.quantize_options import hex_color

SPACES = ("srgb", "lab", "oklab")
BORDERS = ("reflect", "valid")
CONTRASTS = ("none", "mean", "local")
LOOKS = ("grey", "color", "ridges", "binary", "overlay")
COLOR_MAPS = ("viridis", "inferno", "magma", "plasma")
LARGEST_WINDOW = 255
AUTO = "auto"


def windows(word: str) -> tuple[int, ...]:
    """`--window`: one odd number, or several with commas between them.

    >>> windows("5"), windows("5,9,17")
    ((5,), (5, 9, 17))
    """
    try:
        return tuple(whole_number(part) for part in word.split(","))
    except ValueError:
        raise ValueError(
            f"must be an odd number such as 5, or several such as 5,9,17, not {word!r}"
        ) from None


def level(word: str) -> float | str:
    """`--noise`: auto, or a number.

    >>> level("auto"), level("2.5")
    ('auto', 2.5)
    """
    if word == AUTO:
        return word
    try:
        return number(word)
    except ValueError:
        raise ValueError(f"must be a number or {AUTO}, not {word!r}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgesOptions:
    """Everything that decides what `edges` makes of a picture. Values are checked when made.

    Raises:
        UsageError: when a value is out of its range, or two options do not fit together.
    """

    window: int | Sequence[int] = option(
        5,
        "Side of the windows in pixels, odd, 3 to 255; with several (5,9,17) each pixel gets the "
        "greatest of their strengths.",
        parse=windows,
        metavar="N[,N...]",
        group="Strength",
    )
    space: str | None = option(
        None,
        "Colour space in which the spread is measured (srgb unless given; for thin edges lab).",
        choices=SPACES,
        group="Strength",
    )
    lightness: float | None = option(
        None,
        "How much lightness counts beside colour in lab and oklab, 0 to 1 (1 unless given; for "
        "thin edges 0.5, where no space is given).",
        parse=number,
        minimum=0,
        maximum=1,
        metavar="X",
        group="Strength",
    )
    border: str = option(
        "reflect",
        "At the border: reflect the picture, or take only windows that lie inside (a smaller map).",
        choices=BORDERS,
        group="Strength",
    )
    grid: bool = option(
        False,
        "One value for each patch of a grid instead of each pixel.",
        group="Strength",
    )
    noise: float | str = option(
        0.0,
        "Noise to take away, as a strength, or auto to measure it where the picture is flattest.",
        parse=level,
        metavar="X|auto",
        group="Strength",
    )
    contrast: str = option(
        "none",
        "Even out strengths: by the mean brightness (dark parts count as if lit), or by the local "
        "contrast (faint parts are lifted).",
        choices=CONTRASTS,
        group="Strength",
    )
    surround: float = option(
        1.0,
        "Share of the mean strength around that is taken away before thinning, 0 to 1: textures "
        "grow quiet, contours stay.",
        parse=number,
        minimum=0,
        maximum=1,
        metavar="S",
        group="Thin edges",
    )
    high: float | None = option(
        None,
        "A thin edge must reach this strength somewhere (found in the picture unless given).",
        parse=number,
        minimum=0,
        metavar="X",
        group="Thin edges",
    )
    low: float | None = option(
        None,
        "A thin edge goes on down to this strength (0.4 of the other threshold unless given).",
        parse=number,
        minimum=0,
        metavar="X",
        group="Thin edges",
    )
    min_length: int = option(
        8,
        "Thin edges of fewer pixels than this are dropped.",
        parse=whole_number,
        minimum=1,
        metavar="N",
        group="Thin edges",
    )
    look: str = option(
        "grey",
        "The strengths in grey or in the colours of a map; their ridges in grey; thin edges as a "
        "binary picture, or as an overlay on the input.",
        choices=LOOKS,
        group="Picture",
    )
    color_map: str = option(
        "viridis",
        "Colours of --look color.",
        choices=COLOR_MAPS,
        group="Picture",
    )
    edge_color: str = option(
        "#ff2a00",
        "Colour of the edges of --look overlay.",
        parse=hex_color,
        metavar="COLOR",
        group="Picture",
    )
    white: float | None = option(
        None,
        "Strength that is shown as white (exceeded by 1 pixel in 200 unless given).",
        parse=number,
        minimum=1e-9,
        metavar="X",
        group="Picture",
    )
    line_width: int = option(
        1,
        "Pixels that thin edges are drawn wide in binary and overlay.",
        parse=whole_number,
        minimum=1,
        maximum=64,
        metavar="N",
        group="Picture",
    )
    invert: bool = option(
        False,
        "Dark on light: a drawing. Reverses the colours of --look color.",
        group="Picture",
    )
    resize: str | None = shared_options.resize()
    threads: int | None = shared_options.threads()

    def __post_init__(self) -> None:
        check(self)
        check_windows(self.windows)
        if self.noise != AUTO:
            number_given = hasattr(self.noise, "__float__") and not isinstance(self.noise, bool)
            if not number_given or not 0 <= float(self.noise) < float("inf"):
                raise UsageError(f"noise must be a strength from 0 on, or auto, not {self.noise!r}")
        if self.lightness is not None and self.space in (None, "srgb"):
            raise UsageError("lightness counts apart from colour in lab or oklab; give that space")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise UsageError(
                f"low must not be above high; the thresholds are {self.low:g} and {self.high:g}"
            )
        if self.grid:
            self._check_grid()
        try:
            hex_color(self.edge_color)
        except (ValueError, AttributeError):
            raise UsageError(
                f"edge color must be a colour such as '#ff2a00', not {self.edge_color!r}"
            ) from None

    def _check_grid(self) -> None:
        if len(self.windows) > 1:
            raise UsageError("a grid has patches of one size; give one window, or leave out grid")
        if self.look == "overlay":
            raise UsageError("a grid has no edge for each pixel to lay over; take another look")
        if self.border != "reflect":
            raise UsageError("a grid has no border; leave out border, or grid")

    @property
    def windows(self) -> tuple[int, ...]:
        """The sides of all windows."""
        return tuple(self.window) if isinstance(self.window, Sequence) else (self.window,)


def check_windows(sides: tuple[object, ...]) -> None:
    """Raise UsageError unless there are sides and all are odd whole numbers from 3 to 255."""
    if not sides or isinstance(sides[0], str):
        raise UsageError("window must be an odd number such as 5, or several such as (5, 9, 17)")
    for side in sides:
        if isinstance(side, bool) or not hasattr(side, "__index__"):
            raise UsageError(f"window must be a whole number, not {side!r}")
        if side % 2 == 0 or not 3 <= side <= LARGEST_WINDOW:  # type: ignore[operator]
            raise UsageError(f"window must be odd and from 3 to {LARGEST_WINDOW}, not {side}")
