"""`--space oklab` beside the peers: `python -m benchmarks.quantize perceptual`."""

from __future__ import annotations

import sys
from functools import partial

import numpy as np

from benchmarks.quantize import pictures
from benchmarks.quantize.measure import pin, record, squared_error
from benchmarks.quantize.peers import OUR_MODES, QUICK_PEERS, installed, ours
from pochade import metrics

KS = (8, 16, 32, 64, 128, 256)
PEERS = ("Pillow FASTOCTREE", "Pillow MEDIANCUT", "libimagequant", "scikit-learn, unique colours")
THREE = ("kodim03.png", "kodim13.png", "kodim23.png")


def run(threads: int) -> None:
    """Mean OKLab difference, CIEDE2000 and SSIM over the Kodak photos, without dithering."""
    pin(threads)
    here = installed(QUICK_PEERS)
    quantizers = {
        "pochade oklab": partial(ours, effort="default", space="oklab"),
        "pochade oklab max": partial(ours, effort="max", space="oklab"),
        "pochade srgb": OUR_MODES["pochade default"],
        **{name: here[name] for name in PEERS if name in here},
    }
    if pngquant := _pngquant():
        quantizers["pngquant --nofs"] = pngquant
    photos = {path.name: pictures.load(path) for path in pictures.kodak()}
    rows = []
    for k in KS:
        for name, call in quantizers.items():
            figures = {photo: _figures(picture, call, k) for photo, picture in photos.items()}
            mean = np.mean(list(figures.values()), axis=0)
            three = np.mean([figures[photo] for photo in THREE if photo in figures], axis=0)
            row = {
                "name": name,
                "k": k,
                "oklab": round(float(mean[0]), 5),
                "ciede2000": round(float(mean[1]), 4),
                "ssim": round(float(mean[2]), 5),
                "squared_error": round(float(mean[3]), 2),
                "ciede2000_three": round(float(three[1]), 4),
            }
            rows.append(row)
            print(
                f"{name:30} k={k:3}  100 OKLab {100 * row['oklab']:.3f}  "
                f"CIEDE2000 {row['ciede2000']:.3f} (03, 13, 23: {row['ciede2000_three']:.3f})  "
                f"SSIM {row['ssim']:.4f}",
                file=sys.stderr,
            )
    record("quantize-perceptual", threads, rows)


def _figures(picture, call, k):
    palette, labels = call(picture, k)
    image = np.ascontiguousarray(palette[labels])
    found = metrics.compare(picture, image)
    return (
        found.oklab_mean,
        found.ciede2000_mean,
        found.ssim,
        squared_error(picture, palette, labels),
    )


def _pngquant():
    """pngquant without dithering, as a quantizer."""
    import shutil
    import subprocess
    import tempfile
    from pathlib import Path

    from PIL import Image

    if not shutil.which("pngquant"):
        return None

    def call(picture, k, *options):
        with tempfile.TemporaryDirectory() as folder:
            before, after = Path(folder) / "in.png", Path(folder) / "out.png"
            Image.fromarray(picture).save(before, compress_level=1)
            command = ["pngquant", *(options or ("--nofs",)), "-o", str(after), str(k), str(before)]
            subprocess.run(command, check=True)
            image = pictures.load(after)
        palette, labels = np.unique(image.reshape(-1, 3), axis=0, return_inverse=True)
        return palette, labels.reshape(picture.shape[:2])

    return call
