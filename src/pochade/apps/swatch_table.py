"""Palettes in the terminal: coloured swatches where it shows colours, a plain table elsewhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pochade.apps.session import Session, printable

if TYPE_CHECKING:
    from pochade.palette.result import PaletteResult, Swatch

COLUMNS = ("colour", "share", "name", "at x,y", "text", "roles")


def show(result: PaletteResult, session: Session, *, heading: str) -> None:
    """Print a palette on standard output.

    With colours (24 bits, or the nearest of 256, as the terminal says) on a terminal that has any,
    unless NO_COLOR is set; the same words without colours anywhere else.
    """
    rows = [cells(swatch) for swatch in result.swatches]
    used = [place for place in range(len(COLUMNS)) if any(row[place] for row in rows)]
    widths = [max(len(row[place]) for row in (COLUMNS, *rows)) for place in used]

    def line(row: tuple[str, ...]) -> str:
        padded = [row[place].ljust(width) for place, width in zip(used, widths, strict=True)]
        return "  ".join(padded).rstrip()

    lines = [line(COLUMNS), *(line(row) for row in rows)]
    if session.out.isatty() and not os.environ.get("NO_COLOR"):
        show_in_colour(result, session, [heading, *lines])
        return
    for text in (heading, *lines):
        session.print(text)


def cells(swatch: Swatch) -> tuple[str, ...]:
    """What the table says of a colour; its name cannot command a terminal."""
    place = swatch.location
    where = "" if place is None else f"{place.x},{place.y}"
    if place is not None and place.picture:
        where += f" in {place.picture + 1}"
    return (
        swatch.hex,
        "" if swatch.share is None else f"{swatch.share:6.1%}",
        printable(swatch.name),
        where,
        f"{swatch.text} {swatch.contrast:.1f}:1",
        ", ".join(role.replace("_", " ") for role in swatch.roles),
    )


def show_in_colour(result: PaletteResult, session: Session, lines: list[str]) -> None:
    """The same lines with a swatch in front of each, as rich finds the terminal able to."""
    from rich.console import Console
    from rich.style import Style
    from rich.text import Text

    console = Console(file=session.out, highlight=False)
    if console.color_system is None:
        for text in lines:
            session.print(text)
        return
    heading, titles, *rows = lines
    session.clear_line()
    console.print(Text(heading), soft_wrap=True)
    console.print(Text(" " * 8 + titles, style="dim"), soft_wrap=True)
    for swatch, row in zip(result.swatches, rows, strict=True):
        block = Text("  Aa  ", Style(color=swatch.text, bgcolor=swatch.hex[:7]))
        console.print(Text.assemble(block, "  ", row), soft_wrap=True)
