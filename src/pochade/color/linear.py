"""Linear sRGB, the hub: every other space has one function to it and one from it.

Components are proportional to light, 0..1 inside the sRGB gamut; values outside are kept.
The primaries and the D65 white are those of IEC 61966-2-1.
"""

from __future__ import annotations

import numpy as np

from pochade.color.arrays import FloatArray
from pochade.color.constants import LINEAR_TO_XYZ, XYZ_TO_LINEAR, Row


def mix(colors: FloatArray, row: Row) -> FloatArray:
    """One row of a matrix whose rows sum to 1, times colours (..., 3).

    Written as green plus weighted differences from green, so that a grey comes out as exactly
    the same number for every row, in any precision.
    """
    green = colors[..., 1]
    result: FloatArray = (
        green + row[0] * (colors[..., 0] - green) + row[2] * (colors[..., 2] - green)
    )
    return result


def to_xyz(linear: FloatArray) -> FloatArray:
    """Linear sRGB (..., 3) to CIE XYZ (2 degree observer, D65, Y of white = 1)."""
    return linear @ np.array(LINEAR_TO_XYZ, linear.dtype).T


def from_xyz(xyz: FloatArray) -> FloatArray:
    """CIE XYZ (..., 3; 2 degree observer, D65, Y of white = 1) to linear sRGB, not clipped."""
    return xyz @ np.array(XYZ_TO_LINEAR, xyz.dtype).T
