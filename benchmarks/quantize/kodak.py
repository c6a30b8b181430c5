"""Error and time on the Kodak photos, one thread: `python -m benchmarks.quantize kodak`."""

from __future__ import annotations

import json
import sys

from PIL import Image

from benchmarks.quantize import pictures
from benchmarks.quantize.measure import (
    geometric_mean,
    pin,
    record,
    seconds_in_turn,
    squared_error,
)
from benchmarks.quantize.peers import OUR_MODES, QUICK_PEERS, SLOW_PEERS, installed

KS = (8, 16, 64, 256)
SLOW_PHOTOS = ("kodim03.png", "kodim13.png", "kodim23.png")
REFERENCE = "Pillow FASTOCTREE"


def run(threads: int, runs: int, *, slow: bool) -> None:
    """Measure every mode and peer; slow peers on three photos, once."""
    pin(threads)
    photos = {path.name: pictures.load(path) for path in pictures.kodak()}
    rows: list[dict[str, object]] = []
    quick = {**OUR_MODES, **installed(QUICK_PEERS)}
    for k in KS:
        rows += _rows(quick, photos, k, runs, threads)
        if slow:
            few = {name: photos[name] for name in SLOW_PHOTOS if name in photos}
            rows += _rows(installed(SLOW_PEERS), few, k, 1, threads)
    record(f"quantize-kodak-{threads}", threads, rows)


def _rows(quantizers, photos, k, runs, threads):
    ratios = {name: [] for name in quantizers}
    times = {name: [] for name in quantizers}
    references = {name: [] for name in quantizers}
    for photo, picture in photos.items():
        floor = pictures.floor(photo, k)
        # The reference always makes 256 colours: its time hardly depends on k, and one figure for
        # all k is easier to compare.
        taken = _times(quantizers, picture, k, runs, threads)
        for name, call in quantizers.items():
            error = squared_error(picture, *_call(call, name, picture, k, threads))
            if name.startswith("pochade") and error < floor * (1 - 1e-9):
                _lower_floor(photo, k, error)
            ratios[name].append(error / floor)
            times[name].append(taken[name][0])
            references[name].append(taken[name][1])
    rows = []
    for name in quantizers:
        row = {
            "name": name,
            "k": k,
            "photos": len(photos),
            "error_ratio": round(geometric_mean(ratios[name]), 4),
            "milliseconds": round(1000 * sum(times[name]) / len(times[name]), 3),
            "time_ratio": round(sum(times[name]) / sum(references[name]), 3),
        }
        rows.append(row)
        print(
            f"{name:42} k={k:3}  error {row['error_ratio']:.4f}  "
            f"time {row['time_ratio']:8.2f} ({row['milliseconds']:.1f} ms)",
            file=sys.stderr,
        )
    return rows


def _call(call, name, picture, k, threads):
    if name.startswith("pochade"):
        return call(picture, k, threads=threads)
    return call(picture, k)


def _times(quantizers, picture, k, runs, threads):
    """The time of each, and of the reference beside it: the two in turn, so that drift, caches and
    the memory that others left behind meet them alike. Slow ones run once.
    """
    image = Image.fromarray(picture)
    taken = {}
    for name, call in quantizers.items():
        pair = {
            "reference": lambda: image.quantize(256, method=Image.Quantize.FASTOCTREE),
            name: lambda call=call, name=name: _call(call, name, picture, k, threads),
        }
        quick = _is_quick(name)
        found = seconds_in_turn(pair, runs=runs if quick else 1, warm_up=int(quick))
        taken[name] = (found[name], found["reference"])
    return taken


def _is_quick(name):
    return name in ("pochade fast", "pochade default", "libimagequant") or name.startswith("Pillow")


def _lower_floor(photo, k, error):
    """Record a lower error than any known."""
    known = json.loads(pictures.FLOORS.read_text()) if pictures.FLOORS.exists() else {}
    known.setdefault(photo, {})[str(k)] = error
    ordered = {name: known[name] for name in sorted(known)}
    pictures.FLOORS.write_text(json.dumps(ordered, indent=1) + "\n")
