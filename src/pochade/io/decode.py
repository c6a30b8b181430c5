"""Encoded bytes of a known format to pixels, upright, in sRGB and 8 bits."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from pochade.errors import LimitError
from pochade.io import png_chunks
from pochade.io.limits import Limits, check_size
from pochade.io.metadata import read_metadata
from pochade.io.normalize import normalize, to_array
from pochade.io.orient import split_orientation, upright
from pochade.io.picture import Metadata
from pochade.io.pillow import open_lazily
from pochade.io.sniff import webp_size
from pochade.io.source import Encoded
from pochade.types import Image as Array

if TYPE_CHECKING:
    from PIL.Image import Image

    from pochade.io.resize import Resize

# TIFF tags and values.
_BITS_PER_SAMPLE, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339
_MINIMUM_IS_WHITE, _SIGNED = 0, (2,)


# Internal classes are named tuples, or dataclasses with little generated code: each
# frozen dataclass costs half a millisecond of start-up, and the command line races on those.
@dataclass(eq=False, repr=False)
class Decoded:
    """What decoding found; `open_image` makes a Picture of it."""

    mode: str
    size: tuple[int, int]
    frames: list[Array]
    durations: list[float] = field(default_factory=lambda: [0.0])
    loop: int = 1
    animated: bool = False
    metadata: Metadata = field(default_factory=Metadata)
    notes: list[str] = field(default_factory=list)


class Request(NamedTuple):
    """How to decode: `all_frames` of an animation, fitted to `resize`, within `limits`."""

    limits: Limits
    all_frames: bool
    resize: Resize | None


def decode(encoded: Encoded, request: Request) -> Decoded:
    """Decode a picture. Must run inside `pillow.decoding`.

    Raises:
        InputError: broken.
        LimitError: too large.
    """
    if encoded.format == "PNG":
        return _decode_png(encoded, request)
    if encoded.format == "GIF":
        from pochade.io.animated import decode_gif

        return decode_gif(encoded, request)
    return _decode_other(encoded, request)


def _decode_png(encoded: Encoded, request: Request) -> Decoded:
    assert encoded.data is not None
    layout = png_chunks.read_layout(
        encoded.data, encoded.name, request.limits, animation=request.all_frames
    )
    stream = encoded.stream
    if layout.dropped:
        stream = io.BytesIO(png_chunks.still_png(encoded.data, layout))
    animated = len(layout.frames) > 1
    image = open_png(stream, layout, encoded.name, request.limits)
    if animated and request.all_frames:
        from pochade.io.animated import decode_apng

        return decode_apng(image, layout, encoded.name, request)
    result = decode_still(image, request)
    result.animated = animated
    result.loop = layout.plays if animated else 1
    result.notes += layout.notes
    return result


def open_png(stream: BinaryIO, layout: png_chunks.Layout, name: str, limits: Limits) -> Image:
    """Open with Pillow, the colour key put right.

    Pillow gives the key as stored, but scales grey below 8 bits, and colours above, to 8.
    """
    image = open_lazily(stream, "PNG", name, limits)
    key = layout.color_key()
    if key is not None:
        image.info["transparency"] = key
    return image


def _decode_other(encoded: Encoded, request: Request) -> Decoded:
    """JPEG, WebP, AVIF, BMP, TIFF, PPM."""
    limits, name, data = request.limits, encoded.name, encoded.data
    if encoded.format == "WEBP" and data is not None and (size := webp_size(data[:30])):
        check_size(*size, name, limits)
    image = open_lazily(encoded.stream, encoded.format, name, limits)
    # Pixels hold no such bytes; a picture inside the metadata may hold a few more.
    scans = data.count(b"\xff\xda") if data and image.info.get("progressive") else 1
    if scans > limits.max_scans:
        raise LimitError(
            f"{name} has {scans} scans, over the limit of {limits.max_scans}, and could take "
            "hours; save it again in another program, or raise max_scans"
        )
    count = getattr(image, "n_frames", 1) if encoded.format in {"WEBP", "AVIF"} else 1
    if count > 1 and request.all_frames:
        from pochade.io.animated import decode_sequence

        return decode_sequence(image, count, name, request)
    result = decode_still(image, request)
    result.animated = count > 1
    if encoded.format == "TIFF" and getattr(image, "is_animated", False):
        result.notes.append("only the first of its pages was read")
    return result


def decode_still(image: Image, request: Request, *, from_caller: bool = False) -> Decoded:
    """Decode a lazily opened picture (its current frame).

    Args:
        image: opened, its size checked.
        request: how.
        from_caller: a picture that somebody else opened: it is left as it is, and its EXIF
            orientation counts only when it came straight from a file (whoever derived it from
            one may have turned it already).
    """
    mode, full, deep = image.mode, image.size, _is_deep(image)
    resize = request.resize
    if resize is not None and image.format == "JPEG" and not from_caller:
        _draft(image, resize)
    image.load()
    metadata, orientation = read_metadata(image)
    if from_caller and image.format is None:
        orientation = 1
    plain, notes = normalized(image, metadata.icc)
    if deep:
        notes.append("its 16 bits a channel were reduced to 8")
    del image
    if orientation >= 5:
        full = full[1], full[0]
    if resize is not None:
        from pochade.io.resize import resized

        size = resize.size_for(*full)
        check_size(*size, "the resized picture", request.limits)
        plain = resized(plain, (size[1], size[0]) if orientation >= 5 else size)
    plain = upright(plain, orientation)
    return Decoded(mode, full, [to_array(plain)], metadata=metadata, notes=notes)


def _is_deep(image: Image) -> bool:
    """Whether the file has 16 bits a channel, by the raw mode that Pillow will read it in."""
    tiles = getattr(image, "tile", ())
    return image.mode.startswith("I;16") or any(";16" in str(tile[-1]) for tile in tiles)


def _draft(image: Image, resize: Resize) -> None:
    """Let the JPEG decoder halve the picture up to three times, to no less than twice the goal.

    The factor of two keeps the result within a level or so of resampling the whole picture.
    """
    orientation, _ = split_orientation(image.info.get("exif"))
    width, height = image.size
    if orientation >= 5:
        height, width = resize.size_for(height, width)
    else:
        width, height = resize.size_for(width, height)
    image.draft(None, (2 * width, 2 * height))


def normalized(image: Image, profile: bytes | None) -> tuple[Image, list[str]]:
    """`normalize`, with what the file says about the range of grey deeper than 8 bits."""
    deep = image.mode.startswith("I") or image.mode == "F"
    key = image.info.get("transparency") if image.mode.startswith("I;16") else None
    tags = getattr(image, "tag_v2", {}) if deep else {}
    top = 65535
    if image.mode.startswith("I;16") and tags.get(_BITS_PER_SAMPLE) == (12,):
        top = 4095
    elif tags.get(_SAMPLE_FORMAT) == _SIGNED and tags.get(_BITS_PER_SAMPLE) == (16,):
        top = 32767
    return normalize(
        image,
        profile=profile,
        key=key if isinstance(key, int) else None,
        top=top,
        inverted=tags.get(_PHOTOMETRIC) == _MINIMUM_IS_WHITE,
    )
