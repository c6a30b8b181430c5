"""The regions that `cutout` decides about: superpixels of the region tree, as a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.regions import features
from pochade.regions.bands import Source, as_source
from pochade.regions.cuts import cut
from pochade.regions.merge_reference import graph_of_labels
from pochade.regions.segmentation import build_segmentation_tree
from pochade.regions.tree import RegionTree, label_means

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pochade.types import Image

# One region for so many pixels, within bounds: thin legs and fingers need small ones, and the
# smallest cut of more takes too long.
PIXELS_A_REGION = 24
FEWEST, MOST = 400, 6000
MOST_UNMARKED = 4000  # where nobody has said anything, more make it no better
COARSE = 220


class Regions(NamedTuple):
    """Superpixels of a picture and who touches whom.

    Attributes:
        labels: (h, w) int32, the region of each pixel, 0..n-1.
        colors: (n, 3) float64, mean CIE Lab (0..100 for L).
        sizes: (n,) pixels.
        centers: (n, 2) float64: (row, column) of the centroid as shares of height and width.
        pairs: (m, 2) regions that touch, each pair once.
        lengths: (m,) pixel sides that they share.
        contrasts: (m,) mean contrast across them, 100 for black-white.
        rims: (n,) pixel sides that lie on the border of the picture.
        tree: the segmentation tree that they are a cut of.
    """

    labels: NDArray[np.int32]
    colors: NDArray[np.float64]
    sizes: NDArray[np.float64]
    centers: NDArray[np.float64]
    pairs: NDArray[np.int64]
    lengths: NDArray[np.float64]
    contrasts: NDArray[np.float64]
    rims: NDArray[np.float64]
    tree: RegionTree

    @property
    def n(self) -> int:
        """Number of regions."""
        return len(self.sizes)


def regions_of(
    image: Image,
    *,
    most: int = MOST,
    threads: int,
    progress: Callable[[float], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Regions:
    """The regions, at most `most`, of an opaque picture (h, w, 3) uint8."""
    # Means, not distributions: all that follows was tuned on them.
    tree = build_segmentation_tree(
        image,
        distributions=False,
        texture=2.0,
        lightness=0.5,
        threads=threads,
        progress=progress,
        cancel=cancel,
    )
    wanted = min(tree.n, max(FEWEST, min(most, tree.n // PIXELS_A_REGION)))
    return graph_of_cut(tree, wanted, as_source(image, "lab"), threads)


def coarse_of(regions: Regions, source: Any, threads: int) -> Regions:
    """A few hundred regions of the same tree, which are unions of the finer ones."""
    return graph_of_cut(regions.tree, min(COARSE, regions.n), as_source(source, "lab"), threads)


def graph_of_cut(tree: RegionTree, wanted: int, source: Source, threads: int) -> Regions:
    """A cut of a tree with its colours and borders."""
    labels = cut(tree, regions=wanted).labels
    n = int(labels.max()) + 1
    means, sizes = label_means(labels, n, source)
    sides = features.contrast(source, threads=threads)
    graph = graph_of_labels(labels, means, sizes, sides)
    rows, columns = labels.shape
    flat = labels.reshape(-1)
    at_row = np.bincount(flat, np.repeat(np.arange(rows) + 0.5, columns), n) / sizes / rows
    at_column = np.bincount(flat, np.tile(np.arange(columns) + 0.5, rows), n) / sizes / columns
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return Regions(
        labels=labels,
        colors=means.astype(np.float64),
        sizes=sizes.astype(np.float64),
        centers=np.column_stack([at_row, at_column]),
        pairs=graph.pairs,
        lengths=graph.lengths,
        contrasts=graph.contrasts / graph.lengths,
        rims=np.bincount(rim, minlength=n).astype(np.float64),
        tree=tree,
    )


def members(regions: Regions, labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """(n,) the label that each region has in a coarser label image of the same tree."""
    found = np.empty(regions.n, np.int32)
    found[regions.labels.reshape(-1)] = labels.reshape(-1)
    return found


def at_sides(regions: Regions) -> NDArray[np.float64]:
    """(n,) pixel sides of each region on the left, right and upper border of the picture."""
    labels = regions.labels
    border = np.concatenate([labels[0], labels[:, 0], labels[:, -1]])
    return np.bincount(border, minlength=regions.n).astype(np.float64)


def share_of(regions: Regions, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n,) share of each region's pixels that a mask (h, w) covers."""
    weights = mask.reshape(-1).astype(np.float64)
    return np.bincount(regions.labels.reshape(-1), weights, regions.n) / regions.sizes


def connected(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(h, w) int32: the number of the 4-connected area of equal values that each pixel is in."""
    from pochade.cutting.sparse import components

    numbers = np.arange(mask.size).reshape(mask.shape)
    across = mask[:, 1:] == mask[:, :-1]
    down = mask[1:] == mask[:-1]
    pairs = np.concatenate(
        [
            np.column_stack([numbers[:, :-1][across], numbers[:, 1:][across]]),
            np.column_stack([numbers[:-1][down], numbers[1:][down]]),
        ]
    )
    return components(pairs, mask.size).reshape(mask.shape)
