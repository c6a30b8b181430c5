"""Sums over the tree in plain NumPy and Python: what the kernels do, node by node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def node_sizes(parents: NDArray[np.int32], leaves: NDArray[np.int32]) -> NDArray[np.int32]:
    """Pixels of every node (2n-1,) from those of the leaves (n,)."""
    sizes = np.zeros(len(parents), np.int32)
    sizes[: len(leaves)] = leaves
    for node, parent in enumerate(parents[:-1].tolist()):
        sizes[parent] += sizes[node]
    return sizes


def node_means(
    parents: NDArray[np.int32], sizes: NDArray[np.int32], leaves: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Means of every node (2n-1, d) float32 from those of the leaves (n, d)."""
    sums = np.zeros((len(parents), leaves.shape[1]))
    sums[: len(leaves)] = leaves.astype(np.float64) * sizes[: len(leaves), None]
    for node, parent in enumerate(parents[:-1].tolist()):
        sums[parent] += sums[node]
    return (sums / sizes[:, None]).astype(np.float32)


def raised(parents: NDArray[np.int32], altitudes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Altitudes lifted so that none is below a child's."""
    out = altitudes.copy()
    for node, parent in enumerate(parents[:-1].tolist()):
        out[parent] = max(out[parent], out[node])
    return out
