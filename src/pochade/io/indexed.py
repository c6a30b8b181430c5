"""An indexed picture: one label a pixel and the palette the labels point into, made tidy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pochade.errors import UsageError
from pochade.types import Image, Labels, Palette

MAX_COLORS = 256
_COUNT_BLOCK = 1 << 20


class Indexed(NamedTuple):
    """Labels and the palette they point into: every entry used, no entry twice.

    Attributes:
        labels: h w uint8, C-contiguous.
        palette: k 4 uint8 (RGBA, straight alpha), 1 <= k <= 256.
        counts: k int64, pixels of each entry, all at least 1.
        opaque: no entry has alpha below 255.
    """

    labels: NDArray[np.uint8]
    palette: Palette
    counts: NDArray[np.int64]
    opaque: bool

    def reordered(self, order: NDArray[np.intp]) -> Indexed:
        """The same picture with palette entry `order[i]` at place i."""
        place = np.zeros(MAX_COLORS, np.uint8)
        place[order] = np.arange(len(order), dtype=np.uint8)
        return Indexed(
            look_up(self.labels, place), self.palette[order], self.counts[order], self.opaque
        )

    def pixels(self) -> Image:
        """The picture in full colour: h w 3 uint8 when opaque, otherwise h w 4."""
        palette = self.palette[:, :3] if self.opaque else self.palette
        return np.ascontiguousarray(palette)[self.labels]


def tidy(labels: Labels, palette: Palette) -> Indexed:
    """Check labels and palette; drop unused palette entries and merge equal ones.

    Entries keep their order. Every pixel keeps its exact colour, also the hidden colour of a
    transparent pixel.

    Args:
        labels: h w, any integer type, 0 <= label < k.
        palette: k 3 or k 4 uint8.

    Raises:
        UsageError: wrong shape or type, no pixels, a label outside the palette, or more than
            256 different colours in use.
    """
    labels = np.asarray(labels)
    palette = np.asarray(palette)
    if labels.ndim != 2 or labels.size == 0 or labels.dtype.kind not in "ui":
        raise UsageError("labels must be a non-empty h x w array of integers.")
    if palette.ndim != 2 or palette.shape[1] not in {3, 4} or palette.dtype != np.uint8:
        raise UsageError("a palette must be a k x 3 or k x 4 array of uint8.")
    if palette.shape[1] == 3:
        palette = np.hstack([palette, np.full((len(palette), 1), 255, np.uint8)])
    counts = count_labels(labels, len(palette))
    used = np.flatnonzero(counts)
    packed = np.ascontiguousarray(palette[used]).view(np.uint32).ravel()
    _, first, inverse = np.unique(packed, return_index=True, return_inverse=True)
    if len(first) > MAX_COLORS:
        raise UsageError(f"an indexed picture has at most {MAX_COLORS} colours, not {len(first)}.")
    rank = np.argsort(np.argsort(first))  # np.unique sorts by value; keep the order of appearance
    keep = used[np.sort(first)]
    place = np.zeros(max(len(palette), MAX_COLORS), np.uint8)
    place[used] = rank[inverse.ravel()]
    merged = np.bincount(place[used], weights=counts[used], minlength=len(keep)).astype(np.int64)
    same = np.array_equal(keep, np.arange(len(keep))) and len(keep) == len(used)
    if same and labels.dtype == np.uint8:
        tidied = np.ascontiguousarray(labels, np.uint8)
    else:
        tidied = look_up(labels, place)
    entries = np.ascontiguousarray(palette[keep])
    return Indexed(tidied, entries, merged, bool((entries[:, 3] == 255).all()))


def look_up(labels: Labels, table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`table[labels]` as uint8; for uint8 labels and 256 entries by the fast `bytes.translate`."""
    if labels.dtype == np.uint8 and len(table) == MAX_COLORS:
        mapped = labels.tobytes().translate(table.tobytes())
        return np.frombuffer(mapped, np.uint8).reshape(labels.shape)
    return np.take(table, labels)


def count_labels(labels: Labels, k: int) -> NDArray[np.int64]:
    """Pixels of each label 0 <= label < k, counted in blocks to bound the memory.

    Raises:
        UsageError: a label is negative or not below k.
    """
    flat = np.ascontiguousarray(labels).ravel()
    counts = np.zeros(k, np.int64)
    for start in range(0, len(flat), _COUNT_BLOCK):
        block = flat[start : start + _COUNT_BLOCK]
        if block.dtype.kind == "i" and block.min() < 0:
            raise UsageError("labels must not be negative.")
        if block.dtype.itemsize > 1 and block.max() >= k:
            raise UsageError(f"label {block.max()} points outside a palette of {k} colours.")
        part = np.bincount(block, minlength=k)
        if len(part) > k:
            raise UsageError(f"label {len(part) - 1} points outside a palette of {k} colours.")
        counts += part
    return counts
