"""Joining regions of a label image: small ones into the neighbour that they are most like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.segments.kernels import kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray


def joined(
    labels: NDArray[np.int32], onto: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Regions that are mapped onto each other, in chains or circles, become one.

    Args:
        labels: (h, w) connected regions 0..k-1 in the raster order of their first pixels.
        onto: (k,) the region that each joins; itself for those that stay.

    Returns:
        Labels in raster order again, and (k,) the new label of each old region.

    >>> joined(np.array([[0, 1, 2]], np.int32), np.array([0, 0, 2]))[0].tolist()
    [[0, 0, 1]]
    """
    new = unions(len(onto), np.arange(len(onto)), np.asarray(onto, np.int64))
    return new.astype(np.int32)[labels], new


def unions(
    count: int, one: NDArray[np.integer[Any]], two: NDArray[np.integer[Any]]
) -> NDArray[np.int64]:
    """(count,) the number of the union of each of `count` things, given pairs that belong together.

    Unions are numbered by their lowest members, so regions in raster order stay in it.
    """
    first = np.arange(count)
    while len(one):
        a, b = first[one], first[two]
        apart = a != b
        one, two, a, b = one[apart], two[apart], a[apart], b[apart]
        np.minimum.at(first, np.maximum(a, b), np.minimum(a, b))
        while not np.array_equal(first[first], first):
            first = first[first]
    return np.unique(first, return_inverse=True)[1].astype(np.int64)


def nearest_neighbours(
    means: NDArray[np.float64],
    pairs: NDArray[np.integer[Any]],
    lengths: NDArray[np.integer[Any]],
    wanted: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """(k,) for each wanted region the neighbour of the nearest mean; itself for the others.

    Ties go to the longer border, then to the lower label.
    """
    count = len(means)
    gap = np.square(means[pairs[:, 0]] - means[pairs[:, 1]]).sum(axis=1)
    who = np.concatenate([pairs[:, 0], pairs[:, 1]]).astype(np.int64)
    other = np.concatenate([pairs[:, 1], pairs[:, 0]]).astype(np.int64)
    order = np.lexsort((other, -np.tile(lengths, 2), np.tile(gap, 2), who))
    who, other = who[order], other[order]
    first = np.searchsorted(who, np.arange(count))
    has = (first < len(who)) & wanted
    has[has] = who[first[has]] == np.flatnonzero(has)
    out = np.arange(count)
    out[has] = other[first[has]]
    return out


def without_small(
    labels: NDArray[np.int32], means: NDArray[np.float64], least: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Regions below `least` pixels join the neighbour of the nearest colour, the smallest first.

    Args:
        labels: (h, w) connected regions 0..k-1.
        means: (k, d) what they are compared by.
        least: pixels; a picture smaller than that is one region.

    Returns:
        Labels in raster order, and the means of the regions.
    """
    area = np.bincount(labels.reshape(-1), minlength=len(means))
    limit = 1
    while True:
        limit = min(2 * limit, least)
        small = area < limit
        if small.any() and len(area) > 1:
            pairs, lengths, _ = kernels.label_borders(labels, None, None)
            onto = nearest_neighbours(means, pairs, lengths, small)
            labels, where = joined(labels, onto)
            means = weighted_means(means, area, where)
            area = np.bincount(where, area).astype(np.int64)
        elif limit == least:
            return labels, means


def weighted_means(
    means: NDArray[np.float64], area: NDArray[np.int64], where: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Means of unions: region i of the given means and areas went into `where[i]`."""
    whole = np.bincount(where, area)
    columns = [np.bincount(where, area * band) / whole for band in means.T]
    return np.stack(columns, axis=1)


def reduced(
    labels: NDArray[np.int32], means: NDArray[np.float64], scale: float
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """A label image with fewer pixels, each with the label at its middle, and its means.

    Args:
        labels: (h, w) regions 0..k-1.
        means: (k, d) a row for each.
        scale: of the sides, below 1.

    Returns:
        Connected regions in raster order (a thin one may come apart or vanish), and their means.
    """
    h, w = labels.shape
    down, across = max(1, round(h * scale)), max(1, round(w * scale))
    rows = ((np.arange(down) + 0.5) * h / down).astype(np.intp)
    columns = ((np.arange(across) + 0.5) * w / across).astype(np.intp)
    small = np.ascontiguousarray(labels[rows][:, columns])
    areas, count = kernels.label_components(small)
    of = np.empty(count, np.int64)
    of[areas.reshape(-1)] = small.reshape(-1)
    return areas, means[of]
