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


VARIED = (
    *(f"kodak/kodim{n:02}.png" for n in (1, 3, 5, 9, 13, 23)),
    "photos-free/budgie/abstract-spiral.jpg",
    "photos-free/clothing/1a5d03c8-1a59-409d-bb5e-5958dc7620b8.jpg",
    "photos-free/clothing/4633e114-a0cd-4076-b5e1-2fce81748dd1.jpg",
    "clyde/example_imgs/earthly_delights.png",
    "clyde/example_imgs/teletubbies.webp",
    "seeds-images/ImageKompressor/bird_uncompressed.png",
    "seeds-images/rainbow/original_image.png",
    # Plots, drawings and text.
    "seeds-images/k-means_color_compression/output/scatter3d_cluster_k3.png",
    "seeds-images/k-means_color_compression/output/silhouette_score.png",
    "seeds-images/k-means_color_compression/output/image_output_k2-10.png",
    "awkward/imgproxy/geometry.png",
    "awkward/pillow/exif.png",
    "awkward/pillow/test_anchor_multiline_lm_center.png",
    # Transparency.
    "awkward/pillow/transparent.webp",
    "awkward/pillow/bc7-argb-8bpp_MipMaps-1.png",
    "awkward/pillow/pil123rgba.png",
    "awkward/pillow/transparent_background_text.png",
    "awkward/imgproxy/orientation-1.png",
)


def varied() -> list[Path]:
    """24 pictures of many kinds: photos, plots, drawings, text, transparency."""
    return _needed([DATA / name for name in VARIED if (DATA / name).exists()], "kodak and others")


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
