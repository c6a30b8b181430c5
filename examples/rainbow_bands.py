"""The bands of a noisy rainbow, found by cleaning, scaling and clustering a table of its pixels.

What it shows: eight clusters are seven bands and the night only once the noise is gone;
StandardScaler and KMeans are one call of pochade, or two steps of a scikit-learn pipeline, and
agree; a label for each pixel is a picture again. The rainbow is drawn here, so that every answer
can be compared with the truth.

    python examples/rainbow_bands.py

Needs the `sklearn` extra. After "Image Clustering Project".
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import pochade
from pochade.estimators import KMeans
from pochade.metrics import label_agreement

NAMES = ("night", "red", "orange", "yellow", "green", "blue", "indigo", "violet")
COLORS = np.array(
    [
        (34, 32, 34), (223, 48, 38), (226, 132, 52), (246, 241, 75),
        (82, 178, 76), (46, 102, 228), (104, 22, 214), (192, 40, 196),
    ],
    np.float64,
)  # fmt: skip


def draw(width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A noisy rainbow (h, w, 3) uint8, the band of each pixel (h, w), and where white was put."""
    height, fine = width // 2, 4  # drawn four times finer, for soft edges
    y, x = np.mgrid[: height * fine, : width * fine] / (width * fine)
    radius = np.hypot(x - 0.5, y - 0.47)
    band = np.floor((0.46 - radius) / 0.036).astype(int) + 1
    band[(band < 1) | (band >= len(COLORS)) | (y > 0.47)] = 0
    soft = COLORS[band].reshape(height, fine, width, fine, 3).mean(axis=(1, 3))
    random = np.random.default_rng(2)
    picture = np.clip(np.rint(soft + random.normal(0, 5, soft.shape)), 0, 255).astype(np.uint8)
    white = random.random((height, width)) < 0.03
    picture[white] = 255
    return picture, band[fine // 2 :: fine, fine // 2 :: fine], white


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out-dir", type=Path, default=Path("rainbow-bands"))
    parser.add_argument("--width", type=int, default=640)
    options = parser.parse_args(arguments)
    folder = options.out_dir
    folder.mkdir(parents=True, exist_ok=True)
    noisy, truth, white = draw(options.width)
    Image.fromarray(noisy).save(folder / "noisy.png")

    # 1. Clean it: `white="auto"` looks for a threshold among the pixels that stand out.
    cleaned = pochade.clean(noisy, white="auto")
    cleaned.save(folder / "cleaned.png", overwrite=True)
    print(cleaned.reasons["white"].sentence)
    print(f"of {white.sum():,} white pixels {(cleaned.mask & white).sum():,} were found, ", end="")
    print(f"and {(cleaned.mask & ~white).sum():,} others taken for white")

    # 2. StandardScaler and KMeans(8) over the table of pixels, in one call; noisy, then clean.
    for name, picture in (("noisy", noisy), ("cleaned", cleaned.image)):
        table = pochade.table(picture, 8, scale="standard")
        print(f"{name}: {label_agreement(table.labels, truth):.2%} of the pixels in their band")
        table.save(folder / f"bands-{name}.png", overwrite=True)
    table.save(folder / "pixels.csv", overwrite=True)  # x, y, r, g, b, label

    # 3. The same as a pipeline of scikit-learn, on plain rows of r, g, b.
    rows = cleaned.image.reshape(-1, 3)
    pipeline = make_pipeline(StandardScaler(), KMeans(8, random_state=0))
    labels = pipeline.fit_predict(rows.astype(np.float64)).reshape(truth.shape)
    print(f"call and pipeline agree on {label_agreement(table.labels, labels):.2%} of the pixels")

    # 4. Labels back to a picture: each cluster in the mean colour of its pixels.
    means = [cleaned.image[labels == cluster].mean(axis=0) for cluster in range(8)]
    flat = np.rint(means).astype(np.uint8)[labels]
    Image.fromarray(flat).save(folder / "bands-pipeline.png")

    # 5. How many pixels each band has, found and drawn.
    print("band     found   drawn")
    for number, name in enumerate(NAMES):
        nearest = np.square(table.centers - COLORS[number]).sum(axis=1).argmin()
        found = np.count_nonzero(table.labels == nearest)
        print(f"{name:7} {found:6,}  {np.count_nonzero(truth == number):6,}")
    print(f"written to {folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")


if __name__ == "__main__":
    try:
        main()
    except pochade.PochadeError as error:
        sys.exit(f"rainbow_bands.py: {error}")
