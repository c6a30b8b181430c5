"""What the user has said about a picture, as two masks of its size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.cutout_options import CutoutOptions

# A point stands for the small disc around it that a finger would cover.
POINT_SHARE = 0.004
CLEAR = 128  # of 255: how much a stroke's channels must differ, and how opaque it must be


class Hints(NamedTuple):
    """Where the thing is for sure, and where the background.

    Attributes:
        fg: (h, w) bool.
        bg: (h, w) bool.
        box: (x, y, w, h) within the picture, or None.
        clear: (h, w) bool, what is fully transparent in the picture; background, too.
    """

    fg: NDArray[np.bool_]
    bg: NDArray[np.bool_]
    box: tuple[int, int, int, int] | None
    clear: NDArray[np.bool_]


def hints_of(
    options: CutoutOptions, shape: tuple[int, int], alpha: NDArray[np.uint8] | None
) -> Hints:
    """The hints of `options` for a picture of `shape` rows and columns.

    Args:
        options: fg, bg, box and strokes are read.
        shape: rows and columns.
        alpha: (h, w) of the picture itself: what is fully transparent is background.

    Raises:
        UsageError: a point or the box is outside, the strokes have another size or say nothing, or
            hints contradict each other.
    """
    fg, bg = strokes_of(options.strokes, shape)
    _points(options.fg, fg, "fg")
    _points(options.bg, bg, "bg")
    both = fg & bg
    if both.any():
        row, column = (int(place[0]) for place in np.nonzero(both))
        raise UsageError(
            f"the hints contradict each other: {int(both.sum()):,} pixels, such as x {column}, "
            f"y {row}, are marked both to keep and to remove"
        )
    box = options.box
    if box is not None:
        box = _inside(box, shape)
        x, y, width, height = box
        within = np.zeros(shape, bool)
        within[y : y + height, x : x + width] = True
        if (fg & ~within).any():
            raise UsageError("the hints contradict each other: marked to keep, but outside the box")
        if width * height < shape[0] * shape[1]:
            bg |= ~within
        if fg.any():
            bg &= ~fg
    clear = np.zeros(shape, bool)
    if alpha is not None:
        clear = alpha == 0
        if (fg & clear).any() and not (fg & ~clear).any():
            raise UsageError("what is marked to keep is fully transparent in the picture")
        fg &= ~clear
        bg |= clear
    return Hints(fg, bg, box, clear)


def _points(points: Iterable[Sequence[int]], mask: NDArray[np.bool_], name: str) -> None:
    """Mark a small disc around each point (x, y)."""
    rows, columns = mask.shape
    radius = max(1.0, POINT_SHARE * float(np.hypot(rows, columns)))
    reach = int(radius)
    for x, y in points:
        if not (x < columns and y < rows):
            raise UsageError(
                f"{name} {x},{y} lies outside the picture, which is {columns} x {rows} pixels"
            )
        top, left = max(0, y - reach), max(0, x - reach)
        part = mask[top : y + reach + 1, left : x + reach + 1]
        at_row = np.arange(top, top + part.shape[0])[:, None] - y
        at_column = np.arange(left, left + part.shape[1]) - x
        part |= at_row**2 + at_column**2 <= radius**2


def _inside(box: Sequence[int], shape: tuple[int, int]) -> tuple[int, int, int, int]:
    x, y, width, height = (int(part) for part in box)
    rows, columns = shape
    if x + width > columns or y + height > rows:
        raise UsageError(
            f"the box {x},{y},{width},{height} reaches outside the picture, "
            f"which is {columns} x {rows} pixels"
        )
    return x, y, width, height


def strokes_of(strokes: Any, shape: tuple[int, int]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Masks to keep and to remove, from a picture of strokes.

    Of a picture or an (h, w, 3 or 4) uint8 array, green and white keep, red and black remove, the
    rest says nothing. An (h, w) array of integers: positive keeps, negative removes; of uint8 as in
    a grey picture, 255 keeps, 0 removes.

    Raises:
        UsageError: the strokes have another size than the picture, or say nothing.
        InputError: a file that cannot be read.
    """
    if strokes is None:
        return np.zeros(shape, bool), np.zeros(shape, bool)
    pixels = strokes
    if not isinstance(strokes, np.ndarray):
        from pochade.io.open import open_image

        pixels = open_image(strokes).pixels
    if pixels.shape[:2] != shape:
        raise UsageError(
            f"the strokes are {pixels.shape[1]} x {pixels.shape[0]} pixels, "
            f"the picture {shape[1]} x {shape[0]}: they must be equal"
            if pixels.ndim >= 2
            else "strokes must be a picture, or an array of its rows and columns"
        )
    if pixels.ndim == 2 and pixels.dtype != np.uint8:
        if pixels.dtype.kind not in "ib":
            raise UsageError(f"strokes must be whole numbers or a picture, not {pixels.dtype}")
        fg, bg = pixels > 0, pixels < 0
    elif pixels.ndim == 2:
        fg, bg = pixels == 255, pixels == 0
    else:
        fg, bg = _of_colors(pixels)
    if not (fg.any() or bg.any()):
        raise UsageError(
            "the strokes say nothing: draw white or green to keep, black or red to remove, "
            "on grey or transparent ground"
        )
    return fg, bg


def _of_colors(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    red, green, blue = (pixels[..., band].astype(np.int16) for band in range(3))
    bright = np.minimum(np.minimum(red, green), blue) >= 255 - CLEAR // 4
    dark = np.maximum(np.maximum(red, green), blue) <= CLEAR // 4
    fg = bright | (green - np.maximum(red, blue) >= CLEAR)
    bg = dark | (red - np.maximum(green, blue) >= CLEAR)
    if pixels.shape[2] == 4:
        drawn = pixels[..., 3] >= CLEAR
        fg &= drawn
        bg &= drawn
    return fg, bg
