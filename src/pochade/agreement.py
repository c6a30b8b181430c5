"""How far two labellings agree, whatever their clusters are called."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pochade.errors import UsageError
from pochade.types import Labels

CHUNK = 1 << 18  # labels counted at once


def label_agreement(first: Labels, second: Labels) -> float:
    """How far two labellings agree up to renaming: the adjusted Rand index, at most 1.

    1 when they are the same partition, about 0 for labellings that have nothing to do with each
    other, below 0 when they agree less than chance. L. Hubert, P. Arabie, "Comparing partitions",
    Journal of Classification 2 (1985) 193-218, from the contingency table in exact integers. Two
    labellings that are both one cluster, or both all singletons, agree: 1.

    Args:
        first: integers, any values, any shape.
        second: the same shape.

    Raises:
        UsageError: shapes that differ, no labels at all, or labels that are not integers.

    >>> import numpy as np
    >>> label_agreement(np.array([0, 0, 1, 1]), np.array([7, 7, 3, 3]))
    1.0
    """
    if first.shape != second.shape or first.size == 0:
        raise UsageError(
            f"Labels of shapes {first.shape} and {second.shape} cannot be compared; "
            "give two of one shape, not empty."
        )
    if first.dtype.kind not in "iub" or second.dtype.kind not in "iub":
        raise UsageError(f"Labels must be integers, not {first.dtype} and {second.dtype}.")
    a, rows = _renumbered(first)
    b, columns = _renumbered(second)
    together = _pair_count(_joint_counts(a, b, rows, columns))
    pairs_a, pairs_b = _pair_count(np.bincount(a)), _pair_count(np.bincount(b))
    pairs = first.size * (first.size - 1) // 2
    # (together - a b / pairs) / ((a + b) / 2 - a b / pairs), times 2 pairs above and below
    below = (pairs_a + pairs_b) * pairs - 2 * pairs_a * pairs_b
    return 1.0 if below == 0 else 2 * (together * pairs - pairs_a * pairs_b) / below


def _renumbered(labels: Labels) -> tuple[Labels, int]:
    """Labels from 0 to below k, not all of which need occur when they are small already, and k."""
    values = labels.reshape(-1)
    low, high = int(values.min()), int(values.max())
    if low >= 0 and high < 1 << 16 and values.dtype.kind != "b":
        return values, high + 1
    found, index = np.unique(values, return_inverse=True)
    return index.reshape(-1), len(found)


def _joint_counts(a: Labels, b: Labels, rows: int, columns: int) -> NDArray[np.intp]:
    """How often each pair of labels occurs; pairs that do not occur may be left out."""
    cells = rows * columns
    if cells > max(1 << 22, a.size):
        counts: NDArray[np.intp] = np.unique(a.astype(np.int64) * columns + b, return_counts=True)[
            1
        ]
        return counts
    counts = np.zeros(cells, np.intp)
    # Converted first: NumPy 1 would multiply small labels in 8 bits.
    for start in range(0, a.size, max(CHUNK, cells)):
        at = slice(start, start + max(CHUNK, cells))
        counts += np.bincount(a[at].astype(np.intp) * columns + b[at], minlength=cells)
    return counts


def _pair_count(counts: NDArray[np.intp]) -> int:
    counts = counts.astype(object) if counts.sum() > 3_000_000_000 else counts
    return int((counts * (counts - 1) // 2).sum())
