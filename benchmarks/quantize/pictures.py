"""Where the photos are, and what was known about them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("POCHADE_DATA", ROOT.parent / "shared" / "data"))
RESEARCH = Path(os.environ.get("POCHADE_RESEARCH", DATA.parent / "research"))
PROTOTYPES = Path(os.environ.get("POCHADE_PROTOTYPES", DATA.parent / "prototypes"))
FLOORS = Path(__file__).with_name("floors.json")


def kodak() -> list[Path]:
    """The Kodak photos at hand."""
    return _needed(sorted((DATA / "kodak").glob("*.png")), "kodak")


def large() -> list[Path]:
    """The photos of 10 to 24 megapixels."""
    return _needed(sorted((DATA / "large").glob("*.jpg")), "large")


def varied() -> list[Path]:
    """24 pictures of many kinds: photos, flat art, alpha, greys, screenshots."""
    photos = [DATA / "kodak" / f"kodim{n:02}.png" for n in (1, 3, 5, 9, 13, 15, 23)]
    free = sorted((DATA / "photos-free").rglob("*.jpg"))[::15][:5]
    art = [
        DATA / "awkward" / "pillow" / name
        for name in (
            "hopper.png",
            "transparent.png",
            "rgb_trns.png",
            "flower.webp",
            "hopper.webp",
            "transparent.webp",
            "color_snakes.png",
            "imagedraw_polygon_kite_RGB.png",
            "pil123rgba.png",
            "test-card.png",
        )
    ]
    suite = [DATA / "awkward" / "imgproxy" / name for name in ("test1.png", "geometry.png")]
    found = [path for path in (*photos, *free, *art, *suite) if path.exists()]
    return _needed(found[:24], "kodak, photos-free and awkward")


def load(path: Path) -> np.ndarray:
    """A picture as (h, w, 3) uint8."""
    with Image.open(path) as picture:
        return np.ascontiguousarray(picture.convert("RGB"))


def floor(name: str, k: int) -> float:
    """The lowest known mean squared error of a Kodak photo at k; 1 for other pictures."""
    floors = known_floors()
    return float(floors.get(name, {}).get(str(k), 1.0))


def known_floors() -> dict[str, dict[str, float]]:
    """The floors handed to the project, lowered by what later runs found (`floors.json`)."""
    handed = RESEARCH / "floor_kodak.json"
    known = json.loads(handed.read_text()) if handed.exists() else {}
    if FLOORS.exists():
        for name, row in json.loads(FLOORS.read_text()).items():
            for k, error in row.items():
                known.setdefault(name, {})[k] = min(error, known.get(name, {}).get(k, error))
    return known


def _needed(paths: list[Path], what: str) -> list[Path]:
    if not paths:
        raise SystemExit(
            f"no pictures under {DATA} ({what}): set POCHADE_DATA to the folder that holds them"
        )
    return paths
