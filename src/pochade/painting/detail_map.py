"""Where a painting is to be finer or coarser: a small map that dabs are added to."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pochade.errors import UsageError
from pochade.painting.events import Dab
from pochade.painting.shrink import shrink, size_within
from pochade.types import Image

AREA: Final = 1 << 16
"""Most pixels of a map."""
STEPS: Final = 127
"""Steps of the map on each side of 0."""

DetailMap = NDArray[np.int8]
"""h w int8: -127 as coarse as can be, 0 as the level says, 127 as fine as can be."""


def empty(size: tuple[int, int]) -> DetailMap:
    """A map that changes nothing, for a picture of (rows, cols)."""
    return np.zeros(size_within(size, AREA), np.int8)


def from_mask(mask: Image, size: tuple[int, int]) -> DetailMap:
    """A map from a picture: finer where it is brighter than middle grey, coarser where darker.

    Args:
        mask: (h, w, c) uint8 of any size, but of the picture's shape.
        size: (rows, cols) of the picture.

    Raises:
        UsageError: the mask has another shape than the picture.
    """
    rows, cols = size
    high, wide = mask.shape[:2]
    if abs(high * cols - wide * rows) > rows + cols + high + wide:  # more than rounding explains
        raise UsageError(
            f"the detail map is {wide}x{high} pixels and the picture {cols}x{rows}: they must have "
            "the same proportions"
        )
    small = size_within(size, AREA)
    grey = mask[..., :3].mean(axis=2, keepdims=True, dtype=np.float32)
    if grey.shape[0] < small[0] or grey.shape[1] < small[1]:
        at = [
            (np.arange(wanted) * have // wanted)
            for wanted, have in zip(small, grey.shape, strict=False)
        ]
        grey = grey[at[0]][:, at[1]]
    else:
        grey = shrink(grey, small)
    return np.asarray(np.clip(np.rint(grey[..., 0] - 127.5), -STEPS, STEPS), np.int8)


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


def as_weights(detail: DetailMap) -> NDArray[Any] | None:
    """The map as the hierarchy takes it, -1 to 1; None where it changes nothing."""
    if not detail.any():
        return None
    return detail.astype(np.float32) / STEPS
