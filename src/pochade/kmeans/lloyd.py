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
    Held,
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


def means(stats: StepStats, centers: Centers64, *, unit: bool = False) -> Centers64:
    """Return each centre's mean, and the old centre where it has no weight.

    With `unit`, the mean is scaled to length 1; where it is 0 the old centre stays, too.
    """
    served = stats.counts > 0
    divisor = np.where(served, stats.counts, 1.0)
    if unit:
        divisor = np.sqrt(np.square(stats.sums).sum(axis=1))
        served &= divisor > 0
        divisor = np.where(served, divisor, 1.0)
    return np.where(served[:, None], stats.sums / divisor[:, None], centers)


def plain_variance(points: Points, weights: Weights | None) -> float:
    """Return what `mean_variance` does, of points that are at hand."""
    total, weight = np.zeros(points.shape[1]), 0.0
    for rows in _chunks(len(points)):
        share = np.ones(len(points[rows])) if weights is None else weights[rows].astype(np.float64)
        total += share @ points[rows].astype(np.float64)
        weight += float(share.sum())
    mean, spread = total / weight, 0.0
    for rows in _chunks(len(points)):
        square = np.square(points[rows] - mean).sum(axis=1)
        spread += float((square if weights is None else square * weights[rows]).sum())
    return float(spread / weight / points.shape[1])


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
    unit: bool = False,
) -> LloydRun:
    """Move every centre to the mean of its points until nothing moves (Lloyd 1982).

    Stops after `max_iter` iterations, or when the squared moves of all centres sum to at most
    `shift_limit` and no cluster is empty. Empty clusters go to `reseed`, which may return fewer
    centres. The inertia never rises: means lower it, and a centre that serves nobody cannot
    raise it by going elsewhere. With `unit`, points and centres have length 1 (I. Dhillon and D.
    Modha, "Concept decompositions for large sparse text data using clustering", Machine Learning
    42, 2001).
    """
    stats = step(centers)
    n_iter = 0
    converged = False
    while n_iter < max_iter and not converged:
        moved = means(stats, centers, unit=unit)
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


def lloyd_held(
    held: Held,
    reseed: Reseed,
    centers: Centers64,
    *,
    max_iter: int,
    shift_limit: float,
    observe: Observer | None = None,
    unit: bool = False,
) -> LloydRun:
    """Do what `lloyd` does with the loop on a device; only empty clusters are moved here.

    `observe` is called once, at the end, and where a cluster was empty.
    """
    n_iter = 0
    while True:
        run = held.iterate(centers, max_iter=max_iter - n_iter, shift_limit=shift_limit, unit=unit)
        centers, stats = run.centers, run.stats
        n_iter += run.n_iter
        if observe is not None and run.n_iter > 0:
            observe(n_iter, stats.inertia)
        if run.converged or n_iter >= max_iter:
            return LloydRun(centers, stats.inertia, n_iter, run.converged)
        moved, kept = reseed(means(stats, centers, unit=unit), stats.counts <= 0)
        shift = float(np.square(moved - centers[kept]).sum())
        centers = moved
        n_iter += 1
        settled = shift <= shift_limit
        if settled or n_iter >= max_iter:
            stats = held.step(centers)
            if observe is not None:
                observe(n_iter, stats.inertia)
            if n_iter >= max_iter or (stats.counts > 0).all():
                converged = settled and bool((stats.counts > 0).all())
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
