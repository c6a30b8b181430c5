"""Pictures handed over as NumPy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pochade.errors import UsageError
from pochade.io.normalize import scale_integers
from pochade.types import Image

_SLACK = 1e-6  # how far a float picture may overshoot 0..1 by rounding


def image_from_array(array: NDArray[Any]) -> Image:
    """Bring an array to h w 3 or h w 4 uint8; the result never shares memory with the input.

    Args:
        array: h w, h w 1 (grey), h w 3 (RGB) or h w 4 (RGBA); uint8 or another integer type with
            values 0..255, uint16 (0..65535, scaled and rounded), bool, or floats within 0..1.

    Returns:
        h w 4 when any alpha is below 255, otherwise h w 3.

    Raises:
        UsageError: another shape, dtype or range, or no pixels.

    >>> image_from_array(np.array([[0.0, 0.5, 1.0]])).tolist()
    [[[0, 0, 0], [128, 128, 128], [255, 255, 255]]]
    """
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in {1, 3, 4}:
        raise UsageError(
            f"an array of shape {array.shape} is not a picture; "
            "give h w, h w 1, h w 3 or h w 4 (rows, columns, channels)"
        )
    if array.size == 0:
        raise UsageError(f"an array of shape {array.shape} has no pixels; give at least 1 x 1")
    levels = _levels(array)
    if levels.shape[2] == 1:
        return np.repeat(levels, 3, axis=2)
    if levels.shape[2] == 4 and int(levels[:, :, 3].min()) == 255:
        levels = levels[:, :, :3]
    return np.array(levels, dtype=np.uint8, order="C")


def _levels(array: NDArray[Any]) -> Image:
    kind = array.dtype.kind
    if kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype == np.uint8:
        return array
    if kind == "u" and array.dtype.itemsize == 2:
        return scale_integers(array, 65535)
    if kind == "f":
        low, high = float(array.min()), float(array.max())
        if not (low >= -_SLACK and high <= 1 + _SLACK):  # NaN fails both
            raise UsageError(
                f"a float array must lie in 0..1, not {low:g}..{high:g}; "
                "divide by its maximum, or convert it to uint8"
            )
        scaled: Image = np.floor(np.clip(array, 0, 1).astype(np.float32) * 255 + 0.5).astype(
            np.uint8
        )
        return scaled
    if kind in "iu":
        if int(array.min()) < 0 or int(array.max()) > 255:
            raise UsageError(
                f"an array of {array.dtype} must lie in 0..255, not {array.min()}..{array.max()}; "
                "use uint8, or uint16 for 0..65535"
            )
        return array.astype(np.uint8)
    raise UsageError(f"an array of {array.dtype} is not a picture; use uint8, uint16 or float")
