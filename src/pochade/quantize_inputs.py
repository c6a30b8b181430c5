"""What `quantize` is given, made into arrays of one kind."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image, Palette


def as_image(image: Any, *, resize: str | None = None) -> Image:
    """Any picture as (h, w, 3 or 4) uint8, C-contiguous; an array of that kind is not copied.

    Raises:
        UsageError: an array of another kind, or an empty one.
        InputError: a file that cannot be read.
    """
    plain = isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.ndim == 3
    if plain and resize is None and image.shape[2] in (3, 4) and image.size:
        return np.ascontiguousarray(image)
    from pochade.io.open import open_image

    return open_image(image, resize=resize).pixels


def with_same_channels(images: list[Image]) -> list[Image]:
    """The pictures as they are, or all with alpha when some have it and some do not."""
    if len({image.shape[2] for image in images}) == 1:
        return images
    full = []
    for image in images:
        if image.shape[2] == 3:
            opaque = np.full((*image.shape[:2], 1), 255, np.uint8)
            full.append(np.concatenate([image, opaque], axis=2))
        else:
            full.append(image)
    return full


def protected_colors(colors: Sequence[str | Sequence[int]], channels: int) -> Palette:
    """Colours as rows (p, channels) uint8, without repeats.

    Raises:
        UsageError: one is no colour.
    """
    rows = [_color(color, channels) for color in colors]
    return np.array(list(dict.fromkeys(rows)), np.uint8).reshape(-1, channels)


def _color(color: str | Sequence[int], channels: int) -> tuple[int, ...]:
    if isinstance(color, str):
        from pochade.io.palette_files import parse_color

        row = tuple(parse_color(color))
    else:
        try:
            row = tuple(int(value) for value in color)
        except (TypeError, ValueError):
            raise UsageError(f"{color!r} is no colour: give '#rrggbb' or (r, g, b)") from None
    if len(row) not in (3, 4) or not all(0 <= value <= 255 for value in row):
        raise UsageError(f"{color!r} is no colour: give '#rrggbb' or three or four values 0 to 255")
    row = (*row, 255) if len(row) == 3 else row
    if channels == 3 and row[3] != 255:
        raise UsageError(f"{color!r} has transparency, and the picture has none")
    return row[:channels]


def as_palette(palette: Any, channels: int) -> Palette:
    """A palette given as an array, a `PaletteResult`, colours, or a file, as (k, channels) uint8.

    Raises:
        UsageError: it is no palette, or is empty.
        InputError: the file cannot be read.
    """
    palette = getattr(palette, "colors", palette)
    if isinstance(palette, np.ndarray):
        right = palette.ndim == 2 and palette.shape[1] in (3, 4) and len(palette)
        if not right or palette.dtype != np.uint8:
            raise UsageError(
                f"a palette array must be (k, 3 or 4) uint8, not {palette.shape} {palette.dtype}"
            )
        rows = palette
    elif isinstance(palette, (str, os.PathLike)):
        from pochade.io.palette_files import read_palette

        rows = read_palette(palette)
    else:
        rows = np.array([_color(color, 4) for color in palette], np.uint8).reshape(-1, 4)
        if not len(rows):
            raise UsageError("the palette given has no colours")
    if rows.shape[1] == 3 and channels == 4:
        opaque = np.full((len(rows), 1), 255, np.uint8)
        rows = np.concatenate([rows, opaque], axis=1)
    return np.ascontiguousarray(rows[:, :channels])


def as_weights(weights: Any, pictures: Sequence[Image]) -> list[NDArray[np.float32]] | None:
    """A weight mask for each picture as (h, w) float32, or None where no mask was given.

    Raises:
        UsageError: the mask has another size than the picture, negative or infinite values, or
            nothing but zeros.
    """
    if weights is None:
        return None
    given = list(weights) if isinstance(weights, (list, tuple)) else [weights] * len(pictures)
    if len(given) != len(pictures):
        raise UsageError(f"{len(given)} weight masks for {len(pictures)} pictures")
    return [_mask(mask, picture) for mask, picture in zip(given, pictures, strict=True)]


def _mask(mask: Any, picture: Image) -> NDArray[np.float32]:
    if not isinstance(mask, np.ndarray):
        from pochade.io.open import open_image

        mask = open_image(mask).pixels[:, :, :3].mean(axis=2, dtype=np.float32) / 255
    elif mask.ndim == 3:
        mask = mask[:, :, :3].mean(axis=2, dtype=np.float32)
    if mask.shape != picture.shape[:2]:
        height, width = picture.shape[:2]
        raise UsageError(
            f"the weight mask is {mask.shape[-1]}x{mask.shape[0]} pixels, "
            f"the picture {width}x{height}: they must be equal"
        )
    values = np.ascontiguousarray(mask, np.float32)
    if not np.isfinite(values).all() or (values < 0).any():
        raise UsageError("the weight mask must hold finite values that are not negative")
    if not values.any():
        raise UsageError("the weight mask is zero everywhere: nothing would count")
    return values


def thread_count(threads: int | None) -> int:
    """The number of threads to use: as asked, or all that this process may run on."""
    if threads is not None:
        return threads
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
