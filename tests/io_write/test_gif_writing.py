"""GIFs: exact pixels in every frame, durations, loops, small differences."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from pochade.errors import UsageError
from pochade.io.gif import encode_gif
from pochade.io.lzw import lzw_encode, lzw_encode_reference


def frames_of(gif: bytes) -> list[NDArray[np.uint8]]:
    with Image.open(io.BytesIO(gif)) as picture:
        return [np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(picture)]


def durations_of(gif: bytes) -> list[int]:
    with Image.open(io.BytesIO(gif)) as picture:
        return [frame.info["duration"] for frame in ImageSequence.Iterator(picture)]


def shown(labels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What GIF can show of it: alpha either 0 or 255."""
    full = np.full((len(palette), 4), 255, np.uint8)
    full[:, : palette.shape[1]] = palette
    see_through = full[:, 3] < 128
    full[:, 3] = np.where(see_through, 0, 255)
    return full[labels]


def same(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> bool:
    """Equal where visible, and equally transparent."""
    return np.array_equal(a[..., 3], b[..., 3]) and np.array_equal(
        a[a[..., 3] > 0], b[b[..., 3] > 0]
    )


@settings(deadline=None, max_examples=80)
@given(
    st.integers(1, 256),
    st.sampled_from([3, 4]),
    st.integers(1, 5),
    st.integers(1, 24),
    st.integers(1, 24),
    st.floats(0, 1),
    st.integers(0, 2**32),
)
def test_every_frame_reads_back(
    k: int, channels: int, count: int, height: int, width: int, change: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    palette = random.integers(0, 256, (k, channels), dtype=np.uint8)
    frames = [random.integers(0, k, (height, width), dtype=np.uint8)]
    for _ in range(count - 1):
        moved = frames[-1].copy()
        spots = random.random(moved.shape) < change * random.random()
        moved[spots] = random.integers(0, k, int(spots.sum()))
        frames.append(moved)
    read = frames_of(encode_gif(frames, palette))
    assert len(read) == count
    for labels, got in zip(frames, read, strict=True):
        assert same(got, shown(labels, palette))


def test_a_still_picture_has_no_animation_blocks() -> None:
    gif = encode_gif([np.zeros((2, 2), np.uint8)], np.zeros((1, 3), np.uint8))
    assert b"NETSCAPE" not in gif
    assert b"!\xf9" not in gif


def test_a_moving_dot_is_small() -> None:
    random = np.random.default_rng(0)
    background = random.integers(0, 60, (100, 100), dtype=np.uint8)
    frames = []
    for place in range(10):
        frame = background.copy()
        frame[50, 10 * place] = 61
        frames.append(frame)
    palette = random.integers(0, 256, (62, 3), dtype=np.uint8)
    whole = encode_gif(frames, palette, differences=False)
    assert len(encode_gif(frames, palette)) < 0.25 * len(whole)


def test_equal_frames_are_kept_with_their_durations() -> None:
    still = np.zeros((5, 5), np.uint8)
    gif = encode_gif([still] * 3, np.zeros((1, 3), np.uint8), durations=[100, 200, 300], loop=7)
    assert durations_of(gif) == [100, 200, 300]
    with Image.open(io.BytesIO(gif)) as picture:
        assert picture.info["loop"] == 7


def test_rounding_of_durations_does_not_add_up() -> None:
    frames = [np.full((2, 2), i % 2, np.uint8) for i in range(30)]
    gif = encode_gif(frames, np.array([[0, 0, 0], [9, 9, 9]], np.uint8), durations=1000 / 30)
    assert sum(durations_of(gif)) == 1000


@pytest.mark.parametrize(
    ("frames", "settings_"),
    [
        ([], {}),
        ([np.zeros((2, 2), int), np.zeros((2, 3), int)], {}),
        ([np.zeros((2, 2), int)], {"durations": [1, 2]}),
        ([np.zeros((2, 2), int)], {"durations": -5}),
        ([np.zeros((2, 2), int)], {"durations": float("nan")}),
        ([np.zeros((2, 2), int)], {"loop": -1}),
        ([np.zeros((1, 70000), np.uint8)], {}),
        ([np.arange(257)[None]], {}),
    ],
)
def test_nonsense_is_refused(frames: list[NDArray], settings_: dict) -> None:
    palette = np.zeros((257, 3), np.uint8)
    palette[:, 0] = np.arange(257) % 256
    palette[256, 1] = 1
    with pytest.raises(UsageError):
        encode_gif(frames, palette, **settings_)


@settings(deadline=None)
@given(st.integers(2, 8), st.integers(0, 2**32), st.integers(0, 9000))
def test_native_lzw_is_the_reference(bits: int, seed: int, size: int) -> None:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 1 << random.integers(1, bits + 1), size, dtype=np.uint8)
    labels = np.repeat(labels, random.integers(1, 9))
    assert lzw_encode(labels.tobytes(), bits) == lzw_encode_reference(labels.tobytes(), bits)


@pytest.mark.parametrize("bits", range(2, 9))
def test_lzw_table_fills_and_starts_anew(bits: int) -> None:
    labels = np.random.default_rng(bits).integers(0, 1 << bits, (300, 300), dtype=np.uint8)
    palette = np.random.default_rng(9).permutation(256)[: 1 << bits].astype(np.uint8)
    grey = np.stack([palette] * 3, axis=1)
    (read,) = frames_of(encode_gif([labels], grey))
    assert np.array_equal(read[..., :3], grey[labels])
