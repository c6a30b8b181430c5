"""The options of `cutout`, declared once for Python, the command line and the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pochade import shared_options
from pochade.errors import UsageError
from pochade.options import check, number, option, whole_number

RESULTS = ("cutout", "mask", "trimap")
EDGES = ("soft", "hard")
LEAST_CONFIDENCE = 0.5
LARGEST_FEATHER = 200
LARGEST_TOLERANCE = 100


def whole_numbers(word: str, count: int, form: str) -> tuple[int, ...]:
    """So many whole numbers with commas between them, not negative."""
    parts = word.split(",")
    try:
        values = tuple(whole_number(part.strip()) for part in parts)
    except ValueError:
        values = ()
    if len(values) != count or min(values) < 0:
        raise ValueError(f"must be {form}, in pixels, not {word!r}")
    return values


def point(word: str) -> tuple[int, ...]:
    """`--fg`, `--bg`: X,Y.

    >>> point("120,80")
    (120, 80)
    """
    return whole_numbers(word, 2, "X,Y such as 120,80")


def rectangle(word: str) -> tuple[int, ...]:
    """`--box`: X,Y,W,H.

    >>> rectangle("10,20,300,200")
    (10, 20, 300, 200)
    """
    return whole_numbers(word, 4, "X,Y,W,H such as 10,20,300,200")


def is_rembg(prior: str) -> bool:
    """Whether a prior is a model of rembg's, such as `rembg` or `rembg:isnet-general-use`."""
    return prior.partition(":")[0] == "rembg"


@dataclass(frozen=True, slots=True, kw_only=True)
class CutoutOptions:
    """Everything that decides what `cutout` takes for the thing. Values are checked when made.

    Raises:
        UsageError: when a value is out of its range, or two options exclude each other.
    """

    fg: Sequence[tuple[int, int]] = option(
        (),
        "A point on the thing to keep, X,Y in pixels from the top left. May be repeated.",
        parse=point,
        metavar="X,Y",
        repeat=True,
        group="Hints",
    )
    bg: Sequence[tuple[int, int]] = option(
        (),
        "A point on the background. May be repeated.",
        parse=point,
        metavar="X,Y",
        repeat=True,
        group="Hints",
    )
    box: tuple[int, int, int, int] | None = option(
        None,
        "A box around the whole thing, X,Y,W,H; all outside of it is background.",
        parse=rectangle,
        metavar="X,Y,W,H",
        group="Hints",
    )
    strokes: Any = option(
        None,
        "A picture of the same size with strokes: white or green keep, black or red remove; grey "
        "or transparent says nothing.",
        metavar="MASK",
        group="Hints",
    )
    background_color: str | Sequence[int] | None = option(
        None,
        "The background has this colour (such as '#00b140'), or auto: the commonest along the "
        "border. All that has it goes; with --no-holes, what reaches the border.",
        metavar="COLOR|auto",
        group="Hints",
    )
    tolerance: float | None = option(
        None,
        "How far (CIE Lab) a pixel may be from --background-color; found unless given.",
        parse=number,
        minimum=0,
        maximum=LARGEST_TOLERANCE,
        metavar="X",
        group="Hints",
    )
    prior: Any = option(
        None,
        "What says first where the thing is: a grey picture of the same size, brighter where it "
        "is likelier; or a model of rembg (u2net unless named), if that is installed.",
        metavar="FILE|rembg[:MODEL]",
        group="Hints",
    )
    holes: bool = option(
        True,
        "Let the background show through holes in the thing.",
        group="Result",
    )
    edge: str = option(
        "soft",
        "Soft: partly transparent along hair and blurred edges. Hard: all or nothing.",
        choices=EDGES,
        group="Result",
    )
    feather: int | None = option(
        None,
        "How many pixels to either side of the edge may be partly transparent (by the size of the "
        "picture unless given).",
        parse=whole_number,
        minimum=1,
        maximum=LARGEST_FEATHER,
        metavar="N",
        group="Result",
    )
    decontaminate: bool = option(
        True,
        "Take the background's colour out of partly transparent pixels.",
        group="Result",
    )
    background: Any = option(
        None,
        "Lay the thing on this colour or picture (scaled to cover).",
        metavar="COLOR|FILE",
        group="Result",
    )
    shadow: bool = option(False, "Let the thing cast a soft shadow.", group="Result")
    result: str = option(
        "cutout",
        "What is written: the cutout, a grey mask (white stays), or a trimap (grey: undecided).",
        choices=RESULTS,
        group="Result",
    )
    min_confidence: float = option(
        LEAST_CONFIDENCE,
        "Say 'cannot tell' and exit 99 below this confidence, 0 to 1; 0 takes any guess.",
        parse=number,
        minimum=0,
        maximum=1,
        metavar="P",
        group="Result",
    )
    seed: int = shared_options.seed()
    threads: int | None = shared_options.threads()

    def __post_init__(self) -> None:
        check(self)
        for name in ("fg", "bg"):
            for given in getattr(self, name):
                check_numbers(name, given, 2, "(x, y)")
        if self.box is not None:
            check_numbers("box", self.box, 4, "(x, y, width, height)")
            if min(self.box[2:]) < 1:
                raise UsageError("the box must be at least one pixel wide and high")
        prior = self.prior
        if isinstance(prior, str) and not is_rembg(prior) and not Path(prior).exists():
            raise UsageError(
                f"there is no prior {prior!r}; give a grey picture, rembg or rembg:MODEL"
            )
        if self.tolerance is not None and self.background_color is None:
            raise UsageError("tolerance belongs to background-color; give that as well")
        if self.result != "cutout" and (self.background is not None or self.shadow):
            raise UsageError(f"a {self.result} has no background and no shadow")


def check_numbers(name: str, given: Any, count: int, form: str) -> None:
    """Raise UsageError unless `given` is so many whole numbers that are not negative."""
    try:
        right = len(given) == count and all(int(part) == part and part >= 0 for part in given)
    except (TypeError, ValueError):
        right = False
    if not right:
        raise UsageError(f"{name} must be {form} in whole pixels, not {given!r}")
