"""Marks: the table of strokes that the kernel lays down, and the texture of a brush's hairs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from pochade.painting.brush.noise import Floats, value_noise

COLUMNS = 21
ROW, COL, COS, SIN, LENGTH, WIDTH, BEND, RED = 0, 1, 2, 3, 4, 5, 6, 7
OPACITY, ACROSS, ALONG, AT_ROW, AT_COL = 10, 11, 12, 13, 14
BRISTLE, TOLERANCE, THICKNESS, STREAK, FEATHER, CAP = 15, 16, 17, 18, 19, 20
SIDE = 128
"""Cells of the texture, which has no border."""

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """n strokes, in the order in which they are laid, in pixels of the whole picture.

    Attributes:
        table: n 21 float32: row and column of the middle; cosine and sine of the direction (0 is
            along a row, a quarter turn down a column); half length; half width; bend (1 / radius);
            red, green, blue; opacity; cells of the texture from the middle to a side; along a half
            width; row and column in the texture; how much hairs show (0..1); how far the picture's
            colour may be from the stroke's (0: anything); thickness, in thousandths of the
            picture's side; how much lightness differs between hairs; width of the soft side; how
            round its ends are (0 straight, 1 a half circle).
    """

    table: Floats = field(repr=False)

    def __len__(self) -> int:
        return len(self.table)

    def reach(self) -> Floats:
        """How far each may touch from its middle, in rows and columns: n 2."""
        t = self.table
        sag = np.float32(0.5) * np.abs(t[:, BEND]) * t[:, LENGTH] ** 2
        side = t[:, WIDTH] + sag
        c, s = np.abs(t[:, COS]), np.abs(t[:, SIN])
        high, wide = s * t[:, LENGTH] + c * side, c * t[:, LENGTH] + s * side
        return np.stack([high, wide], axis=1) + np.float32(1)

    def touching(self, top: int, left: int, bottom: int, right: int) -> Marks:
        """Those that may touch a part of the picture, in the same order."""
        reach, t = self.reach(), self.table
        rows = (t[:, ROW] + reach[:, 0] > top) & (t[:, ROW] - reach[:, 0] < bottom)
        cols = (t[:, COL] + reach[:, 1] > left) & (t[:, COL] - reach[:, 1] < right)
        return Marks(t[rows & cols])


def kernels() -> ModuleType | None:
    """The compiled kernels, or None where they were not built."""
    try:
        from pochade import _native
    except ImportError:
        return None
    return _native if hasattr(_native, "draw_strokes") else None


@lru_cache(maxsize=4)
def hairs(seed: int) -> Floats:
    """The texture of hairs: rows are hairs, side by side; columns run along them. 0..1, periodic.

    Hairs of two widths that go on for long, and a little roughness; stretched to the full range,
    so that a brush has gaps and loads.
    """
    rows, cols = (np.mgrid[:SIDE, :SIDE]).astype(np.float32)
    result = np.zeros((SIDE, SIDE), np.float32)
    for high, long, weight, number in ((3, 48, 0.5, 1), (1.3, 24, 0.4, 2), (1.0, 3.0, 0.12, 3)):
        # Two copies, faded into one another: what leaves at the end comes in at the start.
        def piece(
            dy: int, dx: int, high: float = high, long: float = long, n: int = number
        ) -> Floats:
            y, x = (rows + dy) / np.float32(high), (cols + dx) / np.float32(long)
            return value_noise(x, y, seed + 80 + n)

        fy, fx = rows / SIDE, cols / SIDE
        left = piece(0, 0) * (1 - fy) + piece(-SIDE, 0) * fy
        right = piece(0, -SIDE) * (1 - fy) + piece(-SIDE, -SIDE) * fy
        mixed = left * (1 - fx) + right * fx - np.float32(0.5)
        mixed /= np.sqrt(((1 - fx) ** 2 + fx**2) * ((1 - fy) ** 2 + fy**2))
        result += np.float32(weight) * mixed
    result = np.float32(0.5) + result / (np.float32(4) * result.std())
    result = np.ascontiguousarray(np.clip(result, 0, 1), np.float32)
    result.flags.writeable = False
    return result


def draw(
    canvas: Bytes,
    height: Floats,
    target: Bytes,
    marks: Marks,
    *,
    top: int,
    left: int,
    seed: int,
    threads: int = 1,
) -> None:
    """Lay the marks over `canvas` (h w 3) and `height` (h w), in place.

    Args:
        canvas: the part of the picture whose first pixel is (top, left).
        height: thickness of the paint there, in thousandths of the picture's side.
        target: h w 3: what is painted; a stroke keeps away from where it has another colour.
        marks: strokes.
        top: first row of the part.
        left: its first column.
        seed: of the hairs.
        threads: the result does not depend on it.
    """
    rows, cols = canvas.shape[:2]
    near = marks.touching(top, left, top + rows, left + cols)
    if not len(near):
        return
    native = kernels()
    texture = hairs(seed)
    if native is None:
        draw_reference(canvas, height, target, near, texture, top, left)
        return
    table = np.ascontiguousarray(near.table)
    native.draw_strokes(
        canvas, height, np.ascontiguousarray(target), table, texture, top, left, threads
    )


def draw_reference(
    canvas: Bytes, height: Floats, target: Bytes, marks: Marks, texture: Floats, top: int, left: int
) -> None:
    """The plain version of the kernel: one stroke after another over a picture of float32."""
    paint = canvas.astype(np.float32)
    body = height
    rows, cols = canvas.shape[:2]
    reach = marks.reach()
    for mark, (high, wide) in zip(marks.table, reach, strict=True):
        y0 = int(np.clip(mark[ROW] - high - top - 1, 0, rows))
        y1 = int(np.clip(mark[ROW] + high - top + 1, 0, rows))
        x0 = int(np.clip(mark[COL] - wide - left - 1, 0, cols))
        x1 = int(np.clip(mark[COL] + wide - left + 1, 0, cols))
        if y0 >= y1 or x0 >= x1:
            continue
        part = (slice(y0, y1), slice(x0, x1))
        y = np.arange(top + y0, top + y1, dtype=np.float32)[:, None] + np.float32(0.5) - mark[ROW]
        x = np.arange(left + x0, left + x1, dtype=np.float32)[None] + np.float32(0.5) - mark[COL]
        alpha, bristle, side = _coverage(mark, y, x, target[part], texture)
        shift = mark[STREAK] * (bristle - np.float32(0.5))
        color = mark[RED : RED + 3] + shift[..., None]
        paint[part] += alpha[..., None] * (color - paint[part])
        furrows = np.float32(0.55) + np.float32(0.3) * side * side
        thick = mark[THICKNESS] * (furrows + mark[BRISTLE] * (bristle - np.float32(0.5)))
        body[part] += alpha * (thick - body[part])
    canvas[...] = np.clip(paint + np.float32(0.5), 0, 255).astype(np.uint8)


def _coverage(
    mark: Floats, y: Floats, x: Floats, aim: Bytes, texture: Floats
) -> tuple[Floats, Floats, Floats]:
    """How much of each pixel a stroke covers, the hair there, and how far to the side it lies."""
    one, half = np.float32(1), np.float32(0.5)
    u = x * mark[COS] + y * mark[SIN]
    v = y * mark[COS] - x * mark[SIN] - half * mark[BEND] * u * u
    away, inside = mark[LENGTH] - np.abs(u), mark[WIDTH] - np.abs(v)
    side, way = v / mark[WIDTH], u / mark[LENGTH]
    bristle = _texture_at(
        texture, mark[AT_ROW] + side * mark[ACROSS], mark[AT_COL] + u / mark[WIDTH] * mark[ALONG]
    )
    rough = np.float32(0.5) * mark[BRISTLE] * (one - bristle)
    square = side * side
    cap = mark[CAP] * square * (half + half * square * square)
    tip = away - mark[WIDTH] * (cap + rough)
    alpha = np.clip(inside / mark[FEATHER], 0, 1)
    alpha = alpha * np.clip(tip / (mark[FEATHER] + np.float32(0.25) * mark[WIDTH]), 0, 1)
    dry = mark[BRISTLE] * (half + half * way)
    alpha = alpha * np.clip(one - dry * dry * (np.float32(2.2) - np.float32(3.4) * bristle), 0, 1)
    alpha = alpha * mark[OPACITY]
    if mark[TOLERANCE] > 0:
        gap = (aim.astype(np.float32) - mark[RED : RED + 3]) ** 2
        square = gap[..., 0] * 0.25 + gap[..., 1] * 0.5 + gap[..., 2] * 0.25
        alpha = alpha * np.clip(2 - square * (2 / mark[TOLERANCE] ** 2), 0, 1)
    alpha = np.where((away > 0) & (inside > 0), alpha, 0).astype(np.float32)
    return alpha, bristle, side


def _texture_at(texture: Floats, rows: Floats, cols: Floats) -> Floats:
    fy, fx = np.floor(rows), np.floor(cols)
    y0, x0 = fy.astype(np.intp) % SIDE, fx.astype(np.intp) % SIDE
    y1, x1 = (y0 + 1) % SIDE, (x0 + 1) % SIDE
    dy, dx = rows - fy, cols - fx
    top = texture[y0, x0] + (texture[y0, x1] - texture[y0, x0]) * dx
    low = texture[y1, x0] + (texture[y1, x1] - texture[y1, x0]) * dx
    mixed: Floats = top + (low - top) * dy
    return mixed
