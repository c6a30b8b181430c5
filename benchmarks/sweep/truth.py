"""Pictures whose number of colours is known: flat areas, antialiased edges, noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

WIDTH, HEIGHT = 192, 144
FINE = 4
"""Subpixels a side where edges are antialiased."""
SITES = 40
"""Areas of a picture; each colour has several."""
APART = 55.0
"""Least distance of two colours in sRGB bytes."""


class Truth(NamedTuple):
    """What a picture was made from."""

    k: int
    noise: float
    antialiased: bool
    seed: int


def picture(truth: Truth) -> np.ndarray:
    """(HEIGHT, WIDTH, 3) uint8: Voronoi areas in `k` colours, with Gaussian noise on every pixel.

    Areas differ in size, so that colours differ in share; each colour has at least one area.
    """
    random = np.random.default_rng([truth.seed, truth.k])
    palette = colors(truth.k, random)
    sites = random.random((SITES, 2)) * (HEIGHT, WIDTH)
    owner = np.concatenate([np.arange(truth.k), random.integers(0, truth.k, SITES - truth.k)])
    fine = FINE if truth.antialiased else 1
    rows, columns = np.indices((HEIGHT * fine, WIDTH * fine)).astype(np.float32) / fine
    nearest = np.zeros(rows.shape, np.intp)
    least = np.full(rows.shape, np.inf, np.float32)
    for index, (top, left) in enumerate(sites):
        distance = (rows - np.float32(top)) ** 2 + (columns - np.float32(left)) ** 2
        closer = distance < least
        nearest[closer] = index
        least[closer] = distance[closer]
    flat = palette[owner[nearest]]
    if fine > 1:
        flat = flat.reshape(HEIGHT, fine, WIDTH, fine, 3).mean(axis=(1, 3))
    noisy = flat + random.normal(0, 1, flat.shape) * truth.noise
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def colors(k: int, random: np.random.Generator) -> np.ndarray:
    """(k, 3) float64, 30 to 225, any two at least APART from each other."""
    found: list[np.ndarray] = []
    while len(found) < k:
        color = random.uniform(30, 225, 3)
        if all(np.linalg.norm(color - other) >= APART for other in found):
            found.append(color)
    return np.array(found)
