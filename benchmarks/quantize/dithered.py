"""Dithered pictures beside pngquant's default: `python -m benchmarks.quantize dithered`.

The figure is the mean S-CIELAB difference (Zhang & Wandell 1997), which filters both pictures as
the eye does at reading distance before it compares them, and beside it the mean OKLab difference
after a Gaussian blur in linear light.
"""

from __future__ import annotations

import sys

import numpy as np

import pochade
from benchmarks.quantize import pictures
from benchmarks.quantize.measure import pin, record
from benchmarks.quantize.perceptual import _pngquant
from pochade import metrics

KS = (16, 64, 256)
METHODS = ("floyd-steinberg", "sierra-lite", "atkinson", "bayer", "blue-noise")


def run(threads: int) -> None:
    """Every dithering method and pngquant's at equal k over the Kodak photos."""
    pin(threads)
    pngquant = _pngquant()
    if pngquant is None:
        raise SystemExit("pngquant is not on the PATH")
    makers = {
        f"pochade {method}": lambda picture, k, method=method: _ours(picture, k, method)
        for method in METHODS
    }
    makers["pngquant"] = lambda picture, k: _image(*pngquant(picture, k, "--floyd=1"))
    makers["pochade, not dithered"] = lambda picture, k: _ours(picture, k, "none")
    photos = [pictures.load(path) for path in pictures.kodak()]
    rows = []
    for k in KS:
        for name, make in makers.items():
            figures = []
            for picture in photos:
                image = make(picture, k)
                figures.append(
                    (
                        metrics.scielab_mean(picture, image),
                        metrics.blurred_difference(picture, image),
                    )
                )
            scielab, blurred = np.mean(figures, axis=0)
            row = {
                "name": name,
                "k": k,
                "scielab": round(float(scielab), 4),
                "blurred_oklab": round(float(blurred), 5),
            }
            rows.append(row)
            print(
                f"{name:26} k={k:3}  S-CIELAB {scielab:.3f}  100 blurred OKLab {100 * blurred:.3f}",
                file=sys.stderr,
            )
    record("quantize-dithered", threads, rows)


def _ours(picture, k, method):
    return pochade.quantize(picture, k, dither=method, threads=1).image


def _image(palette, labels):
    return np.ascontiguousarray(palette[labels])
