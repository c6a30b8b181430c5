"""Saving by ending: exact pixels where the format allows, clear refusals where not."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pochade.errors import OutputError, UsageError
from pochade.io.encoders import lay_on
from pochade.io.exif import without_orientation
from pochade.io.save import (
    FORMATS,
    INDEXED_FORMATS,
    LOSSLESS_FORMATS,
    SaveOptions,
    format_of,
    save_full,
    save_indexed,
)


@dataclass(frozen=True)
class Kept:
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None


def read(data: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGBA"))


def rgba(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.shape[-1] == 4:
        return image
    return np.concatenate([image, np.full((*image.shape[:-1], 1), 255, np.uint8)], axis=-1)


def random_palette(k: int, channels: int, *, binary_alpha: bool) -> NDArray[np.uint8]:
    palette = np.random.default_rng(k).integers(0, 256, (k, channels), dtype=np.uint8)
    if channels == 4 and binary_alpha:
        palette[:, 3] = np.where(palette[:, 3] < 128, 0, 255)
        palette[palette[:, 3] == 0] = 0
    return palette


@pytest.mark.parametrize("name", INDEXED_FORMATS)
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("k", [1, 2, 3, 16, 17, 256])
@pytest.mark.parametrize("shape", [(1, 1), (7, 13), (40, 9)])
def test_indexed_pictures_read_back(
    name: str, channels: int, k: int, shape: tuple[int, int]
) -> None:
    palette = random_palette(k, channels, binary_alpha=name == "gif")
    labels = np.random.default_rng(0).integers(0, k, shape)
    data = save_indexed(None, labels, palette, format=name)
    assert np.array_equal(read(data), rgba(palette)[labels])
    if name in {"png", "gif"} or (channels == 3 and name != "webp"):
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.mode == "P" or (name == "bmp" and k <= 2)


@pytest.mark.parametrize("name", LOSSLESS_FORMATS)
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("effort", ["fast", "default", "max"])
def test_full_colour_reads_back(name: str, channels: int, effort) -> None:
    image = np.random.default_rng(1).integers(0, 256, (21, 33, channels), dtype=np.uint8)
    data = save_full(None, image, format=name, options=SaveOptions(effort=effort))
    assert np.array_equal(read(data), rgba(image))


@pytest.mark.parametrize("name", ["png", "webp", "bmp", "tiff"])
def test_many_colours_are_written_in_full(name: str) -> None:
    palette = np.random.default_rng(2).integers(0, 256, (500, 3), dtype=np.uint8)
    labels = np.arange(500).reshape(20, 25)
    assert np.array_equal(
        read(save_indexed(None, labels, palette, format=name)), rgba(palette)[labels]
    )


def test_gif_refuses_many_colours() -> None:
    image = np.random.default_rng(2).integers(0, 256, (30, 30, 3), dtype=np.uint8)
    with pytest.raises(UsageError, match="256 colours"):
        save_full(None, image, format="gif")
    few = image // 100 * 100
    assert np.array_equal(read(save_full(None, few, format="gif")), rgba(few))


def test_lossy_formats_come_close() -> None:
    row = np.linspace(0, 255, 64).astype(np.uint8)
    image = np.dstack(
        [np.tile(row, (64, 1)), np.tile(row[:, None], (1, 64)), np.full((64, 64), 90)]
    )
    image = image.astype(np.uint8)
    for name in ("jpg", "avif"):
        got = read(save_full(None, image, format=name, options=SaveOptions(quality=95)))
        assert np.abs(got[..., :3].astype(int) - image).mean() < 3


def test_noise_fits_into_a_jpeg(capfd: pytest.CaptureFixture[str]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    for quality in (75, 90, 100):
        data = save_full(None, noise, format="jpeg", options=SaveOptions(quality=quality))
        assert read(data).shape[:2] == (300, 400)
    assert capfd.readouterr().err == ""  # libjpeg complains of its own accord


def test_alpha_on_jpeg() -> None:
    image = np.zeros((16, 16, 4), np.uint8)
    assert read(save_full(None, image, format="jpeg")).min() >= 250
    red = SaveOptions(background=(255, 0, 0))
    assert np.allclose(
        read(save_full(None, image, format="jpeg", options=red))[0, 0], [255, 0, 0, 255], atol=4
    )
    with pytest.raises(UsageError, match="no transparency"):
        save_full(None, image, format="jpeg", options=SaveOptions(background=None))
    image[..., 3] = 255
    save_full(None, image, format="jpeg", options=SaveOptions(background=None))


def test_lay_on_rounds_and_keeps_the_ends() -> None:
    image = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 0, 0, 128]]], np.uint8)
    assert lay_on(image, (200, 100, 255)).tolist() == [
        [[10, 20, 30], [200, 100, 255], [100, 50, 127]]
    ]


def test_writing_by_ending(tmp_path: Path) -> None:
    image = np.zeros((4, 5, 3), np.uint8)
    kinds = {"jpeg": "JPEG", "tiff": "TIFF"}
    for ending, name in FORMATS.items():
        path = tmp_path / f"a{ending.upper()}"
        data = save_full(path, image)
        assert path.read_bytes() == data
        with Image.open(path) as picture:
            assert picture.format == kinds.get(name, name.upper())
        with pytest.raises(OutputError, match="exists"):
            save_full(path, image)
        save_full(path, image, overwrite=True)


@pytest.mark.parametrize("path", ["a", "a.psd", ".png", "a.png.", "a.svg"])
def test_unknown_endings_name_the_choices(path: str) -> None:
    with pytest.raises(UsageError, match=r"\.png, \.gif, \.webp"):
        save_full(path, np.zeros((1, 1, 3), np.uint8))


def test_format_is_needed_without_a_name() -> None:
    for path in (None, "-"):
        with pytest.raises(UsageError, match="name the format"):
            save_indexed(path, np.zeros((1, 1), int), np.zeros((1, 3), np.uint8))
    with pytest.raises(UsageError, match="not one of png, gif"):
        save_indexed(None, np.zeros((1, 1), int), np.zeros((1, 3), np.uint8), format="jpg")
    assert format_of("x.JPeG") == "jpeg"


def test_sides_are_limited() -> None:
    long = np.zeros((1, 70000), np.uint8)
    for name in ("gif", "webp"):
        with pytest.raises(UsageError, match="pixels a side"):
            save_indexed(None, long, np.zeros((1, 3), np.uint8), format=name)
    save_indexed(None, long, np.zeros((1, 3), np.uint8), format="png")


@pytest.mark.parametrize(
    "image", [np.zeros((2, 2)), np.zeros((2, 2, 3)), np.zeros((0, 2, 3), np.uint8)]
)
def test_images_are_checked(image: NDArray) -> None:
    with pytest.raises(UsageError, match="h x w x 3"):
        save_full(None, image, format="png")


def exif_with_orientation(value: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = value
    exif[0x013B] = "A. Painter"
    return exif.tobytes()


@pytest.mark.parametrize("name", ["png", "webp", "jpg", "tiff", "avif"])
def test_kept_metadata_is_upright(name: str) -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    kept = SaveOptions(metadata=Kept(exif_with_orientation(6), (300.0, 300.0)))
    with Image.open(io.BytesIO(save_full(None, image, format=name, options=kept))) as picture:
        exif = picture.getexif()
        assert exif[0x013B] == "A. Painter"
        assert exif.get(0x0112, 1) == 1
        assert picture.size == (8, 8)
        if name in {"png", "jpg", "tiff"}:
            assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.02)
    with Image.open(io.BytesIO(save_full(None, image, format=name))) as picture:
        assert 0x013B not in picture.getexif()


def test_orientation_is_the_only_change() -> None:
    exif = exif_with_orientation(8).removeprefix(b"Exif\0\0")
    upright = without_orientation(exif)
    assert len(upright) == len(exif)
    parsed = Image.Exif()
    parsed.load(b"Exif\0\0" + upright)
    assert dict(parsed) == {0x0112: 1, 0x013B: "A. Painter"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"II",
        b"II*\0",
        b"XX*\0\x08\0\0\0\0\0",
        b"MM\0*\xff\xff\xff\xff",
        b"II*\0\x08\0\0\0\xff\xff",
    ],
)
def test_broken_exif_is_dropped(data: bytes) -> None:
    assert without_orientation(data) == b""
