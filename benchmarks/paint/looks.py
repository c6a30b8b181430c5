"""Sheets to be looked at: the photo, the first program at iteration 8, k-means, a median, ours.

No figure comes out of this: whoever looks says which they would hang.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageFilter

import pochade

NAMES = ("photo", "seed, iteration 8", "k-means, 16 colours", "median, 9 pixels", "pochade paint")
LONGEST = 720


def run(photos: list[Path], folder: Path) -> None:
    """Write one sheet for each photo into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in photos:
        picture = Pillow.open(path).convert("RGB")
        picture.thumbnail((LONGEST, LONGEST), Pillow.Resampling.LANCZOS)
        photo = np.asarray(picture)
        ours = pochade.paint(photo)
        looks = (
            photo,
            pochade.paint(photo, classic=True, level=7 / 11).image,
            pochade.quantize(photo, 16).image,
            np.asarray(picture.filter(ImageFilter.MedianFilter(9))),
            ours.image,
        )
        height, width = photo.shape[:2]
        across = 3 if width >= height else 5
        rows = -(-len(looks) // across)
        sheet = np.full((rows * (height + 8), across * (width + 8), 3), 255, np.uint8)
        for index, look in enumerate(looks):
            top, left = index // across * (height + 8), index % across * (width + 8)
            sheet[top : top + height, left : left + width] = look[..., :3]
        target = folder / f"{path.stem}.png"
        Pillow.fromarray(sheet).save(target)
        print(f"{target}: {', '.join(NAMES)}; level {ours.level}", file=sys.stderr)
