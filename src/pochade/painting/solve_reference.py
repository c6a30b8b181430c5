"""Solving in plain NumPy: the definition of what the kernels do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.painting.blend_reference import TILE, tile_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.painting.blend_reference import Scene


class Mixture(NamedTuple):
    """Weights above 0 of anchors in pixels: pixel, anchor, weight, each one-dimensional."""

    pixels: NDArray[np.intp]
    anchors: NDArray[np.intp]
    weights: NDArray[np.float64]


def mixture(scene: Scene) -> Mixture:
    """Which anchors make each pixel of the whole picture; pixels are numbered row by row."""
    rows, cols = scene.size
    parts: list[Mixture] = []
    for y in range(0, rows, TILE):
        for x in range(0, cols, TILE):
            end = (min(y + TILE, rows), min(x + TILE, cols))
            which, weights = tile_weights(scene, (y, x, *end))
            numbers = np.add.outer(np.arange(y, end[0]) * cols, np.arange(x, end[1])).ravel()
            at, of = np.nonzero(weights)
            parts.append(Mixture(numbers[at], which[of], weights[at, of].astype(np.float64)))
    return Mixture(*(np.concatenate(list(field)) for field in zip(*parts, strict=True)))


def solve_reference(
    scene: Scene,
    wanted: NDArray[np.float32],
    ridge: float,
    rounds: int,
    parts: Mixture | None = None,
) -> NDArray[np.float32]:
    """The colours c, n 3 float32, with the least |W c - wanted|^2 + pull |c - colors|^2.

    W are the weights of all pixels, and pull is `ridge` times the pixels for each anchor. `rounds`
    of conjugate gradients, divided by the diagonal, from the scene's own colours on. `parts` are
    the weights where they are known; None finds them.
    """
    parts = mixture(scene) if parts is None else parts
    n, m = len(scene.places), scene.size[0] * scene.size[1]
    pull = ridge * m / n
    out = np.empty((n, 3), np.float32)
    diagonal = np.bincount(parts.anchors, parts.weights**2, n) + pull

    def paint(colors: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(parts.pixels, parts.weights * colors[parts.anchors], m).astype(float)

    def gather(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(parts.anchors, parts.weights * pixels[parts.pixels], n).astype(float)

    for channel in range(3):
        start = scene.colors[:, channel].astype(np.float64)
        target = wanted[:, :, channel].reshape(-1).astype(np.float64)
        change = np.zeros(n)
        rest = gather(target - paint(start))
        scaled = rest / diagonal
        way, energy = scaled, float(rest @ scaled)
        for _ in range(rounds):
            if energy <= 0:
                break
            image_of_way = gather(paint(way)) + pull * way
            under = float(way @ image_of_way)
            if under <= 0:
                break
            length = energy / under
            change = change + length * way
            rest = rest - length * image_of_way
            scaled = rest / diagonal
            before, energy = energy, float(rest @ scaled)
            way = scaled + (energy / before) * way
        out[:, channel] = start + change
    return out
