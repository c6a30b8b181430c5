"""How many colours: rules that look at the picture, and the fewest that reach a target.

- `variance` is Clyde's rule: three times the length of the channels' standard deviations, an
  intuition about contrast rather than about error, kept for its users.
- `knee` fits a few palettes and takes the k where more colours stop paying (kneedle).
- `silhouette`, `gap` and `bic` look for a number of colours that the picture itself has, up to 24
  (`pochade.auto_scores`).
- a target (quality, mean CIEDE2000, bytes) is searched by bisection: fewer colours never serve a
  picture better, up to the small noise of local optima.

The quality scale runs like pngquant's: 100 is no error, and a mean squared error is allowed for
every value below, on libimagequant's curve, so that numbers in scripts keep their meaning. The
error it speaks of is ours: squared RGB error (over black and white for transparent pictures),
averaged over pixels and channels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from pochade.color.convert import convert
from pochade.color.difference import ciede2000
from pochade.color.working import working_space
from pochade.errors import QualityNotReachedError, UsageError

if TYPE_CHECKING:
    from pochade.auto_scores import RuleOptions
    from pochade.palette_fit import PaletteFit
    from pochade.quantize_options import QuantizeOptions
    from pochade.types import Palette, Pixels, Weights

LARGEST_INDEXED = 256
# The ks at which the knee rule fits a palette.
KNEE_LADDER = (2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64)

Fitter = Callable[[int], "PaletteFit"]


def mean_squared_error(
    colors: Pixels, weights: Weights, palette: Palette, labels: np.ndarray
) -> float:
    """Mean over pixels of the summed squared RGB error; with alpha, over black and white."""
    space = working_space("srgb", alpha=colors.shape[1] == 4)
    gap = space.points(colors) - space.points(palette)[labels]
    square = (gap.astype(np.float64) ** 2).sum(axis=1)
    mean: float = np.average(square, weights=weights)
    return float(mean)


def mean_difference(
    colors: Pixels, weights: Weights, palette: Palette, labels: np.ndarray
) -> float:
    """Mean CIEDE2000 difference over pixels; with alpha the mean over black and white."""
    total = 0.0
    grounds = (0, 255) if colors.shape[1] == 4 else (0,)
    for ground in grounds:
        before = convert(_over(colors, ground), "srgb", "lab")
        after = convert(_over(palette, ground), "srgb", "lab")
        total += float(np.average(ciede2000(before, after[labels]), weights=weights))
    return total / len(grounds)


def _over(colors: Pixels, ground: int) -> Pixels:
    """Colours laid over a grey ground, without alpha."""
    if colors.shape[1] == 3:
        return colors
    share = colors[:, 3:].astype(np.float32) / 255
    laid = colors[:, :3] * share + ground * (1 - share)
    return np.rint(laid).astype(np.uint8)


def quality_to_error(quality: float) -> float:
    """The mean squared error per channel (0..255 units) that a quality of 0..100 allows.

    Source of the curve: libimagequant's `quality_to_mse`, whose unit is chosen here such that equal
    numbers give about equal palettes.

    >>> quality_to_error(100)
    0.0
    >>> quality_to_error(80) < quality_to_error(65)
    True
    """
    if quality >= 100:
        return 0.0
    if quality <= 0:
        return float("inf")
    low_end = max(0.0, 0.016 / (0.001 + quality) - 0.001)
    share = low_end + 2.5 / (210.0 + quality) ** 1.2 * (100.1 - quality) / 100.0
    return float(share * QUALITY_UNIT)


# libimagequant's unit of error is its own (gamma 0.57, weighted channels). On photos, what pngquant
# writes for a quality of 40 to 80 has an error in our unit of 13,000 to 17,500 times the curve's
# value, mostly 15,500 to 16,500.
QUALITY_UNIT = 16_000.0


def error_to_quality(error: float) -> int:
    """The largest whole quality whose allowed error is at least `error`.

    >>> error_to_quality(0.0)
    100
    """
    for quality in range(100, 0, -1):
        if error <= quality_to_error(quality) + 1e-9:
            return quality
    return 0


def fit_by_options(
    options: QuantizeOptions,
    colors: Pixels,
    weights: Weights,
    fit: Fitter,
    *,
    least: int,
    size: Callable[[PaletteFit], int],
) -> PaletteFit:
    """The fit whose number of colours follows from a rule or a target in the options.

    Args:
        options: k as a rule, or one of quality, target_de and max_bytes, with k as upper limit.
        colors: (m, c) the counted colours.
        weights: (m,) their weights.
        fit: makes the palette of k colours.
        least: no fewer colours than this (there are so many protected ones).
        size: the bytes of a PNG with that palette.

    Raises:
        UsageError: the protected colours are more than k.
        QualityNotReachedError: even the most colours stay below the lowest quality or beyond the
            colour difference, or even the fewest make a PNG of more bytes.
    """
    k = options.k
    if isinstance(k, str):
        k = max(least, k_by_rule(k, colors, weights, fit, options))
    most = k or LARGEST_INDEXED
    if least > most:
        raise UsageError(f"{least} protected colours do not fit into {most}")

    def error(tried: PaletteFit) -> float:
        return mean_squared_error(colors, weights, tried.palette, tried.labels) / 3

    if options.quality is not None:
        low, high = options.quality
        allowed = quality_to_error(high)
        found = fewest_colors(fit, lambda tried: error(tried) <= allowed, least, most)
        require_quality(error(found), low, len(found.palette))
        return found
    if options.target_de is not None:
        target = options.target_de

        def near_enough(tried: PaletteFit) -> bool:
            return mean_difference(colors, weights, tried.palette, tried.labels) <= target

        found = fewest_colors(fit, near_enough, least, most)
        reached = mean_difference(colors, weights, found.palette, found.labels)
        if reached > target:
            raise QualityNotReachedError(
                f"a mean CIEDE2000 of {target:g} is not reached: {_count(found)} "
                f"{'gives' if len(found.palette) == 1 else 'give'} {reached:.2f}; allow more "
                "colours with -k or a larger difference"
            )
        return found
    if options.max_bytes is not None:
        return _fit_for_bytes(fit, size, options.max_bytes, least, min(most, LARGEST_INDEXED))
    return fit(most)


def _fit_for_bytes(
    fit: Fitter, size: Callable[[PaletteFit], int], limit: int, least: int, most: int
) -> PaletteFit:
    found = most_colors(fit, lambda tried: size(tried) <= limit, least, most)
    if size(found) <= limit:
        return found
    raise QualityNotReachedError(
        f"{limit:,} bytes are too few: {_count(found)} "
        f"{'makes' if len(found.palette) == 1 else 'make'} a PNG of {size(found):,}; allow more "
        "bytes or make the picture smaller with --resize"
    )


def _count(fit: PaletteFit) -> str:
    k = len(fit.palette)
    return "one colour" if k == 1 else f"{k} colours"


def fewest_colors(
    fit: Fitter, reached: Callable[[PaletteFit], bool], least: int, most: int
) -> PaletteFit:
    """The fit with the fewest colours for which `reached` holds; with `most` if none does."""
    best = fit(most)
    if not reached(best):
        return best
    low, high = least - 1, max(least, len(best.palette))
    while high - low > 1:
        middle = (low + high) // 2
        tried = fit(middle)
        if reached(tried):
            best, high = tried, middle
        else:
            low = middle
    return best


def most_colors(
    fit: Fitter, fits: Callable[[PaletteFit], bool], least: int, most: int
) -> PaletteFit:
    """The fit with the most colours for which `fits` holds; with `least` if none does."""
    whole = fit(most)
    if fits(whole):
        return whole
    low, high, best = least - 1, max(least, len(whole.palette)), None
    while high - low > 1:
        middle = (low + high) // 2
        tried = fit(middle)
        if fits(tried):
            low, best = middle, tried
        else:
            high = middle
    return best if best is not None else fit(least)


def k_by_rule(
    rule: str, colors: Pixels, weights: Weights, fit: Fitter, options: RuleOptions
) -> int:
    """The number of colours by one of `K_RULES`; `auto` is `auto:knee`."""
    from pochade.kmeans.choose_k import knee_k, variance_k

    name = rule.partition(":")[2]
    if name in ("silhouette", "gap", "bic"):
        from pochade.auto_scores import k_by_score

        return k_by_score(name, colors, weights, options)

    visible = colors[:, :3] if colors.shape[1] == 3 else colors[colors[:, 3] > 0][:, :3]
    counts = weights if colors.shape[1] == 3 else weights[colors[:, 3] > 0]
    if not len(visible):
        return 1
    if rule == "auto:variance":
        return variance_k(visible, weights=counts, most=LARGEST_INDEXED)
    ladder = [k for k in KNEE_LADDER if k < len(visible)]
    if len(ladder) < 4:
        return len(visible)
    errors = []
    for k in ladder:
        tried = fit(k)
        error = mean_squared_error(colors, weights, tried.palette, tried.labels)
        # The root: a knee in what the eye may see of the error rather than in its square.
        errors.append(error**0.5)
    return knee_k(ladder, errors)


def require_quality(error: float, least: float, k: int) -> None:
    """Raise QualityNotReachedError when `error` is more than the lowest quality allows."""
    if error > quality_to_error(least):
        raise QualityNotReachedError(
            f"quality {least:g} is not reached: {k} colours give {error_to_quality(error)}; "
            "allow more colours with -k or a lower quality"
        )
