"""One data set of the JAX engine: blocks of one shape, or one table for the whole loop.

Never imports JAX: the engine has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.kmeans.engines.protocol import Centers64, Iterated, Labels32, Poll, StepStats

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pochade.kmeans.engines.jax import JaxEngine
    from pochade.types import Pixels, Points, Weights

HELD_BYTES = 1 << 24
"""Points of at most so many bytes are held as one table: a million colours."""

# Iterations in one call of a program, where somebody wants to be asked in between.
TURNS = 16

# Rows of k for which one program serves: many centres are rarely two more or less.
_FEW_STEP, _MANY_STEP, _FEW = 8, 256, 256


class JaxPoints:
    """One data set; see `Held`."""

    def __init__(
        self,
        engine: JaxEngine,
        points: Points | Pixels,
        weights: Weights | None,
        poll: Poll | None,
        *,
        keep: bool,
    ) -> None:
        self._engine = engine
        self._points = points
        self._weights = weights
        self._poll = poll
        self._programs = engine.programs(points.shape[1])
        self._held: tuple[Any, Any, Any] | None = None
        self._kept: list[tuple[Any, Any]] | None = None
        if keep:
            with engine.working(self._programs, 1):
                self._kept = [(engine.put(a), engine.put(b)) for _, a, b in self._blocks()]

    def step(self, centers: Centers64) -> StepStats:
        """Return the statistics of every point's nearest centre."""
        k = len(centers)
        total: StepStats | None = None
        with self._engine.working(self._programs, k):
            there, count = self._centers(centers)
            for points, weights in self._moved():
                found = self._programs.step(points, weights, there, count)
                sums, counts, inertia = map(np.asarray, found)
                part = StepStats(sums, counts, float(inertia))
                total = part if total is None else total.merge(part)
        assert total is not None
        return StepStats(total.sums[:k], total.counts[:k], total.inertia)

    def assign(self, centers: Centers64) -> tuple[Labels32, float]:
        """Return every point's nearest centre and the weighted inertia."""
        n, size = len(self._points), self._programs.block
        labels, inertia = np.empty(n, np.int32), 0.0
        with self._engine.working(self._programs, len(centers)):
            there, count = self._centers(centers)
            for start, (points, weights) in zip(range(0, n, size), self._moved(), strict=True):
                found, part = self._programs.assign(points, weights, there, count)
                labels[start : start + size] = np.asarray(found)[: n - start]
                inertia += float(part)
        return labels, inertia

    def iterate(
        self, centers: Centers64, *, max_iter: int, shift_limit: float, unit: bool
    ) -> Iterated:
        """See `Held.iterate`: one program for the whole loop, where the points are held."""
        k = len(centers)
        if self._points.nbytes > HELD_BYTES:
            return self._iterate_in_blocks(centers, max_iter, shift_limit, unit=unit)
        with self._engine.working(self._programs, k):
            there, count = self._centers(centers, np.float64)
            points, weights, blocks = self._table()
            done, most = 0, max_iter if self._poll is None else TURNS
            while True:
                if self._poll is not None:
                    self._poll()
                turns = min(most, max_iter - done)
                limits = np.int32(turns), np.float64(shift_limit), np.bool_(unit)
                found = self._programs.fit(points, weights, blocks, there, count, *limits)
                there, n_iter, converged = found[0], int(found[4]), bool(found[5])
                done += n_iter
                # Fewer turns than it was given: nothing moves, or a cluster is empty.
                if converged or n_iter < turns or done >= max_iter:
                    break
            moved, sums, counts, inertia = map(np.asarray, found[:4])
        stats = StepStats(sums[:k], counts[:k], float(inertia))
        return Iterated(moved[:k], stats, done, converged)

    def _iterate_in_blocks(
        self, centers: Centers64, max_iter: int, shift_limit: float, *, unit: bool
    ) -> Iterated:
        """The same loop with a pass at a time, for points that are many."""
        stats, n_iter, converged = self.step(centers), 0, False
        while n_iter < max_iter and not converged and (stats.counts > 0).all():
            moved = stats.sums / stats.counts[:, None]
            if unit:
                length = np.linalg.norm(moved, axis=1, keepdims=True)
                moved = np.where(length > 0, moved / np.where(length > 0, length, 1), centers)
            shift = float(np.square(moved - centers).sum())
            centers = moved
            stats = self.step(centers)
            n_iter += 1
            converged = shift <= shift_limit and bool((stats.counts > 0).all())
        return Iterated(centers, stats, n_iter, converged)

    def _centers(self, centers: Centers64, kind: Any = np.float32) -> tuple[Any, Any]:
        """The centres filled up to the rows that a program is compiled for, and their number."""
        k, d = centers.shape
        step = _FEW_STEP if k <= _FEW else _MANY_STEP
        table = np.zeros((-(-k // step) * step, d), kind)
        table[:k] = centers
        return self._engine.put(table), np.int32(k)

    def _blocks(self) -> Iterator[tuple[int, Any, Any]]:
        """The start of each block, its points and its weights; 0 where there is no point."""
        n, d, size = *self._points.shape, self._programs.block
        for start in range(0, n, size):
            rows = slice(start, start + size)
            points, weights = np.zeros((size, d), np.float32), np.zeros(size, np.float32)
            points[: n - start] = self._points[rows]
            weights[: n - start] = 1 if self._weights is None else self._weights[rows]
            yield start, points, weights

    def _moved(self) -> Iterator[tuple[Any, Any]]:
        """The blocks on the device."""
        if self._kept is not None:
            yield from self._kept
            return
        for _, points, weights in self._blocks():
            if self._poll is not None:
                self._poll()
            yield self._engine.put(points), self._engine.put(weights)

    def _table(self) -> tuple[Any, Any, Any]:
        """All blocks as one table of fixed shape on the device, and how many are used."""
        if self._held is None:
            size, d = self._programs.block, self._points.shape[1]
            most = max(1, -(-HELD_BYTES // (4 * size * d)))
            points, weights = (
                np.zeros((most, size, d), np.float32),
                np.zeros((most, size), np.float32),
            )
            used = 0
            for used, (_, some, theirs) in enumerate(self._blocks(), start=1):
                points[used - 1], weights[used - 1] = some, theirs
            self._held = self._engine.put(points), self._engine.put(weights), np.int32(used)
        return self._held
