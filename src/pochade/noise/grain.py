"""Grain, the noise of film and sensors: everywhere, small, and without pattern.

What a picture shows differs from place to place. Grain does not: blocks of a grainy picture that
show nothing scatter about their own plane alike, and what is left shows no pattern over a few
pixels. Both together tell grain from texture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.noise.kernels import largest, surface

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image

BLOCK = 16
MOST_BLOCKS = 4096
LEAST_BLOCKS = 24
# Scatter below this many levels is what 8 bits and compression leave; nobody sees it.
LEAST_SCATTER, MOST_SCATTER = 2.0, 50.0
# How much the scatter of a quarter, and of half, of the blocks may exceed that of the calmest.
QUARTER, HALF = 1.22, 1.5
# Correlation at this distance, and how large it may be; and the kurtosis of grain (normal: 3).
LAG, MOST_CORRELATION, LEAST_KURTOSIS, MOST_KURTOSIS = 4, 0.12, 2.3, 4.0
# The surface: a first look over a small window, then the mean over a larger one, of pixels within
# so many thresholds.
FIRST_RADIUS, FIRST_REACH = 2, 4
RADIUS, REACH = 6, 3
# Rows compared at a time.
ROWS = 256


class Grain(NamedTuple):
    """What was found: the threshold in levels (None: no grain) and why."""

    threshold: int | None
    why: str


def find_grain(image: Image) -> Grain:
    """How strong the grain is, judged on up to 4,096 blocks of 16 x 16 pixels.

    Args:
        image: (h, w, c) uint8; blocks with transparency, and blown-out ones, are left out.
    """
    blocks = _blocks(image)
    if len(blocks) < LEAST_BLOCKS:
        return Grain(None, f"fewer than {LEAST_BLOCKS} blocks of {BLOCK} pixels to judge by")
    left = _residuals(blocks)
    variance = np.square(left).mean(axis=(1, 2))
    channel = variance.argmax(axis=1)
    left = np.take_along_axis(left, channel[:, None, None, None], axis=3)[..., 0]
    variance = np.take_along_axis(variance, channel[:, None], axis=1)[:, 0]
    scatter = np.sqrt(variance)
    calm, quarter, half = (float(v) for v in np.quantile(scatter, [0.05, 0.25, 0.5]))
    if calm < LEAST_SCATTER:
        return Grain(None, f"the calmest areas scatter by {calm:.1f} levels only")
    spread = (
        f"calm areas scatter by {calm:.1f}, a quarter up to {quarter:.1f}, half up to {half:.1f}"
    )
    if half > MOST_SCATTER or quarter > QUARTER * calm or half > HALF * calm:
        return Grain(None, f"{spread} levels: detail, not the same everywhere")
    chosen = (scatter >= calm) & (scatter <= half)
    left, variance = left[chosen], variance[chosen]
    along = (left[:, LAG:] * left[:, :-LAG]).mean(axis=(1, 2))
    across = (left[:, :, LAG:] * left[:, :, :-LAG]).mean(axis=(1, 2))
    pattern = float(np.median((along + across) / 2 / variance))
    peaked = float(np.median((left**4).mean(axis=(1, 2)) / variance**2))
    shaped = not LEAST_KURTOSIS <= peaked <= MOST_KURTOSIS
    if abs(pattern) > MOST_CORRELATION or shaped:
        return Grain(None, f"{spread} levels, but with a pattern: texture")
    typical = float(np.median(scatter[chosen]))
    return Grain(
        max(1, round(typical)),
        f"{spread} levels, alike all over the picture and without a pattern",
    )


def _blocks(image: Image) -> NDArray[np.float32]:
    """(n, BLOCK, BLOCK, 3) blocks on a grid, evenly taken."""
    down, right = image.shape[0] // BLOCK, image.shape[1] // BLOCK
    if not down or not right:
        return np.empty((0, BLOCK, BLOCK, 3), np.float32)
    cut = image[: down * BLOCK, : right * BLOCK]
    grid = cut.reshape(down, BLOCK, right, BLOCK, -1).swapaxes(1, 2)
    every = max(1, -(-down * right // MOST_BLOCKS))
    places = np.arange(0, down * right, every)
    taken = grid[places // right, places % right]
    keep = np.ones(len(taken), bool)
    if taken.shape[3] == 4:
        keep = taken[..., 3].min(axis=(1, 2)) == 255
    mean = taken[..., :3].mean(axis=(1, 2))
    keep &= ~((mean < 4).all(axis=1) | (mean > 251).all(axis=1))
    return np.asarray(taken[keep][..., :3], np.float32)


def _residuals(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """The blocks less their best-fitting planes."""
    ramp = np.arange(BLOCK, dtype=np.float32) - (BLOCK - 1) / 2
    norm = np.square(ramp).sum() * BLOCK
    left = blocks - blocks.mean(axis=(1, 2), keepdims=True)
    down, right = ramp[:, None, None], ramp[None, :, None]
    slope_down = (left * down).sum(axis=(1, 2), keepdims=True) / norm
    slope_right = (left * right).sum(axis=(1, 2), keepdims=True) / norm
    return np.asarray(left - slope_down * down - slope_right * right, np.float32)


def smooth_surface(image: Image, threshold: int, *, threads: int) -> Image:
    """The picture without grain of about this many levels: (h, w, c) uint8.

    Every pixel is the mean of the pixels around it whose colour is near, so edges stay.
    """
    guide = surface(image, image, FIRST_RADIUS, min(255, FIRST_REACH * threshold), threads=threads)
    return surface(image, guide, RADIUS, min(255, REACH * threshold), threads=threads)


def off_surface(image: Image, base: Image, threshold: int) -> NDArray[np.bool_]:
    """(h, w): pixels that differ from the surface by `threshold` levels or more in a channel."""
    mask = np.empty(image.shape[:2], bool)
    for at in range(0, len(image), ROWS):
        one, other = image[at : at + ROWS], base[at : at + ROWS]
        gap = np.maximum(one, other) - np.minimum(one, other)
        mask[at : at + ROWS] = largest(gap) >= threshold
    return mask
