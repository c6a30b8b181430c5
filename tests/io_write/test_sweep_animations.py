"""Animations whose frames have a palette each (GIF), and full-colour ones (APNG, WebP)."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from pochade.errors import UsageError
from pochade.io.full_animation import encode_full_animation
from pochade.io.gif import encode_gif_frames
from pochade.io.open import open_image


def indexed(seed: int, k: int, shape: tuple[int, int] = (9, 13), channels: int = 3):
    random = np.random.default_rng(seed)
    palette = random.integers(0, 256, (k, channels), np.uint8)
    if channels == 4:
        palette[:, 3] = 255
        palette[0] = 0
    labels = random.integers(0, k, shape)
    return labels, palette


def frames_of(data: bytes) -> list[np.ndarray]:
    with Image.open(io.BytesIO(data)) as picture:
        return [np.asarray(one.convert("RGBA")) for one in ImageSequence.Iterator(picture)]


@pytest.mark.parametrize("ks", [(2, 256, 5), (1, 1), (3,), (17, 2, 129, 200)])
@pytest.mark.parametrize("channels", [3, 4])
def test_every_frame_shows_its_own_palette(ks: tuple[int, ...], channels: int):
    frames = [indexed(seed, k, channels=channels) for seed, k in enumerate(ks)]
    data = encode_gif_frames(iter(frames), durations=[100.0] * len(ks))
    ours = open_image(data, frames="all")
    theirs = frames_of(data)
    assert len(ours.frames) == len(theirs) == len(ks)
    for (labels, palette), mine, other in zip(frames, ours.frames, theirs, strict=True):
        wanted = palette[labels]
        assert np.array_equal(mine[:, :, : wanted.shape[2]], wanted)
        seen = other[:, :, 3] > 0
        assert np.array_equal(other[seen][:, :3], wanted[seen][:, :3])
        if channels == 4:
            assert np.array_equal(seen, wanted[:, :, 3] > 0)


def test_times_and_repeats():
    frames = [indexed(seed, 4) for seed in range(3)]
    data = encode_gif_frames(frames, durations=[600, 600, 2000], loop=4)
    found = open_image(data, frames="all")
    assert found.durations == (600.0, 600.0, 2000.0)
    assert found.loop == 5
    once = open_image(encode_gif_frames(frames, durations=[10] * 3, loop=None), frames="all")
    assert once.loop == 1


@pytest.mark.parametrize(
    ("frames", "durations", "options"),
    [
        ([], [], {}),
        ([indexed(0, 3)], [1, 2], {}),
        ([indexed(0, 3), indexed(1, 3)], [1], {}),
        ([indexed(0, 3), indexed(1, 3, (4, 4))], [1, 1], {}),
        ([indexed(0, 3)], [-1], {}),
        ([indexed(0, 3)], [1], {"loop": 70_000}),
    ],
)
def test_refusals(frames, durations, options):
    with pytest.raises(UsageError):
        encode_gif_frames(frames, durations=durations, **options)


@pytest.mark.parametrize("form", ["apng", "webp"])
@pytest.mark.parametrize("channels", [3, 4])
def test_full_colour_frames_read_back_exactly(form: str, channels: int):
    random = np.random.default_rng(1)
    frames = [random.integers(0, 256, (11, 7, channels), np.uint8) for _ in range(3)]
    data = encode_full_animation(iter(frames), form, durations=[120, 120, 900], plays=2)
    found = open_image(data, frames="all")
    assert found.durations == (120.0, 120.0, 900.0)
    assert found.loop == 2
    for mine, wanted in zip(found.frames, frames, strict=True):
        assert np.array_equal(mine, wanted)


@pytest.mark.parametrize("form", ["apng", "webp"])
def test_a_single_frame(form: str):
    frame = np.full((2, 3, 3), 77, np.uint8)
    data = encode_full_animation([frame], form, durations=[100])
    assert np.array_equal(open_image(data).pixels, frame)


def test_full_colour_refusals():
    frame = np.zeros((1, 1, 3), np.uint8)
    with pytest.raises(UsageError, match="milliseconds"):
        encode_full_animation([frame], "apng", durations=[70_000])
    with pytest.raises(UsageError, match="plays"):
        encode_full_animation([frame], "webp", durations=[1], plays=-1)
    wide = np.zeros((1, 17_000, 3), np.uint8)
    with pytest.raises(UsageError, match="16383"):
        encode_full_animation([wide], "webp", durations=[1])
