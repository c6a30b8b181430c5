"""Regions as distributions: cumulative histograms, whose distance outlines textured things.

Two regions with the same mean may look nothing alike. Their squared distance here is Cramer's: the
sum of the squared differences of their cumulative histograms, one histogram for each band. That of
two plain regions grows with the gap between them rather than with its square, so a white cloud is
not worth a hundred shades of green. Cumulative histograms of unions are means of those of the
parts, so all that merges means merges them.

H. Cramer, "On the composition of elementary errors", Scandinavian Actuarial Journal 1928, 13-74,
141-180; G. J. Szekely, M. L. Rizzo, "Energy statistics", Journal of Statistical Planning and
Inference 143 (2013) 1249-1272.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.regions import features
from pochade.regions import tree as tree_module
from pochade.regions.bands import BLACK_TO_WHITE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.regions.bands import Source

BINS = 16  # from black to white
MOST_BINS = 64  # of a band: bands that reach far beyond the step are held within
WIDEST = 110.0  # no working value of a picture lies further from 0, except of wild scRGB ones
WINDOWS = (3, 7, 15)
MOST_TEXTURE = 7.0  # the root of the standard deviation, black to white being 100
TEXTURE_STEP = 0.5


class Bins:
    """The bins of each band: edges are whole multiples of the step, so that pictures compare.

    Attributes:
        step: the width of a bin.
        first: (d,) int64: the number of the lowest edge of each band.
        starts: (d+1,) int64: where the edges of each band begin among all.
    """

    def __init__(self, low: NDArray[np.float64], high: NDArray[np.float64], step: float) -> None:
        self.step = step
        self.first = np.floor(low / step).astype(np.int64)
        bins = np.clip(np.floor(high / step) + 1 - self.first, 1, MOST_BINS).astype(np.int64)
        self.starts = np.concatenate([[0], np.cumsum(bins + 1)])

    @property
    def edges(self) -> int:
        """All edges of all bands."""
        return int(self.starts[-1])


def add_spread(
    labels: NDArray[np.int32], values: NDArray[np.float32], bins: Bins, sums: NDArray[np.float64]
) -> None:
    """Add to `sums` (count, edges) the histograms of the regions of a strip.

    Args:
        labels: (rows, w), 0..count-1.
        values: (rows, w, d) float32, C-contiguous.
        bins: of the d bands. A value is shared by the two edges next to it, as it lies between.
        sums: added to.
    """
    if tree_module._native is not None:
        tree_module._native.label_spread(
            np.ascontiguousarray(labels), values, bins.first, bins.starts, bins.step, sums
        )
        return
    flat, edges = labels.reshape(-1).astype(np.int64) * bins.edges, sums.size
    for band, start in enumerate(bins.starts[:-1].tolist()):
        last = int(bins.starts[band + 1]) - start - 1
        at = values[..., band].reshape(-1) / np.float32(bins.step)
        at = np.clip(at - np.float32(bins.first[band]), 0, np.float32(last))
        low = np.minimum(at.astype(np.int64), last - 1)
        share = at - low.astype(np.float32)
        where = flat + start + low
        more = np.bincount(where, np.float32(1) - share, edges)
        more += np.bincount(where + 1, share, edges)
        sums += more.reshape(sums.shape)


def cumulative(
    sums: NDArray[np.float64], sizes: NDArray[np.int64], bins: Bins, weights: list[float]
) -> NDArray[np.float32]:
    """(count, edges - d) float32: the cumulative histograms of regions, each band weighted."""
    parts = []
    for band, (start, stop) in enumerate(zip(bins.starts[:-1], bins.starts[1:], strict=True)):
        share = np.cumsum(sums[:, start : stop - 1], axis=1) / np.maximum(sizes, 1)[:, None]
        parts.append((share * weights[band]).astype(np.float32))
    return np.concatenate(parts, axis=1)


def spread_of(
    labels: NDArray[np.int32],
    count: int,
    source: Source,
    *,
    lightness: float,
    texture: float,
    threads: int = 1,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Cumulative histograms of labelled areas, strip by strip, and their sizes.

    Args:
        labels: (h, w), 0..count-1.
        count: how many areas.
        source: the picture; a bin is a sixteenth of black to white.
        lightness: weight of the first band; the others weigh 1.
        texture: weight of the spread of the first band in windows of 3, 7 and 15 pixels, as the
            root of its standard deviation: half the contrast is not half the texture. Windows that
            do not fit twice into the picture are left out.
        threads: how many threads may work.

    Returns:
        (count, columns) float32, without columns that are alike in all areas; (count,) int64.
    """
    flat = labels.reshape(-1)
    sizes = np.bincount(flat, minlength=count).astype(np.int64)
    bins = Bins(*_reach(source), source.unit() / BINS)
    weights = [lightness] + [1.0] * (source.bands - 1)
    parts = [_spread(labels, count, source.values, bins, weights, sizes, threads)]
    if texture:
        scale = np.float32(BLACK_TO_WHITE / source.unit())
        bins = Bins(np.zeros(1), np.full(1, MOST_TEXTURE), TEXTURE_STEP)
        for window in WINDOWS:
            if 2 * window > min(source.shape):
                break  # next to nothing in a tiny picture is away from its edges
            plane = features.texture(source, window=window, threads=threads)
            plane *= scale
            np.sqrt(plane, out=plane)

            def rows(top: int, bottom: int, *, threads: int, plane: Any = plane) -> Any:
                return plane[top:bottom, :, None]

            parts.append(_spread(labels, count, rows, bins, [texture], sizes, threads))
    found = np.concatenate(parts, axis=1)
    differing = found.min(axis=0) != found.max(axis=0)
    differing[0] = True  # at least one
    return np.ascontiguousarray(found[:, differing]), sizes


def _reach(source: Source) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Between what the working values of each band lie."""
    if source.space == "bands":
        flat = source.pixels.reshape(-1, source.bands)
        return flat.min(axis=0).astype(np.float64), flat.max(axis=0).astype(np.float64)
    widest = np.full(source.bands, WIDEST)
    return -widest, widest


def _spread(
    labels: NDArray[np.int32],
    count: int,
    values: Callable[..., NDArray[np.float32]],
    bins: Bins,
    weights: list[float],
    sizes: NDArray[np.int64],
    threads: int,
) -> NDArray[np.float32]:
    sums = np.zeros((count, bins.edges))
    rows = max(1, (1 << 18) // labels.shape[1])
    for top in range(0, len(labels), rows):
        strip = np.ascontiguousarray(values(top, min(top + rows, len(labels)), threads=threads))
        add_spread(labels[top : top + rows], strip, bins, sums)
    return cumulative(sums, sizes, bins, weights)
