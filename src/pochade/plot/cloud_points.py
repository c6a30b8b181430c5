"""The points of a cloud made ready to be looked at: few enough, and each with a place.

Up to `MOST` colours are shown as they are. More are gathered in the cells of a grid (7 bits a
channel, then 6), each shown in the mean of its pixels' colours, which lies in its cell. At 6 bits
there are at most 262,144 cells, and photos fill far fewer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.plot.cloud_result import CloudResult
    from pochade.types import Image, Pixels

MOST = 200_000
FEWEST_BITS = 6
CHUNK = 1 << 20
# An odd number has an inverse modulo 2^32, so that multiplying by it shuffles all places.
SHUFFLE = 2_654_435_769
UNSHUFFLE = pow(SHUFFLE, -1, 1 << 32)


class Shown(NamedTuple):
    """The points that a page or a picture shows, in the order of their cells.

    Attributes:
        colors: (m, 3) uint8.
        counts: (m,) uint32: pixels of each.
        merged: (m,) uint32: how many distinct colours each stands for.
        labels: (m,) int32: the cluster of each (of most of its pixels), or None.
        cells: (m,) uint32, ascending, all different: ``(r >> s) << 16 | (g >> s) << 8 | b >> s``.
        shift: s, the bits dropped: 0 where every colour is shown.
    """

    colors: Pixels
    counts: NDArray[np.uint32]
    merged: NDArray[np.uint32]
    labels: NDArray[np.int32] | None
    cells: NDArray[np.uint32]
    shift: int


def shown_points(result: CloudResult, *, most: int = MOST) -> Shown:
    """The colours of a cloud, gathered in cells where they are more than `most`."""
    colors, counts, labels = result.colors, result.counts, result.labels
    if len(colors) <= most:
        ones = np.ones(len(colors), np.uint32)
        return Shown(colors, counts, ones, labels, cell_of(colors, 0), 0)
    for shift in range(1, 9 - FEWEST_BITS):
        # The cells of a grid are few enough for a table: no sorting.
        bits = 8 - shift
        red, green, blue = (colors >> shift).astype(np.int64).T
        dense = (red << bits | green) << bits | blue
        used = np.flatnonzero(np.bincount(dense, minlength=1 << 3 * bits))
        if len(used) <= most:
            break
    number = np.zeros(1 << 3 * bits, np.int64)
    number[used] = np.arange(len(used))
    place = number[dense]
    grid = np.stack([used >> 2 * bits, used >> bits, used], axis=1) & (1 << bits) - 1
    cells = cell_of(grid.astype(np.uint8), 0)
    total = np.bincount(place, weights=counts)
    sums = [np.bincount(place, weights=counts * colors[:, c].astype(np.float64)) for c in range(3)]
    means = np.rint(np.stack(sums, axis=1) / total[:, None]).astype(np.uint8)
    heaviest = None if labels is None else _heaviest(place, labels, counts, len(cells))
    merged = np.bincount(place).astype(np.uint32)
    return Shown(means, total.astype(np.uint32), merged, heaviest, cells, shift)


def cell_of(colors: Pixels, shift: int) -> NDArray[np.uint32]:
    """The grid cell of each colour (..., 3) uint8; with shift 0 the colour itself.

    >>> cell_of(np.array([[255, 1, 2]], np.uint8), 0).tolist()
    [16711938]
    """
    wide = (colors >> shift).astype(np.uint32)
    red, green, blue = np.moveaxis(wide, -1, 0)
    return np.asarray(red << 16 | green << 8 | blue, np.uint32)


def _heaviest(
    place: NDArray[np.intp], labels: NDArray[np.int32], counts: NDArray[np.uint32], cells: int
) -> NDArray[np.int32]:
    """The label that most pixels of each cell have; the lowest among equals."""
    both, at = np.unique(place.astype(np.int64) << 17 | labels, return_inverse=True)
    weight = np.bincount(at, weights=counts)
    order = np.lexsort((both, -weight))  # the heaviest first; np.unique keeps the first of each
    cell, first = np.unique((both >> 17)[order], return_index=True)
    assert len(cell) == cells
    return np.asarray(both[order][first] & 0x1FFFF, np.int32)


def places(picture: Image, shown: Shown) -> NDArray[np.uint32]:
    """One place of each point in the picture: (m, 2) uint32, (x, y) of a pixel of that colour.

    Of all its pixels, one that looks picked at random but is always the same. Fully transparent
    pixels are passed over. Takes 64 MiB and some 10 MB, and a fraction of a second for 24
    megapixels.
    """
    index = np.zeros(1 << 24, np.int32)
    index[shown.cells] = np.arange(1, len(shown.cells) + 1, dtype=np.int32)
    height, width, channels = picture.shape
    least = np.full(len(shown.cells) + 1, np.iinfo(np.uint32).max, np.uint32)
    rows = max(1, CHUNK // width)
    for top in range(0, height, rows):
        block = picture[top : top + rows]
        found = index[cell_of(block[:, :, :3], shown.shift)].reshape(-1)
        if channels == 4:
            found[block[:, :, 3].reshape(-1) == 0] = 0
        at = np.arange(top * width, top * width + len(found), dtype=np.uint64)
        np.minimum.at(least, found, (at * SHUFFLE & 0xFFFFFFFF).astype(np.uint32))
    at = least[1:].astype(np.uint64) * UNSHUFFLE & 0xFFFFFFFF
    return np.stack([at % width, at // width], axis=1).astype(np.uint32)


def sample(picture: Image, longest: int) -> Image:
    """Pixels of the picture itself, as a small picture of at most `longest` a side: (h, w, c)."""
    height, width = picture.shape[:2]
    factor = max(1.0, max(height, width) / longest)
    rows, columns = (
        ((np.arange(max(1, round(side / factor))) + 0.5) * side / max(1, round(side / factor)))
        .astype(np.int64)
        .clip(0, side - 1)
        for side in (height, width)
    )
    return np.ascontiguousarray(picture[rows[:, None], columns[None, :]])
