"""Applying a table of colours to a picture, with interpolation between its entries."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pochade.types import Image

_STRIP: Final = 1 << 20


def apply_table(image: Image, table: NDArray[np.float32]) -> Image:
    """Each pixel's colour through a table, trilinearly interpolated; alpha stays as it is.

    In strips, so that beside picture and result a few MB are used.

    Args:
        image: (h, w, c) uint8, c 3 or 4.
        table: (s, s, s, 3), 0..1, indexed by blue, green, red; s from 2 to 65.

    Returns:
        (h, w, c) uint8, a new array.
    """
    from PIL import Image as Pillow
    from PIL import ImageFilter

    cube = ImageFilter.Color3DLUT(
        len(table), np.clip(table, 0, 1).astype(np.float32).reshape(-1), 3, _copy_table=False
    )
    result = np.empty_like(image)
    result[:, :, 3:] = image[:, :, 3:]
    rows = max(1, _STRIP // image.shape[1])
    for top in range(0, len(image), rows):
        part = slice(top, top + rows)
        strip = np.ascontiguousarray(image[part, :, :3])
        result[part, :, :3] = np.asarray(Pillow.fromarray(strip).filter(cube))
    return result
