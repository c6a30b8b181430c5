"""Files at equal error beside `pngquant --quality 65-80`: `python -m benchmarks.quantize quality`.

pngquant writes each picture at its quality. Then ours is asked for the fewest colours whose
measured error (mean CIEDE2000 of what was written) is no larger than pngquant's, and the files are
compared.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import pochade
from benchmarks.quantize import pictures
from benchmarks.quantize.measure import pin, record
from pochade import metrics
from pochade.io.save import save_full


def run(threads: int) -> None:
    """24 varied pictures, pngquant dithered (its default) and not."""
    pin(threads)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for path in pictures.varied():
            for option in ("--floyd=1", "--nofs"):
                rows.append(_row(path, Path(folder), option))
    for option in ("--floyd=1", "--nofs"):
        some = [row for row in rows if row["pngquant"] == option]
        won = sum(row["bytes_ratio"] < 1 for row in some)
        print(f"{option}: smaller on {won} of {len(some)}", file=sys.stderr)
    record("quantize-equal-error", threads, rows)


def _row(path: Path, folder: Path, option: str) -> dict[str, object]:
    picture = pochade.open_image(path).pixels
    before, after, mine = (folder / f"{name}.png" for name in ("before", "after", "mine"))
    save_full(before, picture, overwrite=True)
    command = ["pngquant", "--force", option, "--quality", "65-80", "-o", str(after), str(before)]
    done = subprocess.run(command, check=False)
    row: dict[str, object] = {"name": path.name, "pngquant": option}
    if done.returncode == 99:
        return row | {"bytes_ratio": 0.0, "note": "pngquant refused: below quality 65"}
    done.check_returncode()
    theirs = pochade.open_image(after).pixels
    target = _difference(picture, theirs)
    result = pochade.quantize(picture, target_de=target, threads=1)
    result.save(mine, overwrite=True)
    ours = _difference(picture, result.image)
    row |= {
        "their_colors": len(np.unique(theirs.reshape(-1, theirs.shape[2]), axis=0)),
        "our_colors": result.k,
        "their_ciede2000": round(target, 4),
        "our_ciede2000": round(ours, 4),
        "their_bytes": after.stat().st_size,
        "our_bytes": mine.stat().st_size,
        "bytes_ratio": round(mine.stat().st_size / after.stat().st_size, 4),
        "reached": ours <= target + 1e-3,
    }
    print(
        f"{path.name:36} {option:9} bytes {row['bytes_ratio']:.3f}  "
        f"CIEDE2000 {ours:.3f} / {target:.3f}  colours {result.k} / {row['their_colors']}",
        file=sys.stderr,
    )
    return row


def _difference(a: np.ndarray, b: np.ndarray) -> float:
    if a.shape[2] != b.shape[2]:
        a, b = (_with_alpha(image) for image in (a, b))
    return metrics.compare(a, b).ciede2000_mean


def _with_alpha(image: np.ndarray) -> np.ndarray:
    if image.shape[2] == 4:
        return image
    opaque = np.full((*image.shape[:2], 1), 255, np.uint8)
    return np.concatenate([image, opaque], axis=2)
