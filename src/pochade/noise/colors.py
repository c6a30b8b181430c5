"""Pixels told apart by colour alone: extremes, saturation, hue, and how common a colour is.

Fully transparent pixels have no colour: they are in none of these masks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from pochade.histogram import count_colors
from pochade.noise.kernels import largest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image

ROWS = 256
# Below this difference of the largest and smallest channel a pixel is grey: its hue is chance.
LEAST_CHROMA = 8
# The colour grid of `rare`: 5 bits a channel; a colour counts with the cells that touch its own.
BITS = 5
# A picture has a palette where its colours lie in no more cells than this, with so few to a cell.
PALETTE_CELLS, MOST_IN_A_CELL = 256, 2


def visible(image: Image) -> NDArray[np.bool_] | None:
    """(h, w) where alpha is above 0; None where all of it is (no alpha)."""
    return None if image.shape[2] == 3 else np.asarray(image[:, :, 3] > 0)


def in_rows(image: Image) -> Iterator[tuple[slice, Image]]:
    """The picture some rows at a time, so that nothing wide is ever held for all of it."""
    for at in range(0, len(image), ROWS):
        rows = slice(at, min(len(image), at + ROWS))
        yield rows, image[rows]


def extremes(image: Image, *, white: int | None, black: int | None) -> NDArray[np.bool_]:
    """(h, w): all of r, g, b at least `white`, or all at most `black`.

    >>> pixels = np.array([[[250, 251, 252], [9, 8, 20], [250, 0, 250]]], np.uint8)
    >>> extremes(pixels, white=250, black=20).tolist()
    [[True, True, False]]
    """
    mask = np.zeros(image.shape[:2], bool)
    for rows, part in in_rows(image):
        if white is not None:
            least = np.minimum.reduce([part[:, :, c] for c in range(3)])
            mask[rows] |= least >= white
        if black is not None:
            mask[rows] |= largest(part[:, :, :3]) <= black
    return seen(image, mask)


def saturations(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """HSV saturation of (..., 3 or 4) pixels, 0 to 100; black has 0.

    >>> saturations(np.array([[200, 100, 100], [0, 0, 0]], np.uint8)).tolist()
    [50.0, 0.0]
    """
    most = pixels[..., :3].max(axis=-1).astype(np.float32)
    least = pixels[..., :3].min(axis=-1).astype(np.float32)
    return np.asarray(100 * (most - least) / np.maximum(most, 1), np.float32)


def hues(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Hue of (..., 3 or 4) pixels in degrees, 0 up to 360; -1 for greys (`LEAST_CHROMA`).

    >>> hues(np.array([[200, 0, 0], [0, 0, 200], [200, 0, 200], [99, 99, 99]], np.uint8)).tolist()
    [0.0, 240.0, 300.0, -1.0]
    """
    red, green, blue = (pixels[..., c].astype(np.float32) for c in range(3))
    most = np.maximum(np.maximum(red, green), blue)
    chroma = most - np.minimum(np.minimum(red, green), blue)
    safe = np.maximum(chroma, 1)
    turn = np.where(
        most == red,
        (green - blue) / safe,
        np.where(most == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    return np.asarray(np.where(chroma < LEAST_CHROMA, -1, (60 * turn) % 360), np.float32)


def out_of_saturation(image: Image, low: float, high: float) -> NDArray[np.bool_]:
    """(h, w): saturation below `low` or above `high`, 0 to 100."""
    mask = np.empty(image.shape[:2], bool)
    for rows, part in in_rows(image):
        found = saturations(part)
        mask[rows] = (found < low) | (found > high)
    return seen(image, mask)


def out_of_hue(image: Image, low: float, high: float) -> NDArray[np.bool_]:
    """(h, w): hue not from `low` up to `high` degrees (through 0 where low > high); no grey."""
    mask = np.empty(image.shape[:2], bool)
    for rows, part in in_rows(image):
        found = hues(part)
        inside = (
            (found >= low) & (found <= high) if low <= high else (found >= low) | (found <= high)
        )
        mask[rows] = (found >= 0) & ~inside
    return seen(image, mask)


def seen(image: Image, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask without fully transparent pixels."""
    if image.shape[2] == 4:
        mask &= image[:, :, 3] > 0
    return mask


class Commonness:
    """How common the colour of each visible pixel is in a picture.

    The colours are counted on a grid of 32 cells a channel; a colour's share is that of its cell
    and the 26 that touch it, so colours within 8 levels of it always count and none beyond 16.
    """

    def __init__(self, image: Image) -> None:
        self.image = image
        counts = np.zeros(1 << 3 * BITS, np.int64)
        for _, part in in_rows(image):
            keys = self.keys(part)
            if image.shape[2] == 4:
                keys = keys[part[:, :, 3] > 0]
            counts += np.bincount(keys.reshape(-1), minlength=len(counts))
        self.counts = counts
        self.pixels = int(counts.sum())
        grid = np.pad(counts.reshape((1 << BITS,) * 3), 1)
        for axis in range(3):
            size = grid.shape[axis]
            near = [np.take(grid, range(at, at + size - 2), axis=axis) for at in range(3)]
            grid = near[0] + near[1] + near[2]
        self.shares = (grid / max(1, self.pixels)).reshape(-1)

    @staticmethod
    def keys(part: Image) -> NDArray[np.int32]:
        """The grid cell of each pixel."""
        cells = (part[:, :, :3] >> (8 - BITS)).astype(np.int32)
        return np.asarray(
            cells[:, :, 0] << 2 * BITS | cells[:, :, 1] << BITS | cells[:, :, 2], np.int32
        )

    def explains(self, spots: NDArray[np.bool_], *, threads: int) -> bool:
        """Whether the picture has a palette's colours, and the spots no others than the rest of it.

        So it is where a picture was dithered or posterised: its dots are what it is made of. The
        colours of a palette lie apart; those of a photo, a grey one as well, fill their cells.
        """
        cells = np.count_nonzero(self.counts)
        if cells > PALETTE_CELLS:
            return False
        if len(count_colors([self.image], threads=threads).colors) > MOST_IN_A_CELL * cells:
            return False
        own = np.bincount(self.keys(self.image[spots][None])[0], minlength=len(self.counts))
        common = own <= 0.5 * self.counts
        return bool(own[common].sum() >= 0.9 * own.sum())

    def rarer(self, share: float) -> NDArray[np.bool_]:
        """(h, w): visible pixels whose colour has less than this share of them."""
        mask = np.empty(self.image.shape[:2], bool)
        rare = self.shares < share
        for rows, part in in_rows(self.image):
            mask[rows] = rare[self.keys(part)]
        return seen(self.image, mask)
