"""`open_image`: the only way by which a picture enters the product."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from pochade.errors import InputError, UsageError
from pochade.io.arrays import image_from_array
from pochade.io.limits import DEFAULT_LIMITS, Limits, check_size
from pochade.io.picture import Metadata, Picture
from pochade.io.source import Encoded, from_bytes, from_path, from_stdin, from_stream, printable

if TYPE_CHECKING:
    from typing import BinaryIO, TypeAlias

    from PIL.Image import Image

    from pochade.io.decode import Decoded
    from pochade.io.resize import Resize

    Source: TypeAlias = (
        str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Image | NDArray[Any]
    )


def open_image(
    source: Source,
    *,
    limits: Limits = DEFAULT_LIMITS,
    frames: Literal["first", "all"] = "first",
    resize: str | Resize | None = None,
    allow_url: bool = True,
) -> Picture:
    """Read a picture from anywhere into upright 8-bit sRGB.

    Reads PNG and APNG, JPEG, WebP, GIF, BMP, TIFF, AVIF and PPM, recognised by content. EXIF
    orientation is applied; an embedded ICC profile is converted to sRGB, a broken one and a gAMA
    chunk are ignored with a note. How each pixel layout is read is listed in `normalize`.
    Nothing that the bytes can hold raises anything else than the errors below, and no size is
    believed before it has been compared with the limits. At its peak a still picture takes 7 to
    12 bytes a pixel (4 of Pillow, as many again where a mode has to be converted, 3 or 4 of the
    result) and, for compressed formats, the file's own size.

    Args:
        source: a path; "-" for standard input; an https URL; encoded bytes or an open binary
            file; a PIL image (turned upright only if it came straight from a file); or an array
            as in `arrays.image_from_array`.
        limits: what the input may cost.
        frames: "first", or "all" frames of an animation, composed as they are shown. Of a TIFF
            with several pages the first one is read in any case.
        resize: as for `parse_resize`; a JPEG much larger than that is decoded at a reduced size.
        allow_url: whether a URL may be fetched.

    Returns:
        The picture; see `Picture` for what else was found.

    Raises:
        InputError: missing, unreadable, broken, of no known format, or a URL that failed.
        LimitError: larger than the limits allow.
        UsageError: a wrong argument, or an array that is no picture.

    >>> open_image(np.zeros((2, 3), np.uint8)).pixels.shape
    (2, 3, 3)
    """
    if frames not in {"first", "all"}:
        raise UsageError(f"frames={frames!r} is unknown; use 'first' or 'all'")
    if isinstance(resize, str):
        from pochade.io.resize import parse_resize

        target: Resize | None = parse_resize(resize)
    else:
        target = resize
    if isinstance(source, np.ndarray):
        return _from_array(source, limits, target)
    if _is_pil(source):
        return _from_pil(cast("Image", source), limits, target)
    encoded = _encoded(cast("Any", source), limits, allow_url)
    from pochade.io.decode import Request, decode
    from pochade.io.pillow import decoding

    try:
        with decoding(encoded.name, encoded.format, limits):
            result = decode(encoded, Request(limits, frames == "all", target))
    finally:
        encoded.close()
    return _picture(result, encoded)


def _encoded(source: Any, limits: Limits, allow_url: bool) -> Encoded:
    """Find the encoded bytes that a path, '-', URL, bytes or open file stands for."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return from_bytes(bytes(source), "the picture", limits)
    if isinstance(source, str) and source == "-":
        return from_stdin(limits)
    if isinstance(source, str) and "://" in source[:20]:
        if not allow_url:
            raise InputError(f"{printable(source)} is a URL; download it and name the file")
        from pochade.io import url

        return from_bytes(url.fetch(source, limits=limits), url.shown(source), limits)
    if isinstance(source, (str, os.PathLike)):
        return from_path(source, limits)
    if hasattr(source, "read"):
        name = getattr(source, "name", None)
        shown = printable(name) if isinstance(name, str) else "the open file"
        return from_stream(source, shown, limits)
    raise UsageError(
        f"a {type(source).__name__} is not a picture; give a path, bytes, a PIL image or an array"
    )


def _picture(result: Decoded, encoded: Encoded) -> Picture:
    from pochade.io.sniff import format_of_suffix

    notes = list(result.notes)
    promised = format_of_suffix(encoded.suffix)
    if promised is not None and promised != encoded.format:
        notes.insert(0, f"its name says {promised}, it was read as the {encoded.format} that it is")
    return Picture(
        frames=tuple(result.frames),
        durations=tuple(result.durations),
        loop=result.loop,
        animated=result.animated,
        format=encoded.format,
        mode=result.mode,
        size=result.size,
        name=encoded.name,
        byte_size=encoded.size,
        metadata=result.metadata,
        notes=tuple(notes),
    )


def _is_pil(source: object) -> bool:
    """Whether this is a PIL image; never the reason to import Pillow."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(source, module.Image)


def _from_array(array: NDArray[Any], limits: Limits, resize: Resize | None) -> Picture:
    name, mode = "the array", str(array.dtype)
    if array.ndim >= 2:
        check_size(array.shape[1], array.shape[0], name, limits)
    pixels = image_from_array(array)
    size = (pixels.shape[1], pixels.shape[0])
    if resize is not None and resize.size_for(*size) != size:
        from PIL import Image

        from pochade.io.normalize import to_array
        from pochade.io.resize import resized

        check_size(*resize.size_for(*size), "the resized picture", limits)
        pixels = to_array(resized(Image.fromarray(pixels), resize.size_for(*size)))
    return Picture(
        frames=(pixels,), format="array", mode=mode, size=size, name=name, metadata=Metadata()
    )


def _from_pil(image: Image, limits: Limits, resize: Resize | None) -> Picture:
    from pochade.io.decode import Request, decode_still
    from pochade.io.pillow import decoding

    name = "the PIL image"
    if min(image.size) < 1:
        raise UsageError(f"{name} has no pixels; give at least 1 x 1")
    check_size(image.width, image.height, name, limits)
    with decoding(name, image.format or "PIL", limits):
        result = decode_still(image, Request(limits, False, resize), from_caller=True)
    return Picture(
        frames=tuple(result.frames),
        format=image.format or "PIL",
        mode=result.mode,
        size=result.size,
        name=name,
        metadata=result.metadata,
        notes=tuple(result.notes),
    )
