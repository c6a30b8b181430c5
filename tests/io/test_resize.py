"""`--resize`: its forms, its arithmetic, and the picture that comes out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_builders import encode, exif_block, gradient
from PIL import Image

from pochade.errors import UsageError
from pochade.io import Resize, open_image, parse_resize


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("240x320", Resize(240, 320)),
        ("240X320!", Resize(240, 320, exact=True)),
        (" 240 × 320 ", Resize(240, 320)),
        ("1024", Resize(1024)),
        ("1024!", Resize(1024, exact=True)),
        ("65535x1", Resize(65535, 1)),
    ],
)
def test_forms(text: str, expected: Resize) -> None:
    assert parse_resize(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "x", "0", "10x", "x10", "-5", "1.5", "65536", "1x65536", "0x5", "50%", "1x2x3", "٣"],
)
def test_no_sizes(text: str) -> None:
    with pytest.raises(UsageError):
        parse_resize(text)


side = st.integers(1, 3000)


@given(side, side, side, side)
@settings(deadline=None)
def test_fits_inside_keeping_the_aspect(width: int, height: int, w: int, h: int) -> None:
    new_width, new_height = Resize(w, h).size_for(width, height)
    assert 1 <= new_width <= min(w, width)
    assert 1 <= new_height <= min(h, height)
    if (new_width, new_height) != (width, height):
        assert new_width == w or new_height == h
        scale = min(w / width, h / height)
        assert abs(new_width - max(1, width * scale)) <= 0.5 + 1e-9
        assert abs(new_height - max(1, height * scale)) <= 0.5 + 1e-9


@given(side, side, side)
@settings(deadline=None)
def test_longest_side(width: int, height: int, longest: int) -> None:
    assert max(Resize(longest, exact=True).size_for(width, height)) == longest
    assert max(Resize(longest).size_for(width, height)) == min(longest, max(width, height))


@given(side, side, side, side)
@settings(deadline=None)
def test_exact(width: int, height: int, w: int, h: int) -> None:
    assert Resize(w, h, exact=True).size_for(width, height) == (w, h)


def test_never_enlarged_unless_exact() -> None:
    source = gradient()
    np.testing.assert_array_equal(open_image(source, resize="100").pixels, source)
    assert open_image(source, resize="34!").pixels.shape == (26, 34, 3)
    assert open_image(source, resize="5x40!").pixels.shape == (40, 5, 3)


def test_size_means_the_upright_picture() -> None:
    data = encode(Image.fromarray(gradient(20, 40)), "PNG", exif=exif_block(6))
    picture = open_image(data, resize="10x20")
    assert picture.pixels.shape == (20, 10, 3)
    assert picture.size == (20, 40)


def test_transparent_colours_do_not_bleed() -> None:
    source = np.zeros((8, 8, 4), np.uint8)
    source[:, :4] = (255, 0, 0, 255)
    source[:, 4:] = (0, 255, 0, 0)
    for given_as in (source, encode(Image.fromarray(source), "PNG")):
        pixels = open_image(given_as, resize="3").pixels
        visible = pixels[pixels[:, :, 3] > 0]
        assert visible[:, 0].min() >= 250
        assert visible[:, 1].max() == 0


@pytest.mark.parametrize("orientation", [1, 6])
def test_reduced_jpeg_decoding_matches_full_decoding(orientation: int) -> None:
    rows, columns = np.mgrid[0:800, 0:1200]
    picture = np.stack(
        [rows * 255 // 799, columns * 255 // 1199, 128 + 100 * np.sin(rows / 40)], axis=-1
    ).astype(np.uint8)
    data = encode(Image.fromarray(picture), "JPEG", quality=95, exif=exif_block(orientation))
    reduced = open_image(data, resize="100x90").pixels
    full = open_image(open_image(data).pixels, resize="100x90").pixels
    assert reduced.shape == full.shape
    assert np.abs(reduced.astype(int) - full).mean() < 1
    assert np.abs(reduced.astype(int) - full).max() <= 8
