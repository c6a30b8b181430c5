"""The C++ engine: `_native.Solver`, which keeps the points in blocks and runs whole stages.

The kernels work in float32 with float64 sums, in fixed blocks merged in a fixed order, so the
result is the same bytes at any thread count and on any instruction set.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from pochade.kmeans.engines.protocol import (
    Capabilities,
    Centers64,
    Labels32,
    LloydRun,
    Observer,
    Poll,
    SearchPlan,
    SplitMerge,
    StepStats,
)
from pochade.types import Pixels, Points, Weights


class NativeSession:
    """One data set inside the solver. Every method is one call into C++, without the GIL.

    Long calls ask `poll` every 50 ms; what it raises ends them.
    """

    __slots__ = ("_poll", "_solver")

    def __init__(self, solver: Any, poll: Poll | None = None) -> None:
        self._solver = solver
        self._poll = poll

    def kmeans_plus_plus(self, k: int, *, trials: int, seed: int) -> Centers64:
        """Return k points by greedy k-means++; fewer when there are fewer distinct points."""
        return _centers(self._solver.kmeans_plus_plus(k, trials, seed, self._poll))

    def wu(self, k: int) -> Centers64:
        """Return the means of k boxes cut by Wu's method; fewer when none can be cut further."""
        return _centers(self._solver.wu(k))

    def step(self, centers: Centers64) -> StepStats:
        """Return the statistics of every point's nearest centre."""
        sums, counts, inertia = self._solver.step(centers)
        return StepStats(sums, counts, inertia)

    def assign(self, centers: Centers64) -> tuple[Labels32, float]:
        """Return every point's nearest centre and the weighted inertia."""
        labels, inertia = self._solver.assign(centers)
        return labels, inertia

    def lloyd(
        self, centers: Centers64, *, max_iter: int, tol: float, observe: Observer | None
    ) -> LloydRun:
        """Iterate inside the solver; `observe` hears of the last iteration."""
        found, n_iter, inertia, converged = self._solver.lloyd(centers, max_iter, tol, self._poll)
        if observe is not None and n_iter > 0:
            observe(n_iter, inertia)
        return LloydRun(_centers(found), inertia, n_iter, converged)

    def split_merge(self, centers: Centers64, plan: SplitMerge) -> Centers64:
        """Run the split-merge search inside the solver."""
        found, _, _ = self._solver.split_merge(
            centers, plan.rounds, plan.share, plan.inner, plan.threshold, self._poll
        )
        return _centers(found)

    def search(self, k: int, plan: SearchPlan) -> tuple[Centers64, float]:
        """Run the whole search inside the solver."""
        found, inertia = self._solver.search(
            k,
            starts=plan.starts,
            group=plan.group,
            rounds=plan.rounds,
            keep=plan.keep,
            fine_rounds=plan.fine_rounds,
            first_steps=plan.first_steps,
            last_steps=plan.last_steps,
            inner=plan.inner,
            threshold=plan.threshold,
            bits=plan.bits,
            rounded=plan.rounded,
            seed=plan.seed,
            progress=self._poll,
        )
        return _centers(found), float(inertia)


class NativeEngine:
    """See the module."""

    def __init__(self, kernels: Any) -> None:
        self._kernels = kernels

    def describe(self) -> Capabilities:
        """Return what this engine can do."""
        return describe()

    def assign(self, points: Points, centers: Centers64, *, threads: int) -> tuple[Labels32, float]:
        """Return the nearest centre of each point and the plain inertia."""
        return self.open(points, None, threads=threads).assign(centers)

    def step(
        self, points: Points, weights: Weights | None, centers: Centers64, *, threads: int
    ) -> StepStats:
        """Return the statistics of `points` at `centers`."""
        return self.open(points, weights, threads=threads).step(centers)

    def open(
        self,
        points: Points | Pixels,
        weights: Weights | None,
        *,
        threads: int,
        poll: Poll | None = None,
    ) -> NativeSession:
        """Return a session; `points` must be float32 and contiguous, and is not changed."""
        return NativeSession(self._kernels.Solver(points, weights, threads), poll)


def _centers(found: Any) -> Centers64:
    return np.asarray(found, np.float64)


@cache
def describe() -> Capabilities:
    """Return what the engine can do; looks for the kernels, without loading them."""
    found = "pochade._native" in sys.modules
    if not found:
        from importlib.util import find_spec

        found = find_spec("pochade._native") is not None
    return Capabilities(
        name="native",
        summary="C++ kernels for this processor's instruction set, several threads",
        devices=("cpu",),
        dtypes=("float32",),
        weights=True,
        fused=True,
        deterministic=True,
        install="pip install --only-binary pochade pochade",
        available=found,
        reason=(
            "the compiled kernels are installed"
            if found
            else "pochade was installed without its compiled kernels"
        ),
        version="",
    )


def load() -> NativeEngine:
    """Return the engine; loads the kernels."""
    return NativeEngine(import_module("pochade._native"))
