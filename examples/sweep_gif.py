"""One picture in k = 2 to 15 flat colours, as a GIF that ends on the original.

What it shows: how a picture comes together as colours are added, where more of them stop paying,
and what another engine makes of the same arithmetic, in its own time.

    python examples/sweep_gif.py
    python examples/sweep_gif.py photo.png --out-dir flattened

Needs the `plot` and `sklearn` extras. After "KMeans Color Compressor", which had two versions of
its script, one with its own k-means and one with scikit-learn's.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

import pochade
from pochade.metrics import label_agreement

PHOTO = Path(pochade.__file__).parent / "data" / "demo" / "city.jpg"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", nargs="?", default=PHOTO, help="a file or an https address")
    parser.add_argument("--out-dir", type=Path, default=Path("sweep-gif"))
    parser.add_argument("--size", default="480", help="longest side, or WxH")
    options = parser.parse_args(arguments)
    folder = options.out_dir
    folder.mkdir(parents=True, exist_ok=True)

    # Any picture will do: RGB or grey, with alpha or without, JPEG, PNG, WebP...
    picture = pochade.open_image(options.image, resize=options.size).pixels

    # 1. The colours in space, and the five clusters that the picture in five colours is made of.
    cloud = pochade.cloud(picture, 5)
    cloud.save(folder / "cloud.png", overwrite=True)
    print(f"{len(cloud.colors):,} different colours in {int(cloud.counts.sum()):,} pixels")

    # 2. All ks in one pass, and what each is worth. The error is what k-means lessens: the sum of
    # squared distances of the pixels to their colour.
    own = pochade.sweep(picture, "2:15")
    print(" k          error   PSNR       PNG")
    for step in own.results:
        print(f"{step.k:2}  {step.inertia:13,.0f}   {step.psnr:.2f} dB   {step.bytes:,} bytes")
    print(f"k = {own.choice.k}: {own.choice.reason}")

    # 3. Plain k-means by two engines, pochade's kernels and scikit-learn's, from the same k random
    # pixels. They take the same steps, until a pixel halfway between two colours tips the balance.
    for k in (2, 5, 15):
        (left, slow), (right, slower) = (plain(picture, k, name) for name in ("auto", "sklearn"))
        print(
            f"k = {k}: {left.engine} {slow:.3f} s, error {left.inertia:,.0f}; "
            f"{right.engine} {slower:.3f} s, error {right.inertia:,.0f}; "
            f"{label_agreement(left.labels, right.labels):.2%} of the pixels agree"
        )

    # 4. Two and five colours as files, the plot of all of them, and the animation.
    for step in own.results:
        if step.k in (2, 5):
            step.save(folder / f"k{step.k}.png", overwrite=True)
    own.elbow(folder / "elbow.svg", overwrite=True)
    # A GIF has 256 colours a frame, so the original at its end is the best it can hold. An animated
    # PNG ends on the original itself, and is larger.
    for name in ("sweep.gif", "sweep.png"):
        path = own.save_gif(folder / name, labels=True, overwrite=True)
        print(f"{path}: {len(own.ks) + 1} frames, {path.stat().st_size:,} bytes")


def plain(picture: np.ndarray, k: int, engine: str) -> tuple[pochade.QuantizeResult, float]:
    """k-means from k random pixels, with at most 25 iterations, and the seconds it took."""
    start = time.perf_counter()
    result = pochade.quantize(picture, k, init="random", iters=25, engine=engine)
    return result, time.perf_counter() - start


if __name__ == "__main__":
    try:
        main()
    except pochade.PochadeError as error:
        sys.exit(f"sweep_gif.py: {error}")
