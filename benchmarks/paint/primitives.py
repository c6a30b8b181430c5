"""The same number of primitives: Geometrize, primitive.js and our anchors, error and time.

The peers place triangles at random and keep what helps (`candidateShapesPerStep` 50 and 100
mutations, the defaults of all of that family), on a photo of 256 pixels, the size that primitive
itself reduces to. Ours are read two ways: `anchors only`, where n anchors with a colour, size and
direction are the whole picture, as n triangles are; and the usual painting, which has the guide
(the photo's soft outlines) besides and so is told more.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from benchmarks.quantize import pictures
from benchmarks.quantize.measure import pin, record
from pochade.painting.blend import blend
from pochade.painting.guide import make_guide
from pochade.painting.hierarchy import build_hierarchy
from pochade.painting.solve import solve_colors

HERE = Path(__file__).parent
PHOTOS = ("kodim05.png", "kodim09.png", "kodim15.png", "kodim23.png")
COUNTS = (100, 200, 400)
WIDEST = 256


def run(threads: int, photos: int | None = None) -> None:
    """Measure every painter on every photo and number of primitives; only all are recorded."""
    pin(threads)
    if not (HERE / "node_modules").exists():
        command = ["npm", "--prefix", str(HERE), "install", "--no-package-lock", "--ignore-scripts"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    rows: list[dict[str, object]] = []
    for count in COUNTS:
        found: dict[str, list[tuple[float, float]]] = {}
        for path in [path for path in pictures.kodak() if path.name in PHOTOS][:photos]:
            photo = _reduced(pictures.load(path))
            painters = {
                "geometrize": _geometrize,
                "primitive.js": _primitive,
                "pochade, anchors only": lambda p, n: _ours(p, n, False, threads),
                "pochade": lambda p, n: _ours(p, n, True, threads),
            }
            for name, paint in painters.items():
                painted, seconds = paint(photo, count)
                error = float(np.mean((painted.astype(np.float64) - photo) ** 2))
                found.setdefault(name, []).append((error, seconds))
        for name, figures in found.items():
            errors, seconds = zip(*figures, strict=True)
            psnr = [10 * float(np.log10(255**2 / error)) for error in errors]
            row = {
                "painter": name,
                "primitives": count,
                "mse": round(float(np.mean(errors)), 1),
                "psnr": round(float(np.mean(psnr)), 2),
                "seconds": round(float(np.mean(seconds)), 4),
            }
            rows.append(row)
            print(row, file=sys.stderr)
    if photos is None:
        record(f"paint-primitives-{threads}", threads, rows)


def _reduced(photo: np.ndarray) -> np.ndarray:
    scale = WIDEST / max(photo.shape[:2])
    size = (round(photo.shape[1] * scale), round(photo.shape[0] * scale))
    return np.asarray(Pillow.fromarray(photo).resize(size, Pillow.Resampling.BOX))


def _ours(photo: np.ndarray, count: int, guided: bool, threads: int) -> tuple[np.ndarray, float]:
    taken, painted = [], photo
    for _ in range(3):
        start = time.perf_counter()
        guide = make_guide(photo, threads=threads)
        anchors = build_hierarchy(photo, guide, threads=threads).anchors(count)
        by = guide if guided else None
        anchors = solve_colors(anchors, photo, by, threads=threads)
        painted = blend(anchors, by, photo.shape[:2], threads=threads)
        taken.append(time.perf_counter() - start)
    return np.clip(np.rint(painted), 0, 255), float(np.median(taken))


def _geometrize(photo: np.ndarray, count: int) -> tuple[np.ndarray, float]:
    height, width = photo.shape[:2]
    pixels = np.dstack([photo, np.full((height, width), 255, np.uint8)])
    arguments = [str(width), str(height), str(count)]
    done = _node("geometrize.js", arguments, pixels.tobytes())
    drawn = np.frombuffer(done.stdout, np.uint8).reshape(height, width, 4)
    return drawn[..., :3], float(done.stderr)


def _primitive(photo: np.ndarray, count: int) -> tuple[np.ndarray, float]:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.png", Path(folder) / "out.png"
        Pillow.fromarray(photo).save(source)
        done = _node("primitive.js", [str(source), str(target), str(count)], b"")
        drawn = Pillow.open(target).convert("RGB")
        size = (photo.shape[1], photo.shape[0])
        return np.asarray(drawn.resize(size)), float(done.stderr)


def _node(script: str, arguments: list[str], data: bytes) -> subprocess.CompletedProcess[bytes]:
    environment = dict(os.environ, NODE_PATH=str(HERE / "node_modules"))
    command = ["node", str(HERE / script), *arguments]
    return subprocess.run(command, input=data, capture_output=True, check=True, env=environment)
