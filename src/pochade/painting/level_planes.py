"""Planes of a picture at a scale: blurs, slopes, edges, and what lies near a mask."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pochade.color.spatial import blur, gaussian, mirrored
from pochade.edge_lines import connected

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

SHORTEST: Final = 8
"""Pixels that an edge must have to count."""


class Slopes(NamedTuple):
    """How fast colour changes, and the direction in which it does so most (a unit vector)."""

    strength: Plane
    down: Plane
    right: Plane


def smooth(planes: Plane, sigma: float, threads: int = 1) -> Plane:
    """The planes (h w c) after a Gaussian blur; the border is mirrored."""
    radius = int(np.ceil(3 * sigma))
    rows = mirrored(np.arange(-radius, planes.shape[0] + radius), planes.shape[0])
    columns = mirrored(np.arange(-radius, planes.shape[1] + radius), planes.shape[1])
    framed = np.ascontiguousarray(planes[rows][:, columns])
    return blur(framed, gaussian(sigma, radius), threads)


def within(mask: Mask, distance: float) -> Mask:
    """The pixels whose centre is at most `distance` from that of one in the mask.

    >>> within(np.array([[True, False, False, False]]), 1.5).tolist()
    [[True, True, False, False]]
    """
    height, width = mask.shape
    result = np.zeros_like(mask)
    reach = int(distance)
    halves = [int((distance**2 - dy * dy) ** 0.5) for dy in range(reach + 1)]
    for half in dict.fromkeys(halves):
        counts = np.zeros((height, width + 1), np.int32)
        np.cumsum(mask, axis=1, out=counts[:, 1:])
        right = np.minimum(np.arange(width) + half + 1, width)
        left = np.maximum(np.arange(width) - half, 0)
        wide = counts[:, right] > counts[:, left]
        for dy in range(-reach, reach + 1):
            if halves[abs(dy)] == half and abs(dy) < height:
                top, bottom = max(0, dy), height + min(0, dy)
                result[top:bottom] |= wide[top - dy : bottom - dy]
    return result


def greatest(plane: Plane, reach: int) -> Plane:
    """The greatest value in the square of `reach` pixels to every side."""
    result = plane
    for axis in (0, 1):
        before, result = result, result.copy()
        size = before.shape[axis]
        for step in range(1, min(reach, size - 1) + 1):
            low, high = _slice(axis, 0, size - step), _slice(axis, step, size)
            np.maximum(result[low], before[high], out=result[low])
            np.maximum(result[high], before[low], out=result[high])
    return result


def _slice(axis: int, start: int, stop: int) -> tuple[slice, ...]:
    return (slice(start, stop),) if axis == 0 else (slice(None), slice(start, stop))


def slopes(lab: Plane, sigma: float, threads: int) -> Slopes:
    """The greatest rate of change at a scale, all channels together.

    S. Di Zenzo, "A note on the gradient of a multi-image", Computer Vision, Graphics, and Image
    Processing 33 (1986) 116-125.
    """
    near = smooth(lab, sigma, threads)
    dy, dx = _differences(near, 0), _differences(near, 1)
    yy = np.einsum("hwc,hwc->hw", dy, dy)
    xx = np.einsum("hwc,hwc->hw", dx, dx)
    xy = np.einsum("hwc,hwc->hw", dy, dx)
    half = np.float32(0.5)
    d = (xx - yy) * half
    size = np.sqrt(d * d + xy * xy)
    strength = np.sqrt((xx + yy) * half + size)
    turn = d / np.where(size > 0, size, 1)
    right = np.sqrt(np.maximum(0, (1 + turn) * half))
    down = np.sqrt(np.maximum(0, (1 - turn) * half))
    return Slopes(strength, np.where(xy < 0, -down, down), right)


def _differences(planes: Plane, axis: int) -> Plane:
    """Half the difference of the two neighbours; at the border as if it were mirrored."""
    size = planes.shape[axis]
    after = np.take(planes, np.minimum(np.arange(size) + 1, size - 1), axis)
    after -= np.take(planes, np.maximum(np.arange(size) - 1, 0), axis)
    halved: Plane = after * np.float32(0.5)
    return halved


def edges(found: Slopes, low: float, high: float) -> Mask:
    """Ridges of the slope across its direction, by hysteresis, without specks."""
    strength, down, right = found
    ridge = strength.copy()
    for sign in (1, -1):
        ridge[strength < _between(strength, sign * down, sign * right)] = 0
    return connected(ridge, float(np.float32(low)), float(np.float32(high)), SHORTEST)


def _between(plane: Plane, down: Plane, right: Plane) -> Plane:
    """The plane read one step away in a direction of its own for every pixel, bilinear."""
    height, width = plane.shape
    y = np.clip(np.arange(height, dtype=np.float32)[:, None] + down, 0, height - 1)
    x = np.clip(np.arange(width, dtype=np.float32)[None] + right, 0, width - 1)
    top, left = y.astype(np.intp), x.astype(np.intp)
    y -= top
    x -= left
    at = top * width + left
    below, beside = np.where(top < height - 1, width, 0), np.where(left < width - 1, 1, 0)
    flat = plane.ravel()
    upper = flat[at] * (1 - x) + flat[at + beside] * x
    lower = flat[at + below] * (1 - x) + flat[at + below + beside] * x
    read: Plane = upper * (1 - y) + lower * y
    return read


def moved(plane: Plane, dy: int, dx: int) -> Plane:
    """The plane read (dy, dx) away; at the border the nearest value."""
    rows = np.clip(np.arange(plane.shape[0]) + dy, 0, plane.shape[0] - 1)
    columns = np.clip(np.arange(plane.shape[1]) + dx, 0, plane.shape[1] - 1)
    return plane[rows][:, columns]
