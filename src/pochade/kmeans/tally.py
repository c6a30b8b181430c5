"""What centres do to weighted points: what each serves, and which points are far from theirs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Pixels, Points, Weights

_native: Any
try:
    _native = import_module("pochade._native")
except ImportError:  # installed without a compiler
    _native = None


class Tally(NamedTuple):
    """See `tally`.

    Attributes:
        members: (k,) int64, points of each centre.
        weights: (k,) float64, their summed weight, added in the order of the points.
        far: indices, rising, of points farther from their centre than the limit.
    """

    members: NDArray[np.int64]
    weights: NDArray[np.float64]
    far: NDArray[np.int64]


def tally(
    points: Points | Pixels,
    centers: Points,
    labels: NDArray[np.int32],
    weights: Weights,
    *,
    limit: float = np.inf,
) -> Tally:
    """Count what each centre serves.

    Args:
        points: (n, d) float32 or uint8.
        centers: (k, d) float32.
        labels: (n,) int32, the centre of each point.
        weights: (n,) float32.
        limit: distance beyond which a point counts as far; none is by default.

    >>> found = tally(
    ...     np.float32([[0, 0], [3, 4]]), np.float32([[0, 0]]), np.int32([0, 0]),
    ...     np.float32([1, 2]), limit=4,
    ... )
    >>> found.members.tolist(), found.weights.tolist(), found.far.tolist()
    ([2], [3.0], [1])
    """
    if _native is not None:
        return Tally(*_native.tally(points, centers, labels, weights, float(limit) ** 2))
    k = len(centers)
    members = np.bincount(labels, minlength=k).astype(np.int64)
    summed = np.bincount(labels, weights.astype(np.float64), minlength=k)
    square = squared_distances(points, centers, labels)
    far = np.flatnonzero(square > np.float32(float(limit) ** 2))
    return Tally(members, summed.astype(np.float64), far.astype(np.int64))


def squared_distances(
    points: Points | Pixels, centers: Points, labels: NDArray[np.int32]
) -> NDArray[np.float32]:
    """The squared distance (n,) float32 of each point (n, d) to centre `labels[i]` of (k, d).

    >>> points, centers = np.float32([[0, 0], [3, 4]]), np.float32([[0, 0]])
    >>> squared_distances(points, centers, np.int32([0, 0])).tolist()
    [0.0, 25.0]
    """
    total = np.zeros(len(points), np.float32)
    for column, at in zip(points.T, centers.T, strict=True):
        gap = column - at[labels]
        total += gap * gap
    return total
