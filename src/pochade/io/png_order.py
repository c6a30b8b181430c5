"""Orders of a palette that help a PNG to compress; none of them changes a pixel.

Transparent entries always come first, so that the transparency table is short. Behind them:

- `by_popularity`: most used first, as pngquant does.
- `by_lightness`: dark to light, so that labels of a smooth picture differ little.
- `by_neighbours`: colours that lie side by side in the picture get near labels: Zeng, Li, Lei,
  "An efficient color re-indexing scheme for palette-based compression", ICIP 2000, in the
  modification of Pinho and Neves (2004), which oxipng uses too.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from pochade.io.indexed import Indexed

Order = NDArray[np.intp]

_PAIR_BLOCK = 1 << 20
_MAX_PAIRS = 1 << 22


def by_popularity(picture: Indexed) -> Order:
    """Transparent entries first, then the most used first; ties keep their order."""
    return _transparent_first(picture, -picture.counts)


def by_lightness(picture: Indexed) -> Order:
    """Transparent entries first, then by luma (ITU-R BT.601); ties keep their order."""
    luma = picture.palette[:, :3].astype(np.int64) @ np.array([299, 587, 114])
    return _transparent_first(picture, luma)


def by_neighbours(picture: Indexed) -> Order:
    """Transparent entries first, then a chain in which frequent neighbours sit close together.

    The chain grows at either end by the entry with most borders to it; the end is chosen by
    the borders weighted with the distance along the chain. O(k^2) after counting the borders.
    """
    weights = count_borders(picture).astype(np.float64)
    k = len(weights)
    np.fill_diagonal(weights, 0)
    start = int(weights.sum(1).argmax())
    chain = deque([start])
    free = np.ones(k, bool)
    free[start] = False
    attraction = weights[start].copy()
    while free.any():
        best = int(np.where(free, attraction, -1.0).argmax())
        along = len(chain) + 1 - 2 * np.arange(1, len(chain) + 1)
        if float(along @ weights[best, list(chain)]) > 0:
            chain.appendleft(best)
        else:
            chain.append(best)
        free[best] = False
        attraction += weights[best]
    place = np.empty(k, np.intp)
    place[list(chain)] = np.arange(k)
    return _transparent_first(picture, place)


def count_borders(picture: Indexed) -> NDArray[np.int64]:
    """How often labels i and j lie side by side in a row: k k, symmetric.

    Large pictures are sampled: whole rows at even steps, some 4 million borders in all.
    """
    labels = picture.labels
    k = len(picture.palette)
    step = max(1, labels.size // _MAX_PAIRS)
    rows = labels[::step]
    counts = np.zeros(k * k, np.int64)
    height = max(1, _PAIR_BLOCK // labels.shape[1])
    for top in range(0, len(rows), height):
        block = rows[top : top + height]
        pairs = block[:, :-1].astype(np.int32) * k + block[:, 1:]
        counts += np.bincount(pairs.ravel(), minlength=k * k)
    table = counts.reshape(k, k)
    return table + table.T


def _transparent_first(picture: Indexed, key: NDArray[np.int64 | np.intp]) -> Order:
    """Entries with alpha below 255, then the others, each by `key`."""
    return np.lexsort([key, picture.palette[:, 3] == 255])
