"""Thin edges beside Canny's on BSDS500 val: boundary F, one threshold for all photos (ODS).

Every method is swept over its upper threshold; the lower one is 0.4 of it for all. Canny also over
the spread of its blur. The photos and segmentations go into `$POCHADE_DATA/bsds` (images/val and
groundTruth/val of the BSDS500).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks.edges.matching import Counts, by_distance, one_to_one
from benchmarks.quantize import pictures
from benchmarks.quantize.measure import pin, record

LOW = 0.4
AROUND = 4
"""Thresholds from the best by distance on that are also counted one to one, which takes long."""


class Photo(NamedTuple):
    picture: np.ndarray
    drawn: list[np.ndarray]


class Method(NamedTuple):
    """A name, the thresholds to try (None: its own choice), and what makes edges of a photo."""

    name: str
    thresholds: tuple[float | None, ...]
    prepare: Callable[[np.ndarray], Callable[[Any], np.ndarray]]


def photos(every: int) -> list[Photo]:
    from scipy.io import loadmat

    folder = pictures.DATA / "bsds"
    found = []
    for path in sorted((folder / "images" / "val").glob("*.jpg"))[::every]:
        truth = loadmat(folder / "groundTruth" / "val" / f"{path.stem}.mat")["groundTruth"]
        drawn = [truth[0, i]["Boundaries"][0, 0] > 0 for i in range(truth.shape[1])]
        found.append(Photo(pictures.load(path), drawn))
    if not found:
        sys.exit(f"no photos in {folder}: see benchmarks/README.md")
    return found


def ours(**options: Any) -> Callable[[np.ndarray], Callable[[Any], np.ndarray]]:
    def prepare(picture: np.ndarray) -> Callable[[Any], np.ndarray]:
        import pochade
        from pochade.edge_lines import connected

        result = pochade.edges(picture, **options)

        def at(high: float | None) -> np.ndarray:
            if high is None:
                return result.thin
            return connected(result.ridges, LOW * high, high, result.options.min_length)

        return at

    return prepare


def canny_of_skimage(sigma: float) -> Callable[[np.ndarray], Callable[[Any], np.ndarray]]:
    def prepare(picture: np.ndarray) -> Callable[[Any], np.ndarray]:
        from skimage.color import rgb2gray
        from skimage.feature import canny

        grey = rgb2gray(picture)
        return lambda high: canny(grey, sigma=sigma, low_threshold=LOW * high, high_threshold=high)

    return prepare


def canny_of_opencv(sigma: float) -> Callable[[np.ndarray], Callable[[Any], np.ndarray]]:
    def prepare(picture: np.ndarray) -> Callable[[Any], np.ndarray]:
        import cv2

        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        grey = cv2.GaussianBlur(grey, (0, 0), sigma)
        return lambda high: cv2.Canny(grey, LOW * high, high, L2gradient=True) > 0

    return prepare


def geometric(first: float, last: float, n: int = 12) -> tuple[float, ...]:
    return tuple(np.geomspace(first, last, n).tolist())


def methods() -> Iterator[Method]:
    contours = {"window": 9, "space": "lab", "lightness": 0.5}
    yield Method("pochade, its own threshold", (None,), ours())
    yield Method("pochade, swept", geometric(0.9, 7), ours())
    yield Method("pochade 9, its own threshold", (None,), ours(**contours))
    yield Method("pochade 9, swept", geometric(0.9, 7), ours(**contours))
    yield Method("pochade srgb, swept", geometric(5, 40), ours(space="srgb"))
    yield Method("pochade srgb 9, swept", geometric(5, 40), ours(space="srgb", window=9))
    for sigma in (1.0, 1.4, 2.0, 2.8):
        scale = min(1.0, 1.6 / sigma)
        sweep = geometric(0.08 * scale, 0.7 * scale)
        yield Method(f"canny, scikit-image, sigma {sigma}", sweep, canny_of_skimage(sigma))
    for sigma in (1.0, 1.4, 2.0, 2.8):
        scale = min(1.0, 1.6 / sigma)
        sweep = geometric(60 * scale, 600 * scale)
        yield Method(f"canny, OpenCV, sigma {sigma}", sweep, canny_of_opencv(sigma))


def run(threads: int, every: int, only: str, *, quick: bool) -> None:
    """One row for each method: the best threshold by either way of counting."""
    pin(threads)
    items = photos(every)
    rows: list[dict[str, object]] = []
    for method in methods():
        if only not in method.name:
            continue
        start = time.perf_counter()
        row = evaluate(method, items, quick=quick)
        taken = time.perf_counter() - start
        rows.append(row)
        print(row, f"{taken:.0f} s", file=sys.stderr, flush=True)
    if not only and not quick and every == 1:
        record("edges-bsds", threads, rows)


def evaluate(method: Method, items: list[Photo], *, quick: bool) -> dict[str, object]:
    """The best threshold by distance, and the best one to one, which is that or a little more."""
    row: dict[str, object] = {"name": method.name, "photos": len(items)}
    counted = count(method, items, method.thresholds, by_distance)
    best = max(range(len(counted)), key=lambda i: counted[i].f)
    row["distance"] = figures(counted[best], method.thresholds[best])
    if not quick:
        near = method.thresholds[max(0, best - 1) : best + AROUND]
        counted = count(method, items, near, one_to_one)
        best = max(range(len(counted)), key=lambda i: counted[i].f)
        row["pairs"] = figures(counted[best], near[best])
    return row


def count(
    method: Method,
    items: list[Photo],
    thresholds: tuple[float | None, ...],
    way: Callable[[np.ndarray, list[np.ndarray]], Counts],
) -> list[Counts]:
    """The counts of all photos together, for each threshold."""
    sums = [Counts(0, 0, 0, 0)] * len(thresholds)
    for photo in items:
        at = method.prepare(photo.picture)
        for i, threshold in enumerate(thresholds):
            sums[i] = sums[i].plus(way(at(threshold), photo.drawn))
    return sums


def figures(counted: Counts, threshold: float | None) -> dict[str, float | None]:
    return {
        "f": round(counted.f, 4),
        "precision": round(counted.precision, 4),
        "recall": round(counted.recall, 4),
        "threshold": None if threshold is None else round(threshold, 4),
    }
