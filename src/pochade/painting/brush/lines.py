"""Outlines drawn with a brush: ridges of the guide's gradient as overlapping strokes of ink."""

from __future__ import annotations

import numpy as np

from pochade.edge_lines import connected, thin
from pochade.painting.anchors import Anchors, Guide
from pochade.painting.brush import marks as m
from pochade.painting.brush.flow import from_anchors, sample, soft
from pochade.painting.brush.marks import Marks
from pochade.painting.brush.noise import Floats, clouds, lattice
from pochade.painting.brush.view import View
from pochade.painting.look_options import Look

INK = (24, 22, 26)
WEAK, STRONG = 4.0, 11.0
"""Contrast (CIELAB units) that goes on with a line, and that begins one."""
SHORTEST = 18.0
"""Lines shorter than this many thousandths of the side are left out."""


def place_lines(
    look: Look, guide: Guide | None, anchors: Anchors, view: View, *, seed: int, threads: int = 1
) -> Marks:
    """Strokes of ink along the outlines of the whole picture."""
    lab = guide.lab if guide is not None else from_anchors(anchors)
    h, w = lab.shape[:2]
    unit = float(np.sqrt(h * w)) / 1000
    dy, dx = _gradient(soft(lab, max(0.8, 1.3 * unit)))
    power = (dx * dx + dy * dy).sum(2)
    # Twice the angle of a line, averaged along it.
    near = max(1.0, 2.0 * unit)
    c, s = soft((dy * dy - dx * dx).sum(2), near), soft((-2 * dx * dy).sum(2), near)
    # Contrast over a step about 2.5 thousandths wide.
    strength = np.sqrt(power) * np.float32(max(1.0, 2.5 * unit))
    ridge = thin(strength, soft(strength, 0.8), threads)
    kept = connected(ridge, WEAK, STRONG, max(3, round(SHORTEST * unit)))
    rows, cols = np.nonzero(kept)
    if not len(rows):
        return Marks(np.zeros((0, m.COLUMNS), np.float32))
    y, x = rows.astype(np.float32) + np.float32(0.5), cols.astype(np.float32) + np.float32(0.5)
    length = np.sqrt(c[kept] ** 2 + s[kept] ** 2)
    turned = c[kept] / np.maximum(length, np.float32(1e-12))
    sine = np.sqrt(np.maximum(0, (1 - turned) * np.float32(0.5)))
    cosine = np.sqrt(np.maximum(0, (1 + turned) * np.float32(0.5)))
    cosine = np.where(s[kept] < 0, -cosine, cosine)
    # The top of the ridge lies between pixels: a parabola through three heights across it.
    ahead = sample(strength, y + cosine, x - sine)
    back = sample(strength, y - cosine, x + sine)
    here = strength[kept]
    bow = ahead + back - 2 * here
    off = np.where(bow < -1e-3, (back - ahead) / (2 * np.minimum(bow, -1e-3)), 0)
    off = np.clip(off, -0.7, 0.7).astype(np.float32)
    y, x = y + off * cosine, x - off * sine
    return _ink(look, (y, x, cosine, sine, here), (h, w), unit, view, seed)


def _ink(
    look: Look,
    ridge: tuple[Floats, Floats, Floats, Floats, Floats],
    cells: tuple[int, int],
    unit: float,
    view: View,
    seed: int,
) -> Marks:
    y, x, cosine, sine, strength = ridge
    scale = np.float32(view.size[0] / cells[0]), np.float32(view.size[1] / cells[1])
    rows, cols = y * scale[0], x * scale[1]
    gx, gy = x / np.float32(unit * 40), y / np.float32(unit * 40)
    # A hand presses more here, less there, and does not meet the edge quite.
    press = clouds(gx, gy, 3, seed + 301)
    drift = np.float32(2.4 * view.unit) * (clouds(gx, gy, 2, seed + 311) - np.float32(0.5))
    power = np.clip((strength - WEAK) / (30 - WEAK), 0, 1)
    width = np.float32(look.line_size * view.unit / 2) * (np.float32(0.25) + power)
    width = width * (np.float32(0.35) + np.float32(1.1) * press)
    table = np.zeros((len(y), m.COLUMNS), np.float32)
    table[:, m.ROW], table[:, m.COL] = rows + drift * cosine, cols - drift * sine
    table[:, m.COS], table[:, m.SIN] = cosine, sine
    table[:, m.WIDTH] = np.maximum(np.float32(0.55), width)
    table[:, m.LENGTH] = np.float32(1.6) * scale[0] + table[:, m.WIDTH]
    table[:, m.RED : m.RED + 3] = INK
    faint = np.clip(width / np.float32(0.55), 0.2, 1) * np.clip(power * 3, 0.35, 1)
    table[:, m.OPACITY] = np.float32(look.lines) * faint * np.float32(0.55)
    table[:, m.ACROSS], table[:, m.ALONG] = 2, 1
    at = lattice(np.rint(x * 2).astype(np.int64), np.rint(y * 2).astype(np.int64), seed + 5)
    table[:, m.AT_ROW] = at * m.SIDE
    table[:, m.BRISTLE] = 0.25
    table[:, m.FEATHER] = np.maximum(np.float32(0.8), table[:, m.WIDTH] * np.float32(0.5))
    table[:, m.CAP] = 1
    return Marks(table)


def _gradient(lab: Floats) -> tuple[Floats, Floats]:
    padded = np.pad(lab, ((1, 1), (1, 1), (0, 0)), mode="edge")
    half = np.float32(0.5)
    return (padded[2:, 1:-1] - padded[:-2, 1:-1]) * half, (
        padded[1:-1, 2:] - padded[1:-1, :-2]
    ) * half
