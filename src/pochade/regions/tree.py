"""`RegionTree`: every level of detail of one picture."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import UsageError
from pochade.regions import tree_reference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.regions.bands import Source

_native: Any
try:
    _native = import_module("pochade._native")
except ImportError:  # installed without a compiler
    _native = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RegionTree:
    """A binary partition tree: each inner node is the union of two neighbouring regions.

    Nodes 0..n-1 are the leaves: the pixels in raster order, or superpixels in the order of their
    first pixel. Nodes n..2n-2 are unions, each after its two children; the last one, 2n-2, is the
    whole picture. Nodes are not sorted by altitude.

    Attributes:
        shape: rows and columns of the picture.
        parents: (2n-1,) int32: the union that each node is part of; the root's is itself.
        altitudes: (2n-1,) float32: 0 for leaves, for unions what merging them cost, in squared
            units of the space (100 is black to white); never lower than the children's.
        leaves: (h, w) int32: the leaf of each pixel; None where leaves are the pixels.
        source: the picture that it was built from; None for a tree loaded without it.
        about: how it was built: space, criterion and the other settings, as JSON can hold them.
    """

    shape: tuple[int, int]
    parents: NDArray[np.int32]
    altitudes: NDArray[np.float32]
    leaves: NDArray[np.int32] | None = None
    source: Source | None = None
    about: dict[str, Any] = field(default_factory=dict)
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def n(self) -> int:
        """The number of leaves."""
        return (len(self.parents) + 1) // 2

    @property
    def root(self) -> int:
        """The node that is the whole picture."""
        return len(self.parents) - 1

    @property
    def sizes(self) -> NDArray[np.int32]:
        """(2n-1,) int32: pixels of each node. Computed when first asked for."""
        if "sizes" not in self._kept:
            leaves = np.ones(self.n, np.int32)
            if self.leaves is not None:
                leaves = np.bincount(self.leaves.reshape(-1), minlength=self.n).astype(np.int32)
            found = (
                tree_reference.node_sizes(self.parents, leaves)
                if _native is None
                else _native.region_sizes(self.parents, leaves)
            )
            self._kept["sizes"] = _frozen(found)
        sizes: NDArray[np.int32] = self._kept["sizes"]
        return sizes

    @property
    def children(self) -> NDArray[np.int32]:
        """(n-1, 2) int32: the two parts of each union, lower number first; row i is node n+i."""
        if "children" not in self._kept:
            order = np.argsort(self.parents[:-1], kind="stable").astype(np.int32)
            self._kept["children"] = _frozen(order.reshape(-1, 2))
        children: NDArray[np.int32] = self._kept["children"]
        return children

    @property
    def means(self) -> NDArray[np.float32]:
        """(2n-1, bands) float32: the mean of each node in the space of the tree.

        Pictures are scaled so that black and white are 100 apart; RGBA has four bands, see
        `bands.Source`. Computed when first asked for: 16 bytes a pixel for a colour picture.

        Raises:
            UsageError: the tree was loaded from a file without its picture.
        """
        if "means" not in self._kept:
            if self.source is None:
                raise UsageError(
                    "the tree was loaded without its picture: use region_means(tree, image)"
                )
            self._kept["means"] = _frozen(node_means(self, self.source))
        means: NDArray[np.float32] = self._kept["means"]
        return means

    def save(
        self, path: str | os.PathLike[str], *, overwrite: bool = False, picture: bool = True
    ) -> Path:
        """Write the tree to an .npz file (see `pochade.regions.files` for its layout).

        Args:
            path: where to write; nothing is added to the name.
            overwrite: replace an existing file.
            picture: keep the picture in it, so that `means` works after loading.

        Raises:
            OutputError: the file exists already or cannot be written.
        """
        from pochade.regions.files import save_tree

        return save_tree(self, path, overwrite=overwrite, picture=picture)


def leaf_means(tree: RegionTree, source: Source) -> NDArray[np.float32]:
    """(n, bands) float32: the mean of each leaf in the working values of a picture."""
    if tree.leaves is None:
        values: NDArray[np.float32] = source.values()
        return values.reshape(tree.n, -1)
    return label_means(tree.leaves, tree.n, source)[0]


def label_means(
    labels: NDArray[np.int32], count: int, source: Source
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Means (count, bands) float32 of labelled areas, and their sizes (count,), strip by strip."""
    sums = np.zeros((count, source.bands))
    sizes = np.zeros(count, np.int64)
    rows = max(1, (1 << 18) // source.shape[1])
    for top in range(0, source.shape[0], rows):
        values = source.values(top, top + rows).reshape(-1, source.bands)
        part = labels[top : top + rows].reshape(-1)
        sizes += np.bincount(part, minlength=count)
        for band in range(source.bands):
            sums[:, band] += np.bincount(part, values[:, band], minlength=count)
    return (sums / np.maximum(sizes, 1)[:, None]).astype(np.float32), sizes


def node_means(tree: RegionTree, source: Source) -> NDArray[np.float32]:
    """(2n-1, bands) float32: the mean of every node in the working values of a picture."""
    leaves = leaf_means(tree, source)
    if _native is None:
        return tree_reference.node_means(tree.parents, tree.sizes, leaves)
    found: NDArray[np.float32] = _native.region_means(tree.parents, tree.sizes, leaves)
    return found


def _frozen(array: Any) -> Any:
    array.flags.writeable = False
    return array
