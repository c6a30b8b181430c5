"""Results to the bytes of a file, by the options of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pochade.apps.quantize_files import FileOptions
from pochade.quantize_options import QuantizeOptions

if TYPE_CHECKING:
    from pochade.io.picture import Picture
    from pochade.quantize_result import QuantizeResult


def encode(
    frames: Sequence[QuantizeResult],
    picture: Picture,
    form: str,
    options: QuantizeOptions,
    files: FileOptions,
) -> bytes:
    """A picture, or an animation where there are several frames and `form` is one that has them.

    Formats without a palette (JPEG, AVIF), and any format with --full-color, get full-colour
    pixels.
    """
    from pochade.io.save import INDEXED_FORMATS, SaveOptions, save_full, save_indexed
    from pochade.quantize_inputs import thread_count

    first = frames[0]
    if len(frames) > 1 and form == "gif":
        return encode_animation(frames, picture)
    effort: Any = files.png_effort or options.effort
    settings = SaveOptions(
        effort=effort,
        threads=thread_count(options.threads),
        metadata=picture.metadata if files.keep_metadata else None,
        optimize=files.optimize,
    )
    if files.full_color or form not in INDEXED_FORMATS:
        return save_full(None, first.image, format=form, options=settings)
    return save_indexed(None, first.labels, first.palette, format=form, options=settings)


def encode_animation(frames: Sequence[QuantizeResult], picture: Picture) -> bytes:
    """A GIF with the times of the animation it was made from."""
    from pochade.io.gif import encode_gif

    # A picture counts how often it plays in all, 0 for ever; a GIF how often it starts again.
    again = {0: 0, 1: None}.get(picture.loop, picture.loop - 1)
    return encode_gif(
        [frame.labels for frame in frames],
        frames[0].palette,
        durations=picture.durations,
        loop=again,
    )
