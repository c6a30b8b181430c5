"""The figures of a comparison on the terminal: with rich where it is one, else plain columns."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pochade.apps.session import Session, printable
from pochade.plot.compare_words import (
    decibels,
    duration,
    in_short,
    large,
    palette_words,
    rand,
    size,
    times,
)
from pochade.plot.contact_sheet import shown

if TYPE_CHECKING:
    from rich.text import Text

    from pochade.apps.compare import Outcome
    from pochade.compare_result import CompareResult, EngineRun

SWATCHES = 12
"""A palette is shown on the terminal up to this many colours."""
HEADINGS = ("engine", "cold", "warm", "speed", "memory", "inertia", "PSNR", "labels", "palette")


def print_table(outcome: Outcome, session: Session, *, headed: bool) -> None:
    """Print the table on standard output, then what it says, and what was written."""
    result = outcome.result
    assert result is not None
    if headed:
        height, width = result.source.shape[:2]
        session.print(f"{printable(outcome.source)}: {width} x {height}")
    if not result.done:
        pass  # nobody has figures
    elif session.out.isatty() and os.environ.get("TERM") != "dumb":
        print_rich(result, session)
    else:
        for line in plain_lines(result):
            session.print(line)
    for line in below(result):
        session.print(printable(line))
    for done in outcome.written:
        kind, path = done.output
        session.print(f"{printable(path)}: {kind}, {done.bytes:,} bytes")


def cells(run: EngineRun, result: CompareResult) -> list[str]:
    """One row, of a run with a result."""
    assert run.seconds is not None
    assert run.errors is not None
    assert run.agreement is not None
    same = run.name == result.yardstick
    return [
        run.name,
        duration(run.seconds.cold),
        duration(run.seconds.warm),
        times(result.speed(run)),
        size(run.memory.peak if run.memory is not None else None),
        large(run.errors.inertia),
        decibels(run.errors.psnr),
        "" if same else rand(run.agreement.labels),
        "yardstick" if same else palette_words(run),
    ]


def below(result: CompareResult) -> Iterator[str]:
    """What the table says, and who is not in it."""
    yield from in_short(result)
    for run in result.runs:
        if run.state == "missing":
            yield f"{run.name} is not here: {run.reason}"


def plain_lines(result: CompareResult) -> Iterator[str]:
    """The table as text, figures flush right."""
    rows = [list(HEADINGS), *(cells(run, result) for run in result.done)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
    last = len(HEADINGS) - 1
    for row in rows:
        texts = [
            text.ljust(width) if place in (0, last) else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(texts).rstrip()


def print_rich(result: CompareResult, session: Session) -> None:
    """The table on a terminal, each palette beside its figures."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in HEADINGS:
        left = name in (HEADINGS[0], HEADINGS[-1])
        table.add_column(name, justify="left" if left else "right", no_wrap=True)
    for run in result.done:
        *figures, palette = cells(run, result)
        words = swatches(run).append(f" {palette}")
        table.add_row(*figures, words, style="yellow" if run.naive else None)
    Console(file=session.out, highlight=False).print(table)


def swatches(run: EngineRun) -> Text:
    """The palette's colours, in the yardstick's order, as blocks."""
    from rich.text import Text

    text = Text()
    for color in run.palette[:SWATCHES].tolist():
        red, green, blue = shown(color)
        text.append("█", style=f"rgb({red},{green},{blue})")
    if len(run.palette) > SWATCHES:
        text.append("…")
    return text
