"""All frames of an animation, composed, upright and resized as one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from pochade.io import gif_blocks, png_chunks
from pochade.io.animation import CLEAR, KEEP, RESTORE, Patch, composite
from pochade.io.decode import Decoded, Request, normalized, open_png
from pochade.io.limits import check_size
from pochade.io.metadata import read_metadata
from pochade.io.normalize import to_array
from pochade.io.orient import upright
from pochade.io.picture import Metadata
from pochade.io.pillow import open_lazily
from pochade.io.source import Encoded
from pochade.types import Image as Array

if TYPE_CHECKING:
    from PIL.Image import Image


def decode_gif(encoded: Encoded, request: Request) -> Decoded:
    """Decode a GIF, animated or not: the first frame is composed as well.

    Raises:
        InputError: broken.
        LimitError: too many frames, or too large.
    """
    data, name, limits = encoded.data, encoded.name, request.limits
    assert data is not None
    # One more than allowed, so that too many are noticed without walking through all of them.
    at_most = limits.max_frames + 1 if request.all_frames else 2
    layout = gif_blocks.read_layout(data, name, at_most=at_most)
    frames = layout.frames if request.all_frames else layout.frames[:1]
    check_size(layout.width, layout.height, name, limits, frames=len(frames))

    def patches() -> Iterator[Patch]:
        for frame in frames:
            stream = io.BytesIO(gif_blocks.frame_gif(data, frame))
            image = open_lazily(stream, "GIF", name, limits)
            image.load()
            pixels = gif_blocks.colors_of(frame, np.asarray(image))
            dispose = {2: CLEAR, 3: RESTORE}.get(frame.dispose, KEEP)
            yield Patch(frame.left, frame.top, pixels, dispose, True)

    animated = len(layout.frames) > 1
    result = Decoded(
        "P",
        (layout.width, layout.height),
        [],
        durations=[frame.milliseconds for frame in frames] if len(frames) > 1 else [0.0],
        loop=layout.plays if animated else 1,
        animated=animated,
        metadata=Metadata(
            text={"Comment": layout.comment.decode("latin-1")} if layout.comment else {}
        ),
    )
    _finish(composite(patches(), layout.width, layout.height), len(frames), result, 1, request)
    return result


def decode_apng(whole: Image, layout: png_chunks.Layout, name: str, request: Request) -> Decoded:
    """Decode the frames of an APNG; metadata and orientation come from the file as a `whole`.

    Raises:
        InputError: broken.
        LimitError: too large.
    """
    check_size(layout.width, layout.height, name, request.limits, frames=len(layout.frames))
    whole.load()
    metadata, orientation = read_metadata(whole)
    result = Decoded(
        whole.mode,
        (layout.width, layout.height),
        [],
        durations=[frame.milliseconds for frame in layout.frames],
        loop=layout.plays,
        metadata=metadata,
        notes=list(layout.notes),
    )

    def patches() -> Iterator[Patch]:
        for frame in layout.frames:
            stream = io.BytesIO(png_chunks.frame_png(layout, frame))
            pixels = _frame_pixels(open_png(stream, layout, name, request.limits), result)
            dispose = (KEEP, CLEAR, RESTORE)[frame.dispose]
            yield Patch(frame.left, frame.top, pixels, dispose, frame.blend == 1)

    frames = composite(patches(), layout.width, layout.height)
    _finish(frames, len(layout.frames), result, orientation, request)
    return result


def decode_sequence(image: Image, count: int, name: str, request: Request) -> Decoded:
    """Decode an animated WebP or AVIF, whose decoders compose the frames themselves.

    Raises:
        LimitError: too many frames, or too large.
    """
    check_size(image.width, image.height, name, request.limits, frames=count)
    metadata, orientation = read_metadata(image)
    result = Decoded(
        image.mode,
        image.size,
        [],
        durations=[],
        loop=image.info.get("loop", 0),
        metadata=metadata,
    )

    def frames() -> Iterator[Array]:
        for number in range(count):
            image.seek(number)
            image.load()
            result.durations.append(float(image.info.get("duration", 0)))
            yield _frame_pixels(image, result)

    _finish(frames(), count, result, orientation, request)
    return result


def _frame_pixels(image: Image, result: Decoded) -> Array:
    """One frame as h w 4; what had to be ignored is noted once."""
    image.load()
    plain, notes = normalized(image, image.info.get("icc_profile"))
    result.notes.extend(note for note in notes if note not in result.notes)
    return to_array(plain, keep_alpha=True)


def _finish(
    frames: Iterator[Array], count: int, result: Decoded, orientation: int, request: Request
) -> None:
    """Collect frames of h w 4: upright, resized, alpha dropped where no frame has any."""
    if orientation >= 5:
        result.size = result.size[1], result.size[0]
    size = result.size if request.resize is None else request.resize.size_for(*result.size)
    check_size(*size, "the resized animation", request.limits, frames=count)
    for frame in frames:
        finished = frame
        if orientation != 1 or size != result.size:
            from PIL.Image import fromarray

            from pochade.io.resize import resized

            stored = (size[1], size[0]) if orientation >= 5 else size
            turned = upright(resized(fromarray(frame), stored), orientation)
            finished = to_array(turned, keep_alpha=True)
        result.frames.append(finished)
    result.animated = result.animated or len(result.frames) > 1
    if all(int(frame[:, :, 3].min()) == 255 for frame in result.frames):
        for index, frame in enumerate(result.frames):
            result.frames[index] = np.ascontiguousarray(frame[:, :, :3])
