"""`python -m benchmarks.segment`: see benchmarks/README.md."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

import numpy as np

import pochade
from benchmarks.quantize import pictures
from benchmarks.quantize.measure import pin, record, seconds, squared_error
from pochade.io import open_image

TWELVE = "4243x2828"
COUNTS = {"kodim23.png": 200, "12 megapixels": 1000}
FILES = (
    ("png", "flat"),
    ("png", "overlay"),
    ("png", "outlines"),
    ("svg", "numbers"),
    ("png", "numbers"),
    ("svg", "svg"),
    ("geojson", "geojson"),
    ("json", "table"),
    ("png", "labels"),
    ("png", "strength"),
)


def photos() -> dict[str, np.ndarray]:
    """A photo of 0.4 megapixels, and one of 12."""
    small = next(path for path in pictures.kodak() if path.name == "kodim23.png")
    large = max(pictures.large(), key=lambda path: path.stat().st_size)
    return {
        "kodim23.png": pictures.load(small),
        "12 megapixels": open_image(large, resize=TWELVE).pixels,
    }


def measured(name: str, image: np.ndarray, threads: int, runs: int) -> list[dict[str, object]]:
    """Seconds of each step on one photo, and as ratios to building the tree."""
    count = COUNTS[name]
    found = pochade.segment(image, count, threads=threads)
    tree = found.tree
    steps: dict[str, Callable[[], object]] = {
        "tree and cut": lambda: pochade.segment(image, count, threads=threads),
        "cut of a tree": lambda: pochade.segment(image, count, tree=tree, threads=threads),
        "table": lambda: pochade.segment(image, count, tree=tree, threads=threads).table,
        "kmeans": lambda: pochade.segment(image, 8, method="kmeans", threads=threads),
        "classic": lambda: pochade.segment(image, count, method="classic", threads=threads),
    }
    for form, kind in FILES:
        steps[f"{kind} as {form}"] = lambda form=form, kind=kind: found.encode(form, kind)
    rows: list[dict[str, object]] = []
    whole = 0.0
    for step, call in steps.items():
        taken = seconds(call, runs=runs, warm_up=0)
        whole = whole or taken
        row = {"photo": name, "step": step, "seconds": round(taken, 4)}
        row["ratio"] = round(taken / whole, 3)
        rows.append(row)
        print(row, file=sys.stderr)
    return rows


def repainted(name: str, image: np.ndarray, threads: int) -> list[dict[str, object]]:
    """PSNR of the flat repaint at several numbers of regions, by cost and method."""
    rows: list[dict[str, object]] = []
    for count in (120, 400, 1000):
        row: dict[str, object] = {"photo": name, "regions": count}
        for who, options in {
            "ward": {"cost": "ward"},
            "border": {"cost": "border"},
            "classic": {"method": "classic"},
        }.items():
            found = pochade.segment(image, count, threads=threads, **options)
            error = squared_error(image, found.colors, found.labels) / 3
            row[who] = round(10 * np.log10(255**2 / error), 2)
        rows.append(row)
        print(row, file=sys.stderr)
    return rows


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.segment", description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    pin(given.threads)
    rows: list[dict[str, object]] = []
    for name, image in photos().items():
        rows += measured(name, image, given.threads, given.runs)
    for path in pictures.kodak()[:4]:
        rows += repainted(path.name, pictures.load(path), given.threads)
    record(f"segment-{given.threads}", given.threads, rows)


if __name__ == "__main__":
    main()
