"""sRGB, as stored in pictures: 0..255 in uint8, 0..1 in float.

The transfer function is that of IEC 61966-2-1 with the constants everybody computes with:
linear below 0.04045 (encoded) and 0.0031308 (light), else the power 2.4. For numbers outside
0..1 it is mirrored at zero and continued upwards, as CSS Color 4 does, so that a colour outside the
gamut survives a journey through this space.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from pochade.color.arrays import FloatArray


def to_linear(srgb: FloatArray) -> FloatArray:
    """SRGB floats (any shape, 0..1) to light, 0..1."""
    size = np.abs(srgb)
    light = np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)
    return np.copysign(light, srgb)


def from_linear(linear: FloatArray) -> FloatArray:
    """Light (any shape, 0..1) to sRGB floats, 0..1."""
    size = np.abs(linear)
    encoded = np.where(size <= 0.0031308, size * 12.92, 1.055 * size ** (1 / 2.4) - 0.055)
    return np.copysign(encoded, linear)


@cache
def linear_of_byte() -> NDArray[np.float32]:
    """The light of each of the 256 sRGB values, float32 (256,), read-only."""
    table = to_linear(np.arange(256) / 255).astype(np.float32)
    table.setflags(write=False)
    return table


@cache
def byte_thresholds() -> NDArray[np.float32]:
    """The light halfway (in sRGB) between each two neighbouring bytes: float32 (255,), rising.

    The byte of a light is the number of thresholds that are not above it.
    """
    table = to_linear((np.arange(255) + 0.5) / 255).astype(np.float32)
    table.setflags(write=False)
    return table


def bytes_from_linear(linear: FloatArray) -> NDArray[np.uint8]:
    """Light (any shape) to the nearest sRGB byte, clipped to 0..255; not a number gives 0.

    Exact: thresholds are compared, no power is computed. A light exactly on a threshold goes up.
    """
    light = np.where(linear > 0, linear, 0).astype(np.float32)
    return np.searchsorted(byte_thresholds(), light, side="right").astype(np.uint8)
