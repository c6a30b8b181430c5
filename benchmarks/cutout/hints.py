"""Hints made from a known mask as a user would give them; both sides get the same.

- none: nothing. grabCut cannot start from nothing: it gets the picture without a rim of 1 %, 5 %
  or 10 % of the shorter side, and the rim that suits it best over all pictures counts.
- box: the bounding box of the mask, widened on each side by 2 % of the picture's longer side.
- strokes: one on the thing and one on the background, 3 pixels wide: the middle 60 % of the longest
  way along the medial axis of each. grabCut gets them as certain, and the rest as 'probably
  background' or as 'probably thing', whichever suits it best over all pictures.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SHARE = 0.6
WIDENED = 0.02
RIMS = (0.01, 0.05, 0.1)


class Known(NamedTuple):
    """A picture with its mask and the hints made from it.

    Attributes:
        name: folder and file.
        image: (h, w, 3) uint8.
        mask: (h, w) bool.
        box: (x, y, width, height).
        fg: (h, w) bool, the stroke on the thing.
        bg: (h, w) bool, the stroke on the background.
    """

    name: str
    image: np.ndarray
    mask: np.ndarray
    box: tuple[int, int, int, int]
    fg: np.ndarray
    bg: np.ndarray


def known(name: str, image: np.ndarray, mask: np.ndarray) -> Known:
    """The picture with hints."""
    return Known(name, image, mask, box_of(mask), stroke_in(mask), stroke_in(~mask))


def box_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    """The widened bounding box."""
    rows, columns = np.nonzero(mask)
    height, width = mask.shape
    more = round(WIDENED * max(height, width))
    left, top = max(0, int(columns.min()) - more), max(0, int(rows.min()) - more)
    right = min(width, int(columns.max()) + 1 + more)
    bottom = min(height, int(rows.max()) + 1 + more)
    return left, top, right - left, bottom - top


def stroke_in(mask: np.ndarray) -> np.ndarray:
    """(h, w) bool: the middle of the longest way along the medial axis, from its deepest point."""
    from scipy.ndimage import binary_dilation
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra
    from skimage.morphology import medial_axis

    axis, depth = medial_axis(np.pad(mask, 1), return_distance=True, rng=0)
    axis, depth = axis[1:-1, 1:-1], depth[1:-1, 1:-1]
    rows, columns = np.nonzero(axis)
    number = np.full(axis.shape, -1)
    number[rows, columns] = np.arange(len(rows))
    ends: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        row, column = rows + down, columns + right
        there = (row < axis.shape[0]) & (column >= 0) & (column < axis.shape[1])
        other = np.full(len(rows), -1)
        other[there] = number[row[there], column[there]]
        joined = other >= 0
        length = np.full(int(joined.sum()), float(np.hypot(down, right)))
        ends.append((np.nonzero(joined)[0], other[joined], length))
    one, two, lengths = (np.concatenate(part) for part in zip(*ends, strict=True))
    graph = coo_matrix((lengths, (one, two)), (len(rows), len(rows))).tocsr()

    def farthest(start: int) -> tuple[int, np.ndarray]:
        ways, before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
        ways[~np.isfinite(ways)] = -1
        return int(np.argmax(ways)), before

    start = farthest(int(np.argmax(depth[rows, columns])))[0]
    end, before = farthest(start)
    way = [end]
    while way[-1] != start:
        way.append(int(before[way[-1]]))
    rest = int(len(way) * (1 - SHARE) / 2)
    way = way[rest : len(way) - rest] or way
    line = np.zeros(mask.shape, bool)
    line[rows[way], columns[way]] = True
    return np.asarray(binary_dilation(line, np.ones((3, 3))) & mask)
