"""Animations of full-colour frames, without loss: APNG and WebP, both by Pillow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pochade.errors import OutputError, UsageError
from pochade.types import Image

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

MAX_SIDES: Final = {"apng": 2**31 - 1, "webp": 16383}
LONGEST: Final = 65_535.0
"""Milliseconds of one frame; APNG counts them in 16 bits."""

_SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "apng": {"format": "PNG", "compress_level": 6},
    # Effort 30 of 100: half the time of 75, for some two per cent more bytes.
    "webp": {"format": "WEBP", "lossless": True, "exact": True, "method": 3, "quality": 30},
}


def encode_full_animation(
    frames: Iterable[Image], form: str, *, durations: Sequence[float], plays: int = 0
) -> bytes:
    """Encode frames that read back exactly.

    Args:
        frames: (h, w, c) uint8, at least one, all of one shape. Those of a WebP are taken one after
            the other, those of an APNG are all in memory at once. Equal ones in a row become one.
        form: "apng" or "webp".
        durations: milliseconds for each frame, 0 to 65,535.
        plays: how often the animation plays in all; 0 is for ever.

    Raises:
        UsageError: a picture too large for the form, or times or plays out of range.
        OutputError: the encoder failed.
    """
    if not all(0 <= duration <= LONGEST for duration in durations):
        raise UsageError(f"a frame lasts 0 to {LONGEST:,.0f} milliseconds.")
    if not 0 <= plays <= 65535:
        raise UsageError(f"an animation plays 0 (for ever) to 65535 times, not {plays}.")
    pictures = _as_pillow(frames)
    first = next(pictures)
    if max(first.size) > MAX_SIDES[form]:
        most = MAX_SIDES[form]
        raise UsageError(
            f"{form.upper()} holds at most {most} pixels a side; use --resize or APNG."
        )
    buffer = BytesIO()
    whole = [round(duration) for duration in durations]
    try:
        first.save(
            buffer,
            save_all=True,
            append_images=list(pictures) if form == "apng" else pictures,  # goes over them twice
            duration=whole if len(whole) > 1 else whole[0],
            loop=plays,
            **_SETTINGS[form],
        )
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot encode the animation as {form}: {error}.") from error
    return buffer.getvalue()


def _as_pillow(frames: Iterable[Image]) -> Iterator[PillowImage]:
    from PIL import Image as Pillow

    for frame in frames:
        yield Pillow.fromarray(np.ascontiguousarray(frame))
