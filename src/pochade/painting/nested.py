"""Trees of regions for anchors: merged from pixels, or divided from the whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.painting import rectangles, split_reference
from pochade.painting.nodes import raised, spans_of
from pochade.regions import build_tree, cut
from pochade.regions.tree import _native

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pochade.painting.working import Working


EXTENT = 100.0
"""In a split, the side of a square picture counts as much as black against white."""


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


def divided(working: Working, finest: int, _threads: int) -> Nest:
    """The picture divided along its widest spread of row, column and tone."""
    high, wide = working.pixels.shape[:2]
    unit = np.float32(EXTENT / math.sqrt(high * wide))
    values = np.empty((high, wide, 5), np.float32)
    values[..., 0] = ((np.arange(high) + 0.5).astype(np.float32) * unit)[:, None]
    values[..., 1] = (np.arange(wide) + 0.5).astype(np.float32) * unit
    values[..., 2:] = working.tones
    rows = values.reshape(-1, 5)
    kernel = split_reference.divide if _native is None else _native.anchor_split
    labels, parents, scatters = kernel(rows, min(finest, len(rows)))
    return clean(labels.reshape(high, wide), parents, scatters)


def boxed(working: Working, finest: int, _threads: int) -> Nest:
    """The picture divided into rectangles."""
    high, wide = working.pixels.shape[:2]
    even = EXTENT**2 / (high * wide) / 16
    return clean(*rectangles.divide(working.tones, min(finest, high * wide), even))


def clean(
    labels: NDArray[np.int32], parents: NDArray[np.int32], errors: NDArray[np.float32]
) -> Nest:
    """A nest whose priorities are errors: of leaves 0, and none lower than that of a part."""
    n = (len(parents) + 1) // 2
    priorities = errors.copy()
    priorities[:n] = 0
    return Nest(labels, parents, raised(spans_of(parents), priorities))


NESTED: dict[str, Callable[[Working, int, int], Nest]] = {
    "tree": merged,
    "split": divided,
    "quadtree": boxed,
}
