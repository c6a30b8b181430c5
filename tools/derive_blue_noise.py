#!/usr/bin/env python3
"""Makes src/pochade/data/blue-noise-64.npy: ranks 0..4095 of a 64 x 64 tile, uint16.

Void-and-cluster method: Robert Ulichney, "The void-and-cluster method for dither array
generation", Proc. SPIE 1913, 1993. Gaussian of sigma 1.5 pixels, on a torus, from 10 % ones.
Needs NumPy only; some seconds; the same file every time.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIDE = 64
SIGMA = 1.5
TARGET = Path(__file__).parents[1] / "src/pochade/data/blue-noise-64.npy"


def kernel() -> NDArray[np.float64]:
    """The Gaussian around (0, 0) on the torus, rounded: no machine breaks ties its own way."""
    d = np.minimum(np.arange(SIDE), SIDE - np.arange(SIDE))
    return np.round(np.exp(-(d[:, None] ** 2 + d**2) / (2 * SIGMA**2)) * 2**40) / 2**40


def void_and_cluster(seed: int = 1993) -> NDArray[np.uint16]:
    gauss = kernel()
    doubled = np.tile(gauss, (2, 2))

    def bump(at: int) -> NDArray[np.float64]:
        y, x = divmod(at, SIDE)
        return doubled[SIDE - y : 2 * SIDE - y, SIDE - x : 2 * SIDE - x]

    def cluster(ones: NDArray[np.bool_], energy: NDArray[np.float64]) -> int:
        return int(np.where(ones, energy, -1.0).argmax())

    def void(ones: NDArray[np.bool_], energy: NDArray[np.float64]) -> int:
        return int(np.where(ones, np.inf, energy).argmin())

    size = SIDE * SIDE
    ones = np.zeros((SIDE, SIDE), bool)
    ones.flat[np.random.default_rng(seed).permutation(size)[: size // 10]] = True
    energy = sum((bump(int(at)) for at in np.flatnonzero(ones)), np.zeros((SIDE, SIDE)))
    while True:  # spread the first ones: move the tightest cluster into the largest void
        tight = cluster(ones, energy)
        ones.flat[tight] = False
        energy = energy - bump(tight)
        empty = void(ones, energy)
        ones.flat[empty] = True
        energy = energy + bump(empty)
        if empty == tight:
            break
    ranks = np.zeros((SIDE, SIDE), np.uint16)
    count = int(ones.sum())
    rest, left = ones.copy(), energy.copy()
    for rank in range(count - 1, -1, -1):  # phase 1: take the ones away, tightest first
        at = cluster(rest, left)
        rest.flat[at] = False
        left = left - bump(at)
        ranks.flat[at] = rank
    for rank in range(count, size):  # phases 2 and 3: fill the largest void each time
        at = void(ones, energy)
        ones.flat[at] = True
        energy = energy + bump(at)
        ranks.flat[at] = rank
    return ranks


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    np.save(TARGET, void_and_cluster())
