"""The standard deviation of every window of a picture, by running sums of integers.

For a window of n pixels and one channel, n^2 times the variance is n (sum of squares) - (sum)^2. Of
8- or 16-bit numbers all of these are whole numbers, so the result is exact wherever the window
lies, and nothing drifts. Channels are put together as their norm: the root of the sum of their
variances (as in the notebook that this began with, on whose 5 x 5 patches it gives the same).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pochade.color.spatial import mirrored

Planes: TypeAlias = NDArray[np.unsignedinteger[Any]]
"""h w c, uint8 or uint16: the channels of a picture as whole numbers, c = 1 or more."""

Map: TypeAlias = NDArray[np.float32]
"""h w: one value a window."""

LARGEST_WINDOW: Final = 255
PIECE: Final = 1 << 18
"""Numbers that the reference works on at once."""


def kernels() -> ModuleType | None:
    """The compiled kernels, or None where they were not built."""
    try:
        from pochade import _native
    except ImportError:
        return None
    return _native if hasattr(_native, "window_deviation") else None


def deviation(
    planes: Planes, window: int, *, unit: float = 1.0, reflect: bool = True, threads: int = 1
) -> Map:
    """The standard deviation of every window, as the norm over the channels.

    Args:
        planes: (h, w, c) uint8 or uint16.
        window: side of the window in pixels, odd, up to 255.
        unit: how many of the numbers make one unit of the result.
        reflect: one window around every pixel; beyond the border the picture is mirrored, the edge
            pixel repeated (d c b a | a b c d | d c b a). Otherwise only windows that lie inside.
        threads: the result does not depend on it.

    Returns:
        (h, w) float32, or (h - window + 1, w - window + 1) without `reflect`: the exact value,
        rounded once or, rarely, next to that. Entry (row, col) belongs to the window centred
        there, without `reflect` to the one whose first pixel is there.

    >>> deviation(np.array([[[0], [0], [9]]], np.uint8), 3).round().tolist()
    [[0.0, 4.0, 4.0]]
    """
    native = kernels()
    if native is None:
        return deviation_reference(planes, window, unit=unit, reflect=reflect)
    lost = 0 if reflect else window - 1
    result = np.empty((planes.shape[0] - lost, planes.shape[1] - lost), np.float32)
    scale = 1 / (window * window * unit)
    native.window_deviation(np.ascontiguousarray(planes), window, reflect, scale, result, threads)
    return result


def deviation_reference(
    planes: Planes, window: int, *, unit: float = 1.0, reflect: bool = True
) -> Map:
    """The plain version of `deviation`, with the same bytes as result."""
    height, width = planes.shape[:2]
    before = window // 2 if reflect else 0
    lost = 0 if reflect else window - 1
    rows = mirrored(np.arange(height - lost + window - 1) - before, height)
    columns = mirrored(np.arange(width - lost + window - 1) - before, width)
    result = np.empty((height - lost, width - lost), np.float32)
    at_once = max(window, PIECE // max(1, width * planes.shape[2]))
    for top in range(0, len(result), at_once):
        bottom = min(top + at_once, len(result))
        part = planes[rows[top : bottom + window - 1]][:, columns].astype(np.uint64)
        sums, squares = box_sums(part, window), box_sums(part * part, window)
        spread = np.uint64(window * window) * squares - sums * sums
        result[top:bottom] = joined(spread) * (1 / (window * window * unit))
    return result


def box_sums(numbers: NDArray[np.uint64], window: int) -> NDArray[np.uint64]:
    """The sum over every window of (rows, columns, c); running sums may wrap, differences do not.

    >>> box_sums(np.arange(4, dtype=np.uint64).reshape(2, 2, 1), 2).tolist()
    [[[6]]]
    """
    for axis in (0, 1):
        shape = list(numbers.shape)
        shape[axis] = 1
        running = np.concatenate([np.zeros(shape, np.uint64), numbers.cumsum(axis)], axis)
        size = running.shape[axis] - window
        upper = running[window:] if axis == 0 else running[:, window:]
        numbers = upper - (running[:size] if axis == 0 else running[:, :size])
    return numbers


def joined(spread: NDArray[np.uint64]) -> NDArray[np.float64]:
    """The root of the sum over the channels, added in order."""
    total = spread[..., 0].astype(np.float64)
    for channel in range(1, spread.shape[-1]):
        total += spread[..., channel]
    root: NDArray[np.float64] = np.sqrt(total)
    return root


def grid_deviation(planes: Planes, window: int, *, unit: float = 1.0) -> Map:
    """One value for each patch of a grid that begins in the upper left corner.

    Rows and columns at the end that fill no patch are left out.

    Args:
        planes: (h, w, c) uint8 or uint16, at least one patch.
        window: side of a patch, up to 255.
        unit: how many of the numbers make one unit of the result.

    Returns:
        (h // window, w // window) float32: what `deviation` has at the centres of the patches.

    >>> grid_deviation(np.array([[[0], [6]], [[0], [6]]], np.uint8), 2).tolist()
    [[3.0]]
    """
    down, across = planes.shape[0] // window, planes.shape[1] // window
    channels = planes.shape[2]
    result = np.empty((down, across), np.float32)
    for row in range(down):
        band = planes[row * window : (row + 1) * window, : across * window].astype(np.uint64)
        patches = band.reshape(window, across, window, channels)
        sums = patches.sum(axis=(0, 2))
        squares = np.einsum("yaxc,yaxc->ac", patches, patches)
        spread = np.uint64(window * window) * squares - sums * sums
        result[row] = joined(spread) * (1 / (window * window * unit))
    return result


def flat_share(values: NDArray[Any], share: float) -> float:
    """The value that a share of a map stays below; of a large map, of rows and columns at steps."""
    step = max(1, int((values.size / 1_000_000) ** 0.5))
    return float(np.quantile(values[::step, ::step], share))
