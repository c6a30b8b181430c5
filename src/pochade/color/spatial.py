"""Differences after the blur of the eye: S-CIELAB, and a plain Gaussian blur in light.

A dithered picture is far from its original pixel by pixel and close to it from where people stand.
These figures filter both pictures as the eye does before they compare colours.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pochade.color.constants import LINEAR_TO_XYZ
from pochade.color.convert import convert, load_native
from pochade.color.difference import cie76, ciede2000, oklab_difference
from pochade.errors import UsageError
from pochade.types import Image

Formula: TypeAlias = Literal["cie76", "ciede2000"]
Plane: TypeAlias = NDArray[np.float32]

# X. Zhang, B. A. Wandell, "A spatial extension of CIELAB for digital color image reproduction",
# SID Symposium Digest 27 (1996) 731-734 and Journal of the SID 5 (1997) 61-63: per opponent channel
# (black-white, red-green, blue-yellow) the weights and spreads, in degrees, of
# exp(-(x^2 + y^2) / spread^2).
# Each Gaussian sums to 1 and the weights are divided by their sum, so flat areas stay as they are.
KERNELS: tuple[tuple[tuple[float, float], ...], ...] = (
    ((0.921, 0.0283), (0.105, 0.133), (-0.108, 4.336)),
    ((0.531, 0.0392), (0.330, 0.494)),
    ((0.488, 0.0536), (0.371, 0.386)),
)
# XYZ (2 degree observer) to the opponent channels, with the digits of the authors' own program.
XYZ_TO_OPPONENT = (
    (0.2787336, 0.7218031, -0.1065520),
    (-0.4487736, 0.2898056, 0.0771569),
    (0.0859513, -0.5899859, 0.5011089),
)
BAND = 1 << 20  # pixels filtered at once, halo not counted


def scielab(
    first: Image,
    second: Image,
    *,
    pixels_per_degree: float = 40.0,
    formula: Formula = "cie76",
    threads: int = 1,
) -> Plane:
    """The S-CIELAB difference of two pictures, pixel by pixel (Zhang and Wandell 1996).

    Linear light goes to three opponent channels, each is filtered with its sum of Gaussians, and
    the result is compared in L*a*b* (D65). As in the authors' program the filters reach half a
    degree to each side, which matters for the widest only, and the picture is mirrored at its
    border.

    Args:
        first: h w 3 uint8.
        second: the same shape.
        pixels_per_degree: how many pixels one degree of the visual field covers: distance / pixel
            size x 0.01746. 40 is a desktop screen (96 dpi) from 60 cm; 60 to 80 a phone or a
            "retina" screen. At a small number the filters shrink to a pixel.
        formula: 'cie76' as in the paper, or 'ciede2000'.
        threads: for the kernels; the result does not depend on it.

    Returns:
        float32 (h, w), colour differences; means are usually reported.

    Raises:
        UsageError: shapes that differ or are not h w 3, or a pixels_per_degree not in 1..1000.
    """
    _check(first, second)
    if not 1 <= pixels_per_degree <= 1000:
        raise UsageError(
            f"pixels_per_degree is {pixels_per_degree}; give a number from 1 to 1000, such as 40."
        )
    if formula not in ("cie76", "ciede2000"):
        raise UsageError(f"Unknown formula {formula!r}; use cie76 or ciede2000.")
    radius = max(1, int(np.ceil(pixels_per_degree / 2)) - 1)
    difference = cie76 if formula == "cie76" else ciede2000
    seen = partial(_seen, pixels_per_degree=pixels_per_degree, radius=radius, threads=threads)
    return _by_bands((first, second), radius, seen, difference, threads)


def _seen(light: Plane, *, pixels_per_degree: float, radius: int, threads: int) -> Plane:
    """Linear light with a halo of `radius` to L*a*b* without it, through the opponent filters."""
    to_opponent = np.array(XYZ_TO_OPPONENT) @ np.array(LINEAR_TO_XYZ)
    opponent = np.empty((light.shape[0] - 2 * radius, light.shape[1] - 2 * radius, 3), np.float32)
    for i, channel in enumerate(KERNELS):
        plane = _weighted(light, to_opponent[i])[..., None]
        total = sum(weight for weight, _ in channel)
        opponent[..., i] = 0
        for weight, spread in channel:
            taps = gaussian(spread * pixels_per_degree / math.sqrt(2), radius)
            opponent[..., i] += np.float32(weight / total) * blur(plane, taps, threads)[..., 0]
    rows = np.linalg.inv(to_opponent)
    back = np.stack([_weighted(opponent, row) for row in rows], axis=-1)
    return convert(back, "linear", "lab", threads=threads)


def blurred_oklab(first: Image, second: Image, *, sigma_px: float = 1.0, threads: int = 1) -> Plane:
    """The OKLab difference of two pictures after a Gaussian blur of their light, pixel by pixel.

    The optics of the eye average light, so the blur is in linear sRGB. The kernel reaches 3 sigma
    to each side and the picture is mirrored at its border; sigma 0 means no blur.

    Args:
        first: h w 3 uint8.
        second: the same shape.
        sigma_px: the standard deviation in pixels, 0..100.
        threads: for the kernels; the result does not depend on it.

    Returns:
        float32 (h, w), in units where black to white is 1.

    Raises:
        UsageError: shapes that differ or are not h w 3, or a sigma out of range.
    """
    _check(first, second)
    if not 0 <= sigma_px <= 100:
        raise UsageError(f"sigma_px is {sigma_px}; give a number of pixels between 0 and 100.")
    radius = int(np.ceil(3 * sigma_px))
    taps = gaussian(sigma_px, radius)

    def seen(light: Plane) -> Plane:
        return convert(blur(light, taps, threads), "linear", "oklab", threads=threads)

    return _by_bands((first, second), radius, seen, oklab_difference, threads)


def gaussian(sigma: float, radius: int) -> NDArray[np.float32]:
    """A sampled Gaussian over -radius..radius that sums to 1; sigma 0 is a single tap."""
    x = np.arange(-radius, radius + 1, dtype=np.float64)
    taps = np.exp(-(x * x) / (2 * sigma * sigma)) if sigma > 1e-3 else (x == 0).astype(np.float64)
    normalised: NDArray[np.float32] = (taps / taps.sum()).astype(np.float32)
    return normalised


def blur(planes: Plane, taps: NDArray[np.float32], threads: int = 1) -> Plane:
    """Filter rows and columns of (h + 2r, w + 2r, c) with symmetric taps (2r + 1) to (h, w, c)."""
    native = load_native()
    if native is not None:
        radius = len(taps) // 2
        h, w, c = planes.shape
        result = np.empty((h - 2 * radius, w - 2 * radius, c), np.float32)
        native.filter_separable(np.ascontiguousarray(planes), taps, result, threads)
        return result
    return blur_reference(planes, taps)


def blur_reference(planes: Plane, taps: NDArray[np.float32]) -> Plane:
    """The plain version of `blur`: rows first, taps added from the middle outwards."""
    radius = len(taps) // 2
    result = planes
    for axis in (1, 0):
        size = result.shape[axis] - 2 * radius

        def shifted(
            offset: int, whole: Plane = result, axis: int = axis, size: int = size
        ) -> Plane:
            at = slice(radius + offset, radius + offset + size)
            return whole[:, at] if axis == 1 else whole[at]

        total = taps[radius] * shifted(0)
        for i in range(1, radius + 1):
            total += taps[radius + i] * (shifted(-i) + shifted(i))
        result = total
    return result


def _weighted(colors: Plane, row: NDArray[np.float64]) -> Plane:
    first, second, third = (np.float32(x) * colors[..., i] for i, x in enumerate(row))
    result: Plane = first + second + third
    return result


def _by_bands(
    pictures: tuple[Image, Image],
    radius: int,
    seen: Callable[[Plane], Plane],
    difference: Callable[..., Plane],
    threads: int,
) -> Plane:
    """Apply `seen` (linear light with a halo to colours) to bands of rows and compare."""
    h, w = pictures[0].shape[:2]
    columns = mirrored(np.arange(-radius, w + radius), w)
    rows_at_once = max(1, BAND // max(w, 1))
    result = np.empty((h, w), np.float32)
    for top in range(0, h, rows_at_once):
        bottom = min(top + rows_at_once, h)
        rows = mirrored(np.arange(top - radius, bottom + radius), h)
        a, b = (
            seen(convert(picture[rows][:, columns], "srgb", "linear", threads=threads))
            for picture in pictures
        )
        result[top:bottom] = difference(a, b, threads=threads)
    return result


def mirrored(index: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Indices outside 0..size-1 reflected at the border, the edge repeated (d c b a | a b c d)."""
    wrapped = index % (2 * size)
    return np.minimum(wrapped, 2 * size - 1 - wrapped)


def _check(first: Image, second: Image) -> None:
    for picture in (first, second):
        if (
            picture.ndim != 3
            or picture.shape[2] != 3
            or picture.dtype != np.uint8
            or not picture.size
        ):
            raise UsageError(
                f"A picture must be h x w x 3 uint8, not {picture.shape} {picture.dtype}."
            )
    if first.shape != second.shape:
        raise UsageError(f"The pictures differ in size: {first.shape} and {second.shape}.")
