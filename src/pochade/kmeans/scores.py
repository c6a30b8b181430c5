"""How well a number of clusters suits weighted points: silhouette, BIC and the gap statistic.

Each gives one score for every k; `pochade.k_rules` reads a k from them. None builds a table of all
points by all points or by all centres: the silhouette works on a sample, in blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log, pi, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.errors import UsageError
from pochade.kmeans.engines.registry import choose_engine
from pochade.kmeans.opening import open_session
from pochade.kmeans.sweep import SweepData, sweep_centers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.kmeans.palette_search import SearchSettings
    from pochade.types import Pixels, Points, Weights

# Pixels that the silhouette is estimated from, and how many of its rows are worked on at a time.
SILHOUETTE_SAMPLE = 2048
SILHOUETTE_BLOCK = 256
# Reference sets of the gap statistic, and the points in each.
GAP_REFERENCES = 10
GAP_POINTS = 4096


class Score(NamedTuple):
    """A score and its standard error; 0 where nothing was drawn by chance."""

    value: float
    error: float


def silhouettes(
    points: Points | Pixels,
    weights: Weights,
    labelings: Sequence[NDArray[Any]],
    *,
    size: int = SILHOUETTE_SAMPLE,
    seed: int = 0,
) -> list[Score]:
    """The mean silhouette over pixels of several clusterings of the same points.

    A pixel's silhouette is (b - a) / max(a, b), with a its mean distance to the other pixels of
    its cluster and b that to the pixels of the nearest other cluster; 0 for a cluster of one pixel
    (P. Rousseeuw, "Silhouettes: a graphical aid", J. Comput. Appl. Math. 20, 1987). A point of
    weight w stands for w pixels, as if it occurred so often.

    Args:
        points: (n, d), all different.
        weights: (n,) above 0.
        labelings: for each clustering the (n,) cluster of every point.
        size: where there are more points than this, so many pixels are drawn, by weight and with
            replacement, and the silhouette is that of the sample.
        seed: of the drawing; all clusterings are judged by one sample.

    Returns:
        For each clustering the mean, -1 to 1, and its standard error, which is 0 where all points
        were used. A clustering of one cluster (of the sample) scores 0.

    >>> points = np.float32([[0, 0], [0, 2], [9, 0], [9, 2]])
    >>> [score] = silhouettes(points, np.ones(4, np.float32), [np.array([0, 0, 1, 1])])
    >>> round(score.value, 4), score.error
    (0.7805, 0.0)
    """
    rows, counts = _drawn(weights, size, seed)
    sample = points[rows].astype(np.float64)
    drawn = len(points) > size
    groups = [_Grouped.by(np.asarray(labels)[rows], counts) for labels in labelings]
    values = [np.zeros(len(rows)) for _ in groups]
    for start in range(0, len(rows), SILHOUETTE_BLOCK):
        block = slice(start, min(start + SILHOUETTE_BLOCK, len(rows)))
        distances = np.zeros((block.stop - start, len(rows)))
        for column in sample.T:
            distances += np.square(column[block, None] - column[None, :])
        np.sqrt(distances, out=distances)
        distances *= counts
        for group, value in zip(groups, values, strict=True):
            value[block] = group.silhouette(distances, block)
    return [_mean_and_error(value, counts, size if drawn else None) for value in values]


def _drawn(weights: Weights, size: int, seed: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The rows of a sample, rising, and how often each is in it; all rows where they are few."""
    mass = weights.astype(np.float64)
    if len(weights) <= size:
        return np.arange(len(weights)), mass
    ends = np.cumsum(mass)
    draws = np.random.default_rng(seed).random(size) * ends[-1]
    found = np.minimum(np.searchsorted(ends, draws, side="right"), len(ends) - 1)
    rows, counts = np.unique(found, return_counts=True)
    return rows, counts.astype(np.float64)


class _Grouped(NamedTuple):
    """A sample in the order of its clusters.

    Attributes:
        order: the sample's rows, cluster by cluster.
        starts: where each cluster begins in that order.
        cluster: the cluster of each row, numbered from 0 without gaps.
        mass: pixels of each cluster.
    """

    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    cluster: NDArray[np.intp]
    mass: NDArray[np.float64]

    @classmethod
    def by(cls, labels: NDArray[Any], counts: NDArray[np.float64]) -> _Grouped:
        """The sample grouped by its labels."""
        _, cluster = np.unique(labels, return_inverse=True)
        order = np.argsort(cluster, kind="stable")
        starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
        return cls(order, starts, cluster, np.bincount(cluster, counts).astype(np.float64))

    def silhouette(self, distances: NDArray[np.float64], block: slice) -> NDArray[np.float64]:
        """The silhouettes of a block of rows, from their distances times the others' counts."""
        if len(self.mass) < 2:
            return np.zeros(len(distances))
        sums = np.add.reduceat(distances[:, self.order], self.starts, axis=1)
        own = self.cluster[block]
        here = np.arange(len(own))
        others = self.mass[own] - 1
        inside = sums[here, own] / np.where(others > 0, others, 1)
        sums /= self.mass
        sums[here, own] = np.inf
        outside = sums.min(axis=1)
        larger = np.maximum(inside, outside)
        value = (outside - inside) / np.where(larger > 0, larger, 1)
        return np.where(others > 0, value, 0.0)


def _mean_and_error(
    values: NDArray[np.float64], counts: NDArray[np.float64], drawn: int | None
) -> Score:
    mean = float(np.average(values, weights=counts))
    if drawn is None:
        return Score(mean, 0.0)
    variance = float(np.average(np.square(values - mean), weights=counts))
    return Score(mean, sqrt(variance / (drawn - 1)))


def bic(
    inertia: float, sizes: Sequence[float], dimensions: int, *, least_variance: float = 0.0
) -> float:
    """The Bayesian information criterion of a k-means clustering; larger is better.

    The model is a mixture of k spherical Gaussians of one variance with hard membership, as in
    X-means (D. Pelleg and A. Moore, "X-means: extending k-means with efficient estimation of the
    number of clusters", ICML 2000), the variance being inertia / (d (n - k)). The log-likelihood
    less half the number of parameters, k - 1 shares, k d coordinates and a variance, times log n.

    Args:
        inertia: sum over the n pixels of the squared distance to their centre.
        sizes: pixels of each of the k clusters; those of none do not count.
        dimensions: d.
        least_variance: the variance along an axis is not believed to be below this. Colours of
            8 bits carry that of their rounding, 1/12, and a perfect fit would else be infinite.

    >>> bic(2.0, [2, 2], 1) > bic(80.0, [4], 1)
    True
    """
    used = [float(size) for size in sizes if size > 0]
    k, n, d = len(used), sum(used), dimensions
    freedom = n - k
    variance = inertia / (d * freedom) if freedom > 0 else 0.0
    variance = max(variance, least_variance)
    if variance <= 0:
        raise UsageError("a perfect fit has no BIC; give a least variance above 0")
    shares = sum(size * log(size / n) for size in used)
    likelihood = shares - n * d / 2 * log(2 * pi * variance) - inertia / (2 * variance)
    return likelihood - ((k - 1) + k * d + 1) / 2 * log(max(n, 1.0))


def gaps(
    points: Points | Pixels,
    weights: Weights,
    ks: Sequence[int],
    inertias: Sequence[float],
    settings: SearchSettings,
    *,
    references: int = GAP_REFERENCES,
    size: int = GAP_POINTS,
    least_variance: float = 0.0,
) -> list[Score]:
    """The gap statistic of several k: how much tighter the clusters are than those of no structure.

    The mean over reference sets of log W_k, less the data's log W_k, W_k being the mean squared
    distance to the centres. A reference set is uniform in the box along the data's principal axes
    (R. Tibshirani, G. Walther and T. Hastie, "Estimating the number of clusters in a data set via
    the gap statistic", J. R. Statist. Soc. B 63, 2001, version b).

    Args:
        points: (n, d).
        weights: (n,).
        ks: rising.
        inertias: of the data, for each k.
        settings: engine, seed and effort for the reference sets.
        references: how many sets.
        size: points in each; more than the largest k.
        least_variance: as for `bic`; keeps the logarithm of a perfect fit finite.

    Returns:
        For each k the gap, and s_k: the standard deviation of the sets' log W_k times
        sqrt(1 + 1 / references).

    Raises:
        UsageError: a k of `size` or more.
        CancelledError: `settings.cancel` returned True.
    """
    if max(ks) >= size:
        raise UsageError(f"the gap statistic's reference sets have {size} points: k must be below")
    box = _Box.around(points, weights)
    random = np.random.default_rng(settings.seed)
    quiet = settings._replace(progress=None, init=None, iters=None, effort="fast")
    floor = least_variance * points.shape[1]
    logs = np.empty((references, len(ks)))
    for number in range(references):
        swept = sweep_centers(_uniform(box, size, random, quiet), ks, quiet)
        logs[number] = [log(max(one.inertia / size, floor, 1e-300)) for one in swept]
        if settings.progress is not None:
            settings.progress((number + 1) / references)
    total = float(weights.sum(dtype=np.float64))
    own = [log(max(inertia / total, floor, 1e-300)) for inertia in inertias]
    spread = logs.std(axis=0) * sqrt(1 + 1 / references)
    return [
        Score(float(mean) - here, float(error))
        for mean, here, error in zip(logs.mean(axis=0), own, spread, strict=True)
    ]


class _Box(NamedTuple):
    """A box along principal axes: `axes` (d, d) in columns, corners `low` and `high` in them."""

    axes: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @classmethod
    def around(cls, points: Points | Pixels, weights: Weights) -> _Box:
        """The box that just holds the points."""
        mass = weights.astype(np.float64)
        mean = np.array([np.average(column, weights=mass) for column in points.T])
        d = points.shape[1]
        spread = np.empty((d, d))
        for row in range(d):
            for column in range(row, d):
                product = (points[:, row] - mean[row]) * (points[:, column] - mean[column])
                spread[row, column] = spread[column, row] = np.average(product, weights=mass)
        axes = np.linalg.eigh(spread)[1]
        along = [_combined(points, axis) for axis in axes.T]
        low = np.array([values.min() for values in along])
        return cls(axes, low, np.array([values.max() for values in along]))


def _combined(points: Points | Pixels, axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """The coordinate of every point along an axis."""
    total = np.zeros(len(points))
    for column, share in zip(points.T, axis, strict=True):
        total += column * share
    return total


def _uniform(
    box: _Box, size: int, random: np.random.Generator, settings: SearchSettings
) -> SweepData:
    """A reference set, ready for a sweep."""
    drawn = box.low + random.random((size, len(box.low))) * (box.high - box.low)
    points = np.ascontiguousarray(drawn @ box.axes.T, np.float32)
    weights = np.ones(size, np.float32)
    engine, _ = choose_engine(settings.engine, d=points.shape[1])
    poll = _poll(settings.cancel)
    session = open_session(engine, points, weights, threads=settings.threads, poll=poll)
    fused = engine.describe().fused
    return SweepData(session, points, weights, session, points[:0], fused)


def _poll(cancel: Callable[[], bool] | None) -> Callable[[], None] | None:
    from pochade.errors import CancelledError

    if cancel is None:
        return None

    def poll() -> None:
        if cancel():
            raise CancelledError("the gap statistic was cancelled")

    return poll
