"""Files at equal error beside `pngquant --quality 65-80`: `python -m benchmarks.quantize quality`.

pngquant writes each picture at its quality. Then ours is asked for the fewest colours whose
measured error (mean CIEDE2000 of what was written) is no larger than pngquant's, and the files are
compared: once with our default space, and once with `--space oklab`, which is made for that error.
Where 256 colours do not reach it, the file with 256 is compared and the row says so.
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
from pochade.errors import QualityNotReachedError
from pochade.io.save import save_full

SPACES = ("srgb", "oklab")


def run(threads: int) -> None:
    """24 varied pictures, pngquant dithered (its default) and not."""
    pin(threads)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for path in pictures.varied():
            for option in ("--floyd=1", "--nofs"):
                rows += _rows(path, Path(folder), option)
    for space in SPACES:
        for option in ("--floyd=1", "--nofs"):
            some = [row for row in rows if (row["pngquant"], row["space"]) == (option, space)]
            won = sum(row["bytes_ratio"] < 1 and row["reached"] for row in some)
            print(f"{space}, {option}: smaller on {won} of {len(some)}", file=sys.stderr)
    record("quantize-equal-error", threads, rows)


def _rows(path: Path, folder: Path, option: str) -> list[dict[str, object]]:
    picture = pochade.open_image(path).pixels
    before, after = (folder / f"{name}.png" for name in ("before", "after"))
    save_full(before, picture, overwrite=True)
    command = ["pngquant", "--force", option, "--quality", "65-80", "-o", str(after), str(before)]
    done = subprocess.run(command, check=False)
    row: dict[str, object] = {"name": path.name, "pngquant": option}
    if done.returncode == 99:
        note = "pngquant refused: below quality 65"
        return [
            row | {"space": s, "bytes_ratio": 0.0, "reached": True, "note": note} for s in SPACES
        ]
    done.check_returncode()
    theirs = pochade.open_image(after).pixels
    row |= {
        "their_colors": len(np.unique(theirs.reshape(-1, theirs.shape[2]), axis=0)),
        "their_ciede2000": round(_difference(picture, theirs), 4),
        "their_bytes": after.stat().st_size,
    }
    return [row | _ours(picture, row, folder / "mine.png", space) for space in SPACES]


def _ours(picture, row, path: Path, space: str) -> dict[str, object]:
    target = row["their_ciede2000"]
    try:
        result = pochade.quantize(picture, target_de=target, space=space, threads=1)
    except QualityNotReachedError:
        result = pochade.quantize(picture, 256, space=space, threads=1)
    result.save(path, overwrite=True)
    found = _difference(picture, result.image)
    ratio = path.stat().st_size / row["their_bytes"]
    print(
        f"{row['name']:36} {row['pngquant']:9} {space:5} bytes {ratio:.3f}  "
        f"CIEDE2000 {found:.3f} / {target:.3f}  colours {result.k} / {row['their_colors']}",
        file=sys.stderr,
    )
    return {
        "space": space,
        "our_colors": result.k,
        "our_ciede2000": round(found, 4),
        "our_bytes": path.stat().st_size,
        "bytes_ratio": round(ratio, 4),
        "reached": found <= target + 1e-3,
    }


def _difference(a: np.ndarray, b: np.ndarray) -> float:
    if a.shape[2] != b.shape[2]:
        a, b = (_with_alpha(image) for image in (a, b))
    return metrics.compare(a, b).ciede2000_mean


def _with_alpha(image: np.ndarray) -> np.ndarray:
    if image.shape[2] == 4:
        return image
    opaque = np.full((*image.shape[:2], 1), 255, np.uint8)
    return np.concatenate([image, opaque], axis=2)
