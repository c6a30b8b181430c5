"""OKLab: L 0..1, a and b about -0.31..0.28 inside the sRGB gamut.

Björn Ottosson, "A perceptual color space for image processing" (2020),
https://bottosson.github.io/posts/oklab/, with the 64-bit matrices of CSS Color 4 that coloraide
uses too. Cube roots keep the sign, so colours outside the gamut survive. Greys have a = b = 0
exactly.
"""

from __future__ import annotations

import numpy as np

from pochade.color.arrays import FloatArray
from pochade.color.constants import LINEAR_TO_LMS, LMS_TO_LINEAR, LMS_TO_OKLAB, OKLAB_TO_LMS
from pochade.color.linear import mix


def from_linear(linear: FloatArray) -> FloatArray:
    """Linear sRGB (..., 3) to OKLab (..., 3), same dtype."""
    long, medium, short = (np.cbrt(mix(linear, row)) for row in LINEAR_TO_LMS)
    # The rows of a and b sum to zero and that of L to one: differences make greys exact.
    d_long, d_short = long - medium, short - medium
    (l0, _, l2), (a0, _, a2), (b0, _, b2) = LMS_TO_OKLAB
    return np.stack(
        [
            medium + l0 * d_long + l2 * d_short,
            a0 * d_long + a2 * d_short,
            b0 * d_long + b2 * d_short,
        ],
        axis=-1,
    )


def to_linear(oklab: FloatArray) -> FloatArray:
    """OKLab (..., 3) to linear sRGB (..., 3), same dtype, not clipped."""
    lightness, a, b = (oklab[..., i] for i in range(3))
    # The first column of the inverse is 1, because the rows of a and b sum to zero.
    roots = np.stack([lightness + row[1] * a + row[2] * b for row in OKLAB_TO_LMS], axis=-1)
    cones = roots * roots * roots
    return np.stack([mix(cones, row) for row in LMS_TO_LINEAR], axis=-1)
