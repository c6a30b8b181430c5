"""The colours of a picture as points in a colour space, with the clusters among them.

Every pixel is a point; pixels of one colour fall on one point, which therefore knows how many they
are. A photo of 24 megapixels has some 5,000 to 500,000 points. Clusters are those that `quantize`
finds with the same options: every cluster is what one entry of its palette stands
for, and the black dots are the clusters' means.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.cloud_options import CloudOptions
from pochade.color.working import working_space
from pochade.errors import InputError
from pochade.histogram import ColorCounts, count_colors
from pochade.kmeans.palette_search import SearchSettings
from pochade.palette_fit import PaletteFit, fit_palette
from pochade.palette_task import FitSettings
from pochade.plot.cloud_result import CloudResult, coordinates
from pochade.plot.cloud_walls import MOST_WALLED
from pochade.quantize_inputs import as_image, thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image, Points

Progress = Callable[[float], None]
Cancel = Callable[[], bool]


def cloud(
    image: Any,
    k: int | str | None = None,
    *,
    space: str = "srgb",
    by: str = "own",
    centroids: bool = True,
    cells: bool = False,
    turn: float = 32.0,
    tilt: float = 18.0,
    theme: str = "auto",
    title: str | None = None,
    size: str = "1200x900",
    effort: str = "default",
    init: str | None = None,
    iters: int | None = None,
    engine: str = "auto",
    seed: int = 0,
    threads: int | None = None,
    resize: str | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> CloudResult:
    """Show a picture's colours as a cloud of points in a colour space.

    Args:
        image: (h, w, c) uint8 array with c = 3 or 4 (straight alpha), or anything that
            `pochade.io.open_image` takes: a path, bytes, a PIL image, an https URL. Fully
            transparent pixels have no colour and are left out; translucent ones count with theirs.
        k: number of clusters, 1 to 65,536, or `"auto"`, `"auto:knee"`, `"auto:variance"`; None
            seeks none.
        space: the space shown, in which clusters are sought too: `"srgb"`, `"lab"`, `"oklab"`. A
            page can be switched to the others.
        by: `"own"` colours, or those of the `"cluster"`; a page can be switched.
        centroids: mark the centres.
        cells: draw the walls between the clusters.
        turn: degrees about the upright axis of the first view.
        tilt: degrees by which the first view looks down.
        theme: `"auto"`, `"light"` or `"dark"`.
        title: title; None is the name of the file, if there is one.
        size: of a PNG or SVG in pixels, `"WxH"`.
        effort: as for `pochade.quantize`, as are `init`, `iters`, `engine` and `seed`.
        init: plain k-means from this start.
        iters: plain k-means with at most this many iterations.
        engine: what does the arithmetic.
        seed: where random choices start. Same seed, same bytes, on any number of threads.
        threads: number of threads; None takes all that this process may use.
        resize: `"WxH"` or a longest side, before anything else (see `pochade.io.resize`).
        progress: called with the share of the search done, 0..1.
        cancel: polled during the search; returning True raises CancelledError.

    Returns:
        The points with their counts, and the clusters if asked for; `save` writes a page
        (`.html`), `.png` or `.svg`. See `CloudResult`.

    Raises:
        UsageError: an option makes no sense.
        InputError: the picture cannot be read, or all of it is transparent.
        CancelledError: `cancel` returned True.

    >>> picture = np.array([[[255, 0, 0], [250, 0, 0], [0, 0, 255], [0, 0, 255]]], np.uint8)
    >>> result = cloud(picture, 2)
    >>> result.colors.tolist(), result.counts.tolist()
    ([[0, 0, 255], [250, 0, 0], [255, 0, 0]], [2, 1, 1])
    >>> result.centroids.tolist(), result.labels.tolist()
    ([[0.0, 0.0, 255.0], [252.5, 0.0, 0.0]], [0, 1, 1])
    """
    options = CloudOptions(
        k=k,
        space=space,
        by=by,
        centroids=centroids,
        cells=cells,
        turn=turn,
        tilt=tilt,
        theme=theme,
        title=_name(image) if title is None else title,
        size=size,
        effort=effort,
        init=init,
        iters=iters,
        engine=engine,
        seed=seed,
        threads=threads,
        resize=resize,
    )
    return cloud_of(as_image(image, resize=resize), options, progress=progress, cancel=cancel)


def cloud_of(
    picture: Image,
    options: CloudOptions,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> CloudResult:
    """The cloud of an (h, w, 3 or 4) uint8 picture that was resized already; see `cloud`."""
    threads = thread_count(options.threads)
    counted = count_colors([visible(picture)], threads=threads)
    # By red, green, blue: an order that anyone can reproduce, and one that packs well.
    keys = counted.colors.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    order = np.argsort(keys)
    colors, counts = counted.colors[order], counted.counts[order]
    fit = None
    if options.k is not None:
        search = SearchSettings(
            effort=options.effort,
            init=options.init,
            iters=options.iters,
            engine=options.engine,
            seed=options.seed,
            threads=threads,
            progress=progress,
            cancel=cancel,
        )
        fit = _fit(counted, options, FitSettings(search=search))
    points = coordinates(colors, options.space, threads=threads)
    labels = None if fit is None else fit.labels[order]
    return CloudResult(
        colors=colors,
        counts=counts,
        points=points,
        labels=labels,
        centroids=None if labels is None else means(points, counts, labels),
        palette=None if fit is None else fit.palette,
        source=picture,
        options=options,
        engine="" if fit is None else fit.engine,
        reason="" if fit is None else fit.reason,
        n_iter=0 if fit is None else fit.n_iter,
        notes=_notes(picture, counts, options, fit),
    )


def visible(picture: Image) -> Image:
    """The pixels that are not fully transparent, without alpha: (h, w, 3), or one row of them.

    Raises:
        InputError: there are none.
    """
    if picture.shape[2] == 3:
        return picture
    shown = picture[:, :, 3] > 0
    if shown.all():
        return np.ascontiguousarray(picture[:, :, :3])
    if not shown.any():
        raise InputError("every pixel is transparent: there is no colour to show")
    return picture[:, :, :3][shown][None]


def means(
    points: Points, counts: NDArray[np.uint32], labels: NDArray[np.int32]
) -> NDArray[np.float64]:
    """The centroids: (k, 3) float64, the mean over the pixels of each cluster."""
    pixels = np.bincount(labels, weights=counts)
    sums = [
        np.bincount(labels, weights=counts * points[:, axis].astype(float)) for axis in (0, 1, 2)
    ]
    return np.asarray(np.stack(sums, axis=1) / pixels[:, None], np.float64)


def _fit(counted: ColorCounts, options: CloudOptions, settings: FitSettings) -> PaletteFit:
    """The clusters, as `quantize` finds them for an opaque picture of these colours."""
    colors, weights = counted.colors, counted.weights
    space = working_space(options.space, alpha=False)

    def fit(k: int) -> PaletteFit:
        return fit_palette(colors, weights, k, space, settings)

    if isinstance(options.k, str):
        from pochade.auto_k import k_by_rule

        return fit(max(1, k_by_rule(options.k, colors, weights, fit, options)))
    assert options.k is not None
    return fit(options.k)


def _notes(
    picture: Image, counts: NDArray[np.uint32], options: CloudOptions, fit: PaletteFit | None
) -> tuple[str, ...]:
    """What to know about the points and clusters."""
    notes = () if fit is None else fit.notes
    hidden = picture.shape[0] * picture.shape[1] - int(counts.sum(dtype=np.int64))
    if hidden:
        pixels = "pixel is" if hidden == 1 else "pixels are"
        notes = (f"{hidden:,} fully transparent {pixels} left out", *notes)
    if options.cells and fit is not None and len(fit.palette) > MOST_WALLED:
        notes += (f"no walls are drawn between more than {MOST_WALLED} clusters",)
    return notes


def _name(image: Any) -> str | None:
    """The file's own name, of a picture given by its path."""
    if isinstance(image, (str, os.PathLike)) and image != "-":
        from pochade.io.source import printable

        return printable(os.fspath(image).replace("\\", "/").rstrip("/").rpartition("/")[2])
    return None
