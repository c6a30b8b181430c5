"""Sums over the nodes of a binary tree of regions, and what an anchor takes from them.

Nodes are numbered as in `pochade.regions.RegionTree`: leaves 0..n-1, then unions, each after its
two children, the root last and its own parent.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.painting.anchors import Anchors
from pochade.regions import tree_reference
from pochade.regions.tree import _native

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.painting.working import Working

# Angles and the like go through functions whose last bit differs between processors.
ANGLE_STEP = 1e-4
ROUND_STEP = 1e-4


class Spans(NamedTuple):
    """The leaves of every node as a stretch of one order of all leaves.

    Attributes:
        order: (n,) the leaves, so that those of each node are neighbours.
        first: (2n-1,) where the leaves of each node begin in `order`.
        past: (2n-1,) where they end.
        children: (n-1, 2) the parts of each union, lower number first; row i is node n+i.
    """

    order: NDArray[np.int32]
    first: NDArray[np.int32]
    past: NDArray[np.int32]
    children: NDArray[np.int32]


class NodeTable(NamedTuple):
    """What anchors need to know of every node, in pixels of the frame; see `Anchors`.

    Every field has a row for each of the 2n-1 nodes, float32.
    """

    positions: NDArray[np.float32]
    colors: NDArray[np.float32]
    tones: NDArray[np.float32]
    sizes: NDArray[np.float32]
    angles: NDArray[np.float32]
    elongations: NDArray[np.float32]


def anchors_of(table: NodeTable, rows: Any, frame: tuple[int, int]) -> Anchors:
    """The anchors of some rows of a table."""
    return Anchors(**{name: column[rows] for name, column in table._asdict().items()}, frame=frame)


def spans_of(parents: NDArray[np.int32]) -> Spans:
    """Order the leaves so that every node is a stretch of them."""
    count = len(parents)
    n = (count + 1) // 2
    ones = np.ones(n, np.int32)
    leaves = (
        tree_reference.node_sizes(parents, ones)
        if _native is None
        else _native.region_sizes(parents, ones)
    )
    children = np.argsort(parents[:-1], kind="stable").astype(np.int32).reshape(-1, 2)
    # How far a node begins after its parent; then the sum of that along the way to the root, twice
    # as far with each round.
    first = np.zeros(count, np.int64)
    first[children[:, 1]] = leaves[children[:, 0]]
    up = parents.astype(np.int64)
    while np.any(up != count - 1):
        first += first[up]
        up = up[up]
    order = np.empty(n, np.int32)
    order[first[:n]] = np.arange(n, dtype=np.int32)
    return Spans(order, first.astype(np.int32), (first + leaves).astype(np.int32), children)


def node_sums(spans: Spans, leaves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums (2n-1, d) over every node from those of the leaves (n, d)."""
    running = np.zeros((len(leaves) + 1, leaves.shape[1]))
    np.cumsum(leaves[spans.order], axis=0, out=running[1:])
    summed: NDArray[np.float64] = running[spans.past] - running[spans.first]
    # Leaves as they are, without what rounding leaves of a difference of long sums.
    summed[: len(leaves)] = leaves
    return summed


def raised(spans: Spans, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The highest value (2n-1,) in each node and all its parts.

    Unions in the order in which a walk from the root meets them are stretches, too, so the highest
    of each is that of two overlapping stretches of a power of two in length.
    """
    n = len(spans.order)
    inner = np.arange(n, 2 * n - 1)
    if not len(inner):
        return values.copy()
    length = spans.past[inner] - spans.first[inner]
    # Outer ones before inner ones that begin at the same leaf: longer first.
    walk = inner[np.lexsort((-length, spans.first[inner]))]
    place = np.empty(len(inner), np.int64)
    place[walk - n] = np.arange(len(inner))
    best = values[walk]
    out = values.copy()
    size = length - 1  # unions within the node, itself too
    level = np.frexp(size.astype(np.float64))[1] - 1  # the power of two that fits into it
    for power in range(int(level.max()) + 1):
        mine = np.flatnonzero(level == power)
        begin = place[mine]
        end = begin + size[mine] - (1 << power)
        out[n + mine] = np.maximum(best[begin], best[end])
        step = 1 << power
        best = np.maximum(best[:-step], best[step:]) if len(best) > step else best[:0]
    return np.maximum(out, values)


def node_table(working: Working, labels: NDArray[np.int32], spans: Spans) -> NodeTable:
    """Measure every node.

    Args:
        working: the picture.
        labels: (h, w) int32: the leaf of each pixel; none is empty.
        spans: of the tree.
    """
    n = len(spans.order)
    sums = node_sums(spans, leaf_sums(working, labels, n))
    middle = sums[:, 1:3] / sums[:, :1]
    return measured(sums, interior(labels, spans, middle), working.frame, labels.shape)


def area_table(working: Working, labels: NDArray[np.int32], count: int) -> NodeTable:
    """Measure areas that are no tree: a row for each of the labels 0..count-1."""
    sums = leaf_sums(working, labels, count)
    middle = sums[:, 1:3] / sums[:, :1]
    pixel = np.floor(middle + 0.5).astype(np.int64)
    stray = np.flatnonzero(labels[pixel[:, 0], pixel[:, 1]] != np.arange(count))
    points = middle.copy()
    if len(stray):
        points[stray] = nearest_own(labels, stray, middle)
    return measured(sums, points, working.frame, labels.shape)


def measured(
    sums: NDArray[np.float64],
    points: NDArray[np.float64],
    frame: tuple[int, int],
    shape: tuple[int, ...],
) -> NodeTable:
    """What sums (m, 12) as those of `leaf_sums`, and points within, say of areas."""
    area = sums[:, :1]
    means = sums[:, 1:] / area
    middle = means[:, :2]
    scale = np.array([side / own for side, own in zip(frame, shape, strict=True)])
    # A pixel is a square, not a point: a twelfth of its side squared in either direction.
    spread = (means[:, 2:4] - middle**2 + 1 / 12) * scale**2
    across = (means[:, 4] - middle[:, 0] * middle[:, 1]) * scale[0] * scale[1]
    angles, elongations = shapes(spread[:, 0], spread[:, 1], across)
    return NodeTable(
        ((points + 0.5) * scale).astype(np.float32),
        means[:, 5:8].astype(np.float32),
        means[:, 8:11].astype(np.float32),
        np.sqrt(area[:, 0] * scale[0] * scale[1]).astype(np.float32),
        angles,
        elongations,
    )


def leaf_sums(working: Working, labels: NDArray[np.int32], n: int) -> NDArray[np.float64]:
    """(n, 12): pixels, rows, columns, their squares and product, colours, tones, of each leaf."""
    if _native is not None:
        given = (np.ascontiguousarray(one) for one in (labels, working.pixels, working.tones))
        found: NDArray[np.float64] = _native.anchor_sums(*given, n)
        return found
    return leaf_sums_reference(working, labels, n)


def leaf_sums_reference(working: Working, labels: NDArray[np.int32], n: int) -> NDArray[np.float64]:
    """`leaf_sums` in NumPy."""
    flat = labels.reshape(-1)
    high, wide = labels.shape
    rows = np.repeat(np.arange(high, dtype=np.float64), wide)
    cols = np.tile(np.arange(wide, dtype=np.float64), high)
    bands: list[Any] = [None, rows, cols, rows * rows, cols * cols, rows * cols]
    bands += list(working.pixels.reshape(-1, 3).T) + list(working.tones.reshape(-1, 3).T)
    return np.column_stack([np.bincount(flat, band, n) for band in bands])


def interior(
    labels: NDArray[np.int32],
    spans: Spans,
    middle: NDArray[np.float64],
) -> NDArray[np.float64]:
    """A point (row, col) within each node (2n-1, 2): pixel (0, 0) has its middle at (0, 0).

    The centroid where it lies on a pixel of the node; else, of a leaf, the middle of its pixel
    nearest to the centroid, and of a union, the point of its larger part. So the anchors of any cut
    lie on different pixels.
    """
    n = len(spans.order)
    rank = np.empty(n, np.int32)
    rank[spans.order] = np.arange(n, dtype=np.int32)
    pixel = np.floor(middle + 0.5).astype(np.int64)
    found = rank[labels[pixel[:, 0], pixel[:, 1]]]
    outside = (found < spans.first) | (found >= spans.past)
    points = middle.copy()
    stray = np.flatnonzero(outside[:n])
    if len(stray):
        points[stray] = nearest_own(labels, stray, middle)
    length = spans.past - spans.first
    for node in np.flatnonzero(outside[n:]) + n:  # children come before their parents
        one, other = spans.children[node - n]
        points[node] = points[one] if length[one] >= length[other] else points[other]
    return points


def nearest_own(
    labels: NDArray[np.int32], leaves: NDArray[np.intp], middle: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Of some leaves, the pixel (row, col) nearest to their point; the first of equal ones.

    Args:
        labels: (h, w) int32.
        leaves: which.
        middle: (n or more, 2): a point for each leaf.
    """
    if _native is not None:
        points = np.ascontiguousarray(middle[: int(labels.max()) + 1])
        found: NDArray[np.float64] = _native.anchor_inner(np.ascontiguousarray(labels), points)
        return found[leaves]
    return nearest_own_reference(labels, leaves, middle)


def nearest_own_reference(
    labels: NDArray[np.int32], leaves: NDArray[np.intp], middle: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`nearest_own` in NumPy."""
    wanted = np.zeros(int(labels.max()) + 1, bool)
    wanted[leaves] = True
    rows, cols = np.nonzero(wanted[labels])
    own = labels[rows, cols]
    away = (rows - middle[own, 0]) ** 2 + (cols - middle[own, 1]) ** 2
    order = np.lexsort((away, own))
    chosen = order[np.unique(own[order], return_index=True)[1]]
    return np.column_stack([rows[chosen], cols[chosen]]).astype(np.float64)


def shapes(
    down: NDArray[np.float64], along: NDArray[np.float64], across: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Angles in [0, pi) and elongations from variances of rows and columns and their covariance.

    An area that is as long as wide has the angle 0.
    """
    half = (along - down) / 2
    reach = np.sqrt(half * half + across * across)
    total = (along + down) / 2
    elongations = np.sqrt((total + reach) / np.maximum(total - reach, 1e-9 * total))
    elongations = np.rint(elongations / ROUND_STEP) * ROUND_STEP
    angles = 0.5 * np.arctan2(across, half)
    angles = np.rint(np.where(reach > 1e-6 * total, angles, 0) / ANGLE_STEP) * ANGLE_STEP
    turned = np.where(angles < 0, angles + math.pi, angles).astype(np.float32)
    turned[turned >= math.pi] = 0
    return turned, np.maximum(elongations, 1).astype(np.float32)
