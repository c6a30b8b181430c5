"""What regions are like: places, colours, extents and neighbours, as columns of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.regions import features
from pochade.segments.kernels import kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.regions.bands import Source

STRIP_PIXELS = 1 << 20


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RegionTable:
    """One row for each region, one column for each array. Places are (x, y), pixel centres whole.

    Attributes:
        label: (k,) int64: 0..k-1.
        area: (k,) int64: pixels.
        centroid: (k, 2) float64: mean x, y; may lie outside a bent region.
        interior: (k, 2) int64: x, y of the pixel deepest inside the region; of equally deep ones
            the nearest to the centroid.
        depth: (k,) float64: distance of that point to the border, in pixels; at least 0.5.
        box: (k, 4) int64: left, top, right, bottom; the last two are the first beyond.
        mean: (k, bands) float64: in the picture's own values, 0..255 of 8-bit pictures.
        covariance: (k, bands, bands) float64: of the values, dividing by the area.
        boundary: (k,) int64: sides of pixels along which the region touches others; the frame of
            the picture does not count.
        contrast: (k,) float64: mean contrast along these, 100 being black to white; 0 for none.
        neighbours: (k,) int64: how many regions it touches along a side.
        pairs: (m, 2) int64: regions that touch, the lower label first, sorted.
        pair_length: (m,) int64: sides of pixels that they share.
        pair_contrast: (m,) float64: mean contrast along them.
    """

    label: NDArray[np.int64]
    area: NDArray[np.int64]
    centroid: NDArray[np.float64]
    interior: NDArray[np.int64]
    depth: NDArray[np.float64]
    box: NDArray[np.int64]
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    boundary: NDArray[np.int64]
    contrast: NDArray[np.float64]
    neighbours: NDArray[np.int64]
    pairs: NDArray[np.int64]
    pair_length: NDArray[np.int64]
    pair_contrast: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.label)

    def columns(self) -> dict[str, NDArray[Any]]:
        """The columns that have a row for each region, by name; what pandas takes as it is.

        Columns of several values are taken apart: centroid_x, mean_0, covariance_0_1 and so on.
        """
        bands = self.mean.shape[1]
        out: dict[str, NDArray[Any]] = {"label": self.label, "area": self.area}
        for name, array in (("centroid", self.centroid), ("interior", self.interior)):
            out[f"{name}_x"], out[f"{name}_y"] = array[:, 0], array[:, 1]
        out["depth"] = self.depth
        for place, name in enumerate(("left", "top", "right", "bottom")):
            out[name] = self.box[:, place]
        for band in range(bands):
            out[f"mean_{band}"] = self.mean[:, band]
        for one in range(bands):
            for two in range(one, bands):
                out[f"covariance_{one}_{two}"] = self.covariance[:, one, two]
        out["boundary"], out["contrast"] = self.boundary, self.contrast
        out["neighbours"] = self.neighbours
        return out

    def neighbours_of(self, label: int) -> NDArray[np.int64]:
        """The labels that touch a region, in order."""
        one, two = self.pairs[:, 0], self.pairs[:, 1]
        return np.sort(np.concatenate([two[one == label], one[two == label]]))


def measure(
    labels: NDArray[np.int32], count: int, source: Source, *, threads: int = 1
) -> RegionTable:
    """Measure the regions 0..count-1 of a label image (h, w) of a picture."""
    extents = kernels.label_extents(labels, count)
    area = extents[:, 0]
    centroid = extents[:, 1:3] / np.maximum(area, 1)[:, None]
    at, depth = deepest(labels, centroid, threads)
    mean, covariance = color_moments(labels, area, source.pixels)
    right, below = features.contrast(source, threads=threads)
    pairs, lengths, contrasts = kernels.label_borders(labels, right, below)
    flat, twice = pairs.reshape(-1), np.repeat(lengths, 2)
    boundary = np.bincount(flat, twice, count).astype(np.int64)
    sums = np.bincount(flat, np.repeat(contrasts, 2), count)
    return RegionTable(
        label=np.arange(count),
        area=area.copy(),
        centroid=centroid,
        interior=np.stack([at % labels.shape[1], at // labels.shape[1]], axis=1),
        depth=depth,
        box=extents[:, 3:] + np.array([0, 0, 1, 1]),
        mean=mean,
        covariance=covariance,
        boundary=boundary,
        contrast=sums / np.maximum(boundary, 1),
        neighbours=np.bincount(flat, minlength=count).astype(np.int64),
        pairs=pairs.astype(np.int64),
        pair_length=lengths,
        pair_contrast=contrasts / np.maximum(lengths, 1),
    )


def deepest(
    labels: NDArray[np.int32], near: NDArray[np.float64], threads: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The index of the most interior pixel of each region, and its distance to the border.

    The distance is that of pixel centres to the nearest of another region, less half a pixel.
    """
    depths = kernels.label_depths(labels, threads)
    at = kernels.label_deepest(labels, depths, np.ascontiguousarray(near, np.float64))
    return at, np.sqrt(depths.reshape(-1)[at].astype(np.float64)) - 0.5


def color_moments(
    labels: NDArray[np.int32], area: NDArray[np.int64], pixels: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means (k, bands) and covariances (k, bands, bands) of the values of each region."""
    count, bands = len(area), pixels.shape[2]
    # About a value in the middle, so that little is lost in the difference of squares.
    middle = pixels[:: max(1, len(pixels) // 64)].mean(axis=(0, 1), dtype=np.float64)
    sums = np.zeros((count, bands))
    products = np.zeros((count, bands * (bands + 1) // 2))
    rows = max(1, STRIP_PIXELS // labels.shape[1])
    for top in range(0, len(labels), rows):
        values = (pixels[top : top + rows] - middle.astype(np.float32)).astype(np.float32)
        strip = np.ascontiguousarray(labels[top : top + rows])
        kernels.label_band_sums(strip, np.ascontiguousarray(values), sums, products)
    shares = np.maximum(area, 1)[:, None]
    mean = sums / shares
    one, two = np.triu_indices(bands)
    covariance = np.empty((count, bands, bands))
    covariance[:, one, two] = products / shares - mean[:, one] * mean[:, two]
    covariance[:, two, one] = covariance[:, one, two]
    each = np.arange(bands)
    covariance[:, each, each] = np.maximum(covariance[:, each, each], 0)
    return mean + middle.astype(np.float32).astype(np.float64), covariance


def region_means(
    labels: NDArray[np.int32], count: int, pixels: NDArray[Any]
) -> NDArray[np.float64]:
    """(count, channels) float64: mean of each region; colours of RGBA count by their alpha."""
    channels = pixels.shape[2]
    sums, area = np.zeros((count, channels)), np.bincount(labels.reshape(-1), minlength=count)
    rows = max(1, STRIP_PIXELS // labels.shape[1])
    straight = channels == 4 and pixels.dtype in (np.uint8, np.uint16)
    for top in range(0, len(labels), rows):
        values = pixels[top : top + rows].astype(np.float32)
        if straight:
            values[..., :3] *= values[..., 3:] / np.float32(np.iinfo(pixels.dtype).max)
        strip = np.ascontiguousarray(labels[top : top + rows])
        kernels.label_band_sums(strip, np.ascontiguousarray(values), sums, None)
    if straight:
        alpha = sums[:, 3:] / np.iinfo(pixels.dtype).max
        color = np.divide(sums[:, :3], alpha, out=np.zeros((count, 3)), where=alpha > 0)
        return np.concatenate([color, sums[:, 3:] / np.maximum(area, 1)[:, None]], axis=1)
    return sums / np.maximum(area, 1)[:, None]
