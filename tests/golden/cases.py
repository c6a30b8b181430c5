"""What the goldens are made of: bundled photos, made small here, and settings."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import pochade

STORE = Path(__file__).with_name("goldens.json")
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "spices-k8": ("spices.jpg", {"k": 8}),
    "city-k64-oklab": ("city.jpg", {"k": 64, "space": "oklab"}),
    "desert-k16-fast": ("desert.jpg", {"k": 16, "effort": "fast"}),
    "spices-k16-max": ("spices.jpg", {"k": 16, "effort": "max"}),
    "city-k8-dithered": ("city.jpg", {"k": 8, "dither": "floyd-steinberg"}),
    "desert-k12-alpha": ("desert.jpg", {"k": 12}),
}


def picture(name: str, *, alpha: bool) -> NDArray[np.uint8]:
    """About 160 pixels wide: every so many pixels of the photo, with no filter that may change."""
    data = files("pochade").joinpath("data", "demo", name)
    with data.open("rb") as stream, Image.open(stream) as image:
        pixels = np.asarray(image.convert("RGB"), np.uint8)
    step = max(1, pixels.shape[1] // 160)
    small = np.ascontiguousarray(pixels[step // 2 :: step, step // 2 :: step])
    if not alpha:
        return small
    ramp = np.linspace(0, 255, small.shape[1]).astype(np.uint8)
    return np.dstack([small, np.broadcast_to(ramp, small.shape[:2])])


def reduced(name: str) -> pochade.QuantizeResult:
    """The result that a golden pins."""
    photo, settings = CASES[name]
    return pochade.quantize(picture(photo, alpha="alpha" in name), seed=0, threads=2, **settings)


def source_digest(name: str) -> str:
    """Of the pixels that went in: a decoder of another version may give others."""
    return hashlib.sha256(picture(CASES[name][0], alpha="alpha" in name).tobytes()).hexdigest()


def digest(result: pochade.QuantizeResult) -> str:
    """Of palette and labels."""
    return hashlib.sha256(result.palette.tobytes() + result.labels.tobytes()).hexdigest()
