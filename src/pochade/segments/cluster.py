"""Segmentation by k-means: pixels by colour, and position if wanted, then connected areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.kmeans.driver import kmeans, nearest_labels
from pochade.segments.kernels import kernels
from pochade.segments.measure import region_means
from pochade.segments.merge import without_small

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.regions.bands import Source

SAMPLED = 1 << 17
"""Pixels that the centres are found from; all pixels are then assigned."""
STRIP_PIXELS = 1 << 19


def cluster_areas(
    source: Source,
    k: int,
    *,
    position: float = 0.0,
    min_area: int = 1,
    seed: int = 0,
    threads: int = 1,
    poll: Any = None,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Cluster the pixels of a picture, and divide it into the connected areas of the clusters.

    Args:
        source: what to cluster, in its working values.
        k: clusters.
        position: weight of x and y: the diagonal is so many times the distance black-white.
        min_area: areas smaller than that join the neighbour of the nearest colour.
        seed: of the start of k-means.
        threads: how many may work; the result does not depend on it.
        poll: called with the share of the work done.

    Returns:
        Areas (h, w) int32 in raster order, and the cluster of each pixel (h, w) int32, before
        small areas were joined.
    """
    h, w = source.shape
    poll = poll or (lambda share: None)
    step = max(1, round((h * w / SAMPLED) ** 0.5))
    rows = np.arange(0, h, step)
    strips = [_points(source, int(y), int(y) + 1, position, threads)[::step] for y in rows]
    found = kmeans(
        np.concatenate(strips), k, n_init=3, seed=seed, threads=threads, cancel=_cancel(poll)
    )
    poll(0.4)
    clusters = np.empty((h, w), np.int32)
    tall = max(1, STRIP_PIXELS // w)
    for top in range(0, h, tall):
        points = _points(source, top, top + tall, position, threads)
        near, _ = nearest_labels(points, found.centers, threads=threads)
        clusters[top : top + tall] = near.reshape(-1, w)
        poll(0.4 + 0.4 * min(1.0, (top + tall) / h))
    areas, count = kernels.label_components(clusters)
    if min_area > 1:
        means = region_means(areas, count, source.pixels)
        areas, _ = without_small(areas, means, min_area)
    return areas, clusters


def _points(
    source: Source, top: int, bottom: int, position: float, threads: int
) -> NDArray[np.float32]:
    """Working values of some rows as (n, d) points, position last where it counts."""
    values: NDArray[np.float32] = source.values(top, bottom, threads=threads)
    flat = values.reshape(-1, values.shape[2])
    if not position:
        return flat
    # Places of these rows alone: the table of a whole large picture is never made.
    h, w = source.shape
    scale = position * source.unit() / float(np.hypot(h, w))
    at = np.empty((values.shape[0], w, 2), np.float32)
    at[..., 0] = (np.arange(top, top + len(values)) * scale)[:, None]
    at[..., 1] = np.arange(w) * scale
    return np.concatenate([flat, at.reshape(-1, 2)], axis=1)


def _cancel(poll: Any) -> Any:
    def asked() -> bool:
        poll(0.2)
        return False

    return asked
