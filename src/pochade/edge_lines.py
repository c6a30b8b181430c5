"""Thin edges: the ridges of a map of strengths, and those of them that are kept.

1. The map is smoothed a little, and a share of the mean strength around is taken away: inside a
   texture everything is strong, so nothing there stands out; a contour does (surround suppression:
   C. Grigorescu, N. Petkov, M. A. Westenberg, "Contour detection based on nonclassical receptive
   field inhibition", IEEE Transactions on Image Processing 12 (2003) 729-739).
2. A pixel is kept where the map has a ridge: it is the greatest in the direction in which the
   smoothed map curves down most, which is across the edge (C. Steger, "An unbiased detector of
   curvilinear structures", IEEE PAMI 20 (1998) 113-125, for the direction). Where it curves down
   more than half as much the other way, it is a hill, such as a dot makes: only its top is kept.
3. Ridges of at least `low` are kept where they hang together with one of at least `high` (the
   hysteresis of J. Canny, "A computational approach to edge detection", IEEE PAMI 8 (1986)
   679-698).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pochade.color.spatial import blur, gaussian, mirrored
from pochade.edge_windows import Map, kernels

SMOOTH: Final = 1.0
"""Spread, in pixels, of the Gaussian over the map before ridges are looked for."""
CURVE: Final = 1.5
"""Spread of the Gaussian before its curvature is measured."""
LOW_SHARE: Final = 0.4
"""The lower threshold, as a share of the higher one."""
STRONGEST: Final = 0.99
STRONG_SHARE: Final = 0.5
NOISE_PEAK: Final = 4.0
"""How far, in standard deviations of its strength, ridges of noise rise above its mean."""
BAND: Final = 1 << 20
"""Pixels filtered at once, halo not counted."""


class Thresholds(NamedTuple):
    """Which ridges are kept, in units of the map, and why."""

    low: float
    high: float
    reason: str


def filtered(values: Map, taps: NDArray[np.float32], threads: int = 1) -> Map:
    """Rows and columns filtered with symmetric taps; the border is mirrored. By bands of rows."""
    radius = len(taps) // 2
    height, width = values.shape
    columns = mirrored(np.arange(-radius, width + radius), width)
    result = np.empty_like(values)
    at_once = max(radius, BAND // width, 1)
    for top in range(0, height, at_once):
        bottom = min(top + at_once, height)
        rows = mirrored(np.arange(top - radius, bottom + radius), height)
        part = np.ascontiguousarray(values[rows][:, columns, None])
        result[top:bottom] = blur(part, taps, threads)[:, :, 0]
    return result


def smoothed(values: Map, sigma: float, threads: int = 1) -> Map:
    """The map after a Gaussian blur."""
    return filtered(values, gaussian(sigma, int(np.ceil(3 * sigma))), threads)


def mean_around(values: Map, side: int, threads: int = 1) -> Map:
    """The mean over the square of an odd side around every pixel."""
    return filtered(values, np.full(side, 1 / side, np.float32), threads)


def find_ridges(strength: Map, window: int, *, surround: float, threads: int = 1) -> Map:
    """The ridges of a map: one pixel wide, elsewhere 0.

    Args:
        strength: (h, w), not negative.
        window: side of the windows that it was made with.
        surround: share of the mean over (2 window + 5)^2 pixels around that is taken away.
        threads: the result does not depend on it.

    Returns:
        (h, w): how much the map, smoothed, rises above its surround, on ridges. Of two equal
        neighbours across a ridge one is kept.
    """
    base = smoothed(strength, SMOOTH, threads)
    curved = smoothed(base, CURVE, threads)
    if surround > 0:
        around = mean_around(base, 2 * window + 5, threads)
        around *= np.float32(surround)
        base -= around
        np.maximum(base, 0, out=base)
    return thin(base, curved, threads)


def thin(values: Map, curved: Map, threads: int = 1) -> Map:
    """`values` on the ridges, 0 elsewhere; the direction across is that of least curvature."""
    native = kernels()
    if native is None:
        return thin_reference(values, curved)
    result = np.empty_like(values)
    native.thin_ridges(np.ascontiguousarray(values), np.ascontiguousarray(curved), result, threads)
    return result


def thin_reference(values: Map, curved: Map) -> Map:
    """The plain version of `thin`, with the same bytes as result."""
    result = np.empty_like(values)
    at_once = max(1, (BAND >> 2) // values.shape[1])
    for top in range(0, len(values), at_once):
        bottom = min(top + at_once, len(values))
        rows = np.arange(top - 2, bottom + 2).clip(0, len(values) - 1)
        keep = _on_ridge(_framed(values[rows]), _framed(curved[rows]))[1:-1]
        result[top:bottom] = np.where(keep, values[top:bottom], np.float32(0))
    return result


def _framed(values: Map) -> Map:
    """One more column on either side, the edge repeated; rows have theirs."""
    return np.pad(values, ((0, 0), (1, 1)), mode="edge")


def _on_ridge(values: Map, curved: Map) -> NDArray[np.bool_]:
    """Whether values[y, x] is a ridge, for all but the frame of one pixel."""

    def shifted(of: Map, dy: int, dx: int) -> Map:
        height, width = of.shape
        return of[1 + dy : height - 1 + dy, 1 + dx : width - 1 + dx]

    half, quarter, one = np.float32(0.5), np.float32(0.25), np.float32(1)
    middle = np.float32(2) * shifted(curved, 0, 0)
    xx = shifted(curved, 0, 1) + shifted(curved, 0, -1) - middle
    yy = shifted(curved, 1, 0) + shifted(curved, -1, 0) - middle
    falling = shifted(curved, 1, 1) + shifted(curved, -1, -1)
    xy = (falling - (shifted(curved, 1, -1) + shifted(curved, -1, 1))) * quarter
    # Half the angle of (d, xy) is the direction of greatest curvature, of (-d, -xy) of the least.
    d = (xx - yy) * half
    size = np.sqrt(d * d + xy * xy)
    turn = -d / np.where(size > 0, size, one)
    dx = np.sqrt(np.maximum(0, (one + turn) * half))
    dy = np.sqrt(np.maximum(0, (one - turn) * half))
    dx = np.where(xy > 0, -dx, dx)

    def between(dy: Map, dx: Map) -> Map:
        p, q = np.abs(dy), np.abs(dx)
        up, left = dy < 0, dx < 0

        def beside(row: int) -> Map:
            return np.where(left, shifted(values, row, -1), shifted(values, row, 1))

        here = shifted(values, 0, 0) * (one - q) + beside(0) * q
        straight = np.where(up, shifted(values, -1, 0), shifted(values, 1, 0))
        there = straight * (one - q) + np.where(up, beside(-1), beside(1)) * q
        mixed: Map = here * (one - p) + there * p
        return mixed

    value = shifted(values, 0, 0)

    def greatest(dy: Map, dx: Map) -> NDArray[np.bool_]:
        # Of two equal neighbours always the same one is kept: the side that counts as ahead changes
        # at a slope that straight edges do not have.
        back = dx * np.float32(0.375) + dy < 0
        dx, dy = np.where(back, -dx, dx), np.where(back, -dy, dy)
        most: NDArray[np.bool_] = (value >= between(dy, dx)) & (value > between(-dy, -dx))
        return most

    hill = (xx + yy) * half + np.float32(3) * size < 0
    keep = greatest(dy, dx) & (~hill | greatest(dx, -dy))
    found: NDArray[np.bool_] = keep & (value > 0) & (size > 0)
    return found


def connected(ridges: Map, low: float, high: float, least: int = 1) -> NDArray[np.bool_]:
    """Groups of touching pixels (8 neighbours) of at least `low` that reach `high`.

    Args:
        ridges: (h, w); 0 is no ridge.
        low: smallest value that can belong to a group; 0 never does.
        high: smallest value that makes a group.
        least: pixels that a group must have.

    >>> connected(np.array([[3, 1, 0, 1]], np.float32), 1, 2).tolist()
    [[True, True, False, False]]
    """
    least_ridge = float(np.finfo(np.float32).smallest_subnormal)
    low, high = max(low, least_ridge), max(high, least_ridge)
    native = kernels()
    if native is None:
        return connected_reference(ridges, low, high, least)
    result = np.empty(ridges.shape, np.bool_)
    native.connect(np.ascontiguousarray(ridges), low, high, least, result)
    return result


def connected_reference(ridges: Map, low: float, high: float, least: int = 1) -> NDArray[np.bool_]:
    """The plain version of `connected`."""
    weak = ridges >= np.float32(low)
    number = np.full((ridges.shape[0] + 1, ridges.shape[1] + 2), -1, np.int64)
    rows, columns = np.nonzero(weak)
    number[rows, columns + 1] = np.arange(len(rows))
    pairs = []
    for dy, dx in ((0, 1), (1, -1), (1, 0), (1, 1)):
        other = number[rows + dy, columns + 1 + dx]
        has = np.flatnonzero(other >= 0)
        pairs.append(np.stack([has, other[has]]))
    group = _groups(len(rows), np.concatenate(pairs, axis=1))
    size = np.bincount(group, minlength=len(rows))
    strong = np.zeros(len(rows), np.bool_)
    strong[group[ridges[rows, columns] >= np.float32(high)]] = True
    result = np.zeros(ridges.shape, np.bool_)
    result[rows, columns] = (strong & (size >= least))[group]
    return result


def _groups(n: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each of n things the smallest number in its group, where each pair shares a group."""
    group = np.arange(n)
    while True:
        first, second = group[pairs[0]], group[pairs[1]]
        smaller = np.minimum(first, second)
        before = group.copy()
        np.minimum.at(group, first, smaller)
        np.minimum.at(group, second, smaller)
        while True:  # point at the root
            root = group[group]
            if np.array_equal(root, group):
                break
            group = root
        if np.array_equal(group, before):
            return group


def choose_thresholds(
    ridges: Map,
    noise: float,
    window: int,
    *,
    surround: float,
    low: float | None,
    high: float | None,
) -> Thresholds:
    """Which ridges to keep, from the ridges themselves; what is given stays.

    Args:
        ridges: (h, w) as `find_ridges` gives them.
        noise: strength of noise alone, before ridges were looked for.
        window: side of the windows.
        surround: as for `find_ridges`.
        low: lower threshold, or None for a share of the higher.
        high: higher threshold, or None to find it.

    The one that is found is the root mean square of the ridges, so that the few strong ones remain,
    but at most half of what the strongest hundredth reaches, as in a drawing all are equal, and at
    least what ridges of noise hardly reach. It scales with the map.
    """
    if high is None:
        high, reason = _found_threshold(ridges, noise, window, surround)
        if low is not None and low > high:
            high, reason = low, "the lower threshold, as given"
    else:
        reason = "as given"
    return Thresholds(high * LOW_SHARE if low is None else low, high, reason)


def _found_threshold(ridges: Map, noise: float, window: int, surround: float) -> tuple[float, str]:
    found = ridges[ridges > 0]
    if not found.size:
        return 0.0, "the picture has no ridge"
    rms = float(np.sqrt(np.square(found, dtype=np.float64).mean()))
    strong = float(np.quantile(found, STRONGEST))
    most = STRONG_SHARE * strong
    # The deviation of m normal numbers is itself spread by 1 / sqrt(2 (m - 1)) of its size.
    # Channels may differ in noise, so they count as one.
    least = (1 - surround + NOISE_PEAK / (2 * (window * window - 1)) ** 0.5) * noise
    if least > min(rms, most):
        return least, f"the most that ridges of noise reach; noise has a strength of {noise:.3g}"
    if most < rms:
        return most, f"half of {strong:.3g}, which one ridge pixel in a hundred exceeds"
    return rms, "the root mean square of the ridges"
