"""The last pass of a painting: strokes, washes, dots, lines, and the surface they lie on."""

from __future__ import annotations

from typing import Any

import numpy as np

from pochade.painting.anchors import Anchors, Guide
from pochade.painting.brush import marks, strokes, surface
from pochade.painting.brush.flow import find_flow
from pochade.painting.brush.tubes import as_tubes
from pochade.painting.brush.view import Part, View, reduce
from pochade.painting.look_options import Look, paper_rgb


def reach(
    window: Part, size: tuple[int, int], anchors: Anchors, look: Look
) -> Part:
    """The part of a painting that `finish` has to be given to make a window of it.

    Args:
        window: (top, left, bottom, right) in pixels, the last two not included.
        size: (rows, cols) of the whole painting.
        anchors: what it is painted from.
        look: how.
    """
    view = View(size, window)
    margin = 2 * look.wobble * view.unit + 2
    if look.wet_edges > 0:
        margin += surface.wet_reach(view)
    return view.around(window, margin + strokes.largest(look, anchors, view))


def finish(
    painted: Any,
    anchors: Anchors,
    guide: Guide | None,
    look: Look,
    *,
    seed: int = 0,
    window: Part | None = None,
    size: tuple[int, int] | None = None,
    palette: Any = None,
    mixing: float = 0.6,
    threads: int = 1,
) -> Any:
    """Lay a painting down with a brush on a surface.
    """
    painted = np.ascontiguousarray(painted)
    rows, cols = painted.shape[:2]
    size = size or (rows, cols)
    whole = (0, 0, *size)
    window = window or whole
    part = reach(window, size, anchors, look) if window != whole else whole
    view = View(size, part)
    base = surface.wash(painted, look, view, seed=seed, threads=threads)
    small = reduce(base, view)
    canvas, height = base, None
    if look.strokes > 0:
        tubes = as_tubes(palette, mixing) if palette is not None else None
        flow = find_flow(guide, anchors, seed=seed)
        laid = strokes.place_strokes(look, anchors, flow, small, seed=seed, tubes=tubes)
        canvas, height = base.copy(), np.zeros((rows, cols), np.float32)
        marks.draw(canvas, height, base, laid, top=part[0], left=part[1], seed=seed, threads=threads)
    wet = surface.wet_edges(small, look)
    result = surface.lay_on_surface(canvas, height, wet, look, view, seed=seed, threads=threads)
    top, left = window[0] - part[0], window[1] - part[1]
    return result[top : top + window[2] - window[0], left : left + window[3] - window[1]]
