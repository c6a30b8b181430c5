"""A preview of what would go: the picture faded to grey, each detector's pixels in its colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image

COLORS: Final = {
    "white": (255, 72, 72),
    "black": (0, 204, 255),
    "saturation": (255, 221, 0),
    "hue": (255, 128, 236),
    "isolated": (64, 255, 96),
    "specks": (255, 150, 30),
    "rare": (190, 150, 255),
    "grain": (255, 255, 255),
}
"""The colour that marks each detector's pixels, all brighter than any grey of the preview."""

# Greys of the faded picture: black becomes the first, white the second.
DARKEST, BRIGHTEST = 24, 132
# What is scattered is drawn as squares of three pixels on a screen of this many, so as to be seen.
SCREEN = 1600
SCATTERED = 0.02
ROWS = 256
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # BT.601


def marked(source: Image, flags: NDArray[np.uint8]) -> Image:
    """The preview.

    A pixel that several detectors found has the colour of the first of them. Where no more than
    2 % of the pixels are marked, each mark is widened to 3 x 3 pixels, more in pictures larger
    than a screen.

    Args:
        source: (h, w, c) uint8; what is transparent lies on mid-grey.
        flags: (h, w), bit i for the i-th of `COLORS`.

    Returns:
        (h, w, 3) uint8.
    """
    height, width = flags.shape
    reach = max(1, round(1.5 * max(height, width) / SCREEN))
    if np.count_nonzero(flags) <= SCATTERED * flags.size:
        flags = _widened(flags, reach)
    colors = np.zeros((256, 3), np.uint8)
    for value in range(1, 256):
        lowest = (value & -value).bit_length() - 1
        colors[value] = list(COLORS.values())[lowest]
    out = np.empty((height, width, 3), np.uint8)
    for at in range(0, height, ROWS):
        part, flag = source[at : at + ROWS], flags[at : at + ROWS]
        grey = np.asarray(part[:, :, :3] @ LUMA, np.float32)
        if part.shape[2] == 4:
            alpha = part[:, :, 3].astype(np.float32) / 255
            grey = np.asarray(grey * alpha + 128 * (1 - alpha), np.float32)
        faded = (DARKEST + grey * ((BRIGHTEST - DARKEST) / 255) + 0.5).astype(np.uint8)
        out[at : at + ROWS] = np.where(flag[:, :, None] > 0, colors[flag], faded[:, :, None])
    return out


def _widened(flags: NDArray[np.uint8], reach: int) -> NDArray[np.uint8]:
    """Every mark as a square of 2 reach + 1 pixels; the first detector wins where they meet."""
    out = flags.copy()
    for axis in (0, 1):
        before = out.copy()
        for shift in range(1, reach + 1):
            near, far = [slice(None)] * 2, [slice(None)] * 2
            near[axis], far[axis] = slice(shift, None), slice(None, -shift)
            out[tuple(near)] |= before[tuple(far)]
            out[tuple(far)] |= before[tuple(near)]
    return out
