"""Dividing along the widest spread, in NumPy: what the kernel does, part by part.

C.-Y. Wan, S. J. Wong, P. Prusinkiewicz, "An algorithm for multidimensional data clustering", ACM
Transactions on Mathematical Software 14 (1988) 153-162: divide what has the largest scatter, across
its principal axis; here at the mean, as M. T. Orchard and C. A. Bouman do for colours ("Color
quantization of images", IEEE Transactions on Signal Processing 39 (1991) 2677-2690).
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDS = 24


def divide(
    values: NDArray[np.float32], finest: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Divide rows (n, 5) into parts, that of the largest scatter (sum of squares) first.

    Returns:
        The leaf of each row, (2m-1,) parents and (2m-1,) scatters of the tree of m leaves,
        numbered as in `pochade.regions.RegionTree`.
    """
    rows = values.astype(np.float64)
    parts: list[NDArray[np.intp]] = [np.arange(len(rows))]
    children: dict[int, tuple[int, int]] = {}
    scatters = [_scatter(rows)]
    turns = [(-scatters[0], 0)]
    while turns and len(children) + 1 < finest:
        at = heapq.heappop(turns)[1]
        mine = rows[parts[at]]
        if len(mine) < 2:
            continue
        away = mine - mine.mean(axis=0)
        beyond = away @ _widest(away.T @ away) > 0
        if beyond.all() or not beyond.any():
            continue
        children[at] = (len(parts), len(parts) + 1)
        for part in (parts[at][~beyond], parts[at][beyond]):
            heapq.heappush(turns, (-_scatter(rows[part]), len(parts)))
            scatters.append(_scatter(rows[part]))
            parts.append(part)
    return numbered(parts, children, scatters, len(rows))


def _scatter(rows: NDArray[np.float64]) -> float:
    return float(((rows - rows.mean(axis=0)) ** 2).sum())


def _widest(spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """The principal axis: the power iteration from the column of the widest variable."""
    axis: NDArray[np.float64] = spread[:, int(np.argmax(np.diag(spread)))]
    for _ in range(ROUNDS):
        largest = np.abs(axis).max()
        if largest == 0:
            break
        axis = spread @ (axis / largest)
    return axis


def numbered(
    parts: list[NDArray[np.intp]],
    children: dict[int, tuple[int, int]],
    scatters: list[float],
    pixels: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """The tree: leaves by their first pixel, then the divided parts, the last divided first."""
    ends = sorted(
        (one for one in range(len(parts)) if one not in children), key=lambda one: parts[one][0]
    )
    inner = sorted(children, reverse=True)
    number = {part: at for at, part in enumerate(ends + inner)}
    parents = np.empty(len(parts), np.int32)
    parents[-1] = len(parts) - 1
    for part, pair in children.items():
        for child in pair:
            parents[number[child]] = number[part]
    labels = np.empty(pixels, np.int32)
    for at, part in enumerate(ends):
        labels[parts[part]] = at
    return labels, parents, np.array([scatters[one] for one in ends + inner], np.float32)
