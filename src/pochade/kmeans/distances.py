"""How far every point is from the centre it was given."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Points

_native: Any
try:
    _native = import_module("pochade._native")
except ImportError:  # installed without a compiler
    _native = None


def squared_distances(
    points: Points, centers: Points, labels: NDArray[np.int32]
) -> NDArray[np.float32]:
    """The squared distance (n,) float32 of each point (n, d) to centre `labels[i]` of (k, d).

    >>> squared_distances(np.float32([[0, 0], [3, 4]]), np.float32([[0, 0]]), np.int32([0, 0]))
    array([ 0., 25.], dtype=float32)
    """
    if _native is not None:
        found: NDArray[np.float32] = _native.squared_distances(points, centers, labels)
        return found
    total = np.zeros(len(points), np.float32)
    for column, at in zip(points.T, centers.T, strict=True):
        gap = column - at[labels]
        total += gap * gap
    return total
