"""Where strokes are laid: layer over layer, broad to fine, at anchors and between them.

As A. Hertzmann, "Painterly rendering with curved brush strokes of multiple sizes" (SIGGRAPH 1998):
a broad layer everywhere, finer ones where something happens. Strokes are arcs along the flow, and
instead of ending at an edge they keep clear of what has another colour, so no edge is lost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pochade.painting.anchors import Anchors
from pochade.painting.brush import marks as m
from pochade.painting.brush.flow import Flow
from pochade.painting.brush.marks import Marks
from pochade.painting.brush.noise import Floats, Whole, lattice
from pochade.painting.brush.tubes import Tubes
from pochade.painting.brush.view import Small, View
from pochade.painting.look_options import Look

FAR = 70.0
"""How far, in weighted sRGB units, a stroke of looseness 1 may be from the picture's colour."""
BUSY = 0.9
"""Detail (CIELAB units per thousandth of the side) that calls for the finest strokes."""
EDGE = 14.0
"""Step of colour from block to block (sRGB) above which a stroke's middle is on an edge."""
APART = 0.7
"""Strokes of a layer lie this share of their width apart."""


def place_strokes(
    look: Look, anchors: Anchors, flow: Flow, small: Small, *, seed: int, tubes: Tubes | None = None
) -> Marks:
    """All strokes that can touch the part that `small` covers, in the order in which they go."""
    view = small.view
    tables = []
    for layer in range(look.layers):
        spots = _spots(look, layer, anchors, flow, view, seed)
        table = _table(look, layer, spots, flow, small, seed + 1000 * layer, tubes)
        # No row of strokes may overlap the row before like tiles: they come in any order.
        tables.append(table[np.argsort(spots.chance(seed + 5 + layer), kind="stable")])
    return Marks(np.concatenate(tables))


def largest(look: Look, anchors: Anchors, view: View) -> float:
    """How far from its middle a stroke can touch, in pixels."""
    if look.strokes <= 0 and look.dots <= 0:
        return 0.0
    half = _half_width(look, 0, np.full(1, 1e9, np.float32), view)[0]
    return float(half) * (2.2 + 3.0 * look.stroke_length) + 4


def _half_width(look: Look, layer: int, anchor: Floats, view: View) -> Floats:
    """Half the width of strokes of a layer at anchors of a size in pixels."""
    shrink = 0.62**layer
    least, most = look.stroke_least * view.unit / 2, look.stroke_most * view.unit / 2
    wanted = anchor * np.float32(0.9 * look.stroke_size * shrink)
    half: Floats = np.clip(wanted, least, max(least, most * shrink)).astype(np.float32)
    return half


@dataclass(frozen=True, slots=True, eq=False)
class _Spots:
    """n places of one layer.

    Attributes:
        places: n 5 float32: row, col (pixels of the whole picture), half width, elongation and
            direction of the anchor (-1 between anchors).
        keys: n 2 whole numbers that are the same at every size: what chances hang on.
    """

    places: Floats
    keys: Whole

    def chance(self, seed: int) -> Floats:
        """A number in [0, 1) for each place."""
        return lattice(self.keys[:, 1], self.keys[:, 0], seed)

    def take(self, which: NDArray[np.bool_]) -> _Spots:
        return _Spots(self.places[which], self.keys[which])


def _spots(look: Look, layer: int, anchors: Anchors, flow: Flow, view: View, seed: int) -> _Spots:
    """Places of a layer: anchors in the second, a grid in the others."""
    scale = view.size[0] / anchors.frame[0]
    keys: Whole
    if layer == 1 and len(anchors) > 1:
        at = anchors.positions * np.float32(scale)
        half = _half_width(look, layer, anchors.sizes * np.float32(scale), view)
        rows, cols, longer, own = at[:, 0], at[:, 1], anchors.elongations, anchors.angles
        keys = np.rint(anchors.positions * 64).astype(np.int64)
    else:
        one = np.full(1, anchors.spacing * scale, np.float32)
        width = float(_half_width(look, layer, one, view)[0])
        rows, cols, keys = _grid(view, 2 * width * APART, seed + 7 * layer)
        half = np.full(len(rows), width, np.float32)
        longer, own = np.ones_like(half), np.full(len(rows), -1, np.float32)
    spots = _Spots(np.stack([rows, cols, half, longer, own], axis=1).astype(np.float32), keys)
    wanted = np.float32(look.strokes)
    if layer >= 2:
        busy = np.clip(flow.detail_at(rows, cols, view.size) / np.float32(BUSY), 0, 1)
        wanted = wanted * busy * busy
    return spots.take(spots.chance(seed + 9 + layer) < wanted)


def _grid(view: View, apart: float, seed: int) -> tuple[Floats, Floats, Whole]:
    """One place in every cell of a grid over the whole picture and a little beyond."""
    rows, cols = (math.ceil(side / apart) + 1 for side in view.size)
    y, x = np.mgrid[-1:rows, -1:cols].reshape(2, -1)
    odd = (y & 1) * np.float32(0.5)
    row = (y + lattice(x, y, seed + 1)) * np.float32(apart)
    col = (x + odd + lattice(x, y, seed + 2)) * np.float32(apart)
    return row.astype(np.float32), col.astype(np.float32), np.stack([y, x], axis=1)


def _table(
    look: Look, layer: int, spots: _Spots, flow: Flow, small: Small, seed: int, tubes: Tubes | None
) -> Floats:
    """Strokes for the places of one layer."""
    view = small.view
    rows, cols, half, longer, own = spots.places.T
    chances = [spots.chance(seed + 20 + i) for i in range(8)]
    cosine, sine, sure = flow.at(rows, cols, view.size)
    # An anchor's own direction counts where it is long and the picture has none.
    has = (own >= 0) & (longer > 1.5) & (sure < 0.35)
    cosine = np.where(has, np.array([math.cos(a) for a in own.tolist()], np.float32), cosine)
    sine = np.where(has, np.array([math.sin(a) for a in own.tolist()], np.float32), sine)
    loose = np.float32(0.8 * (1 - look.follow)) * (1 - sure) + np.float32(0.06)
    cosine, sine = _turned(cosine, sine, (chances[0] - np.float32(0.5)) * loose)
    long = half * (1 + np.float32(look.stroke_length) * (np.float32(0.9) + np.float32(1.6) * sure))
    long = long * (np.float32(0.75) + np.float32(0.5) * chances[1])
    table = np.zeros((len(rows), m.COLUMNS), np.float32)
    table[:, m.ROW], table[:, m.COL] = rows, cols
    table[:, m.COS], table[:, m.SIN] = cosine, sine
    table[:, m.LENGTH], table[:, m.WIDTH] = long, half
    table[:, m.BEND] = _bend(cosine, sine, long, rows, cols, flow, view)
    table[:, m.RED : m.RED + 3] = _colors(look, small.at(rows, cols), chances[2:5], tubes)
    # Right on an edge the colour is of neither side: both sides have strokes of their own.
    step = steepness_at(small, rows, cols)
    table[:, m.OPACITY] = np.float32(0.92) * np.clip(2 - step * np.float32(1 / EDGE), 0, 1)
    # As many hairs as the pixels can show, up to what the texture holds.
    table[:, m.ACROSS] = np.minimum(np.float32(14), half * np.float32(0.7))
    table[:, m.ALONG] = 4
    table[:, m.AT_ROW], table[:, m.AT_COL] = chances[5] * m.SIDE, chances[6] * m.SIDE
    shown = np.clip(half / np.float32(3), 0.25, 1)
    table[:, m.BRISTLE] = np.float32(look.bristles) * shown
    # Where much happens a stroke keeps closer to it: no eye and no letter is painted over.
    busy = np.clip(flow.detail_at(rows, cols, view.size) / np.float32(BUSY), 0, 1)
    near = 1 - np.float32(0.55) * busy
    table[:, m.TOLERANCE] = FAR * max(0.05, look.looseness) * 0.8**layer * near
    table[:, m.THICKNESS] = half / np.float32(view.unit) * np.float32(0.16)
    table[:, m.STREAK] = np.float32(34 * look.bristles) * shown
    table[:, m.FEATHER] = np.maximum(np.float32(1), half * np.float32(0.16))
    table[:, m.CAP] = 0.8
    return table


def steepness_at(small: Small, rows: Floats, cols: Floats) -> Floats:
    """How much the colour changes from block to block around places: n float32."""
    step = np.float32(small.view.step)
    down = small.at(rows + step, cols) - small.at(rows - step, cols)
    across = small.at(rows, cols + step) - small.at(rows, cols - step)
    square = down * down + across * across
    total: Floats = np.sqrt(square[:, 0] + square[:, 1] + square[:, 2]) * np.float32(0.5)
    return total


def _turned(cosine: Floats, sine: Floats, half: Floats) -> tuple[Floats, Floats]:
    """Directions turned by an angle whose half has the tangent `half`."""
    c = (1 - half * half) / (1 + half * half)
    s = 2 * half / (1 + half * half)
    return cosine * c - sine * s, sine * c + cosine * s


def _bend(
    cosine: Floats, sine: Floats, long: Floats, rows: Floats, cols: Floats, flow: Flow, view: View
) -> Floats:
    """How much the flow turns along a stroke, by which it is bent: 1 / radius, in 1 / pixels."""
    far = long * np.float32(0.7)
    c1, s1, sure1 = flow.at(rows + far * sine, cols + far * cosine, view.size)
    c2, s2, sure2 = flow.at(rows - far * sine, cols - far * cosine, view.size)
    # The sine of the angle between two lines, neither of which has a front.
    turn = (c2 * s1 - s2 * c1) * np.where(c1 * c2 + s1 * s2 < 0, -1, 1)
    bend: Floats = turn * np.minimum(sure1, sure2) / (2 * far)
    return bend.astype(np.float32)


def _colors(look: Look, colors: Floats, chances: list[Floats], tubes: Tubes | None) -> Floats:
    """The picture's colours, each a little lighter, stronger or warmer than its neighbour's."""
    amount = np.float32(look.color_jitter)
    light, strong, warm = (((c - np.float32(0.5)) * 2)[:, None] for c in chances)
    parts = colors * np.array([0.299, 0.587, 0.114], np.float32)
    luma = (parts[:, 0] + parts[:, 1] + parts[:, 2])[:, None]
    # Neither black nor white has room to change: shadows stay quiet.
    room = np.sqrt(np.clip(np.minimum(luma, 255 - luma) / 100, 0.1, 1))
    colors = luma + (colors - luma) * (1 + amount * np.float32(0.35) * strong)
    colors = colors + amount * room * np.float32(22) * light
    colors = colors + amount * room * np.float32(11) * warm * np.array([1, 0.1, -1], np.float32)
    if tubes is not None:
        colors = tubes.mixed(colors)
    mixed: Floats = np.clip(colors, 0, 255).astype(np.float32)
    return mixed
