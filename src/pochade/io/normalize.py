"""Any Pillow mode to 8-bit grey, RGB or RGBA, and from there to an array.

What each mode means here:

- 1, L, P, RGB, RGBX, HSV, YCbCr, CMYK: Pillow's own conversion; Adobe's inverted CMYK JPEGs are
  righted by its decoder. LA, PA, RGBA, and La and RGBa (premultiplied) give RGBA; so do a palette
  with alpha and a colour key (`info["transparency"]`).
- LAB: CIE L*a*b* at D50 through littlecms.
- I;16 and its byte orders: 0..65535 (12-bit TIFF 0..4095) to 0..255, rounded to nearest. Colour
  pictures of 16 bits are reduced by Pillow's decoders, which keep the high byte.
- I: as I;16 when all values lie in 0..65535 (signed 16-bit TIFF: 0..32767), otherwise their range
  is stretched to 0..255.
- F: 0..1 when all values lie there, else 0..255, else 0..65535, else their range is stretched.
  NaN is black.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pochade.types import Image as Array

if TYPE_CHECKING:
    from PIL.Image import Image

_BAND_PIXELS = 1 << 16  # fits into the cache: twice as fast as the whole picture at once
_OPAQUE = 255


def scale_integers(values: NDArray[Any], top: int) -> Array:
    """Scale 0..top to 0..255, rounded to nearest, halves up.

    >>> scale_integers(np.array([0, 128, 129, 65535], np.uint16), 65535).tolist()
    [0, 0, 1, 255]
    """
    levels = np.empty(values.shape, np.uint8)
    for rows in _bands(values):
        wide = np.minimum(values[rows], top).astype(np.uint32)
        levels[rows] = (wide * 510 + top) // (2 * top)  # 510 * 65535 fits into 32 bits
    return levels


def scale_reals(values: NDArray[np.floating[Any]]) -> tuple[Array, str | None]:
    """Scale floating-point grey to 0..255 by the first of 0..1, 0..255, 0..65535 that holds it.

    Returns:
        The levels, rounded to nearest (ties to even), and a sentence when the range was stretched.
    """
    finite = np.isfinite(values)
    if not finite.any():
        return np.zeros(values.shape, np.uint8), "no value is a number; the picture is black"
    low = float(values.min(where=finite, initial=np.inf))
    high = float(values.max(where=finite, initial=-np.inf))
    note = None
    for top in (1.0, 255.0, 65535.0):
        if low >= 0 and high <= top:
            low, high = 0.0, top
            break
    else:
        note = f"values from {low:g} to {high:g} were stretched to 0..255"
    # Halved first: the range of two huge values of opposite sign would overflow.
    span = (high / 2 - low / 2) or 1.0
    levels = np.empty(values.shape, np.uint8)
    for rows in _bands(values):
        with np.errstate(invalid="ignore", over="ignore"):
            scaled = (values[rows].astype(np.float64) / 2 - low / 2) / span * 255.0
        scaled = np.nan_to_num(scaled, copy=False, nan=0.0, posinf=255.0, neginf=0.0)
        levels[rows] = np.rint(np.clip(scaled, 0, 255))
    return levels, note


def _bands(values: NDArray[Any]) -> Iterator[slice]:
    """Slices of the first axis, each of about `_BAND_PIXELS` values."""
    rows = max(1, _BAND_PIXELS * len(values) // max(1, values.size))
    for top in range(0, len(values), rows):
        yield slice(top, top + rows)


def normalize(
    image: Image,
    *,
    profile: bytes | None,
    key: int | None = None,
    top: int = 65535,
    inverted: bool = False,
) -> tuple[Image, list[str]]:
    """Bring a loaded picture to mode L, RGB or RGBA in sRGB.

    Args:
        image: loaded, any mode.
        profile: its ICC profile.
        key: for I;16, the value that is transparent.
        top: for I;16 and I, the value that is white.
        inverted: for I;16, I and F, the largest value is black.

    Returns:
        The picture and a sentence for each thing ignored or guessed.
    """
    notes: list[str] = []
    if image.mode.startswith("I") or image.mode == "F":
        image = _from_deep(image, key=key, top=top, inverted=inverted, notes=notes)
    else:
        image = _to_plain(image)
    if image.mode == "LAB":
        from pochade.io.icc import lab_to_srgb

        return lab_to_srgb(image), notes
    if profile:
        from pochade.io.icc import to_srgb

        image, note = to_srgb(image, profile)
        if note:
            notes.append(note)
    elif image.mode == "CMYK":
        notes.append("a CMYK picture without colour profile; its colours are approximate")
    if image.mode == "LA":
        image = image.convert("RGBA")
    elif image.mode == "CMYK":
        image = image.convert("RGB")
    return image, notes


def _to_plain(image: Image) -> Image:
    """From any 8-bit mode to L, LA, RGB, RGBA, CMYK or LAB."""
    if image.mode == "La":
        return image.convert("LA")
    if image.mode in {"RGBa", "PA"} or (image.mode in {"1", "P", "L", "RGB"} and _keyed(image)):
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in {"L", "LA", "RGB", "RGBA", "CMYK", "LAB"}:
        return image
    return image.convert("RGB")


def _keyed(image: Image) -> bool:
    """Whether a palette's entry or a colour is transparent."""
    if "transparency" in image.info:
        return True
    return image.mode == "P" and image.palette is not None and image.palette.mode.endswith("A")


def _from_deep(
    image: Image, *, key: int | None, top: int, inverted: bool, notes: list[str]
) -> Image:
    """From more than 8 bits of grey to L, or LA where a value is transparent."""
    from PIL.Image import fromarray

    values = np.asarray(image)
    if image.mode == "F":
        levels, note = scale_reals(values)
    elif image.mode.startswith("I;16") or (values.min() >= 0 and values.max() <= 65535):
        levels, note = scale_integers(values, top), None
    else:
        levels, note = scale_reals(values.astype(np.float64))
    if note:
        notes.append(note)
    if inverted:
        levels = 255 - levels
    grey = fromarray(levels)
    if key is not None:
        grey.putalpha(fromarray(np.where(values == key, 0, 255).astype(np.uint8)))
    return grey


def to_array(image: Image, *, keep_alpha: bool = False) -> Array:
    """Copy a picture of mode L, RGB or RGBA into an array of its own.

    In bands, because Pillow's own conversion holds the pixels twice more while it works.

    Args:
        image: loaded.
        keep_alpha: give four channels in any case.

    Returns:
        h w 4 when any alpha is below 255 (or `keep_alpha`), otherwise h w 3; writable.
    """
    transparent = image.mode == "RGBA" and image.getchannel("A").getextrema()[0] != _OPAQUE
    mode = "RGBA" if transparent or keep_alpha else "RGB"
    width, height = image.size
    out = np.empty((height, width, len(mode)), np.uint8)
    rows = max(1, _BAND_PIXELS // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        band = image if rows >= height else image.crop((0, top, width, bottom))
        if band.mode != mode:
            band = band.convert(mode)
        out[top:bottom] = np.frombuffer(band.tobytes(), np.uint8).reshape(-1, width, len(mode))
    return out
