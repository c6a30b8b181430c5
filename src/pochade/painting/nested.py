"""Trees of regions for anchors: merged from pixels, or divided from the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.regions import build_tree, cut

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pochade.painting.working import Working


class Nest(NamedTuple):
    """A binary tree of regions.

    Attributes:
        leaves: (h, w) int32: the leaf of each pixel, 0..n-1.
        parents: (2n-1,) int32, as in `pochade.regions.RegionTree`.
        priorities: (2n-1,) float32: what is divided first; none is lower than that of a part.
    """

    leaves: NDArray[np.int32]
    parents: NDArray[np.int32]
    priorities: NDArray[np.float32]


def merged(working: Working, finest: int, threads: int) -> Nest:
    """The region tree of the pixels (Ward's cost in OKLab), up to the finest regions wanted."""
    tree = build_tree(working.pixels, threads=threads)
    found = cut(tree, regions=min(finest, tree.n))
    return topped(found.labels, found.nodes, tree.parents, tree.altitudes)


def topped(
    labels: NDArray[np.int32],
    nodes: NDArray[np.int32],
    parents: NDArray[np.int32],
    altitudes: NDArray[np.float32],
) -> Nest:
    """The part of a tree above a cut, numbered anew."""
    n = len(nodes)
    above = np.zeros(len(parents), bool)
    level = nodes
    while len(level):
        level = np.unique(parents[level])
        level = level[~above[level]]
        above[level] = True
    above[nodes] = False  # the root of a cut into one region is its own parent
    kept = np.concatenate([nodes, np.flatnonzero(above)])
    number = np.empty(len(parents), np.int32)
    number[kept] = np.arange(2 * n - 1, dtype=np.int32)
    own = number[parents[kept]]
    own[-1] = 2 * n - 2
    priorities = altitudes[kept]
    priorities[:n] = 0
    return Nest(labels, own, priorities)


NESTED: dict[str, Callable[[Working, int, int], Nest]] = {"tree": merged}
