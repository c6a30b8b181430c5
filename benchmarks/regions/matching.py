"""Boundaries against those people drew, one pixel for one, as the BSDS500's own benchmark does.

D. R. Martin, C. C. Fowlkes, J. Malik, "Learning to detect natural image boundaries using local
brightness, color, and texture cues", IEEE TPAMI 26 (2004) 530-549: lines are thinned to one pixel,
then those of each person are matched to them at the least cost, the cost of a pair being its
distance, which may be at most 0.0075 of the diagonal, and that of a pixel left alone being higher
than any distance could save. A predicted pixel is right when any person's is matched to it.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching
from scipy.spatial import cKDTree
from skimage.morphology import thin

ALONE = 100.0  # times the reach: what leaving a pixel unmatched costs


def matched(
    predicted: np.ndarray, drawn: list[np.ndarray], reach: float
) -> tuple[int, int, int, int]:
    """Right and all predicted pixels, found and all drawn ones.

    Args:
        predicted: (h, w) bool, of any thickness.
        drawn: (h, w) bool for each person, thin.
        reach: how far apart two matched pixels may be.
    """
    ours = np.argwhere(thin(predicted))
    right = np.zeros(len(ours), bool)
    found = 0
    for lines in drawn:
        of_ours = partners(ours, np.argwhere(lines), reach)
        right[of_ours] = True
        found += len(of_ours)
    return int(right.sum()), len(ours), found, sum(int(lines.sum()) for lines in drawn)


def partners(ours: np.ndarray, theirs: np.ndarray, reach: float) -> np.ndarray:
    """The numbers of those of `ours` that are matched to one of `theirs`, at the least cost."""
    n, m = len(theirs), len(ours)
    if not n or not m:
        return np.empty(0, np.int64)
    pairs = cKDTree(theirs).sparse_distance_matrix(cKDTree(ours), reach, output_type="coo_matrix")
    # Column m + i is "theirs[i] stays alone". Costs of 0 would be no edges: all are raised by 1.
    rows = np.concatenate([pairs.row, np.arange(n)])
    columns = np.concatenate([pairs.col, m + np.arange(n)])
    costs = np.concatenate([pairs.data + 1, np.full(n, ALONE * reach)])
    graph = csr_array((costs, (rows, columns)), shape=(n, m + n))
    _, of_theirs = min_weight_full_bipartite_matching(graph)
    return of_theirs[of_theirs < m]
