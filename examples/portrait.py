"""A portrait in few colours: one iteration of k-means from random pixels, and what more brings.

What it shows: k random pixels of the picture, each moved once to the mean of the pixels nearest to
it, already give a fair likeness, better or worse with the luck of the draw. Going on until nothing
moves evens the luck out. With as many colours as the variance asks for, one iteration comes close
to the photo; look at the eye for what a small area of its own colour loses.

    python examples/portrait.py
    python examples/portrait.py me.jpg -k 24

Nothing but pochade is needed. After "Pixel Kmeans" of Clyde, which took k from the variance.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import pochade
from pochade.metrics import ciede2000_stats, psnr

PORTRAIT = Path(__file__).parent / "osprey.jpg"
SEEDS = range(5)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", nargs="?", default=PORTRAIT, help="a file or an https address")
    parser.add_argument("-k", type=int, default=16, help="number of colours to look at")
    parser.add_argument("--out-dir", type=Path, default=Path("portrait"))
    parser.add_argument("--size", default="640", help="longest side, or WxH")
    options = parser.parse_args(arguments)
    folder, k = options.out_dir, options.k
    folder.mkdir(parents=True, exist_ok=True)
    picture = pochade.open_image(options.image, resize=options.size).pixels

    # 1. How many colours? Clyde: the more the channels vary, the more.
    spread = picture[..., :3].reshape(-1, 3).std(axis=0)
    many = pochade.quantize(picture, "auto:variance")
    print(f"the channels' standard deviations are {spread.round(1).tolist()}: k = {many.k}")

    # 2. One iteration, until nothing moves any more, and pochade's own search, at several k.
    print("    one iteration, 5 starts   until it rests   pochade's search")
    for count in sorted({4, k, 64, many.k}):
        once = [psnr(picture, random_start(picture, count, seed, iters=1)) for seed in SEEDS]
        rest = [psnr(picture, random_start(picture, count, seed, iters=300)) for seed in SEEDS]
        best = psnr(picture, pochade.quantize(picture, count, guard=False).image)
        print(
            f"k = {count:<3}  {min(once):.2f} to {max(once):.2f} dB   "
            f"{min(rest):.2f} to {max(rest):.2f} dB   {best:.2f} dB"
        )

    # 3. See it. What more than one iteration brings is in small areas of a colour of their own.
    looks = {
        "original": picture,
        f"k{k}-one-iteration": random_start(picture, k, 0, iters=1),
        f"k{k}-converged": random_start(picture, k, 0, iters=300),
        f"k{many.k}-one-iteration": random_start(picture, many.k, 0, iters=1),
        f"k{many.k}-search": many.image,
    }
    for name, look in looks.items():
        mean, _ = ciede2000_stats(picture, look)
        print(f"{name}: mean CIEDE2000 {mean:.2f}")
        Image.fromarray(np.ascontiguousarray(look)).save(folder / f"{name}.png")
    Image.fromarray(np.concatenate(list(looks.values()), axis=1)).save(folder / "side-by-side.png")
    print(f"written to {folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")


def random_start(picture: np.ndarray, k: int, seed: int, *, iters: int) -> np.ndarray:
    """Plain k-means as in the textbook: k random pixels, then `iters` iterations at most."""
    return pochade.quantize(picture, k, init="random", iters=iters, seed=seed).image


if __name__ == "__main__":
    try:
        main()
    except pochade.PochadeError as error:
        sys.exit(f"portrait.py: {error}")
