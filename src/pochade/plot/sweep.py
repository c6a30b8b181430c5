"""The panel of a sweep: every k side by side, with what it costs under each."""

from __future__ import annotations

from math import isfinite, log, sqrt
from typing import TYPE_CHECKING

import numpy as np

from pochade.plot.contact_sheet import Cell, contact_sheet, reduced

if TYPE_CHECKING:
    from pochade.sweep_result import SweepResult, SweepStep

WIDEST = 1800
"""Pixels that the pictures of one row take together, about."""
LARGEST_CELL, SMALLEST_CELL = 320, 150
EMPTY = 3.0
"""How much an empty place weighs against another shape."""
CAPTION = 60
"""Height of what is below a picture, about."""
STRIP_UP_TO = 256
"""Palettes of more entries than this are not shown as a strip."""


def panel(result: SweepResult) -> bytes:
    """A PNG: each k in its place, then the original; with a grid, a row for each iterations."""
    count = len(result.results) + 1
    gridded = len(result.grid) > 1
    aspect = result.source.shape[1] / result.source.shape[0]
    columns = count if gridded else columns_for(count, aspect)
    width = min(LARGEST_CELL, max(SMALLEST_CELL, WIDEST // columns))
    original = original_cell(result, width)
    if gridded:
        rows = [[cell(step, result, width) for step in row] for row in result.grid]
        rows[0].append(original)
    else:
        cells = [*(cell(step, result, width) for step in result.results), original]
        rows = [cells[at : at + columns] for at in range(0, count, columns)]
    return contact_sheet(rows, width=width)


def columns_for(count: int, aspect: float) -> int:
    """Columns that make a sheet of about 4:3 with few empty places.

    >>> columns_for(15, 1.5), columns_for(1, 1.5)
    (5, 1)
    """
    height = LARGEST_CELL / max(2 / 3, aspect) + CAPTION
    ideal = sqrt(count * 4 / 3 * height / LARGEST_CELL)

    def cost(columns: int) -> float:
        return EMPTY * (-count % columns) / count + abs(log(columns / ideal))

    return min(range(1, count + 1), key=cost)


def cell(step: SweepStep, result: SweepResult, width: int) -> Cell:
    """A picture with its k, PSNR and bytes."""
    title = f"k = {step.k}"
    if step.iters is not None:
        settled = ", settled" if step.n_iter < step.iters else ""
        title += f", {step.n_iter} iterations{settled}"
    several = len(result.results) > 1
    strip = len(step.palette) <= STRIP_UP_TO
    return Cell(
        np.take(step.palette, reduced(step.labels, width), axis=0),
        title,
        f"{decibels(step.psnr)}, {step.bytes:,} bytes",
        step.palette if strip else None,
        step.shares if strip else None,
        marked=several and not result.grid and step.k == result.chosen,
    )


def original_cell(result: SweepResult, width: int) -> Cell:
    """The picture before."""
    h, w = result.source.shape[:2]
    visible = result.picture.visible
    colors = f"{visible:,} colour{'' if visible == 1 else 's'}"
    return Cell(reduced(result.source, width), "original", f"{w} x {h}, {colors}")


def decibels(psnr: float) -> str:
    """A PSNR for readers; that of equal pictures is infinite.

    >>> decibels(23.418), decibels(float("inf"))
    ('23.4 dB', 'exact')
    """
    return f"{psnr:.1f} dB" if isfinite(psnr) else "exact"
