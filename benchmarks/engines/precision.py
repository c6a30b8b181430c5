"""What rounded products do to labels: patches of photos, as they are and as directions.

Patches of 16 x 16 grey pixels, minus their mean, beside 2,048 others of them. The rounding is that
of a graphics card's matrix units, done on the processor.
"""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.quantize import pictures
from benchmarks.quantize.measure import pin, record

SIDE, K = 16, 2048


def run(threads: int) -> None:
    """The table of errors."""
    pin(threads)
    from pochade.kmeans.cosine import unit_rows
    from pochade.kmeans.engines.reference import squared_distances
    from pochade.kmeans.engines.registry import get_engine

    random = np.random.default_rng(0)
    patches = np.concatenate([of_photo(pictures.load(path)) for path in pictures.kodak()])
    patches = patches[random.permutation(len(patches))]
    patches = patches[np.abs(patches).max(axis=1) > 4]
    rows: list[dict[str, object]] = []
    for kind, table in (("patches", patches), ("directions", unit_rows(patches))):
        centers, points = table[:K].astype(np.float64), table[K : K + 8192]
        distances = np.concatenate(
            [squared_distances(points[at : at + 256], centers) for at in range(0, 8192, 256)]
        )
        exact, least = distances.argmin(axis=1), distances.min(axis=1)
        for engine in ("torch", "jax"):
            for precision in ("float32", "tf32", "bf16"):
                labels, _ = get_engine(f"{engine},precision={precision}").assign(
                    points, centers, threads=threads
                )
                own = distances[np.arange(len(points)), labels]
                row: dict[str, object] = {
                    "data": kind,
                    "engine": engine,
                    "precision": precision,
                    "labels_changed": round(float((labels != exact).mean()), 5),
                    "inertia_ratio": round(float(own.sum() / least.sum()), 8),
                }
                rows.append(row)
                print(row, file=sys.stderr)
    record("engines-precision", threads, rows)


def of_photo(picture: np.ndarray) -> np.ndarray:
    """All whole patches of a photo without their mean, (n, 256) float32."""
    grey = picture.astype(np.float32).mean(axis=2)
    rows, columns = (length // SIDE for length in grey.shape)
    grid = grey[: rows * SIDE, : columns * SIDE].reshape(rows, SIDE, columns, SIDE)
    patches = grid.transpose(0, 2, 1, 3).reshape(-1, SIDE * SIDE)
    return patches - patches.mean(axis=1, keepdims=True)
