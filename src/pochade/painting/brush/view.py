"""Which part of which picture is being painted, and the picture by whole blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pochade.painting.brush.noise import Floats

Bytes = NDArray[np.uint8]
Part = tuple[int, int, int, int]
SMALL = 600_000
"""Pixels of the reduced picture of a whole, at least this side of it."""


@dataclass(frozen=True, slots=True)
class View:
    """A part of a picture.

    Attributes:
        size: (rows, cols) of the whole picture.
        part: (top, left, bottom, right) that is at hand, the last two not included.
    """

    size: tuple[int, int]
    part: Part

    @property
    def unit(self) -> float:
        """Pixels of a thousandth of the picture's side."""
        return float(np.sqrt(self.size[0] * self.size[1])) / 1000

    @property
    def step(self) -> int:
        """Pixels of the side of a block; parts at hand begin at whole blocks."""
        return max(1, int((self.size[0] * self.size[1] / SMALL) ** 0.5))

    def around(self, window: Part, margin: float) -> Part:
        """The window with so many pixels more on each side, as whole blocks inside the picture."""
        step, extra = self.step, int(np.ceil(margin)) + 1
        top, left = (max(0, window[i] - extra) // step * step for i in (0, 1))
        bottom, right = (
            min(self.size[i], -(-(window[i + 2] + extra) // step) * step) for i in (0, 1)
        )
        return top, left, bottom, right


@dataclass(frozen=True, slots=True, eq=False)
class Small:
    """A part of a picture by blocks: h w 3 float32 means of sRGB, 0 to 255."""

    colors: Floats
    view: View

    def at(self, rows: Floats, cols: Floats) -> Floats:
        """Colours at places of the whole picture (in its pixels): n 3."""
        # In blocks of the whole first: a part then has the whole's numbers to the last bit.
        step = np.float32(self.view.step)
        y, x = rows / step - np.float32(0.5), cols / step - np.float32(0.5)
        fy, fx = np.floor(y), np.floor(x)
        iy = fy.astype(np.intp) - self.view.part[0] // self.view.step
        ix = fx.astype(np.intp) - self.view.part[1] // self.view.step
        h, w = self.colors.shape[:2]
        y0, y1 = np.clip(iy, 0, h - 1), np.clip(iy + 1, 0, h - 1)
        x0, x1 = np.clip(ix, 0, w - 1), np.clip(ix + 1, 0, w - 1)
        dy, dx = (y - fy)[:, None], (x - fx)[:, None]
        of = self.colors
        top = of[y0, x0] + (of[y0, x1] - of[y0, x0]) * dx
        low = of[y1, x0] + (of[y1, x1] - of[y1, x0]) * dx
        mixed: Floats = top + (low - top) * dy
        return mixed


def reduce(pixels: Bytes, view: View) -> Small:
    """The mean of every block; blocks that the picture's end cuts are means of what there is."""
    step = view.step
    if step == 1:
        return Small(pixels.astype(np.float32), view)
    rows, cols = pixels.shape[:2]
    down, across = np.arange(0, rows, step), np.arange(0, cols, step)
    result = np.empty((len(down), len(across), 3), np.float32)
    high = np.diff(np.append(down, rows))
    wide = np.diff(np.append(across, cols))
    full = cols // step
    for i, top in enumerate(down):
        band = np.add.reduce(pixels[top : top + step], axis=0, dtype=np.uint32)
        sums = band[: full * step].reshape(full, step, 3).sum(1, dtype=np.uint32)
        if full < len(across):
            last = band[full * step :].sum(0, dtype=np.uint32)[None]
            sums = np.concatenate([sums, last])
        result[i] = sums / (high[i] * wide)[:, None]
    return Small(result, view)
