"""CIE 1976 L*a*b*: L 0..100, a and b about -108..98 inside the sRGB gamut.

White: D65 as sRGB has it (x 0.3127, y 0.3290; 2 degree observer), with no chromatic adaptation.
This is coloraide's `lab-d65`, colour-science's `XYZ_to_Lab` with the sRGB white and the derived
matrix, and nearly scikit-image's `rgb2lab`, which has a four-digit matrix. It is not CSS `lab()`,
which is adapted to D50.
Formula: CIE 15:2004, with the exact fractions 216/24389 and 24389/27. Greys have a = b = 0 exactly.
"""

from __future__ import annotations

import numpy as np

from pochade.color.arrays import FloatArray
from pochade.color.constants import LINEAR_TO_RELATIVE_XYZ, RELATIVE_XYZ_TO_LINEAR
from pochade.color.linear import mix

EPSILON = 216 / 24389
KAPPA = 24389 / 27
_ROOT_EPSILON = 6 / 29


def _compress(t: FloatArray) -> FloatArray:
    return np.where(t > EPSILON, np.cbrt(t), (KAPPA * t + 16) / 116)


def _expand(f: FloatArray) -> FloatArray:
    return np.where(f > _ROOT_EPSILON, f * f * f, (116 * f - 16) / KAPPA)


def from_linear(linear: FloatArray) -> FloatArray:
    """Linear sRGB (..., 3) to L*a*b* (..., 3), same dtype."""
    x, y, z = (_compress(mix(linear, row)) for row in LINEAR_TO_RELATIVE_XYZ)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def to_linear(lab: FloatArray) -> FloatArray:
    """L*a*b* (..., 3) to linear sRGB (..., 3), same dtype, not clipped."""
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    relative = _expand(f)
    return np.stack([mix(relative, row) for row in RELATIVE_XYZ_TO_LINEAR], axis=-1)
