"""Blending in plain NumPy: the definition of what the kernels do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from pochade.painting.guide_reference import guide_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.painting.anchors import Guide

TILE: Final = 32
SLACK: Final = 1.0001
"""Weights reach 0 a little beyond the neighbour that they should, so that their sum never is 0."""
LEAST: Final = 1e-6
"""The same where all distances are 0."""
ROUNDING: Final = 1.001
"""Room for rounding where anchors are ruled out by bounds."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """All that blending needs, as numbers.

    Attributes:
        places: n 2 float32 (row, col) in pixels of the frame.
        forms: n 3 float32, see `pochade.painting.metric.forms`.
        tones: n 3 float32, CIELAB divided by `edges`; all 0 without a guide.
        colors: n 3 float32, sRGB 0..255.
        guide: or None.
        edges: CIELAB units that count as a distance of 1.
        frame: (rows, cols) that the places are in.
        size: (rows, cols) of the picture to make.
        window: (top, left, bottom, right) of the part to make.
        neighbours: anchors that mix in a pixel.
        soft: square of the softness.
        inverse: 1 / distance instead of the continuous kernel.
        touch: with `inverse`, the least distance.
    """

    places: NDArray[np.float32]
    forms: NDArray[np.float32]
    tones: NDArray[np.float32]
    colors: NDArray[np.float32]
    guide: Guide | None
    edges: float
    frame: tuple[int, int]
    size: tuple[int, int]
    window: tuple[int, int, int, int]
    neighbours: int
    soft: float
    inverse: bool
    touch: float


def centres(scene: Scene, top: int, left: int, bottom: int, right: int) -> NDArray[np.float32]:
    """Centres of the pixels of a part of the picture: m 2 float32, in pixels of the frame."""
    rows = (np.arange(top, bottom) + 0.5) * (scene.frame[0] / scene.size[0])
    cols = (np.arange(left, right) + 0.5) * (scene.frame[1] / scene.size[1])
    return np.stack(np.meshgrid(rows, cols, indexing="ij"), axis=-1).reshape(-1, 2).astype("f4")


def blend_reference(scene: Scene) -> NDArray[np.float32]:
    """The window of the picture: (rows, cols, 3) float32 sRGB, neither rounded nor clipped."""
    top, left, bottom, right = scene.window
    out = np.empty((bottom - top, right - left, 3), np.float32)
    for y in range(top, bottom, TILE):
        for x in range(left, right, TILE):
            end = (min(y + TILE, bottom), min(x + TILE, right))
            which, weights = tile_weights(scene, (y, x, *end))
            mixed = weights @ scene.colors[which]
            shape = (end[0] - y, end[1] - x, 3)
            out[y - top : end[0] - top, x - left : end[1] - left] = mixed.reshape(shape)
    return out


def tile_weights(
    scene: Scene, part: tuple[int, int, int, int]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """What each anchor weighs in each pixel of a part (top, left, bottom, right) of the picture.

    Returns:
        j indices of anchors, ascending, and m j float32 weights of the m pixels, rows adding up to
        1. Anchors that are left out weigh nothing in any of the pixels.
    """
    places = centres(scene, *part)
    if scene.guide is None:
        tones = np.zeros((len(places), 3), np.float32)
    else:
        tones = guide_at(scene.guide, scene.size, part).reshape(-1, 3) / np.float32(scene.edges)
    which = candidates(scene, places, tones)
    down, right = (places[:, None, axis] - scene.places[which, axis] for axis in (0, 1))
    a, b, c = scene.forms[which].T
    squares = a * down * down + 2 * b * down * right + c * right * right
    for channel in range(3):
        gap = tones[:, None, channel] - scene.tones[which, channel]
        squares += gap * gap
    weights = weigh(np.maximum(squares, 0), scene)
    return which, weights / weights.sum(axis=1, keepdims=True)


def candidates(
    scene: Scene, places: NDArray[np.float32], tones: NDArray[np.float32]
) -> NDArray[np.intp]:
    """The anchors, ascending, that may be among the nearest to any of the pixels.

    The pixels lie in a box in space and in colour. No pixel is farther from an anchor than the
    corner of the box that is farthest, and none nearer than the box; so the anchors to keep are
    those nearer than the farthest corner is from the last of the neighbours.
    """
    low, high = places.min(axis=0), places.max(axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    a, b, c = scene.forms.T
    down, right = (middle - scene.places).T
    space = np.sqrt(np.maximum(a * down**2 + 2 * b * down * right + c * right**2, 0))
    corner = np.sqrt(a * half[0] ** 2 + 2 * abs(b) * half[0] * half[1] + c * half[1] ** 2)
    above, below = scene.tones - tones.max(axis=0), tones.min(axis=0) - scene.tones
    outside = np.maximum(np.maximum(above, below), 0)
    inside = np.maximum(abs(above), abs(below))
    nearest = np.maximum(space - corner, 0) ** 2 + (outside**2).sum(axis=1)
    farthest = (space + corner) ** 2 + (inside**2).sum(axis=1)
    limit = nth(farthest[None], scene.neighbours)[0] * ROUNDING + LEAST
    return np.flatnonzero(nearest <= limit)


def nth(squares: NDArray[np.float32], n: int) -> NDArray[np.float32]:
    """For each row its n-th smallest from 0, infinite where there are not so many."""
    if squares.shape[1] <= n:
        return np.full(len(squares), np.inf, np.float32)
    out: NDArray[np.float32] = np.partition(squares, n, axis=1)[:, n]
    return out


def weigh(squares: NDArray[np.float32], scene: Scene) -> NDArray[np.float32]:
    """Weights from squared distances, m j.

    Continuous: (1 - d / R)^2 / (d^2 + softness^2) with R the distance of the first anchor that is
    no longer a neighbour: smooth at the anchors, and no jump where the neighbours change. Where
    there are no more anchors than neighbours R is infinite. Inverse: 1 / d for the neighbours (all
    that are as far as the last), which jumps.
    """
    distance = np.sqrt(squares)
    if scene.inverse:
        last = nth(squares, min(scene.neighbours, squares.shape[1]) - 1)[:, None]
        near = np.maximum(distance, np.float32(scene.touch))
        return np.where(squares <= last, 1 / near, 0).astype(np.float32)
    reach = np.sqrt(nth(squares, scene.neighbours))[:, None] * np.float32(SLACK) + np.float32(LEAST)
    left: NDArray[np.float32] = np.maximum(1 - distance / reach, 0)
    return np.asarray(left * left / (squares + np.float32(scene.soft)), np.float32)
