"""Eight colours of the Kodak photos: `python -m benchmarks.palette`.

Three ways in: from a file (decoding is part of the time), from a decoded picture as (h, w, 3), and,
for those that want one, from an array with alpha that is there already. Error is that of the
palette alone: every pixel against the nearest colour of it.
"""

from __future__ import annotations

import importlib.metadata
import sys
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.palette.peers import OURS, K, fast_colorthief_rgba, installed, ours
from benchmarks.quantize import pictures
from benchmarks.quantize.measure import pin, record, seconds_in_turn

# Our own defaults were chosen on these; the others tell whether they hold elsewhere.
TUNED_ON = ("kodim03.png", "kodim05.png", "kodim09.png", "kodim13.png", "kodim23.png")
PACKAGES = ("colorthief", "fast-colorthief", "modern_colorthief", "pylette", "colorgram.py")
PACKAGES += ("extcolors",)


def run(threads: int, runs: int, photos: int | None = None) -> None:
    """Measure every finder on the first photos; only all of them are recorded."""
    pin(threads)
    paths = pictures.kodak()[:photos]
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for path in paths:
        picture = pictures.load(path)
        for way, finders in ways(path, picture, threads).items():
            quick = {name: call for name, (call, slow) in finders.items() if not slow}
            slow = {name: call for name, (call, slow) in finders.items() if slow}
            times = seconds_in_turn(quick, runs=runs)
            times |= seconds_in_turn(slow, runs=1, warm_up=1)
            for name, seconds in times.items():
                row = rows.setdefault((way, name), {"name": name, "from": way})
                colors = np.array([tuple(color)[:3] for color in finders[name][0]()], np.uint8)
                mse, difference = error(picture, colors)
                for key, value in (
                    ("milliseconds", 1000 * seconds),
                    ("mse", mse),
                    ("ciede2000", difference),
                    ("colors", len(colors)),
                    ("tuned", path.name in TUNED_ON),
                ):
                    row.setdefault(key, [])
                    row[key].append(value)  # type: ignore[attr-defined]
    finished = [summed_up(row) for row in rows.values()]
    for row in finished:
        print(
            f"{row['from']:6} {row['name']:30} {row['milliseconds']:8.2f} ms  "
            f"mse {row['mse']:7.1f}  DE00 {row['ciede2000']:6.2f}  {row['colors']:.0f} left; "
            f"not tuned on: {row['mse_others']:7.1f}  {row['ciede2000_others']:6.2f}",
            file=sys.stderr,
        )
    versions = {name: version(name) for name in PACKAGES}
    if photos is not None:
        return
    record(f"palette-kodak-{threads}", threads, [{"peers": versions}, *finished])


def ways(path: Path, picture: np.ndarray, threads: int) -> dict[str, dict]:
    """For each way in, the calls to time, and whether each is slow."""
    alpha = np.full((*picture.shape[:2], 1), 255, np.uint8)
    with_alpha = np.concatenate([picture, alpha], axis=2)
    found: dict[str, dict] = {"file": {}, "array": {}, "rgba": {}}
    for name, options in OURS.items():
        for way, source in (("file", str(path)), ("array", picture), ("rgba", with_alpha)):
            found[way][name] = (partial(ours, source, threads=threads, **options), False)
    for name, (_, from_file, from_array, slow) in installed().items():
        if from_file is not None:
            found["file"][name] = (partial(from_file, str(path)), slow)
        if from_array is not None:
            found["array"][name] = (partial(from_array, picture), slow)
        if name.startswith("fast-colorthief"):
            quality = from_array.keywords["quality"]  # type: ignore[union-attr]
            call = partial(fast_colorthief_rgba, with_alpha, quality=quality)
            found["rgba"][name] = (call, False)
    return found


def error(picture: np.ndarray, colors: np.ndarray) -> tuple[float, float]:
    """Mean squared RGB error (summed over channels) and mean CIEDE2000, to the nearest colour.

    Nearest by each measure itself, so that no palette is judged by the other one's choice.
    """
    from pochade.color import ciede2000, convert

    pixels = picture.reshape(-1, 3)
    square = np.full(len(pixels), np.iinfo(np.int32).max, np.int32)
    difference = np.full(len(pixels), np.inf, np.float32)
    lab = convert(pixels, "srgb", "lab")
    for color, in_lab in zip(colors, convert(colors, "srgb", "lab"), strict=True):
        gap = pixels.astype(np.int32) - color.astype(np.int32)
        np.minimum(square, (gap * gap).sum(axis=1), out=square)
        np.minimum(difference, ciede2000(lab, in_lab), out=difference)
    return float(square.mean()), float(difference.mean())


def summed_up(row: dict) -> dict[str, object]:
    """The means over the photos."""
    means = {
        key: round(float(np.mean(row[key])), 3)
        for key in ("milliseconds", "mse", "ciede2000", "colors")
    }
    others = ~np.array(row["tuned"])
    for key in ("mse", "ciede2000"):
        kept = np.array(row[key])[others]
        means[f"{key}_others"] = round(float(kept.mean()), 3) if len(kept) else float("nan")
    photos = len(row["mse"])
    return {"name": row["name"], "from": row["from"], "k": K, "photos": photos, **means}


def version(package: str) -> str:
    """The version of an installed package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
