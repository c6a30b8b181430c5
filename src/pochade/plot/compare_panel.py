"""The panel of a comparison: the pictures side by side, with time and agreement under each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pochade.plot.compare_words import decibels, duration, percent
from pochade.plot.contact_sheet import Cell, contact_sheet, reduced
from pochade.plot.sweep import LARGEST_CELL, SMALLEST_CELL, STRIP_UP_TO, WIDEST, columns_for

if TYPE_CHECKING:
    from pochade.compare_result import CompareResult, EngineRun


def panel(result: CompareResult) -> bytes:
    """A PNG: the original, then what each engine made of it; who has no result is left out."""
    count = len(result.done) + 1
    columns = columns_for(count, result.source.shape[1] / result.source.shape[0])
    width = min(LARGEST_CELL, max(SMALLEST_CELL, WIDEST // columns))
    cells = [original_cell(result, width), *(cell(run, result, width) for run in result.done)]
    return contact_sheet([cells[at : at + columns] for at in range(0, count, columns)], width=width)


def original_cell(result: CompareResult, width: int) -> Cell:
    """The picture before."""
    h, w = result.source.shape[:2]
    return Cell(reduced(result.source, width), "original", f"{w} x {h}")


def cell(run: EngineRun, result: CompareResult, width: int) -> Cell:
    """A picture with the time of its engine; naive versions are framed."""
    assert run.seconds is not None
    assert run.errors is not None
    warm = run.seconds.warm
    time = f"{duration(run.seconds.cold)} cold" if warm is None else duration(warm)
    strip = len(run.palette) <= STRIP_UP_TO
    return Cell(
        np.take(run.palette, reduced(run.labels, width), axis=0),
        f"{run.name} (naive)" if run.naive else run.name,
        f"{time}, {decibels(run.errors.psnr)}{agreement_words(run, result)}",
        run.palette if strip else None,
        run.shares if strip else None,
        marked=run.naive,
    )


def agreement_words(run: EngineRun, result: CompareResult) -> str:
    """How the picture compares with the yardstick's; nothing for the yardstick itself."""
    if run.name == result.yardstick or run.agreement is None:
        return ""
    share = run.agreement.differing
    return f", {percent(share)} differ" if share else f", same as {result.yardstick}"
