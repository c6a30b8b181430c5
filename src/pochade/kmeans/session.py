"""The session of every engine that has none of its own: fixed chunks in, merged sums out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial, reduce

import numpy as np

from pochade.kmeans import improve, init
from pochade.kmeans.engines.protocol import (
    CHUNK_ROWS,
    Centers64,
    Engine,
    Held,
    Labels32,
    LloydRun,
    Observer,
    Poll,
    SearchPlan,
    SplitMerge,
    StepStats,
)
from pochade.kmeans.lloyd import (
    lloyd,
    lloyd_held,
    mean_variance,
    plain_variance,
    reseed_worst_served,
)
from pochade.kmeans.search import search
from pochade.types import Points, Weights


@dataclass(frozen=True, slots=True)
class ChunkedSession:
    """Feeds an engine `CHUNK_ROWS` points at a time and merges the results in chunk order.

    With `unit`, points have length 1 and so do the centres that a loop ends with.
    """

    engine: Engine
    points: Points
    weights: Weights | None
    threads: int
    poll: Poll | None = None
    unit: bool = False

    def kmeans_plus_plus(self, k: int, *, trials: int, seed: int) -> Centers64:
        """Return k points by greedy k-means++; fewer when there are fewer distinct points."""
        return init.kmeans_plus_plus(self.points, self.weights, k, trials=trials, seed=seed)

    def wu(self, k: int) -> Centers64:
        """Return the means of k parts cut along principal axes; fewer when none can be cut."""
        return init.principal_splits(self.points, self.weights, k)

    def step(self, centers: Centers64) -> StepStats:
        """Return the statistics of every point's nearest centre."""
        parts = (
            self.engine.step(
                self.points[rows],
                None if self.weights is None else self.weights[rows],
                centers,
                threads=self.threads,
            )
            for rows in self._chunks()
        )
        return reduce(StepStats.merge, parts)

    def assign(self, centers: Centers64) -> tuple[Labels32, float]:
        """Return every point's nearest centre and the weighted inertia."""
        labels = np.empty(len(self.points), np.int32)
        inertia = 0.0
        for rows in self._chunks():
            points = self.points[rows]
            labels[rows], plain = self.engine.assign(points, centers, threads=self.threads)
            if self.weights is None:
                inertia += plain
            else:
                squared = np.square(points - centers[labels[rows]]).sum(axis=1)
                inertia += float((squared * self.weights[rows]).sum())
        return labels, inertia

    def lloyd(
        self, centers: Centers64, *, max_iter: int, tol: float, observe: Observer | None
    ) -> LloydRun:
        """Iterate until the centres' summed squared move is at most `tol` x the mean variance."""
        reseed = partial(reseed_worst_served, self.points, self.weights, self.assign)
        limit = tol * mean_variance(self.step, centers.shape[1]) if tol and max_iter else 0.0
        return lloyd(
            self.step,
            reseed,
            centers,
            max_iter=max_iter,
            shift_limit=limit,
            observe=observe,
            unit=self.unit,
        )

    def split_merge(self, centers: Centers64, plan: SplitMerge) -> Centers64:
        """Return centres that are no worse, after moving some from where they help little."""

        def settle(proposal: Centers64, iterations: int) -> Centers64:
            run = self.lloyd(proposal, max_iter=iterations, tol=0.0, observe=None)
            return run.centers

        return improve.split_merge(self.points, self.weights, centers, settle, plan)

    def search(self, k: int, plan: SearchPlan) -> tuple[Centers64, float]:
        """Return the best centres of several starts, each searched and then refined."""
        return search(self, k, plan)

    def _chunks(self) -> Iterator[slice]:
        for start in range(0, len(self.points), CHUNK_ROWS):
            if self.poll is not None:
                self.poll()
            yield slice(start, start + CHUNK_ROWS)


@dataclass(frozen=True, slots=True)
class HeldSession(ChunkedSession):
    """Points that an engine holds on a device, where passes and the loop run."""

    held: Held | None = None

    def step(self, centers: Centers64) -> StepStats:
        """Return the statistics of every point's nearest centre."""
        return self._there.step(centers)

    def assign(self, centers: Centers64) -> tuple[Labels32, float]:
        """Return every point's nearest centre and the weighted inertia."""
        return self._there.assign(centers)

    def lloyd(
        self, centers: Centers64, *, max_iter: int, tol: float, observe: Observer | None
    ) -> LloydRun:
        """Iterate on the device; only empty clusters are moved here."""
        reseed = partial(reseed_worst_served, self.points, self.weights, self.assign)
        limit = tol * plain_variance(self.points, self.weights) if tol and max_iter else 0.0
        return lloyd_held(
            self._there,
            reseed,
            centers,
            max_iter=max_iter,
            shift_limit=limit,
            observe=observe,
            unit=self.unit,
        )

    @property
    def _there(self) -> Held:
        assert self.held is not None
        return self.held
