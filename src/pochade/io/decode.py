"""Encoded bytes of a known format to frames, each upright, in sRGB and 8 bits."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from pochade.errors import LimitError
from pochade.io import gif_blocks, png_chunks
from pochade.io.animation import CLEAR, KEEP, RESTORE, Patch, composite
from pochade.io.limits import Limits, check_size
from pochade.io.metadata import read_metadata
from pochade.io.normalize import normalize, to_array
from pochade.io.orient import split_orientation, upright
from pochade.io.picture import Metadata
from pochade.io.pillow import open_lazily
from pochade.io.resize import Resize, resized
from pochade.io.sniff import webp_size
from pochade.io.source import Encoded
from pochade.types import Image as Array

if TYPE_CHECKING:
    from PIL.Image import Image

_BITS_PER_SAMPLE, _PHOTOMETRIC, _MINIMUM_IS_WHITE = 258, 262, 0


@dataclass(slots=True)
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


@dataclass(frozen=True, slots=True)
class Request:
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
        return _decode_gif(encoded, request)
    return _decode_other(encoded, request)


def _decode_png(encoded: Encoded, request: Request) -> Decoded:
    data = encoded.data
    assert data is not None
    layout = png_chunks.read_layout(
        data, encoded.name, request.limits, animation=request.all_frames
    )
    check_size(layout.width, layout.height, encoded.name, request.limits)
    animated = len(layout.frames) > 1
    stream = io.BytesIO(png_chunks.still_png(data, layout)) if layout.dropped else encoded.stream
    if not (animated and request.all_frames):
        result = decode_still(_open_png(stream, layout, encoded.name, request), request)
        result.animated = animated
        result.notes += layout.notes
        if animated:
            result.loop = layout.plays
        return result
    check_size(layout.width, layout.height, encoded.name, request.limits, frames=len(layout.frames))
    # Metadata, and the orientation of all frames, come from the file as a whole.
    with _open_png(stream, layout, encoded.name, request) as whole:
        whole.load()
        metadata, orientation = read_metadata(whole)
        mode = whole.mode
    notes = list(layout.notes)

    def patches() -> Iterator[Patch]:
        for frame in layout.frames:
            stream = io.BytesIO(png_chunks.frame_png(layout, frame))
            image = _open_png(stream, layout, encoded.name, request)
            plain, found = _normalized(image, image.info.get("icc_profile"))
            notes.extend(note for note in found if note not in notes)
            yield Patch(
                frame.left,
                frame.top,
                to_array(plain, keep_alpha=True),
                (KEEP, CLEAR, RESTORE)[frame.dispose],
                frame.blend == 1,
            )

    return _animation(
        composite(patches(), layout.width, layout.height),
        [frame.milliseconds for frame in layout.frames],
        Decoded(
            mode,
            (layout.width, layout.height),
            [],
            loop=layout.plays,
            metadata=metadata,
            notes=notes,
        ),
        orientation,
        request,
    )


def _open_png(stream: BinaryIO, layout: png_chunks.Layout, name: str, request: Request) -> Image:
    """Open with Pillow, the colour key put right.

    Pillow gives the key as stored, but scales grey below 8 bits, and colours above, to 8.
    """
    image = open_lazily(stream, "PNG", name, request.limits)
    key = layout.color_key()
    if key is not None:
        image.info["transparency"] = key
    return image


def _decode_gif(encoded: Encoded, request: Request) -> Decoded:
    data = encoded.data
    assert data is not None
    everything = request.all_frames
    layout = gif_blocks.read_layout(
        data,
        encoded.name,
        at_most=request.limits.max_frames if everything else 2,
        strict=everything,
    )
    frames = layout.frames if everything else layout.frames[:1]
    check_size(layout.width, layout.height, encoded.name, request.limits, frames=len(frames))

    def patches() -> Iterator[Patch]:
        for frame in frames:
            check_size(frame.width, frame.height, encoded.name, request.limits)
            stream = io.BytesIO(gif_blocks.frame_gif(data, frame))
            image = open_lazily(stream, "GIF", encoded.name, request.limits)
            image.load()
            dispose = {2: CLEAR, 3: RESTORE}.get(frame.dispose, KEEP)
            pixels = gif_blocks.colors_of(frame, np.asarray(image))
            yield Patch(frame.left, frame.top, pixels, dispose, True)

    text = {"Comment": layout.comment.decode("latin-1")} if layout.comment else {}
    result = Decoded(
        "P",
        (layout.width, layout.height),
        [],
        animated=len(layout.frames) > 1,
        loop=layout.plays if len(layout.frames) > 1 else 1,
        metadata=Metadata(text=text),
    )
    durations = [frame.milliseconds for frame in frames] if len(frames) > 1 else [0.0]
    return _animation(
        composite(patches(), layout.width, layout.height), durations, result, 1, request
    )


def _decode_other(encoded: Encoded, request: Request) -> Decoded:
    """JPEG, WebP, AVIF, BMP, TIFF, PPM."""
    limits, name = request.limits, encoded.name
    if encoded.data is not None:
        if encoded.format == "WEBP" and (size := webp_size(encoded.data[:30])) is not None:
            check_size(*size, name, limits)
        if encoded.format == "JPEG" and encoded.data.count(b"\xff\xda") > limits.max_scans:
            raise LimitError(
                f"{name} has more than {limits.max_scans} scans, which could take hours; "
                "save it again in another program, or raise max_scans"
            )
    image = open_lazily(encoded.stream, encoded.format, name, limits)
    count = getattr(image, "n_frames", 1) if encoded.format in {"WEBP", "AVIF"} else 1
    if count == 1 or not request.all_frames:
        result = decode_still(image, request)
        result.animated = count > 1
        if encoded.format == "TIFF" and getattr(image, "is_animated", False):
            result.notes.append("only the first of its pages was read")
        return result
    check_size(image.width, image.height, name, limits, frames=count)
    metadata, orientation = read_metadata(image)
    durations: list[float] = []
    result = Decoded(image.mode, image.size, [], loop=image.info.get("loop", 0), metadata=metadata)

    def frames() -> Iterator[Array]:
        for number in range(count):
            image.seek(number)
            image.load()
            durations.append(float(image.info.get("duration", 0)))
            plain, notes = normalize(image, profile=image.info.get("icc_profile"))
            result.notes.extend(note for note in notes if note not in result.notes)
            yield to_array(plain, keep_alpha=True)

    return _animation(frames(), durations, result, orientation, request)


def _animation(
    frames: Iterator[Array],
    durations: list[float],
    result: Decoded,
    orientation: int,
    request: Request,
) -> Decoded:
    """Finish frames of h w 4 arrays: upright, resized, alpha dropped where there is none."""
    if orientation >= 5:
        result.size = result.size[1], result.size[0]
    size = request.resize.size_for(*result.size) if request.resize else result.size
    check_size(*size, "the resized animation", request.limits, frames=max(1, len(durations)))
    for frame in frames:
        finished = frame
        if orientation != 1 or size != result.size:
            from PIL.Image import fromarray

            turned = resized(upright(fromarray(frame), orientation), size)
            finished = to_array(turned, keep_alpha=True)
        result.frames.append(finished)
    result.durations = durations
    result.animated = result.animated or len(result.frames) > 1
    if all(int(frame[:, :, 3].min()) == 255 for frame in result.frames):
        for index, frame in enumerate(result.frames):
            result.frames[index] = np.ascontiguousarray(frame[:, :, :3])
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
    mode, full = image.mode, image.size
    resize = request.resize
    if resize is not None and image.format == "JPEG" and not from_caller:
        _draft(image, resize)
    image.load()
    metadata, orientation = read_metadata(image)
    if from_caller and image.format is None:
        orientation = 1
    plain, notes = _normalized(image, metadata.icc)
    del image
    if orientation >= 5:
        full = full[1], full[0]
    if resize is not None:
        size = resize.size_for(*full)
        check_size(*size, "the resized picture", request.limits)
        plain = resized(plain, (size[1], size[0]) if orientation >= 5 else size)
    plain = upright(plain, orientation)
    return Decoded(mode, full, [to_array(plain)], metadata=metadata, notes=notes)


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


def _normalized(image: Image, profile: bytes | None) -> tuple[Image, list[str]]:
    """`normalize`, with what the file says about the range of grey deeper than 8 bits."""
    deep = image.mode.startswith("I") or image.mode == "F"
    key = image.info.get("transparency") if image.mode.startswith("I;16") else None
    tags = getattr(image, "tag_v2", {}) if deep else {}
    twelve = image.mode.startswith("I;16") and tags.get(_BITS_PER_SAMPLE) == (12,)
    return normalize(
        image,
        profile=profile,
        key=key if isinstance(key, int) else None,
        top=4095 if twelve else 65535,
        inverted=tags.get(_PHOTOMETRIC) == _MINIMUM_IS_WHITE,
    )
