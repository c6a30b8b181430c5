"""Dithering: the kernels against the reference, examples, bad arguments."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

import pochade.dither.dithering as dithering
from pochade.dither import METHODS, dither, refit_palette_for_dither
from pochade.dither.reference import flat_patches, plain_nearest
from pochade.dither.tables import decode_srgb, make_tables
from pochade.dither.thresholds import bayer, blue_noise
from pochade.errors import UsageError

needs_native = pytest.mark.skipif(dithering.native is None, reason="kernels not built")


def scene(rng: np.random.Generator, channels: int, height: int = 11, width: int = 14) -> np.ndarray:
    """Gradient, noise, a flat patch with hard edges, transparent and half-transparent pixels."""
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
    palette[0, :3] = (203, 42, 91)  # near the flat patch
    if channels == 4:
        palette[:, 3] = rng.choice([0, 120, 254, 255, 255], k)
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
    call = {"method": method, "space": space, "edge_aware": edge_aware}
    call |= {"strength": 1.0} if k % 3 else {"strength": 0.7, "serpentine": False}
    fast = dither(image, palette, **call)
    monkeypatch.setattr(dithering, "native", None)
    slow = dither(image, palette, **call)
    assert fast.dtype == slow.dtype == (np.uint8 if k <= 256 else np.uint16)
    assert np.array_equal(fast, slow)


@needs_native
@pytest.mark.parametrize("space", ["srgb", "oklab"])
@pytest.mark.parametrize("k", [1, 3, 40, 257])
def test_strength_0_is_plain_nearest_for_every_colour(space, k):
    rng = np.random.default_rng(k)
    image = rng.integers(0, 256, (120, 130, 3)).astype(np.uint8)
    palette = rng.integers(0, 256, (k, 3)).astype(np.uint8)
    expected = plain_nearest(image, make_tables(palette, space))
    for method in ("floyd-steinberg", "blue-noise"):
        labels = dither(image, palette, method=method, strength=0, space=space, edge_aware=False)
        assert np.array_equal(labels, expected)


@pytest.mark.parametrize("method", METHODS)
def test_a_gradient_keeps_its_light(method):
    ramp = np.repeat(np.linspace(60, 190, 64).astype(np.uint8)[None, :, None], 64, 0).repeat(3, 2)
    palette = np.array([[v] * 3 for v in (30, 120, 220)], np.uint8)
    labels = dither(ramp, palette, method=method, strength=1.0)
    light, seen = decode_srgb(ramp / 255.0)[..., 0], decode_srgb(palette[labels] / 255.0)[..., 0]
    loose = 0.08 if method == "atkinson" else 0.03
    columns = np.abs(light.mean(0).reshape(8, 8).mean(1) - seen.mean(0).reshape(8, 8).mean(1))
    assert columns.max() < loose


def test_a_drawing_stays_flat_but_a_gradient_does_not_count_as_one():
    drawing = np.full((40, 60, 3), 250, np.uint8)
    drawing[10:30, 20:40] = (30, 60, 200)
    palette = np.array([[247, 250, 252], [33, 62, 197], [120, 120, 120], [255, 255, 255]], np.uint8)
    labels = dither(drawing, palette)
    assert set(labels[0]) == {0}
    assert set(labels[10:30, 20:40].ravel()) == {1}
    ramp = np.repeat((np.arange(60) // 10 + 100).astype(np.uint8)[None, :, None], 40, 0)
    assert flat_patches(drawing).all()
    assert not flat_patches(ramp.repeat(3, 2)).any()


@pytest.mark.parametrize("method", ["floyd-steinberg", "sierra-lite", "atkinson"])
def test_a_smooth_sky_beyond_the_palette_has_no_dark_specks(method):
    """The palette and the sky of a photo whose deepest blue lies just outside its 16 colours."""
    palette = np.array(
        [[216, 222, 221], [207, 160, 121], [52, 132, 177], [71, 146, 187], [119, 179, 206]]
        + [[93, 162, 197], [152, 119, 101], [150, 197, 213], [182, 213, 219], [219, 184, 142]]
        + [[180, 142, 120], [132, 95, 80], [190, 132, 96], [90, 40, 36], [45, 10, 11]]
        + [[211, 193, 181]],
        np.uint8,
    )
    noise = np.random.default_rng(0).integers(-2, 3, (24, 150, 3))
    sky = (np.array([46, 123, 169]) + noise).astype(np.uint8)
    seen = palette[dither(sky, palette, method=method, strength=0.9)]
    assert np.abs(seen.astype(int) - sky).max() < 60
    colors = {tuple(color) for color in seen.reshape(-1, 3).tolist()}
    assert colors <= {(52, 132, 177), (71, 146, 187)}


def test_transparent_pixels_pass_nothing_on():
    rng = np.random.default_rng(5)
    image = rng.integers(0, 256, (20, 30, 4)).astype(np.uint8)
    image[..., 3] = 255
    image[:, 12:15, 3] = 0
    palette = np.array([[9, 9, 9, 0], [0, 0, 0, 255], [255, 255, 255, 255]], np.uint8)
    first = dither(image, palette, serpentine=False)
    other = image.copy()
    other[:, :12, :3] = 77
    other[:, 12:15, :3] = 200  # hidden colour
    assert (first[:, 12:15] == 0).all()
    assert (first[:, :12] > 0).all()
    assert np.array_equal(first[:, 15:], dither(other, palette, serpentine=False)[:, 15:])


def test_tiles_are_permutations():
    for tile in (bayer(), blue_noise()):
        ranks = np.sort((tile.astype(np.float64) * tile.size - 0.5).round().ravel())
        assert np.array_equal(ranks, np.arange(tile.size))


def test_blue_noise_has_little_low_frequency():
    for share in (0.1, 0.5):
        dots = (blue_noise() < share) - share
        power = np.abs(np.fft.fft2(dots)) ** 2 / dots.size / (share * (1 - share))
        f = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64)))
        assert power[(f > 0) & (f < 0.1)].mean() < 0.1


def test_refit_brings_the_blurred_picture_closer_and_keeps_what_it_must():
    rng = np.random.default_rng(2)
    y, x = np.mgrid[0:48, 0:48] / 47.0
    image = np.stack([255 * y, 255 * x, 128 + 60 * np.sin(5 * x + 3 * y)], -1)
    image = np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)
    palette = np.array(
        [[r, g, b] for r in (64, 192) for g in (64, 192) for b in (90, 160)], np.uint8
    )
    keep = np.arange(8) == 3
    better = refit_palette_for_dither(image, palette, keep=keep)

    def error(colors: np.ndarray) -> float:
        seen = decode_srgb(colors[dither(image, colors)] / 255.0)
        offset = (seen - decode_srgb(image / 255.0)).reshape(12, 4, 12, 4, 3).mean((1, 3))
        return float((offset**2).mean())

    assert error(better) < 0.7 * error(palette)
    assert np.array_equal(better[3], palette[3])
    assert better.shape == palette.shape


@needs_native
@pytest.mark.parametrize("isa", ["baseline", "v3", "v4"])
def test_every_instruction_set_gives_the_same_labels(isa):
    code = (
        "import numpy as np, hashlib; from pochade.dither import *\n"
        "r = np.random.default_rng(0)\n"
        "a = r.integers(0, 256, (64, 65, 3)).astype('u1')\n"
        "p = r.integers(0, 256, (99, 3)).astype('u1')\n"
        "b = b''.join(dither(a, p, method=m).tobytes() for m in METHODS)\n"
        "print(hashlib.sha256(b).hexdigest())"
    )
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (64, 65, 3)).astype(np.uint8)
    palette = rng.integers(0, 256, (99, 3)).astype(np.uint8)
    mine = b"".join(dither(image, palette, method=m).tobytes() for m in METHODS)
    env = os.environ | {"POCHADE_ISA": isa}
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=False)
    if run.returncode:
        pytest.skip(f"{isa} is not supported here")
    assert run.stdout.decode().strip() == hashlib.sha256(mine).hexdigest()


GOOD_IMAGE, GOOD_PALETTE = np.zeros((2, 2, 3), np.uint8), np.zeros((2, 3), np.uint8)


@pytest.mark.parametrize(
    ("image", "palette", "options", "word"),
    [
        (np.zeros((2, 2), np.uint8), GOOD_PALETTE, {}, "image"),
        (GOOD_IMAGE.astype(float), GOOD_PALETTE, {}, "image"),
        (GOOD_IMAGE, np.zeros((0, 3), np.uint8), {}, "palette"),
        (GOOD_IMAGE, np.zeros((2, 2), np.uint8), {}, "palette"),
        (GOOD_IMAGE, np.zeros((65537, 3), np.uint8), {}, "palette"),
        (GOOD_IMAGE, GOOD_PALETTE, {"method": "dots"}, "floyd-steinberg"),
        (GOOD_IMAGE, GOOD_PALETTE, {"strength": 1.5}, "strength"),
        (GOOD_IMAGE, GOOD_PALETTE, {"strength": float("nan")}, "strength"),
        (GOOD_IMAGE, GOOD_PALETTE, {"space": "hsv"}, "space"),
        (GOOD_IMAGE, GOOD_PALETTE, {"seed": -1}, "seed"),
    ],
)
def test_bad_arguments_are_one_clear_error(image, palette, options, word):
    with pytest.raises(UsageError, match=word):
        dither(image, palette, **options)


def test_odd_but_good_arguments():
    assert dither(np.zeros((0, 5, 3), np.uint8), GOOD_PALETTE).shape == (0, 5)
    image = np.arange(7 * 9 * 3, dtype=np.uint8).reshape(7, 9, 3)
    image.setflags(write=False)
    turned = image.transpose(1, 0, 2)[::-1]
    assert np.array_equal(dither(turned, GOOD_PALETTE), dither(turned.copy(), GOOD_PALETTE))
    assert dither(image, np.zeros((2, 4), np.uint8)).max() == 0
    assert dither(np.zeros((1, 1, 4), np.uint8), GOOD_PALETTE).tolist() == [[0]]
