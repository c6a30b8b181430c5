"""The first program's own rule for anchors, written afresh: the yardstick of `equal-anchors`.

Twelve rounds over square patches of int(30 * 0.75^round) pixels, what is left over at the right and
at the bottom ignored. A patch whose mean error (signed, over pixels and channels) is beyond 5
levels gets an anchor at a random pixel, with that pixel's colour, but in patches of more than 6
pixels only where the error's deviation is below three times the patch. A pixel is the mean of its
five nearest anchors' colours, weighted by 1 / distance, half a pixel standing for 0. Colours are
cut off to bytes. The nearest are found with a tree here, not with all distances.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

ROUNDS = 12
NEAREST = 5
TOUCH = 0.5
ERROR = 5.0
ALLOWANCE = 3.0
FREE = 6  # patches up to here may vary as they like


class Round(NamedTuple):
    """After one round: how many anchors there are, and the picture."""

    anchors: int
    picture: np.ndarray


def rounds(image: np.ndarray, seed: int = 0) -> list[Round]:
    """All twelve rounds on a picture (h, w, 3) uint8."""
    random = np.random.default_rng(seed)
    height, width = image.shape[:2]
    points = np.array([[height // 2, width // 2]])
    painted = np.zeros(image.shape, np.float32)
    found = []
    for number in range(ROUNDS):
        side = int(30 * 0.75**number)
        down, across = height // side, width // side
        error = (painted - image)[: down * side, : across * side]
        patches = error.reshape(down, side, across, side, 3).swapaxes(1, 2)
        patches = patches.reshape(down, across, side * side, 3)
        wanted = np.abs(patches.mean(axis=(2, 3))) > ERROR
        if side > FREE:
            spread = np.linalg.norm(patches.std(axis=2), axis=-1)
            wanted &= spread < side * ALLOWANCE
        new = np.argwhere(wanted) * side
        new += random.integers(0, side, new.shape)
        points = np.concatenate([points, new])
        painted = paint(image, points)
        found.append(Round(len(points), painted.astype(np.uint8)))
    return found


def paint(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Every pixel from the anchors at `points` (n 2, row and column), in colours of the image."""
    height, width = image.shape[:2]
    colors = image[points[:, 0], points[:, 1]].astype(np.float32)
    k = min(NEAREST, len(points))
    pixels = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"), -1)
    distance, which = cKDTree(points).query(pixels.reshape(-1, 2), k=range(1, k + 1), workers=1)
    weights = 1 / np.where(distance == 0, TOUCH, distance)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.einsum("mk,mkc->mc", weights, colors[which]).reshape(image.shape).astype(np.float32)
