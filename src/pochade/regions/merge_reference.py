"""Exact priority merging in plain Python: the oracle of the kernels, and what runs without them.

Ward's criterion (J. H. Ward, "Hierarchical grouping to optimize an objective function", Journal of
the American Statistical Association 58 (1963) 236-244) on a region adjacency graph, the cheapest
pair first, which gives a binary partition tree (P. Salembier, L. Garrido, "Binary partition tree as
an efficient representation for image processing, segmentation, and information retrieval", IEEE
Transactions on Image Processing 9 (2000) 561-576).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Rule(NamedTuple):
    """What merging two regions costs.

    `|a| |b| / (|a| + |b|) * distance(means)^2`, which is Ward's; divided by `length^border`, the
    pixel sides that the regions share; times `(1 + contrast)^boundary`, the mean contrast along it.
    """

    border: float = 0.0
    boundary: float = 0.0

    @property
    def plain(self) -> bool:
        """Whether it is Ward's alone."""
        return self.border == 0 and self.boundary == 0


class Graph(NamedTuple):
    """Regions and who touches whom.

    Attributes:
        means: (n, d) float32.
        sizes: (n,) pixels.
        pairs: (m, 2) int, i < j, each pair once.
        lengths: (m,) pixel sides along which the two touch.
        contrasts: (m,) sums of the contrast over those sides.
    """

    means: NDArray[np.float32]
    sizes: NDArray[np.int64]
    pairs: NDArray[np.int64]
    lengths: NDArray[np.float64]
    contrasts: NDArray[np.float64]


def graph_of_labels(
    labels: NDArray[np.int32],
    means: NDArray[np.float32],
    sizes: NDArray[np.int64],
    contrast: tuple[NDArray[np.float32], NDArray[np.float32]] | None,
) -> Graph:
    """The graph of a label image (h, w) with labels 0..n-1.

    `contrast` holds (h, w) planes: what lies between each pixel and its right, and its lower
    neighbour (the last column and row are not read).
    """
    across = np.ones(labels.shape, np.float32), np.ones(labels.shape, np.float32)
    right, below = contrast if contrast is not None else across
    one = np.concatenate([labels[:, :-1].reshape(-1), labels[:-1].reshape(-1)]).astype(np.int64)
    two = np.concatenate([labels[:, 1:].reshape(-1), labels[1:].reshape(-1)]).astype(np.int64)
    between = np.concatenate([right[:, :-1].reshape(-1), below[:-1].reshape(-1)])
    apart = one != two
    low, high = np.minimum(one, two)[apart], np.maximum(one, two)[apart]
    keys, where = np.unique(low * len(means) + high, return_inverse=True)
    pairs = np.stack(np.divmod(keys, len(means)), axis=1)
    lengths = np.bincount(where, minlength=len(keys)).astype(np.float64)
    contrasts = np.bincount(where, between[apart], minlength=len(keys)).astype(np.float64)
    return Graph(means, sizes, pairs, lengths, contrasts)


def merge(
    graph: Graph, rule: Rule, poll: Callable[[float], None] | None = None
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Merge the cheapest pair, again and again, until one region is left.

    Ties go to the pair with the lower numbers; a union is numbered when it is made.

    Returns:
        parents (2n-1,) int32 and altitudes (2n-1,) float32, as in `RegionTree`.
    """
    n = len(graph.means)
    means = [row.astype(np.float64) for row in graph.means]
    sizes = [float(size) for size in graph.sizes]
    touching: list[dict[int, tuple[float, float]]] = [{} for _ in range(n)]
    for (i, j), length, contrast in zip(
        graph.pairs.tolist(), graph.lengths.tolist(), graph.contrasts.tolist(), strict=True
    ):
        touching[i][j] = touching[j][i] = (length, contrast)

    def cost(i: int, j: int) -> float:
        gap = means[i] - means[j]
        value = sizes[i] * sizes[j] / (sizes[i] + sizes[j]) * float(gap @ gap)
        length, contrast = touching[i][j]
        if rule.border:
            value /= length**rule.border
        if rule.boundary:
            value *= (1 + contrast / length) ** rule.boundary
        return value

    heap = [(cost(i, j), i, j) for i, j in graph.pairs.tolist()]
    heapq.heapify(heap)
    parents = np.arange(2 * n - 1, dtype=np.int32)
    altitudes = np.zeros(2 * n - 1, np.float32)
    alive = [True] * n
    while len(means) < 2 * n - 1:
        value, i, j = heapq.heappop(heap)
        if not (alive[i] and alive[j]):
            continue
        union = len(means)
        parents[[i, j]] = union
        altitudes[union] = max(value, altitudes[i], altitudes[j])
        alive[i] = alive[j] = False
        alive.append(True)
        sizes.append(sizes[i] + sizes[j])
        means.append((means[i] * sizes[i] + means[j] * sizes[j]) / sizes[union])
        touching.append(_joined(touching, i, j))
        for other, edge in touching[union].items():
            touching[other][union] = edge
            heapq.heappush(heap, (cost(other, union), other, union))
        if poll is not None and union % 1024 == 0:
            poll((union - n) / n)
    return parents, altitudes


def _joined(
    touching: list[dict[int, tuple[float, float]]], i: int, j: int
) -> dict[int, tuple[float, float]]:
    """The neighbours of i and j together; both are forgotten by them."""
    found: dict[int, tuple[float, float]] = {}
    for part in (i, j):
        for other, (length, contrast) in touching[part].items():
            if other in (i, j):
                continue
            had = found.get(other, (0.0, 0.0))
            found[other] = (had[0] + length, had[1] + contrast)
            del touching[other][part]
    touching[i], touching[j] = {}, {}
    return found
