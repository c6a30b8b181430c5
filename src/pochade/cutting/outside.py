"""Priors from outside: a mask, a function, or a model of rembg where that is installed.

The one place that imports rembg (MIT; the models have licences of their own, and rembg fetches
them on first use). pochade neither ships nor needs it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import EngineUnavailableError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image


def prior_of(given: Any, image: Image) -> NDArray[np.float32]:
    """(h, w) float32, 0..1: how probable each pixel is the thing, as somebody else sees it.

    Args:
        given: 'rembg'; a function that takes the (h, w, 3) uint8 picture and returns a map; or the
            map: (h, w) bool, uint8 (255 is the thing) or numbers 0..1.
        image: (h, w, 3) uint8.

    Raises:
        UsageError: the map has another size or other values.
        EngineUnavailableError: rembg is not installed.
    """
    if isinstance(given, str):
        found = _of_rembg(image)
    elif callable(given):
        found = given(image)
    else:
        found = given
    values = np.asarray(found)
    if values.shape != image.shape[:2]:
        raise UsageError(
            f"the prior must have the rows and columns of the picture {image.shape[:2]}, "
            f"not {values.shape}"
        )
    if values.dtype == np.uint8:
        return values.astype(np.float32) / np.float32(255)
    numbers = values.dtype.kind in "biuf"
    if not numbers or not (float(values.min()) >= 0 and float(values.max()) <= 1):
        raise UsageError("the prior must hold numbers from 0 to 1, or uint8 from 0 to 255")
    return values.astype(np.float32)


def _of_rembg(image: Image) -> NDArray[np.uint8]:
    try:
        rembg = import_module("rembg")
    except ImportError:
        raise EngineUnavailableError(
            "the prior 'rembg' is not installed; pip install 'rembg[cpu]', or do without it"
        ) from None
    return np.asarray(rembg.remove(image, only_mask=True))
