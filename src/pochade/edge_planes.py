"""Pictures as channels of whole numbers, in which windows are measured.

With alpha there is one channel more, so that the squared spread of a window is the mean of what it
is over black and over white: a cut-out shape has its outline, and whatever hides under alpha 0 is
nothing (`pochade.color.working` has the formula).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pochade.edge_windows import Map, Planes
from pochade.errors import UsageError

if TYPE_CHECKING:
    from pochade.color.convert import SpaceName
    from pochade.types import Image

AT_ONCE: Final = 1 << 18
"""Pixels converted at a time."""

# How many of the 16-bit numbers make one unit of the space: the largest coordinate (with alpha, in
# srgb, 220.9; in lab 107.9; in oklab 1) stays below 32768.
UNITS: Final = {"srgb": 148.0, "lab": 300.0, "oklab": 32000.0}
WHITE: Final = {"srgb": (255.0, 255.0, 255.0), "lab": (100.0, 0.0, 0.0), "oklab": (1.0, 0.0, 0.0)}
ZERO: Final = 32768
_SLACK = 1e-6  # how far a float picture may overshoot 0..1 by rounding


class Channels(NamedTuple):
    """A picture as whole numbers, and how many of them make one unit of strength."""

    planes: Planes
    unit: float


def as_source(image: Any, *, resize: str | None = None) -> Planes:
    """What `edges` accepts, as (h, w, c) uint8 or uint16.

    An array of 8- or 16-bit whole numbers stays as it is, with any number of channels; four are RGB
    and alpha. Floats within 0..1 become 16-bit numbers. Everything else is read by `open_image`.

    Raises:
        UsageError: an array that is no picture.
        InputError: a file that cannot be read.
    """
    if isinstance(image, np.ndarray) and resize is None and image.ndim in (2, 3) and image.size:
        array = image[:, :, None] if image.ndim == 2 else image
        if array.dtype.kind == "u" and array.dtype.itemsize <= 2:
            native = array.astype(array.dtype.newbyteorder("="), copy=False)
            return _without_full_alpha(np.ascontiguousarray(native))
        if array.dtype.kind == "f":
            return _without_full_alpha(_from_floats(array))
    from pochade.io.open import open_image

    return open_image(image, resize=resize).pixels


def _from_floats(array: NDArray[Any]) -> NDArray[np.uint16]:
    low, high = float(array.min()), float(array.max())
    if not (low >= -_SLACK and high <= 1 + _SLACK):  # not a number fails both
        raise UsageError(
            f"a float array must lie in 0..1, not {low:g}..{high:g}; divide by its maximum"
        )
    result = np.empty(array.shape, np.uint16)
    for rows in bands(array.shape):
        part = array[rows].astype(np.float32).clip(0, 1)
        result[rows] = np.floor(part * np.float32(65535) + np.float32(0.5))
    return result


def _without_full_alpha(array: Planes) -> Planes:
    full = np.iinfo(array.dtype).max
    if array.shape[2] != 4 or int(array[:, :, 3].min()) < full:
        return array
    return np.ascontiguousarray(array[:, :, :3])


def bands(shape: tuple[int, ...]) -> Iterator[slice]:
    """Slices of rows that split a picture into parts of about `AT_ONCE` pixels."""
    rows = max(1, AT_ONCE // max(1, shape[1]))
    for top in range(0, shape[0], rows):
        yield slice(top, min(top + rows, shape[0]))


def to_channels(source: Planes, space: SpaceName, lightness: float, threads: int) -> Channels:
    """The channels in a space, lightness times a factor.

    Args:
        source: as `as_source` gives it.
        space: srgb (units of 1/255 of the range), lab or oklab.
        lightness: factor of L in lab and oklab.
        threads: the result does not depend on it.

    Raises:
        UsageError: bands that are no colours, in lab or oklab.
    """
    channels = source.shape[2]
    if space == "srgb" and channels != 4:
        return Channels(source, 1.0 if source.dtype == np.uint8 else 257.0)
    if channels not in (1, 3, 4):
        raise UsageError(
            f"{channels} channels are no colours, which {space} needs; take srgb, which takes any"
        )
    unit = UNITS[space]
    result = np.empty((*source.shape[:2], 4 if channels == 4 else 3), np.uint16)
    weight = np.array([1.0 if space == "srgb" else lightness, 1, 1], np.float32)
    white = np.array(WHITE[space], np.float32) * weight
    for rows in bands(source.shape):
        values = _colors(source[rows, :, :3], space, threads) * weight
        if channels == 4:
            share = source[rows, :, 3:].astype(np.float32) / np.iinfo(source.dtype).max
            length = np.float32(np.sqrt(np.square(white).sum()) / 2)
            values = np.concatenate([(values - white / 2) * share, share * length], axis=2)
        result[rows] = np.rint(values * np.float32(unit) + np.float32(ZERO))
    return Channels(result, unit)


def _colors(part: Planes, space: SpaceName, threads: int) -> NDArray[np.float32]:
    """Colours (rows, w, 1 or 3) in a space, float32; srgb in 0..255."""
    from pochade.color.convert import convert

    if part.shape[2] == 1:
        part = np.repeat(part, 3, axis=2)
    if part.dtype == np.uint8:
        if space == "srgb":
            return part.astype(np.float32)
        return convert(np.ascontiguousarray(part), "srgb", space, threads=threads)
    levels = part.astype(np.float32)
    if space == "srgb":
        return levels / np.float32(257)
    return convert(levels / np.float32(65535), "srgb", space, threads=threads)


def brightness(source: Planes) -> Map:
    """(h, w) the mean of a pixel's channels, 0..1; transparent is half-way."""
    result = np.empty(source.shape[:2], np.float32)
    full = np.float32(np.iinfo(source.dtype).max)
    alpha = source.shape[2] == 4
    for rows in bands(source.shape):
        colors = source[rows, :, :3] if alpha else source[rows]
        mean = colors.mean(axis=2, dtype=np.float32) / full
        if alpha:
            mean = (mean - np.float32(0.5)) * (source[rows, :, 3] / full) + np.float32(0.5)
        result[rows] = mean
    return result


def shown(source: Planes) -> Image:
    """The picture in 8 bits, (h, w, 3 or 4): grey and other bands as the mean of them."""
    channels = source.shape[2]
    if channels in (3, 4) and source.dtype == np.uint8:
        return source.astype(np.uint8, copy=False)
    result = np.empty((*source.shape[:2], channels if channels in (3, 4) else 3), np.uint8)
    full = np.float32(np.iinfo(source.dtype).max / 255)
    for rows in bands(source.shape):
        part = source[rows].astype(np.float32) / full
        if channels not in (3, 4):
            part = part.mean(axis=2, keepdims=True)
        result[rows] = np.rint(part)
    return result
