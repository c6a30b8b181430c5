"""Ten megapixels, every pixel a point: memory at k = 279, and the error at k = 20.

That is where the naive JAX notebook asks for 33.6 GB, and where it turns the picture black. Each
engine runs in a process of its own; memory is what it needs at most beyond the points, its library
imported and its programs compiled on other points before.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np

from benchmarks.quantize import pictures
from benchmarks.quantize.large import _peak, _start_of_peak
from benchmarks.quantize.measure import pin, record

KS = {279: 1, 20: 3}
"""Iterations for each k."""


def run(threads: int, only: str) -> None:
    """The table of errors and memory."""
    from pochade.kmeans.engines.registry import engines

    names = [one.name for one in engines() if one.available and only in one.name]
    rows: list[dict[str, object]] = []
    for k in KS:
        exact: float | None = None
        for name in sorted(names, key=lambda name: name != "reference"):
            command = [
                sys.executable,
                "-c",
                f"from benchmarks.engines.large import one; one({name!r}, {k}, {threads})",
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(name, done.stderr[-500:], file=sys.stderr)
                continue
            row = {"name": name, "k": k, **json.loads(done.stdout)}
            if name == "reference":
                exact = row["psnr_db"]
            row["beside_exact_db"] = None if exact is None else round(row["psnr_db"] - exact, 5)
            rows.append(row)
            print(row, file=sys.stderr, flush=True)
    record(f"engines-large-{threads}", threads, rows)


def one(name: str, k: int, threads: int) -> None:
    """One engine in this process; prints its row."""
    pin(threads)
    from pochade.kmeans.driver import open_session
    from pochade.kmeans.engines.registry import get_engine

    points = picture()
    random = np.random.default_rng(0)
    start = np.unique(points[random.choice(len(points), 4 * k)], axis=0)
    start = start[random.choice(len(start), k, replace=False)].astype(np.float64)
    engine = get_engine(name)
    few = open_session(engine, points[:100_000], None, threads=threads)
    few.lloyd(start, max_iter=1, tol=0.0, observe=None)
    few.assign(start)
    del few
    before, began = _start_of_peak(), time.perf_counter()
    session = open_session(engine, points, None, threads=threads)
    run = session.lloyd(start, max_iter=KS[k], tol=0.0, observe=None)
    labels, inertia = session.assign(run.centers)
    seconds, extra = time.perf_counter() - began, max(0, _peak() - before) * 1024
    assert len(labels) == len(points)
    psnr = 10 * np.log10(255**2 * points.size / inertia)
    row = {
        "megapixels": round(len(points) / 1e6, 1),
        "seconds": round(seconds, 2),
        "extra_megabytes": round(extra / 1e6),
        "psnr_db": round(float(psnr), 5),
    }
    print(json.dumps(row))


def picture() -> np.ndarray:
    """The points (n, 3) float32 of the photo nearest to ten megapixels."""
    found = [pictures.load(path) for path in pictures.large()]
    best = min(found, key=lambda image: abs(image.shape[0] * image.shape[1] - 10_000_000))
    return best.reshape(-1, 3).astype(np.float32)
