"""Dots of pure colour that mix in the eye, as Seurat and Signac laid them.

Neighbouring dots differ in hue and lightness, but their mean is the picture's colour; they are
smaller where the anchors are, and a little longer along the flow.
"""

from __future__ import annotations

import numpy as np

from pochade.painting.brush import marks as m
from pochade.painting.brush.flow import Flow
from pochade.painting.brush.marks import Marks
from pochade.painting.brush.noise import Floats, lattice
from pochade.painting.brush.surface import luma_of
from pochade.painting.brush.tubes import Tubes
from pochade.painting.brush.view import Small
from pochade.painting.look_options import Look

SHRINK = (1.0, 0.72, 0.5)
"""Sizes of the layers."""


def place_dots(
    look: Look, flow: Flow, small: Small, *, seed: int, tubes: Tubes | None = None
) -> Marks:
    """All dots of a picture, in the order in which they go."""
    view = small.view
    tables = []
    for layer, shrink in enumerate(SHRINK):
        radius = look.dot_size * view.unit * shrink / 2
        apart = max(1.0, 1.7 * radius / max(0.25, look.dots) ** 0.5)
        rows, cols = (int(np.ceil(side / apart)) + 1 for side in view.size)
        y, x = np.mgrid[-1:rows, -1:cols].reshape(2, -1)
        chances = [lattice(x, y, seed + 200 + 20 * layer + i) for i in range(10)]
        odd = (y & 1) * np.float32(0.5)
        row = ((y + np.float32(0.25) + np.float32(0.5) * chances[0]) * np.float32(apart)).astype(
            np.float32
        )
        col = (
            (x + odd + np.float32(0.25) + np.float32(0.5) * chances[1]) * np.float32(apart)
        ).astype(np.float32)
        busy = np.clip(flow.detail_at(row, col, view.size) * np.float32(1.3), 0, 1)
        wanted = (
            np.float32(1) if layer == 0 else np.maximum(busy, 0.2) if layer == 1 else busy * busy
        )
        take = chances[2] < wanted
        row, col = row[take], col[take]
        chances = [c[take] for c in chances]
        cosine, sine, sure = flow.at(row, col, view.size)
        size = np.float32(radius) * (np.float32(0.8) + np.float32(0.4) * chances[3])
        table = np.zeros((len(row), m.COLUMNS), np.float32)
        table[:, m.ROW], table[:, m.COL], table[:, m.COS], table[:, m.SIN] = row, col, cosine, sine
        # Half of the soft side lies outside, so that a dot covers what it should however small.
        feather = np.maximum(np.float32(1), size * np.float32(0.12))
        longer = np.float32(0.35 * look.stroke_length) * sure
        table[:, m.LENGTH] = size * (1 + longer) + np.float32(0.5) * feather
        table[:, m.WIDTH] = size + np.float32(0.5) * feather
        aim = small.at(row, col)
        colors = divided(aim, np.float32(look.color_jitter), chances[4:7])
        if tubes is not None:
            colors = tubes.mixed(colors, chances[7])
        table[:, m.RED : m.RED + 3] = colors
        table[:, m.OPACITY] = 1
        table[:, m.ACROSS], table[:, m.ALONG] = np.minimum(5, size * np.float32(0.7)), 2
        table[:, m.AT_ROW], table[:, m.AT_COL] = chances[8] * m.SIDE, chances[9] * m.SIDE
        table[:, m.BRISTLE] = np.float32(look.bristles * 0.5)
        # A dot lies whole: it is small enough to keep an edge. Only where it would sit on the
        # other side of a strong one does it give way.
        gap = np.sqrt(((colors - aim) ** 2).sum(1))
        table[:, m.TOLERANCE] = np.float32(50 + 250 * look.looseness) + gap
        table[:, m.THICKNESS] = size / np.float32(view.unit) * np.float32(0.3)
        table[:, m.STREAK] = np.float32(24 * look.bristles)
        table[:, m.FEATHER] = feather
        table[:, m.CAP] = 1
        tables.append(table[np.argsort(chances[2], kind="stable")])
    return Marks(np.concatenate(tables))


def divided(colors: Floats, amount: np.float32, chances: list[Floats]) -> Floats:
    """Each colour moved around its hue, in lightness and strength: n 3 float32, 0 to 255.

    Hue is the angle of (Cb, Cr), turned without a library's sine.
    """
    turn, light, strong = ((c - np.float32(0.5)) * 2 for c in chances)
    luma = luma_of(colors)
    blue, red = colors[:, 2] - luma, colors[:, 0] - luma
    half = amount * np.float32(0.27) * turn * np.abs(turn)
    c = (1 - half * half) / (1 + half * half)
    s = 2 * half / (1 + half * half)
    stretch = np.float32(1.15) + amount * np.float32(0.45) * strong
    # A grey has no hue to turn: it is mixed of warm and cool dots.
    blue, red = (
        (blue * c - red * s) * stretch - amount * np.float32(16) * turn,
        (red * c + blue * s) * stretch + amount * np.float32(16) * turn,
    )
    room = np.sqrt(np.clip(np.minimum(luma, 255 - luma) / 100, 0.1, 1))
    luma = luma + amount * room * np.float32(30) * light
    green = luma - (np.float32(0.299) * red + np.float32(0.114) * blue) / np.float32(0.587)
    mixed = np.stack([luma + red, green, luma + blue], axis=1)
    divided_colors: Floats = np.clip(mixed, 0, 255).astype(np.float32)
    return divided_colors
