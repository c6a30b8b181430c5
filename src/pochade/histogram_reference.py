"""Counting, binning and mapping back in plain NumPy: the oracle and the fallback of `histogram`.

Slow and memory-hungry, but readable, and the same bytes as the kernels. Inputs are checked by
`pochade.histogram`, which is what to call.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pochade.types import Image, Palette, Pixels

IntArray: TypeAlias = NDArray[np.int64]


def _gray(i: int) -> int:
    return i ^ (i >> 1)


def _rotate(bits: int, by: int) -> int:
    return ((bits << by % 3) | (bits >> (3 - by % 3))) & 7


def _trailing_ones(i: int) -> int:
    return (~i & (i + 1)).bit_length() - 1


@cache
def cell_rank() -> IntArray:
    """Rank of each of the 32 x 32 x 32 colour cells along a Hilbert curve.

    Cells are numbered r << 10 | g << 5 | b by the high five bits of each channel. Rules of
    Hamilton, "Compact Hilbert Indices", Dalhousie University report CS-2006-07, section 2.

    Returns:
        32768, int64, a permutation; cells of consecutive rank share a face.
    """
    walk = [(0, 0, 0, 0, 0)]
    for _ in range(5):
        finer = []
        for r, g, b, entry, along in walk:
            for i in range(8):
                corner = _rotate(_gray(i), along + 1) ^ entry
                into = 0 if i == 0 else _gray(2 * ((i - 1) // 2))
                turn = 0 if i == 0 else _trailing_ones(i if i % 2 else i - 1)
                finer.append(
                    (
                        2 * r + (corner >> 2 & 1),
                        2 * g + (corner >> 1 & 1),
                        2 * b + (corner & 1),
                        entry ^ _rotate(into, along + 1),
                        (along + turn + 1) % 3,
                    )
                )
        walk = finer
    rank = np.empty(32768, np.int64)
    for i, (r, g, b, _, _) in enumerate(walk):
        rank[r << 10 | g << 5 | b] = i
    return rank


def place_in_order(colors: Pixels) -> IntArray:
    """A number per colour that sorts colours into the order of `count_colors`.

    Args:
        colors: n c, uint8, c 3 or 4.

    Returns:
        n, int64: first the transparent colour, then opaque ones by cell along the curve, then
        octant of the cell, then low bits r, g, b; then translucent ones by alpha in eighths
        before the same. Equal exactly for equal colours, all of alpha 0 being equal.
    """
    r, g, b = (colors[:, i].astype(np.int64) for i in range(3))
    cell = (r >> 3) << 10 | (g >> 3) << 5 | (b >> 3)
    octant = (r >> 2 & 1) << 2 | (g >> 2 & 1) << 1 | (b >> 2 & 1)
    low = (r & 3) << 4 | (g & 3) << 2 | (b & 3)
    place: IntArray = cell_rank()[cell] << 9 | octant << 6 | low
    if colors.shape[1] == 3:
        return place
    alpha = colors[:, 3].astype(np.int64)
    translucent = (1 << 40) | (alpha >> 5) << 32 | place << 8 | alpha
    numbers: IntArray = np.where(alpha == 255, place, translucent)
    numbers[alpha == 0] = -1
    return numbers


def count_colors(
    images: list[Image], weights: list[NDArray[np.float32]] | None
) -> tuple[Pixels, NDArray[np.uint32], NDArray[np.float64]]:
    """Distinct colours in order, how often each occurs, and its summed weight.

    Returns:
        colors m c uint8, counts m uint32, sums m float64 (the counts where no weights are given).
    """
    pixels = np.concatenate([image.reshape(-1, image.shape[2]) for image in images])
    _, first, inverse, counts = np.unique(
        place_in_order(pixels), return_index=True, return_inverse=True, return_counts=True
    )
    colors = pixels[first]
    if colors.shape[1] == 4:
        colors[colors[:, 3] == 0] = 0
    if weights is None:
        return colors, counts.astype(np.uint32), counts.astype(np.float64)
    flat = np.concatenate([w.reshape(-1) for w in weights])
    sums = np.bincount(inverse.reshape(-1), weights=flat)  # float64, in pixel order
    return colors, counts.astype(np.uint32), sums.astype(np.float64)


def color_labels(image: Image, colors: Pixels, labels: NDArray[np.uint32]) -> NDArray[Any] | None:
    """Each pixel's label, or None when a pixel's colour has no known colour near it.

    An opaque colour that is not among `colors` takes the label of the first that is in its cell.
    """
    pixels = place_in_order(image.reshape(-1, image.shape[2]))
    known = place_in_order(colors)
    at = np.minimum(np.searchsorted(known, pixels), len(known) - 1)
    unknown = known[at] != pixels
    if unknown.any():
        if pixels[unknown].min() < 0 or pixels[unknown].max() >= 1 << 24:
            return None
        first = np.minimum(np.searchsorted(known, pixels[unknown] & ~511), len(known) - 1)
        if (known[first] >> 9 != pixels[unknown] >> 9).any():
            return None
        at[unknown] = first
    return _narrow(labels[at], int(labels.max())).reshape(image.shape[:2])


def _narrow(labels: NDArray[Any], most: int) -> NDArray[Any]:
    return labels.astype(np.uint8 if most < 256 else np.uint16)


def _grid_cell(pixels: Pixels, bits: int) -> IntArray:
    r, g, b = (pixels[:, i].astype(np.int64) >> (8 - bits) for i in range(3))
    return r << (2 * bits) | g << bits | b


def row_offset(rows: int, step: int) -> IntArray:
    """Where the samples of each row start: a hash of the row, so that no pattern can follow it."""
    hashed = np.arange(rows, dtype=np.uint64) * np.uint64(2654435769) & np.uint64(0xFFFFFFFF)
    return (hashed * np.uint64(step) >> np.uint64(32)).astype(np.int64)


def bin_colors(
    image: Image, bits: int, step: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean colour and number of sampled pixels of each grid cell in use.

    Returns:
        means m 3 float32, weights m float32; by cell along the curve.
    """
    rows, columns = image.shape[:2]
    start = np.minimum(row_offset(rows, step), columns - 1)[:, None]
    column = np.arange(columns)
    pixels = image[(column >= start) & ((column - start) % step == 0)]
    # Cells of 6 bits follow each other within their cell of 5 bits.
    corner = pixels & np.uint8(256 - (1 << (8 - bits)))
    place = place_in_order(corner)
    _, first, inverse, counts = np.unique(
        place, return_index=True, return_inverse=True, return_counts=True
    )
    low = pixels - corner
    means = np.empty((len(counts), 3), np.float32)
    for i in range(3):
        sums = np.bincount(inverse.reshape(-1), weights=low[:, i])
        means[:, i] = corner[first, i] + sums / counts
    return means, counts.astype(np.float32)


def _nearest_point(points: NDArray[np.float32], center: NDArray[np.float32]) -> int:
    x, y, z = ((points[:, i] - center[i]) for i in range(3))
    return int(np.argmin(x * x + y * y + z * z))


def bin_labels(
    image: Image,
    bits: int,
    means: NDArray[np.float32],
    labels: NDArray[np.uint32],
    palette: NDArray[np.float32],
) -> NDArray[Any]:
    """Each pixel's label through the grid; see `histogram.BinnedColors.labels_for`."""
    side = 1 << (8 - bits)
    table = np.full(1 << (3 * bits), -1, np.int64)
    table[_grid_cell(means.astype(np.uint8), bits)] = labels
    cells = _grid_cell(image.reshape(-1, 3), bits)
    for cell in np.unique(cells[table[cells] < 0]):
        index = np.array([cell >> (2 * bits), cell >> bits, cell]) & ((1 << bits) - 1)
        center = (index * side).astype(np.float32) + np.float32((side - 1) / 2)
        if len(palette):
            table[cell] = _nearest_point(palette, center)
        else:
            table[cell] = labels[_nearest_point(means, center)]
    most = max(int(labels.max()), len(palette) - 1)
    return _narrow(table[cells], most).reshape(image.shape[:2])


def map_nearest(image: Image, palette: Palette) -> NDArray[Any]:
    """The nearest palette entry of every pixel, by trying all; ties to the lowest index."""
    colors, _, _ = count_colors([image], None)
    entries = palette.astype(np.int32)
    if palette.shape[1] == 4:
        entries[entries[:, 3] == 0] = 0
    labels = np.empty(len(colors), np.uint32)
    chunk = max(1, 4_000_000 // len(entries))
    for i in range(0, len(colors), chunk):
        some = colors[i : i + chunk].astype(np.int32)
        distance = np.zeros((len(some), len(entries)), np.int32)
        for c in range(palette.shape[1]):
            distance += (some[:, c, None] - entries[:, c]) ** 2
        labels[i : i + chunk] = distance.argmin(1)
    found = color_labels(image, colors, labels)
    assert found is not None, "every pixel's colour was counted"
    return _narrow(found, len(palette) - 1)
