"""Noise that depends on a place and a seed alone: no tables, no tiles, the same at every size.

The readable twin of native/brush.hpp, and what the placing of strokes draws its chances from.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
half = np.float32(0.5)
Whole: TypeAlias = NDArray[np.integer[Any]]


def lattice(x: Whole, y: Whole, seed: int) -> Floats:
    """A number in [0, 1) for each corner (x, y) of the grid.

    >>> [round(v, 3) for v in lattice(np.array([0, 1]), np.array([0, 0]), 7).tolist()]
    [0.198, 0.301]
    """
    down = _word(y) * np.uint32(0x85EBCA77) + np.uint32(seed * 0xC2B2AE3D & 0xFFFFFFFF)
    h = _word(x) * np.uint32(0x9E3779B1) ^ down
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x7FEB352D)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x846CA68B)
    h ^= h >> np.uint32(16)
    return (h >> np.uint32(8)).astype(np.float32) * np.float32(1 / 16777216)


def _word(values: Whole) -> NDArray[np.uint32]:
    return (np.atleast_1d(values).astype(np.int64) & 0xFFFFFFFF).astype(np.uint32)


def value_noise(x: Floats, y: Floats, seed: int) -> Floats:
    """Value noise in [0, 1): corners of the unit square mixed along 3t^2 - 2t^3."""
    fx, fy = np.floor(x), np.floor(y)
    ix, iy = fx.astype(np.int64), fy.astype(np.int64)
    dx, dy = x - fx, y - fy
    three, two = np.float32(3), np.float32(2)
    sx, sy = dx * dx * (three - two * dx), dy * dy * (three - two * dy)
    a, b = lattice(ix, iy, seed), lattice(ix + 1, iy, seed)
    c, d = lattice(ix, iy + 1, seed), lattice(ix + 1, iy + 1, seed)
    top = a + (b - a) * sx
    bottom = c + (d - c) * sx
    mixed: Floats = top + (bottom - top) * sy
    return mixed


def clouds(x: Floats, y: Floats, octaves: int, seed: int) -> Floats:
    """Octaves of value noise, mean 0.5, in [0, 1).

    Each is turned by the angle of a 3-4-5 triangle, about twice as fine and half as strong as the
    one before; the turn hides the axes of the grid.
    """
    total = np.zeros(np.broadcast(x, y).shape, np.float32)
    a, b, weight = np.float32(1), np.float32(0), np.float32(1)
    everything = np.float32(0)
    for octave in range(octaves):
        total += weight * value_noise(a * x + b * y, a * y - b * x, seed + octave)
        everything += weight
        weight *= np.float32(0.5)
        a, b = (
            np.float32(1.624) * a - np.float32(1.218) * b,
            np.float32(1.624) * b + np.float32(1.218) * a,
        )
    return total / everything


def weave(x: Floats, y: Floats, seed: int) -> Floats:
    """The height of plainly woven threads, one a unit, about 0 to 1.5."""
    bow = np.float32(1.2) * (value_noise(np.float32(0.11) * x, np.float32(0.11) * y, seed) - half)
    x, y = x + bow, y - bow
    fx, fy = np.floor(x), np.floor(y)
    ix, iy = fx.astype(np.int64), fy.astype(np.int64)
    four, least, rest = np.float32(4), np.float32(0.35), np.float32(0.65)
    over, under = four * (x - fx) * (1 - (x - fx)), four * (y - fy) * (1 - (y - fy))
    warp = (least + rest * under) * over * (half + lattice(ix, np.full_like(ix, 7), seed + 1))
    weft = (least + rest * over) * under * (half + lattice(iy, np.full_like(iy, 9), seed + 2))
    odd = ((ix + iy) & 1).astype(np.float32)
    mixed: Floats = weft + odd * (warp - weft)
    return mixed
