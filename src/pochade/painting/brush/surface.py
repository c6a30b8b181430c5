"""Washes and the surface under the paint: what the kernels are given, and their plain versions."""

from __future__ import annotations

import math

import numpy as np

from pochade.painting.anchors import Anchors
from pochade.painting.brush.marks import Bytes, kernels
from pochade.painting.brush.noise import Floats
from pochade.painting.brush.surface_reference import surface_reference, wash_reference
from pochade.painting.brush.view import Small, View
from pochade.painting.look_options import Look, paper_rgb

WOBBLE_SIZE, GLAZE_SIZE, PIGMENT_SIZE = 16.0, 60.0, 110.0
"""How large the clouds are that bend edges, move the steps of glazes and hold pigment."""

WET = 3.5
"""Spread of the surroundings that a wet edge is compared with, in thousandths of the side."""


def has_wash(look: Look) -> bool:
    """Whether tones or edges change before anything is laid on."""
    plain = look.saturation == 1 and look.contrast == 1 and look.lift == 0 and look.balance == 0
    return not plain or look.wobble > 0 or look.glazes > 0


def wash_numbers(look: Look, view: View) -> Floats:
    """What the kernel `brush_wash` takes, in its order."""
    steep = max(1.2, 9.0 / max(1, look.glazes) ** 0.5)
    noise = 255.0 / max(1, look.glazes) * 0.5
    numbers = (
        view.unit,
        look.wobble,
        WOBBLE_SIZE,
        look.saturation,
        look.glazes,
        noise,
        GLAZE_SIZE,
        steep,
    )
    return np.array(numbers, np.float32)


def tone_curve(look: Look, anchors: Anchors) -> Floats:
    """What becomes of each lightness (luma 0 to 256): 257 float32.

    Balance brings the tones of the anchors (weighted with their areas) to the full range their
    middle to two thirds of it, as a painter of washes does who has
    white paper and wants to keep it; then contrast and lift.
    """
    luma = luma_of(anchors.colors).astype(np.float64).clip(0, 255)
    order = np.argsort(luma, kind="stable")
    share = np.cumsum(anchors.sizes.astype(np.float64)[order] ** 2)
    if not len(share):
        order, share, luma = np.zeros(1, np.intp), np.ones(1), np.full(1, 128.0)
    spots = np.searchsorted(share, np.array([0.02, 0.5, 0.98]) * share[-1])
    low, middle, high = luma[order[np.minimum(spots, len(order) - 1)]].tolist()
    curve = []
    for tone in range(257):
        here = float(tone)
        if look.balance > 0 and high - low > 8:
            part = min(1.0, max(0.0, (tone - low) / (high - low)))
            half = min(0.9, max(0.1, (middle - low) / (high - low)))
            power = min(1.6, max(0.52, math.log(0.66) / math.log(half)))
            here += look.balance * (8 + 244 * part**power - here)
        curve.append(128 + (here - 128) * look.contrast + look.lift)
    return np.array(curve, np.float32)


def luma_of(colors: Floats) -> Floats:
    """Lightness as television weighs it, 0 to 255, of (..., 3) sRGB."""
    parts = colors * np.array([0.299, 0.587, 0.114], np.float32)
    luma: Floats = parts[..., 0] + parts[..., 1] + parts[..., 2]
    return luma


def wash(
    pixels: Bytes, look: Look, anchors: Anchors, view: View, *, seed: int, threads: int = 1
) -> Bytes:
    """The picture in the tones of a look, with edges that wander; at most 2 wobble outside."""
    if not has_wash(look):
        return pixels
    numbers, curve = wash_numbers(look, view), tone_curve(look, anchors)
    top, left = view.part[:2]
    native = kernels()
    if native is None:
        return wash_reference(pixels, numbers, curve, seed, top, left)
    result = np.empty_like(pixels)
    native.brush_wash(pixels, result, numbers, curve, seed, top, left, threads)
    return result


def surface_numbers(look: Look, view: View) -> Floats:
    """What the kernel `brush_surface` takes, in its order."""
    numbers = (
        view.unit,
        look.relief,
        look.paper * 0.22,
        look.canvas * 0.22,
        look.grain,
        look.granulation * 0.9,
        look.pigment * 0.5,
        PIGMENT_SIZE,
        look.border,
        look.border * 0.45,
        *paper_rgb(look.paper_color),
        *view.size,
        0.7,
        look.transparent,
    )
    return np.array(numbers, np.float32)


def has_surface(look: Look) -> bool:
    """Whether there is anything between the paint and the eye."""
    shares = (
        look.relief,
        look.paper,
        look.canvas,
        look.granulation,
        look.pigment,
        look.border,
        look.wet_edges,
        look.transparent,
    )
    return any(share > 0 for share in shares)


def lay_on_surface(
    pixels: Bytes,
    height: Floats | None,
    wet: Floats | None,
    look: Look,
    view: View,
    *,
    seed: int,
    threads: int = 1,
) -> Bytes:
    """The painting on its paper or canvas, in the light."""
    none = np.empty((0, 0), np.float32)
    high, damp = none if height is None else height, none if wet is None else wet
    numbers, (top, left) = surface_numbers(look, view), view.part[:2]
    native = kernels()
    if native is None:
        return surface_reference(pixels, high, damp, view.step, numbers, seed, top, left)
    result = np.empty_like(pixels)
    native.brush_surface(pixels, high, damp, view.step, result, numbers, seed, top, left, threads)
    return result


def wet_edges(small: Small, look: Look) -> Floats | None:
    """How much more pigment lies where a wash ends: h w float32, one number a block.

    Pigment is carried to the edge of a wet area, on its side alone: the darker one. So it is what
    stands out darker than its surroundings, never lighter, and there is no halo.
    """
    if look.wet_edges <= 0:
        return None
    blocks = small.view.unit / small.view.step
    pigment = 1 - luma_of(small.colors) / np.float32(255)
    near, far = gaussian(pigment, 0.8 * blocks), gaussian(pigment, WET * blocks)
    excess = np.maximum(0, near - far)
    more: Floats = np.float32(3.2 * look.wet_edges) * excess / (1 + np.float32(5) * excess)
    return more


def wet_reach(view: View) -> float:
    """Pixels around a place that its pigment depends on."""
    return 3 * (WET + 0.8) * view.unit + 4 * view.step


def gaussian(of: Floats, sigma: float) -> Floats:
    """A Gaussian blur, tap by tap in fixed order: a part has the bytes of the whole.

    The edge is repeated; it reaches 3 sigma.
    """
    half = int(np.ceil(3 * sigma))
    if half < 1:
        return of
    at = np.arange(-half, half + 1)
    taps = np.exp(-0.5 * (at / sigma) ** 2)
    taps = (taps / taps.sum()).astype(np.float32)
    for axis in (0, 1):
        pads = [(half, half) if i == axis else (0, 0) for i in range(of.ndim)]
        padded = np.pad(of, pads, mode="edge")
        total = np.zeros(of.shape, np.float32)
        for i, tap in enumerate(taps):
            part = [slice(None)] * of.ndim
            part[axis] = slice(i, i + of.shape[axis])
            total += tap * padded[tuple(part)]
        of = total
    return of
