"""The last pass of a painting: strokes, washes, dots, lines, and the surface they lie on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pochade.errors import UsageError
from pochade.painting.anchors import Anchors, Guide
from pochade.painting.brush import strokes
from pochade.painting.brush.dots import place_dots
from pochade.painting.brush.flats import flat_colors, flats, flats_reach
from pochade.painting.brush.flow import find_flow
from pochade.painting.brush.lines import place_lines
from pochade.painting.brush.marks import Marks, draw
from pochade.painting.brush.noise import Floats
from pochade.painting.brush.surface import (
    has_surface,
    lay_on_surface,
    tone_curve,
    wash,
    wet_edges,
    wet_reach,
)
from pochade.painting.brush.tubes import MIXING, Tubes, as_tubes
from pochade.painting.brush.view import Part, Small, View, reduce
from pochade.painting.look_options import Look, paper_rgb
from pochade.quantize_inputs import thread_count
from pochade.types import Image


def reach(window: Part, size: tuple[int, int], anchors: Anchors, look: Look) -> Part:
    """The part of a painting that `finish` has to be given to make a window of it.

    Args:
        window: (top, left, bottom, right) in pixels, the last two not included.
        size: (rows, cols) of the whole painting.
        anchors: what it is painted from.
        look: how.
    """
    whole = (0, 0, *size)
    if tuple(window) == whole:
        return whole
    view = View(size, window)
    margin = 2 * look.wobble * view.unit + 2
    if look.wet_edges > 0:
        margin += wet_reach(view)
    if look.colors > 0:
        margin += flats_reach(look, view)
    if look.strokes > 0:
        margin += strokes.largest(look, anchors, view)
    if look.dots > 0:
        margin += look.dot_size * view.unit * (2 + look.stroke_length)
    return view.around(window, margin)


def finish(
    painted: Image,
    anchors: Anchors,
    guide: Guide | None,
    look: Look,
    *,
    seed: int = 0,
    scale: float | None = None,
    window: Part | None = None,
    size: tuple[int, int] | None = None,
    palette: Any = None,
    mixing: float = MIXING,
    threads: int | None = None,
) -> Image:
    """Lay a painting down with a brush, on paper or canvas.

    The order: tones and wandering edges of a wash, flat areas, strokes broad to fine, dots, lines,
    then pigment, paper and light. Lengths follow the size of the whole picture, so a print shows
    the same strokes as a thumbnail, with finer hairs in them.

    Args:
        painted: (rows, cols, 3) uint8 sRGB: the blended anchors; of the whole picture or, with a
            window, of the part that `reach` names.
        anchors: where strokes go and how large they are.
        guide: what strokes and outlines follow; None takes the anchors' own colours.
        look: numbers that say how.
        seed: the same seed gives the same bytes, at any number of threads.
        scale: pixels of the whole picture for one of the anchors' frame; needed where `size` is
            not given and `painted` is not the whole.
        window: (top, left, bottom, right), the part to make; the same bytes as that part of the
            whole. The last two are not included.
        size: (rows, cols) of the whole picture.
        palette: tubes of colour (anything that `pochade.quantize` takes as a palette): every flat
            area and every dot is one of them, every stroke one or mixed of two; see `limit_colors`
            for the rest.
        mixing: how freely two tubes are mixed, 0 to 1.
        threads: all cores unless given.

    Returns:
        (rows, cols, 3) uint8 of the window, or of the whole.

    Raises:
        UsageError: the window is no part of the picture, or `painted` is not what `reach` names.
    """
    rows, cols = painted.shape[:2]
    if size is None:
        size = (rows, cols) if window is None or scale is None else _scaled(anchors.frame, scale)
    window = (0, 0, *size) if window is None else _checked(window, size)
    part = reach(window, size, anchors, look)
    if (part[2] - part[0], part[3] - part[1]) != (rows, cols):
        raise UsageError(
            f"a finish of {window} needs the painting of {part} (top, left, bottom, right), "
            f"not {rows} rows of {cols} pixels"
        )
    view = View(size, part)
    result = _Pass(anchors, guide, look, view, seed, thread_count(threads)).run(
        np.ascontiguousarray(painted), as_tubes(palette, mixing) if palette is not None else None
    )
    top, left = window[0] - part[0], window[1] - part[1]
    return result[top : top + window[2] - window[0], left : left + window[3] - window[1]]


@dataclass(frozen=True, slots=True)
class _Pass:
    """One run over one part of a painting."""

    anchors: Anchors
    guide: Guide | None
    look: Look
    view: View
    seed: int
    threads: int

    def run(self, painted: Image, tubes: Tubes | None) -> Image:
        look, view, seed, threads = self.look, self.view, self.seed, self.threads
        base = wash(painted, look, self.anchors, view, seed=seed, threads=threads)
        small = None
        if look.colors > 0 or look.wet_edges > 0 or look.strokes > 0 or look.dots > 0:
            small = reduce(base, view)
        if small is not None and look.colors > 0:
            curve = tone_curve(look, self.anchors)
            colors = flat_colors(look, self.anchors, tubes, curve, seed=seed, threads=threads)
            base = flats(small, look, colors, threads=threads)
            small = reduce(base, view)
        canvas, height = base, None
        if look.ground > 0:
            canvas = on_ground(base, look)
        if small is not None and (look.strokes > 0 or look.dots > 0):
            canvas = canvas.copy() if canvas is base else canvas
            height = np.zeros(base.shape[:2], np.float32)
            self._lay(canvas, height, base, small, tubes)
        if look.lines > 0:
            canvas = canvas.copy() if canvas is base or canvas is painted else canvas
            flat = np.zeros(base.shape[:2], np.float32) if height is None else height
            ink = place_lines(look, self.guide, self.anchors, view, seed=seed, threads=threads)
            self._draw(ink, canvas, flat, base)
        wet = wet_edges(small, look) if small is not None else None
        if not has_surface(look):
            return canvas
        return lay_on_surface(canvas, height, wet, look, view, seed=seed, threads=threads)

    def _lay(
        self, canvas: Image, height: Floats, base: Image, small: Small, tubes: Tubes | None
    ) -> None:
        look, seed = self.look, self.seed
        flow = find_flow(self.guide, self.anchors, seed=seed)
        if look.strokes > 0:
            laid = strokes.place_strokes(look, self.anchors, flow, small, seed=seed, tubes=tubes)
            self._draw(laid, canvas, height, base)
        if look.dots > 0:
            laid = place_dots(look, flow, small, seed=seed, tubes=tubes)
            self._draw(laid, canvas, height, base)

    def _draw(self, laid: Marks, canvas: Image, height: Floats, base: Image) -> None:
        top, left = self.view.part[:2]
        draw(canvas, height, base, laid, top=top, left=left, seed=self.seed, threads=self.threads)


def on_ground(base: Image, look: Look) -> Image:
    """The painting thinned towards the paper, least in the shadows: what shows between strokes."""
    paper = np.array(paper_rgb(look.paper_color), np.float32)[:, None]
    tone = np.arange(256, dtype=np.float32)
    share = np.float32(look.ground) * (np.float32(0.25) + np.float32(0.75 / 255) * tone)
    table = np.rint(tone + share * (paper - tone)).astype(np.uint8)
    return np.stack([table[i][base[..., i]] for i in range(3)], axis=2)


def _scaled(frame: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(1, round(frame[0] * scale)), max(1, round(frame[1] * scale))


def _checked(window: Part, size: tuple[int, int]) -> Part:
    top, left, bottom, right = (int(side) for side in window)
    if not (0 <= top < bottom <= size[0] and 0 <= left < right <= size[1]):
        raise UsageError(
            f"the window {window} (top, left, bottom, right) is no part of a picture of "
            f"{size[0]} rows of {size[1]} pixels"
        )
    return top, left, bottom, right
