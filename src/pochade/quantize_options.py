"""The options of `quantize`, declared once for Python, the command line and the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pochade import shared_options
from pochade.errors import UsageError
from pochade.options import between, byte_count, check, number, option, whole_number

if TYPE_CHECKING:
    from pochade.types import Palette

DITHERS = ("none", "floyd-steinberg", "sierra-lite", "atkinson", "bayer", "blue-noise")
K_RULES = (
    "auto",
    "auto:knee",
    "auto:variance",
    "auto:silhouette",
    "auto:gap",
    "auto:bic",
)
LARGEST_K = 65_536


def number_of_colors(word: str) -> int | str:
    """`-k`: a whole number, or a rule that finds one.

    >>> number_of_colors("16"), number_of_colors("auto:variance")
    (16, 'auto:variance')
    """
    if word in K_RULES:
        return word
    try:
        return whole_number(word)
    except ValueError:
        raise ValueError(f"must be a whole number or {', '.join(K_RULES)}, not {word!r}") from None


def hex_color(word: str) -> str:
    """`--protect`: #rgb, #rrggbb or #rrggbbaa (the # may be left out); kept as #rrggbb[aa].

    >>> hex_color("#f80"), hex_color("e4002b")
    ('#ff8800', '#e4002b')
    """
    digits = word.removeprefix("#").lower()
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    if len(digits) not in (6, 8) or set(digits) - set("0123456789abcdef"):
        raise ValueError(f"must be a colour such as '#e4002b', not {word!r}")
    return "#" + digits


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizeOptions:
    """Everything that decides what `quantize` makes of a picture. Values are checked when made.

    Raises:
        UsageError: when a value is out of its range, or two options exclude each other.
    """

    k: int | str | None = option(
        None,
        "Number of colours (16 unless given), or auto to let the picture decide (auto:knee; or "
        "auto:variance, auto:silhouette, auto:gap, auto:bic). With a target it is the most colours "
        "allowed (256 unless given).",
        parse=number_of_colors,
        short="-k",
        long="--colors",
        metavar="N|auto",
        group="Colours",
    )
    space: str = shared_options.space()
    palette: str | Palette | Sequence[str] | None = option(
        None,
        "Use the colours of this palette file or picture instead of finding some.",
        metavar="FILE",
        group="Colours",
    )
    protect: Sequence[str | Sequence[int]] = option(
        (),
        "A colour that must be in the palette exactly, such as '#e4002b'. May be repeated.",
        parse=hex_color,
        metavar="COLOR",
        repeat=True,
        group="Colours",
    )
    guard: bool = shared_options.guard()
    weights: Any = option(
        None,
        "A mask picture: where it is brighter, colours count for more.",
        metavar="MASK",
        group="Colours",
    )
    quality: tuple[float, float] | None = option(
        None,
        "As few colours as reach MAX (0 to 100); exit 99 where even the most stay below MIN.",
        parse=between,
        metavar="MIN-MAX",
        group="Target",
    )
    target_de: float | None = option(
        None,
        "As few colours as give this mean CIEDE2000 difference or less.",
        parse=number,
        minimum=0,
        metavar="X",
        group="Target",
    )
    max_bytes: int | None = option(
        None,
        "As many colours as fit into a PNG of this size, such as 20k or 1M.",
        parse=byte_count,
        minimum=1,
        metavar="N",
        group="Target",
    )
    effort: str = shared_options.effort(
        "fast trades a little error for time; max takes its time for the best known palette."
    )
    init: str | None = shared_options.init()
    iters: int | None = shared_options.iters()
    engine: str = shared_options.engine()
    seed: int = shared_options.seed()
    threads: int | None = shared_options.threads()
    dither: str = option(
        "none",
        "Mix colours of the palette in patterns to hide the steps between them.",
        choices=DITHERS,
        group="Dithering",
    )
    dither_strength: float = option(
        0.9,
        "How much of the error is spread, 0 to 1.",
        parse=number,
        minimum=0,
        maximum=1,
        metavar="S",
        group="Dithering",
    )
    serpentine: bool = option(
        True,
        "Walk the rows to and fro, which avoids worm-like patterns.",
        group="Dithering",
    )
    edge_aware: bool = option(
        True,
        "Leave flat areas flat and do not smear errors over edges.",
        group="Dithering",
    )
    resize: str | None = shared_options.resize()

    def __post_init__(self) -> None:
        check(self)
        check_k(self.k)
        if self.quality is not None:
            check_quality(self.quality)
        if self.palette is not None:
            refuse_beside_palette(self)
        targets = [
            name
            for name in ("quality", "target_de", "max_bytes")
            if getattr(self, name) is not None
        ]
        if len(targets) > 1:
            names = " and ".join(name.replace("_", "-") for name in targets)
            raise UsageError(f"{names} exclude each other; give one target")


def refuse_beside_palette(options: QuantizeOptions) -> None:
    """Raise UsageError where an option asks for what a given palette has settled."""
    open_ = ("k", "quality", "target_de", "max_bytes", "init", "iters")
    given = [name for name in open_ if getattr(options, name) is not None]
    given += ["protect"] * bool(len(options.protect))
    if given:
        raise UsageError(
            f"a given palette settles the colours: leave out {given[0].replace('_', '-')}, or the "
            "palette"
        )


def check_k(k: int | str | None) -> None:
    """Raise UsageError unless `k` is None, a whole number from 1 to 65,536 or one of the rules."""
    if k is None:
        return
    if isinstance(k, str):
        if k not in K_RULES:
            raise UsageError(f"k must be a whole number or {', '.join(K_RULES)}, not {k!r}")
    elif isinstance(k, bool) or not hasattr(k, "__index__"):
        raise UsageError(f"k must be a whole number, not {k!r}")
    elif not 1 <= k <= LARGEST_K:
        raise UsageError(f"k must be from 1 to {LARGEST_K:,}, not {k}")


def check_quality(quality: tuple[float, float]) -> None:
    """Raise UsageError unless 0 <= min <= max <= 100."""
    low, high = quality
    if not 0 <= low <= high <= 100:
        raise UsageError(f"quality must be MIN-MAX with 0 <= MIN <= MAX <= 100, not {low}-{high}")
