"""Edges as pictures: grey, colour maps, thin lines, lines over the input."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pochade.edge_planes import bands, shown
from pochade.edge_windows import Map
from pochade.edges_options import COLOR_MAPS

if TYPE_CHECKING:
    from pochade.edges_result import EdgesResult
    from pochade.types import Image, Palette

Bytes = NDArray[np.uint8]


def indexed(result: EdgesResult) -> tuple[Bytes, Palette] | None:
    """Labels (h, w) and palette (k, 3) of the look; None for the overlay."""
    look = result.options.look
    if look == "overlay":
        return None
    if look == "binary":
        labels = widened(result.thin, result.options.line_width).astype(np.uint8)
        palette = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
    else:
        labels = levels(result.ridges if look == "ridges" else result.strength, result.white)
        palette = color_map(result.options.color_map) if look == "color" else greys()
    return labels, palette[::-1].copy() if result.options.invert else palette


def levels(values: Map, white: float) -> Bytes:
    """0..255 for 0..white and above, rounded."""
    result = np.empty(values.shape, np.uint8)
    scale = np.float32(255 / white)
    for rows in bands(values.shape):
        scaled = values[rows] * scale + np.float32(0.5)
        result[rows] = np.minimum(scaled, np.float32(255))
    return result


def greys() -> Palette:
    """The 256 greys, (256, 3)."""
    return np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)


@cache
def _color_maps() -> NDArray[np.uint8]:
    with files("pochade").joinpath("data", "color-maps.npy").open("rb") as file:
        found: NDArray[np.uint8] = np.load(file, allow_pickle=False)
    return found


def color_map(name: str) -> Palette:
    """(256, 3) uint8: matplotlib's map of that name, by S. van der Walt and N. Smith, CC0."""
    colors: Palette = _color_maps()[COLOR_MAPS.index(name)]
    return colors


def overlay(result: EdgesResult) -> Image:
    """(h, w, 3 or 4) uint8: the input with thin edges drawn over it."""
    height, width = result.strength.shape
    top = (result.source.shape[0] - height) // 2
    left = (result.source.shape[1] - width) // 2
    picture = shown(result.source)[top : top + height, left : left + width].copy()
    color = bytes.fromhex(_full_hex(result.options.edge_color))
    if picture.shape[2] == 3 and color[3] < 255:
        opaque = np.full((height, width, 1), 255, np.uint8)
        picture = np.concatenate([picture, opaque], axis=2)
    lines = widened(result.thin, result.options.line_width)
    picture[lines] = np.frombuffer(color, np.uint8)[: picture.shape[2]]
    return picture


def _full_hex(color: str) -> str:
    from pochade.quantize_options import hex_color

    digits = hex_color(color)[1:]
    return digits if len(digits) == 8 else digits + "ff"


def widened(lines: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Lines `width` pixels wide: every pixel becomes a disc (even widths reach down and right).

    >>> widened(np.array([[False, True, False]]), 3).tolist()
    [[True, True, True]]
    """
    if width == 1:
        return lines
    radius, height, across = width / 2, *lines.shape
    result = np.zeros_like(lines)
    middle = (width - 1) // 2
    for dy in range(-middle, width - middle):
        # The disc's centre is half a pixel down and right where the width is even.
        off = (width % 2 == 0) / 2
        half = max(0.0, radius * radius - (dy - off) ** 2) ** 0.5
        reach = [dx for dx in range(-middle, width - middle) if abs(dx - off) <= half]
        for dx in reach:
            to = result[max(0, dy) : height + min(0, dy), max(0, dx) : across + min(0, dx)]
            to |= lines[max(0, -dy) : height - max(0, dy), max(0, -dx) : across - max(0, dx)]
    return result


def in_few_colors(result: EdgesResult) -> tuple[NDArray[np.integer], Palette]:
    """The picture in 256 colours, for a format that has no more."""
    from pochade.quantize import quantize

    few = quantize(result.image, 256, effort="fast", threads=result.threads)
    return few.labels, few.palette
