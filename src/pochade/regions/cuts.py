"""Cuts: one level of a region tree as a label image."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import UsageError
from pochade.regions import cut_reference
from pochade.regions import tree as tree_module
from pochade.regions.tree import RegionTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

FINER = 256.0
"""Altitudes count so many times as much where the detail map is 1."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cut:
    """A picture divided into regions.

    Attributes:
        labels: (h, w) int32: the region of each pixel, 0..count-1 in the raster order of the
            regions' first pixels. Each region is one 4-connected area.
        nodes: (count,) int32: the node of the tree that each region is. After a cut by minimum
            area a region may hold, beside its node, parts of others that were too small.
        tree: the tree that was cut.
        threshold: unions with an altitude (weighted by the detail map) above this are split; unions
            of exactly this altitude may be either, as a number of regions wants it.
        whole: whether each region is exactly its node.
    """

    labels: NDArray[np.int32]
    nodes: NDArray[np.int32]
    tree: RegionTree
    threshold: float
    whole: bool = True

    @property
    def count(self) -> int:
        """The number of regions."""
        return len(self.nodes)


def cut(
    tree: RegionTree,
    *,
    regions: int | None = None,
    threshold: float | None = None,
    min_area: int | None = None,
    detail: Any = None,
    base: Cut | None = None,
) -> Cut:
    """Divide the picture into regions of a tree.

    The unions of the highest altitude are split first; of equal ones, those with the higher number.
    So cuts of one tree nest: a region of a coarser cut is the union of regions of a finer one.

    Args:
        tree: from `build_tree`, `build_segmentation_tree` or `load_tree`.
        regions: how many; or
        threshold: split unions whose altitude is above this; or
        min_area: alone, split as far as each region keeps at least so many pixels. Beside one of
            the others: no region is smaller than this. A part that is too small, and whose other
            half is divided further, goes to the neighbouring region with which it has the longest
            border (the lowest label, if several).
        detail: (h, w) map, 0..1, bool or uint8 (0..255): finer regions here. A union counts with
            its altitude times 256^d, d being the highest value of the map in it. Beside `regions`
            or `threshold`.
        base: a cut of the same tree that is not far from this one: then only what differs is
            computed. The result is the same.

    Raises:
        UsageError: not one of `regions`, `threshold`, `min_area`; fewer regions than 1 or more than
            the tree has leaves; a map of another shape or range; a base of another tree.

    >>> from pochade.regions import build_tree
    >>> tree = build_tree(np.uint8([[0, 9, 200, 255]]))
    >>> cut(tree, regions=2).labels.tolist(), cut(tree, threshold=1e9).count
    ([[0, 0, 1, 1]], 1)
    """
    _check(tree, regions, threshold, min_area, detail, base)
    weights, levels = (None, None) if detail is None else (_weights(), node_levels(tree, detail))
    kernels = cut_reference if tree_module._native is None else tree_module._native
    finish = threshold if threshold is not None else -1.0 if regions is None else math.nan
    leaf_of = None if tree.leaves is None else np.ascontiguousarray(tree.leaves)
    if min_area is not None and min_area > 1:
        labels, nodes, level = kernels.region_cut_by_area(
            tree.parents, tree.altitudes, tree.sizes, weights, levels, regions or 0, finish,
            min_area, *tree.shape, leaf_of,
        )  # fmt: skip
        return Cut(labels=labels, nodes=nodes, tree=tree, threshold=level, whole=False)
    labels, nodes, level = kernels.region_cut(
        tree.parents, tree.altitudes, weights, levels, regions or 0, finish,
        *tree.shape, leaf_of,
        *((None, None) if base is None or not base.whole else (base.labels, base.nodes)),
    )  # fmt: skip
    return Cut(labels=labels, nodes=nodes, tree=tree, threshold=level)


def _check(
    tree: RegionTree,
    regions: int | None,
    threshold: float | None,
    min_area: int | None,
    detail: Any,
    base: Cut | None,
) -> None:
    if regions is not None and threshold is not None:
        raise UsageError("give the number of regions or a threshold, not both")
    if regions is None and threshold is None:
        if detail is not None:
            raise UsageError("a detail map needs a number of regions or a threshold beside it")
        if min_area is None:
            raise UsageError("say how far to cut: regions=, threshold= or min_area=")
    if regions is not None and not 1 <= regions <= tree.n:
        raise UsageError(
            f"regions must be from 1 to {tree.n} (the leaves of the tree), not {regions}"
        )
    if threshold is not None and math.isnan(threshold):
        raise UsageError("the threshold must be a number")
    if min_area is not None and min_area < 1:
        raise UsageError(f"min_area must be 1 or more, not {min_area}")
    if base is not None and base.tree is not tree:
        raise UsageError("base must be a cut of the same tree")


def node_levels(tree: RegionTree, detail: Any) -> NDArray[np.uint8]:
    """(2n-1,) uint8: the highest value of the detail map in each node, 255 for 1."""
    wanted = np.asarray(detail)
    if wanted.shape != tree.shape:
        raise UsageError(
            f"the detail map must have the shape of the picture {tree.shape}, not {wanted.shape}"
        )
    if wanted.dtype == bool:
        values = wanted.astype(np.uint8) * np.uint8(255)
    elif wanted.dtype == np.uint8:
        values = wanted
    elif wanted.dtype.kind in "fiu" and float(wanted.min()) >= 0 and float(wanted.max()) <= 1:
        values = np.rint(wanted * np.float32(255)).astype(np.uint8)
    else:  # not a number fails the comparison, too
        raise UsageError("the detail map must hold values from 0 to 1")
    leaves = np.ascontiguousarray(values).reshape(-1)
    if tree.leaves is not None:
        of_leaf = np.zeros(tree.n, np.uint8)
        np.maximum.at(of_leaf, tree.leaves.reshape(-1), leaves)
        leaves = of_leaf
    kernels = cut_reference if tree_module._native is None else tree_module._native
    found: NDArray[np.uint8] = kernels.region_highest(tree.parents, leaves)
    return found


def _weights() -> NDArray[np.float32]:
    """(256,) by what the altitudes of nodes with each level are multiplied."""
    weights: NDArray[np.float32] = (FINER ** (np.arange(256) / 255)).astype(np.float32)
    return weights
