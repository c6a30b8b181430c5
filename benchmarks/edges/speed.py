"""Time of `edges`, as a ratio to NumPy's conversion of the same array to float32.

12 megapixels of a photo (the large one of the Kodak photos, enlarged) and of noise; the whole call
with its map; SciPy's and OpenCV's box filters, in turn, where they are installed; thin edges.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from benchmarks.quantize import pictures
from benchmarks.quantize.measure import pin, record, seconds_in_turn

ROWS, COLUMNS = 3000, 4000
WINDOWS = (3, 5, 9, 15, 31, 101)


def run(threads: int, runs: int) -> None:
    """The table of times."""
    pin(threads)
    import pochade

    picture = photo()
    calls: dict[str, Callable[[], object]] = {
        "numpy uint8 to float32": lambda: picture.astype(np.float32)
    }
    for window in WINDOWS:
        calls[f"pochade {window}"] = lambda window=window: pochade.edges(
            picture, window=window, threads=threads
        )
    calls["pochade 5, lab"] = lambda: pochade.edges(picture, space="lab", threads=threads)
    wide = picture.astype(np.uint16) * 257
    calls["pochade 5, 16 bits"] = lambda: pochade.edges(wide, threads=threads)
    calls["pochade 5, thin"] = lambda: pochade.edges(picture, threads=threads).thin
    calls.update(peers(picture, threads))
    taken = seconds_in_turn(calls, runs=runs)
    unit = taken["numpy uint8 to float32"]
    rows: list[dict[str, object]] = []
    for name, seconds in taken.items():
        rows.append({"name": name, "seconds": round(seconds, 4), "ratio": round(seconds / unit, 2)})
        print(f"{name:24} {1000 * seconds:8.1f} ms {seconds / unit:8.2f}", file=sys.stderr)
    record(f"edges-speed-{threads}", threads, rows)


def photo() -> np.ndarray:
    """A photo of 12 megapixels: the largest at hand, or a Kodak photo, repeated until it is."""
    found = pictures.large() or pictures.kodak()
    tile = pictures.load(found[0])
    down, across = -(-ROWS // tile.shape[0]), -(-COLUMNS // tile.shape[1])
    return np.ascontiguousarray(np.tile(tile, (down, across, 1))[:ROWS, :COLUMNS])


def peers(picture: np.ndarray, threads: int) -> dict[str, Callable[[], object]]:
    """The usual way, two box filters of floats, with the libraries at hand."""
    calls: dict[str, Callable[[], object]] = {}
    try:
        from scipy.ndimage import uniform_filter

        def with_scipy() -> np.ndarray:
            values = picture.astype(np.float32)
            size = (5, 5, 1)
            mean = uniform_filter(values, size)
            spread = uniform_filter(values * values, size) - mean * mean
            return np.sqrt(np.maximum(spread, 0).sum(axis=2))

        calls["scipy 5"] = with_scipy
    except ImportError:
        pass
    try:
        import cv2

        cv2.setNumThreads(threads)

        def with_opencv() -> np.ndarray:
            mean = cv2.boxFilter(picture, cv2.CV_32F, (5, 5))
            square = cv2.sqrBoxFilter(picture, cv2.CV_32F, (5, 5))
            return np.sqrt(np.maximum(square - mean * mean, 0).sum(axis=2))

        calls["opencv 5"] = with_opencv
    except ImportError:
        pass
    return calls
