"""`pochade.compare` on a bundled photo, and on one of ten megapixels.

`photo` makes the tables of docs/six-engines.md. `large` is where the notebook version asked for
33.6 GB (k = 279) and turned the picture black (k = 20); it needs the large photos.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

import pochade
from benchmarks.quantize import pictures
from benchmarks.quantize.measure import record
from pochade.apps.json_report import finite
from pochade.compare_result import CompareResult, EngineRun
from pochade.plot.compare_words import naive_words

PHOTO = "spices.jpg"
LARGE = "tea-gardens.jpg"


def photo(threads: int, runs: int) -> None:
    """Eight and 64 colours of a bundled photo, every engine and every naive version."""
    path = Path(str(files("pochade").joinpath("data", "demo", PHOTO)))
    rows = []
    for k in (8, 64):
        found = pochade.compare(path, k, naive=True, repeats=runs, threads=threads)
        rows += figures(found, path.name)
    record("compare-photo", threads, rows)


def large(threads: int, runs: int) -> None:
    """Ten megapixels, k = 20 with the naive versions, and k = 279."""
    path = next(path for path in pictures.large() if path.name == LARGE)
    rows = []
    for k, naive, iters in ((20, True, 3), (279, True, 1)):
        found = pochade.compare(
            path, k, naive=naive, iters=iters, repeats=min(runs, 3), threads=threads, limit=1200
        )
        rows += figures(found, path.name)
    record("compare-large", threads, rows)


def figures(found: CompareResult, name: str) -> list[dict[str, object]]:
    """A row for each engine."""
    for note in found.notes:
        print(note, file=sys.stderr)
    rows = [figure(run, found) | {"photo": name} for run in found.runs]
    for row in rows:
        print({key: row[key] for key in ("engine", "k", "warm", "memory", "psnr")}, file=sys.stderr)
    return rows


def figure(run: EngineRun, found: CompareResult) -> dict[str, object]:
    """One engine's figures; those of speed beside the reference of the same comparison."""
    row: dict[str, object] = {
        "engine": run.name,
        "naive": run.naive,
        "state": run.state,
        "reason": run.reason,
        "summary": run.summary,
        "device": run.device,
        "version": run.version,
        "k": found.k,
        "points": found.points,
        "iterations": found.options.iters,
        "cold": None,
        "warm": None,
        "speed": found.speed(run),
        "memory": None if run.memory is None else run.memory.peak,
        "library": None if run.memory is None else run.memory.library,
        "psnr": None,
    }
    if run.seconds is None or run.errors is None or run.agreement is None:
        return row
    return row | {
        "cold": run.seconds.cold,
        "warm": run.seconds.warm,
        "inertia": run.errors.inertia,
        "psnr": finite(run.errors.psnr),
        "palette_equal": run.agreement.equal,
        "palette": len(run.palette),
        "centers_shift": run.agreement.shift,
        "labels": run.agreement.labels,
        "pixels": run.agreement.differing,
        "lesson": naive_words(run, found) if run.naive else "",
    }
