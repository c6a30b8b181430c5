"""Drawing a painting, at any size, whole or in part; and which part an event has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from pochade.errors import LimitError, UsageError
from pochade.painting.document import Painting
from pochade.painting.laying import knobs_of
from pochade.painting.look_options import Look
from pochade.painting.shrink import shrink
from pochade.quantize_inputs import thread_count
from pochade.types import Image

MOST_PIXELS: Final = 400_000_000
"""Largest picture that is drawn: a print of 20,000 x 20,000."""
STRIP: Final = 1 << 22
"""Pixels that are blended at a time where the whole picture has more."""

Window = tuple[int, int, int, int]
"""(top, left, bottom, right): rows and columns of a part, the last ones not in it."""


def render(
    painting: Painting,
    size: tuple[int, int] | None = None,
    *,
    window: Window | None = None,
    threads: int | None = None,
) -> Image:
    """Draw a painting.

    Args:
        painting: its document; the photo itself is not read.
        size: (rows, cols); None is the photo's own. Anything else is no enlargement: the painting
            is drawn anew, its edges as sharp as the size allows.
        window: the part to draw; the same bytes as that part of the whole.
        threads: the result does not depend on it.

    Returns:
        (rows, cols, 3) uint8 of the window, or 4 channels where the photo was transparent.

    Raises:
        LimitError: more than 400 megapixels.
        UsageError: no size, or a window that is no part of it.
    """
    size = checked_size(painting.size if size is None else size)
    part = checked_window(window, size)
    if painting.intent.look == Look():
        canvas = blended(painting, size, part, threads)
    else:
        canvas = _finished(painting, size, part, threads)
    if painting.subject.alpha is None:
        return canvas
    return np.concatenate([canvas, alpha_at(painting, size, part)[..., None]], axis=2)


def checked_size(size: tuple[int, int]) -> tuple[int, int]:
    """The size as two whole numbers; raises as `render`."""
    rows, cols = int(size[0]), int(size[1])
    if rows < 1 or cols < 1:
        raise UsageError(f"a painting is drawn at 1x1 pixels at least, not {cols}x{rows}")
    if rows * cols > MOST_PIXELS:
        raise LimitError(
            f"{cols}x{rows} pixels are more than the {MOST_PIXELS // 10**6} megapixels that are "
            "drawn; use a smaller size, or svg"
        )
    return rows, cols


def checked_window(window: Window | None, size: tuple[int, int]) -> Window:
    """The window, or all; raises as `render`."""
    if window is None:
        return (0, 0, *size)
    top, left, bottom, right = (int(side) for side in window)
    if not (0 <= top < bottom <= size[0] and 0 <= left < right <= size[1]):
        raise UsageError(f"{window} is no part of a picture of {size[1]}x{size[0]} pixels")
    return top, left, bottom, right


def blended(painting: Painting, size: tuple[int, int], part: Window, threads: int | None) -> Image:
    """The mixture of colours alone, without brush and surface: (rows, cols, 3) uint8."""
    from pochade.painting.blend import blend

    knobs = knobs_of(painting.settings)
    anchors, guide = painting.painted, painting.guide
    top, left, bottom, right = part
    step = max(1, STRIP // (right - left))
    if bottom - top <= step:
        return blend(anchors, guide, size, window=part, threads=threads, **knobs)
    out = np.empty((bottom - top, right - left, 3), np.uint8)
    for row in range(top, bottom, step):
        end = min(row + step, bottom)
        strip = (row, left, end, right)
        out[row - top : end - top] = blend(
            anchors, guide, size, window=strip, threads=threads, **knobs
        )
    return out


def _finished(
    painting: Painting, size: tuple[int, int], part: Window, threads: int | None
) -> Image:
    """The mixture with brush and surface over it: (rows, cols, 3) uint8."""
    from pochade.painting.brush import finish, reach

    intent = painting.intent
    around = reach(part, size, painting.painted, intent.look)
    canvas = blended(painting, size, around, threads)
    finished: Image = finish(
        canvas,
        painting.painted,
        painting.guide,
        intent.look,
        seed=intent.settings.seed,
        window=part,
        size=size,
        palette=list(intent.palette) or None,
        threads=thread_count(threads),
    )
    return finished


def alpha_at(painting: Painting, size: tuple[int, int], part: Window) -> Image:
    """(rows, cols) uint8: the photo's transparency at a size, a part of it."""
    alpha = painting.subject.alpha
    assert alpha is not None
    top, left, bottom, right = part
    if alpha.shape == size:
        return alpha[top:bottom, left:right]
    if size[0] <= alpha.shape[0] and size[1] <= alpha.shape[1]:
        small = np.rint(shrink(alpha[..., None], size)[..., 0]).astype(np.uint8)
        return small[top:bottom, left:right]
    return _enlarged(alpha, size, part)


def _enlarged(alpha: Image, size: tuple[int, int], part: Window) -> Image:
    """Linear interpolation, a strip at a time; whole numbers, so the same whatever the part."""
    places = []
    for axis in (0, 1):
        have, want = alpha.shape[axis], size[axis]
        at = ((2 * np.arange(part[axis], part[axis + 2]) + 1) * have * 128) // want - 128
        at = np.clip(at, 0, (have - 1) * 256)
        places.append((at // 256, at % 256, np.minimum(at // 256 + 1, have - 1)))
    (upper, down, lower), (first, right, last) = places
    out = np.empty((len(upper), len(first)), np.uint8)
    step = max(1, STRIP // 4 // len(first))
    for row in range(0, len(out), step):
        rows = slice(row, row + step)
        above, below = (alpha[which[rows]].astype(np.int32) for which in (upper, lower))
        mixed = above * (256 - down[rows, None]) + below * down[rows, None]
        across = mixed[:, first] * (256 - right) + mixed[:, last] * right
        out[rows] = (across + (1 << 15)) >> 16
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """What has to be drawn again after an event.

    Attributes:
        window: (top, left, bottom, right); None where nothing changed.
        image: the new pixels of the window, or None.
    """

    window: Window | None
    image: Image | None


def render_update(
    before: Painting,
    after: Painting,
    size: tuple[int, int] | None = None,
    *,
    threads: int | None = None,
) -> Update:
    """Draw only what differs between two states of a painting.

    Put into the window of a picture of `before`, the image gives the picture of `after`, to the
    byte.

    Args:
        before: usually `after.previous`.
        after: the painting as it is now.
        size: as in `render`.
        threads: the result does not depend on it.
    """
    from pochade.painting.dirty import dirty

    size = checked_size(after.size if size is None else size)
    window = dirty(before, after, size)
    if window is None:
        return Update(None, None)
    return Update(window, render(after, size, window=window, threads=threads))
