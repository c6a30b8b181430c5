"""Clean pictures and noise of known places on them."""

from __future__ import annotations

import numpy as np

from benchmarks.quantize import pictures

KINDS = ("white", "salt and pepper", "any colour", "specks")
SHARES = (0.002, 0.02, 0.1)
PHOTOS = ("kodim03.png", "kodim05.png", "kodim13.png", "kodim23.png")


def clean_pictures() -> dict[str, np.ndarray]:
    """A gradient, and photos: smooth ones (3, 23) and ones full of detail (5, 13)."""
    rows, columns = np.mgrid[0:512, 0:768]
    ramp = [columns * 200 / 768, 220 - rows * 180 / 512, 60 + columns * 90 / 768]
    found = {"gradient": np.stack(ramp, axis=2).astype(np.uint8)}
    for path in pictures.kodak():
        if path.name in PHOTOS:
            found[path.name] = pictures.load(path)
    return found


def with_noise(image: np.ndarray, share: float, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """The picture with noise on this share of its pixels, and where; the same every time."""
    random = np.random.default_rng(7)
    mask = random.random(image.shape[:2]) < (share / 6 if kind == "specks" else share)
    if kind == "specks":  # of 2 x 3 pixels
        spread = mask.copy()
        for down, right in ((0, 1), (0, 2), (1, 0), (1, 1), (1, 2)):
            spread[down:, right:] |= mask[: len(mask) - down, : mask.shape[1] - right]
        mask = spread
    noisy = image.copy()
    count = int(mask.sum())
    if kind == "white":
        noisy[mask] = random.integers(246, 256, (count, 1))
    elif kind == "salt and pepper":
        noisy[mask] = np.where(random.random((count, 1)) < 0.5, 0, 255)
    elif kind == "specks":
        noisy[mask] = (250, 20, 250)
    else:
        noisy[mask] = random.integers(0, 256, (count, 3))
    return noisy, mask
