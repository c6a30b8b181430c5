"""The figures of a sweep on the terminal: with rich where it is one, else as plain columns."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pochade.apps.session import Session, printable
from pochade.plot.contact_sheet import shown
from pochade.plot.sweep import decibels

if TYPE_CHECKING:
    from rich.text import Text

    from pochade.apps.sweep import Outcome
    from pochade.sweep_result import SweepResult, SweepStep

SWATCHES = 24
"""A palette is shown on the terminal up to this many colours."""


def print_table(outcome: Outcome, session: Session, *, headed: bool) -> None:
    """Print the table on standard output, then which k was chosen and what was written."""
    result = outcome.result
    assert result is not None
    if headed:
        height, width = result.source.shape[:2]
        session.print(f"{printable(outcome.source)}: {width} x {height}")
    if session.out.isatty() and os.environ.get("TERM") != "dumb":
        print_rich(result, session)
    else:
        for line in plain_lines(result):
            session.print(line)
    if len(result.results) > 1:
        choice = result.choice
        session.print(f"k = {choice.k} by the rule {choice.rule}: {choice.reason}")
    for done in outcome.written:
        kind, form, path = done.output
        form = f" ({form.upper()})" if kind == "animation" else ""
        session.print(f"{printable(path)}: {kind}{form}, {done.bytes:,} bytes")


def headings(result: SweepResult) -> list[str]:
    """The names of the columns."""
    grid = ["iterations"] if result.grid else []
    return ["k", *grid, "inertia", "PSNR", "CIEDE2000", "bytes", "seconds"]


def cells(step: SweepStep, result: SweepResult) -> list[str]:
    """One row; the chosen k has a star."""
    star = "*" if step.k == result.chosen and len(result.results) > 1 else " "
    settled = step.iters is not None and step.n_iter < step.iters
    grid = [f"{step.n_iter} of {step.iters}" if settled else str(step.iters)]
    return [
        f"{step.k}{star}",
        *(grid if result.grid else []),
        f"{step.inertia:,.0f}" if step.inertia >= 1000 else f"{step.inertia:.4g}",
        decibels(step.psnr),
        f"{step.ciede2000:.3f}",
        f"{step.bytes:,}",
        f"{step.seconds:.3f}",
    ]


def steps(result: SweepResult) -> Iterator[SweepStep]:
    """The rows in order: by k, then by iterations."""
    rows = result.grid or (result.results,)
    for place in range(len(result.results)):
        for row in rows:
            yield row[place]


def plain_lines(result: SweepResult) -> Iterator[str]:
    """The table as text, columns flush right."""
    rows = [headings(result), *(cells(step, result) for step in steps(result))]
    rows[0][0] += " "
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def print_rich(result: SweepResult, session: Session) -> None:
    """The table on a terminal, each palette beside its figures."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in headings(result):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("palette", no_wrap=True)
    several = len(result.results) > 1
    for step in steps(result):
        style = "bold" if several and step.k == result.chosen else None
        table.add_row(*cells(step, result), swatches(step), style=style)
    Console(file=session.out, highlight=False).print(table)


def swatches(step: SweepStep) -> Text:
    """The palette's colours, most used first, as blocks."""
    from rich.text import Text

    text = Text()
    for color in step.palette[:SWATCHES].tolist():
        red, green, blue = shown(color)
        text.append("█", style=f"rgb({red},{green},{blue})")
    if len(step.palette) > SWATCHES:
        text.append("…")
    return text
