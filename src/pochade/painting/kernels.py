"""The compiled kernels of painting: numbers in the order that they want them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.painting.blend_reference import Scene

_native: Any
try:
    _native = import_module("pochade._native")
except ImportError:
    _native = None

SMALL_TILE: Final = 16
TILE: Final = 32
WIDE: Final = 16.0
"""Pixels between anchors, on average, from which on tiles are the larger ones."""


def there() -> bool:
    """Whether the kernels were compiled in."""
    return _native is not None and hasattr(_native, "paint_blend")


def shrink(
    image: NDArray[Any],
    size: tuple[int, int],
    places: tuple[NDArray[np.float64], NDArray[np.float64]],
    threads: int,
) -> NDArray[np.float32]:
    """See `pochade.painting.shrink`."""
    out = np.empty((*size, image.shape[2]), np.float32)
    _native.paint_shrink(np.ascontiguousarray(image), *places, out, threads)
    return out


def smooth(
    lab: NDArray[np.float32], strength: float, slope: float, rounds: int, threads: int
) -> NDArray[np.float32]:
    """See `pochade.painting.guide_reference.smooth`."""
    out = np.empty_like(lab)
    _native.paint_smooth(np.ascontiguousarray(lab), strength, slope, rounds, out, threads)
    return out


def blend(scene: Scene, dtype: type[np.generic], threads: int) -> NDArray[Any]:
    """See `pochade.painting.blend_reference.blend_reference`; uint8 or float32."""
    top, left, bottom, right = scene.window
    out = np.empty((bottom - top, right - left, 3), dtype)
    _native.paint_blend(*arguments(scene, threads), out, threads)
    return out


def solve(
    scene: Scene, wanted: NDArray[np.float32], ridge: float, rounds: int, threads: int
) -> NDArray[np.float32]:
    """See `pochade.painting.solve_reference.solve_reference`."""
    n, m = len(scene.places), scene.size[0] * scene.size[1]
    who, weights = weigh(scene, threads)
    out = np.empty((n, 3), np.float32)
    _native.paint_solve(
        who, weights, wanted.reshape(-1, 3), scene.colors, ridge * m / n, rounds, out, threads
    )
    return out


def weigh(scene: Scene, threads: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Which anchors make each pixel of the whole picture, and their weights, which add up to 1.

    Both m w, pixels row by row; unused places have the weight 0.
    """
    shape = (scene.size[0] * scene.size[1], width_of(scene))
    who, weights = np.empty(shape, np.int32), np.empty(shape, np.float32)
    _native.paint_weigh(*arguments(scene, threads), who, weights, threads)
    return who, weights


def width_of(scene: Scene) -> int:
    """How many distances are kept in order: the neighbours', and that of the first beyond them."""
    if scene.inverse:
        return min(scene.neighbours, len(scene.places))
    return scene.neighbours + 1


def arguments(scene: Scene, threads: int) -> tuple[Any, ...]:
    """What both kernels of blending begin with."""
    from pochade.painting.guide_reference import crisp_radius, fitted, taps

    fields = np.concatenate([scene.places, scene.forms, scene.tones, scene.colors], axis=1)
    rows, cols = scene.size
    top, left, bottom, right = scene.window
    spacing = float(np.sqrt(rows * cols / len(scene.places)))
    lab = None if scene.guide is None else fitted(scene.guide, scene.size, threads)
    down = right_radius = 0
    if lab is None:
        lab = np.zeros((0, 0, 3), np.float32)
        row_taps = col_taps = np.zeros(0, np.int32), np.zeros((0, 4), np.float32)
    else:
        row_taps, col_taps = taps(lab.shape[0], rows), taps(lab.shape[1], cols)
        down, right_radius = crisp_radius(rows / lab.shape[0]), crisp_radius(cols / lab.shape[1])
    how = {
        "frame_rows": float(scene.frame[0]),
        "frame_cols": float(scene.frame[1]),
        "rows": rows,
        "cols": cols,
        "tile": TILE if spacing >= WIDE else SMALL_TILE,
        "top": top,
        "left": left,
        "bottom": bottom,
        "right": right,
        "neighbours": width_of(scene),
        "inverse": scene.inverse,
        "soft": scene.soft,
        "touch": scene.touch,
        "tone_scale": 1 / scene.edges,
        "down": down,
        "right_radius": right_radius,
    }
    return np.ascontiguousarray(fields.T), how, lab, *row_taps, *col_taps
