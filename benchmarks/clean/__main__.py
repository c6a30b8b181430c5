"""`python -m benchmarks.clean found|large`: see benchmarks/README.md."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

import pochade
from benchmarks.clean.noise import KINDS, SHARES, clean_pictures, with_noise
from benchmarks.quantize import pictures
from benchmarks.quantize.large import _peak, _start_of_peak
from benchmarks.quantize.measure import pin, record, seconds, seconds_in_turn

Filter = Callable[[np.ndarray], np.ndarray]
LARGE = ("pochade", "pochade white=245", "pochade grain=5", "median 3x3", "fastNlMeans")


def peers(threads: int) -> dict[str, Filter]:
    """Filters that know no mask: every pixel they change by 8 levels or more counts as found."""
    import cv2

    cv2.setNumThreads(threads)
    return {
        "median 3x3": lambda image: cv2.medianBlur(image, 3),
        "fastNlMeans": lambda image: cv2.fastNlMeansDenoisingColored(image, None, 10, 10, 7, 21),
    }


def found(threads: int) -> None:
    """Precision, recall and PSNR on noise of known places; and on the clean pictures."""
    pin(threads)
    rows: list[dict[str, object]] = []
    filters = peers(threads)
    for name, image in clean_pictures().items():
        cases = [("none", 0.0, image, np.zeros(image.shape[:2], bool))]
        for kind in KINDS:
            cases += [(kind, share, *with_noise(image, share, kind)) for share in SHARES]
        for kind, share, noisy, mask in cases:
            cleaned = pochade.clean(noisy, threads=threads)
            rows.append(judged("pochade", name, kind, share, image, cleaned.image, mask))
            rows[-1]["recall"] = ratio(cleaned.mask & mask, mask)
            rows[-1]["precision"] = ratio(cleaned.mask & mask, cleaned.mask)
            for peer, call in filters.items():
                rows.append(judged(peer, name, kind, share, image, call(noisy), mask, noisy))
            untouched = judged("nothing", name, kind, share, image, noisy, mask)
            rows.append(untouched)
            show(rows[-4:])
    record(f"clean-found-{threads}", threads, rows)


def judged(
    who: str,
    name: str,
    kind: str,
    share: float,
    image: np.ndarray,
    result: np.ndarray,
    mask: np.ndarray,
    noisy: np.ndarray | None = None,
) -> dict[str, object]:
    """One row: how near a result is to the clean picture, and what it took for noise."""
    error = float(np.square(result.astype(np.float32) - image).mean())
    row: dict[str, object] = {"who": who, "picture": name, "noise": kind, "share": share}
    row["psnr"] = round(10 * np.log10(255**2 / error), 2) if error else None
    if noisy is not None:
        changed = np.abs(result.astype(np.int16) - noisy).max(axis=2) >= 8
        row["recall"], row["precision"] = (
            ratio(changed & mask, mask),
            ratio(changed & mask, changed),
        )
        row["changed"] = round(float(changed.mean()), 5)
    return row


def ratio(part: np.ndarray, whole: np.ndarray) -> float | None:
    """A share of a mask; None of an empty one."""
    count = np.count_nonzero(whole)
    return round(np.count_nonzero(part) / count, 4) if count else None


def show(rows: list[dict[str, object]]) -> None:
    """One line for one noisy picture."""
    first = rows[0]
    text = f"{first['picture']:12} {first['noise']:16} {first['share']:<6}"
    for row in rows:
        text += f" | {row['who']} {row['psnr']} dB"
        if "recall" in row:
            text += f" P {row['precision']} R {row['recall']}"
    print(text, file=sys.stderr)


def large(threads: int, runs: int) -> None:
    """Time and memory on the largest photo with 2 % white noise, each in its own process."""
    path = max(pictures.large(), key=lambda one: pictures.load(one).size)
    rows = []
    for name in LARGE:
        command = [sys.executable, "-m", "benchmarks.clean", "large-one", str(path), name]
        command += ["--threads", str(threads), "--runs", str(runs)]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=pictures.ROOT, check=False
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            print(f"{name}: left out ({last})", file=sys.stderr)
            continue
        rows.append(json.loads(done.stdout))
        print(rows[-1], file=sys.stderr)
    record(f"clean-large-{threads}", threads, rows)


def large_one(path: Path, name: str, threads: int, runs: int) -> None:
    """Measure one on one photo, in turn with the median filter, and print its row as JSON."""
    pin(threads)
    noisy, _ = with_noise(pictures.load(path), 0.02, "white")
    calls: dict[str, Callable[[], object]] = {
        "pochade": lambda: pochade.clean(noisy, threads=threads),
        "pochade white=245": lambda: pochade.clean(noisy, white=245, threads=threads),
        "pochade grain=5": lambda: pochade.clean(noisy, grain=5, threads=threads),
    }
    filters = peers(threads)
    calls |= {peer: (lambda call=call: call(noisy)) for peer, call in filters.items()}
    pochade.clean(noisy[:64, :64].copy(), grain=5, auto=True, threads=threads)
    before = _start_of_peak()
    once = seconds(calls[name], runs=1, warm_up=0)
    peak = _peak()
    if runs > 1:
        both = {"median 3x3": calls["median 3x3"], name: calls[name]}
        taken = seconds_in_turn(both, runs=runs, warm_up=0)
    else:
        taken = {"median 3x3": seconds(calls["median 3x3"], runs=1), name: once}
    row = {
        "photo": path.name,
        "megapixels": round(noisy.shape[0] * noisy.shape[1] / 1e6, 1),
        "who": name,
        "milliseconds": round(1000 * taken[name], 1),
        "time_ratio": round(taken[name] / taken["median 3x3"], 2),
        "extra_bytes_ratio": round(max(0, peak - before) * 1024 / noisy.nbytes, 3),
    }
    print(json.dumps(row))


def main() -> None:
    """Run one benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clean", description=__doc__)
    parser.add_argument("what", choices=["found", "large", "large-one"])
    parser.add_argument("rest", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    match given.what:
        case "found":
            found(given.threads)
        case "large":
            large(given.threads, given.runs)
        case "large-one":
            large_one(Path(given.rest[0]), given.rest[1], given.threads, given.runs)


if __name__ == "__main__":
    main()
