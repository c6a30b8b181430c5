"""Time, memory and error of region trees from pixels, beside higra's Ward tree in the same run."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.quantize.measure import pin, record, seconds_in_turn
from benchmarks.quantize.pictures import DATA, load
from pochade.regions import build_tree, cut
from pochade.regions.bands import as_source
from pochade.regions.tree import RegionTree

COUNTS = (200, 1000, 5000)
PHOTOS = (
    "clyde/example_imgs/teletubbies.webp",
    "kodak/kodim03.png",
    "kodak/kodim13.png",
    "kodak/kodim23.png",
)
SIDE = 1000


def error(values: np.ndarray, labels: np.ndarray) -> float:
    """Mean squared error of the pixels about the mean of their region."""
    flat, of_pixel = values.reshape(-1, values.shape[2]).astype(np.float64), labels.reshape(-1)
    counts = np.bincount(of_pixel)
    total = float((flat**2).sum())
    for band in range(flat.shape[1]):
        total -= float((np.bincount(of_pixel, flat[:, band]) ** 2 / counts).sum())
    return total / len(flat)


def higra_tree(values: np.ndarray):
    """higra's binary partition tree by Ward linkage: parents and altitudes."""
    import higra

    h, w, c = values.shape
    graph = higra.get_4_adjacency_graph((h, w))
    return higra.binary_partition_tree_ward_linkage(graph, values.reshape(-1, c).astype(np.float64))


def as_region_tree(made, shape: tuple[int, int]) -> RegionTree:
    """higra's tree as ours, so that both are cut by the same code."""
    tree, altitudes = made
    parents = np.ascontiguousarray(tree.parents(), np.int32)
    raised = np.ascontiguousarray(altitudes, np.float32)
    for node in range(shape[0] * shape[1], len(parents) - 1):
        parent = parents[node]
        raised[parent] = max(raised[parent], raised[node])
    return RegionTree(shape=shape, parents=parents, altitudes=raised)


def photo_row(name: str, image: np.ndarray, threads: int, runs: int) -> dict[str, object]:
    values = as_source(image, "oklab").values()
    calls = {
        "ours": lambda: build_tree(image, threads=threads),
        "higra": lambda: higra_tree(values),
    }
    taken = seconds_in_turn(calls, runs=runs)
    ours = build_tree(image, threads=threads)
    exact = as_region_tree(higra_tree(values), ours.shape)
    ratios = {}
    for k in COUNTS:
        one, two = (cut(tree, regions=k).labels for tree in (ours, exact))
        ratios[k] = round(error(values, one) / error(values, two), 4)
    took = seconds_in_turn(
        {str(k): lambda k=k: cut(ours, regions=k) for k in COUNTS}, runs=max(runs, 5)
    )
    return {
        "photo": name,
        "pixels": image.shape[0] * image.shape[1],
        "milliseconds": round(taken["ours"] * 1e3, 1),
        "higra_milliseconds": round(taken["higra"] * 1e3, 1),
        "times_faster": round(taken["higra"] / taken["ours"], 1),
        "error_ratio": ratios,
        "cut_milliseconds": {k: round(value * 1e3, 2) for k, value in took.items()},
    }


def run(threads: int, runs: int) -> None:
    pin(threads)
    rows: list[dict[str, object]] = []
    for name in PHOTOS:
        rows.append(photo_row(Path(name).name, load(DATA / name), threads, runs))
        print(rows[-1], flush=True)
    rows += awkward(threads, runs)
    record(f"regions-speed-{threads}", threads, rows)


def awkward(threads: int, runs: int) -> list[dict[str, object]]:
    """Pictures on which merging in rounds or in order may fall off a cliff."""
    y, x = np.mgrid[:SIDE, :SIDE]
    rng = np.random.default_rng(0)
    disc = np.where(
        (x - 500) ** 2 + (y - 500) ** 2 < 200**2, 30, np.where(abs(x - y) < 40, 200, 255)
    )
    planes = {
        "constant": np.full((SIDE, SIDE), 99),
        "ramp": (x + y) * 255 // (2 * SIDE),
        "noise": rng.integers(0, 256, (SIDE, SIDE, 3)),
        "checkerboard": (x + y) % 2 * 255,
        "logo": disc,
    }
    rows: list[dict[str, object]] = []
    for name, plane in planes.items():
        image = plane if plane.ndim == 3 else np.repeat(plane[..., None], 3, axis=2)
        image = np.ascontiguousarray(image.astype(np.uint8))
        taken = seconds_in_turn(
            {name: lambda image=image: build_tree(image, threads=threads)}, runs=runs
        )
        row = {"picture": name, "nanoseconds_a_pixel": round(taken[name] * 1e9 / SIDE**2)}
        rows.append(row)
        print(row, flush=True)
    return rows


def run_large(threads: int) -> None:
    """Photos of about 12 megapixels, each in a process of its own for its memory."""
    rows = []
    for path in sorted((DATA / "large").glob("*.jpg")):
        command = [sys.executable, "-m", "benchmarks.regions", "large-one", str(path)]
        done = subprocess.run(
            [*command, "--threads", str(threads)], capture_output=True, text=True, check=True
        )
        row = json.loads(done.stdout.splitlines()[-1])
        rows.append(row)
        print(row, flush=True)
    record(f"regions-large-{threads}", threads, rows)


def run_one(path: Path, threads: int) -> None:
    """One large photo, cut to 11.8 megapixels: best of three builds, and cuts."""
    pin(threads)
    image = np.ascontiguousarray(load(path)[:3000, :3930])
    before = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if Path("/proc/self/clear_refs").exists():
        Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew
    times, tree = [], None
    for _ in range(3):
        tree = None
        start = time.perf_counter()
        tree = build_tree(image, threads=threads)
        times.append(time.perf_counter() - start)
        if len(times) == 1:
            peak = high_water() - before
    took = seconds_in_turn({str(k): lambda k=k: cut(tree, regions=k) for k in COUNTS}, runs=5)
    row = {
        "photo": path.name,
        "megapixels": round(image.shape[0] * image.shape[1] / 1e6, 1),
        "seconds": round(min(times), 2),
        "first_seconds": round(times[0], 2),
        "extra_gigabytes": round(peak / 1e9, 3),
        "cut_milliseconds": {k: round(value * 1e3, 1) for k, value in took.items()},
    }
    print(json.dumps(row), flush=True)


def high_water() -> int:
    """The most memory that this process held at once, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
