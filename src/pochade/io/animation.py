"""Composing the frames of an animation, the same way for GIF and APNG.

Source: PNG specification, third edition, 11.3.6.2 (dispose and blend operators); GIF's disposal
methods 0 to 3 are the same three operators.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from pochade.types import Image

KEEP, CLEAR, RESTORE = 0, 1, 2


class Patch(NamedTuple):
    """What one frame paints.

    Attributes:
        left: column on the canvas.
        top: row on the canvas.
        pixels: h w 4 uint8; parts beyond the canvas are cut off.
        dispose: what happens to its area afterwards: KEEP, CLEAR (to transparent) or RESTORE
            (what was there before).
        over: blend over what is there by alpha, instead of replacing it.
    """

    left: int
    top: int
    pixels: Image
    dispose: int
    over: bool


def composite(patches: Iterable[Patch], width: int, height: int) -> Iterator[Image]:
    """Yield each frame as it is shown: h w 4 arrays of their own.

    The canvas starts transparent. A first frame that asks to restore what was before it clears.
    """
    canvas = np.zeros((height, width, 4), np.uint8)
    for patch in patches:
        rows = slice(patch.top, min(patch.top + patch.pixels.shape[0], height))
        columns = slice(patch.left, min(patch.left + patch.pixels.shape[1], width))
        area = canvas[rows, columns]
        new = patch.pixels[: area.shape[0], : area.shape[1]]
        before = area.copy() if patch.dispose == RESTORE else None
        area[...] = over(new, area) if patch.over else new
        yield canvas.copy()
        if patch.dispose == CLEAR:
            area[...] = 0
        elif before is not None:
            area[...] = before


def over(top: Image, below: Image) -> Image:
    """Blend straight-alpha pictures: `top` over `below`, both h w 4, rounded to nearest.

    Source: Porter and Duff, "Compositing Digital Images" (1984), operator over. Where the result
    is wholly transparent its colour is zero.
    """
    alpha = top[:, :, 3:]
    if not np.any((alpha != 0) & (alpha != 255)):
        return np.where(alpha != 0, top, below)
    weight_top = alpha.astype(np.uint32) * 255
    weight_below = below[:, :, 3:].astype(np.uint32) * (255 - alpha.astype(np.uint32))
    weight = weight_top + weight_below  # alpha of the result, times 255
    divisor = np.maximum(weight, 1)
    result = np.empty_like(below)
    colour = top[:, :, :3] * weight_top + below[:, :, :3] * weight_below
    result[:, :, :3] = (2 * colour + divisor) // (2 * divisor)
    result[:, :, 3:] = (2 * weight + 255) // 510
    return result
