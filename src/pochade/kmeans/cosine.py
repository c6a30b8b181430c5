"""Spherical k-means: only directions count. One arithmetic, on every engine.

For vectors of length 1 the squared distance is 2 (1 - cosine), so the nearest centre is the one of
the largest cosine, and any engine does the work once points and centres are scaled to length 1
(I. Dhillon and D. Modha, "Concept decompositions for large sparse text data using clustering",
Machine Learning 42, 2001).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pochade.errors import UsageError
from pochade.kmeans.engines.protocol import CHUNK_ROWS, Centers64, StepStats

if TYPE_CHECKING:
    from pochade.kmeans.engines.protocol import Engine, Labels32
    from pochade.types import Points, Weights

Metric: TypeAlias = Literal["euclidean", "cosine"]

METRICS = ("euclidean", "cosine")


def check_metric(metric: str) -> Metric:
    """Return `metric`.

    Raises:
        UsageError: it is not one of METRICS.
    """
    if metric == "cosine":
        return "cosine"
    if metric == "euclidean":
        return "euclidean"
    raise UsageError(f"metric must be one of {', '.join(METRICS)}, not {metric!r}.")


def unit_rows(table: NDArray[np.floating[Any]]) -> NDArray[Any]:
    """Return a copy of (n, d) with rows of length 1, of the same dtype; rows of zeros stay.

    >>> unit_rows(np.float64([[3, 4], [0, 0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    scaled = np.empty_like(table)
    for start in range(0, len(table), CHUNK_ROWS):
        rows = slice(start, start + CHUNK_ROWS)
        wide = table[rows].astype(np.float64)
        # The largest number first: squares of tiny or huge ones leave float64.
        largest = np.abs(wide).max(axis=1, keepdims=True)
        wide /= np.where(largest > 0, largest, 1)
        length = np.sqrt(np.square(wide).sum(axis=1, keepdims=True))
        scaled[rows] = wide / np.where(length > 0, length, 1)
    return scaled


def on_sphere(
    points: Points, weights: Weights | None
) -> tuple[Points, Weights | None, NDArray[np.bool_]]:
    """Return points of length 1, weights that are 0 for rows of zeros, and which rows those are.

    Raises:
        UsageError: no row that counts has a direction.
    """
    flat: NDArray[np.bool_] = np.logical_not(points.any(axis=1))
    if flat.any():
        counted = np.ones(len(points), np.float32) if weights is None else weights.copy()
        counted[flat] = 0
        if not counted.any():
            raise UsageError("points that count are all rows of zeros, which have no direction.")
        weights = counted
    return unit_rows(points), weights, flat


@dataclass(frozen=True, slots=True)
class CosineEngine:
    """Another engine's passes with cosines: `inertia` is the (weighted) sum of 1 - cosine.

    Points and centres may have any length. Points that are rows of zeros have the cosine 0 with
    every centre; they are labelled 0 and add to the inertia only. Sums are of points scaled to
    length 1: a centre's direction is the new centre.
    """

    engine: Engine

    def assign(self, points: Points, centers: Centers64, *, threads: int) -> tuple[Labels32, float]:
        """Return the label (n,) of each point, the lowest on ties, and the plain inertia."""
        flat = ~points.any(axis=1)
        labels, inertia = self.engine.assign(unit_rows(points), unit_rows(centers), threads=threads)
        labels[flat] = 0
        # A row of zeros is at distance 1 from a centre, and 1 - 0 is twice half of that.
        return labels, inertia / 2 + float(flat.sum()) / 2

    def step(
        self, points: Points, weights: Weights | None, centers: Centers64, *, threads: int
    ) -> StepStats:
        """Return the statistics of `points` at `centers`."""
        flat = ~points.any(axis=1)
        unserved = 0.0
        if flat.any():
            counted = np.ones(len(points), np.float32) if weights is None else weights.copy()
            unserved = float(counted[flat].sum(dtype=np.float64))
            counted[flat] = 0
            weights = counted
        stats = self.engine.step(unit_rows(points), weights, unit_rows(centers), threads=threads)
        return stats._replace(inertia=stats.inertia / 2 + unserved)
