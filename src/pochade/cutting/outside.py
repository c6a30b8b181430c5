"""Priors from outside: a mask, a function, or a model of rembg where that is installed.

The one place that imports rembg (MIT; the models have licences of their own, and rembg fetches
them on first use). pochade neither ships nor needs it.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.cutout_options import is_rembg
from pochade.errors import EngineUnavailableError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image


DEFAULT_MODEL = "u2net"  # under the Apache licence; rembg's own default may not be used in trade


def prior_of(given: Any, image: Image) -> NDArray[np.float32]:
    """(h, w) float32, 0..1: how probable each pixel is the thing, as somebody else sees it.

    Args:
        given: 'rembg' or 'rembg:MODEL'; the name of a grey picture of the same size, or a path; a
            function that takes the (h, w, 3) uint8 picture and returns a map; or the map: (h, w)
            bool, uint8 (255 is the thing) or numbers 0..1.
        image: (h, w, 3) uint8.

    Raises:
        UsageError: the map has another size or other values.
        InputError: a file that cannot be read.
        EngineUnavailableError: rembg is not installed, or has no such model.
    """
    if isinstance(given, str) and is_rembg(given):
        found = _of_rembg(image, given.partition(":")[2] or DEFAULT_MODEL)
    elif isinstance(given, (str, Path)):
        from pochade.io.open import open_image

        found = np.ascontiguousarray(open_image(given).pixels[..., :3].max(axis=2))
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


def _of_rembg(image: Image, model: str) -> NDArray[np.uint8]:
    try:
        rembg = import_module("rembg")
    except (ImportError, SystemExit):  # it exits where onnxruntime is missing
        raise EngineUnavailableError(
            "the prior 'rembg' is not installed; pip install 'rembg[cpu]', or do without it"
        ) from None
    try:
        session = _session(rembg, model)
    except Exception as error:  # no such model, or whatever its download or onnxruntime raise
        raise EngineUnavailableError(
            f"rembg's model {model!r} cannot be had, {error}; rembg fetches models on first use"
        ) from error
    return np.asarray(rembg.remove(image, session=session, only_mask=True))


@lru_cache(maxsize=1)
def _session(rembg: Any, model: str) -> Any:
    """The model, loaded once for many pictures."""
    return rembg.new_session(model)
