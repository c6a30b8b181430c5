"""What a tree says about the picture: how strong each border is, and what each region is like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import UsageError
from pochade.quantize_inputs import thread_count
from pochade.regions import tree as tree_module
from pochade.regions.bands import as_source
from pochade.regions.cuts import Cut
from pochade.regions.tree import RegionTree, label_means, node_means

if TYPE_CHECKING:
    from numpy.typing import NDArray


def boundary_edges(
    tree: RegionTree, *, threads: int | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The altitude at which neighbouring pixels come together: the ultrametric contour map.

    Args:
        tree: any region tree.
        threads: how many threads may work; the result does not depend on it.

    Returns:
        (h, w-1) between each pixel and its right neighbour, (h-1, w) between each and the one
        below, float32. Two pixels are in one region of `cut(tree, threshold=t)` exactly where the
        value is at most t.
    """
    h, w = tree.shape
    if tree_module._native is not None:
        found: tuple[NDArray[np.float32], NDArray[np.float32]] = tree_module._native.region_edges(
            tree.parents, tree.altitudes, h, w, tree.leaves, thread_count(threads)
        )
        return found
    leaf = np.arange(h * w).reshape(h, w) if tree.leaves is None else tree.leaves
    return (
        _meeting(tree, leaf[:, :-1], leaf[:, 1:]),
        _meeting(tree, leaf[:-1], leaf[1:]),
    )


def _meeting(tree: RegionTree, one: NDArray[Any], two: NDArray[Any]) -> NDArray[np.float32]:
    """The altitude of the lowest common node of two arrays of leaves."""
    a, b = one.astype(np.int32).reshape(-1), two.astype(np.int32).reshape(-1)
    apart = np.flatnonzero(a != b)
    while len(apart):
        left, right = a[apart], b[apart]
        lower = left < right
        a[apart] = np.where(lower, tree.parents[left], left)
        b[apart] = np.where(lower, right, tree.parents[right])
        apart = apart[a[apart] != b[apart]]
    return tree.altitudes[a].reshape(one.shape)


def boundary_strength(tree: RegionTree, *, threads: int | None = None) -> NDArray[np.float32]:
    """The ultrametric contour map as a picture: (h, w) float32.

    A pixel has the higher altitude of its borders to the right and below, 0 where these are none:
    lines are one pixel wide and lie on the upper left side of each border. Thresholding it at t
    gives the outlines of `cut(tree, threshold=t)`.

    Args:
        tree: any region tree.
        threads: as for `boundary_edges`.
    """
    right, below = boundary_edges(tree, threads=threads)
    out = np.zeros(tree.shape, np.float32)
    out[:, :-1] = right
    np.maximum(out[:-1], below, out=out[:-1])
    return out


def region_means(
    what: RegionTree | Cut, image: Any, *, space: str | None = None
) -> NDArray[np.float32]:
    """The mean of each region of a cut, or of each node of a tree.

    Args:
        what: a cut (count rows) or a tree (2n-1 rows).
        image: a picture or an array of the same size as the one that the tree was built from; it
            may be another one: an original beside its blurred copy, a depth map.
        space: as for `build_tree`, the space that is averaged in, and its units (black to white is
            100). None takes the values of the picture itself: 0..255 of 8-bit sRGB.

    Returns:
        (rows, bands) float32.

    Raises:
        UsageError: a picture of another size.
    """
    tree = what if isinstance(what, RegionTree) else what.tree
    source = as_source(image, "bands" if space is None else space)
    if source.shape != tree.shape:
        raise UsageError(
            f"the picture has {source.shape[0]} rows and {source.shape[1]} columns, the tree "
            f"{tree.shape[0]} and {tree.shape[1]}"
        )
    if isinstance(what, RegionTree):
        return node_means(what, source)
    return label_means(what.labels, what.count, source)[0]
