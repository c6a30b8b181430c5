"""RajaRavi's own job: `ali.webp` at 600 x 400, repainted with 1,000, 400 and 120 flat regions.

RajaRavi (github.com/christyjestin/rajaravi, a seed of the region tree) was recorded at 14.5 s and
26.3, 24.3 and 20.9 dB. Time is from the array to the tree and all three repaints; decoding and
resizing are left out.
"""

from __future__ import annotations

import time

import numpy as np
from PIL import Image

from benchmarks.quantize.measure import pin, record
from benchmarks.quantize.pictures import DATA
from pochade.regions import build_tree, cut, region_means

RECORDED = {1000: 26.3, 400: 24.3, 120: 20.9}


def repaint(tree, image: np.ndarray, k: int) -> np.ndarray:
    """Each region in its mean colour: (h, w, 3) uint8."""
    found = cut(tree, regions=k)
    return np.rint(region_means(found, image)).astype(np.uint8)[found.labels]


def decibels(one: np.ndarray, two: np.ndarray) -> float:
    """Peak signal to noise ratio of two 8-bit pictures."""
    return float(10 * np.log10(255**2 / np.mean((one.astype(float) - two) ** 2)))


def run(threads: int, runs: int) -> None:
    """One row: seconds, and decibels at each number of regions beside the recorded ones."""
    pin(threads)
    path = next(iter(sorted(DATA.rglob("ali.webp"))), None)
    if path is None:
        raise SystemExit(f"no ali.webp under {DATA}")
    image = np.asarray(Image.open(path).convert("RGB").resize((600, 400), Image.Resampling.LANCZOS))
    image = np.ascontiguousarray(image)
    trees, alls = [], []
    for _ in range(runs):
        start = time.perf_counter()
        tree = build_tree(image, threads=threads)
        trees.append(time.perf_counter() - start)
        painted = {k: repaint(tree, image, k) for k in RECORDED}
        alls.append(time.perf_counter() - start)
    row = {
        "picture": "ali.webp",
        "tree_milliseconds": round(float(np.median(trees)) * 1e3, 1),
        "milliseconds": round(float(np.median(alls)) * 1e3, 1),
        "decibels": {k: round(decibels(image, one), 2) for k, one in painted.items()},
        "recorded_decibels": RECORDED,
        "recorded_seconds": 14.5,
    }
    print(row, flush=True)
    record(f"regions-seed-{threads}", threads, [row])
