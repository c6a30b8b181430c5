"""Many vectors against many centres on a graphics card: seconds for each pass, share of its peak.

12,000 centres and 10 million vectors of 256 numbers are what a codebook of patches needs. Beside
the engine: plain PyTorch (the whole product of a block, argmin, index_add), as one writes it first,
and faiss where it is installed for the card. The card's matrix peak is measured here, as the rate
of one large square product in the same precision.

Needs NumPy and PyTorch only; `--out FILE.json` says where the figures go.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
PEAK_SIDE = 8192
PRECISIONS = ("float32", "tf32", "bf16")
PLAIN_ROWS = 1 << 14


def run(n: int, k: int, d: int, runs: int, out: str) -> None:
    """The table of times, and the file."""
    import torch

    from pochade.kmeans.engines.registry import devices_of, get_engine

    cards = [short for short in devices_of("torch") if short.startswith("cuda")]
    device = torch.device(cards[0] if cards else "cpu")
    points = make_points(torch, n, d, device)
    centers = points[:: n // k][:k].double().cpu().numpy()
    host = points.cpu().numpy()
    peaks = {name: peak(torch, device, name) for name in PRECISIONS}
    flops = 2.0 * n * k * d
    rows: list[dict[str, object]] = []
    exact: Any = None
    sample = slice(0, min(n, 100_000))

    def add(name: str, precision: str, seconds: float, labels: Any, memory: float) -> None:
        nonlocal exact
        if exact is None:
            exact = labels
        row = {
            "name": name,
            "precision": precision,
            "seconds_per_pass": round(seconds, 4),
            "million_vectors_per_second": round(n / seconds / 1e6, 3),
            "teraflops": round(flops / seconds / 1e12, 2),
            "share_of_peak": round(flops / seconds / peaks[precision], 3),
            "peak_teraflops": round(peaks[precision] / 1e12, 1),
            "labels_changed": round(float((labels != exact).mean()), 6),
            "device_gigabytes": round(memory / 1e9, 2),
        }
        rows.append(row)
        print(row, file=sys.stderr, flush=True)

    for precision in PRECISIONS:
        engine = get_engine(f"torch:{device},precision={precision}")
        held = engine.open(host, None, threads=1)
        reset(torch)
        held.iterate(centers, max_iter=0, shift_limit=0.0, unit=False)
        seconds = timed(torch, lambda held=held: held.step(centers), runs)
        labels, _ = engine.open(host[sample], None, threads=1).assign(centers)
        add("pochade torch", precision, seconds, labels, used(torch))
        del held, engine
    there = torch.tensor(centers, dtype=torch.float32, device=device)
    for precision in ("float32", "tf32"):
        with_tf32(torch, precision == "tf32")
        reset(torch)
        plain_pass(torch, points[:PLAIN_ROWS], there)
        seconds = timed(torch, lambda: plain_pass(torch, points, there), runs)
        labels = plain_labels(torch, points[sample], there).cpu().numpy()
        add("plain torch", precision, seconds, labels, used(torch))
    with_tf32(torch, False)
    faiss_rows(host, centers, runs, add, sample)
    write(out, rows, {"n": n, "k": k, "d": d, "device": name_of(torch, device)}, torch)


def make_points(torch: Any, n: int, d: int, device: Any) -> Any:
    """Clumped directions, as the patches of photos are, made on the device."""
    generator = torch.Generator(device=device).manual_seed(0)
    clumps = torch.randn(4096, d, generator=generator, device=device)
    points = torch.empty(n, d, device=device)
    for start in range(0, n, 1 << 18):
        rows = points[start : start + (1 << 18)]
        which = torch.randint(0, 4096, (len(rows),), generator=generator, device=device)
        rows.copy_(torch.randn(rows.shape, generator=generator, device=device))
        rows += clumps[which]
    return torch.nn.functional.normalize(points, dim=1)


def plain_pass(torch: Any, points: Any, centers: Any) -> Any:
    """One pass as a first program does it; returns new centres."""
    sums, counts = torch.zeros_like(centers), torch.zeros(len(centers), device=centers.device)
    for start in range(0, len(points), PLAIN_ROWS):
        block = points[start : start + PLAIN_ROWS]
        labels = plain_labels(torch, block, centers)
        sums.index_add_(0, labels, block)
        counts.index_add_(0, labels, torch.ones_like(labels, dtype=torch.float32))
    return sums / counts.clamp(min=1)[:, None]


def plain_labels(torch: Any, points: Any, centers: Any) -> Any:
    """The nearest centres, a block at a time."""
    half = 0.5 * centers.square().sum(dim=1)
    found = [
        (half - points[at : at + PLAIN_ROWS] @ centers.T).argmin(dim=1)
        for at in range(0, len(points), PLAIN_ROWS)
    ]
    return torch.cat(found)


def faiss_rows(
    points: np.ndarray, centers: np.ndarray, runs: int, add: Callable[..., None], sample: slice
) -> None:
    """The assignment alone with faiss on the card, where it is installed."""
    try:
        import faiss

        resources = faiss.StandardGpuResources()
    except (ImportError, AttributeError):
        print("faiss for a graphics card is not installed", file=sys.stderr)
        return
    index = faiss.GpuIndexFlatL2(resources, points.shape[1])
    index.add(centers.astype(np.float32))
    index.search(points[:1000], 1)
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        index.search(points, 1)
        taken.append(time.perf_counter() - start)
    _, labels = index.search(points[sample], 1)
    add("faiss GpuIndexFlatL2, labels only", "float32", min(taken), labels[:, 0], 0.0)


def peak(torch: Any, device: Any, precision: str) -> float:
    """Operations a second of one large product in this precision."""
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    side = PEAK_SIDE if device.type == "cuda" else 1024
    one, other = (torch.randn(side, side, device=device).to(kind) for _ in range(2))
    with_tf32(torch, precision == "tf32")
    for _ in range(3):
        one @ other
    seconds = timed(torch, lambda: [one @ other for _ in range(10)], 3) / 10
    with_tf32(torch, False)
    return 2.0 * side**3 / seconds


def with_tf32(torch: Any, wanted: bool) -> None:
    """Whether plain float32 products may be rounded."""
    torch.backends.cuda.matmul.fp32_precision = "tf32" if wanted else "ieee"


def timed(torch: Any, call: Callable[[], object], runs: int) -> float:
    """The median time, everything on the card finished."""
    taken = []
    for _ in range(runs):
        finish(torch)
        start = time.perf_counter()
        call()
        finish(torch)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def finish(torch: Any) -> None:
    """Wait for the card."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def reset(torch: Any) -> None:
    """Forget the peak of memory."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def used(torch: Any) -> float:
    """The peak of memory on the card since `reset`, the points included."""
    return float(torch.cuda.max_memory_allocated()) if torch.cuda.is_available() else 0.0


def name_of(torch: Any, device: Any) -> str:
    """The card's name."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor()


def write(out: str, rows: list[dict[str, object]], size: dict[str, object], torch: Any) -> None:
    """Write the figures with what a reader needs to judge them."""
    done = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    context = {
        **size,
        "commit": done.stdout.strip() or "not found",
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "torch": torch.__version__,
            "cuda": torch.version.cuda,
        },
    }
    path = Path(out) if out else ROOT / "benchmarks" / "results" / "engines-gpu.json"
    path.write_text(json.dumps({"context": context, "rows": rows}, indent=1) + "\n")
    print(f"written: {path.name}", file=sys.stderr)
