"""The loop: means, empty clusters, stopping. It needs two passes and knows no engine.

`step` and `assign` may read an array, a file in pieces or a cluster of machines: the arithmetic
here is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pochade.kmeans.engines.protocol import (
    CHUNK_ROWS,
    Centers64,
    Labels32,
    LloydRun,
    Observer,
    StepStats,
)
from pochade.types import Points, Weights

Step: TypeAlias = Callable[[Centers64], StepStats]
Assign: TypeAlias = Callable[[Centers64], tuple[Labels32, float]]
Reseed: TypeAlias = Callable[[Centers64, NDArray[np.bool_]], tuple[Centers64, NDArray[np.bool_]]]

# Squared distances below this share of the largest squared coordinate are rounding, not distance:
# float32 points that differ are at least 1e-15 apart on that scale, float64 means err by 1e-32.
_ROUNDING = 1e-24


def means(stats: StepStats, centers: Centers64) -> Centers64:
    """Return each centre's mean, and the old centre where it has no weight."""
    served = stats.counts > 0
    divisor = np.where(served, stats.counts, 1.0)
    return np.where(served[:, None], stats.sums / divisor[:, None], centers)


def mean_variance(step: Step, d: int) -> float:
    """Return the points' weighted variance, averaged over the d dimensions.

    It is the inertia of one centre at the mean, so any engine can measure it.
    """
    whole = step(np.zeros((1, d)))
    weight = float(whole.counts[0])
    return step(whole.sums / weight).inertia / weight / d


def lloyd(
    step: Step,
    reseed: Reseed,
    centers: Centers64,
    *,
    max_iter: int,
    shift_limit: float,
    observe: Observer | None = None,
) -> LloydRun:
    """Move every centre to the mean of its points until nothing moves (Lloyd 1982).

    Stops after `max_iter` iterations, or when the squared moves of all centres sum to at most
    `shift_limit` and no cluster is empty. Empty clusters go to `reseed`, which may return fewer
    centres. The inertia never rises: means lower it, and a centre that serves nobody cannot
    raise it by going elsewhere.
    """
    stats = step(centers)
    n_iter = 0
    converged = False
    while n_iter < max_iter and not converged:
        moved = means(stats, centers)
        empty = stats.counts <= 0
        if empty.any():
            moved, kept = reseed(moved, empty)
            centers = centers[kept]
        shift = float(np.square(moved - centers).sum())
        centers = moved
        stats = step(centers)
        n_iter += 1
        if observe is not None:
            observe(n_iter, stats.inertia)
        converged = shift <= shift_limit and bool((stats.counts > 0).all())
    return LloydRun(centers, stats.inertia, n_iter, converged)


def reseed_worst_served(
    points: Points,
    weights: Weights | None,
    assign: Assign,
    centers: Centers64,
    empty: NDArray[np.bool_],
) -> tuple[Centers64, NDArray[np.bool_]]:
    """Place the centres that are `empty` on the points that the others serve worst.

    One after the other, each goes to the point with the largest weight x squared distance to its
    nearest centre, those just placed included (lowest index on ties). When every point already
    sits on a centre, the centres left over are dropped: there are fewer distinct points than
    centres.

    Returns:
        The centres, and a mask (k,) of the ones that were kept.
    """
    distances = squared_to_own(points, centers[~empty], assign)
    distances[distances <= _ROUNDING * _largest_square(points)] = 0
    cost = distances if weights is None else distances * weights
    placed = centers.copy()
    kept = ~empty
    for index in np.flatnonzero(empty):
        worst = int(cost.argmax())
        if cost[worst] <= 0:
            break
        placed[index] = points[worst]
        kept[index] = True
        for rows in _chunks(len(points)):
            reach = np.square(points[rows] - placed[index]).sum(axis=1)
            if weights is not None:
                reach *= weights[rows]
            np.minimum(cost[rows], reach, out=cost[rows])
    return placed[kept], kept


def fill_empty(step: Step, reseed: Reseed, centers: Centers64) -> Centers64:
    """Return centres none of which is empty.

    A centre put on a point can empty a neighbour, so this repeats: each time the inertia falls.
    After as many rounds as centres, those that are still empty are dropped.
    """
    for _ in range(len(centers)):
        empty = step(centers).counts <= 0
        if not empty.any():
            return centers
        centers, _ = reseed(centers, empty)
    return centers[step(centers).counts > 0]


def squared_to_own(points: Points, centers: Centers64, assign: Assign) -> NDArray[np.float64]:
    """Return each point's (n,) squared distance to its nearest centre, as plain differences."""
    labels, _ = assign(centers)
    distances = np.empty(len(points))
    for rows in _chunks(len(points)):
        difference = points[rows] - centers[labels[rows]]
        distances[rows] = np.square(difference).sum(axis=1)
    return distances


def _largest_square(points: Points) -> float:
    return max(float(points.max()) ** 2, float(points.min()) ** 2)


def _chunks(n: int) -> list[slice]:
    return [slice(start, start + CHUNK_ROWS) for start in range(0, n, CHUNK_ROWS)]
