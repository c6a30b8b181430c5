"""PSNR at the same number of anchors as the first program's rule, on the same six pictures."""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.paint.seed_rule import rounds
from benchmarks.quantize import pictures
from benchmarks.quantize.measure import record
from pochade.painting.blend import blend
from pochade.painting.guide import make_guide
from pochade.painting.hierarchy import build_hierarchy
from pochade.painting.solve import solve_colors

NAMES = (
    "clyde/example_imgs/teletubbies.webp",
    *(f"kodak/kodim{n:02}.png" for n in (3, 5, 7, 15, 23)),
)
ABOUT = 1400


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    gap = one.astype(np.float64) - other
    return float(10 * np.log10(255**2 / np.mean(gap * gap)))


def row_of(name: str, threads: int) -> dict[str, object]:
    """One picture: at the round of the seed's rule whose anchors are nearest to 1,400."""
    image = pictures.load(pictures.DATA / name)
    seed = min(rounds(image), key=lambda found: abs(found.anchors - ABOUT))
    guide = make_guide(image, threads=threads)
    anchors = build_hierarchy(image, guide, threads=threads).anchors(count=seed.anchors)
    row: dict[str, object] = {"picture": name, "anchors": seed.anchors, "ours": len(anchors)}
    row["seed"] = round(psnr(image, seed.picture), 2)
    for label, used in (("guided", guide), ("anchors only", None)):
        solved = solve_colors(anchors, image, used, threads=threads)
        painted = blend(solved, used, image.shape[:2], threads=threads)
        row[label] = round(psnr(image, painted), 2)
    return row


def run(threads: int) -> None:
    """A row for each picture, and the means."""
    rows = []
    for name in NAMES:
        rows.append(row_of(name, threads))
        print(rows[-1], file=sys.stderr)
    means: dict[str, object] = {"picture": "mean"}
    for label in ("anchors", "seed", "guided", "anchors only"):
        means[label] = round(float(np.mean([float(str(row[label])) for row in rows])), 2)
    print(means, file=sys.stderr)
    record("paint-equal-anchors", threads, [*rows, means])
