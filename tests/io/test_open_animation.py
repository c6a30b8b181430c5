"""Animations: frames composed as they are shown, durations, loops, and broken ones."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_builders import (
    MAGIC,
    chunk,
    encode,
    frame_control,
    gif,
    gradient,
    png,
    rgba_rows,
)
from PIL import Image, ImageSequence

from pochade.errors import InputError, LimitError
from pochade.io import Limits, open_image
from pochade.io.animation import CLEAR, KEEP, RESTORE, Patch, composite, over

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
PALETTE = [RED, GREEN, BLUE, WHITE]


def solid(height: int, width: int, value: int) -> np.ndarray:
    return np.full((height, width), value, np.uint8)


def filled(height: int, width: int, *rgba: int) -> np.ndarray:
    return np.tile(np.array(rgba, np.uint8), (height, width, 1))


# --- GIF --------------------------------------------------------------------------------------


def test_gif_keep() -> None:
    data = gif(
        (3, 2),
        [((0, 0), solid(2, 3, 0), 1, None), ((1, 0), solid(1, 1, 1), 1, None)],
        PALETTE,
        loop=0,
    )
    picture = open_image(data, frames="all")
    assert picture.animated
    assert picture.loop == 0
    assert picture.durations == (70.0, 70.0)
    assert [frame.shape for frame in picture.frames] == [(2, 3, 3)] * 2
    assert picture.frames[1].tolist() == [
        [list(RED), list(GREEN), list(RED)],
        [list(RED)] * 3,
    ]


def test_gif_restore_to_background_clears_to_transparent() -> None:
    """As browsers do; Pillow fills with a palette colour."""
    data = gif(
        (2, 1),
        [((0, 0), solid(1, 2, 0), 2, None), ((1, 0), solid(1, 1, 1), 0, None)],
        PALETTE,
    )
    frames = open_image(data, frames="all").frames
    assert frames[0][0].tolist() == [[*RED, 255]] * 2
    assert frames[1][0].tolist() == [[0, 0, 0, 0], [*GREEN, 255]]


def test_gif_restore_to_previous() -> None:
    data = gif(
        (2, 1),
        [
            ((0, 0), solid(1, 2, 0), 1, None),
            ((0, 0), solid(1, 1, 1), 3, None),
            ((1, 0), solid(1, 1, 2), 1, None),
        ],
        PALETTE,
    )
    frames = open_image(data, frames="all").frames
    assert frames[2][0].tolist() == [list(RED), list(BLUE)]


def test_gif_transparent_pixels_show_what_is_below() -> None:
    data = gif(
        (2, 1),
        [
            ((0, 0), solid(1, 2, 0), 1, None),
            ((0, 0), np.array([[3, 1]], np.uint8), 1, 3),
        ],
        PALETTE,
    )
    assert open_image(data, frames="all").frames[1][0].tolist() == [list(RED), list(GREEN)]


def test_gif_canvas_is_transparent_where_nothing_was_painted() -> None:
    data = gif((3, 1), [((1, 0), solid(1, 1, 2), 0, None)], PALETTE)
    picture = open_image(data)
    assert picture.pixels[0].tolist() == [[0, 0, 0, 0], [*BLUE, 255], [0, 0, 0, 0]]
    assert not picture.animated
    assert picture.loop == 1


def test_gif_canvas_grows_for_the_first_frame_and_clips_later_ones() -> None:
    data = gif(
        (1, 1),
        [((0, 0), solid(2, 2, 0), 1, None), ((1, 1), solid(5, 5, 1), 1, None)],
        PALETTE,
    )
    frames = open_image(data, frames="all").frames
    assert frames[1].shape == (2, 2, 3)
    assert frames[1][1].tolist() == [list(RED), list(GREEN)]
    # Wholly outside: nothing to see, nothing to fail.
    outside = gif(
        (1, 1), [((0, 0), solid(1, 1, 0), 1, None), ((9, 9), solid(1, 1, 1), 2, None)], PALETTE
    )
    assert open_image(outside, frames="all").frames[1].tolist() == [[list(RED)]]


@pytest.mark.parametrize(("stored", "plays"), [(None, 1), (0, 0), (1, 2), (5, 6)])
def test_gif_loop_counts_all_plays(stored: int | None, plays: int) -> None:
    frame = ((0, 0), solid(1, 1, 0), 1, None)
    assert open_image(gif((1, 1), [frame, frame], PALETTE, loop=stored)).loop == plays


def test_gif_written_by_pillow_comes_back() -> None:
    images = [Image.fromarray(gradient(9, 9)[:, :, shift]) for shift in range(3)]
    data = encode(images[0], "GIF", save_all=True, append_images=images[1:], duration=[40, 50, 60])
    picture = open_image(data, frames="all")
    assert picture.durations == (40.0, 50.0, 60.0)
    for ours, image in zip(picture.frames, images, strict=True):
        np.testing.assert_array_equal(ours[:, :, 0], np.asarray(image))


def test_first_frame_only() -> None:
    frame = ((0, 0), solid(1, 1, 0), 1, None)
    picture = open_image(gif((1, 1), [frame, frame, frame], PALETTE))
    assert len(picture.frames) == 1
    assert picture.animated
    assert picture.durations == (0.0,)


@pytest.mark.parametrize("cut", [14, 30, 40, -2])
def test_truncated_gif(cut: int) -> None:
    frame = ((0, 0), solid(9, 9, 0), 1, None)
    data = gif((9, 9), [frame, frame], PALETTE)[:cut]
    with pytest.raises(InputError):
        open_image(data, frames="all")


def test_gif_without_end_mark_is_read() -> None:
    data = gif((1, 1), [((0, 0), solid(1, 1, 0), 1, None)], PALETTE)[:-1]
    assert open_image(data).pixels.tolist() == [[list(RED)]]


# --- APNG -------------------------------------------------------------------------------------


def apng(*pieces: bytes, frames: int, plays: int = 0, size: tuple[int, int] = (2, 1)) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 6, 0, 0, 0))
    control = chunk(b"acTL", struct.pack(">II", frames, plays))
    return MAGIC + header + control + b"".join(pieces) + chunk(b"IEND", b"")


def idat(pixels: np.ndarray) -> bytes:
    return chunk(b"IDAT", rgba_rows(pixels))


def fdat(sequence: int, pixels: np.ndarray) -> bytes:
    return chunk(b"fdAT", sequence.to_bytes(4, "big") + rgba_rows(pixels))


def test_apng_replace_blend_and_dispose() -> None:
    data = apng(
        frame_control(0, (2, 1)),
        idat(filled(1, 2, *RED, 255)),
        frame_control(1, (1, 1), (1, 0), blend=1, dispose=1, delay=(1, 4)),
        fdat(2, filled(1, 1, *BLUE, 128)),
        frame_control(3, (1, 1), (0, 0), dispose=2, delay=(2, 0)),
        fdat(4, filled(1, 1, 1, 2, 3, 4)),
        frame_control(5, (1, 1), (0, 0), blend=1),
        fdat(6, filled(1, 1, 9, 9, 9, 0)),
        frames=4,
        plays=3,
    )
    picture = open_image(data, frames="all")
    assert picture.loop == 3
    assert picture.durations == (100.0, 250.0, 20.0, 100.0)
    assert picture.frames[0][0].tolist() == [[*RED, 255]] * 2
    assert picture.frames[1][0, 1].tolist() == [127, 0, 128, 255]
    assert picture.frames[2][0].tolist() == [[1, 2, 3, 4], [0, 0, 0, 0]]
    assert picture.frames[3][0].tolist() == [[*RED, 255], [0, 0, 0, 0]]


def test_apng_default_picture_outside_the_animation() -> None:
    data = apng(
        idat(filled(1, 2, *RED, 255)),
        frame_control(0, (2, 1)),
        fdat(1, filled(1, 2, *GREEN, 255)),
        frame_control(2, (2, 1)),
        fdat(3, filled(1, 2, *BLUE, 255)),
        frames=2,
    )
    assert open_image(data).pixels[0, 0].tolist() == list(RED)
    frames = open_image(data, frames="all").frames
    assert [frame[0, 0].tolist() for frame in frames] == [list(GREEN), list(BLUE)]


@pytest.mark.parametrize(
    "second",
    [
        frame_control(7, (2, 1)) + fdat(8, filled(1, 2, *BLUE, 255)),
        frame_control(1, (3, 1)) + fdat(2, filled(1, 3, *BLUE, 255)),
        frame_control(1, (0, 1)) + fdat(2, filled(1, 3, *BLUE, 255)),
        frame_control(1, (2, 1), dispose=9) + fdat(2, filled(1, 2, *BLUE, 255)),
        frame_control(1, (2, 1)) + frame_control(2, (2, 1)) + fdat(3, filled(1, 2, 1, 1, 1, 255)),
        chunk(b"fcTL", b"\0\0\0\1"),
        chunk(b"fdAT", b""),
        chunk(b"acTL", b"\0\0\0\2\0\0\0\0"),
    ],
)
def test_broken_animation_shows_the_still_picture(second: bytes) -> None:
    data = apng(frame_control(0, (2, 1)), idat(filled(1, 2, *RED, 255)), second, frames=2)
    picture = open_image(data, frames="all")
    assert [frame[0].tolist() for frame in picture.frames] == [[list(RED)] * 2]
    assert "still picture" in picture.notes[0]


def test_broken_frame_data_is_an_error() -> None:
    data = apng(
        frame_control(0, (2, 1)),
        idat(filled(1, 2, *RED, 255)),
        frame_control(1, (2, 1)),
        chunk(b"fdAT", b"\0\0\0\2garbage"),
        frames=2,
    )
    with pytest.raises(InputError):
        open_image(data, frames="all")
    assert open_image(data).pixels.shape == (1, 2, 3)


@pytest.mark.parametrize("name", ["PNG", "WEBP"])
def test_animations_written_by_pillow_come_back(name: str) -> None:
    arrays = [gradient(20, 30, 4), gradient(20, 30, 4)[::-1], gradient(20, 30, 4)[:, ::-1]]
    images = [Image.fromarray(np.ascontiguousarray(array)) for array in arrays]
    options = {"lossless": True, "exact": True} if name == "WEBP" else {}
    data = encode(
        images[0],
        name,
        save_all=True,
        append_images=images[1:],
        duration=[100, 200, 300],
        loop=2,
        **options,
    )
    picture = open_image(data, frames="all")
    assert picture.durations == (100.0, 200.0, 300.0)
    assert picture.loop == 2
    reference = [
        np.asarray(frame.convert("RGBA"))
        for frame in ImageSequence.Iterator(Image.open(io.BytesIO(data)))
    ]
    for ours, theirs in zip(picture.frames, reference, strict=True):
        visible = theirs[:, :, 3] > 0
        np.testing.assert_array_equal(ours[:, :, 3], theirs[:, :, 3])
        np.testing.assert_array_equal(ours[visible], theirs[visible])


def test_animation_is_resized_as_a_whole() -> None:
    frame = ((0, 0), solid(20, 10, 0), 1, None)
    dot = ((0, 0), solid(10, 10, 1), 1, None)
    picture = open_image(gif((10, 20), [frame, dot], PALETTE), frames="all", resize="10")
    assert [frame.shape for frame in picture.frames] == [(10, 5, 3)] * 2
    assert picture.size == (10, 20)
    assert picture.frames[1][0, 0].tolist() == list(GREEN)


# --- limits -----------------------------------------------------------------------------------


def test_frame_limits() -> None:
    frame = ((0, 0), solid(1, 1, 0), 1, None)
    data = gif((10, 10), [frame] * 5, PALETTE)
    assert len(open_image(data, frames="all", limits=Limits(max_frames=5)).frames) == 5
    with pytest.raises(LimitError, match="more than 4 frames"):
        open_image(data, frames="all", limits=Limits(max_frames=4))
    with pytest.raises(LimitError, match="5 frames of 10 x 10"):
        open_image(data, frames="all", limits=Limits(max_pixels=499))
    assert open_image(data, limits=Limits(max_frames=1, max_pixels=100)).pixels.shape == (10, 10, 4)


def test_apng_frame_limit() -> None:
    pieces = [frame_control(0, (1, 1)), idat(filled(1, 1, 1, 1, 1, 255))]
    for number in range(1, 5):
        pieces.append(frame_control(2 * number - 1, (1, 1)))
        pieces.append(fdat(2 * number, filled(1, 1, number, 1, 1, 255)))
    data = apng(*pieces, frames=5, size=(1, 1))
    assert len(open_image(data, frames="all").frames) == 5
    with pytest.raises(LimitError):
        open_image(data, frames="all", limits=Limits(max_frames=4))
    with pytest.raises(LimitError):
        open_image(data, frames="all", limits=Limits(max_pixels=4))


def test_still_png_with_all_frames() -> None:
    picture = open_image(png(1, 1, 8, 0, b"\x05"), frames="all")
    assert picture.frames[0].tolist() == [[[5, 5, 5]]]
    assert not picture.animated


# --- the compositor's laws --------------------------------------------------------------------

byte = st.integers(0, 255)
color = st.tuples(byte, byte, byte, byte)


@given(color, color)
@settings(deadline=None)
def test_over_matches_exact_arithmetic(top: tuple[int, ...], below: tuple[int, ...]) -> None:
    result = over(np.array([[top]], np.uint8), np.array([[below]], np.uint8))[0, 0]
    alpha_top, alpha_below = top[3] / 255, below[3] / 255
    alpha = alpha_top + alpha_below * (1 - alpha_top)
    assert abs(int(result[3]) - 255 * alpha) <= 0.5 + 1e-9
    if alpha == 0:
        assert result.tolist()[3] == 0
        return
    for channel in range(3):
        mixed = (top[channel] * alpha_top + below[channel] * alpha_below * (1 - alpha_top)) / alpha
        assert abs(int(result[channel]) - mixed) <= 0.5 + 1e-9


@given(color, color)
@settings(deadline=None)
def test_over_of_opaque_and_clear(top: tuple[int, ...], below: tuple[int, ...]) -> None:
    bottom = np.array([[below]], np.uint8)
    opaque = np.array([[(*top[:3], 255)]], np.uint8)
    clear = np.array([[(*top[:3], 0)]], np.uint8)
    np.testing.assert_array_equal(over(opaque, bottom), opaque)
    np.testing.assert_array_equal(over(clear, bottom), bottom)


def test_composite_frames_do_not_share_memory() -> None:
    patch = Patch(0, 0, filled(1, 1, 1, 2, 3, 255), KEEP, False)
    first, second = composite([patch, patch], 2, 2)
    assert not np.shares_memory(first, second)


def test_first_frame_that_restores_leaves_nothing() -> None:
    for dispose in (CLEAR, RESTORE):
        patches = [
            Patch(0, 0, filled(1, 1, 1, 2, 3, 255), dispose, False),
            Patch(0, 0, filled(1, 1, 0, 0, 0, 0), KEEP, True),
        ]
        assert list(composite(patches, 1, 1))[1].tolist() == [[[0, 0, 0, 0]]]
