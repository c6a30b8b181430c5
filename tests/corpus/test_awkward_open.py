"""Every file of the awkward corpus: a right picture, or one clean sentence, soon and in bounds."""

from __future__ import annotations

import io
import os
import sys
import time
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from pochade.errors import InputError
from pochade.io import Picture, open_image

ROOT = Path(
    os.environ.get("POCHADE_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data"
)
AWKWARD = ROOT / "awkward"
pytestmark = pytest.mark.skipif(not AWKWARD.is_dir(), reason="the awkward corpus is not here")

# The decoders' native memory is measured over the whole sweep in one figure, at the end.
MOST_SECONDS = 5.0
MOST_MEGABYTES = 300


@cache
def files() -> tuple[Path, ...]:
    return tuple(path for path in sorted(AWKWARD.rglob("*")) if path.is_file())


def read(path: Path) -> Picture | None:
    """The picture, or None when it is refused."""
    try:
        return open_image(path)
    except InputError:
        return None


def peak_megabytes() -> float:
    resource = pytest.importorskip("resource")
    unit = 1 if sys.platform == "darwin" else 1024
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit / 2**20


def test_every_file_is_read_or_refused(capfd: pytest.CaptureFixture[str]) -> None:
    before = peak_megabytes()
    read_count = 0
    for path in files():
        for frames in ("first", "all"):
            start = time.perf_counter()
            try:
                picture = open_image(path, frames=frames)  # type: ignore[arg-type]
            except InputError as error:
                message = str(error)
                assert message.isprintable(), path
                assert path.name in message, path
            else:
                read_count += 1
                height, width, channels = picture.pixels.shape
                assert channels in {3, 4}, path
                assert (width, height) == picture.size, path
                assert (channels == 4) == any(
                    frame.shape[2] == 4 and frame[:, :, 3].min() < 255 for frame in picture.frames
                ), path
            assert time.perf_counter() - start < MOST_SECONDS, path
    assert read_count > 900
    assert peak_megabytes() - before < MOST_MEGABYTES
    assert capfd.readouterr() == ("", "")


def test_what_pillow_reads_in_our_formats_is_read() -> None:
    """Apart from files with a wrong checksum in their pixels, which Pillow does not look at."""
    formats = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "PPM")
    refused = []
    for path in files():
        if read(path) is not None:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                with Image.open(path, formats=formats) as image:
                    image.load()
            except Exception:
                continue
        refused.append(path.name)
    assert refused == ["xcsn0g01.png"]


# --- PngSuite ---------------------------------------------------------------------------------


def png_suite() -> list[Path]:
    return sorted((AWKWARD / "pngsuite").glob("*.png"))


def test_broken_files_of_the_png_suite_are_refused() -> None:
    broken = [path for path in png_suite() if path.name.startswith("x")]
    assert len(broken) >= 14
    assert [path.name for path in broken if read(path) is not None] == []


def expected_png(path: Path) -> np.ndarray:
    """RGBA by another way than ours: the raw samples and the colour key put together here."""
    image = Image.open(path)
    image.load()
    data = path.read_bytes()
    depth, color_type = data[24], data[25]
    key = image.info.pop("transparency", None) if color_type in {0, 2} else None
    if image.mode == "I;16":
        grey = np.asarray(image).astype(np.float64)
        levels = np.floor(grey / 65535 * 255 + 0.5).astype(np.uint8)
        pixels = np.repeat(levels[:, :, None], 3, axis=2)
        mask = np.zeros(grey.shape, bool) if key is None else grey == key
    elif color_type in {0, 2}:
        pixels = np.asarray(image.convert("RGB"))
        if key is None:
            mask = np.zeros(pixels.shape[:2], bool)
        elif color_type == 0:
            mask = pixels[:, :, 0] == round(key * 255 / ((1 << depth) - 1))
        else:
            mask = (pixels == np.array(key) // (257 if depth == 16 else 1)).all(axis=2)
    else:
        return np.asarray(image.convert("RGBA"))
    return np.dstack([pixels, np.where(mask, 0, 255).astype(np.uint8)])


def test_valid_files_of_the_png_suite_have_the_right_pixels() -> None:
    count = 0
    for path in png_suite():
        if path.name.startswith("x"):
            continue
        picture = open_image(path)
        expected = expected_png(path)
        ours = picture.pixels
        if ours.shape[2] == 3:
            assert expected[:, :, 3].min() == 255, path
            expected = expected[:, :, :3]
        np.testing.assert_array_equal(ours, expected, err_msg=path.name)
        count += 1
    assert count > 100


def test_transparent_files_of_the_png_suite_are_transparent() -> None:
    for path in png_suite():
        if path.name.startswith("tb"):
            alpha = open_image(path).pixels[:, :, 3]
            assert 0.2 < (alpha == 0).mean() < 0.9, path.name


# --- orientation ------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["hopper_orientation_{}.jpg", "hopper_orientation_{}.webp"])
def test_oriented_files_show_one_upright_picture(pattern: str) -> None:
    pictures = [
        open_image(path).pixels.astype(int)
        for number in range(1, 9)
        if (path := AWKWARD / "pillow" / pattern.format(number)).exists()
    ]
    if len(pictures) < 2:
        pytest.skip("fewer than two of these are here")
    for picture in pictures[1:]:
        assert picture.shape == pictures[0].shape
        assert np.abs(picture - pictures[0]).mean() < 6


@pytest.mark.parametrize("kind", ["Landscape", "Portrait"])
def test_oriented_photos(kind: str) -> None:
    pictures = [
        open_image(path) for path in sorted((AWKWARD / "exif-orientation").glob(f"{kind}*"))
    ]
    assert len(pictures) >= 2
    assert len({picture.size for picture in pictures}) == 1
    width, height = pictures[0].size
    assert (width > height) == (kind == "Landscape")
    # The photos differ in a caption only.
    for picture in pictures[1:]:
        difference = np.abs(picture.pixels.astype(int) - pictures[0].pixels).mean(axis=2)
        assert np.median(difference) < 12


def test_fax_orientations() -> None:
    paths = sorted((AWKWARD / "pillow").glob("g4_orientation_*.tif"))
    pictures = [open_image(path).pixels for path in paths]
    assert len(pictures) >= 2
    for picture in pictures[1:]:
        assert picture.shape == pictures[0].shape
        assert (picture != pictures[0]).mean() < 0.01  # each was scanned anew


# --- animations -------------------------------------------------------------------------------

# Where Pillow does otherwise on purpose or by mistake: "restore to background" filled with a
# colour, a canvas grown for a later frame, and more frames than announced.
OTHERWISE = {
    "dispose_bgnd.gif",
    "dispose_bgnd_rgba.gif",
    "test_extents_transparency.gif",
    "syntax_num_frames_low.png",
}


def test_animations_match_pillows_frames() -> None:
    count = 0
    for path in files():
        if path.suffix.lower() not in {".gif", ".png", ".webp"} or path.name in OTHERWISE:
            continue
        try:
            picture = open_image(path, frames="all")
        except InputError:
            continue
        if not picture.animated:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                image = Image.open(io.BytesIO(path.read_bytes()))
                frames = [
                    np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(image)
                ]
            except Exception:
                continue
        if getattr(image, "default_image", False):
            frames = frames[1:]
        for ours, theirs in zip(picture.frames, frames, strict=True):
            visible = theirs[:, :, 3] > 0
            np.testing.assert_array_equal(
                ours[visible][:, :3], theirs[visible][:, :3], err_msg=path.name
            )
            if ours.shape[2] == 4:
                np.testing.assert_array_equal(ours[:, :, 3], theirs[:, :, 3], err_msg=path.name)
        count += 1
    assert count >= 20
