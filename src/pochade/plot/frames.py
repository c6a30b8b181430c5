"""The animation of a sweep: one k after the other, and the original at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.errors import UsageError
from pochade.sweep_result import FRAME_TIME, HOLD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.sweep_result import SweepResult
    from pochade.types import Image, Palette

FORMS = {".gif": "gif", ".png": "apng", ".apng": "apng", ".webp": "webp"}
MOST_COLORS = 256
GREYS = (255, 199, 143, 88, 32)
"""Paper, ink and what lies between them at the edges of letters."""


class Timing(NamedTuple):
    """How an animation runs: milliseconds of each k and of the original, plays (0: for ever).

    With `labels`, a strip under each frame says which k it shows.
    """

    frame_time: float = FRAME_TIME
    hold: float = HOLD
    loop: int = 0
    labels: bool = False


def form_of(path: Any) -> str:
    """The form of animation that a file name asks for.

    >>> form_of("a/B.GIF"), form_of("b.png")
    ('gif', 'apng')

    Raises:
        UsageError: its ending is none of the known ones.
    """
    form = FORMS.get(os.path.splitext(os.fspath(path))[1].lower())  # noqa: PTH122
    if form is None:
        raise UsageError(f"{path} is no animation's name; end it in {', '.join(FORMS)}")
    return form


def animation_notes(result: SweepResult, form: str) -> tuple[str, ...]:
    """What a form of animation does to the frames."""
    if form != "gif":
        return ()
    notes = []
    colors = result.picture.counts.colors
    if len(colors) > MOST_COLORS:
        notes.append(
            f"a GIF frame has at most {MOST_COLORS} colours: its last one is the original in the "
            f"best {MOST_COLORS}; APNG (.png) and WebP keep it exactly"
        )
    if colors.shape[1] == 4 and bool(((colors[:, 3] % 255) > 0).any()):
        notes.append("GIF has no partial transparency: it was made full or none")
    if max(len(step.palette) for step in result.results) > MOST_COLORS:
        notes.append(f"frames of more than {MOST_COLORS} colours are left out of a GIF")
    return tuple(notes)


def animation(result: SweepResult, form: str, timing: Timing) -> bytes:
    """The bytes of the animation.

    Args:
        result: the sweep; of a grid, the most iterations are shown.
        form: "gif", "apng" or "webp".
        timing: times, loop and labels.

    Raises:
        UsageError: times out of range, or a picture too large for the form.
    """
    steps = [step for step in result.results if form != "gif" or len(step.palette) <= MOST_COLORS]
    durations = [*[timing.frame_time] * len(steps), timing.hold]
    if form == "gif":
        from pochade.io.gif import encode_gif_frames

        # A GIF counts how often it starts again.
        again = {0: 0, 1: None}.get(timing.loop, timing.loop - 1)
        return encode_gif_frames(indexed_frames(result, timing), durations=durations, loop=again)
    from pochade.io.full_animation import encode_full_animation

    frames = full_frames(result, timing)
    return encode_full_animation(frames, form, durations=durations, plays=timing.loop)


def full_frames(result: SweepResult, timing: Timing) -> Iterator[Image]:
    """Every frame in full colour, the last one exactly the original (above its label)."""
    for step in result.results:
        yield captioned(step.image, f"k = {step.k}", timing)
    yield captioned(result.source, "original", timing)


def captioned(image: Image, text: str, timing: Timing) -> Image:
    """The picture with its label below, where labels are wanted."""
    if not timing.labels:
        return image
    strip = np.take(np.array(GREYS, np.uint8), caption(text, image.shape[:2]))
    below = np.full((*strip.shape, image.shape[2]), 255, np.uint8)
    below[:, :, :3] = strip[:, :, None]
    return np.concatenate([image, below])


def indexed_frames(result: SweepResult, timing: Timing) -> Iterator[tuple[NDArray[Any], Palette]]:
    """Labels and palette of every frame, the last one the original in the colours that fit."""
    for step in result.results:
        if len(step.palette) <= MOST_COLORS:
            yield with_caption(step.labels, step.palette, f"k = {step.k}", timing)
    labels, palette = best_indexed(result, MOST_COLORS - timing.labels * len(GREYS))
    yield with_caption(labels, palette, "original", timing)


def best_indexed(result: SweepResult, most: int) -> tuple[NDArray[Any], Palette]:
    """The original in at most so many colours; exactly where it has no more."""
    from pochade.kmeans.palette_search import SearchSettings
    from pochade.palette_fit import fit_palette
    from pochade.palette_task import FitSettings

    picture, options = result.picture, result.options
    search = SearchSettings(engine=options.engine, seed=options.seed, threads=picture.threads)
    counts = picture.counts
    clear = len(counts.colors) - picture.visible
    fit = fit_palette(
        counts.colors,
        counts.weights,
        most if len(counts.colors) > most else most - clear,
        picture.space,
        FitSettings(search=search),
    )
    labels = counts.labels_for(picture.pixels, fit.labels, threads=picture.threads)
    return labels, fit.palette


def with_caption(
    labels: NDArray[Any], palette: Palette, text: str, timing: Timing
) -> tuple[NDArray[Any], Palette]:
    """The indexed picture with its label below, where labels are wanted.

    The letters' greys are added to the palette; where it has no room, they are its nearest entries.
    """
    if not timing.labels:
        return labels, palette
    greys = np.full((len(GREYS), palette.shape[1]), 255, np.uint8)
    greys[:, :3] = np.array(GREYS, np.uint8)[:, None]
    place = len(palette) + np.arange(len(GREYS))
    if len(palette) + len(GREYS) <= MOST_COLORS:
        palette = np.concatenate([palette, greys])
    else:
        gap = palette[None].astype(np.int32) - greys[:, None].astype(np.int32)
        place = np.square(gap).sum(axis=2).argmin(axis=1)
    strip = np.take(place.astype(np.uint8), caption(text, labels.shape))
    return np.concatenate([labels.astype(np.uint8), strip]), palette


def caption(text: str, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """A strip as wide as a picture of `shape` with text in its middle: (s, w) places in GREYS.

    All strips of one shape have one height, whatever the text.
    """
    from PIL import Image as Pillow
    from PIL import ImageDraw, ImageFont

    height, width = shape[:2]
    size = min(64, max(12, round(0.045 * max(height, width))))
    while True:
        font = ImageFont.load_default(size)
        left, _, right, _ = font.getbbox("original")  # the widest label
        if right - left <= 0.95 * width or size <= 8:
            break
        size -= 1
    strip = Pillow.new("L", (width, round(size * 1.7)), GREYS[0])
    pen = ImageDraw.Draw(strip)
    pen.text((width / 2, strip.height / 2), text, fill=GREYS[-1], font=font, anchor="mm")
    values = np.asarray(strip, np.float64)
    steps = (GREYS[0] - values) / (GREYS[0] - GREYS[-1]) * (len(GREYS) - 1)
    return np.rint(steps).astype(np.intp)
