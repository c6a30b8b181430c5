"""`python -m benchmarks.brush`: time and memory of the last pass of a painting, for every preset.

A photo of 12 megapixels (the largest at hand, repeated until it is) stands for the blended
painting, with 2,400 anchors on a grid, as many as a middle level has. Time is a ratio to NumPy's
conversion of the same array to float32; memory is what NumPy's arrays take at most, the result
included.
"""

from __future__ import annotations

import argparse
import sys
import tracemalloc
from collections.abc import Callable

import numpy as np

from benchmarks.edges.speed import photo
from benchmarks.quantize.measure import pin, record, seconds_in_turn

ANCHORS = 2400


def main() -> None:
    """The table of times."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.brush", description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    pin(given.threads)
    from pochade.painting.brush import finish
    from pochade.painting.look_options import PRESETS
    from pochade.painting.presets import load_preset

    picture = photo()
    anchors, guide = laid(picture)
    used = {}
    calls: dict[str, Callable[[], object]] = {
        "numpy uint8 to float32": lambda: picture.astype(np.float32)
    }
    for name in PRESETS:
        look = load_preset(name)
        calls[name] = lambda look=look: finish(picture, anchors, guide, look, threads=given.threads)
        used[name] = taken_by(calls[name])
    taken = seconds_in_turn(calls, runs=given.runs)
    unit = taken["numpy uint8 to float32"]
    rows: list[dict[str, object]] = []
    for name, seconds in taken.items():
        row = {"name": name, "seconds": round(seconds, 4), "ratio": round(seconds / unit, 2)}
        rows.append(row | {"arrays_mib": used.get(name, 0)})
        line = f"{name:24} {1000 * seconds:8.1f} ms {seconds / unit:8.2f} {used.get(name, 0):6} MiB"
        print(line, file=sys.stderr)
    record(f"brush-speed-{given.threads}", given.threads, rows)


def laid(picture: np.ndarray) -> tuple[object, object]:
    """Anchors on a grid and a guide of a quarter megapixel."""
    from pochade.color.convert import convert
    from pochade.painting.anchors import Anchors, Guide

    rows, cols = picture.shape[:2]
    apart = (rows * cols / ANCHORS) ** 0.5
    y, x = np.mgrid[apart / 2 : rows : apart, apart / 2 : cols : apart].reshape(2, -1)
    colors = picture[y.astype(int), x.astype(int)]
    one = np.ones(len(y), np.float32)
    places = np.stack([y, x], axis=1).astype(np.float32)
    tones = convert(colors, "srgb", "lab")
    frame = (rows, cols)
    anchors = Anchors(
        places, colors.astype(np.float32), tones, one * np.float32(apart), one * 0, one, frame
    )
    step = max(1, round((rows * cols / 250_000) ** 0.5))
    small = np.ascontiguousarray(picture[::step, ::step])
    return anchors, Guide(convert(small, "srgb", "lab"), frame)


def taken_by(call: Callable[[], object]) -> int:
    """The most memory that NumPy's arrays take during a call, its result included, in MiB."""
    tracemalloc.start()
    call()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most >> 20


if __name__ == "__main__":
    main()
