"""Rectangles divided where the error is largest (a k-d tree by error).

Each rectangle is divided across one side, at a third, the middle or two thirds of it, wherever the
squared error about the two means becomes least; the one of the largest error first (H. Samet, "The
quadtree and related hierarchical data structures", ACM Computing Surveys 16 (1984) 187-260).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARES = (1 / 3, 1 / 2, 2 / 3)
LONGEST = 3.0
"""A rectangle more than so many times as long as wide is divided across its length."""


class Sums:
    """Sums of the bands, and of their squares, over rectangles (top, left, bottom, right)."""

    def __init__(self, values: NDArray[np.float32], even: float) -> None:
        high, wide, bands = values.shape
        both = np.empty((high, wide, bands + 1))
        both[..., :bands] = values - values.reshape(-1, bands).mean(axis=0, dtype=np.float64)
        both[..., bands] = np.square(both[..., :bands]).sum(axis=2)
        self.table = np.zeros((high + 1, wide + 1, bands + 1))
        np.cumsum(both, axis=0, out=self.table[1:, 1:])
        np.cumsum(self.table[1:, 1:], axis=1, out=self.table[1:, 1:])
        self.even = even

    def errors(self, boxes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Squared error of each rectangle (m, 4) about its mean, place counting a little, too."""
        top, left, bottom, right = boxes.T
        table = self.table
        sums = table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left]
        high, wide = bottom - top, right - left
        area = high * wide
        own = sums[:, -1] - np.square(sums[:, :-1]).sum(axis=1) / area
        place = area * (np.square(high) + np.square(wide) - 2) * self.even / 12
        errors: NDArray[np.float64] = np.maximum(own, 0) + place
        return errors


def divide(
    values: NDArray[np.float32], finest: int, even: float
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Divide a picture (h, w, bands) into rectangles.

    All rectangles that may be among the finest are divided at once, round after round, which gives
    the same as one after the other: a part never has a larger error than the whole.

    Args:
        values: the picture.
        finest: how many rectangles, at most one for each pixel.
        even: what a squared pixel of distance counts beside squared differences of the values.

    Returns:
        The leaf of each pixel (h, w), (2n-1,) parents and (2n-1,) errors of the tree of n leaves.
    """
    sums = Sums(values, even)
    boxes = np.array([[0, 0, *values.shape[:2]]], np.int64)
    errors = sums.errors(boxes)
    parent = np.array([-1])
    fresh = np.array([0])
    while True:
        area = (boxes[fresh, 2] - boxes[fresh, 0]) * (boxes[fresh, 3] - boxes[fresh, 1])
        fresh = fresh[area > 1]
        # Those that so many others surpass are never divided.
        if len(errors) >= finest:
            least = np.partition(errors, len(errors) - finest)[len(errors) - finest]
            fresh = fresh[errors[fresh] >= least]
        if not len(fresh) or finest == 1:
            break
        one, other = _halves(sums, boxes[fresh])
        begin = len(boxes)
        boxes = np.concatenate([boxes, one, other])
        parts = np.minimum(sums.errors(boxes[begin:]), np.tile(errors[fresh], 2))
        errors = np.concatenate([errors, parts])
        parent = np.concatenate([parent, fresh, fresh])
        fresh = np.arange(begin, len(boxes))
    return _numbered(boxes, errors, parent, finest, values.shape[:2])


def _halves(sums: Sums, boxes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The best of the ways to divide each rectangle; the first of equal ones."""
    sides = boxes[:, 2:] - boxes[:, :2]
    best = np.full(len(boxes), np.inf)
    kept = (boxes.copy(), boxes.copy())
    for axis in (0, 1):
        length, width = sides[:, axis], sides[:, 1 - axis]
        may = (length > 1) & (width <= LONGEST * length)
        for share in SHARES:
            at = boxes[:, axis] + np.clip(np.rint(length * share).astype(np.int64), 1, length - 1)
            one, other = boxes.copy(), boxes.copy()
            one[:, axis + 2] = at
            other[:, axis] = at
            error = np.full(len(boxes), np.inf)
            error[may] = sums.errors(one[may]) + sums.errors(other[may])
            better = error < best
            best[better] = error[better]
            kept[0][better] = one[better]
            kept[1][better] = other[better]
    return kept


def _numbered(
    boxes: NDArray[np.int64],
    errors: NDArray[np.float64],
    parent: NDArray[np.int64],
    finest: int,
    shape: tuple[int, ...],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """The tree of the finest rectangles wanted, numbered as a region tree."""
    divided = np.unique(parent[1:])
    order = divided[np.lexsort((divided, -errors[divided]))][: finest - 1]
    chosen = np.zeros(len(boxes), bool)
    chosen[order] = True
    here = np.flatnonzero(chosen[parent] & (parent >= 0))
    ends = here[~chosen[here]]
    if not len(order):
        ends = np.array([0])
    ends = ends[np.lexsort((boxes[ends, 1], boxes[ends, 0]))]
    nodes = np.concatenate([ends, order[::-1]])
    number = np.empty(len(boxes), np.int32)
    number[nodes] = np.arange(len(nodes), dtype=np.int32)
    parents = number[parent[nodes]]
    parents[-1] = len(nodes) - 1
    labels = np.empty(shape, np.int32)
    for at, (top, left, bottom, right) in enumerate(boxes[ends].tolist()):
        labels[top:bottom, left:right] = at
    return labels, parents, errors[nodes].astype(np.float32)
