"""Trees of regions for anchors: merged from pixels, or divided from the whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.painting import rectangles, split_reference
from pochade.painting.nodes import raised, spans_of
from pochade.regions import Cut, build_tree, cut
from pochade.regions.tree import _native

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pochade.painting.working import Working


EXTENT = 80.0
"""The side of a square picture in Lab units, where regions are merged: more makes them rounder and
more even in size, less keeps small things such as eyes at coarse levels."""
SPLIT_EXTENT = 150.0
"""The same where the picture is divided, which has no borders to follow."""


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


def placed(working: Working, extent: float) -> NDArray[np.float32]:
    """(h, w, 5) float32: row, column and tone of each pixel, in Lab units.

    `extent` is what the side of a square picture is.
    """
    high, wide = working.pixels.shape[:2]
    unit = extent / math.sqrt(high * wide)
    values = np.empty((high, wide, 5), np.float32)
    values[..., 0] = (np.arange(high) * unit)[:, None]
    values[..., 1] = np.arange(wide) * unit
    values[..., 2:] = working.tones
    return values


def merged(working: Working, finest: int, threads: int) -> Nest:
    """The region tree of place and tone (Ward's cost), up to the finest regions wanted."""
    tree = build_tree(placed(working, EXTENT), space="bands", threads=threads)
    return topped(cut(tree, regions=min(finest, tree.n)))


def topped(found: Cut) -> Nest:
    """The part of a tree above a cut, numbered anew."""
    parents, altitudes, nodes = found.tree.parents, found.tree.altitudes, found.nodes
    n = len(nodes)
    above = altitudes > found.threshold
    # Of those at the threshold itself, some were divided.
    level = nodes[nodes < len(parents) - 1]
    while len(level):
        level = np.unique(parents[level])
        level = level[~above[level]]
        above[level] = True
    kept = np.concatenate([nodes, np.flatnonzero(above)])
    number = np.empty(len(parents), np.int32)
    number[kept] = np.arange(2 * n - 1, dtype=np.int32)
    priorities = altitudes[kept]
    priorities[:n] = 0
    return Nest(found.labels, number[parents[kept]], priorities)


def divided(working: Working, finest: int, _threads: int) -> Nest:
    """The picture divided along its widest spread of row, column and tone."""
    rows = placed(working, SPLIT_EXTENT).reshape(-1, 5)
    kernel = split_reference.divide if _native is None else _native.anchor_split
    labels, parents, scatters = kernel(rows, min(finest, len(rows)))
    return clean(labels.reshape(working.pixels.shape[:2]), parents, scatters)


def boxed(working: Working, finest: int, _threads: int) -> Nest:
    """The picture divided into rectangles."""
    high, wide = working.pixels.shape[:2]
    even = SPLIT_EXTENT**2 / (high * wide) / 16
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
