"""Paint by numbers: regions in the paints at hand, none too small to hold its number."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.color.convert import convert
from pochade.errors import UsageError
from pochade.kmeans.driver import kmeans
from pochade.segments.kernels import kernels
from pochade.segments.measure import deepest
from pochade.segments.merge import joined, nearest_neighbours, unions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Palette

MOST = 999
"""Paints that a sheet can number."""


@dataclass(frozen=True, slots=True, eq=False)
class Paints:
    """Paints in the order of their numbers: paint i has the number i + 1 on every sheet.

    Attributes:
        colors: (p, 3) uint8.
        names: the name of each, "" for none.
        owned: whether they were given; otherwise they were found in the picture.
    """

    colors: Palette
    names: tuple[str, ...]
    owned: bool

    def nearest(self, colors: NDArray[np.float64]) -> NDArray[np.int64]:
        """(k,) the paint nearest to each colour (k, 3) of 0..255, in OKLab; ties to the lower."""
        wanted, have = _oklab(colors), _oklab(self.colors.astype(np.float64))
        out = np.empty(len(wanted), np.int64)
        for start in range(0, len(wanted), 4096):
            part = wanted[start : start + 4096, None]
            out[start : start + 4096] = np.square(part - have).sum(axis=2).argmin(axis=1)
        return out


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NumberedRegions:
    """The areas of a numbered sheet.

    Attributes:
        labels: (h, w) int32, raster order.
        paint: (k,) int64: the paint of each region; its number on the sheet is one more.
        at: (k, 2) float64: x, y of the middle of the number, in pixels from the corner.
        depth: (k,) float64: distance from there to the border, in pixels.
        paints: all paints.
        entries: paints that the legend has room for: those nearest to any region before merging.
    """

    labels: NDArray[np.int32]
    paint: NDArray[np.int64]
    at: NDArray[np.float64]
    depth: NDArray[np.float64]
    paints: Paints
    entries: int

    @property
    def shares(self) -> NDArray[np.float64]:
        """(p,) the share of the picture that each paint covers."""
        area = np.bincount(self.labels.reshape(-1), minlength=len(self.paint))
        return np.bincount(self.paint, area, len(self.paints.colors)) / self.labels.size


def _oklab(colors: NDArray[np.float64]) -> NDArray[np.float64]:
    light = convert((colors[None] / 255).astype(np.float32), "srgb", "oklab")[0]
    exact: NDArray[np.float64] = light.astype(np.float64)
    return exact


def owned_paints(given: Any) -> Paints:
    """The paints of a palette file, a (p, 3) uint8 array, or colours as '#rrggbb'.

    Raises:
        UsageError: there are more than 999, or it is no palette.
        InputError: the file cannot be read.
    """
    if isinstance(given, (str, os.PathLike)):
        from pochade.io.palette_files import read_swatches

        swatches = read_swatches(given)
        colors, names = swatches.palette()[:, :3], swatches.names
    else:
        from pochade.quantize_inputs import as_palette

        colors = as_palette(given, 3)
        names = ("",) * len(colors)
    if len(colors) > MOST:
        raise UsageError(f"{len(colors)} paints are more than a sheet can number ({MOST})")
    return Paints(np.ascontiguousarray(colors), tuple(names), True)


def found_paints(
    means: NDArray[np.float64], area: NDArray[np.int64], count: int, *, seed: int, threads: int
) -> Paints:
    """Paints for a picture: k-means of its regions' mean colours in OKLab, the lightest first."""
    points = _oklab(means[:, :3])
    weights = area.astype(np.float32)
    found = kmeans(points, count, weights=weights, n_init=3, seed=seed, threads=threads)
    order = np.argsort(-found.centers[:, 0], kind="stable")
    rgb = convert(found.centers[order][None].astype(np.float32), "oklab", "srgb")[0]
    colors = np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
    colors = colors[np.sort(np.unique(colors, axis=0, return_index=True)[1])]
    return Paints(colors, ("",) * len(colors), False)


def number_regions(
    labels: NDArray[np.int32],
    means: NDArray[np.float64],
    paints: Paints,
    *,
    room: tuple[float, float, float],
    threads: int = 1,
) -> NumberedRegions:
    """Give each region a paint, and merge until every one has room for its number.

    Neighbours of the same paint become one. One without room joins the neighbour of the nearest
    paint, and takes the paint of whichever is larger; that is repeated.

    Args:
        labels: (h, w) connected regions in raster order.
        means: (k, 3) their mean colours, 0..255.
        paints: what is at hand.
        room: the distance to the border, in pixels, that numbers of one, two and three digits need.
        threads: how many may work.
    """
    area = np.bincount(labels.reshape(-1), minlength=len(means)).astype(np.int64)
    paint = paints.nearest(means[:, :3])
    shades = _oklab(paints.colors.astype(np.float64))
    entries = len(np.unique(paint))
    digits = np.array([len(str(number + 1)) for number in range(len(paints.colors))])
    needed = np.asarray(room)[digits - 1]
    while True:
        labels, area, paint = _one_paint(labels, area, paint)
        extents = kernels.label_extents(labels, len(area))
        at, depth = deepest(labels, extents[:, 1:3] / area[:, None], threads)
        small = depth < needed[paint]
        if not small.any() or len(area) == 1:
            break
        pairs, lengths, _ = kernels.label_borders(labels, None, None)
        onto = nearest_neighbours(shades[paint], pairs, lengths, small)
        labels, where = joined(labels, onto)
        area, paint = _largest(area, paint, where)
    w = labels.shape[1]
    places = np.stack([at % w, at // w], axis=1) + 0.5
    return NumberedRegions(
        labels=labels, paint=paint, at=places, depth=depth, paints=paints, entries=entries
    )


def _one_paint(
    labels: NDArray[np.int32], area: NDArray[np.int64], paint: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Neighbours of the same paint as one region."""
    pairs, _, _ = kernels.label_borders(labels, None, None)
    same = pairs[paint[pairs[:, 0]] == paint[pairs[:, 1]]]
    where = unions(len(area), same[:, 0], same[:, 1])
    return where.astype(np.int32)[labels], *_largest(area, paint, where)


def _largest(
    area: NDArray[np.int64], paint: NDArray[np.int64], where: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Areas of unions, and the paint of the largest part of each (the first on ties)."""
    order = np.lexsort((np.arange(len(area)), -area, where))
    first = np.searchsorted(where[order], np.arange(int(where.max()) + 1))
    return np.bincount(where, area).astype(np.int64), paint[order[first]]
