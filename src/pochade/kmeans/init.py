"""Where the centres start: greedy k-means++, random points, or splitting along principal axes.

All three take weights, ignore points of weight 0, and return fewer than k centres when there are
fewer distinct points. They draw with `Generator.random` only, whose stream NumPy keeps stable.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from pochade.kmeans.engines.protocol import CHUNK_ROWS, Centers64
from pochade.types import Points, Weights


def greedy_trials(k: int) -> int:
    """Return how many candidates greedy k-means++ compares for each centre: 2 + log k.

    Arthur and Vassilvitskii's own implementation used this number, and scikit-learn does.
    """
    return 2 + int(log(k))


def kmeans_plus_plus(
    points: Points, weights: Weights | None, k: int, *, trials: int, seed: int
) -> Centers64:
    """Return up to k of the points, each drawn far from those before it.

    D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007: the
    next centre is drawn with probability proportional to weight x squared distance to the nearest
    centre so far. Greedy: of `trials` such draws the one that lowers the inertia most is taken
    (the first on ties).
    """
    random = np.random.Generator(np.random.PCG64(seed))
    weight = np.ones(len(points)) if weights is None else weights.astype(np.float64)
    first = _draw(weight, random.random(1))[0]
    chosen = [first]
    closest = _distances_to(points, points[first])
    while len(chosen) < k:
        cost = closest * weight
        if not cost.any():
            break
        candidates = _draw(cost, random.random(trials))
        best_inertia = np.inf
        best, best_closest = -1, closest
        for candidate in dict.fromkeys(candidates):
            reached = np.minimum(closest, _distances_to(points, points[candidate]))
            inertia = float((reached * weight).sum())
            if inertia < best_inertia:
                best_inertia, best, best_closest = inertia, candidate, reached
        chosen.append(best)
        closest = best_closest
    return points[chosen].astype(np.float64)


def random_points(points: Points, weights: Weights | None, k: int, *, seed: int) -> Centers64:
    """Return up to k distinct points drawn by weight, none twice: Clyde's random pixels.

    Drawing one after the other without replacement, in proportion to the weight, is the same as
    giving every point an arrival time, exponential with its weight as the rate, and taking the
    first k (P. Efraimidis and P. Spirakis, "Weighted random sampling with a reservoir", 2006). A
    colour that occurs many times arrives with the first of its points, so raw pixels and counted
    colours follow one law, and no two centres start equal.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    arrival = -np.log1p(-random.random(len(points)))
    if weights is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            arrival = np.where(weights > 0, arrival / weights, np.inf)
    order = np.argsort(arrival, kind="stable")
    order = order[np.isfinite(arrival[order])]
    taken = min(k, len(order))
    while True:
        candidates = points[order[:taken]]
        _, first = np.unique(candidates, axis=0, return_index=True)
        if len(first) >= k or taken == len(order):
            return candidates[np.sort(first)[:k]].astype(np.float64)
        taken = min(2 * taken, len(order))


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the points, and the best cut of them: the gain and the two sides (row indices)."""

    rows: NDArray[np.intp]
    gain: float
    low: NDArray[np.intp]
    high: NDArray[np.intp]


def principal_splits(points: Points, weights: Weights | None, k: int) -> Centers64:
    """Return the means of up to k parts, made by cutting the most profitable part in two.

    Each part is cut by the plane across its principal axis that lowers the inertia most, after
    X. Wu, "Color quantization by dynamic programming and principal analysis", ACM Transactions on
    Graphics 11, 1992; the part cut next is the one whose cut gains most, as measured better than
    the part of the largest inertia. His earlier method ("Efficient statistical computations for
    optimal color quantization", Graphics Gems II, 1991), which native kernels use for colours,
    cuts boxes of a histogram instead. Equal points are never separated.
    """
    weight = np.ones(len(points)) if weights is None else weights.astype(np.float64)
    parts = [_best_cut(points, weight, np.flatnonzero(weight > 0))]
    while len(parts) < k:
        index = max(range(len(parts)), key=lambda i: parts[i].gain)
        part = parts[index]
        if part.gain <= 0:
            break
        parts[index] = _best_cut(points, weight, part.low)
        parts.append(_best_cut(points, weight, part.high))
    return np.stack([_mean(points, weight, part.rows) for part in parts])


def _best_cut(points: Points, weight: NDArray[np.float64], rows: NDArray[np.intp]) -> _Part:
    """Find the cut across the principal axis that lowers the inertia of these rows most."""
    values = points[rows] - _mean(points, weight, rows)
    own = weight[rows]
    axis = principal_axis(values, own)
    along = np.einsum("nd,d->n", values, axis)
    order = np.argsort(along, kind="stable")
    values, own, along = values[order], own[order], along[order]
    # With the mean at 0 the two sides' weighted sums are s and -s, and cutting gains
    # |s|^2 / (weight below) + |s|^2 / (weight above).
    below = np.cumsum(own)[:-1]
    sums = np.cumsum(values * own[:, None], axis=0)[:-1]
    above = np.maximum(own.sum() - below, np.finfo(float).tiny)
    gains = np.square(sums).sum(axis=1) * (1 / below + 1 / above)
    gains[along[1:] <= along[:-1]] = 0
    if not gains.size or not gains.any():
        return _Part(rows, 0.0, rows, rows)
    at = int(gains.argmax()) + 1
    return _Part(rows, float(gains[at - 1]), rows[order[:at]], rows[order[at:]])


def principal_axis(values: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit vector along which weighted `values` (n, d), mean 0, vary most.

    Power iteration, so that no d x d matrix is needed; started at the dimension that varies most.
    Twelve rounds fix the axis well enough for a cut. A zero vector when nothing varies.
    """
    spread = np.einsum("nd,nd,n->d", values, values, weight)
    axis = np.full(values.shape[1], 0.5)
    axis[spread.argmax()] = 1.0
    for _ in range(12):
        axis = np.einsum("nd,n->d", values, weight * np.einsum("nd,d->n", values, axis))
        length = float(np.sqrt(np.square(axis).sum()))
        if length == 0:
            break
        axis /= length
    return axis


def _mean(
    points: Points, weight: NDArray[np.float64], rows: NDArray[np.intp]
) -> NDArray[np.float64]:
    own = weight[rows]
    total: NDArray[np.float64] = np.einsum("nd,n->d", points[rows].astype(np.float64), own)
    mean: NDArray[np.float64] = total / own.sum()
    return mean


def _draw(cost: NDArray[np.float64], uniform: NDArray[np.float64]) -> list[int]:
    """Return indices drawn in proportion to `cost`; one of cost 0 is never drawn."""
    cumulative = np.cumsum(cost)
    # side="right" skips zero-cost points; the clip keeps rounding from running off the end.
    found = np.searchsorted(cumulative, uniform * cumulative[-1], side="right")
    last = int(np.flatnonzero(cost)[-1])
    return [min(int(index), last) for index in found]


def _distances_to(points: Points, center: NDArray[np.float32]) -> NDArray[np.float64]:
    distances = np.empty(len(points))
    origin = center.astype(np.float64)
    for start in range(0, len(points), CHUNK_ROWS):
        rows = slice(start, start + CHUNK_ROWS)
        distances[rows] = np.square(points[rows] - origin).sum(axis=1)
    return distances
