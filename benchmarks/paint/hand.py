"""Steps of a hand on the brush at a preview of a megapixel, and a whole large painting."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np

from benchmarks.quantize import pictures
from benchmarks.quantize.measure import pin, record
from pochade.io import open_image
from pochade.paint import paint
from pochade.paint_options import PaintSettings
from pochade.painting.document import Painting, apply, start
from pochade.painting.events import Dab, Event, Recolor, Set
from pochade.painting.render import render, render_update
from pochade.painting.subject import make_subject

PREVIEW = "1224x816!"
ANCHORS = 1400
TWELVE = "4243x2828"


def events(one: Painting) -> dict[str, Event]:
    """What is done, each to the same painting."""
    return {
        "dab on an eye": Dab(0.665, 0.33, 0.03, 0.6),
        "dab on a breast": Dab(0.3, 0.75, 0.05, 0.6),
        "anchor recoloured": Recolor(one.at(0.7, 0.6), "#ff0000"),
        "softness": Set("softness", 0.4),
        "level": Set("level", 0.5),
    }


def least(call: Callable[[], object], runs: int) -> float:
    """The least time of some runs, in seconds."""
    taken = []
    for _ in range(runs):
        begin = perf_counter()
        call()
        taken.append(perf_counter() - begin)
    return min(taken)


def run(threads: int, runs: int) -> None:
    """A row for each step: its time, and the share of the preview that was drawn again."""
    pin(threads)
    photo = next(path for path in pictures.kodak() if path.stem == "kodim23")
    image = open_image(photo, resize=PREVIEW).pixels
    one = start(make_subject(image), PaintSettings(anchors=ANCHORS), threads=threads)
    before = render(one, threads=threads)
    rows: list[dict[str, object]] = []

    def tell(**row: object) -> None:
        rows.append(row)
        print(row, file=sys.stderr)

    tell(step="whole preview", seconds=round(least(lambda: render(one, threads=threads), runs), 4))
    for name, event in events(one).items():
        after = apply(one, event)
        window = render_update(one, after, threads=threads).window
        assert window is not None
        top, left, bottom, right = window
        share = (bottom - top) * (right - left) / (before.shape[0] * before.shape[1])
        taken = least(lambda event=event: render_update(one, apply(one, event)), runs)  # type: ignore[misc]
        tell(step=name, seconds=round(taken, 4), drawn_again=round(share, 3))
    path = max(pictures.large(), key=lambda path: path.stat().st_size)
    large = open_image(path, resize=TWELVE).pixels
    begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken = least(lambda: np.asarray(paint(large, threads=threads).image), runs)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tell(
        step="12 megapixels, level auto",
        seconds=round(taken, 3),
        megabytes=round(most / 1024),
        megabytes_before=round(begun / 1024),
    )
    record("paint-hand", threads, rows)
