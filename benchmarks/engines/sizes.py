"""Time per point, centre and dimension of one pass: where `auto` should go over to another engine.

On one processor, in time of that processor, so that a busy machine matters less.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from benchmarks.quantize.measure import pin, record

NAMES = ("native", "sklearn", "torch", "jax", "reference")
WORK, MOST, SLOWEST = 4e9, 200_000, 1e9


def run(only: str) -> None:
    """The table of times."""
    pin(1)
    from pochade.kmeans.engines.registry import get_engine

    random = np.random.default_rng(0)
    names = [name for name in NAMES if only in name]
    print("        n     k    d" + "".join(f"{name:>11}" for name in names), file=sys.stderr)
    rows: list[dict[str, object]] = []
    for d in (3, 8, 16, 32, 64, 128, 256):
        for k in (16, 64, 256, 2048):
            n = int(min(MOST, max(8192, WORK / (k * d))))
            points = (20 * random.normal(size=(n, d))).astype(np.float32)
            centers = points[:k].astype(np.float64)
            row: dict[str, object] = {"n": n, "k": k, "d": d}
            for name in names:
                if name == "reference" and n * k * d > SLOWEST:
                    continue
                engine = get_engine(name)
                engine.step(points[:8192], None, centers, threads=1)
                start = time.process_time()
                engine.step(points, None, centers, threads=1)
                row[name] = round((time.process_time() - start) / (n * k * d) * 1e9, 4)
            rows.append(row)
            cells = "".join(f"{row.get(name, ''):>11}" for name in names)
            print(f"{n:9}{k:6}{d:5}{cells}  ns", file=sys.stderr)
    record("engines-sizes", 1, rows)
