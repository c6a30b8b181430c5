"""Segmentation: a picture divided into regions, by number, threshold, size or wish for detail."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.errors import UsageError
from pochade.quantize_inputs import thread_count
from pochade.regions import RegionTree, build_segmentation_tree, build_tree, cut, load_tree
from pochade.regions.bands import Source, as_source
from pochade.regions.build import poller
from pochade.segment_options import SegmentOptions
from pochade.segment_result import SegmentResult
from pochade.segments.classic import merge_by_color
from pochade.segments.cluster import cluster_areas

if TYPE_CHECKING:
    from numpy.typing import NDArray

BUILD_SHARE = 0.9

Progress = Callable[[float], None]
Cancel = Callable[[], bool]


class Divided(NamedTuple):
    """Labels, and what is known of how they came about."""

    labels: NDArray[np.int32]
    tree: RegionTree | None = None
    threshold: float | None = None
    clusters: NDArray[np.int32] | None = None
    notes: tuple[str, ...] = ()


def segment(
    image: Any,
    n: int | None = None,
    *,
    threshold: float | None = None,
    min_area: int | None = None,
    detail: Any = None,
    method: str = "tree",
    cost: str | None = None,
    space: str | None = None,
    compactness: float = 0.0,
    position: float = 0.0,
    size_cull: bool = True,
    bulk: float = 0.5,
    tree: Any = None,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> SegmentResult:
    """Divide a picture into regions: connected areas that are alike inside.

    Args:
        image: anything `pochade.open_image` takes, or an array (h, w) or (h, w, bands) of any
            number type and number of bands: uint8 and uint16 of one, three or four channels are
            sRGB pictures, all else are bands of numbers as they are. None with a `tree` that was
            saved with its picture.
        n: number of regions, 200 unless given; number of clusters with k-means, 8 unless given.
        threshold: instead of `n`: split every union that costs more than this.
        min_area: no region of fewer pixels; without `n` and `threshold` as many regions as that
            allows.
        detail: (h, w) array, 0..1, bool or uint8, or a picture of the same size: finer regions
            where it is higher.
        method: 'tree', a region tree and a cut of it; 'kmeans', clusters of colours and their
            connected areas; 'classic', RajaRavi's merging in bulk by colour alone.
        cost: of the tree: 'border' (unless given) follows the outlines of objects, 'ward' keeps the
            colours: take it for flat repaints and numbered sheets.
        space: where colours are compared: 'lab' for the cost 'border', 'oklab' otherwise, 'srgb'
            for classic.
        compactness: weight of position in the tree.
        position: weight of position in k-means, in black-white distances a diagonal.
        size_cull: 'classic' merges small regions after each round as well.
        bulk: share of the regions that a round of 'classic' merges.
        tree: a `RegionTree` or the file of one, to cut instead of building one.
        seed: where random choices start. Same seed, same bytes, on any number of threads.
        threads: number of threads; None takes all that this process may use.
        progress: called with the share of the work done, 0..1.
        cancel: polled during the work; returning True raises CancelledError.

    Returns:
        Labels in raster order, the table of regions, and pictures of them; see `SegmentResult`.
        Fewer regions than asked for where the picture has no more that differ.

    Raises:
        UsageError: an option makes no sense, or the array is no picture.
        InputError: the picture, mask or tree cannot be read.
        CancelledError: `cancel` returned True.

    >>> import numpy as np
    >>> picture = np.zeros((2, 4, 3), np.uint8); picture[:, 2:] = 200
    >>> segment(picture, 2).labels.tolist()
    [[0, 0, 1, 1], [0, 0, 1, 1]]
    """
    options = SegmentOptions(
        n=n,
        threshold=threshold,
        min_area=min_area,
        detail=detail,
        method=method,
        cost=cost,
        space=space,
        compactness=compactness,
        position=position,
        size_cull=size_cull,
        bulk=bulk,
        tree=tree,
        seed=seed,
        threads=threads,
    )
    return segment_with(options, image, progress=progress, cancel=cancel)


def segment_with(
    options: SegmentOptions,
    image: Any,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> SegmentResult:
    """`segment` with its options in one object; raises the same."""
    loaded = _given_tree(options.tree)
    source = _source(image, loaded, options)
    workers = thread_count(options.threads)
    poll = poller(progress, cancel)
    if options.method == "kmeans":
        divided = _clustered(source, options, workers, poll)
    elif options.method == "classic":
        divided = _classic(source, options, workers, poll)
    else:
        divided = _cut(source, options, loaded, workers, (progress, cancel))
    poll(1.0)
    count = int(divided.labels.max()) + 1
    notes = divided.notes
    wanted = options.regions
    if options.method != "kmeans" and wanted is not None and not notes and count < wanted:
        notes += (_fewer(count, options),)
    return SegmentResult(
        labels=divided.labels,
        count=count,
        source=source.pixels,
        space=source.space,
        options=options,
        tree=divided.tree,
        threshold=divided.threshold,
        clusters=divided.clusters,
        notes=notes,
    )


def _fewer(count: int, options: SegmentOptions) -> str:
    regions = f"{count:,} region{'' if count == 1 else 's'}"
    if options.min_area is not None and options.min_area > 1:
        return f"{regions}: some were smaller than {options.min_area} pixels"
    return f"only {regions}: the picture has no more that differ from their neighbours"


def _given_tree(tree: Any) -> RegionTree | None:
    if tree is None or isinstance(tree, RegionTree):
        return tree
    if not isinstance(tree, (str, os.PathLike)):
        raise UsageError(f"tree must be a RegionTree or the file of one, not {type(tree).__name__}")
    return load_tree(tree)


def _source(image: Any, tree: RegionTree | None, options: SegmentOptions) -> Source:
    """The picture in the space of the method."""
    if image is None:
        if tree is None or tree.source is None:
            raise UsageError("there is no picture: give one, or a tree that was saved with its own")
        return tree.source
    default = {"kmeans": "oklab", "classic": "srgb"}.get(options.method)
    space = options.space or default or ("lab" if options.outlining else "oklab")
    source = as_source(image, space)
    if tree is not None and source.shape != tree.shape:
        raise UsageError(
            f"the tree is of a picture of {tree.shape[1]}x{tree.shape[0]} pixels, this one has "
            f"{source.shape[1]}x{source.shape[0]}"
        )
    return source


def _cut(
    source: Source,
    options: SegmentOptions,
    tree: RegionTree | None,
    threads: int,
    hooks: tuple[Progress | None, Cancel | None],
) -> Divided:
    """A cut of the tree; areas that differ in nothing stay together."""
    detail = None if options.detail is None else _detail(options.detail, source.shape)
    if tree is None:
        tree = _built(source, options, threads, hooks)
    wanted = options.regions
    if wanted is not None:
        wanted = min(wanted, tree.n)
    found = cut(
        tree,
        regions=wanted,
        threshold=options.threshold,
        min_area=options.min_area,
        detail=detail,
    )
    if wanted is not None and wanted > 1 and found.threshold <= 0:
        # So many regions need areas of one colour to be split at random.
        least = options.min_area
        found = cut(tree, threshold=0.0, min_area=least, detail=detail)
    return Divided(found.labels, tree, float(found.threshold))


def _built(
    source: Source,
    options: SegmentOptions,
    threads: int,
    hooks: tuple[Progress | None, Cancel | None],
) -> RegionTree:
    progress, cancel = hooks
    build = build_segmentation_tree if options.outlining else build_tree
    return build(
        source.pixels,
        space=source.space,
        compactness=options.compactness,
        threads=threads,
        progress=None if progress is None else lambda share: progress(BUILD_SHARE * share),
        cancel=cancel,
    )


def _detail(given: Any, shape: tuple[int, int]) -> NDArray[Any]:
    """The detail map of a picture: an array as it is, of anything else the brightness."""
    if isinstance(given, np.ndarray) and given.ndim == 2:
        mask = given
    else:
        from pochade.io.open import open_image

        pixels = open_image(given).pixels
        mask = pixels[..., :3].mean(axis=2, dtype=np.float32)
        if pixels.shape[2] == 4:
            mask *= pixels[..., 3] / np.float32(255)
        mask = np.rint(mask).astype(np.uint8)
    if mask.shape != shape:
        raise UsageError(
            f"the detail mask is {mask.shape[1]}x{mask.shape[0]} pixels, the picture "
            f"{shape[1]}x{shape[0]}: they must be equal"
        )
    return mask


def _clustered(source: Source, options: SegmentOptions, threads: int, poll: Any) -> Divided:
    wanted = options.regions
    assert wanted is not None
    labels, clusters = cluster_areas(
        source,
        wanted,
        position=options.position,
        min_area=options.min_area or 1,
        seed=options.seed,
        threads=threads,
        poll=poll,
    )
    return Divided(labels, clusters=clusters)


def _classic(source: Source, options: SegmentOptions, threads: int, poll: Any) -> Divided:
    from pochade.segments.measure import region_means
    from pochade.segments.merge import without_small

    wanted = options.regions
    assert wanted is not None
    labels = merge_by_color(
        source,
        wanted,
        bulk=options.bulk,
        size_cull=options.size_cull,
        threads=threads,
        poll=poll,
    )
    if options.min_area is not None and options.min_area > 1:
        means = region_means(labels, int(labels.max()) + 1, source.pixels)
        labels, _ = without_small(labels, means, options.min_area)
    return Divided(labels)
