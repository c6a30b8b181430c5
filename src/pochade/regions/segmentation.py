"""The two-stage tree: Ward's up to a few thousand regions, then one that sees borders.

Ward's cost repaints well and outlines poorly: objects are cut along their shading. Dividing it by
the shared border's length, multiplying by the contrast along it, and comparing how colours and
texture are distributed instead of mean colours gives outlines near to what people draw; and it
costs milliseconds when it starts from a few thousand regions instead of pixels.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import UsageError
from pochade.quantize_inputs import thread_count
from pochade.regions import features
from pochade.regions.bands import Source, as_source
from pochade.regions.build import (
    Cancel,
    Progress,
    Terms,
    build_tree,
    check_terms,
    choose_engine,
    graph_of,
    label_graph,
    merge_graph,
    poller,
)
from pochade.regions.cuts import Cut, cut
from pochade.regions.merge_reference import Graph
from pochade.regions.spread import BINS, spread_of
from pochade.regions.tree import RegionTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

BOTTOM_SHARE = 0.8  # of the time, for progress


def build_segmentation_tree(
    image: Any,
    *,
    seeds: int = 3000,
    space: str = "lab",
    criterion: str = "border",
    compactness: float = 0.0,
    boundary: float = 1.0,
    texture: float = 1.0,
    lightness: float = 0.7,
    distributions: bool = True,
    engine: str = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> RegionTree:
    """The tree for segmenting and cutting out: its upper levels follow the outlines of objects.

    A Ward tree from the pixels is cut at `seeds` regions, and those are merged by the other terms.
    The result is one tree over the pixels. The altitudes of its lower part are Ward's, scaled so
    that none exceeds the lowest of the upper part: a cut into up to `seeds` regions splits unions
    of the upper part alone, and a finer one goes on in Ward's order.

    Args:
        image: as for `build_tree`.
        seeds: regions in which the upper part begins; at least 1.
        space: 'lab' outlines better than 'oklab'.
        criterion: as for `build_tree`, for the upper part, and so are `compactness`, `boundary`,
            `texture` and `lightness`.
        compactness: see `build_tree`.
        boundary: see `build_tree`.
        texture: see `build_tree`.
        lightness: see `build_tree`.
        distributions: regions differ as the distributions of their values do, and of their texture
            at three scales (see `pochade.regions.spread`); False: as their means do, for which
            texture 2 and lightness 0.5 do best.
        engine: see `build_tree`.
        threads: see `build_tree`.
        progress: called with the share of the work done, 0..1.
        cancel: polled during the work; returning True raises CancelledError.

    Raises:
        UsageError, InputError, EngineUnavailableError, CancelledError: as for `build_tree`.

    >>> picture = np.zeros((4, 4, 3), np.uint8); picture[:, 2:] = 255
    >>> cut(build_segmentation_tree(picture), regions=2).labels[0].tolist()
    [0, 0, 1, 1]
    """
    terms = Terms(criterion, compactness, boundary, texture, lightness)
    check_terms(terms)
    if seeds < 1:
        raise UsageError(f"seeds must be 1 or more, not {seeds}")
    native, workers = choose_engine(engine), thread_count(threads)
    poll = poller(progress, cancel)
    source = as_source(image, space)
    bottom = build_tree(
        source.pixels,
        space=source.space,
        engine=engine,
        threads=workers,
        progress=lambda share: poll(share * BOTTOM_SHARE),
    )
    base = cut(bottom, regions=min(seeds, bottom.n))
    graph = (_graph if distributions else graph_of)(base.labels, source, terms, workers)
    poll(BOTTOM_SHARE)
    parents, altitudes = merge_graph(graph, terms.rule, native, workers, lambda _: poll(0.95))
    about = {"space": source.space, **terms._asdict()}
    about |= {"seeds": base.count, "distributions": distributions}
    tree = stack(bottom, base, parents, altitudes)
    poll(1.0)
    return RegionTree(
        shape=tree.shape,
        parents=tree.parents,
        altitudes=tree.altitudes,
        source=source,
        about=about,
    )


def _graph(labels: NDArray[np.int32], source: Source, terms: Terms, threads: int) -> Graph:
    """The regions of a label image as distributions, with their borders."""
    count = int(labels.max()) + 1
    sides = features.contrast(source, threads=threads) if terms.boundary else None
    spread, sizes = spread_of(
        labels, count, source, lightness=terms.lightness, texture=terms.texture, threads=threads
    )
    if terms.compactness:
        # Black and white are sqrt(BINS) apart as distributions.
        at = features.positions(source.shape, terms.compactness * math.sqrt(BINS)).reshape(-1, 2)
        flat = labels.reshape(-1)
        places = [np.bincount(flat, at[:, axis], count) / sizes for axis in (0, 1)]
        spread = np.column_stack([spread, *places]).astype(np.float32)
    return label_graph(labels, spread, sizes, sides)


def stack(
    bottom: RegionTree, base: Cut, parents: NDArray[np.int32], altitudes: NDArray[np.float32]
) -> RegionTree:
    """One tree: below the regions of a cut of `bottom`, above them a tree over those regions.

    Args:
        bottom: a tree over pixels.
        base: a cut of it into k regions.
        parents: (2k-1,) the tree over the regions, leaf i being region i of the cut.
        altitudes: (2k-1,) its altitudes.

    Returns:
        A tree with the leaves of `bottom`. Nodes of `bottom` that are not split keep their order;
        their altitudes are scaled where they would exceed the lowest union above.
    """
    n, k = bottom.n, base.count
    kept = np.ones(2 * n - 1, bool)
    _mark_split(bottom, base, kept)
    kept[base.nodes] = True
    number = np.cumsum(kept, dtype=np.int32) - np.int32(1)
    below = int(number[-1]) + 1
    top = below - k + parents[k:]
    out = np.empty(2 * n - 1, np.int32)
    out[:below] = number[bottom.parents[kept]]
    out[number[base.nodes]] = below - k + parents[:k] if k > 1 else below - 1
    out[below:] = top
    heights = np.empty(2 * n - 1, np.float32)
    heights[:below] = bottom.altitudes[kept]
    highest = float(heights[:below].max())
    lowest = float(altitudes[k:].min()) if k > 1 else highest
    if highest > lowest:
        heights[:below] *= np.float32(lowest / highest)
        np.minimum(heights[:below], np.float32(lowest), out=heights[:below])
    heights[below:] = altitudes[k:]
    return RegionTree(
        shape=bottom.shape, parents=out, altitudes=heights, leaves=bottom.leaves, about=bottom.about
    )


def _mark_split(tree: RegionTree, base: Cut, kept: NDArray[np.bool_]) -> None:
    """Clear `kept` for the unions that a cut by number splits: the highest, then the last."""
    high = np.flatnonzero(tree.altitudes >= np.float32(base.threshold))
    high = high[high >= tree.n]
    order = np.lexsort((high, tree.altitudes[high]))
    kept[high[order[len(order) - (base.count - 1) :]]] = False
