"""Steps that let centres settle among others that stay where they are, by either of two errors.

Lloyd's step puts a centre at the mean of its points, which lessens the mean squared distance. The
step by distance puts it where Weiszfeld's step leads, the mean with weights ``w / d``, `d` being
each point's distance from where the centre was; repeated, it leads to the point from which the sum
of the distances themselves is least, the geometric median (E. Weiszfeld, "Sur le point pour lequel
la somme des distances de n points donnés est minimum", Tohoku Mathematical Journal 43, 1937).
Points keep going to their nearest centre in between, as in k-means: the result is k-medians. Steps
are drawn out by `STRETCH`; Weiszfeld's still converges with any factor up to 2 (L. Ostresh, "On the
convergence of a class of iterative methods for solving the Weber location problem", Operations
Research 26, 1978), and half as many steps lead as far.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.kmeans.tally import squared_distances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.kmeans.engines.protocol import Centers64, Session
    from pochade.types import Points, Weights

_native: Any
try:
    _native = import_module("pochade._native")
except ImportError:  # installed without a compiler
    _native = None


# How much farther than Weiszfeld's a step by distance goes.
STRETCH = 1.7


class Settled(NamedTuple):
    """The free centres (k, d), and the weighted sum of distances before the last step."""

    centers: Centers64
    error: float


def settle(session: Session, centers: Centers64, held: Points, *, steps: int) -> Centers64:
    """Lloyd steps: the mean squared distance falls.

    Args:
        session: the points and their weights, open in an engine.
        centers: (k, d) float64, free to move.
        held: (h, d) float32, centres that serve points as the others do but stay.
        steps: how many at most; fewer when nothing moves any more.

    Returns:
        The free centres (k, d). One that serves no point stays.
    """
    count = len(held)
    together = np.concatenate([held.astype(np.float64), centers])
    for _ in range(steps):
        stats = session.step(together)
        moved = together.copy()
        used = stats.counts[count:] > 0
        moved[count:][used] = stats.sums[count:][used] / stats.counts[count:][used, None]
        if np.array_equal(moved, together):
            break
        together = moved
    return together[count:]


def settle_by_distance(
    session: Session,
    points: Points,
    weights: Weights,
    centers: Centers64,
    held: Points,
    *,
    steps: int,
    least: float,
) -> Settled:
    """Weiszfeld's steps: the mean distance falls.

    Args:
        session: the points, open in an engine; its weights play no part.
        points: the same points (n, d) float32.
        weights: (n,) float32.
        centers: (k, d) float64, free to move.
        held: (h, d) float32, centres that serve points as the others do but stay.
        steps: how many, at least one.
        least: a distance below this counts as this, so that a centre can leave a point it is on.

    Returns:
        The free centres, of which one that serves no point stays, and their error.
    """
    count = len(held)
    together = np.concatenate([held.astype(np.float64), centers])
    error = np.inf
    for _ in range(steps):
        labels, _ = session.assign(together)
        sums, totals, error = pulled(points, together.astype(np.float32), labels, weights, least)
        used = totals[count:] > 0
        middle = sums[count:][used] / totals[count:][used, None]
        together[count:][used] += STRETCH * (middle - together[count:][used])
    return Settled(together[count:], error)


def pulled(
    points: Points, centers: Points, labels: NDArray[np.int32], weights: Weights, least: float
) -> tuple[Centers64, NDArray[np.float64], float]:
    """What points pull their centres to.

    Args:
        points: (n, d) float32.
        centers: (k, d) float32.
        labels: (n,) int32, the centre of each point.
        weights: (n,) float32.
        least: the least distance that counts.

    Returns:
        For each centre the sum (k, d) of its points times their pull, weight over distance, and the
        sum (k,) of the pulls; and the weighted sum of all distances. Float64, added in the order of
        the points.

    >>> sums, totals, error = pulled(
    ...     np.float32([[0, 0], [3, 4]]), np.float32([[0, 0]]), np.int32([0, 0]),
    ...     np.float32([1, 2]), 0.5,
    ... )
    >>> (sums / totals[:, None]).round(3).tolist(), error
    ([[0.5, 0.667]], 10.0)
    """
    k, dimensions = centers.shape
    if _native is not None:
        sums, totals = np.zeros((k, dimensions)), np.zeros(k)
        error = _native.pull(points, centers, labels, weights, least, sums, totals)
        return sums, totals, error
    return pulled_reference(points, centers, labels, weights, least)


def pulled_reference(
    points: Points, centers: Points, labels: NDArray[np.int32], weights: Weights, least: float
) -> tuple[Centers64, NDArray[np.float64], float]:
    """`pulled` in NumPy; `sums` and `totals` are the same bytes as the kernel's."""
    k = len(centers)
    distance = np.sqrt(squared_distances(points, centers, labels))
    pull = (weights / np.maximum(distance, np.float32(least))).astype(np.float64)
    totals = np.bincount(labels, pull, minlength=k).astype(np.float64)
    sums = np.empty((k, points.shape[1]))
    for axis, column in enumerate(points.T):
        sums[:, axis] = np.bincount(labels, pull * column, minlength=k)
    return sums, totals, float((weights.astype(np.float64) * distance).sum())
