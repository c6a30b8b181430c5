"""Blocks of rows of a pixel table, made from the picture as they are needed.

A table of 24 megapixels would be hundreds of megabytes; a block of it is a few. Rows run along the
picture's rows, from the top left: x fastest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pochade.pixels.names import ALPHA, LAB, LABEL, OKLAB, RGB, SCALED
from pochade.pixels.scaling import Scaling
from pochade.types import Image, Pixels

Block: TypeAlias = dict[str, NDArray[Any]]
"""Columns of the same length by name."""

BLOCK_PIXELS = 1 << 17
"""Rows of a table in one block, up to whole rows of the picture."""

DTYPES = {"x": np.int32, "y": np.int32, LABEL: np.int16}
"""Number type of a column where it is not uint8 (r, g, b, a) or float32 (all others)."""


def dtype_of(name: str) -> np.dtype[Any]:
    """The number type of a column: int32 for x and y (so that x * x fits), uint8, int16, float32.

    >>> dtype_of("x").name, dtype_of("a").name, dtype_of("lab_a").name
    ('int32', 'uint8', 'float32')
    """
    if name in RGB or name == ALPHA:
        return np.dtype(np.uint8)
    return np.dtype(DTYPES.get(name, np.float32))


def spans(shape: tuple[int, ...], pixels: int = BLOCK_PIXELS) -> Iterator[slice]:
    """The picture's rows (h, w, ...) in runs of about so many pixels, at least one row each.

    >>> list(spans((5, 10), 20))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    height, width = shape[:2]
    step = max(1, pixels // width)
    for top in range(0, height, step):
        yield slice(top, min(top + step, height))


def color_columns(colors: Pixels, names: tuple[str, ...]) -> Block:
    """The columns of colours (m, 3 or 4) uint8: r, g, b, a as uint8, the others float32 (m,).

    Names that do not depend on the colour (x, y, label) are left out.

    >>> block = color_columns(np.array([[255, 255, 255]], np.uint8), ("g", "lab_l"))
    >>> block["g"].tolist(), block["lab_l"].round(3).tolist()
    ([255], [100.0])
    """
    found: Block = {}
    for place, name in enumerate((*RGB, ALPHA)):
        if name in names:
            found[name] = np.ascontiguousarray(colors[:, place])
    if {*LAB, *OKLAB} & set(names):
        from pochade.color.convert import convert

        rgb = np.ascontiguousarray(colors[:, :3])
        if set(LAB) & set(names):
            found |= dict(zip(LAB, convert(rgb, "srgb", "lab").T, strict=True))
        if set(OKLAB) & set(names):
            found |= dict(zip(OKLAB, convert(rgb, "srgb", "oklab").T, strict=True))
    return {name: found[name] for name in names if name in found}


def block_of(
    image: Image,
    rows: slice,
    names: tuple[str, ...],
    *,
    labels: NDArray[np.int16] | None = None,
    scaling: Scaling | None = None,
) -> Block:
    """The table of some of a picture's rows, its columns in the order of `names`.

    Args:
        image: (h, w, 3 or 4) uint8.
        rows: which rows of the picture.
        names: columns as in `pochade.pixels.names`.
        labels: (h, w) for the column `label`.
        scaling: for the columns `scaled_...`.
    """
    part = image[rows]
    height, width = part.shape[:2]
    of_color = {name for name in names if not name.startswith(f"{SCALED}_")}
    scaled = scaling is not None and len(of_color) < len(names)
    if scaled and scaling is not None:
        of_color |= set(scaling.columns)
    found = color_columns(part.reshape(-1, part.shape[2]), tuple(of_color))
    if "x" in of_color:
        found["x"] = np.tile(np.arange(width, dtype=np.int32), height)
    if "y" in of_color:
        found["y"] = np.repeat(np.arange(rows.start, rows.start + height, dtype=np.int32), width)
    if LABEL in names and labels is not None:
        found[LABEL] = labels[rows].reshape(-1)
    if scaled and scaling is not None:
        points = scaling.points(found)
        for place, name in enumerate(scaling.columns):
            found[f"{SCALED}_{name}"] = points[:, place]
    return {name: np.ascontiguousarray(found[name]) for name in names}


def feature_columns(image: Image, rows: slice, names: tuple[str, ...]) -> Block:
    """The columns that clustering uses of some of a picture's rows, and of the pixels that count.

    With alpha, pixels of alpha 0 are left out; where `a` is itself among the columns they are kept
    and their hidden colour counts as 0, 0, 0, as everywhere in pochade.
    """
    part = image[rows]
    if image.shape[2] == 3:
        return block_of(image, rows, names)
    hidden = part[:, :, 3] == 0
    if ALPHA in names:
        clean = part.copy()
        clean[hidden] = 0
        block = block_of(clean, slice(0, len(clean)), names)
        if "y" in names:
            block["y"] += np.int32(rows.start)
        return block
    block = block_of(image, rows, names)
    seen = ~hidden.reshape(-1)
    return block if seen.all() else {name: column[seen] for name, column in block.items()}
