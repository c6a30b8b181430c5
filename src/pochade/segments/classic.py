"""RajaRavi's merging: neighbours of the nearest mean colour, in bulk first, then pair by pair.

The way of github.com/christyjestin/rajaravi: rounds that merge the closest share of all pairs by
the distance of their mean colours alone, whatever their size; from the third round on also what is
still small; and below 2,000 regions one closest pair after the other. Its counts went below what
was asked for, and distances were out of date within a round; here the number asked for is met.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.regions import build_tree, cut
from pochade.segments.kernels import kernels
from pochade.segments.measure import region_means
from pochade.segments.merge import nearest_neighbours, unions, weighted_means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.regions.bands import Source

ONE_BY_ONE = 2000
"""Regions from which on one pair is merged at a time."""
CULLED_FROM = 2
"""Rounds before small regions are merged as well; their limit then doubles with each."""
LARGEST = 1 << 19
"""Regions to begin with at most: larger pictures begin with those of a region tree."""


def merge_by_color(
    source: Source,
    count: int,
    *,
    bulk: float = 0.5,
    size_cull: bool = True,
    threads: int = 1,
    poll: Any = None,
) -> NDArray[np.int32]:
    """Merge neighbouring areas until `count` are left (or all that differ from their neighbours).

    Args:
        source: the picture; colours are compared in its working space.
        count: regions.
        bulk: share of the regions that one round merges away at most.
        size_cull: merge small regions after a round as well.
        threads: see `build_tree`.
        poll: called with the share of the work done.

    Returns:
        (h, w) int32 labels in raster order.
    """
    poll = poll or (lambda share: None)
    values = source.values(threads=threads)
    h, w = source.shape
    if h * w > LARGEST:
        begin = build_tree(source.pixels, space=source.space, threads=threads)
        labels = cut(begin, regions=max(LARGEST, count)).labels
        del begin
    else:
        labels = np.arange(h * w, dtype=np.int32).reshape(h, w)
    area = np.bincount(labels.reshape(-1)).astype(np.int64)
    pairs, lengths, _ = kernels.label_borders(labels, None, None)
    graph = _Graph(region_means(labels, len(area), values), area, pairs, lengths)
    del values
    became = np.arange(len(area))
    target = max(count, ONE_BY_ONE)
    turn = 0
    while len(graph.area) > target:
        graph, where = _joined(graph, _bulk(graph, bulk, len(graph.area) - target))
        became = where[became]
        if size_cull and turn >= CULLED_FROM:
            limit, most = 2 ** (turn - CULLED_FROM), len(graph.area) - target
            graph, where = _joined(graph, _culled(graph, limit, most))
            became = where[became]
        turn += 1
        poll(min(0.9, turn / 16))
    _, where = _joined(graph, _one_by_one(graph, count))
    return where[became].astype(np.int32)[labels]


class _Graph(NamedTuple):
    """Regions in raster order: means, pixels; pairs that touch, and the sides that they share."""

    means: NDArray[np.float64]
    area: NDArray[np.int64]
    pairs: NDArray[np.integer[Any]]
    lengths: NDArray[np.int64]


def _joined(graph: _Graph, onto: NDArray[np.int64]) -> tuple[_Graph, NDArray[np.int64]]:
    """The graph after each region joined another, and where each went."""
    where = unions(len(onto), np.arange(len(onto)), onto)
    pairs = np.sort(where[graph.pairs], axis=1)
    apart = pairs[:, 0] != pairs[:, 1]
    keys = pairs[apart, 0] << 32 | pairs[apart, 1]
    found, place = np.unique(keys, return_inverse=True)
    lengths = np.bincount(place, graph.lengths[apart], len(found)).astype(np.int64)
    left = np.stack([found >> 32, found & 0xFFFFFFFF], axis=1)
    means = weighted_means(graph.means, graph.area, where)
    area = np.bincount(where, graph.area).astype(np.int64)
    return _Graph(means, area, left, lengths), where


def _bulk(graph: _Graph, share: float, most: int) -> NDArray[np.int64]:
    """What each region joins: the closest pairs first, each region leaving at most once."""
    pairs, means = graph.pairs, graph.means
    gap = np.square(means[pairs[:, 0]] - means[pairs[:, 1]]).sum(axis=1)
    wanted = min(len(gap), max(1, round(share * len(means))))
    chosen = np.argsort(gap, kind="stable")[:wanted]  # pairs are sorted: ties to the lower labels
    order = np.ascontiguousarray(pairs[chosen], np.int32)
    onto: NDArray[np.int64] = kernels.join_in_order(order, len(means), most)
    return onto


def _culled(graph: _Graph, limit: int, most: int) -> NDArray[np.int64]:
    """What regions of at most `limit` pixels join, the smallest first, so many at most."""
    small = np.flatnonzero(graph.area <= limit)
    small = small[np.argsort(graph.area[small], kind="stable")][:most]
    wanted = np.zeros(len(graph.area), bool)
    wanted[small] = True
    return nearest_neighbours(graph.means, graph.pairs, graph.lengths, wanted)


def _one_by_one(graph: _Graph, count: int) -> NDArray[np.int64]:
    """What each region ends in when the closest pair is merged until `count` are left."""
    means, area, pairs, _ = graph
    around: list[set[int]] = [set() for _ in means]
    for one, two in pairs.tolist():
        around[one].add(two)
        around[two].add(one)
    color, size = list(means), area.tolist()
    version = [0] * len(size)
    onto = np.arange(len(size))

    def entry(one: int, two: int) -> tuple[float, int, int, int, int]:
        low, high = min(one, two), max(one, two)
        gap = color[low] - color[high]
        return float(gap @ gap), low, high, version[low], version[high]

    queue = [entry(one, two) for one, two in pairs.tolist()]
    heapq.heapify(queue)
    left = len(size)
    while left > count and queue:
        _, low, high, *then = heapq.heappop(queue)
        if then != [version[low], version[high]]:
            continue
        whole = size[low] + size[high]
        color[low] = (color[low] * size[low] + color[high] * size[high]) / whole
        size[low] = whole
        onto[high] = low
        version[low] += 1
        version[high] = -1
        around[low] |= around[high]
        around[low] -= {low, high}
        for other in around[high] - {low}:
            around[other].discard(high)
            around[other].add(low)
        for other in around[low]:
            heapq.heappush(queue, entry(low, other))
        left -= 1
    return onto
