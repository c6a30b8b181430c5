"""Whatever the bytes are: a picture, or one of pochade's own errors."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from picture_builders import encode, exif_block, gif, gradient
from PIL import Image

from pochade.errors import InputError
from pochade.io import Limits, open_image
from pochade.io.addresses import is_public
from pochade.io.orient import split_orientation
from pochade.io.sniff import HEAD, sniff

LIMITS = Limits(max_pixels=1_000_000, max_frames=20)
_IMAGE = Image.fromarray(gradient(12, 9, 4))
_GREY = _IMAGE.convert("L")
_FRAMES = {"save_all": True, "append_images": [_GREY.convert("RGBA")], "duration": 50}
SEEDS = {
    "png": encode(_IMAGE, "PNG", exif=exif_block(6), dpi=(72, 72)),
    "png palette": encode(_IMAGE.convert("P"), "PNG", transparency=b"\0\x80\xff"),
    "apng": encode(_IMAGE, "PNG", **_FRAMES),
    "jpeg": encode(_IMAGE.convert("RGB"), "JPEG", exif=exif_block(3)),
    "jpeg progressive": encode(_IMAGE.convert("CMYK"), "JPEG", progressive=True),
    "webp": encode(_IMAGE, "WEBP", **_FRAMES),
    "gif": gif(
        (9, 9),
        [((0, 0), np.zeros((9, 9), np.uint8), 2, None), ((1, 1), np.ones((5, 5), np.uint8), 3, 0)],
        [(0, 0, 0), (255, 0, 0)],
        loop=3,
    ),
    "bmp": encode(_IMAGE.convert("P"), "BMP"),
    "tiff": encode(_IMAGE, "TIFF"),
    "tiff lzw": encode(_IMAGE, "TIFF", compression="tiff_lzw", exif=exif_block(5)),
    "tiff fax": encode(_IMAGE.convert("1"), "TIFF", compression="group4"),
    "avif": encode(_IMAGE, "AVIF"),
    "ppm": encode(_GREY, "PPM"),
    "plain ppm": b"P3 2 2 255 1 2 3 4 5 6 7 8 9 10 11 12\n",
    "pfm": b"Pf 2 1 -1.0\n\0\0\x80\x3f\0\0\0\0",
}
MAGICS = sorted({data[:16] for data in SEEDS.values()})


def attempt(data: bytes) -> None:
    for frames in ("first", "all"):
        try:
            picture = open_image(data, limits=LIMITS, frames=frames)  # type: ignore[arg-type]
        except InputError:
            continue
        assert picture.pixels.dtype == np.uint8
        assert {frame.shape for frame in picture.frames} == {picture.pixels.shape}
        assert len(picture.durations) == len(picture.frames)


@given(st.binary(max_size=400), st.sampled_from([b"", *MAGICS]))
@settings(max_examples=200, deadline=None)
def test_random_bytes(data: bytes, magic: bytes) -> None:
    attempt(magic + data)


@pytest.mark.parametrize("name", SEEDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_mutated_files(name: str, data: st.DataObject) -> None:
    mutated = bytearray(SEEDS[name])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(mutated) - 1))
        action = data.draw(st.sampled_from(["set", "cut", "insert", "copy"]))
        if action == "set":
            mutated[place] = data.draw(st.integers(0, 255))
        elif action == "cut":
            del mutated[place : place + data.draw(st.integers(1, 9))]
        elif action == "insert":
            mutated[place:place] = data.draw(st.binary(min_size=1, max_size=9))
        else:
            mutated[place:place] = mutated[place : place + data.draw(st.integers(1, 60))]
        if not mutated:
            return
    attempt(bytes(mutated))


@pytest.mark.parametrize("name", SEEDS)
def test_single_byte_changes(name: str) -> None:
    source = SEEDS[name]
    generator = random.Random(1)
    for place in range(0, len(source), max(1, len(source) // 80)):
        mutated = bytearray(source)
        mutated[place] = generator.choice([0, 1, 0x7F, 0x80, 0xFF, generator.randrange(256)])
        attempt(bytes(mutated))


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_orientation_of_any_bytes(data: bytes) -> None:
    for block in (data, b"II*\0\x08\0\0\0" + data, b"Exif\0\0MM\0*\0\0\0\x08" + data):
        orientation, kept = split_orientation(block)
        assert 1 <= orientation <= 8
        if kept is not None:
            assert split_orientation(kept)[0] == 1


@given(st.binary(max_size=HEAD))
@settings(deadline=None)
def test_sniffing_any_bytes(data: bytes) -> None:
    sniff(data)


@given(st.text(max_size=40) | st.ip_addresses().map(str))
@settings(max_examples=50, deadline=None)
def test_judging_any_address(text: str) -> None:
    assert is_public(text) in {True, False}
