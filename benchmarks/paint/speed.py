"""Time and memory of painting, and of one step of a slider or one dab of a brush."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from benchmarks.quantize import pictures
from benchmarks.quantize.measure import pin, record, seconds
from pochade.io import open_image
from pochade.painting.anchors import Anchors, Guide
from pochade.painting.blend import blend
from pochade.painting.guide import make_guide
from pochade.painting.hierarchy import build_hierarchy
from pochade.painting.solve import solve_colors

TWELVE = "4243x2828"
COUNTS = (1400, 4000)
DAB = 200


def steps(
    image: np.ndarray, guide: Guide, anchors: Anchors, threads: int
) -> dict[str, Callable[[], object]]:
    """What is timed: passes over the whole photo, and over a preview of one megapixel."""
    small = guide.lab.shape[:2]
    top, left = (small[0] - DAB) // 2, (small[1] - DAB) // 2
    dab = (top, left, top + DAB, left + DAB)
    return {
        "guide": lambda: make_guide(image, threads=threads),
        "solve": lambda: solve_colors(anchors, image, guide, threads=threads),
        "blend": lambda: blend(anchors, guide, image.shape[:2], threads=threads),
        "preview": lambda: blend(anchors, guide, small, threads=threads),
        "preview, softer": lambda: blend(anchors, guide, small, softness=0.7, threads=threads),
        "dab": lambda: blend(anchors, guide, small, window=dab, threads=threads),
    }


def run(threads: int, runs: int) -> None:
    """A row for each step and number of anchors on the largest photo, reduced to 12 megapixels."""
    pin(threads)
    path = max(pictures.large(), key=lambda path: path.stat().st_size)
    image = open_image(path, resize=TWELVE).pixels
    guide = make_guide(image, threads=threads)
    hierarchy = build_hierarchy(image, guide, threads=threads)
    rows: list[dict[str, object]] = []
    for count in COUNTS:
        anchors = hierarchy.anchors(count=count)
        for step, call in steps(image, guide, anchors, threads).items():
            taken = seconds(call, runs=runs)
            rows.append({"step": step, "anchors": count, "seconds": round(taken, 4)})
            print(rows[-1], file=sys.stderr)
    record(f"paint-speed-{threads}", threads, rows)
