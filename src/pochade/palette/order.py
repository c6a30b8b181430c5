"""Orders of a palette: by share, by hue, by lightness, or as the shortest walk."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from pochade.color.convert import convert

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Palette

GREY: Final = 0.02
"""OKLCH chroma below which a colour has no hue that the eye would sort by."""

RED_HUE: Final = 20.0
"""Degrees in OKLCH where the circle of hues is cut open: just before red."""

EXACT_UP_TO: Final = 12
"""The most colours for which every walk is considered; beyond, a good one is improved."""


def ordered(colors: Palette, shares: NDArray[np.float64] | None, order: str) -> NDArray[np.intp]:
    """The places (k,) of the colours in the wanted order.

    Args:
        colors: (k, 3) uint8.
        shares: (k,), or None where nothing is known of them: then `share` keeps the order.
        order: "share" (largest first), "hue" (greys from dark to light, then from red through
            yellow, green and blue), "lightness" (dark to light, OKLab) or "walk" (the shortest
            way that visits every colour once, in OKLab, beginning at its darker end).

    Returns:
        A permutation of 0..k-1; equals keep their order.

    >>> grey = np.array([[200, 200, 200], [0, 0, 0], [90, 90, 90]], np.uint8)
    >>> ordered(grey, None, "lightness").tolist()
    [1, 2, 0]
    """
    if order == "share":
        if shares is None:
            return np.arange(len(colors))
        return np.argsort(-shares, kind="stable")
    lab = convert(np.ascontiguousarray(colors[:, :3]), "srgb", "oklab").astype(np.float64)
    if order == "lightness":
        return np.argsort(lab[:, 0], kind="stable")
    if order == "hue":
        return _by_hue(lab)
    return walk(lab)


def _by_hue(lab: NDArray[np.float64]) -> NDArray[np.intp]:
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    hue = (np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) - RED_HUE) % 360
    grey = chroma < GREY
    return np.lexsort((lab[:, 0], np.where(grey, 0.0, hue), ~grey))


def walk(points: NDArray[np.float64]) -> NDArray[np.intp]:
    """The shortest walk that visits every point once, from its end with the lower first coordinate.

    Exact up to `EXACT_UP_TO` points (Held and Karp 1962); beyond, the best nearest-neighbour walk
    is improved by reversing stretches of it until no reversal shortens it.

    Args:
        points: (k, d).

    Returns:
        A permutation of 0..k-1.

    >>> walk(np.array([[0.0], [3.0], [1.0], [2.0]])).tolist()
    [0, 2, 3, 1]
    """
    count = len(points)
    if count < 2:
        return np.arange(count)
    gap = np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2))
    found = _exact(gap) if count <= EXACT_UP_TO else _improved(gap, _greedy(gap))
    if (points[found[-1]][0], found[-1]) < (points[found[0]][0], found[0]):
        found = found[::-1]
    return np.array(found, np.intp)


def length(gap: NDArray[np.float64], way: list[int]) -> float:
    """The length of a walk; `gap` is the (k, k) table of distances."""
    return float(sum(gap[a, b] for a, b in pairwise(way)))


def _exact(gap: NDArray[np.float64]) -> list[int]:
    """Held and Karp: the least length of a walk over each set that ends in each of its members."""
    count = len(gap)
    best = np.full((1 << count, count), np.inf)
    before = np.zeros((1 << count, count), np.int8)
    for one in range(count):
        best[1 << one, one] = 0.0
    for chosen in range(1, 1 << count):
        row = best[chosen]
        ways = row[:, None] + gap
        arrival, origin = ways.min(axis=0), ways.argmin(axis=0)
        for one in range(count):
            grown = chosen | 1 << one
            if grown != chosen and arrival[one] < best[grown, one]:
                best[grown, one] = arrival[one]
                before[grown, one] = origin[one]
    chosen = (1 << count) - 1
    last = int(best[chosen].argmin())
    way = [last]
    while chosen != 1 << last:
        chosen, last = chosen ^ 1 << last, int(before[chosen, last])
        way.append(last)
    return way


def _greedy(gap: NDArray[np.float64]) -> list[int]:
    """The shortest of the walks that always go to the nearest point left, one from each start."""
    ways = []
    for start in range(min(len(gap), 64)):
        left = np.ones(len(gap), bool)
        way = [start]
        left[start] = False
        while len(way) < len(gap):
            nearest = int(np.where(left, gap[way[-1]], np.inf).argmin())
            left[nearest] = False
            way.append(nearest)
        ways.append(way)
    return min(ways, key=lambda way: length(gap, way))


def _improved(gap: NDArray[np.float64], way: list[int]) -> list[int]:
    """The walk after every reversal of a stretch that shortens it (2-opt), best one first."""
    count = len(way)
    first, last = np.triu_indices(count, 1)
    for _ in range(4 * count):
        at = np.array(way)
        # A border of zeros: no edge leads to either end of the walk.
        step = np.zeros((count + 2, count + 2))
        step[1:-1, 1:-1] = gap[np.ix_(at, at)]
        old = step[first, first + 1] + step[last + 1, last + 2]
        new = step[first, last + 1] + step[first + 1, last + 2]
        gain = old - new
        best = int(gain.argmax())
        if gain[best] <= 1e-12:
            break
        low, high = int(first[best]), int(last[best])
        way[low : high + 1] = way[low : high + 1][::-1]
    return way
