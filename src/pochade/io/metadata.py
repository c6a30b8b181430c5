"""What Pillow found beside the pixels, cleaned up."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pochade.io.orient import PREFIX, reset_xmp_orientation, split_orientation
from pochade.io.picture import Metadata

if TYPE_CHECKING:
    from PIL.Image import Image

_HEX_EXIF = "Raw profile type exif"
_XMP_TEXT = "XML:com.adobe.xmp"
_MAX_EXIF = 2**20

# Of a TIFF file's own directory, only what describes the picture is kept; the rest says how its
# pixels are stored. ImageDescription, Make, Model, Software, DateTime, Artist, Copyright; then
# the Exif and GPS directories.
_TIFF_TAGS = (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298)
_TIFF_DIRECTORIES = (0x8769, 0x8825)


def read_metadata(image: Image) -> tuple[Metadata, int]:
    """Collect a loaded picture's metadata and its EXIF orientation (1 to 8).

    A TIFF reports 1: Pillow turns those upright itself while loading. Only EXIF counts, not XMP.
    """
    info = image.info
    stored = _tiff_exif(image) if image.format == "TIFF" else _exif(info)
    orientation, exif = split_orientation(stored)
    icc = info.get("icc_profile")
    xmp = info.get("xmp")
    if isinstance(xmp, str):
        xmp = xmp.encode("utf-8", "replace")
    return Metadata(
        exif=exif,
        icc=icc if isinstance(icc, bytes) and icc else None,
        xmp=reset_xmp_orientation(xmp) if isinstance(xmp, bytes) and xmp else None,
        dpi=_dpi(info.get("dpi")),
        text=_text(image),
    ), orientation


def _exif(info: dict[Any, Any]) -> bytes | None:
    """The EXIF block, also where ImageMagick hides it: as hexadecimal text in a PNG."""
    block = info.get("exif")
    if isinstance(block, bytes):
        return block
    text = info.get(_HEX_EXIF)
    if isinstance(text, str) and len(text) <= 2 * _MAX_EXIF:
        with suppress(ValueError):
            return bytes.fromhex("".join(text.split("\n")[3:]))
    return None


def _tiff_exif(image: Image) -> bytes | None:
    from PIL.Image import Exif

    kept = Exif()
    with suppress(Exception):  # hostile tags; the pixels are what matters
        found = image.getexif()
        for tag in _TIFF_TAGS:
            if tag in found:
                kept[tag] = found[tag]
        for tag in _TIFF_DIRECTORIES:
            entries = found.get_ifd(tag)
            if entries:
                kept.get_ifd(tag).update(entries)
        if len(kept):
            block = kept.tobytes()
            return block if block.startswith(PREFIX) else PREFIX + block
    return None


def _dpi(value: object) -> tuple[float, float] | None:
    with suppress(TypeError, ValueError, ZeroDivisionError, OverflowError):
        x, y = (float(part) for part in value)  # type: ignore[attr-defined]
        if math.isfinite(x) and math.isfinite(y) and x > 0 and y > 0:
            return x, y
    return None


def _text(image: Image) -> dict[str, str]:
    text = getattr(image, "text", None) if image.format == "PNG" else None
    if isinstance(text, dict):
        return {
            str(key): str(value) for key, value in text.items() if key not in {_HEX_EXIF, _XMP_TEXT}
        }
    comment = image.info.get("comment")
    return {"Comment": comment.decode("latin-1")} if isinstance(comment, bytes) and comment else {}
