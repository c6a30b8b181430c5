"""Cutting in plain NumPy and Python: the oracle of the kernels, and what runs without them."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Found = tuple["NDArray[np.int32]", "NDArray[np.int32]", float]
MIXED = -1


def region_highest(parents: NDArray[np.int32], leaves: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The highest value of any leaf in each node (2n-1,), from those of the leaves (n,)."""
    out = np.zeros(len(parents), np.uint8)
    out[: len(leaves)] = leaves
    for node, parent in enumerate(parents[:-1].tolist()):
        out[parent] = max(out[parent], out[node])
    return out


def _heights(
    altitudes: NDArray[np.float32],
    weights: NDArray[np.float32] | None,
    levels: NDArray[np.uint8] | None,
) -> NDArray[np.float32]:
    return altitudes if weights is None else altitudes * weights[levels]


def split_unions(
    heights: NDArray[np.float32], able: NDArray[np.bool_], regions: int, threshold: float
) -> tuple[NDArray[np.bool_], float]:
    """Which unions are split, and the threshold: the highest `regions - 1`, or all above it.

    Of unions that are `able`; leaves (the first half) never are.
    """
    candidates = np.flatnonzero(able)
    if math.isnan(threshold):
        order = np.lexsort((candidates, heights[candidates]))[::-1]
        taken = candidates[order[: regions - 1]]
        rest = order[regions - 1 :]
        level = float(heights[candidates[rest[0]]]) if len(rest) else 0.0
    else:
        taken, level = candidates[heights[candidates] > threshold], threshold
    split = np.zeros(len(heights), bool)
    split[taken] = True
    return split, level


def region_cut(  # noqa: D103 - see cuts.cut
    parents: NDArray[np.int32],
    altitudes: NDArray[np.float32],
    weights: NDArray[np.float32] | None,
    levels: NDArray[np.uint8] | None,
    regions: int,
    threshold: float,
    height: int,
    width: int,
    leaves: NDArray[np.int32] | None,
    base_labels: NDArray[np.int32] | None,
    base_nodes: NDArray[np.int32] | None,
) -> Found:
    del base_labels, base_nodes  # this is the whole way
    heights = _heights(altitudes, weights, levels)
    able = np.arange(len(parents)) > len(parents) // 2
    split, level = split_unions(heights, able, regions, threshold)
    owner = _owners(parents, split)
    return *_numbered(owner, height, width, leaves), level


def region_cut_by_area(  # noqa: D103 - see cuts.cut
    parents: NDArray[np.int32],
    altitudes: NDArray[np.float32],
    sizes: NDArray[np.int32],
    weights: NDArray[np.float32] | None,
    levels: NDArray[np.uint8] | None,
    regions: int,
    threshold: float,
    min_area: int,
    height: int,
    width: int,
    leaves: NDArray[np.int32] | None,
) -> Found:
    heights = _heights(altitudes, weights, levels)
    smaller = np.full(len(parents), np.iinfo(np.int32).max, np.int64)
    np.minimum.at(smaller, parents[:-1], sizes[:-1])
    able = (np.arange(len(parents)) > len(parents) // 2) & (smaller >= min_area)
    split, level = split_unions(heights, able, regions, threshold)
    opened = split.copy()
    for node, parent in enumerate(parents[:-1].tolist()):
        opened[parent] |= opened[node]
    too_small = np.zeros(len(parents), bool)
    too_small[:-1] = (sizes[:-1] < min_area) & opened[parents[:-1]]
    owner = _owners(parents, opened)
    image = owner if leaves is None else owner[leaves]
    image = image.reshape(height, width).copy()
    _absorb(image, too_small)
    return *_numbered(image.reshape(-1), height, width, None), level


def _owners(parents: NDArray[np.int32], opened: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(n,) the node of the cut that each leaf is in: the highest that is not opened."""
    owner = np.arange(len(parents), dtype=np.int32)
    for node in range(len(parents) - 2, -1, -1):
        parent = int(parents[node])
        if not opened[parent]:
            owner[node] = owner[parent]
    return owner[: len(parents) // 2 + 1]


def _numbered(
    owner: NDArray[np.int32], height: int, width: int, leaves: NDArray[np.int32] | None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Labels in raster order of the first pixel, and the node of each."""
    image = owner if leaves is None else owner[leaves.reshape(-1)]
    nodes, first, inverse = np.unique(image, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(nodes), np.int32)
    rank[order] = np.arange(len(nodes), dtype=np.int32)
    labels: NDArray[np.int32] = rank[inverse].reshape(height, width)
    return labels, nodes[order].astype(np.int32)


def _absorb(image: NDArray[np.int32], too_small: NDArray[np.bool_]) -> None:
    """Give each part that is too small to the neighbour with the longest border.

    Parts that touch a region come first, in the raster order of their first pixel; those that only
    touch other parts follow as these are given away.
    """
    pixels: dict[int, list[tuple[int, int]]] = {}
    for y, x in np.argwhere(too_small[image]).tolist():
        pixels.setdefault(int(image[y, x]), []).append((y, x))
    waiting = deque(pixels)
    queued = dict.fromkeys(pixels, True)
    firsts = _first_pixels(image)
    while waiting:
        part = waiting.popleft()
        queued[part] = False
        if part not in pixels:
            continue
        borders: dict[int, int] = {}
        others: dict[int, None] = {}
        for y, x in pixels[part]:
            for other in _around(image, y, x):
                if other == part:
                    continue
                if other in pixels:
                    others[other] = None
                else:
                    borders[other] = borders.get(other, 0) + 1
        if not borders:
            continue
        best = min(borders, key=lambda node: (-borders[node], firsts[node]))
        for y, x in pixels.pop(part):
            image[y, x] = best
        for other in others:
            if not queued[other]:
                queued[other] = True
                waiting.append(other)


def _first_pixels(image: NDArray[np.int32]) -> dict[int, int]:
    nodes, first = np.unique(image, return_index=True)
    return dict(zip(nodes.tolist(), first.tolist(), strict=True))


def _around(image: NDArray[Any], y: int, x: int) -> list[int]:
    h, w = image.shape
    spots = ((y - 1, x), (y, x - 1), (y, x + 1), (y + 1, x))
    return [int(image[r, c]) for r, c in spots if 0 <= r < h and 0 <= c < w]
