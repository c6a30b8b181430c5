"""Photos of 10 to 24 megapixels, k = 256: `python -m benchmarks.quantize large`.

Every quantizer runs in a process of its own, so that its peak memory can be told apart: the figure
is the rise above the process with the picture loaded and the libraries imported. Linux tells that
exactly (the high-water mark is set back before the call); elsewhere the rise above the highest mark
so far is all that can be known.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
from functools import partial
from pathlib import Path

from PIL import Image

from benchmarks.quantize import peers, pictures, prototype
from benchmarks.quantize.measure import pin, record, seconds, seconds_in_turn, squared_error

K = 256
NAMES = ("pochade fast", "pochade default", "prototype", "Pillow FASTOCTREE", "Pillow MEDIANCUT")
SLOW_NAMES = ("libimagequant",)


def run(threads: int, runs: int) -> None:
    """Measure every mode and peer on every large photo."""
    rows = []
    for path in pictures.large():
        for name in (*NAMES, *SLOW_NAMES):
            once = 1 if name in SLOW_NAMES else runs
            command = [sys.executable, "-m", "benchmarks.quantize", "large-one"]
            command += [str(path), name, "--threads", str(threads), "--runs", str(once)]
            done = subprocess.run(
                command, capture_output=True, text=True, cwd=pictures.ROOT, check=False
            )
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["no message"])[-1]
                print(f"{path.name} {name}: left out ({last})", file=sys.stderr)
                continue
            row = json.loads(done.stdout)
            rows.append(row)
            print(
                f"{row['photo']:28} {name:20} error {row['error']:8.2f}  "
                f"time {row['time_ratio']:6.2f} ({row['milliseconds']:.0f} ms)  "
                f"memory {row['extra_bytes_ratio']:.2f} x the image",
                file=sys.stderr,
            )
    record(f"quantize-large-{threads}", threads, rows)


def run_one(path: Path, name: str, threads: int, runs: int) -> None:
    """Measure one quantizer on one photo and print its row as JSON."""
    pin(threads)
    picture = pictures.load(path)
    image = Image.fromarray(picture)
    image.load()
    call = _quantizer(name, threads)
    if call is None:
        raise SystemExit(f"{name} is not here")
    call(picture[:64, :64].copy(), 8)
    before = _start_of_peak()
    palette, labels = call(picture, K)
    peak = _peak()
    calls = {
        "reference": lambda: image.quantize(256, method=Image.Quantize.FASTOCTREE),
        name: lambda: call(picture, K),
    }
    if runs > 1:
        taken = seconds_in_turn(calls, runs=runs)
    else:
        taken = {key: seconds(one, runs=1, warm_up=0) for key, one in calls.items()}
    row = {
        "photo": path.name,
        "megapixels": round(picture.shape[0] * picture.shape[1] / 1e6, 1),
        "name": name,
        "k": K,
        "error": round(squared_error(picture, palette, labels), 3),
        "milliseconds": round(1000 * taken[name], 1),
        "time_ratio": round(taken[name] / taken["reference"], 3),
        "extra_bytes_ratio": round(max(0, peak - before) * 1024 / picture.nbytes, 3),
    }
    print(json.dumps(row))


STATUS = Path("/proc/self/status")


def _start_of_peak() -> int:
    """Set the high-water mark back to what is in memory now; that, in kilobytes."""
    gc.collect()
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return _status("VmRSS")


def _peak() -> int:
    """The high-water mark in kilobytes."""
    if STATUS.exists():
        return _status("VmHWM")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _status(name: str) -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1])


def _quantizer(name, threads):
    if name == "prototype":
        return prototype.load()
    if name.startswith("pochade"):
        return partial(peers.OUR_MODES[name], threads=threads)
    return peers.installed(peers.QUICK_PEERS).get(name)
