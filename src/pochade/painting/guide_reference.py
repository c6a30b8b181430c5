"""Guides in plain NumPy: what the kernels do, readable, and used where they are not compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from pochade.painting.shrink import shrink

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.painting.anchors import Guide

FAINT_STEP: Final = np.float32(6)
CLEAR_STEP: Final = np.float32(18)
"""CIELAB: steps up to the first are left soft when a guide is enlarged, lest gradients get contour
lines; those from the second on are made crisp."""
CRISP_FROM: Final = 1.05
"""Guides that are enlarged more than this are made crisp again."""


def smooth(
    lab: NDArray[np.float32], strength: float, rounds: int, slope: float = 0.0
) -> NDArray[np.float32]:
    """Total variation smoothing of all channels together.

    The u with the least |u - f|^2 / 2 + strength * sum |grad u|, |grad u| over both directions and
    all channels at once (Bresson and Chan 2008), so that an edge in one is an edge in all. Found by
    accelerated projected gradients on the dual (Beck and Teboulle 2009), `rounds` of them. With a
    `slope` |grad u| is Huber's function instead, t^2 / (2 slope) up to t = slope and t - slope / 2
    from there on: gentle slopes stay slopes, where plain total variation makes stairs of them.

    Args:
        lab: h w c float32.
        strength: at least 0; 0 changes nothing.
        rounds: at least 0.
        slope: at least 0, in units of `lab` a pixel.
    """
    if strength <= 0:
        return lab.copy()
    h, w, c = lab.shape
    dual = np.zeros((2, h, w, c), np.float32)
    ahead = dual.copy()
    weight, step = 1.0, np.float32(1 / (8 * strength + slope))
    keep = np.float32(1 - slope / (8 * strength + slope))
    for _ in range(rounds):
        u = lab + np.float32(strength) * divergence(ahead)
        ahead *= keep
        ahead[0, :-1] += step * (u[1:] - u[:-1])
        ahead[1, :, :-1] += step * (u[:, 1:] - u[:, :-1])
        length = np.sqrt((ahead * ahead).sum(axis=(0, 3)))
        ahead /= np.maximum(length, np.float32(1))[None, :, :, None]
        following = (1 + np.sqrt(1 + 4 * weight * weight)) / 2
        momentum = np.float32((weight - 1) / following)
        dual, ahead = ahead, ahead + momentum * (ahead - dual)
        weight = following
    return lab + np.float32(strength) * divergence(dual)


def divergence(dual: NDArray[np.float32]) -> NDArray[np.float32]:
    """The negative transpose of forward differences, which end at the border: 2 h w c to h w c."""
    out: NDArray[np.float32] = dual[0] + dual[1]
    out[1:] -= dual[0, :-1]
    out[:, 1:] -= dual[1, :, :-1]
    return out


def cubic(offset: NDArray[np.float64], soft: float) -> NDArray[np.float32]:
    """... 4 float32: weights of the pixels at -1, 0, 1, 2 for a place `offset` (0..1) after 0.

    Between the spline of Catmull and Rom, which goes through every pixel (soft 0), and the cubic
    B-spline, which is smooth and smooths (soft 1): Mitchell and Netravali's family with
    B = soft and C = (1 - B) / 2.
    """
    t = offset[..., None]
    through = (
        t * (-0.5 + t * (1 - 0.5 * t)),
        1 + t * t * (-2.5 + 1.5 * t),
        t * (0.5 + t * (2 - 1.5 * t)),
        t * t * (-0.5 + 0.5 * t),
    )
    near = 1 - t
    smooth_ones = (
        near**3 / 6,
        (4 + 3 * t * t * (t - 2)) / 6,
        (4 + 3 * near * near * (near - 2)) / 6,
        t**3 / 6,
    )
    weights = (1 - soft) * np.concatenate(through, -1) + soft * np.concatenate(smooth_ones, -1)
    return weights.astype(np.float32)


def taps(length: int, wanted: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """For each of `wanted` pixels of a line the first of four pixels of `length`, and weights.

    The first may lie outside: indices are to be clamped to the line. At its own size a line stays
    as it is; enlarged twice or more it is smoothed, which takes the stairs out of slanting edges.
    """
    ratio = wanted / length
    at = (np.arange(wanted) + 0.5) / ratio - 0.5
    whole = np.floor(at)
    return (whole - 1).astype(np.int32), cubic(at - whole, min(1.0, max(0.0, ratio - 1)))


def crisp_radius(ratio: float) -> int:
    """How far to look for the two sides of an edge in a guide enlarged `ratio` times, in pixels."""
    return int(np.floor(ratio + 0.5)) if ratio > CRISP_FROM else 0


def fitted(guide: Guide, size: tuple[int, int], threads: int = 1) -> NDArray[np.float32]:
    """The guide, made smaller where it has more rows or columns than the picture to paint."""
    height, width = guide.lab.shape[:2]
    least = (min(size[0], height), min(size[1], width))
    return guide.lab if least == (height, width) else shrink(guide.lab, least, threads=threads)


def guide_at(
    guide: Guide, size: tuple[int, int], window: tuple[int, int, int, int]
) -> NDArray[np.float32]:
    """The guide at a size, sharpened where that enlarges it; `window` (top, left, bottom, right).

    Enlarging makes a ramp of an edge. Between the least and the greatest value nearby, values are
    drawn to the nearer of the two, so that edges are as steep as at their own size, and their
    lines, which come from the smooth ramp, are not jagged.

    Returns:
        (bottom - top, right - left, 3) float32 CIELAB: a part of the guide at that size, the same
        whatever the window.
    """
    rows, cols = size
    lab = fitted(guide, size)
    down, right = crisp_radius(rows / lab.shape[0]), crisp_radius(cols / lab.shape[1])
    top, left = max(0, window[0] - down), max(0, window[1] - right)
    bottom, end = min(rows, window[2] + down), min(cols, window[3] + right)
    lab = _enlarged(lab, rows, slice(top, bottom))
    lab = _enlarged(lab.transpose(1, 0, 2), cols, slice(left, end)).transpose(1, 0, 2)
    if down or right:
        lab = _crisp(lab, down, right)
    inner = lab[window[0] - top :, window[1] - left :]
    return np.ascontiguousarray(inner[: window[2] - window[0], : window[3] - window[1]])


def _enlarged(lab: NDArray[np.float32], wanted: int, part: slice) -> NDArray[np.float32]:
    first, weights = taps(len(lab), wanted)
    out: NDArray[np.float32] = np.zeros((part.stop - part.start, *lab.shape[1:]), np.float32)
    for tap in range(4):
        at = np.clip(first[part] + tap, 0, len(lab) - 1)
        out += weights[part, tap][:, None, None] * lab[at]
    return out


def _crisp(lab: NDArray[np.float32], down: int, right: int) -> NDArray[np.float32]:
    low, high = lab, lab
    for axis, radius in ((0, down), (1, right)):
        low, high = (
            _extreme(low, radius, axis, np.minimum),
            _extreme(high, radius, axis, np.maximum),
        )
    span = high - low
    place = (lab - low) / np.maximum(span, np.float32(1e-6))
    one, other = place * place, (1 - place) * (1 - place)
    share = np.clip((span - FAINT_STEP) / (CLEAR_STEP - FAINT_STEP), 0, 1)
    out: NDArray[np.float32] = low + span * (place + share * (one / (one + other) - place))
    return out


def _extreme(
    values: NDArray[np.float32], radius: int, axis: int, which: np.ufunc
) -> NDArray[np.float32]:
    """The least or greatest of 2 radius + 1 neighbours along an axis, of those that there are."""
    out = values.copy()
    moved, result = np.moveaxis(values, axis, 0), np.moveaxis(out, axis, 0)
    for shift in range(1, min(radius, len(moved) - 1) + 1):
        which(result[shift:], moved[:-shift], out=result[shift:])
        which(result[:-shift], moved[shift:], out=result[:-shift])
    return out
