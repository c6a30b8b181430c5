"""A sweep with GIF beside the seed's way: `python -m benchmarks.sweep seed`.

The seed's way is what "KMeans Color Compressor" does: for each k scikit-learn's KMeans with ten
starts on all pixels, every pixel recoloured, and the frames written by PIL with the original last.
Reading is left out of both. The inertia of both is worked out in float64 from the centres.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
from PIL import Image

import pochade
from benchmarks.quantize import pictures
from benchmarks.quantize.measure import pin, record, seconds
from pochade.histogram import ColorCounts, count_colors

KS = range(2, 16)
STARTS = 10


def run(threads: int, runs: int, name: str = "kodim23.png") -> None:
    """Both ways on one photo of 768 x 512, in the same run."""
    pin(threads)
    photo = pictures.load(next(path for path in pictures.kodak() if path.name == name))
    counts = count_colors([photo])
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours.gif", Path(folder) / "theirs.gif"

        def sweep_and_save() -> pochade.SweepResult:
            swept = pochade.sweep(photo, KS, threads=threads)
            swept.save_gif(ours, overwrite=True)
            return swept

        took = seconds(sweep_and_save, runs=runs)
        swept = sweep_and_save()
        begin = perf_counter()
        centers = seeds_way(photo, theirs)
        their_seconds = perf_counter() - begin
        sizes = ours.stat().st_size, theirs.stat().st_size
    rows: list[dict[str, object]] = []
    for step, found in zip(swept.results, centers, strict=True):
        mine, other = inertia(counts, step.centers), inertia(counts, found)
        rows.append({"k": step.k, "inertia": mine, "sklearn": other, "ratio": mine / other})
        print(f"k = {step.k:2}  inertia / scikit-learn's {mine / other:.6f}", file=sys.stderr)
    rows.append(
        {
            "photo": name,
            "seconds": round(took, 3),
            "seed_seconds": round(their_seconds, 3),
            "time_ratio": round(took / their_seconds, 4),
            "gif_bytes": sizes[0],
            "seed_gif_bytes": sizes[1],
            "worst_inertia_ratio": max(float(str(row["ratio"])) for row in rows),
        }
    )
    print(f"{took:.2f} s beside {their_seconds:.2f} s: {took / their_seconds:.3f}", file=sys.stderr)
    record("sweep-seed", threads, rows)


def seeds_way(photo: np.ndarray, path: Path) -> list[np.ndarray]:
    """The centres of each k, as the seed finds them; writes its GIF."""
    from sklearn.cluster import KMeans

    pixels = photo.reshape(-1, 3)
    frames, centers = [], []
    for k in KS:
        model = KMeans(n_clusters=k, init="k-means++", n_init=STARTS, random_state=0).fit(pixels)
        flat = model.cluster_centers_[model.labels_].astype(np.uint8)
        frames.append(Image.fromarray(flat.reshape(photo.shape)))
        centers.append(model.cluster_centers_)
    frames.append(Image.fromarray(photo))
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=600, loop=0)
    return centers


def inertia(counts: ColorCounts, centers: np.ndarray) -> float:
    """Sum over pixels of the squared distance to the nearest centre, in float64."""
    least = np.full(len(counts), np.inf)
    for center in centers:
        gap = counts.colors.astype(np.float64) - center
        np.minimum(least, np.square(gap).sum(axis=1), out=least)
    return float(least @ counts.counts.astype(np.float64))
