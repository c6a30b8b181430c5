"""Which round of the first program the level score picks: its published frames, and runs anew.

The author stopped at iteration 8 of 12 by eye. `clyde/grad` has the frames as published; the runs
anew are with the same rule (see `seed_rule`), on that photo and on others.
"""

from __future__ import annotations

import sys

import numpy as np
from PIL import Image as Pillow

from benchmarks.paint.seed_rule import ROUNDS, rounds
from benchmarks.quantize import pictures
from benchmarks.quantize.measure import record
from pochade.painting.classic import paint_classic
from pochade.painting.level import Judge

PHOTO = "clyde/example_imgs/teletubbies.webp"
NAMES = (PHOTO, *(f"kodak/kodim{n:02}.png" for n in (3, 5, 7, 15, 23)))


def published(threads: int = 1) -> dict[str, object]:
    """The author's twelve frames, each judged beside the photo at the size of the frames."""
    folder = pictures.DATA / "clyde" / "grad"
    frames = [np.asarray(Pillow.open(folder / f"{at}.png").convert("RGB")) for at in range(ROUNDS)]
    photo = Pillow.open(pictures.DATA / PHOTO).convert("RGB")
    size = (frames[0].shape[1], frames[0].shape[0])
    resized = np.asarray(photo.resize(size, Pillow.Resampling.LANCZOS))
    return row_of("published frames", "as published", resized, frames, threads)


def row_of(
    name: str, rule: str, photo: np.ndarray, frames: list[np.ndarray], threads: int
) -> dict[str, object]:
    """The score of each iteration, and the one of the highest."""
    judge = Judge(photo, threads=threads)
    scores = [round(judge.score(frame).score, 3) for frame in frames]
    picked = int(np.argmax(scores)) + 1
    return {"picture": name, "rule": rule, "picked": picked, "scores": scores}


def run(threads: int) -> None:
    """A row for the published frames, and two for each picture: the rule as it was, and mended."""
    rows = [published(threads)]
    print(rows[-1], file=sys.stderr)
    for name in NAMES:
        photo = pictures.load(pictures.DATA / name)
        found = [one.picture for one in rounds(photo)]
        rows.append(row_of(name, "as it was", photo, found, threads))
        print(rows[-1], file=sys.stderr)
        classic = paint_classic(photo, threads=threads)
        mended = [classic.painted(level, threads=threads) for level in range(1, ROUNDS + 1)]
        rows.append(row_of(name, "mended", photo, mended, threads))
        print(rows[-1], file=sys.stderr)
    record("paint-level", threads, rows)
