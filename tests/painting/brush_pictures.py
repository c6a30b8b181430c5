"""A small painting to finish: a demo photo, its anchors on a grid, and a guide."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

import pochade
from pochade.color.convert import convert
from pochade.painting.anchors import Anchors, Guide
from pochade.painting.brush import finish, reach
from pochade.painting.look_options import Look

DEMO = Path(pochade.__file__).parent / "data" / "demo"


def anchors_of(pixels: np.ndarray, step: int) -> Anchors:
    """One anchor in every square, in the colour of its middle."""
    rows, cols = pixels.shape[:2]
    y, x = np.mgrid[step // 2 : rows : step, step // 2 : cols : step].reshape(2, -1)
    y, x = (np.minimum(v, top - 1) for v, top in ((y, rows), (x, cols)))
    if not len(y):
        y, x = np.zeros(1, int), np.zeros(1, int)
    colors = pixels[y, x].astype(np.float32)
    one = np.ones(len(y), np.float32)
    return Anchors(
        np.stack([y, x], 1) + 0.5,
        colors,
        convert(pixels[y, x], "srgb", "lab"),
        one * step,
        one * 0,
        one,
        (rows, cols),
    )


def guide_of(pixels: np.ndarray) -> Guide:
    return Guide(convert(pixels, "srgb", "lab"), pixels.shape[:2])


@lru_cache(maxsize=2)
def photo(rows: int = 120, cols: int = 180, name: str = "city") -> np.ndarray:
    with Image.open(DEMO / f"{name}.jpg") as image:
        small = image.convert("RGB").resize((cols, rows), Image.Resampling.BOX)
    return np.asarray(small)


def painted(look: Look, pixels: np.ndarray, *, step: int = 8, **more: object) -> np.ndarray:
    return finish(pixels, anchors_of(pixels, step), guide_of(pixels), look, **more)


def part_of(look: Look, pixels: np.ndarray, window: tuple[int, int, int, int]) -> np.ndarray:
    anchors, guide, size = anchors_of(pixels, 8), guide_of(pixels), pixels.shape[:2]
    top, left, bottom, right = reach(window, size, anchors, look)
    given = pixels[top:bottom, left:right]
    return finish(given, anchors, guide, look, window=window, size=size)
