"""Whole commands beside pngquant: `python -m benchmarks.quantize commands`.

Wall time from the shell to the written file, start-up and codecs included, in turn; the error and
the size of what was written. Needs pngquant on the PATH.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.quantize import pictures
from benchmarks.quantize.measure import geometric_mean, pin, record, seconds_in_turn

K = 256


def run(threads: int, runs: int) -> None:
    """Kodak PNGs, and PNGs made from the large photos."""
    pin(threads)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for path in pictures.kodak():
            rows.append(_row(path, Path(folder), runs))
        for path in pictures.large():
            png = Path(folder) / f"{path.stem}.png"
            Image.fromarray(pictures.load(path)).save(png, compress_level=6)
            rows.append(_row(png, Path(folder), max(2, runs // 3)))
            png.unlink()
    for name in ("wall_ratio", "error_ratio", "bytes_ratio"):
        kodak = [row[name] for row in rows if row["name"].startswith("kodim")]
        print(f"Kodak, geometric mean {name}: {geometric_mean(kodak):.3f}", file=sys.stderr)
    record(f"quantize-commands-{threads}", threads, rows)


def _row(path: Path, folder: Path, runs: int) -> dict[str, object]:
    ours, theirs, plain = (folder / f"{name}.png" for name in ("ours", "theirs", "plain"))
    pochade = [_program(), "quantize", str(path), "-k", str(K), "-f", "-o", str(ours)]
    pngquant = ["pngquant", "--force", "--output", str(theirs), str(K), str(path)]
    nofs = ["pngquant", "--force", "--nofs", "--output", str(plain), str(K), str(path)]
    taken = seconds_in_turn(
        {
            name: lambda command=command: subprocess.run(command, check=True, capture_output=True)
            for name, command in (("pochade", pochade), ("pngquant", pngquant), ("nofs", nofs))
        },
        runs=runs,
    )
    original = pictures.load(path)
    row = {
        "name": path.name,
        "megapixels": round(original.shape[0] * original.shape[1] / 1e6, 2),
        "pochade_seconds": round(taken["pochade"], 4),
        "pngquant_seconds": round(taken["pngquant"], 4),
        "pngquant_nofs_seconds": round(taken["nofs"], 4),
        "wall_ratio": round(taken["pochade"] / taken["pngquant"], 3),
        "wall_ratio_nofs": round(taken["pochade"] / taken["nofs"], 3),
        "error_ratio": round(_error(original, ours) / _error(original, plain), 4),
        "bytes_ratio": round(ours.stat().st_size / plain.stat().st_size, 4),
    }
    print(
        f"{row['name']:28} wall {row['wall_ratio']:.2f} of pngquant, "
        f"{row['wall_ratio_nofs']:.2f} of --nofs; error {row['error_ratio']:.3f}, "
        f"bytes {row['bytes_ratio']:.3f} of --nofs",
        file=sys.stderr,
    )
    return row


def _program() -> str:
    return str(Path(sys.executable).with_name("pochade"))


def _error(original: np.ndarray, path: Path) -> float:
    gap = original.astype(np.int32) - pictures.load(path)
    return float((gap * gap).sum(dtype=np.int64)) / (gap.size / 3)
