"""The four kernels of noise: C++ where it is compiled in, else the NumPy reference.

All take a picture as (h, w, c) uint8, C-contiguous, c = 3, or c = 4 with colours multiplied by
alpha (`premultiplied`), so that what lies under full transparency makes no difference.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.noise import reference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image

_native: Any
try:
    _native = import_module("pochade._native")
except ImportError:
    _native = None

FILLS = ("nearest", "median", "harmonic")
LARGEST_RADIUS = 7
# Rows converted at a time.
ROWS = 256


def premultiplied(image: Image) -> Image:
    """The picture with colours multiplied by alpha, rounded; the picture itself without alpha.

    >>> premultiplied(np.array([[[200, 100, 0, 128]]], np.uint8)).tolist()
    [[[100, 50, 0, 128]]]
    """
    if image.shape[2] == 3:
        return image
    out = np.empty_like(image)
    for at in range(0, len(image), ROWS):
        part = image[at : at + ROWS]
        alpha = part[:, :, 3:].astype(np.uint16)
        out[at : at + ROWS, :, :3] = (part[:, :, :3] * alpha + 127) // 255
        out[at : at + ROWS, :, 3] = part[:, :, 3]
    return out


def largest(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest channel of each pixel of (h, w, c); many times faster than max(axis=2)."""
    return np.asarray(np.maximum.reduce([part[:, :, c] for c in range(part.shape[2])]))


def standout(image: Image, *, threads: int) -> NDArray[np.uint8]:
    """How far each pixel stands out of its neighbours.

    The difference (largest over the channels) to the second most similar of the eight neighbours,
    less the median difference of the neighbours from their own median; 0 where the first is below
    8. Two similar neighbours are enough to belong, so edges and lines do not stand out; the ends of
    lines a pixel wide do. A variant of rank-ordered differences (Garnett and others 2005).

    Returns:
        (h, w) uint8 levels, 0 to 255.

    >>> picture = np.full((3, 3, 3), 50, np.uint8); picture[1, 1] = 250
    >>> standout(picture, threads=1).tolist()
    [[0, 0, 0], [0, 200, 0], [0, 0, 0]]
    """
    if _native is None:
        return reference.standout(image)
    out = np.empty(image.shape[:2], np.uint8)
    _native.noise_standout(np.ascontiguousarray(image), threads, out)
    return out


def patches(image: Image, step: int, *, threads: int) -> NDArray[np.uint16]:
    """The number of pixels of each pixel's patch.

    Pixels that touch (eight neighbours) and differ by at most `step` levels in every channel
    belong to one patch; so around every patch there is a step of more than that.

    Returns:
        (h, w) uint16; 65535 stands for that many or more.

    >>> patches(np.array([[[9] * 3, [9] * 3, [200] * 3]], np.uint8), 40, threads=1).tolist()
    [[2, 2, 1]]
    """
    if _native is None:
        return reference.patches(image, step)
    out = np.empty(image.shape[:2], np.uint16)
    _native.noise_patches(np.ascontiguousarray(image), step, threads, out)
    return out


def surface(image: Image, guide: Image, radius: int, tolerance: int, *, threads: int) -> Image:
    """The mean, rounded, of the pixels in a square window that are near to the guide's pixel.

    Near is at most `tolerance` levels in every channel. The sigma filter of J.-S. Lee (1983) where
    the guide is the picture itself. Where no pixel is near, the guide's pixel.

    Args:
        image: h w c.
        guide: h w c, the same size.
        radius: the window has 2 radius + 1 pixels a side, at most 15; fewer at the border.
        tolerance: levels, 0 to 255.
        threads: number of threads.
    """
    if _native is None:
        return reference.surface(image, guide, radius, tolerance)
    out = np.empty_like(image)
    picture, center = np.ascontiguousarray(image), np.ascontiguousarray(guide)
    _native.noise_surface(picture, center, radius, tolerance, threads, out)
    return out


def fill(image: Image, mask: NDArray[np.bool_], how: str, *, threads: int) -> Image:
    """The picture with the masked pixels replaced by what surrounds them.

    harmonic: the solution of Laplace's equation, each pixel the mean of its four neighbours, so
    that gradients go on smoothly (holes of 2,048 pixels and more: nearly so, by a few sweeps on
    grids of several sizes). The NumPy reference may differ by a level. nearest and median go from
    the rim inwards, a layer of eight neighbours at a time: the first of the neighbours done
    before, in the order N, W, E, S, NW, NE, SW, SE; or their median, the lower of two.

    Args:
        image: h w c; not changed.
        mask: h w, at least one pixel False.
        how: "harmonic", "median" or "nearest".
        threads: number of threads; the result does not depend on it.
    """
    if _native is None:
        return reference.fill(image, mask, how)
    out = np.array(image, order="C")
    holes = np.ascontiguousarray(mask).view(np.uint8)
    picture = np.ascontiguousarray(image)
    _native.noise_fill(picture, holes, FILLS.index(how), threads, out)
    return out
