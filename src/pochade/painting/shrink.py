"""Smaller copies of pictures: every pixel is the mean of the area that it covers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.painting import kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray


def size_within(size: tuple[int, int], area: float) -> tuple[int, int]:
    """The size (rows, cols) of the same shape with at most `area` pixels; never enlarged.

    >>> size_within((300, 400), 30_000), size_within((3, 4), 30_000), size_within((1, 900), 100)
    ((150, 200), (3, 4), (1, 100))
    """
    rows, cols = size
    if rows * cols <= area:
        return rows, cols
    scale = (area / (rows * cols)) ** 0.5
    short = max(1, round(min(rows, cols) * scale))
    long = max(1, min(max(rows, cols), int(area // short), round(max(rows, cols) * scale)))
    if short == 1:
        long = max(1, min(max(rows, cols), int(area)))
    return (short, long) if rows <= cols else (long, short)


def shrink(image: NDArray[Any], size: tuple[int, int], *, threads: int = 1) -> NDArray[np.float32]:
    """Reduce a picture to a size by averaging areas, with fractions of pixels at their borders.

    Args:
        image: (h, w, c) uint8 or float32.
        size: (rows, cols), each from 1 to the picture's own.
        threads: the result does not depend on it.

    Returns:
        (rows, cols, c) float32, in the units of `image`; means of sRGB bytes, not of light.

    Raises:
        ValueError: a size that is not from 1 to the picture's.

    >>> shrink(np.array([[[0], [2], [6], [8]]], np.uint8), (1, 2)).tolist()
    [[[1.0], [7.0]]]
    """
    if not (1 <= size[0] <= image.shape[0] and 1 <= size[1] <= image.shape[1]):
        raise ValueError(f"cannot shrink {image.shape[:2]} to {size}")
    if size == image.shape[:2]:
        return image.astype(np.float32)
    if not kernels.there() or image.dtype not in (np.uint8, np.float32):
        return shrink_reference(image, size)
    places = shares(image.shape[0], size[0]), shares(image.shape[1], size[1])
    return kernels.shrink(image, size, places, threads)


def shares(length: int, smaller: int) -> NDArray[np.float64]:
    """Where `smaller` equal parts of a line of `length` pixels begin and end: smaller + 1 places.

    >>> shares(3, 2).tolist()
    [0.0, 1.5, 3.0]
    """
    return np.arange(smaller + 1, dtype=np.float64) * np.float64(length / smaller)


def shrink_reference(image: NDArray[Any], size: tuple[int, int]) -> NDArray[np.float32]:
    """The plain version of `shrink`: differences of running sums, rows first."""
    out = image.astype(np.float64)
    for axis in (0, 1):
        out = _parts(out, size[axis], axis)
    return out.astype(np.float32)


def _parts(values: NDArray[np.float64], smaller: int, axis: int) -> NDArray[np.float64]:
    moved = np.moveaxis(values, axis, 0)
    sums = np.concatenate([np.zeros((1, *moved.shape[1:])), moved.cumsum(axis=0)])
    places = np.minimum(shares(len(moved), smaller), len(moved))
    whole = np.minimum(places.astype(np.intp), len(moved) - 1)
    part = (places - whole).reshape(-1, 1, 1)
    until = sums[whole] + part * moved[whole]
    means: NDArray[np.float64] = (until[1:] - until[:-1]) * (smaller / len(moved))
    return np.moveaxis(means, 0, axis)
