"""Noise that depends on a place and a seed alone: no tables, no tiles, the same at every size.

The readable twin of native/brush.hpp, and what the placing of strokes draws its chances from.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Whole: TypeAlias = NDArray[np.integer[Any]]


def lattice(x: Whole, y: Whole, seed: int) -> Floats:
    """A number in [0, 1) for each corner (x, y) of the grid.

    >>> [round(v, 3) for v in lattice(np.array([0, 1]), np.array([0, 0]), 7).tolist()]
    [0.198, 0.301]
    """
    h = _word(x) * np.uint32(0x9E3779B1)
    h ^= _word(y) * np.uint32(0x85EBCA77) + np.uint32(seed * 0xC2B2AE3D & 0xFFFFFFFF)
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
    """Octaves of value noise, mean 0.5, in [0, 1); see native/brush.hpp."""
    total = np.zeros(np.broadcast(x, y).shape, np.float32)
    weight = everything = np.float32(0)
    weight = np.float32(1)
    long, short = np.float32(1.624), np.float32(1.218)
    for i in range(octaves):
        total += weight * value_noise(x, y, seed + i)
        everything += weight
        weight *= np.float32(0.5)
        x, y = long * x + short * y, long * y - short * x
    return total / everything
