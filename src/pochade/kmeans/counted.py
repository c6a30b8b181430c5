"""Points counted before they are clustered: each distinct one once, with the weight of all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pochade.types import Points, Weights

# An odd 64-bit multiplier for each step of the hash (SplitMix64's second constant).
_MIX = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True, eq=False)
class CountedPoints:
    """The distinct points that count, in an order that depends on their values alone.

    `points` (m, d) float32, `weights` (m,) float32 above 0, `index` (n,) the row of each original
    point, -1 for those of weight 0.
    """

    points: Points
    weights: Weights
    index: NDArray[np.intp]


def count_points(points: Points, weights: Weights | None) -> CountedPoints:
    """Merge equal rows of `points` (n, d) and leave out those of weight 0.

    The rows come in the order of a hash of their bits: the same set of points with the same
    weights gives the same table in whatever order, and however often, they came in. Clustering
    it is therefore exactly indifferent to both.
    """
    present = np.arange(len(points)) if weights is None else np.flatnonzero(weights > 0)
    rows = np.ascontiguousarray(points[present]) + np.float32(0)  # -0 and 0 are one value
    bits = rows.view(np.uint32)
    code = np.zeros(len(rows), np.uint64)
    for column in bits.T:
        code = (code ^ column) * _MIX
        code ^= code >> np.uint64(29)
    order = np.argsort(code, kind="stable")
    rows = rows[order]
    starts = np.ones(len(rows), bool)
    starts[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    group = np.cumsum(starts) - 1
    own = None if weights is None else weights[present][order].astype(np.float64)
    index = np.full(len(points), -1, np.intp)
    index[present[order]] = group
    counts = np.bincount(group, own).astype(np.float32)
    return CountedPoints(rows[starts], counts, index)


def draw_rows(
    counted: CountedPoints, size: int, uniform: Callable[[int], NDArray[np.float64]]
) -> NDArray[np.intp]:
    """Return `size` rows drawn by weight without repetition, or all when there are no more.

    `uniform(n)` draws n numbers from [0, 1).
    """
    if size >= len(counted.points):
        return np.arange(len(counted.points))
    arrival = -np.log1p(-uniform(len(counted.points))) / counted.weights
    return np.sort(np.argpartition(arrival, size)[:size])
