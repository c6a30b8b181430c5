"""Time, memory and error of one call; what machine and which versions it ran on."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.quantize.pictures import ROOT

RESULTS = ROOT / "benchmarks" / "results"
PACKAGES = (
    "numpy",
    "pillow",
    "scikit-learn",
    "opencv-python-headless",
    "faiss-cpu",
    "imagequant",
    "pyoxipng",
)


def pin(threads: int) -> None:
    """Keep this process and its libraries to so many processors."""
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, set(allowed[:threads]))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)


def seconds(call: Callable[[], object], *, runs: int, warm_up: int = 1) -> float:
    """The median time of a call."""
    for _ in range(warm_up):
        call()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def seconds_in_turn(
    calls: dict[str, Callable[[], object]], *, runs: int, warm_up: int = 1
) -> dict[str, float]:
    """The median time of each of several calls, run in turn so that drift meets them alike."""
    for _ in range(warm_up):
        for call in calls.values():
            call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}


def squared_error(picture: np.ndarray, palette: np.ndarray, labels: np.ndarray) -> float:
    """Mean over pixels of the summed squared RGB error, exactly."""
    flat, of_pixel = picture.reshape(-1, 3), labels.reshape(-1)
    total = 0
    for at in range(0, len(flat), 1 << 20):
        part = slice(at, at + (1 << 20))
        gap = flat[part].astype(np.int32) - palette[of_pixel[part]].astype(np.int32)
        total += int((gap * gap).sum(dtype=np.int64))
    return total / len(flat)


def geometric_mean(values: list[float]) -> float:
    """The geometric mean of positive numbers."""
    return float(np.exp(np.mean(np.log(values))))


def context(threads: int) -> dict[str, object]:
    """What a reader needs to judge the figures: machine, commit, versions."""
    from pochade import __version__, _native

    versions = {"pochade": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "threads": threads,
        "machine": platform.machine(),
        "processor": _processor(),
        "kernels": _native.isa(),
        "commit": _output(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]),
        "changed": bool(_output(["git", "-C", str(ROOT), "status", "--porcelain", "src"])),
        "pngquant": _output(["pngquant", "--version"]),
        "versions": versions,
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "not found"


def record(name: str, threads: int, rows: list[dict[str, object]]) -> Path:
    """Write the figures of one benchmark to results/NAME.json."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"context": context(threads), "rows": rows}, indent=1) + "\n")
    print(f"written: {path.relative_to(ROOT)}", file=sys.stderr)
    return path
