"""The working size: where anchors go is decided on a picture of some 400,000 pixels.

So the places do not depend on the resolution of the photo, and finding them takes the same time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.color.convert import convert
from pochade.errors import UsageError
from pochade.painting.shrink import shrink, size_within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.painting.anchors import Guide
    from pochade.types import Image

WORKING_PIXELS = 400_000


class Working(NamedTuple):
    """A picture at the working size.

    Attributes:
        pixels: h w 3 uint8.
        tones: h w 3 float32: CIELAB of the guide, or of the pixels where there is no guide.
        frame: (rows, cols) of the picture it was made from.
    """

    pixels: Image
    tones: NDArray[np.float32]
    frame: tuple[int, int]


def work_on(image: Image, guide: Guide | None, *, threads: int = 1) -> Working:
    """A picture reduced to the working size, with the tones of its guide.

    Args:
        image: h w 3 uint8, sRGB.
        guide: made from a picture of the same aspect; read where the middle of each pixel lies.
        threads: for the conversion of colours; the result does not depend on it.

    Raises:
        UsageError: an array of another kind.
    """
    if not (isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.ndim == 3):
        raise UsageError("anchors are found in a picture given as an array (h, w, 3) of uint8")
    if image.shape[2] != 3 or not image.size:
        raise UsageError(f"anchors are found in a picture (h, w, 3), not {image.shape}")
    frame = (int(image.shape[0]), int(image.shape[1]))
    small = reduced(image, WORKING_PIXELS, threads=threads)
    if guide is None:
        tones = convert(small, "srgb", "lab", threads=threads)
    else:
        tones = at_pixels(guide.lab, (small.shape[0], small.shape[1]))
    return Working(small, tones, frame)


def reduced(image: Image, area: int, *, threads: int = 1) -> Image:
    """A picture (h, w, 3) uint8 of at most so many pixels, each the mean of what it covers."""
    size = size_within((image.shape[0], image.shape[1]), area)
    if size == image.shape[:2]:
        return np.ascontiguousarray(image)
    return np.rint(shrink(image, size, threads=threads)).astype(np.uint8)


def at_pixels(values: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """What lies under the middle of each pixel: (h, w, ...) of another raster over the same frame.

    >>> import numpy as np
    >>> at_pixels(np.float32([[1, 2, 3, 4]]), (1, 2)).tolist()
    [[2.0, 4.0]]
    """
    rows, cols = shape
    high, wide = values.shape[:2]
    if (high, wide) == shape:
        return values
    down = ((2 * np.arange(rows) + 1) * high) // (2 * rows)
    along = ((2 * np.arange(cols) + 1) * wide) // (2 * cols)
    taken: NDArray[np.float32] = values[down][:, along]
    return taken
