"""The readable engine: plain NumPy, float64, what every other engine is compared with.

Assignment and update are Lloyd's (S. Lloyd, "Least squares quantization in PCM", IEEE Transactions
on Information Theory 28, 1982; J. MacQueen, "Some methods for classification and analysis of
multivariate observations", 1967, named it k-means). Distances are sums of squared differences, not
the faster x.x - 2 x.c + c.c, which loses digits where points lie far from the origin.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pochade.kmeans.engines.protocol import (
    Capabilities,
    Centers64,
    Labels32,
    Poll,
    Session,
    StepStats,
)
from pochade.types import Pixels, Points, Weights

BLOCK_CELLS = 1 << 17
"""At most this many point-to-centre distances are held at once (1 MiB of float64)."""


def squared_distances(points: Points, centers: Centers64) -> NDArray[np.float64]:
    """Return the (n, k) squared distances, one dimension added after the other.

    >>> squared_distances(np.float32([[0, 0], [3, 4]]), np.float64([[0, 0], [3, 0]])).tolist()
    [[0.0, 9.0], [25.0, 16.0]]
    """
    total = np.zeros((len(points), len(centers)))
    for column, center in zip(points.T, centers.T, strict=True):
        difference = column.astype(np.float64)[:, None] - center
        difference *= difference
        total += difference
    return total


def blocks(n: int, k: int) -> Iterator[slice]:
    """Yield slices of range(n) so small that a block's distances to k centres fit BLOCK_CELLS."""
    rows = max(1, BLOCK_CELLS // max(1, k))
    for start in range(0, n, rows):
        yield slice(start, min(n, start + rows))


def nearest(points: Points, centers: Centers64) -> tuple[Labels32, NDArray[np.float64]]:
    """Return the index (lowest on ties) and the squared distance of each point's nearest centre."""
    labels = np.empty(len(points), np.int32)
    distances = np.empty(len(points))
    for block in blocks(len(points), len(centers)):
        table = squared_distances(points[block], centers)
        labels[block] = table.argmin(axis=1)
        distances[block] = table.min(axis=1)
    return labels, distances


def sums_by_label(
    points: Points, weights: Weights | None, labels: Labels32, k: int
) -> tuple[Centers64, NDArray[np.float64]]:
    """Return each label's weighted sum of points (k, d) and its weight (k,), in float64."""
    weight = None if weights is None else weights.astype(np.float64)
    counts = np.bincount(labels, weight, minlength=k).astype(np.float64)
    sums = np.empty((k, points.shape[1]))
    for dimension, column in enumerate(points.T):
        values = column.astype(np.float64)
        if weight is not None:
            values *= weight
        sums[:, dimension] = np.bincount(labels, values, minlength=k)
    return sums, counts


class ReferenceEngine:
    """See the module. It holds nothing and uses one thread, whatever `threads` says."""

    def describe(self) -> Capabilities:
        """Return what this engine can do."""
        return describe()

    def assign(self, points: Points, centers: Centers64, *, threads: int) -> tuple[Labels32, float]:
        """Return the nearest centre of each point and the plain inertia."""
        labels, distances = nearest(points, centers)
        return labels, float(distances.sum())

    def step(
        self, points: Points, weights: Weights | None, centers: Centers64, *, threads: int
    ) -> StepStats:
        """Return the statistics of `points` at `centers`."""
        labels, distances = nearest(points, centers)
        sums, counts = sums_by_label(points, weights, labels, len(centers))
        if weights is not None:
            distances *= weights
        return StepStats(sums, counts, float(distances.sum()))

    def open(
        self,
        points: Points | Pixels,
        weights: Weights | None,
        *,
        threads: int,
        poll: Poll | None = None,
    ) -> Session | None:
        """Return None: the driver feeds this engine chunks."""
        return None


def describe() -> Capabilities:
    """Return what the engine can do; it is always available."""
    return Capabilities(
        name="reference",
        summary="readable NumPy in float64, one thread; the oracle of the others",
        devices=("cpu",),
        dtypes=("float32",),
        weights=True,
        fused=False,
        deterministic=True,
        install="pip install pochade",
        available=True,
        reason="NumPy is always there",
        version=f"numpy {np.__version__}",
    )


def load() -> ReferenceEngine:
    """Return the engine."""
    return ReferenceEngine()
