"""The scikit-learn engine: its nearest-neighbour kernel for the distances, ours for the sums.

`KMeans(max_iter=1)` would do a step in one call, but adds its threads' partial sums in the order
in which they finish. `pairwise_distances_argmin_min` treats each point on its own, so the result
does not depend on the threads, and both are public.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

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
from pochade.kmeans.engines.reference import sums_by_label
from pochade.types import Pixels, Points, Weights


class SklearnEngine:
    """See the module. Holds nothing but scikit-learn's functions."""

    def __init__(self) -> None:
        from sklearn.metrics import pairwise_distances_argmin_min
        from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

        self._argmin: Any = pairwise_distances_argmin_min
        self._pools: Any = ThreadpoolController()

    def describe(self) -> Capabilities:
        """Return what this engine can do."""
        return describe()

    def assign(self, points: Points, centers: Centers64, *, threads: int) -> tuple[Labels32, float]:
        """Return the nearest centre of each point and the plain inertia."""
        labels, distances = self._nearest(points, centers, threads)
        return labels, float(distances.sum())

    def step(
        self, points: Points, weights: Weights | None, centers: Centers64, *, threads: int
    ) -> StepStats:
        """Return the statistics of `points` at `centers`."""
        labels, distances = self._nearest(points, centers, threads)
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

    def _nearest(
        self, points: Points, centers: Centers64, threads: int
    ) -> tuple[Labels32, NDArray[np.float64]]:
        # scikit-learn finds the labels with x.x - 2 x.c + c.c, which loses digits far from the
        # origin: both are moved to the mean centre first, and the distances that count towards the
        # inertia are taken again as plain differences. A whole number keeps whole coordinates
        # exact, and so ties.
        origin = np.rint(centers.mean(axis=0))
        moved = points.astype(np.float64) - origin
        with self._pools.limit(limits=threads):
            found, _ = self._argmin(moved, centers - origin, metric="sqeuclidean")
        labels = found.astype(np.int32)
        moved -= (centers - origin)[labels]
        return labels, np.einsum("nd,nd->n", moved, moved)


@cache
def describe() -> Capabilities:
    """Return what the engine can do, without importing scikit-learn."""
    try:
        installed = version("scikit-learn") if find_spec("sklearn") else ""
    except PackageNotFoundError:
        installed = "unknown"
    return Capabilities(
        name="sklearn",
        summary="scikit-learn's nearest-neighbour kernel, NumPy sums",
        devices=("cpu",),
        dtypes=("float32",),
        weights=True,
        fused=False,
        deterministic=True,
        install="pip install 'pochade[sklearn]'",
        available=bool(installed),
        reason="scikit-learn is installed" if installed else "scikit-learn is not installed",
        version=f"scikit-learn {installed}" if installed else "",
    )


def load() -> SklearnEngine:
    """Return the engine; imports scikit-learn."""
    return SklearnEngine()
