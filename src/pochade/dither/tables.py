"""The numbers that both the reference and the kernels work with.

Error is added up in linear light, because the eye (and the screen, seen from a distance) mixes
neighbouring pixels as light, not as sRGB codes. Colours are compared as 14-bit integer keys, sRGB
or OKLab, so nearest is exact, ties go to the lowest label, and every machine agrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pochade.types import Palette

Space = Literal["srgb", "oklab"]

STEPS = 16384
"""Table steps for work values 0..1: 0.2 sRGB levels in the deepest shadow, far less elsewhere."""

KEY_UNIT = 64
"""Key units per sRGB level (and per level of alpha)."""

CBRT_BITS = 14
"""Bits dropped from a float32 to place it in the table of cube roots: nine of the fraction stay."""

CBRT_FIRST = (109 << 23) >> CBRT_BITS
"""The table begins at 2 ** -18; its first entry is 0 and stands for everything below."""

LAB_UNIT = 16383
"""Key units per 1.0 of OKLab lightness; a and b are shifted by 0.5 to be positive."""

# Ottosson, "A perceptual color space for image processing", 2020.
TO_LMS: NDArray[np.float32] = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
TO_LAB: NDArray[np.float32] = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)


def decode_srgb(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return linear light 0..1 for sRGB 0..1 (IEC 61966-2-1)."""
    light: NDArray[np.float64] = np.where(
        values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4
    )
    return light


def encode_srgb(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sRGB 0..1 for linear light 0..1 (IEC 61966-2-1)."""
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)


APART_NEIGHBOUR = 3
"""Which neighbour of an entry tells how far apart entries are there: it takes three neighbours to
mix any colour between."""

APART_MAX_COLORS = 1024
"""Beyond so many entries errors are too short for specks."""

APART_LIMIT = 0.2
"""Where most entries are farther than this from their neighbour, in linear light, the palette was
not made for the picture: there is nothing but far entries to mix with."""


@dataclass(frozen=True, slots=True)
class Tables:
    """A palette and the tables that place colours beside it.

    Attributes:
        space: Where nearest is measured.
        source_work: (256,) float32, an sRGB byte as linear light 0..1.
        key_table: (STEPS + 1,) uint16, linear light as an sRGB key; empty for OKLab.
        cbrt_table: float32 cube roots, by the leading bits of a float32; empty for sRGB.
        palette_work: (k, 4) float32, linear light; the last column is 0.
        palette_keys: (k, 4) int16; the last column is 0.
        palette_alpha: (k,) uint8, or empty where the palette has no alpha.
        palette_colors: (k, 3) uint8, sRGB; black where alpha is 0.
        palette_apart: (k,) float32, squared distance in linear light to the third neighbour.
    """

    space: Space
    source_work: NDArray[np.float32]
    key_table: NDArray[np.uint16]
    cbrt_table: NDArray[np.float32]
    palette_work: NDArray[np.float32]
    palette_keys: NDArray[np.int16]
    palette_alpha: NDArray[np.uint8]
    palette_colors: NDArray[np.uint8]
    palette_apart: NDArray[np.float32]


@cache
def _shared(space: Space) -> tuple[NDArray[np.float32], NDArray[np.uint16], NDArray[np.float32]]:
    """Return source_work, key_table and cbrt_table.

    Values are rounded before use, so that the last bit of a platform's power function is not seen.
    """
    source_work = np.round(decode_srgb(np.arange(256) / 255.0), 10).astype(np.float32)
    if space == "srgb":
        levels = np.round(encode_srgb(np.arange(STEPS + 1) / STEPS) * 255.0 * KEY_UNIT, 6)
        return source_work, np.floor(levels + 0.5).astype(np.uint16), np.empty(0, np.float32)
    last = (127 << 23) >> CBRT_BITS  # 1.0
    bits = (np.arange(CBRT_FIRST, last + 1) << CBRT_BITS) + (1 << (CBRT_BITS - 1))
    roots = np.round(np.cbrt(bits.astype(np.int32).view(np.float32).astype(np.float64)), 10)
    roots[0] = 0.0
    return source_work, np.empty(0, np.uint16), roots.astype(np.float32)


def make_tables(palette: Palette, space: Space) -> Tables:
    """Return the tables for a palette (k, 3 or 4) uint8; entries with alpha 0 count as black."""
    colors, alpha = palette[:, :3], palette[:0, 0]
    if palette.shape[1] == 4:
        alpha = np.ascontiguousarray(palette[:, 3])
        colors = np.where(palette[:, 3:] == 0, np.uint8(0), colors)
    source_work, key_table, cbrt_table = _shared(space)
    tables = Tables(
        space=space,
        source_work=source_work,
        key_table=key_table,
        cbrt_table=cbrt_table,
        palette_work=np.zeros((len(palette), 4), np.float32),
        palette_keys=np.zeros((len(palette), 4), np.int16),
        palette_alpha=alpha,
        palette_colors=np.ascontiguousarray(colors),
        palette_apart=apart(source_work[colors]),
    )
    tables.palette_work[:, :3] = source_work[colors]
    tables.palette_keys[:, :3] = source_keys(tables, colors)
    return tables


def apart(entries: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the squared distance (k,) of each entry (k, 3) to its third neighbour.

    All are infinite for a single entry, for very many, and for a few far-apart primaries.
    """
    k = len(entries)
    none = np.full(k, np.inf, np.float32)
    if k < 2 or k > APART_MAX_COLORS:
        return none
    wide = entries.astype(np.float64)
    squares = ((wide[:, None] - wide) ** 2).sum(-1)
    squares.sort(axis=1)
    if float(np.median(squares[:, 1])) > APART_LIMIT**2:
        return none
    # Equal entries are no neighbours; where they hide the third, the farthest stands for it.
    third = squares[:, min(APART_NEIGHBOUR, k - 1)]
    return np.asarray(np.where(third > 0, third, squares[:, -1]), np.float32)


def choose_space(palette: Palette) -> Space:
    """Return 'oklab' for a palette close enough to a picture's colours, else 'srgb'.

    OKLab looks clearly better with palettes made from the picture. With a few far-apart primaries
    its nearest entry may lie on the wrong side in light, and diffusion drifts: so where the median
    distance of an entry to its neighbour is beyond 0.2 in OKLab, the answer is sRGB.
    """
    if len(palette) < 2 or len(palette) > 1024:
        return "oklab"
    keys = make_tables(palette, "oklab").palette_keys[:, :3].astype(np.float64) / LAB_UNIT
    distances = ((keys[:, None] - keys) ** 2).sum(-1) + np.diag(np.full(len(keys), np.inf))
    return "oklab" if float(np.median(distances.min(1))) <= 0.2**2 else "srgb"


def work_keys(tables: Tables, work: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the keys (..., 3) of work values (..., 3); OKLab by the rough roots of the table."""
    if tables.space == "srgb":
        index = (work * np.float32(STEPS) + np.float32(0.5)).astype(np.int64)
        return tables.key_table[index].astype(np.int64)
    return _lab_keys(_rough_roots(tables, _apply(TO_LMS, work)))


def source_keys(tables: Tables, colors: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the keys (..., 3) of sRGB bytes (..., 3): exact in sRGB, to the last bit in OKLab."""
    if tables.space == "srgb":
        return colors.astype(np.int64) * KEY_UNIT
    lms = _apply(TO_LMS, tables.source_work[colors])
    root = _rough_roots(tables, lms)
    three, least = np.float32(3.0), np.float32(1e-20)
    return _lab_keys(root - (root * root * root - lms) / (three * root * root + least))


def _rough_roots(tables: Tables, lms: NDArray[np.float32]) -> NDArray[np.float32]:
    index = (np.ascontiguousarray(lms).view(np.int32) >> CBRT_BITS) - CBRT_FIRST
    roots: NDArray[np.float32] = tables.cbrt_table[np.clip(index, 0, len(tables.cbrt_table) - 1)]
    return roots


def _lab_keys(roots: NDArray[np.float32]) -> NDArray[np.int64]:
    shifted = _apply(TO_LAB, roots) + np.array([0.0, 0.5, 0.5], np.float32)
    keys = (shifted * np.float32(LAB_UNIT) + np.float32(0.5)).astype(np.int64)
    return np.clip(keys, 0, LAB_UNIT)


def _apply(matrix: NDArray[np.float32], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiply row by row in one fixed order (a matrix product may sum in any)."""
    x, y, z = values[..., 0], values[..., 1], values[..., 2]
    return np.stack([m[0] * x + m[1] * y + m[2] * z for m in matrix], axis=-1)
