"""24 megapixels to a table and back: exact?, time, and memory above the imported libraries'.

Every step runs in a process of its own, which imports all it needs, notes its memory, does the step
and notes the most memory it has had since. The DataFrame way, as seed 002 goes it, is beside it.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.quantize.measure import record
from benchmarks.quantize.pictures import DATA, ROOT

STEPS = (
    ("parquet", "write"),
    ("parquet", "read"),
    ("parquet", "both"),
    ("csv", "write"),
    ("csv", "read"),
    ("csv", "both"),
    ("pandas-parquet", "both"),
)


def picture_path(folder: Path) -> Path:
    """The largest photo at hand, or a synthetic picture of 24 megapixels."""
    photo = DATA / "large" / "samuel-zeller-337041.jpg"
    if photo.exists():
        return photo
    from PIL import Image

    rows, columns = np.mgrid[0:4000, 0:6000].astype(np.float32) / 6000
    waves = np.stack([np.sin(9 * columns), np.cos(7 * rows * columns), rows], axis=-1)
    noise = np.random.default_rng(0).normal(0, 4, waves.shape).astype(np.float32)
    path = folder / "synthetic.png"
    Image.fromarray((waves * 100 + 128 + noise).clip(0, 255).astype(np.uint8)).save(path)
    return path


def run(threads: int) -> None:
    """Measure every step and record the rows."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photo = picture_path(folder)
        for form, step in STEPS:
            command = [sys.executable, "-m", "benchmarks.table", "trip-one"]
            command += [f"{form}:{step}", str(photo), str(folder / f"table.{form.split('-')[-1]}")]
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["no message"])[-1]
                print(f"{form} {step}: left out ({last})", file=sys.stderr)
                continue
            row = json.loads(done.stdout)
            rows.append(row)
            print(
                f"{form:15} {step:6} {row['seconds']:6.2f} s  memory {row['memory_ratio']:.2f} x "
                f"the image  file {row['file_bytes'] / 1e6:.0f} MB  exact {row['exact']}",
                file=sys.stderr,
            )
    record("table-trip", threads, rows)


def run_one(what: str, photo: Path, path: Path) -> None:
    """Do one step and print its row as JSON."""
    form, _, step = what.partition(":")
    import pyarrow.parquet  # noqa: F401  (loaded before memory is noted)

    import pochade
    import pochade.io.decode
    import pochade.io.parquet
    import pochade.io.pillow
    import pochade.io.table_read
    import pochade.table_cluster

    if form.startswith("pandas"):
        import pandas as pd
    pochade.table(np.zeros((2, 2, 3), np.uint8)).to_arrow()
    before = _memory("VmRSS")
    _forget_peak()
    start = time.perf_counter()
    picture = pochade.open_image(photo).pixels if step in ("write", "both") else None
    found = None
    if form.startswith("pandas") and picture is not None:
        height, width = picture.shape[:2]
        frame = pd.DataFrame(picture.reshape(-1, 3), columns=["r", "g", "b"])
        frame.insert(0, "y", np.repeat(np.arange(height), width))
        frame.insert(0, "x", np.tile(np.arange(width), height))
        frame.to_parquet(path)
        frame = pd.read_parquet(path).sort_values(["y", "x"])
        found = frame[["r", "g", "b"]].to_numpy().reshape(height, width, 3)
    else:
        if picture is not None:
            pochade.table(picture).save(path, overwrite=True)
        if step in ("read", "both"):
            found = pochade.table(path).image
    taken = time.perf_counter() - start
    peak = _memory("VmHWM")
    original = pochade.open_image(photo).pixels
    row = {
        "form": form,
        "step": step,
        "megapixels": round(original.shape[0] * original.shape[1] / 1e6, 1),
        "seconds": round(taken, 3),
        "image_bytes": original.nbytes,
        "memory_bytes": peak - before,
        "memory_ratio": round((peak - before) / original.nbytes, 3),
        "file_bytes": path.stat().st_size,
        "exact": None if found is None else bool(np.array_equal(found, original)),
    }
    print(json.dumps(row))


def _memory(name: str) -> int:
    """VmRSS (now) or VmHWM (the most) of this process, in bytes; Linux."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise SystemExit("this benchmark needs Linux's /proc")


def _forget_peak() -> None:
    """Let VmHWM start again from now (see proc_pid_clear_refs(5)); harmless where refused."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
