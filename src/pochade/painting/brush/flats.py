"""Flat areas in a few colours with clean, drawn edges, as in a screen print."""

from __future__ import annotations

import numpy as np

from pochade.painting.anchors import Anchors
from pochade.painting.brush.marks import Bytes, kernels
from pochade.painting.brush.noise import Floats
from pochade.painting.brush.surface import gaussian, luma_of
from pochade.painting.brush.surface_reference import blocks_at
from pochade.painting.brush.tubes import Tubes
from pochade.painting.brush.view import Small, View
from pochade.painting.look_options import Look

SAMPLES = 20_000
STEEP = 8.0
"""Steps of colour (sRGB, from block to block) at which a place has half a vote."""
LEAST = 1.2
"""Blocks that outlines are smoothed over at least, so that no stair of blocks is seen."""


def flat_colors(
    look: Look, anchors: Anchors, tubes: Tubes | None, curve: Floats, *, seed: int, threads: int = 1
) -> Floats:
    """The colours of the flat areas: k 3 float32, sRGB 0 to 255, dark to light.

    The tubes where there are some, else the colours that describe the anchors best.
    """
    if tubes is not None:
        return tubes.colors
    from pochade.palette.make import palette

    colors = anchors.colors
    luma = luma_of(colors)[:, None]
    tone = np.interp(luma, np.arange(257), curve).astype(np.float32)
    colors = np.clip(tone + (colors - luma) * np.float32(look.saturation), 0, 255)
    # Whoever has twelve inks spends one on a small thing that is bright, not on a third grey.
    strength = (colors.max(1) - colors.min(1)).astype(np.float64) / 255
    weight = anchors.sizes.astype(np.float64) * (1 + 2 * strength)
    count = np.maximum(1, np.rint(weight * (SAMPLES / weight.sum()))).astype(np.intp)
    row = np.repeat(np.rint(colors).astype(np.uint8), count, axis=0)[None]
    found = palette(row, look.colors, seed=seed, threads=threads).colors
    result = np.asarray(found, np.float32)[:, :3]
    return np.ascontiguousarray(result[np.argsort(luma_of(result), kind="stable")])


def spread(look: Look, view: View) -> float:
    """The smoothing of outlines, in blocks."""
    return max(LEAST, look.smooth * view.unit / view.step)


def flats_reach(look: Look, view: View) -> float:
    """Pixels around a place that its flat colour depends on."""
    return (3 * spread(look, view) + 5) * view.step


def flats(small: Small, look: Look, colors: Floats, *, threads: int = 1) -> Bytes:
    """The part that `small` covers in flat areas: h w 3 uint8."""
    view = small.view
    labels = nearest(small.colors, colors)
    sigma = spread(look, view)
    # On the way from one colour to another lie others that nobody would paint: no vote for them.
    one = np.float32(1)
    vote: Floats = one / (one + steepness(small.colors) * np.float32(1 / STEEP**2))
    everyone = gaussian(vote, sigma)
    fields = np.empty((*labels.shape, len(colors)), np.uint8)
    for i in range(len(colors)):
        share = gaussian(np.where(labels == i, vote, np.float32(0)), sigma) / everyone
        fields[..., i] = np.minimum(share * np.float32(255) + np.float32(0.5), 255)
    top, left, bottom, right = view.part
    out = np.empty((bottom - top, right - left, 3), np.uint8)
    # Two sides of a straight border differ by 2 / (sigma sqrt(2 pi)) a block.
    soft = max(2.0, 255 * 0.8 / (sigma * view.step) * 0.5)
    native = kernels()
    if native is None:
        return flats_reference(fields, colors, out, soft, view)
    native.flat_areas(
        fields, np.ascontiguousarray(colors), out, soft, view.step, top, left, threads
    )
    return out


def flats_reference(fields: Bytes, colors: Floats, out: Bytes, soft: float, view: View) -> Bytes:
    """The plain version of the kernel: the strongest field everywhere, borders one pixel soft."""
    top, left, bottom, right = view.part
    cols = np.arange(left, right)
    for row in range(top, bottom):
        values = blocks_at(fields, np.full(len(cols), row), cols, view.step, top, left)
        order = np.argsort(-values, axis=1, kind="stable")[:, :2]
        best, other = order[:, 0], order[:, -1]
        picked = np.arange(len(cols))
        gap = values[picked, best] - values[picked, other]
        share = np.clip(np.float32(0.5) + np.float32(0.5) * gap / np.float32(soft), 0, 1)
        share = np.where(best == other, np.float32(1), share)[:, None]
        mixed = colors[other] + share * (colors[best] - colors[other])
        out[row - top] = np.clip(mixed + np.float32(0.5), 0, 255)
    return out


def steepness(colors: Floats) -> Floats:
    """The square of how much the colour changes from block to block: h w."""
    padded = np.pad(colors, ((1, 1), (1, 1), (0, 0)), mode="edge")
    down, across = padded[2:, 1:-1] - padded[:-2, 1:-1], padded[1:-1, 2:] - padded[1:-1, :-2]
    square = (down * down + across * across) * np.float32(0.25)
    total: Floats = square[..., 0] + square[..., 1] + square[..., 2]
    return total


def nearest(pixels: Floats, colors: Floats) -> Bytes:
    """The nearest colour of each pixel by CIELAB, the first of equals: h w uint8."""
    from pochade.color.convert import convert

    lab = convert(colors / np.float32(255), "srgb", "lab")
    result = np.empty(pixels.shape[:2], np.uint8)
    for top in range(0, len(pixels), 128):
        band = convert(pixels[top : top + 128] / np.float32(255), "srgb", "lab")
        best = np.full(band.shape[:2], np.inf, np.float32)
        for i, color in enumerate(lab):
            gap = band - color
            square = gap[..., 0] ** 2 + gap[..., 1] ** 2 + gap[..., 2] ** 2
            better = square < best
            best = np.where(better, square, best)
            result[top : top + 128][better] = i
    return result
