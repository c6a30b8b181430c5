"""Borders of regions as lines: each line once, used by both of its sides, so that no gap opens.

A chain runs between two points where three regions meet (or around an island). It is smoothed and
thinned as a whole, its ends stay; every region is then put together from the same chains.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pochade.segments.kernels import kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Taubin's smoothing (Proc. SIGGRAPH 1995, 351-358): a step inwards, a larger one outwards.
INWARDS, OUTWARDS = 0.5, -0.53
TURNS = 5
TOLERANCE = 0.35
"""Pixels by which a thinned line may leave the smoothed one, at smooth = 1."""
CORNER = 0.35
"""Cosine of the turn from which on a point is a corner, and no curve is led round it."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Contours:
    """The borders of a label image; places are x, y of pixel corners, y downwards.

    Attributes:
        points: (p, 2) float64: the points of all chains, one after the other.
        offsets: (c+1,) int64: where in `points` each chain begins.
        left: (c,) int32: the region on the left hand along a chain; -1 is outside the picture.
        right: (c,) int32: that on the right hand.
        codes: (r,) int32: the chains of all rings: 2 c for chain c forwards, 2 c + 1 backwards.
        rings: (q+1,) int64: where in `codes` each ring begins.
        region: (q,) int32: the region of each ring; it lies on the left hand, so its outer ring
            goes against the clock on the screen, and its holes with it.
    """

    points: NDArray[np.float64]
    offsets: NDArray[np.int64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    codes: NDArray[np.int32]
    rings: NDArray[np.int64]
    region: NDArray[np.int32]

    def chains(self) -> list[NDArray[np.float64]]:
        """The points of each chain."""
        return [self.points[a:b] for a, b in pairwise(self.offsets.tolist())]

    def rings_of(self) -> Iterator[tuple[int, NDArray[np.int32]]]:
        """The region and the chain codes of each ring."""
        for place, (a, b) in enumerate(pairwise(self.rings.tolist())):
            yield int(self.region[place]), self.codes[a:b]

    def ring_points(self, codes: NDArray[np.int32]) -> NDArray[np.float64]:
        """The points of a ring, the last one being the first again."""
        parts = []
        for code in codes.tolist():
            line = self.points[self.offsets[code // 2] : self.offsets[code // 2 + 1]]
            parts.append((line[::-1] if code & 1 else line)[:-1])
        ring = np.concatenate(parts)
        return np.concatenate([ring, ring[:1]])


def trace(labels: NDArray[np.int32]) -> Contours:
    """The borders of a label image along the sides of its pixels."""
    points, offsets, left, right, codes, rings, region = kernels.label_contours(labels)
    return Contours(
        points=points.astype(np.float64),
        offsets=offsets,
        left=left,
        right=right,
        codes=codes,
        rings=rings,
        region=region,
    )


def smoothed(contours: Contours, smooth: float) -> Contours:
    """The same with smooth lines: ends of chains and the frame of the picture stay.

    Args:
        contours: as traced.
        smooth: 0 only drops points on straight lines; 1 rounds the steps of pixels; more, more.
    """
    if not smooth:
        return thinned(contours, 0.0)
    points, offsets, ring = _middles(contours)
    fixed, before, after = _neighbours(offsets, ring)
    first, end = offsets[:-1][ring], offsets[1:][ring] - 1
    for _ in range(max(1, round(TURNS * smooth))):
        for step in (INWARDS, OUTWARDS):
            moved = points + step * ((points[before] + points[after]) / 2 - points)
            moved[fixed] = points[fixed]
            moved[end] = moved[first]
            points = moved
    out = Contours(
        points=points,
        offsets=offsets,
        left=contours.left,
        right=contours.right,
        codes=contours.codes,
        rings=contours.rings,
        region=contours.region,
    )
    return thinned(out, TOLERANCE * min(smooth, 3.0))


def thinned(contours: Contours, tolerance: float) -> Contours:
    """The same without points that a line gets by without."""
    keep = kernels.simplify_lines(contours.points, contours.offsets, tolerance).astype(bool)
    kept = np.concatenate([[0], np.cumsum(keep)])
    return Contours(
        points=contours.points[keep],
        offsets=kept[contours.offsets].astype(np.int64),
        left=contours.left,
        right=contours.right,
        codes=contours.codes,
        rings=contours.rings,
        region=contours.region,
    )


def _middles(
    contours: Contours,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """The chains through the middles of their pixel sides, which takes the steps off slopes.

    Returns:
        Points, offsets, and for each chain whether it is a ring that begins anywhere.
    """
    points, offsets = contours.points, contours.offsets
    first, end = offsets[:-1], offsets[1:] - 1
    ring = (points[first] == points[end]).all(axis=1) & ~_on_knot(contours)
    inner = np.ones(len(points), bool)
    inner[end] = False  # a side for each point but the last
    at = np.flatnonzero(inner)
    middle = (points[at] + points[at + 1]) / 2
    sides = end - first
    # A chain: its first point, the middles, its last point; a ring: the middles, and the first.
    new = np.concatenate([[0], np.cumsum(np.where(ring, sides + 1, sides + 2))]).astype(np.int64)
    out = np.empty((int(new[-1]), 2))
    begin = new[:-1] + ~ring
    number = np.repeat(np.arange(len(sides)), sides)
    within = np.arange(len(at)) - np.repeat(np.cumsum(sides) - sides, sides)
    out[begin[number] + within] = middle
    out[new[:-1][~ring]] = points[first[~ring]]
    out[new[1:][~ring] - 1] = points[end[~ring]]
    out[new[1:][ring] - 1] = out[new[:-1][ring]]
    return out, new, ring


def _on_knot(contours: Contours) -> NDArray[np.bool_]:
    """(c,) whether a chain begins where others do too."""
    ends = np.concatenate([contours.offsets[:-1], contours.offsets[1:] - 1])
    places = contours.points[ends].astype(np.int64)
    _, where, times = np.unique(places, axis=0, return_inverse=True, return_counts=True)
    number = times[where.reshape(-1)][: len(contours.left)]
    return np.asarray(number > 2)


def _neighbours(
    offsets: NDArray[np.int64], ring: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Which points stay, and the point before and after each along its chain."""
    first, end = offsets[:-1], offsets[1:] - 1
    index = np.arange(int(offsets[-1]))
    before, after = np.maximum(index - 1, 0), np.minimum(index + 1, len(index) - 1)
    fixed = np.zeros(len(index), bool)
    fixed[first] = fixed[end] = True
    before[first[ring]] = end[ring] - 1  # of a ring the first point moves, the last one with it
    fixed[first[ring]] = False
    return fixed, before, after


def curves(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bezier control points (m, 2, 2) for the m parts of a smooth curve through (m+1) points.

    The tangent at a point halves the turn there; its handles are a third of the shorter of the
    two parts, so that a long part beside a short one does not swing out. At ends and corners there
    is no handle.
    """
    ahead = np.diff(line, axis=0)
    length = np.hypot(ahead[:, 0], ahead[:, 1])
    way = ahead / np.maximum(length, 1e-12)[:, None]
    tangent = np.zeros_like(line)
    if len(line) > 2:
        turn = way[1:] + way[:-1]
        size = np.hypot(turn[:, 0], turn[:, 1])
        smooth = ((way[1:] * way[:-1]).sum(axis=1) > CORNER) & (size > 0)
        tangent[1:-1][smooth] = turn[smooth] / size[smooth][:, None]
        if (line[0] == line[-1]).all() and float(way[0] @ way[-1]) > CORNER:
            ends = way[0] + way[-1]
            tangent[0] = tangent[-1] = ends / np.hypot(*ends)
    out = np.empty((len(ahead), 2, 2))
    around = np.concatenate([length[-1:], length, length[:1]])  # of a ring, the part before
    handle = tangent * (np.minimum(around[:-1], around[1:]) / 3)[:, None]
    out[:, 0] = line[:-1] + handle[:-1]
    out[:, 1] = line[1:] - handle[1:]
    return out
