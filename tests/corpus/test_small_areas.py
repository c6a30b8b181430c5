"""The guard: a red dot in a field stays red, and photos stay as they are without it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import pochade

ROOT = Path(
    os.environ.get("POCHADE_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data"
)
RED, YELLOW, BLUE = (215, 25, 30), (250, 240, 60), (40, 40, 220)
Y, X = np.mgrid[0:240, 0:320].astype(np.float64)


def field(kind: str) -> NDArray[np.float64]:
    random = np.random.default_rng(1)
    noise = random.normal(0, 5, (240, 320, 3))
    if kind == "green":
        return np.array([60.0, 140, 50]) + random.normal(0, 14, (240, 320, 1)) + noise
    ramps = {
        "sky": (90 + Y * 0.5 + X * 0.05, 140 + Y * 0.35, 225 - Y * 0.1),
        "sand": (170 + X * 0.2, 120 + X * 0.25 + Y * 0.05, 95 + X * 0.25),
    }
    return np.stack(ramps[kind], axis=-1) + noise


def with_dot(
    field: NDArray[np.float64], row: int, column: int, size: int, color: tuple[int, int, int]
) -> NDArray[np.float64]:
    """A square of 5 pixels, or a disc with an anti-aliased edge."""
    if size <= 5:
        inside = np.maximum(abs(Y - row), abs(X - column)) <= size // 2
        cover = inside.astype(np.float64)
    else:
        cover = np.clip(size / 2 - np.hypot(Y - row, X - column) + 0.5, 0, 1)
    return np.asarray(field * (1 - cover[..., None]) + np.array(color) * cover[..., None])


def as_bytes(field: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.rint(field), 0, 255).astype(np.uint8)


def is_near(pixel: NDArray[np.uint8], color: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - color).max() < 40)


@pytest.mark.parametrize("effort", ["fast", "default"])
@pytest.mark.parametrize("size", [5, 11])
@pytest.mark.parametrize("kind", ["green", "sky", "sand"])
def test_a_red_dot_stays_red(kind: str, size: int, effort: str) -> None:
    picture = as_bytes(with_dot(field(kind), 120, 160, size, RED))
    for k in (2, 3, 4, 8, 16):
        result = pochade.quantize(picture, k, effort=effort)
        assert is_near(result.image[120, 160], RED), k
        assert len(result.palette) == k


@pytest.mark.parametrize("size", [5, 11])
@pytest.mark.parametrize("kind", ["green", "sky"])
def test_a_red_dot_stays_red_in_oklab(kind: str, size: int) -> None:
    picture = as_bytes(with_dot(field(kind), 120, 160, size, RED))
    for k in (2, 3, 4, 8, 16):
        found = pochade.quantize(picture, k, space="oklab").image[120, 160]
        assert is_near(found, RED), k


@pytest.mark.parametrize("other", [YELLOW, BLUE])
def test_two_dots_get_an_entry_each(other: tuple[int, int, int]) -> None:
    picture = as_bytes(with_dot(with_dot(field("green"), 60, 80, 5, RED), 180, 240, 9, other))
    for k in (8, 16):
        result = pochade.quantize(picture, k)
        assert is_near(result.image[60, 80], RED), k
        assert is_near(result.image[180, 240], other), k


def test_a_dot_of_half_transparent_red() -> None:
    """Points with alpha have another measure, and the guard its own share of it."""
    picture = as_bytes(with_dot(field("green"), 120, 160, 5, RED))
    alpha = np.full((240, 320, 1), 255, np.uint8)
    alpha[:40] = 0
    for k in (4, 8):
        result = pochade.quantize(np.concatenate([picture, alpha], axis=2), k)
        assert is_near(result.image[120, 160, :3], RED), k


@pytest.mark.skipif(not (ROOT / "kodak").is_dir(), reason="the Kodak photos are not here")
@pytest.mark.parametrize("space", ["srgb", "oklab"])
def test_the_guard_does_not_cost_a_photo_anything(space: str) -> None:
    for path in sorted((ROOT / "kodak").glob("*.png"))[::2]:
        picture = np.asarray(Image.open(path).convert("RGB"))[::2, ::2]
        for k in (8, 64):
            guarded = pochade.quantize(picture, k, space=space)
            plain = pochade.quantize(picture, k, space=space, guard=False)
            assert guarded.inertia <= plain.inertia * 1.01, (path.name, k)
