"""Dithering: the kernels against the reference, and examples."""

from __future__ import annotations

import numpy as np
import pytest

import pochade.dither.dithering as dithering
from pochade.dither import METHODS, dither
from pochade.dither.thresholds import bayer, blue_noise
from pochade.errors import UsageError

needs_native = pytest.mark.skipif(dithering.native is None, reason="kernels not built")


def scene(rng: np.random.Generator, channels: int, height: int = 13, width: int = 17) -> np.ndarray:
    """Gradient, noise, flat patches with hard edges, transparent and half-transparent pixels."""
    image = np.zeros((height, width, channels), np.uint8)
    image[..., :3] = np.linspace(20, 90, width).astype(np.uint8)[:, None]
    image[: height // 2, : width // 2, :3] = rng.integers(0, 256, (height // 2, width // 2, 3))
    image[-5:, -8:, :3] = (200, 40, 90)
    if channels == 4:
        image[..., 3] = 255
        image[2:4, 3:9, 3] = 0
        image[4:7, 3:9, 3] = 128
    return image


def palette_for(rng: np.random.Generator, channels: int, k: int) -> np.ndarray:
    palette = rng.integers(0, 256, (k, channels)).astype(np.uint8)
    if channels == 4:
        palette[:, 3] = rng.choice([0, 120, 255, 255, 255], k)
    return palette


@needs_native
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("space", ["srgb", "oklab"])
@pytest.mark.parametrize("edge_aware", [True, False])
@pytest.mark.parametrize(("channels", "k"), [(3, 2), (3, 20), (4, 12), (3, 300)])
def test_kernels_give_the_labels_of_the_reference(
    monkeypatch, method, space, edge_aware, channels, k
):
    rng = np.random.default_rng(k + channels)
    image, palette = scene(rng, channels), palette_for(rng, channels, k)
    for options in ({}, {"strength": 0.7, "serpentine": False}):
        call = {"method": method, "space": space, "edge_aware": edge_aware, **options}
        fast = dither(image, palette, **call)
        with monkeypatch.context() as patch:
            patch.setattr(dithering, "native", None)
            slow = dither(image, palette, **call)
        assert fast.dtype == slow.dtype == (np.uint8 if k <= 256 else np.uint16)
        assert np.array_equal(fast, slow)
