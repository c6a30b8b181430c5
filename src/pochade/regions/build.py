"""`build_tree`: from a picture, or its superpixels, to a region tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.errors import CancelledError, EngineUnavailableError, UsageError
from pochade.quantize_inputs import thread_count
from pochade.regions import features, merge_reference, tree
from pochade.regions.bands import Source, as_source
from pochade.regions.merge_reference import Graph, Rule
from pochade.regions.tree import RegionTree, label_means

if TYPE_CHECKING:
    from numpy.typing import NDArray

CRITERIA = ("ward", "border")
ENGINES = ("auto", "native", "reference")

Progress = Callable[[float], None]
Cancel = Callable[[], bool]
Poll = Callable[[float], None]


class Terms(NamedTuple):
    """What a merge costs, as given; see `build_tree`."""

    criterion: str = "ward"
    compactness: float = 0.0
    boundary: float = 0.0
    texture: float = 0.0
    lightness: float = 1.0

    @property
    def rule(self) -> Rule:
        """The criterion and the boundary term."""
        return Rule(1.0 if self.criterion == "border" else 0.0, self.boundary)


def build_tree(
    image: Any,
    *,
    space: str = "oklab",
    criterion: str = "ward",
    compactness: float = 0.0,
    boundary: float = 0.0,
    texture: float = 0.0,
    lightness: float = 1.0,
    superpixels: Any = None,
    engine: str = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> RegionTree:
    """Merge neighbouring regions until one is left, and keep every union.

    Two regions cost what their union adds to the squared error inside regions (Ward 1963). Plain
    Ward in OKLab repaints a picture best at any number of regions; for the outlines of objects use
    `build_segmentation_tree`. The kernels merge all pairs of mutual nearest neighbours at once, in
    rounds: the error at any number of regions is within a percent of merging one cheapest pair
    after the other, which the reference does.

    Args:
        image: anything `pochade.open_image` takes, or an array (h, w) or (h, w, bands) of any
            number type and number of bands; see `pochade.regions.bands.as_source` for which arrays
            are pictures.
        space: 'oklab', 'lab', 'srgb', 'linear', or 'bands': the values of an array as they are.
        criterion: 'ward', or 'border': Ward's cost divided by the length of the shared border.
        compactness: weight of position: the picture's diagonal counts as so many times the distance
            of black and white. 0 is none; 1 to 10 round the regions off.
        boundary: multiply costs by (1 + mean contrast along the shared border) to this power, the
            contrast being 100 between black and white.
        texture: weight of the local standard deviation of lightness as one more band.
        lightness: weight of the first band; 0.5 sees less of light and shade in 'lab' and 'oklab'.
        superpixels: begin with these instead of pixels: an integer array (h, w) of labels (any
            non-negative numbers, such as scikit-image's), or a number, for so many of our own.
        engine: 'native', 'reference' (exact order, slow), or 'auto'.
        threads: how many threads may work; the tree does not depend on it.
        progress: called with the share of the work done, 0..1.
        cancel: polled during the work; returning True raises CancelledError.

    Returns:
        The tree. The order of equal costs is fixed, so the same picture gives the same bytes at any
        number of threads and on every instruction set.

    Raises:
        UsageError: an option or an array that makes no sense.
        InputError: the picture cannot be read.
        EngineUnavailableError: engine 'native' where the kernels were not compiled.
        CancelledError: `cancel` returned True.

    >>> import numpy as np
    >>> tree = build_tree(np.uint8([[0, 0, 255]]))
    >>> tree.parents.tolist(), tree.altitudes.astype(int).tolist()
    ([3, 3, 4, 4, 4], [0, 0, 0, 0, 6666])
    """
    terms = Terms(criterion, compactness, boundary, texture, lightness)
    check_terms(terms)
    native = choose_engine(engine)
    workers = thread_count(threads)
    poll = poller(progress, cancel)
    source = as_source(image, space)
    about = {"space": source.space, **terms._asdict()}
    leaves = None
    if superpixels is not None:
        leaves = _superpixels(superpixels, source, engine, workers, about)
    if leaves is not None or not (native and terms.rule.plain):
        graph_labels = leaves if leaves is not None else _every_pixel(source.shape)
        graph = graph_of(graph_labels, source, terms, workers)
        parents, altitudes = merge_graph(graph, terms.rule, native, workers, poll)
    else:
        parents, altitudes = _merge_pixels(working_values(source, terms, workers), workers, poll)
    poll(1.0)
    return RegionTree(
        shape=source.shape,
        parents=parents,
        altitudes=altitudes,
        leaves=leaves,
        source=source,
        about=about,
    )


def check_terms(terms: Terms) -> None:
    """Complain about options that make no sense."""
    if terms.criterion not in CRITERIA:
        raise UsageError(f"there is no criterion {terms.criterion!r}; use {' or '.join(CRITERIA)}")
    for name, value in terms._asdict().items():
        if name != "criterion" and not 0 <= value <= 1e6:
            raise UsageError(f"{name} must be a number from 0 to 1,000,000, not {value!r}")


def choose_engine(engine: str) -> bool:
    """Whether the kernels are to work.

    Raises:
        UsageError: no engine of that name.
        EngineUnavailableError: the kernels were asked for by name, and were not compiled.
    """
    if engine not in ENGINES:
        raise UsageError(f"there is no engine {engine!r} for trees; use {', '.join(ENGINES)}")
    if engine == "native" and tree._native is None:
        raise EngineUnavailableError(
            "the engine 'native' is not available: pochade was installed without its compiled "
            "kernels; install it with `pip install --only-binary pochade pochade`."
        )
    return engine != "reference" and tree._native is not None


def poller(progress: Progress | None, cancel: Cancel | None) -> Poll:
    """One function to call now and then with the share of the work done."""

    def poll(share: float) -> None:
        if cancel is not None and cancel():
            raise CancelledError("building the region tree was cancelled")
        if progress is not None:
            progress(share)

    return poll


def working_values(
    source: Source, terms: Terms, threads: int, top: int = 0, bottom: int | None = None
) -> NDArray[np.float32]:
    """(rows, w, d) float32: the bands, weighted, then texture and position where wanted."""
    values: NDArray[np.float32] = source.values(top, bottom, threads=threads)
    if terms.lightness != 1:
        values[..., 0] *= np.float32(terms.lightness)
    more = []
    if terms.texture:
        spread = features.texture(source, threads=threads) * np.float32(terms.texture)
        more.append(spread[top:bottom, :, None])
    if terms.compactness:
        step = terms.compactness * source.unit()
        more.append(features.positions(source.shape, step)[top:bottom])
    return np.concatenate([values, *more], axis=2) if more else values


def _every_pixel(shape: tuple[int, int]) -> NDArray[np.int32]:
    return np.arange(shape[0] * shape[1], dtype=np.int32).reshape(shape)


def _merge_pixels(
    values: NDArray[np.float32], threads: int, poll: Poll
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The kernels' bulk merging; `values` are let go as soon as they are no longer needed."""
    forest = tree._native.RegionForest(values, threads)
    del values
    found: tuple[NDArray[np.int32], NDArray[np.float32]] = forest.merge(poll)
    return found


def graph_of(labels: NDArray[np.int32], source: Source, terms: Terms, threads: int) -> Graph:
    """The regions of a label image (labels 0..n-1) as a graph."""
    count = int(labels.max()) + 1
    h, w = source.shape
    sides = features.contrast(source, threads=threads) if terms.boundary else None
    if count == h * w:
        values = working_values(source, terms, threads).reshape(count, -1)
        return label_graph(labels, values, np.ones(count, np.int64), sides)
    means, sizes = label_means(labels, count, source)
    if terms.lightness != 1:
        means[:, 0] *= np.float32(terms.lightness)
    more = []
    flat = labels.reshape(-1)
    if terms.texture:
        spread = features.texture(source, threads=threads).reshape(-1)
        more.append(np.bincount(flat, spread, count) / sizes * terms.texture)
    if terms.compactness:
        step = terms.compactness * source.unit()
        at = features.positions(source.shape, step).reshape(-1, 2)
        more += [np.bincount(flat, at[:, axis], count) / sizes for axis in (0, 1)]
    if more:
        means = np.column_stack([means, *more]).astype(np.float32)
    return label_graph(labels, means, sizes, sides)


def label_graph(
    labels: NDArray[np.int32],
    means: NDArray[np.float32],
    sizes: NDArray[np.int64],
    contrast: tuple[NDArray[np.float32], NDArray[np.float32]] | None,
) -> Graph:
    """`merge_reference.graph_of_labels` by the kernels where there are any: the same to the bit."""
    if tree._native is None:
        return merge_reference.graph_of_labels(labels, means, sizes, contrast)
    right, below = contrast if contrast is not None else (None, None)
    found = tree._native.label_graph(np.ascontiguousarray(labels), len(means), right, below)
    return Graph(means, sizes, *found)


def merge_graph(
    graph: Graph, rule: Rule, native: bool, threads: int, poll: Poll
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Merge the regions of a graph, the cheapest pair first."""
    if not native:
        return merge_reference.merge(graph, rule, poll)
    found: tuple[NDArray[np.int32], NDArray[np.float32]] = tree._native.merge_regions(
        graph.means,
        graph.sizes.astype(np.float32),
        graph.pairs.astype(np.int32),
        graph.lengths.astype(np.float32),
        graph.contrasts.astype(np.float32),
        rule.border,
        rule.boundary,
        poll,
    )
    return found


def _superpixels(
    given: Any, source: Source, engine: str, threads: int, about: dict[str, Any]
) -> NDArray[np.int32]:
    """Labels 0..n-1 in the order of their first pixel, from labels or a wanted number."""
    if isinstance(given, int | np.integer) and not isinstance(given, bool):
        from pochade.regions.cuts import cut

        about["superpixels"] = int(given)
        image = source.pixels
        base = build_tree(image, space=source.space, engine=engine, threads=threads)
        return cut(base, regions=min(int(given), base.n)).labels
    labels = np.asarray(given)
    if labels.shape != source.shape or labels.dtype.kind not in "iu":
        raise UsageError(
            f"superpixels must be a number, or labels of shape {source.shape} and an integer type, "
            f"not {labels.shape} {labels.dtype}"
        )
    if int(labels.min()) < 0:
        raise UsageError("superpixel labels must not be negative")
    about["superpixels"] = "given"
    return raster_order(labels)


def raster_order(labels: NDArray[Any]) -> NDArray[np.int32]:
    """The same areas, numbered 0..n-1 in the order of their first pixel."""
    _, first, inverse = np.unique(labels.reshape(-1), return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return rank[inverse].reshape(labels.shape)
