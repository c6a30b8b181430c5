"""`python -m benchmarks.cloud`: the page of a cloud, made and opened.

For each large photo, and for one of as many pixels whose colours are so many that they have to be
gathered: the time of the whole command, start-up and reading included; the size of the page; and in
headless Chromium at 1280x800 with WebGL in software, the first frame and the frames a second while
the cloud turns. The first frame is counted from the start of the navigation until its last pixel is
drawn: reading and parsing the file, unpacking, ordering and uploading the points are in it. It is a
coarse one, as while turning; `full_ms` is what a frame of all points at double resolution takes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.cloud.chromium import Chromium, find
from benchmarks.quantize import pictures
from benchmarks.quantize.measure import RESULTS, context

K = "8"


def main() -> None:
    """Measure, print a line for each photo, and record."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cloud", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-record", action="store_true", help="print only")
    given = parser.parse_args()
    if find() is None:
        sys.exit("python -m benchmarks.cloud needs a chromium on the PATH")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        paths = [*pictures.large(), noisy(Path(folder))]
        for path in paths:
            rows.append(measure(path, Path(folder), given.runs))
            print(json.dumps(rows[-1]), file=sys.stderr)
    if not given.no_record:
        RESULTS.mkdir(exist_ok=True)
        about = context(len(os.sched_getaffinity(0)))
        about["chromium"] = version()
        text = json.dumps({"context": about, "rows": rows}, indent=1)
        (RESULTS / "cloud.json").write_text(text + "\n")


def noisy(folder: Path) -> Path:
    """24 megapixels of a smooth rainbow with grain: over a million colours, more than any photo."""
    random = np.random.default_rng(0)
    height, width = 4000, 6000
    ramp = np.linspace(0, 1, width, dtype=np.float32)
    turn = 2 * np.pi * (ramp[:, None] + np.array([0, 1 / 3, 2 / 3], np.float32))
    row = 128 + 100 * np.cos(turn)
    light = np.linspace(0.25, 1.1, height, dtype=np.float32)
    picture = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, 250):
        part = row[None] * light[top : top + 250, None, None]
        part = part + random.normal(0, 9, part.shape).astype(np.float32)
        picture[top : top + 250] = part.clip(0, 255)
    path = folder / "rainbow-with-grain.png"
    Image.fromarray(picture).save(path, compress_level=1)
    return path


def measure(path: Path, folder: Path, runs: int) -> dict[str, object]:
    """The medians of several runs for one photo."""
    page = folder / "page.html"
    command = [sys.executable, "-m", "pochade", "cloud", str(path), "-k", K, "--json"]
    command += ["-f", "-o", str(page)]
    made, shown = [], []
    for _ in range(runs):
        begin = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        made.append(time.perf_counter() - begin)
        with Chromium(1280, 800) as browser:
            browser.open(page, "#measure", until="document.title === 'measured'")
            text = browser.value("document.getElementById('measured').textContent")
            shown.append(json.loads(text))
            assert not browser.requests()
            assert not browser.complaints()
    (report,) = json.loads(done.stdout)["pictures"]

    def median(name: str) -> float:
        return round(statistics.median(float(one[name]) for one in shown), 1)

    return {
        "name": path.name,
        "megapixels": round(report["pixels"] / 1e6, 1),
        "colors": report["colors"],
        "points": shown[0]["points"],
        "seconds": round(statistics.median(made), 3),
        "bytes": page.stat().st_size,
        "first_frame_ms": median("firstFrame"),
        "full_ms": median("full"),
        "frames_per_second": median("perSecond"),
        "slowest_twentieth_ms": median("slowest5"),
        "points_while_turning": shown[0]["drawn"],
        "load": round(os.getloadavg()[0], 2),
        "renderer": shown[0]["renderer"],
    }


def version() -> str:
    """Chromium's own words about itself."""
    program = find()
    assert program is not None
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
