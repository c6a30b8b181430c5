"""A picture as a table of its pixels, and a table as a picture; clustering on any columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pochade.errors import UsageError
from pochade.histogram import count_colors
from pochade.pixels.names import ALPHA, GROUPS, LABEL, POSITION, RGB, SCALED
from pochade.pixels.scaling import measure, unscaled
from pochade.quantize_inputs import as_image, thread_count
from pochade.table_cluster import Clusters, cluster
from pochade.table_options import TableOptions
from pochade.table_result import TableResult


def table(
    image: Any,
    k: int | None = None,
    *,
    columns: str | Sequence[str] | None = None,
    scale: str = "none",
    weight: Mapping[str, float] | Sequence[tuple[str, float]] = (),
    position_weight: float | None = None,
    init: str | None = None,
    iters: int | None = None,
    engine: str = "auto",
    seed: int = 0,
    threads: int | None = None,
    add: str | Sequence[str] = (),
    missing: str = "error",
    size: str | None = None,
    resize: str | None = None,
    cancel: Callable[[], bool] | None = None,
) -> TableResult:
    """Make a table of x, y, r, g, b[, a] of a picture, or a picture of such a table.

    With `k` the pixels are clustered on any of their columns, scaled and weighted, and the table
    gets a column `label`.

    Args:
        image: (h, w, c) uint8 array with c = 3 or 4 (straight alpha), or anything that
            `pochade.io.open_image` takes. Or a table: a .csv or .parquet file, a dict of arrays, a
            pandas or polars DataFrame, a pyarrow Table; with whole numbers in columns x, y, r, g,
            b and perhaps a, one row for each pixel, in any order; other columns are passed over.
        k: number of clusters, 1 to 32,767; None: no clustering.
        columns: what to cluster on: of x, y, r, g, b, a, lab_l, lab_a, lab_b, oklab_l, oklab_a,
            oklab_b and the groups xy, rgb, rgba, lab, oklab; a sequence, or a text with commas.
            None is rgb, with `position_weight` rgb,xy.
        scale: `"none"`, or `"standard"`: each column minus its mean, divided by its standard
            deviation, as scikit-learn's StandardScaler.
        weight: factors that columns are multiplied by after scaling, 1e-6 to 1e6: `{"r": 2}`.
        position_weight: the same for x and y.
        init: `"kmeans++"`, `"random"` or `"wu"`: plain k-means from this start, nothing else.
        iters: plain k-means with at most this many iterations, nothing else.
        engine: `"auto"`, or one that `pochade engines` lists, as in `"torch:cuda"`.
        seed: where random choices start. Same seed, same bytes, on any number of threads.
        threads: number of threads; None takes all that this process may use.
        add: more columns for the table: `"lab"`, `"oklab"`, `"scaled"` (the columns as they are
            clustered); a sequence, or a text with commas.
        missing: pixels that a table has no row for: `"error"`, or `"transparent"`.
        size: `"WxH"`, the picture's size where a table does not tell; it is as large as the largest
            x and y otherwise. Parquet files that pochade wrote tell.
        resize: `"WxH"` or a longest side, before anything else (see `pochade.io.resize`).
        cancel: polled during the work; returning True raises CancelledError.

    Returns:
        The table and the picture, as you like; see `TableResult`. Largest cluster first. Pixels of
        alpha 0 are not clustered (label -1) unless `a` is among the columns.

    Raises:
        UsageError: an option makes no sense, or `a` is asked for of a picture without alpha.
        InputError: the picture or table cannot be read, or has holes, or nothing to cluster.
        CancelledError: `cancel` returned True.

    >>> import numpy as np
    >>> picture = np.array([[[255, 0, 0], [250, 0, 0], [0, 0, 255]]], np.uint8)
    >>> result = table(picture, 2, scale="standard")
    >>> result.labels.tolist(), result.centers.round(3).tolist()
    ([[0, 0, 1]], [[252.5, 0.0, 0.0], [0.0, 0.0, 255.0]])
    >>> bool((table(result.to_dict()).image == picture).all())
    True
    """
    options = TableOptions(
        k=k,
        columns=columns,
        scale=scale,
        weight=weight,
        position_weight=position_weight,
        init=init,
        iters=iters,
        engine=engine,
        seed=seed,
        threads=threads,
        add=add,
        missing=missing,
        size=size,
        resize=resize,
    )
    from pochade.io.table_read import open_table, read_picture

    notes: tuple[str, ...] = ()
    source = open_table(image)
    if source is not None:
        with source:
            image, notes = read_picture(source, size=options.shape, missing=missing)
    return make_table(as_image(image, resize=resize), options, notes=notes, cancel=cancel)


def make_table(
    image: Any,
    options: TableOptions,
    *,
    notes: tuple[str, ...] = (),
    cancel: Callable[[], bool] | None = None,
) -> TableResult:
    """`table` for a picture (h, w, 3 or 4) uint8 that has been read, and options that were checked.

    Raises:
        UsageError, InputError, CancelledError: as `table`.
    """
    features = options.features
    alpha = image.shape[2] == 4
    if ALPHA in features and not alpha:
        raise UsageError("the columns name a (alpha), and the picture has none")
    additions = options.additions
    wanted = options.k is not None or options.scale != "none" or SCALED in additions
    counts = count_colors([image], threads=thread_count(options.threads)) if wanted else None
    if counts is None:
        scaling = unscaled(features, options.weights)
    else:
        moments = measure(image, counts, features)
        scaling = moments.scaling(options.scale, options.weights)
    clusters: Clusters | None = None
    if options.k is not None and counts is not None:
        clusters = cluster(image, counts, moments, scaling, options, cancel=cancel)
        if len(clusters.centers) < options.k:
            notes += (
                f"the pixels have only {len(clusters.centers)} distinct values in these columns: "
                "there is a cluster for each of them",
            )
    names = [*POSITION, *RGB, *((ALPHA,) if alpha else ())]
    for name in additions:
        if name == SCALED:
            names += [f"{SCALED}_{column}" for column in features]
        else:
            names += GROUPS[name]
    names += [LABEL] if clusters is not None else []
    return TableResult(
        source=image,
        columns=tuple(names),
        scaling=scaling,
        clusters=clusters,
        options=options,
        notes=notes,
    )
