"""Anchors of one level that are not parts of those of another: SLIC, Voronoi cells, random places.

SLIC: R. Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", IEEE
Transactions on Pattern Analysis and Machine Intelligence 34 (2012) 2274-2282; without its last step
that joins stray pixels, since only means are taken of the areas. Weighted centroidal Voronoi cells:
S. Lloyd's iteration with a density, as in A. Secord, "Weighted Voronoi stippling", NPAR 2002.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pochade.color.spatial import blur
from pochade.painting.nearest import nearest
from pochade.painting.working import at_pixels

ROUNDS = 8
FINE_ROUNDS = 2
MANY = 16
"""Pixels a point, on a quarter of them, that are enough to find its place by."""
COMPACTNESS = 10.0
"""In SLIC, neighbours are so many Lab units apart in place."""
LEAST_DENSITY = 0.3
"""Of Voronoi cells, beside the mean: what even a flat area gets."""

Floats: TypeAlias = NDArray[np.float32]


def density_of(tones: Floats) -> Floats:
    """(h, w) float32, mean about 1: how much happens around each pixel, for Voronoi cells.

    The square root of the slope of lightness, taken and averaged over some pixels; square roots
    are the same on all processors.
    """
    soft = _softened(tones[..., :1])[..., 0]
    down = np.zeros_like(soft)
    along = np.zeros_like(soft)
    if len(soft) > 1:
        down[1:-1] = soft[2:] - soft[:-2]
    if soft.shape[1] > 1:
        along[:, 1:-1] = soft[:, 2:] - soft[:, :-2]
    slope = _softened(np.sqrt(down * down + along * along)[..., None])[..., 0]
    mean = float(slope.mean(dtype=np.float64))
    rate = np.sqrt(slope / np.float32(mean)) if mean > 0 else np.ones_like(slope)
    density: Floats = rate + np.float32(LEAST_DENSITY)
    return density


def _softened(plane: Floats, reach: int = 4) -> Floats:
    """A Gaussian blur of sigma 2, the border pixels repeated."""
    taps = np.array([0.027630551, 0.066282245, 0.123831537, 0.180173823, 0.204163689], np.float32)
    taps = np.concatenate([taps, taps[-2::-1]])
    around = np.pad(plane, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    found: Floats = blur(around, taps / taps.sum(), 1)
    return found


def rows_of_points(shape: tuple[int, int], count: int) -> Floats:
    """(count, 2) float32: points in rows, as evenly as so many can be, every other row shifted.

    >>> rows_of_points((2, 4), 2).tolist()
    [[1.0, 1.0], [1.0, 3.0]]
    """
    high, wide = shape
    rows = min(count, max(1, round(math.sqrt(count * high / wide))))
    out = np.empty((count, 2), np.float32)
    ends = [count * row // rows for row in range(rows + 1)]
    for row in range(rows):
        mine = ends[row + 1] - ends[row]
        shift = 0.5 if rows == 1 else (0.25 if row % 2 == 0 else 0.75)
        out[ends[row] : ends[row + 1], 0] = (row + 0.5) * high / rows
        out[ends[row] : ends[row + 1], 1] = (np.arange(mine) + shift) * wide / mine
    return out


def along_curve(shape: tuple[int, int]) -> NDArray[np.int64]:
    """The pixels (h w,) in the order of D. Hilbert's curve: neighbours in it are neighbours."""
    high, wide = shape
    rows = np.repeat(np.arange(high), wide)
    cols = np.tile(np.arange(wide), high)
    index = np.zeros(high * wide, np.int64)
    side = 1 << (max(high, wide) - 1).bit_length()
    step = side
    while step > 1:
        step >>= 1
        low, left = (rows & step) == 0, (cols & step) == 0
        index = 4 * index + np.where(left, np.where(low, 0, 1), np.where(low, 3, 2))
        # Each quarter is the same curve, turned so that its ends meet those of its neighbours.
        mirrored = low & ~left
        rows, cols = (np.where(mirrored, side - 1 - one, one) for one in (rows, cols))
        rows, cols = np.where(low, cols, rows), np.where(low, rows, cols)
    return np.argsort(index, kind="stable")


def points_by_density(density: Floats, count: int, curve: NDArray[np.int64], seed: int) -> Floats:
    """(count, 2) float32: one random point in each of `count` stretches of equal mass of a curve.

    Several may fall on one pixel where that holds much of the mass.
    """
    mass = np.cumsum(density.reshape(-1)[curve], dtype=np.float64)
    draws = np.random.default_rng(seed).random(count)
    at = np.searchsorted(mass, (np.arange(count) + draws) / count * mass[-1], side="right")
    pixel = curve[np.minimum(at, len(curve) - 1)]
    wide = density.shape[1]
    return np.column_stack([pixel // wide, pixel % wide]).astype(np.float32) + np.float32(0.5)


def settled(
    points: Floats, tones: Floats, density: Floats, compactness: float, threads: int
) -> NDArray[np.int32]:
    """Move points to the centroids of what is nearest to them, some times; (h, w) int32 labels.

    While every point has many pixels, most of that is done on a quarter of them.

    Args:
        points: (n, 2) where they begin.
        tones: (h, w, 3).
        density: (h, w): weights of the pixels.
        compactness: how far apart in colour neighbours count as in place; 0 for place alone.
        threads: the result does not depend on it.
    """
    high, wide = density.shape
    own = np.zeros((len(points), 3), np.float32)
    if compactness > 0:
        pixel = np.floor(points).astype(np.intp)
        own = np.ascontiguousarray(tones[pixel[:, 0], pixel[:, 1]])
    cells = Cells(points, own)
    rounds = ROUNDS
    half = ((high + 1) // 2, (wide + 1) // 2)
    if half[0] * half[1] >= MANY * len(points):
        scale = np.array([half[0] / high, half[1] / wide], np.float32)
        coarse, thin = (np.ascontiguousarray(at_pixels(one, half)) for one in (tones, density))
        found = Cells(points * scale, own)
        found = moved(found, coarse, thin, compactness, rounds - FINE_ROUNDS, threads)
        cells, rounds = Cells(found.points / scale, found.tones), FINE_ROUNDS
    cells = moved(cells, tones, density, compactness, rounds, threads)
    return areas_of(cells, tones, compactness, threads)


class Cells(NamedTuple):
    """Points (n, 2) float32 and their tones (n, 3) float32."""

    points: Floats
    tones: Floats


def areas_of(cells: Cells, tones: Floats, compactness: float, threads: int) -> NDArray[np.int32]:
    """(h, w): which cell each pixel is nearest to."""
    if compactness > 0:
        weight = compactness**2 * len(cells.points) / (tones.shape[0] * tones.shape[1])
        return nearest(cells.points, cells.tones, tones, weight, threads)
    return nearest(cells.points, np.zeros_like(cells.tones), np.zeros_like(tones), 1.0, threads)


def moved(
    cells: Cells, tones: Floats, density: Floats, compactness: float, rounds: int, threads: int
) -> Cells:
    """The cells after some rounds of Lloyd's iteration."""
    high, wide = density.shape
    points, own = cells.points.copy(), cells.tones.copy()
    count = len(points)
    mass = density.reshape(-1).astype(np.float64)
    rows = (np.repeat(np.arange(high), wide) + 0.5) * mass
    cols = (np.tile(np.arange(wide), high) + 0.5) * mass
    flat_tones = tones.reshape(-1, 3)
    bands = [flat_tones[:, band] * mass for band in range(3)] if compactness > 0 else []
    for _ in range(rounds):
        labels = areas_of(Cells(points, own), tones, compactness, threads).reshape(-1)
        total = np.bincount(labels, mass, count)
        some = total > 0
        for out, sums in ((points, (rows, cols)), (own, bands)):
            for axis, values in enumerate(sums):
                out[some, axis] = np.bincount(labels, values, count)[some] / total[some]
    return Cells(points, own)


def peopled(labels: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """The labels with a pixel for each of 0..count-1; an empty one takes it from the largest.

    There are at least as many pixels as labels.
    """
    flat = labels.reshape(-1).copy()
    sizes = np.bincount(flat, minlength=count)
    for empty in np.flatnonzero(sizes == 0).tolist():
        largest = int(np.argmax(sizes))
        mine = np.flatnonzero(flat == largest)
        flat[mine[len(mine) // 2]] = empty
        sizes[largest] -= 1
        sizes[empty] = 1
    return flat.reshape(labels.shape)


def random_places(shape: tuple[int, int], count: int, weights: Floats, seed: int) -> Floats:
    """(count, 2): the middles of that many pixels, drawn without putting back.

    With more of them, or other weights, those of the same seed stay where they are as far as can be
    (P. S. Efraimidis, P. G. Spirakis, Information Processing Letters 97 (2006) 181-185).
    """
    high, wide = shape
    keys = np.random.default_rng(seed).standard_exponential(high * wide)
    keys /= weights.reshape(-1)
    pixel = np.argsort(keys, kind="stable")[:count]
    return np.column_stack([pixel // wide, pixel % wide]).astype(np.float32) + np.float32(0.5)
