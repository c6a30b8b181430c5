"""Steps that let centres settle among others that stay where they are, by either of two errors.

Lloyd's step puts a centre at the mean of its points, which lessens the mean squared distance. The
step by distance puts it where Weiszfeld's step leads, the mean with weights ``w / d``, `d` being
each point's distance from where the centre was; repeated, it leads to the point from which the sum
of the distances themselves is least, the geometric median (E. Weiszfeld, "Sur le point pour lequel
la somme des distances de n points donnés est minimum", Tohoku Mathematical Journal 43, 1937).
Points keep going to their nearest centre in between, as in k-means: the result is k-medians.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pochade.kmeans.tally import squared_distances

if TYPE_CHECKING:
    from pochade.kmeans.engines.protocol import Centers64, Session
    from pochade.types import Points, Weights


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
) -> Centers64:
    """Weiszfeld's steps: the mean distance falls.

    Args:
        session: the points and their weights, open in an engine.
        points: the same points (n, d) float32.
        weights: the same weights (n,) float32.
        centers: (k, d) float64, free to move.
        held: (h, d) float32, centres that serve points as the others do but stay.
        steps: how many.
        least: a distance below this counts as this, so that a centre can leave a point it is on.

    Returns:
        The free centres (k, d). One that serves no point stays.
    """
    count = len(held)
    together = np.concatenate([held.astype(np.float64), centers])
    columns = [np.ascontiguousarray(column, np.float64) for column in points.T]
    for _ in range(steps):
        labels, _ = session.assign(together)
        square = squared_distances(points, together.astype(np.float32), labels)
        pull = weights / np.maximum(np.sqrt(square), np.float32(least))
        total = np.bincount(labels, pull, minlength=len(together))[count:]
        used = total > 0
        for axis, column in enumerate(columns):
            summed = np.bincount(labels, pull * column, minlength=len(together))[count:]
            together[count:, axis][used] = summed[used] / total[used]
    return together[count:]
