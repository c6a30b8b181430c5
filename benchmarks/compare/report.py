"""Puts the recorded comparison into docs/six-engines.md: `python -m benchmarks.compare report`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from benchmarks.quantize.measure import RESULTS
from benchmarks.quantize.pictures import ROOT
from pochade.plot.compare_words import decibels, duration, percent, rand, size, times

PAGE = ROOT / "docs" / "six-engines.md"
START, END = "<!-- table: made by python -m benchmarks.compare report -->", "<!-- end of table -->"
HEAD = ("engine", "cold", "warm", "speed", "memory", "PSNR", "equal colours", "labels", "pixels")


def run() -> None:
    """Rewrite what is between the marks of the page."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    if not rest:
        raise SystemExit(f"{PAGE.name} has no line {START}")
    made = "\n".join(tables()).strip()
    PAGE.write_text(f"{before}{START}\n\n{made}\n\n{END}{after}", "utf-8")


def tables() -> Iterator[str]:
    """A table for each photo and k that was recorded."""
    for name in ("compare-photo", "compare-large"):
        path = RESULTS / f"{name}.json"
        if not path.exists():
            continue
        found = json.loads(path.read_text())
        context, rows = found["context"], found["rows"]
        yield (
            f"Measured with {context['threads']} thread(s) on {context['processor']}, commit "
            f"{context['commit']}, pochade {context['versions']['pochade']}.\n"
        )
        for key in dict.fromkeys((row["photo"], row["k"]) for row in rows):
            yield from table([row for row in rows if (row["photo"], row["k"]) == key])


def table(rows: list[dict]) -> Iterator[str]:
    """One comparison."""
    first = rows[0]
    times_ = "iteration" if first["iterations"] == 1 else "iterations"
    yield (
        f"**{first['photo']}, k = {first['k']}**: {first['points']:,} pixels, "
        f"{first['iterations']} {times_}.\n"
    )
    yield "| " + " | ".join(HEAD) + " |"
    yield "|" + "---|" * len(HEAD)
    for row in rows:
        yield "| " + " | ".join(cells(row)) + " |"
    yield ""


def cells(row: dict) -> list[str]:
    """One line of a table."""
    name = f"`{row['engine']}`" + (" (naive)" if row["naive"] else "")
    if row["state"] != "done":
        return [name, f"{row['state']}: {row['reason']}", *[""] * (len(HEAD) - 2)]
    exact = float("inf") if row["psnr"] is None else row["psnr"]
    return [
        name,
        duration(row["cold"]),
        duration(row["warm"]),
        times(row["speed"]),
        size(row["memory"]),
        decibels(exact),
        f"{row['palette_equal']} of {row['palette']}",
        rand(row["labels"]),
        percent(row["pixels"]),
    ]
