"""Split-merge: move the centres that help least to where they would help most.

Lloyd's loop ends in a local minimum in which some regions have a centre too many and others one
too few. This search removes the centres whose points would lose least by going to their second
nearest centre, splits the clusters that are longest along their principal axis, lets Lloyd settle
and keeps the result when it is better. It is of the family of Fritzke's "breathing k-means" (arXiv
2006.15666) and of Fraenti and Kivijaervi's randomised swaps (2000), without the randomness.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pochade.kmeans.engines.protocol import Centers64, Labels32, SplitMerge
from pochade.kmeans.engines.reference import blocks, squared_distances
from pochade.kmeans.init import principal_axis
from pochade.types import Points, Weights

# Cutting a normal distribution at its mean removes 2/pi = 0.64 of the variance along the axis, a
# uniform one 0.75; 0.66 is what photographs gave. The two halves' means then lie 0.8 standard
# deviations from the old one (normal: sqrt(2/pi) = 0.798).
_SPLIT_GAIN = 0.66
_SPLIT_OFFSET = 0.8

# A round that lowers the inertia by less than this share is not worth another.
_WORTHWHILE = 1e-6


@dataclass(frozen=True, slots=True)
class _View:
    """What a round needs to know about each of the k centres.

    `loss` is what the inertia would rise by if the centre were removed, `gain` what it would fall
    by if its cluster were split along `axis` (k, d), a unit vector, with both halves `offset` away.
    """

    centers: Centers64
    inertia: float
    loss: NDArray[np.float64]
    gain: NDArray[np.float64]
    axis: NDArray[np.float64]
    offset: NDArray[np.float64]


def split_merge(
    points: Points,
    weights: Weights | None,
    centers: Centers64,
    settle: Callable[[Centers64, int], Centers64],
    plan: SplitMerge,
) -> Centers64:
    """Return centres of at most the inertia of `centers`, after up to `plan.rounds` rounds.

    `settle(centers, iterations)` runs Lloyd iterations on any engine; everything else is NumPy, for
    any number of dimensions. With fewer than two centres, or nothing worth moving, `centers` comes
    back as it was.
    """
    if len(centers) < 2:
        return centers
    allowed = max(1, round(len(centers) * plan.share))
    best = _look(points, weights, centers)
    for _ in range(plan.rounds):
        proposal, moved = _move(best, allowed, plan.threshold)
        if moved == 0:
            break
        view = _look(points, weights, settle(proposal, plan.inner))
        if view.inertia < best.inertia * (1 - _WORTHWHILE):
            best = view
            continue
        # Back to the best, and fewer moves from there: some of these were wrong.
        allowed = min(allowed, moved) // 2
        if allowed < 1:
            break
    return best.centers


def _move(view: _View, allowed: int, threshold: float) -> tuple[Centers64, int]:
    """Pair the cheapest removals with the most profitable splits, while it seems to pay."""
    centers = view.centers.copy()
    removals = list(np.argsort(view.loss, kind="stable"))
    splits = list(np.argsort(-view.gain, kind="stable"))
    busy = np.zeros(len(centers), bool)
    moved = 0
    while moved < allowed:
        while splits and busy[splits[0]]:
            splits.pop(0)
        while removals and (busy[removals[0]] or removals[0] == (splits or [-1])[0]):
            removals.pop(0)
        if not splits or not removals:
            break
        split, removed = splits.pop(0), removals.pop(0)
        if view.gain[split] <= threshold * view.loss[removed]:
            break
        # The nearest neighbour takes over the removed centre's points: it must stay.
        distances = np.square(centers - centers[removed]).sum(axis=1)
        distances[removed] = np.inf
        busy[[split, removed, int(distances.argmin())]] = True
        step = view.offset[split] * view.axis[split]
        centers[removed] = centers[split] + step
        centers[split] -= step
        moved += 1
    return centers, moved


def _look(points: Points, weights: Weights | None, centers: Centers64) -> _View:
    """Measure every centre: one table of distances per block, then one cluster after the other."""
    labels, nearest, second = _two_nearest(points, centers)
    weight = np.ones(len(points)) if weights is None else weights.astype(np.float64)
    k = len(centers)
    loss = np.bincount(labels, weight * (second - nearest), minlength=k).astype(np.float64)
    variance = np.zeros(k)
    axis = np.zeros_like(centers)
    counts = np.bincount(labels, weight, minlength=k)
    order = np.argsort(labels, kind="stable")
    for index, rows in enumerate(np.split(order, np.cumsum(np.bincount(labels, minlength=k))[:-1])):
        if counts[index] <= 0:
            continue
        values = points[rows] - centers[index]
        axis[index] = principal_axis(values, weight[rows])
        along = np.einsum("nd,d->n", values, axis[index])
        variance[index] = (np.square(along) * weight[rows]).sum()
    offset = _SPLIT_OFFSET * np.sqrt(variance / np.where(counts > 0, counts, 1))
    inertia = float((weight * nearest).sum())
    return _View(centers, inertia, loss, _SPLIT_GAIN * variance, axis, offset)


def _two_nearest(
    points: Points, centers: Centers64
) -> tuple[Labels32, NDArray[np.float64], NDArray[np.float64]]:
    """Return each point's nearest centre and its squared distances to the two nearest."""
    labels = np.empty(len(points), np.int32)
    nearest = np.empty(len(points))
    second = np.empty(len(points))
    for block in blocks(len(points), len(centers)):
        table = squared_distances(points[block], centers)
        labels[block] = table.argmin(axis=1)
        nearest[block] = table.min(axis=1)
        table[np.arange(len(table)), labels[block]] = np.inf
        second[block] = table.min(axis=1)
    return labels, nearest, second
