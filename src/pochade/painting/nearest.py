"""The anchors nearest to each pixel, by kernels or by NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pochade.regions.tree import _native

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 1 << 20  # distances at once in NumPy


def nearest(
    points: NDArray[np.float32],
    tones: NDArray[np.float32],
    plane: NDArray[np.float32],
    weight: float,
    threads: int,
) -> NDArray[np.int32]:
    """The anchor nearest to each pixel, (h, w) int32; of equally near ones the first.

    Args:
        points: (n, 2) float32 (row, col); the middle of the first pixel is (0.5, 0.5).
        tones: (n, 3) float32.
        plane: (h, w, 3) float32: the tones of the pixels.
        weight: what a squared pixel of distance counts beside squared differences of tones.
        threads: the result does not depend on it.
    """
    if _native is not None:
        found: NDArray[np.int32] = _native.anchor_nearest(points, tones, plane, weight, threads)
        return found
    return nearest_reference(points, tones, plane, weight)


def nearest_reference(
    points: NDArray[np.float32],
    tones: NDArray[np.float32],
    plane: NDArray[np.float32],
    weight: float,
) -> NDArray[np.int32]:
    """`nearest` with every distance."""
    high, wide = plane.shape[:2]
    own = plane.reshape(-1, 3)
    labels = np.empty(high * wide, np.int32)
    step = max(1, BLOCK // len(points))
    for start in range(0, high * wide, step):
        at = np.arange(start, min(start + step, high * wide))
        down = points[None, :, 0] - (at // wide + np.float32(0.5)).astype(np.float32)[:, None]
        along = points[None, :, 1] - (at % wide + np.float32(0.5)).astype(np.float32)[:, None]
        far = np.float32(weight) * (down * down + along * along)
        for band in range(3):
            far += np.square(tones[None, :, band] - own[at, None, band])
        labels[at] = np.argmin(far, axis=1)
    return labels.reshape(high, wide)


def inverse(
    points: NDArray[np.float32],
    colors: NDArray[np.float32],
    shape: tuple[int, int],
    neighbours: int,
    threads: int,
) -> NDArray[np.float32]:
    """Each pixel from its nearest anchors, weighted by one over distance: (h, w, 3) float32.

    A pixel whose middle is an anchor has the colour of that; the first, if there are several.
    """
    if _native is not None:
        found: NDArray[np.float32] = _native.anchor_inverse(
            points, colors, *shape, neighbours, threads
        )
        return found
    return inverse_reference(points, colors, shape, neighbours)


def inverse_reference(
    points: NDArray[np.float32],
    colors: NDArray[np.float32],
    shape: tuple[int, int],
    neighbours: int,
) -> NDArray[np.float32]:
    """`inverse` with every distance."""
    high, wide = shape
    most = min(neighbours, len(points))
    out = np.empty((high * wide, 3), np.float32)
    step = max(1, BLOCK // len(points))
    for start in range(0, high * wide, step):
        at = np.arange(start, min(start + step, high * wide))
        down = points[None, :, 0] - (at // wide + np.float32(0.5)).astype(np.float32)[:, None]
        along = points[None, :, 1] - (at % wide + np.float32(0.5)).astype(np.float32)[:, None]
        far = down * down + along * along
        near = np.argsort(far, axis=1, kind="stable")[:, :most]
        away = np.take_along_axis(far, near, axis=1)
        on_it = away[:, 0] == 0
        share = 1 / np.sqrt(np.where(on_it[:, None], 1, away))
        mixed = (share[..., None] * colors[near]).sum(axis=1) / share.sum(axis=1)[:, None]
        out[at] = np.where(on_it[:, None], colors[near[:, 0]], mixed)
    return out.reshape(high, wide, 3)
