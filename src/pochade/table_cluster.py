"""k-means on any columns of a pixel table.

Columns that follow from the colour alone are clustered through the counted colours: the exact
k-means over all pixels. With x or y among them every pixel is a point of its own. Up to
`ALL_AT_ONCE` pixels are clustered together; of larger pictures a regular sample is, and the centres
found are then moved by Lloyd's steps over all pixels, block by block. Neither needs an n x k table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.errors import CancelledError, InputError
from pochade.histogram import ColorCounts, count_colors
from pochade.kmeans.driver import kmeans
from pochade.kmeans.engines.protocol import StepStats
from pochade.kmeans.engines.registry import choose_engine
from pochade.kmeans.lloyd import fill_empty, lloyd, reseed_worst_served
from pochade.pixels.blocks import color_columns, feature_columns, spans
from pochade.pixels.scaling import Moments, Scaling, visible_colors
from pochade.quantize_inputs import thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.kmeans.engines.protocol import Centers64, Engine
    from pochade.table_options import TableOptions
    from pochade.types import Image, Palette, Points

ALL_AT_ONCE = 1 << 21
"""So many pixels are held as points together; beyond, they pass in blocks."""
SAMPLE = 1 << 19
ITERATIONS = 300
TOLERANCE = 1e-4
CLOSE = 1e-6
"""The tolerance where it costs little: counted colours."""
FEW = 32
"""Up to so many clusters a start costs next to nothing, and the best of several is clearly better.
(`python -m benchmarks.table cluster`)"""
LEFT_OUT = -1
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """What clustering found, the largest cluster first.

    Attributes:
        labels: (h, w) int16; -1 for pixels of alpha 0 that were left out.
        centers: (k, d) float64, in the units of the columns.
        palette: (k, c) uint8, the mean colour of each cluster's pixels, in sRGB, by alpha.
        pixels: (k,) int64, how many pixels each has.
        inertia: sum of squared distances to the centres, scaled and weighted.
        n_iter: Lloyd steps.
        engine: name of the engine.
        reason: why that engine.
    """

    labels: NDArray[np.int16]
    centers: NDArray[np.float64]
    palette: Palette
    pixels: NDArray[np.int64]
    inertia: float
    n_iter: int
    engine: str
    reason: str


class _Found(NamedTuple):
    """Centres (k, d) around the origin used, and the label of every pixel that counts."""

    centers: Centers64
    labels: NDArray[np.int16]
    inertia: float
    n_iter: int


class _Job:
    """One picture, its columns and how they are clustered."""

    def __init__(
        self,
        image: Image,
        moments: Moments,
        scaling: Scaling,
        options: TableOptions,
        cancel: Callable[[], bool] | None,
    ) -> None:
        assert options.k is not None
        self.image = image
        self.moments = moments
        self.scaling = scaling
        self.options = options
        self.cancel = cancel
        self.k = options.k
        self.threads = thread_count(options.threads)
        self.engine: Engine
        self.engine, self.reason = choose_engine(
            options.engine, k=self.k, d=len(scaling.columns), n=image.shape[0] * image.shape[1]
        )

    def kmeans(
        self, points: Points, weights: NDArray[np.float32] | None, *, max_iter: int | None = None
    ) -> Any:
        """k-means on points in memory, as the options want it."""
        options = self.options
        steps = ITERATIONS if options.iters is None else options.iters
        return kmeans(
            points,
            self.k,
            weights=weights,
            init=options.init or "kmeans++",
            n_init=1 if options.plain else self.starts,
            max_iter=steps if max_iter is None else max_iter,
            tol=TOLERANCE if weights is None else CLOSE,
            improve=False if options.plain else "split-merge",
            engine=options.engine,
            seed=options.seed,
            threads=self.threads,
            cancel=self.cancel,
        )

    @property
    def starts(self) -> int:
        """How many starts are tried: as many as it takes to match ten of scikit-learn's."""
        by_pixels = bool({"x", "y"} & set(self.scaling.columns))
        if self.k > FEW:
            return 1 if by_pixels else 2
        return 4 if by_pixels else 8

    def points(self, rows: slice) -> Points:
        """The points (n, d) float32 of the pixels that count in some rows of the picture."""
        block = feature_columns(self.image, rows, self.scaling.columns)
        return self.scaling.points(block, origin=self.moments.mean, dtype=np.float32)

    def blocks(self) -> Iterator[Points]:
        """The points of all pixels that count, in order; asks now and then whether to go on."""
        for rows in spans(self.image.shape):
            if self.cancel is not None and self.cancel():
                raise CancelledError("the clustering was cancelled")
            points = self.points(rows)
            if len(points):
                yield points


def cluster(
    image: Image,
    counts: ColorCounts | None,
    moments: Moments,
    scaling: Scaling,
    options: TableOptions,
    *,
    cancel: Callable[[], bool] | None = None,
) -> Clusters:
    """Cluster a picture's pixels on the columns of `scaling`.

    Args:
        image: (h, w, 3 or 4) uint8.
        counts: its colours, counted; None: they are counted here.
        moments: mean and deviation of the columns.
        scaling: how columns become points.
        options: k, start, iterations, engine, seed, threads.
        cancel: polled during the work.

    Raises:
        InputError: every pixel is transparent.
        UsageError: an unknown engine.
        CancelledError: `cancel` returned True.
    """
    if not moments.pixels:
        raise InputError("every pixel is transparent: there is nothing to cluster")
    job = _Job(image, moments, scaling, options, cancel)
    if {"x", "y"} & set(scaling.columns):
        found = _by_pixels(job)
    else:
        found = _by_colors(job, counts or count_colors([image], threads=job.threads))
    return _ordered(job, found)


def _by_colors(job: _Job, counts: ColorCounts) -> _Found:
    """Cluster the counted colours; every pixel has the label of its colour."""
    columns = job.scaling.columns
    colors, weights = visible_colors(counts, columns)
    block = color_columns(colors, columns)
    points = job.scaling.points(block, origin=job.moments.mean, dtype=np.float32)
    result = job.kmeans(points, weights.astype(np.float32))
    of_colors = result.labels
    hidden = len(counts) - len(colors)
    if hidden:  # the one colour of alpha 0 is first, and takes a label of its own meanwhile
        of_colors = np.concatenate([np.full(hidden, len(result.centers)), of_colors])
    labels = counts.labels_for(job.image, of_colors, threads=job.threads).astype(np.int16)
    if hidden:
        labels[labels == len(result.centers)] = LEFT_OUT
    return _Found(result.centers, labels, result.inertia, result.n_iter)


def _by_pixels(job: _Job) -> _Found:
    """Cluster points of which every pixel has its own."""
    count = job.moments.pixels
    if count <= ALL_AT_ONCE:
        points = np.concatenate(list(job.blocks()))
        result = job.kmeans(points, None)
        labels = _spread(job, result.labels.astype(np.int16))
        return _Found(result.centers, labels, result.inertia, result.n_iter)
    sample = sampled(job.image, job.points, count)
    start = job.kmeans(sample, None, max_iter=0 if job.options.plain else None)
    steps = ITERATIONS if job.options.iters is None else job.options.iters

    def step(centers: Centers64) -> StepStats:
        parts = (
            job.engine.step(points, None, centers, threads=job.threads) for points in job.blocks()
        )
        return reduce(StepStats.merge, parts)

    assign = partial(job.engine.assign, sample, threads=job.threads)
    reseed = partial(reseed_worst_served, sample, None, assign)
    spread = job.moments.deviation / job.scaling.scale * job.scaling.weight
    limit = TOLERANCE * float(np.square(spread).mean())
    run = lloyd(step, reseed, start.centers, max_iter=steps, shift_limit=limit)
    centers = run.centers
    if steps and not run.converged:  # converged means that none is empty
        centers = fill_empty(step, reseed, centers)
    labels, inertia = _assigned(job, centers)
    return _Found(centers, labels, inertia, run.n_iter)


def sampled(image: Image, points: Callable[[slice], Points], count: int) -> Points:
    """Points (about `SAMPLE`, d) of every n-th pixel that counts of every n-th row of a picture.

    Each row starts at another column, by the golden ratio, so that no pattern can hide from it.
    """
    stride = max(1, int(np.ceil((count / SAMPLE) ** 0.5)))
    parts = []
    for place, row in enumerate(range(0, len(image), stride)):
        offset = int(place * _GOLDEN % 1 * stride)
        parts.append(points(slice(row, row + 1))[offset::stride])
    found = np.concatenate(parts)
    return found if len(found) else np.concatenate([points(rows) for rows in spans(image.shape)])


def _assigned(job: _Job, centers: Centers64) -> tuple[NDArray[np.int16], float]:
    """The label (h, w) of every pixel and the inertia, block by block."""
    flat = np.empty(job.moments.pixels, np.int16)
    place, inertia = 0, 0.0
    for points in job.blocks():
        labels, of_block = job.engine.assign(points, centers, threads=job.threads)
        flat[place : place + len(labels)] = labels
        place += len(labels)
        inertia += of_block
    return _spread(job, flat), inertia


def _spread(job: _Job, flat: NDArray[np.int16]) -> NDArray[np.int16]:
    """Labels of the pixels that count as (h, w), -1 for the others."""
    shape = job.image.shape[:2]
    if flat.size == shape[0] * shape[1]:
        return flat.reshape(shape)
    labels = np.full(shape, LEFT_OUT, np.int16)
    labels[job.image[:, :, 3] > 0] = flat
    return labels


def _ordered(job: _Job, found: _Found) -> Clusters:
    """The result with the largest cluster first; equal ones stay in the order they were found."""
    k = len(found.centers)
    pixels, sums = _sums(job.image, found.labels, k)
    order = np.argsort(-pixels, kind="stable")
    if not np.array_equal(order, np.arange(k)):
        rank = np.empty(k + 1, np.int16)
        rank[order] = np.arange(k)
        rank[k] = LEFT_OUT  # which a label of -1 finds
        for rows in spans(found.labels.shape):
            found.labels[rows] = rank[found.labels[rows]]
    centers = job.scaling.original(found.centers, origin=job.moments.mean)
    return Clusters(
        labels=found.labels,
        centers=centers[order],
        palette=_means(sums, pixels)[order],
        pixels=pixels[order],
        inertia=float(found.inertia),
        n_iter=found.n_iter,
        engine=job.engine.describe().name,
        reason=job.reason,
    )


def _sums(
    image: Image, labels: NDArray[np.int16], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pixels (k,) of each cluster, and sums (k, c) of its colours, times alpha where there is one.

    Whole numbers below 2^53, so the sums are exact in whatever order.
    """
    channels = image.shape[2]
    pixels, sums = np.zeros(k, np.int64), np.zeros((k, channels))
    for rows in spans(labels.shape):
        own, part = labels[rows].reshape(-1), image[rows].reshape(-1, channels)
        if channels == 4 and (own < 0).any():
            part, own = part[own >= 0], own[own >= 0]
        pixels += np.bincount(own, minlength=k)
        alpha = part[:, 3].astype(np.float64) if channels == 4 else 1.0
        for channel in range(3):
            sums[:, channel] += np.bincount(own, part[:, channel] * alpha, minlength=k)
        if channels == 4:
            sums[:, 3] += np.bincount(own, alpha, minlength=k)
    return pixels, sums


def _means(sums: NDArray[np.float64], pixels: NDArray[np.int64]) -> Palette:
    """Mean colours (k, c) uint8, rounded half to even; alpha 0 is (0, 0, 0, 0)."""
    count = np.maximum(pixels, 1)[:, None]
    if sums.shape[1] == 3:
        opaque: Palette = np.rint(sums / count).astype(np.uint8)
        return opaque
    colors = sums[:, :3] / np.maximum(sums[:, 3:], 1)
    means = np.rint(np.concatenate([colors, sums[:, 3:] / count], axis=1))
    palette: Palette = means.astype(np.uint8)
    palette[palette[:, 3] == 0] = 0
    return palette
