"""The methods of placing anchors, at the same number of anchors on the same six pictures."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.paint.equal_anchors import ABOUT, NAMES, psnr
from benchmarks.quantize import pictures
from benchmarks.quantize.measure import record
from pochade.painting import nested
from pochade.painting.blend import blend
from pochade.painting.classic import paint_classic
from pochade.painting.guide import make_guide
from pochade.painting.hierarchy import METHODS, build_hierarchy
from pochade.painting.solve import solve_colors


def best(work: Callable[[], Any], runs: int) -> float:
    """The least wall time of some runs, in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return round(1000 * min(times), 1)


def row_of(name: str, method: str, threads: int, runs: int) -> dict[str, object]:
    """One method on one picture."""
    image = pictures.load(pictures.DATA / name)
    guide = make_guide(image, threads=threads)
    size = (image.shape[0], image.shape[1])

    def build() -> Any:
        if method == "classic":
            return paint_classic(image, guide, threads=threads)
        return build_hierarchy(image, guide, method=method, threads=threads)

    hierarchy = build()
    anchors = hierarchy.anchors(count=ABOUT)
    row: dict[str, object] = {"picture": name, "method": method, "anchors": len(anchors)}
    for label, used in (("guided", guide), ("anchors only", None)):
        row[f"{label}, means"] = round(psnr(image, blend(anchors, used, size, threads=threads)), 2)
        solved = solve_colors(anchors, image, used, threads=threads)
        row[label] = round(psnr(image, blend(solved, used, size, threads=threads)), 2)
    row["build ms"] = best(build, runs)
    fresh = iter([build() for _ in range(runs)])  # a level that is found is kept
    row["level ms"] = best(lambda: next(fresh).anchors(8.0), runs)
    return row


def run(threads: int, runs: int) -> None:
    """A row for each method: means over the pictures."""
    rows = []
    for method in (*METHODS, "classic"):
        found = [row_of(name, method, threads, runs) for name in NAMES]
        mean: dict[str, object] = {"method": method}
        for label, value in found[0].items():
            if label not in ("picture", "method"):
                assert isinstance(value, int | float)
                values = [float(str(row[label])) for row in found]
                mean[label] = round(float(np.mean(values)), 2)
        rows.append(mean)
        print(mean, file=sys.stderr)
    record("paint-methods", threads, rows)


def balance(threads: int) -> None:
    """PSNR with the guide, mean colours, by how much place counts: a row for each weight."""
    rows = []
    for extent in (30.0, 60.0, 100.0, 150.0, 250.0):
        row: dict[str, object] = {"extent": extent}
        found: dict[int, list[float]] = {160: [], ABOUT: [], 6000: []}
        for name in NAMES:
            image = pictures.load(pictures.DATA / name)
            guide = make_guide(image, threads=threads)
            with mock.patch.object(nested, "EXTENT", extent):
                hierarchy = build_hierarchy(image, guide, threads=threads)
            for count, values in found.items():
                anchors = hierarchy.anchors(count=count)
                painted = blend(anchors, guide, (image.shape[0], image.shape[1]), threads=threads)
                values.append(psnr(image, painted))
        row |= {str(count): round(float(np.mean(values)), 2) for count, values in found.items()}
        rows.append(row)
        print(row, file=sys.stderr)
    record("paint-balance", threads, rows)
