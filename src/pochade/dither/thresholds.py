"""Threshold tiles for ordered dithering: float32 (side, side), evenly spread inside 0..1."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray


@cache
def bayer() -> NDArray[np.float32]:
    """Return Bayer's 8 x 8 tile ("An optimum method for two-level rendition", ICC 1973).

    >>> (bayer()[:2, :2] * 64 - 0.5).astype(int).tolist()
    [[0, 32], [48, 16]]
    """
    ranks = np.zeros((1, 1), np.int64)
    for _ in range(3):
        ranks = np.block([[4 * ranks, 4 * ranks + 2], [4 * ranks + 3, 4 * ranks + 1]])
    return _spread(ranks)


@cache
def blue_noise() -> NDArray[np.float32]:
    """Return the 64 x 64 void-and-cluster tile that tools/derive_blue_noise.py makes."""
    with files("pochade").joinpath("data/blue-noise-64.npy").open("rb") as file:
        return _spread(np.load(file, allow_pickle=False).astype(np.int64))


def shifted(tile: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Return the tile rolled to a place drawn from the seed; seed 0 leaves it."""
    if seed == 0:
        return tile
    rows, columns = np.random.default_rng(seed).integers(0, len(tile), 2)
    return np.ascontiguousarray(np.roll(tile, (int(rows), int(columns)), (0, 1)))


def _spread(ranks: NDArray[np.int64]) -> NDArray[np.float32]:
    tile = ((ranks + 0.5) / ranks.size).astype(np.float32)
    tile.setflags(write=False)
    return tile
