"""OpenCV's grabCut with the same hints, each call in a process of its own with a time limit.

A few pictures with saturated colours keep its minimum cut busy for minutes. One that does not end
in time counts with the last iteration that did, or with its start if none did.
"""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection

import numpy as np

from benchmarks.cutout.hints import RIMS, Known

ITERATIONS = 5
LIMIT = 120.0
SURE_BACK, SURE_THING, PROBABLY_BACK, PROBABLY_THING = 0, 1, 2, 3
RESTS = {"rest background": PROBABLY_BACK, "rest thing": PROBABLY_THING}


def starts(known: Known, hint: str) -> dict[str, np.ndarray]:
    """The masks that grabCut may start from, by name; the best name over all pictures counts."""
    shape = known.mask.shape
    if hint == "strokes":
        found = {}
        for name, rest in RESTS.items():
            start = np.full(shape, rest, np.uint8)
            start[known.fg], start[known.bg] = SURE_THING, SURE_BACK
            found[name] = start
        return found
    boxes = {"box": known.box}
    if hint == "none":
        rims = {share: max(1, round(share * min(shape))) for share in RIMS}
        boxes = {
            f"rim {share:.0%}": (rim, rim, shape[1] - 2 * rim, shape[0] - 2 * rim)
            for share, rim in rims.items()
        }
    found = {}
    for name, (x, y, width, height) in boxes.items():
        start = np.full(shape, SURE_BACK, np.uint8)
        start[y : y + height, x : x + width] = PROBABLY_THING
        if not (start == SURE_BACK).any():  # grabCut needs some background
            start[[0, -1]] = start[:, [0, -1]] = SURE_BACK
        found[name] = start
    return found


def grab_cut(image: np.ndarray, start: np.ndarray, limit: float = LIMIT) -> np.ndarray:
    """(h, w) bool: the thing after five iterations, or as many as end in `limit` seconds."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_work, args=(image, start, there), daemon=True)
    process.start()
    there.close()
    found = (start == SURE_THING) | (start == PROBABLY_THING)
    for _ in range(ITERATIONS):
        if not here.poll(limit / ITERATIONS):
            break
        found = here.recv()
    process.kill()
    process.join()
    return found


def _work(image: np.ndarray, start: np.ndarray, out: Connection) -> None:
    import cv2

    cv2.setNumThreads(1)
    cv2.setRNGSeed(0)
    mask, fore, back = start.copy(), np.zeros((1, 65)), np.zeros((1, 65))
    picture = np.ascontiguousarray(image[..., ::-1])
    for number in range(ITERATIONS):
        mode = cv2.GC_EVAL if number else cv2.GC_INIT_WITH_MASK
        cv2.grabCut(picture, mask, None, back, fore, 1, mode)
        out.send((mask == SURE_THING) | (mask == PROBABLY_THING))
