"""Mini-batch k-means: small steps on small samples, for streams and for what is too large.

D. Sculley, "Web-scale k-means clustering", WWW 2010: every centre is the running mean of all the
points it was ever given, so its rate of change falls as 1/count. Each batch is assigned to the
centres as they were before it, which makes a batch one pass of any engine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from pochade.kmeans.driver import open_session
from pochade.kmeans.engines.protocol import Centers64, Engine
from pochade.kmeans.lloyd import squared_to_own
from pochade.types import Points, Weights


@dataclass(frozen=True, slots=True, eq=False)
class MiniBatchState:
    """The centres (k, d), the weight that each has seen (k,), and how many batches there were."""

    centers: Centers64
    counts: NDArray[np.float64]
    n_steps: int = 0


@dataclass(frozen=True, slots=True)
class MiniBatchPlan:
    """How to go through a data set in batches.

    `batch_size` points are drawn by weight, with replacement, for each of up to `n_steps` steps.
    The search stops early when the smoothed inertia of a batch has not improved for `patience`
    steps (None: never), or when the smoothed squared move of the centres is at most `shift_limit`
    (0: never). A centre that has seen less than `reassign` times the weight of the busiest is
    moved, now and then, to a point drawn in proportion to how badly it is served.
    """

    batch_size: int
    n_steps: int
    patience: int | None
    shift_limit: float
    reassign: float
    seed: int


def update(
    state: MiniBatchState,
    points: Points,
    weights: Weights | None,
    *,
    engine: Engine,
    threads: int,
) -> tuple[MiniBatchState, float]:
    """Return the state after one more batch, and the batch's weighted inertia before the step."""
    session = open_session(engine, points, weights, threads=threads)
    stats = session.step(state.centers)
    counts = state.counts + stats.counts
    share = np.where(counts > 0, counts, 1.0)[:, None]
    # The old mean plus the new points' pull on it: exact for a centre that nothing reached.
    pull = (stats.sums - stats.counts[:, None] * state.centers) / share
    return MiniBatchState(state.centers + pull, counts, state.n_steps + 1), stats.inertia


def reassign_idle(
    state: MiniBatchState,
    points: Points,
    *,
    engine: Engine,
    threads: int,
    ratio: float,
    random: np.random.Generator,
) -> MiniBatchState:
    """Move the centres that have seen too little to badly served points of this batch.

    At most half as many as the batch has points. Their counts become the smallest of the
    others', so that they neither stand still nor are moved again at once.
    """
    idle = np.flatnonzero(state.counts < ratio * state.counts.max())
    idle = idle[np.argsort(state.counts[idle], kind="stable")][: len(points) // 2]
    if len(idle) == 0:
        return state
    session = open_session(engine, points, None, threads=threads)
    cost = np.cumsum(squared_to_own(points, state.centers, session.assign))
    if cost[-1] <= 0:
        return state
    drawn = np.searchsorted(cost, random.random(len(idle)) * cost[-1], side="right")
    centers = state.centers.copy()
    centers[idle] = points[np.minimum(drawn, len(points) - 1)]
    counts = state.counts.copy()
    counts[idle] = np.delete(state.counts, idle).min()
    return replace(state, centers=centers, counts=counts)


def run(
    state: MiniBatchState,
    points: Points,
    weights: Weights | None,
    plan: MiniBatchPlan,
    *,
    engine: Engine,
    threads: int,
) -> MiniBatchState:
    """Return the state after going through `points` in random batches, as `plan` says."""
    random = np.random.Generator(np.random.PCG64(plan.seed))
    draw = _Draw(weights, len(points))
    smoothing = min(1.0, 2 * plan.batch_size / (len(points) + 1))
    smooth_inertia = smooth_shift = best = inf
    since_best = 0
    since_reassigned = 0
    while state.n_steps < plan.n_steps:
        batch = points[draw(random, plan.batch_size)]
        before = state.centers
        state, inertia = update(state, batch, None, engine=engine, threads=threads)
        shift = float(np.square(state.centers - before).sum())
        since_reassigned += len(batch)
        if since_reassigned >= 10 * len(state.centers) and plan.reassign > 0:
            since_reassigned = 0
            state = reassign_idle(
                state, batch, engine=engine, threads=threads, ratio=plan.reassign, random=random
            )
        if state.n_steps == 1:
            continue  # the first batch follows the start, not the data
        smooth_inertia = _smooth(smooth_inertia, inertia, smoothing)
        smooth_shift = _smooth(smooth_shift, shift, smoothing)
        since_best = 0 if smooth_inertia < best else since_best + 1
        best = min(best, smooth_inertia)
        if plan.shift_limit > 0 and smooth_shift <= plan.shift_limit:
            break
        if plan.patience is not None and since_best >= plan.patience:
            break
    return state


class _Draw:
    """Draws row numbers by weight, with replacement."""

    def __init__(self, weights: Weights | None, n: int) -> None:
        self._n = n
        self._cumulative = None if weights is None else np.cumsum(weights, dtype=np.float64)

    def __call__(self, random: np.random.Generator, size: int) -> NDArray[np.intp]:
        uniform = random.random(size)
        if self._cumulative is None:
            return (uniform * self._n).astype(np.intp)
        found = np.searchsorted(self._cumulative, uniform * self._cumulative[-1], side="right")
        rows: NDArray[np.intp] = np.minimum(found, self._n - 1)
        return rows


def _smooth(old: float, new: float, share: float) -> float:
    return new if old == inf else old * (1 - share) + new * share
