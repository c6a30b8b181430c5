"""What outlining looks at beside colour: contrast across a border, texture, and position.

The contrast between two neighbouring pixels is the length of the difference of the values three
pixels apart (one on this side, two on the other, and the other way round along the way), after a
Gaussian blur of sigma 1: a border that is a little soft counts like a hard one. Texture is the
standard deviation of the first band in a window of 7 x 7.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pochade.color.spatial import blur

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.regions.bands import Source

SIGMA = 1.0
REACH = 4  # of the blur, in pixels
WINDOW = 7
STRIP_PIXELS = 1 << 19


def _gaussian() -> NDArray[np.float32]:
    x = np.arange(-REACH, REACH + 1)
    taps = np.exp(-(x * x) / (2 * SIGMA * SIGMA))
    normalised: NDArray[np.float32] = (taps / taps.sum()).astype(np.float32)
    return normalised


def _strips(source: Source) -> list[tuple[int, int]]:
    h, w = source.shape
    rows = max(16, STRIP_PIXELS // w)
    return [(top, min(top + rows, h)) for top in range(0, h, rows)]


def _around(
    source: Source, top: int, bottom: int, margin: int, threads: int
) -> NDArray[np.float32]:
    """Values of rows top..bottom with a margin on all sides; the border pixels are repeated."""
    h = source.shape[0]
    first, last = max(0, top - margin), min(h, bottom + margin)
    values = source.values(first, last, threads=threads)
    missing = (margin - (top - first), margin - (last - bottom))
    return np.pad(values, (missing, (margin, margin), (0, 0)), mode="edge")


def contrast(
    source: Source, *, threads: int = 1
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Contrast to the right and to the lower neighbour, two (h, w) float32 planes.

    In units of 100 for black-white (or for the widest range of bands). The last column of the one
    and the last row of the other hold nothing of meaning.
    """
    h, w = source.shape
    right, below = np.empty((h, w), np.float32), np.empty((h, w), np.float32)
    scale = np.float32(100 / source.unit())
    taps = _gaussian()
    for top, bottom in _strips(source):
        rows = bottom - top
        soft = blur(_around(source, top, bottom, REACH + 2, threads), taps, threads)
        # soft has a margin of 2: pixel (0, 0) of the strip is soft[2, 2].
        middle = soft[2 : 2 + rows]
        _length(middle[:, 4 : 4 + w] - middle[:, 1 : 1 + w], scale, right[top:bottom])
        middle = soft[:, 2 : 2 + w]
        _length(middle[4 : 4 + rows] - middle[1 : 1 + rows], scale, below[top:bottom])
    return right, below


def _length(gap: NDArray[np.float32], scale: np.float32, out: NDArray[np.float32]) -> None:
    total = np.square(gap[..., 0])
    for band in range(1, gap.shape[2]):
        total += np.square(gap[..., band])
    np.sqrt(total, out=out)
    out *= scale


def texture(source: Source, *, window: int = WINDOW, threads: int = 1) -> NDArray[np.float32]:
    """Standard deviation of the first band (lightness) in square windows: (h, w) float32."""
    h, w = source.shape
    out = np.empty((h, w), np.float32)
    taps = np.full(window, 1 / window, np.float32)
    for top, bottom in _strips(source):
        band = _around(source, top, bottom, window // 2, threads)[..., 0]
        # About the middle of the strip, so that little is lost in the difference of squares.
        band -= np.float32(np.mean(band, dtype=np.float64))
        both = np.stack([band, band * band], axis=-1)
        found = blur(both, taps, threads)
        spread = found[..., 1] - found[..., 0] * found[..., 0]
        np.sqrt(np.maximum(spread, 0, out=spread), out=out[top:bottom])
    return out


def positions(shape: tuple[int, int], step: float) -> NDArray[np.float32]:
    """(h, w, 2) float32: row and column of each pixel; the diagonal is `step` long."""
    h, w = shape
    scale = step / math.hypot(h, w)
    out = np.empty((h, w, 2), np.float32)
    out[..., 0] = (np.arange(h) * scale)[:, None]
    out[..., 1] = np.arange(w) * scale
    return out
