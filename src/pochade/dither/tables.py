"""The numbers that both the reference and the kernels work with.

Error is added up in linear light, because the eye (and the screen, seen from a distance) mixes
neighbouring pixels as light, not as sRGB codes. Colours are compared as 14-bit integer keys, sRGB
or OKLab, so nearest is exact, ties go to the lowest label, and every machine agrees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pochade.types import Palette

Space = Literal["srgb", "oklab"]

STEPS = 16384
"""Table steps for work values 0..1: 0.2 sRGB levels in the deepest shadow, far less elsewhere."""

KEY_UNIT = 64
"""Key units per sRGB level (and per level of alpha)."""

LAB_UNIT = 16383
"""Key units per 1.0 of OKLab lightness; a and b are shifted by 0.5 to be positive."""

# Ottosson, "A perceptual color space for image processing", 2020.
TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def decode_srgb(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return linear light 0..1 for sRGB 0..1 (IEC 61966-2-1)."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def encode_srgb(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sRGB 0..1 for linear light 0..1 (IEC 61966-2-1)."""
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)


@dataclass(frozen=True, slots=True)
class Tables:
    """A palette and the tables that place colours beside it.

    Attributes:
        space: Where nearest is measured.
        source_work: (256,) float64, an sRGB byte as linear light 0..1.
        key_table: (STEPS + 1,) uint16, linear light as an sRGB key; empty for OKLab.
        cbrt_table: (STEPS + 1,) float64, entry i is the cube root of (i / STEPS) ** 2;
            empty for sRGB. Asking with the square root keeps it fine in the shadows.
        palette_work: (k, 3) float64, linear light.
        palette_keys: (k, 3) int16.
        palette_alpha: (k,) uint8, or empty where the palette has no alpha.
    """

    space: Space
    source_work: NDArray[np.float64]
    key_table: NDArray[np.uint16]
    cbrt_table: NDArray[np.float64]
    palette_work: NDArray[np.float64]
    palette_keys: NDArray[np.int16]
    palette_alpha: NDArray[np.uint8]


def make_tables(palette: Palette, space: Space) -> Tables:
    """Return the tables for a palette (k, 3 or 4) uint8; entries with alpha 0 count as black."""
    colors = palette[:, :3]
    if palette.shape[1] == 4:
        colors = np.where(palette[:, 3:] == 0, np.uint8(0), colors)
    # Rounded, so that the last bit of a platform's power function cannot show.
    source_work = np.round(decode_srgb(np.arange(256) / 255.0), 12)
    unit = np.arange(STEPS + 1) / STEPS
    srgb = space == "srgb"
    levels = np.round(encode_srgb(unit) * 255.0 * KEY_UNIT, 6)
    tables = Tables(
        space=space,
        source_work=source_work,
        key_table=np.floor(levels + 0.5).astype(np.uint16)[: None if srgb else 0],
        cbrt_table=np.round(np.cbrt(unit**2), 12)[: 0 if srgb else None],
        palette_work=np.ascontiguousarray(source_work[colors]),
        palette_keys=np.empty(0, np.int16),
        palette_alpha=np.ascontiguousarray(
            palette[:, 3] if palette.shape[1] == 4 else palette[:0, 0]
        ),
    )
    keys = source_keys(tables, colors)
    return replace(tables, palette_keys=keys.astype(np.int16))


def work_keys(tables: Tables, work: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the keys (..., 3) of work values (..., 3)."""
    if tables.space == "srgb":
        return tables.key_table[(work * STEPS + 0.5).astype(np.int64)].astype(np.int64)
    lms = _apply(TO_LMS, work)
    index = (np.sqrt(lms) * STEPS + 0.5).astype(np.int64)
    lab = _apply(TO_LAB, tables.cbrt_table[np.clip(index, 0, STEPS)])
    scaled = (lab + np.array([0.0, 0.5, 0.5])) * LAB_UNIT + 0.5
    return np.clip(scaled.astype(np.int64), 0, LAB_UNIT)


def source_keys(tables: Tables, colors: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the keys (..., 3) of sRGB bytes (..., 3); exact in sRGB."""
    if tables.space == "srgb":
        return colors.astype(np.int64) * KEY_UNIT
    return work_keys(tables, tables.source_work[colors])


def _apply(matrix: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply row by row in one fixed order (a matrix product may sum in any)."""
    x, y, z = values[..., 0], values[..., 1], values[..., 2]
    return np.stack([m[0] * x + m[1] * y + m[2] * z for m in matrix], axis=-1)
