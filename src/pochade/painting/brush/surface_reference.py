"""The plain versions of the kernels in native/brush_surface.cpp."""

from __future__ import annotations

import numpy as np

from pochade.painting.brush.marks import Bytes
from pochade.painting.brush.noise import Floats, Whole, clouds, weave

HALF = np.float32(0.5)
BYTE = np.float32(1 / 255)


def wash_reference(
    pixels: Bytes, numbers: Floats, curve: Floats, seed: int, top: int, left: int
) -> Bytes:
    """Tones and wandering edges of a wash; see `wash_numbers` for the numbers."""
    unit, wobble, bend, saturation, glazes, glaze_noise, drift, steep = numbers
    rows, cols = pixels.shape[:2]
    y = np.arange(top, top + rows, dtype=np.float32)[:, None]
    x = np.arange(left, left + cols, dtype=np.float32)[None]

    def noise(size: np.float32, octaves: int, number: int) -> Floats:
        cell = unit * size
        return clouds((x + HALF) / cell, (y + HALF) / cell, octaves, seed + number)

    color = pixels.astype(np.float32)
    if wobble > 0:
        reach = np.float32(2) * wobble * unit
        down, across = noise(bend, 2, 11) - HALF, noise(bend, 2, 21) - HALF
        color = _sample(color, y + reach * down, x + reach * across, top, left)
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    parts = color * weights
    luma = parts[..., 0] + parts[..., 1] + parts[..., 2]
    step = np.clip(luma, 0, 255).astype(np.intp)
    tone = curve[step] + (curve[step + 1] - curve[step]) * (luma - step.astype(np.float32))
    if glazes > 0:
        tone = np.clip(tone + glaze_noise * (noise(drift, 3, 31) - HALF), 0, 255)
        at = tone * (glazes / np.float32(255))
        whole = np.floor(at)
        side = np.clip(HALF + (at - whole - HALF) * steep, 0, 1)
        side = side * side * (np.float32(3) - np.float32(2) * side)
        tone = (whole + side) * (np.float32(255) / glazes)
    return to_bytes(tone[..., None] + (color - luma[..., None]) * saturation)


def _sample(of: Floats, y: Floats, x: Floats, top: int, left: int) -> Floats:
    """Pixels between their four nearest; beyond the part its edge is repeated."""
    fy, fx = np.floor(y), np.floor(x)
    rows, cols = of.shape[:2]
    iy, ix = fy.astype(np.intp) - top, fx.astype(np.intp) - left
    y0, y1 = np.clip(iy, 0, rows - 1), np.clip(iy + 1, 0, rows - 1)
    x0, x1 = np.clip(ix, 0, cols - 1), np.clip(ix + 1, 0, cols - 1)
    dy, dx = (y - fy)[..., None], (x - fx)[..., None]
    upper = of[y0, x0] + (of[y0, x1] - of[y0, x0]) * dx
    lower = of[y1, x0] + (of[y1, x1] - of[y1, x0]) * dx
    mixed: Floats = upper + (lower - upper) * dy
    return mixed


def blocks_at(
    of: Bytes | Floats, rows: Whole, cols: Whole, step: int, top: int, left: int
) -> Floats:
    """A map of blocks, the first of which is block (top, left) / step, at pixels of the whole."""
    size = np.float32(step)
    y, x = (rows.astype(np.float32) + HALF) / size, (cols.astype(np.float32) + HALF) / size
    maps = of.astype(np.float32).reshape(*of.shape[:2], -1)
    found = _sample(maps, y - HALF, x - HALF, top // step, left // step)
    return found if of.ndim == 3 else found[..., 0]


def surface_reference(
    pixels: Bytes,
    height: Floats,
    wet: Floats,
    step: int,
    numbers: Floats,
    seed: int,
    top: int,
    left: int,
) -> Bytes:
    """A painting on its ground, in the light; see `surface_numbers` for the numbers."""
    unit, relief, paper, canvas, grain = numbers[:5]
    granulation, pigment, pigment_size, border = numbers[5:9]
    rows, cols = pixels.shape[:2]
    # One pixel more on each side: there the ground goes on, and paint repeats.
    y = np.arange(top - 1, top + rows + 1, dtype=np.float32)[:, None] + HALF
    x = np.arange(left - 1, left + cols + 1, dtype=np.float32)[None] + HALF

    def noise(size: np.float32, octaves: int, number: int) -> Floats:
        return clouds(x / (unit * size), y / (unit * size), octaves, seed + number)

    padded = (rows + 2, cols + 2)
    raw = np.pad(height, 1, mode="edge") if height.size else np.zeros(padded, np.float32)
    high = raw * relief
    bare = 1 - np.float32(0.75) * np.clip(raw * numbers[15], 0, 1)
    grains = np.full(padded, HALF)
    if paper > 0 or canvas > 0 or granulation > 0:
        grains = noise(grain, 3, 41)
        high = high + bare * paper * grains * grain
        if canvas > 0:
            cell = unit * grain * np.float32(1.25)
            woven = weave(x / cell, y / cell, seed + 71)
            high = high + bare * canvas * grain * (woven + np.float32(0.35) * grains)
    inner = (slice(1, -1), slice(1, -1))
    density = np.zeros((rows, cols), np.float32)
    if wet.size:
        down, across = np.arange(top, top + rows)[:, None], np.arange(left, left + cols)[None]
        density += blocks_at(wet, down, across, step, top, left)
    if pigment > 0:
        density += pigment * (noise(pigment_size, 4, 51)[inner] - HALF)
    if granulation > 0:
        density += granulation * (HALF - grains[inner])
    color = _pigmented(pixels.astype(np.float32), density, numbers)
    if border > 0:
        wild = noise(np.float32(16), 4, 61)[inner]
        color = _bordered(color, y[1:-1], x[:, 1:-1], wild, numbers)
    return to_bytes(_lit(color, high, unit))


def _pigmented(color: Floats, density: Floats, numbers: Floats) -> Floats:
    """Bousseau et al. (NPAR 2006): pigment of density 1 + d turns C into C (1 - (1 - C) d)."""
    color = color * (1 - (1 - color * BYTE) * density[..., None])
    if numbers[16] > 0:
        color = color * (1 + numbers[16] * (numbers[10:13] * BYTE - 1))
    return color


def _bordered(color: Floats, y: Floats, x: Floats, wild: Floats, numbers: Floats) -> Floats:
    """Bare paper at the sides, and a little more paint where the painting stops."""
    unit, border, ragged = numbers[0], numbers[8], numbers[9]
    side = np.minimum(np.minimum(y, numbers[13] - y), np.minimum(x, numbers[14] - x))
    edge = border * unit + ragged * unit * (wild - HALF) * np.float32(2)
    soft = max(np.float32(1), np.float32(0.8) * unit)
    bare = np.clip((edge - side) / soft + HALF, 0, 1)[..., None]
    pool = np.clip(1 - np.abs(side - edge) / (np.float32(1.6) * unit), 0, 1)[..., None]
    inside = color * (1 - np.float32(0.18) * pool * (1 - color * BYTE))
    mixed: Floats = inside + bare * (numbers[10:13] - inside)
    return mixed


def _lit(color: Floats, high: Floats, unit: np.float32) -> Floats:
    """Light from above left: what rises towards below right faces it."""
    rise = (high[2:, 1:-1] - high[:-2, 1:-1]) + (high[1:-1, 2:] - high[1:-1, :-2])
    slope = np.float32(0.25) * (rise + (high[2:, 2:] - high[:-2, :-2])) * unit
    soft = (slope / (1 + np.abs(slope)))[..., None]
    lit = soft * (np.float32(0.55) * (255 - color) + 18)
    dark = soft * np.float32(0.75) * color
    shaded: Floats = color + np.where(soft > 0, lit, dark)
    return shaded


def to_bytes(values: Floats) -> Bytes:
    """Rounded to bytes, half up."""
    result: Bytes = np.clip(values + HALF, 0, 255).astype(np.uint8)
    return result
