"""Where a painting is to be finer or coarser: a small map that dabs are added to."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pochade.painting.events import Dab
from pochade.painting.shrink import shrink, size_within

AREA: Final = 1 << 16
"""Most pixels of a map."""
STEPS: Final = 127
"""Steps of the map on each side of 0."""

DetailMap = NDArray[np.int8]
"""h w int8: -127 as coarse as can be, 0 as the level says, 127 as fine as can be."""


def empty(size: tuple[int, int]) -> DetailMap:
    """A map that changes nothing, for a picture of (rows, cols)."""
    return np.zeros(size_within(size, AREA), np.int8)


def from_wish(values: NDArray[np.float32], size: tuple[int, int]) -> DetailMap:
    """A map from values 0..1 of any size over a picture of (rows, cols): finer where higher.

    >>> from_wish(np.float32([[0, 1]]), (1, 4)).tolist()
    [[-127, -127, 127, 127]]
    """
    rows, cols = size_within(size, AREA)
    high, wide = values.shape
    if high >= rows and wide >= cols:
        fitted = shrink(np.ascontiguousarray(values[..., None], np.float32), (rows, cols))[..., 0]
    else:
        down, right = np.arange(rows) * high // rows, np.arange(cols) * wide // cols
        fitted = values[down][:, right]
    steps = np.rint((2 * fitted - 1) * STEPS)
    return np.asarray(np.clip(steps, -STEPS, STEPS), np.int8)


def dabbed(detail: DetailMap, dab: Dab) -> DetailMap:
    """The map after a dab: a smooth bump of `amount` that ends at `radius`.

    >>> dabbed(np.zeros((1, 5), np.int8), Dab(0.5, 0.5, 0.5, 1.0)).tolist()
    [[16, 90, 127, 90, 16]]
    """
    rows, cols = detail.shape
    radius = dab.radius * max(rows, cols)
    down = ((np.arange(rows) + 0.5) - dab.y * rows) / radius
    right = ((np.arange(cols) + 0.5) - dab.x * cols) / radius
    square = down[:, None] ** 2 + right[None] ** 2
    bump = dab.amount * np.maximum(1 - square, 0) ** 2
    out = np.rint(detail + STEPS * bump)
    return np.asarray(np.clip(out, -STEPS, STEPS), np.int8)
