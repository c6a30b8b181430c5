"""Areas of label images in NumPy: the oracle of the kernels, and what runs without them.

All take labels (h, w) int32; `count` says that they lie in 0..count-1.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Labels = NDArray[np.int32]


def label_components(labels: Labels) -> tuple[Labels, int]:
    """4-connected areas of equal label, numbered in raster order of first pixels, and how many.

    Every pixel points at an earlier one of its area; pointers are followed and joined until each
    points at the first.
    """
    h, w = labels.shape
    index = np.arange(h * w).reshape(h, w)
    beside, below = labels[:, 1:] == labels[:, :-1], labels[1:] == labels[:-1]
    one = np.concatenate([index[:, :-1][beside], index[:-1][below]])
    two = np.concatenate([index[:, 1:][beside], index[1:][below]])
    first = np.arange(h * w)
    while len(one):
        a, b = first[one], first[two]
        apart = a != b
        one, two, a, b = one[apart], two[apart], a[apart], b[apart]
        np.minimum.at(first, np.maximum(a, b), np.minimum(a, b))
        while True:
            further = first[first]
            if np.array_equal(further, first):
                break
            first = further
    _, numbers = np.unique(first, return_inverse=True)
    found: Labels = numbers.reshape(h, w).astype(np.int32)
    return found, int(found.max()) + 1


def label_extents(labels: Labels, count: int) -> NDArray[np.int64]:
    """(count, 7): pixels, sum of x, sum of y, left, top, right, bottom (inclusive)."""
    rows, columns = np.indices(labels.shape)
    flat, x, y = labels.reshape(-1), columns.reshape(-1), rows.reshape(-1)
    out = np.zeros((count, 7), np.int64)
    out[:, 3], out[:, 4], out[:, 5:] = labels.shape[1], labels.shape[0], -1
    np.add.at(out[:, 0], flat, 1)
    np.add.at(out[:, 1], flat, x)
    np.add.at(out[:, 2], flat, y)
    np.minimum.at(out[:, 3], flat, x)
    np.minimum.at(out[:, 4], flat, y)
    np.maximum.at(out[:, 5], flat, x)
    np.maximum.at(out[:, 6], flat, y)
    return out


def label_band_sums(
    labels: Labels,
    values: NDArray[np.float32],
    sums: NDArray[np.float64],
    products: NDArray[np.float64] | None,
) -> None:
    """Add values (rows, w, d) to sums (count, d), products of two to (count, d (d + 1) / 2)."""
    flat, pixels = labels.reshape(-1), values.reshape(-1, values.shape[2]).astype(np.float64)
    np.add.at(sums, flat, pixels)
    if products is not None:
        one, two = np.triu_indices(values.shape[2])
        np.add.at(products, flat, pixels[:, one] * pixels[:, two])


def label_borders(
    labels: Labels, right: NDArray[np.float32] | None, below: NDArray[np.float32] | None
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """Pairs (m, 2) of areas that touch, sorted; shared pixel sides (m,); contrast along them (m,).

    `right` and `below` (h, w) hold the contrast to the right and to the lower neighbour.
    """
    none = np.zeros(labels.shape, np.float32)
    right, below = none if right is None else right, none if below is None else below
    one = np.concatenate([labels[:, :-1].reshape(-1), labels[:-1].reshape(-1)]).astype(np.int64)
    two = np.concatenate([labels[:, 1:].reshape(-1), labels[1:].reshape(-1)]).astype(np.int64)
    between = np.concatenate([right[:, :-1].reshape(-1), below[:-1].reshape(-1)])
    apart = one != two
    keys = (np.minimum(one, two) << 32 | np.maximum(one, two))[apart]
    found, where, lengths = np.unique(keys, return_inverse=True, return_counts=True)
    pairs = np.stack([found >> 32, found & 0xFFFFFFFF], axis=1).astype(np.int32)
    contrast = np.zeros(len(found))
    np.add.at(contrast, where, between[apart])
    return pairs, lengths.astype(np.int64), contrast


def label_depths(labels: Labels, threads: int = 1) -> NDArray[np.float32]:
    """Squared distance of each pixel to the nearest of another label; outside is another.

    Along the rows first; then up and down each column, as far as it stays in the area.
    """
    del threads
    padded = np.pad(labels.astype(np.int64), 1, constant_values=-1)
    across = np.full(labels.shape, np.inf)
    for axis_labels, out in ((padded, across), (padded[:, ::-1], across[:, ::-1])):
        run = np.zeros(labels.shape[0])
        for x in range(labels.shape[1]):
            same = axis_labels[1:-1, x + 1] == axis_labels[1:-1, x]
            run = np.where(same, run + 1, 1)
            out[:, x] = np.minimum(out[:, x], run)
    square = across**2
    best = square.copy()
    h = labels.shape[0]
    for turn in (1, -1):
        mine, near = labels[::turn], square[::turn]
        found = best[::turn]
        alive = np.ones(labels.shape, bool)
        for step in range(1, h + 1):
            if step * step >= found.max() or not alive.any():
                break
            shifted = np.full(labels.shape, -1, np.int64)
            shifted[step:] = mine[:-step] if step < h else mine[:0]
            reach = np.zeros(labels.shape)
            reach[step:] = near[:-step] if step < h else near[:0]
            inside = shifted == mine
            candidate = step * step + np.where(inside, reach, 0)
            found[alive] = np.minimum(found, candidate)[alive]
            alive &= inside
    return best.astype(np.float32)


def label_deepest(
    labels: Labels, depths: NDArray[np.float32], near: NDArray[np.float64]
) -> NDArray[np.int64]:
    """(count,) index of the deepest pixel; of equal ones the nearest to `near` (x, y)."""
    flat = labels.reshape(-1)
    rows, columns = np.indices(labels.shape)
    gap = (columns.reshape(-1) - near[flat, 0]) ** 2 + (rows.reshape(-1) - near[flat, 1]) ** 2
    order = np.lexsort((np.arange(len(flat)), gap, -depths.reshape(-1), flat))
    first = np.searchsorted(flat[order], np.arange(len(near)))
    return order[first].astype(np.int64)


def join_in_order(pairs: NDArray[np.int32], count: int, most: int) -> NDArray[np.int64]:
    """(count,) what each thing joins: of each pair in order the second goes into the first.

    A pair one of whose things is gone is passed over; after `most` it ends.
    """
    onto, gone = np.arange(count), bytearray(count)
    for one, two in pairs.tolist():
        if most <= 0:
            break
        if not (gone[one] or gone[two]):
            gone[two] = 1
            onto[two] = one
            most -= 1
    return onto


STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))
"""Directions on the screen, y downwards, clockwise: east, south, west, north."""
LEFT = ((0, -1), (0, 0), (-1, 0), (-1, -1))
"""The pixel on the left hand of one who leaves a corner, as an offset from pixel (x, y)."""


class _Tracer:
    """See native/label_contours.cpp, which does the same."""

    def __init__(self, labels: Labels) -> None:
        self.h, self.w = labels.shape
        self.labels = np.pad(labels, 1, constant_values=-1)
        self.seen: set[tuple[int, int, int]] = set()
        self.chains: list[list[tuple[int, int]]] = []
        self.sides: list[tuple[int, int]] = []
        self.starts: dict[tuple[int, int, int], int] = {}

    def left_of(self, x: int, y: int, d: int) -> int:
        across, down = LEFT[d]
        return int(self.labels[y + down + 1, x + across + 1])

    def border(self, x: int, y: int, d: int) -> bool:
        return self.left_of(x, y, d) != self.left_of(x, y, (d + 1) & 3)

    def knot(self, x: int, y: int) -> bool:
        ways = sum(self.border(x, y, d) for d in range(4))
        return ways > 2 or (ways > 0 and x in (0, self.w) and y in (0, self.h))

    def walk(self, x: int, y: int, d: int) -> None:
        begin, first = (x, y), d
        line = [begin]
        self.sides.append((self.left_of(x, y, d), self.left_of(x, y, (d + 1) & 3)))
        while True:
            self.seen.add((x, y, d))
            x, y = x + STEPS[d][0], y + STEPS[d][1]
            self.seen.add((x, y, (d + 2) & 3))
            line.append((x, y))
            if (x, y) == begin or self.knot(x, y):
                break
            d = next((d + turn) & 3 for turn in (3, 0, 1) if self.border(x, y, (d + turn) & 3))
        if self.knot(*begin):
            self.starts[(*begin, first)] = 2 * len(self.chains)
            self.starts[(x, y, (d + 2) & 3)] = 2 * len(self.chains) + 1
        self.chains.append(line)

    def trace(self) -> None:
        for knots in (True, False):
            for y in range(self.h + 1):
                for x in range(self.w + 1):
                    if knots and not self.knot(x, y):
                        continue
                    for d in range(4):
                        if (x, y, d) not in self.seen and self.border(x, y, d):
                            self.walk(x, y, d)

    def next(self, code: int) -> int:
        line = self.chains[code // 2]
        if code & 1:
            line = line[::-1]
        (bx, by), (x, y) = line[-2], line[-1]
        if not self.knot(x, y):
            return code
        d = STEPS.index((x - bx, y - by))
        mine = self.sides[code // 2][code & 1]
        ways = ((d + turn) & 3 for turn in (3, 0, 1))
        way = next(n for n in ways if self.border(x, y, n) and self.left_of(x, y, n) == mine)
        return self.starts[(x, y, way)]


def label_contours(labels: Labels) -> tuple[Any, ...]:
    """Borders as lines and rings; see `contours.Contours`."""
    tracer = _Tracer(labels)
    tracer.trace()
    codes: list[int] = []
    rings, of = [0], []
    used: set[int] = set()
    for code in range(2 * len(tracer.chains)):
        mine = tracer.sides[code // 2][code & 1]
        if code in used or mine < 0:
            continue
        at = code
        while at not in used:
            used.add(at)
            codes.append(at)
            at = tracer.next(at)
        rings.append(len(codes))
        of.append(mine)
    points = np.array([point for line in tracer.chains for point in line], np.int32)
    offsets = np.cumsum([0, *map(len, tracer.chains)], dtype=np.int64)
    sides = np.array(tracer.sides, np.int32).reshape(-1, 2)
    return (
        points.reshape(-1, 2),
        offsets,
        np.ascontiguousarray(sides[:, 0]),
        np.ascontiguousarray(sides[:, 1]),
        np.array(codes, np.int32),
        np.array(rings, np.int64),
        np.array(of, np.int32),
    )


def simplify_lines(
    points: NDArray[np.float64], offsets: NDArray[np.int64], tolerance: float
) -> NDArray[np.uint8]:
    """Which points to keep so that none dropped is further than `tolerance` from what stays.

    D. Douglas, T. Peucker, "Algorithms for the reduction of the number of points required to
    represent a digitized line or its caricature", Cartographica 10 (1973) 112-122.
    """
    keep = np.zeros(len(points), np.uint8)
    for first, end in pairwise(offsets.tolist()):
        if first == end:
            continue
        keep[[first, end - 1]] = 1
        parts = [(first, end - 1)]
        while parts:
            a, b = parts.pop()
            if b - a < 2:
                continue
            way, ahead = points[a + 1 : b] - points[a], points[b] - points[a]
            long2 = float(ahead @ ahead)
            along = np.clip(way @ ahead / long2, 0, 1) if long2 > 0 else np.zeros(len(way))
            off = np.square(way - along[:, None] * ahead).sum(axis=1)
            where = int(off.argmax())
            if off[where] <= 0 or (off[where] <= tolerance**2 and long2 > 0):
                continue
            keep[a + 1 + where] = 1
            parts += [(a, a + 1 + where), (a + 1 + where, b)]
    return keep
