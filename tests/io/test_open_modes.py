"""Every pixel layout, orientation and profile gives the right upright sRGB picture."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from picture_builders import chunk, encode, exif_block, gradient, png
from PIL import Image, ImageCms, TiffImagePlugin

from pochade.errors import UsageError
from pochade.io import open_image

RGB = gradient()
RGBA = gradient(channels=4)
GREY = RGB[:, :, 2]


def shown(pixels: np.ndarray) -> np.ndarray:
    """As h w 4, with the colour of wholly transparent pixels zeroed."""
    if pixels.shape[2] == 3:
        return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    out = pixels.copy()
    out[out[:, :, 3] == 0] = 0
    return out


def grey3(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[:, :, None], 3, axis=2)


# --- lossless formats -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["PNG", "WEBP", "BMP", "TIFF", "PPM"])
def test_rgb_comes_back_exactly(name: str) -> None:
    options = {"lossless": True} if name == "WEBP" else {}
    picture = open_image(encode(Image.fromarray(RGB), name, **options))
    assert picture.format == name
    assert picture.mode == "RGB"
    assert picture.size == (17, 13)
    np.testing.assert_array_equal(picture.pixels, RGB)
    assert picture.pixels.flags.c_contiguous
    assert picture.pixels.flags.writeable
    assert picture.notes == ()


@pytest.mark.parametrize("name", ["PNG", "WEBP", "TIFF"])
def test_rgba_comes_back_exactly(name: str) -> None:
    options = {"lossless": True, "exact": True} if name == "WEBP" else {}
    np.testing.assert_array_equal(
        open_image(encode(Image.fromarray(RGBA), name, **options)).pixels, RGBA
    )


def test_opaque_alpha_is_dropped() -> None:
    opaque = RGBA.copy()
    opaque[:, :, 3] = 255
    np.testing.assert_array_equal(
        open_image(encode(Image.fromarray(opaque), "PNG")).pixels, opaque[:, :, :3]
    )


@pytest.mark.parametrize("name", ["JPEG", "AVIF"])
def test_lossy_formats_come_close(name: str) -> None:
    smooth = gradient(64, 64)
    smooth[:, :, 2] = smooth[:, :, 0] // 2
    picture = open_image(encode(Image.fromarray(smooth), name, quality=95))
    assert picture.format == name
    assert np.abs(picture.pixels.astype(int) - smooth).mean() < 4


# --- modes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV"])
def test_modes_match_pillows_own_conversion(mode: str) -> None:
    image = Image.fromarray(RGBA if mode in {"LA", "RGBA"} else RGB).convert(mode)
    np.testing.assert_array_equal(
        shown(open_image(image).pixels), shown(np.asarray(image.convert("RGBA")))
    )


def test_padding_is_no_alpha() -> None:
    image = Image.frombytes("RGBX", (17, 13), RGBA.tobytes())
    np.testing.assert_array_equal(open_image(image).pixels, RGBA[:, :, :3])


@pytest.mark.parametrize(("straight", "premultiplied"), [("RGBA", "RGBa"), ("LA", "La")])
def test_premultiplied_modes_are_undone(straight: str, premultiplied: str) -> None:
    image = Image.fromarray(RGBA).convert(straight)
    expected = image.convert(premultiplied).convert(straight).convert("RGBA")
    np.testing.assert_array_equal(
        shown(open_image(image.convert(premultiplied)).pixels), shown(np.asarray(expected))
    )


def test_palette_with_its_own_alpha() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 255, 0, 255, 0, 128], "RGBA")
    image.putdata([0, 1])
    assert open_image(image).pixels.tolist() == [[[255, 0, 0, 255], [0, 255, 0, 128]]]


@pytest.mark.parametrize(
    ("transparency", "alphas"), [(1, [255, 0, 255]), (b"\x80\xff\x00", [128, 255, 0])]
)
def test_palette_with_transparency(transparency: int | bytes, alphas: list[int]) -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.putdata([0, 1, 2])
    for source in (encode(image, "PNG", transparency=transparency), image):
        if source is image:
            image.info["transparency"] = transparency
        pixels = open_image(source).pixels
        assert pixels[0, :, 3].tolist() == alphas
        assert pixels[0, :, :3].tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]


def test_palette_alpha_pairs() -> None:
    image = Image.new("PA", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putdata([(0, 255), (1, 100)])
    assert open_image(image).pixels.tolist() == [[[10, 20, 30, 255], [40, 50, 60, 100]]]


def test_inverted_cmyk_jpeg_of_adobe_is_not_a_negative() -> None:
    white = Image.new("CMYK", (8, 8), (0, 0, 0, 0))
    assert open_image(encode(white, "JPEG")).pixels.min() >= 250
    red = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    assert open_image(encode(red, "JPEG")).pixels[4, 4].tolist() == pytest.approx(
        [255, 0, 0], abs=6
    )


def test_cmyk_without_profile_is_noted() -> None:
    picture = open_image(encode(Image.new("CMYK", (8, 8)), "TIFF"))
    assert "CMYK" in picture.notes[0]


def test_lab_is_colorimetric() -> None:
    # CIE L*a*b* (D50) of sRGB red is about 54.3, 80.8, 69.9; a and b are signed bytes in TIFF.
    image = Image.frombytes("LAB", (1, 1), bytes([round(54.3 * 2.55), 81, 70]))
    assert open_image(image).pixels[0, 0].tolist() == pytest.approx([255, 0, 0], abs=6)
    stored = Image.open(io.BytesIO(encode(image, "TIFF")))
    np.testing.assert_array_equal(open_image(stored).pixels, open_image(image).pixels)


# --- more than 8 bits -------------------------------------------------------------------------

DEEP = np.array([[0, 128, 129, 257, 32896, 65279, 65406, 65407, 65535]], np.uint16)
DEEP_8 = [0, 0, 1, 1, 128, 254, 254, 255, 255]


@pytest.mark.parametrize("name", ["PNG", "TIFF", "PPM"])
def test_sixteen_bit_grey_is_rounded(name: str) -> None:
    picture = open_image(encode(Image.fromarray(DEEP), name))
    assert picture.pixels[0, :, 0].tolist() == DEEP_8


def test_sixteen_bit_grey_big_endian() -> None:
    image = Image.frombytes("I;16B", (9, 1), DEEP.astype(">u2").tobytes())
    assert open_image(image).pixels[0, :, 1].tolist() == DEEP_8


def test_every_sixteen_bit_level_is_nearest() -> None:
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    expected = np.floor(levels / 65535 * 255 + 0.5)
    np.testing.assert_array_equal(open_image(levels).pixels[:, :, 0], expected)


@pytest.mark.parametrize("mode", ["I;16", "F", "1", "L"])
def test_white_is_zero_tiffs(mode: str) -> None:
    """Pillow leaves 16-bit and float WhiteIsZero pictures as negatives."""
    image = {
        "I;16": Image.fromarray(np.array([[0, 65535]], np.uint16)),
        "F": Image.fromarray(np.array([[0.0, 1.0]], np.float32)),
        "1": Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1"),
        "L": Image.fromarray(np.array([[0, 255]], np.uint8)),
    }[mode]
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[262] = 0
    pixels = open_image(encode(image, "TIFF", tiffinfo=tags)).pixels
    # For 1 and L Pillow's writer inverts the stored values as well, so those come back as given.
    expected = [255, 0] if mode in {"I;16", "F"} else [0, 255]
    assert pixels[0, :, 0].tolist() == expected


def test_twelve_bit_tiff_uses_its_own_white() -> None:
    def entry(tag: int, value: int) -> bytes:
        return tag.to_bytes(2, "little") + b"\3\0\1\0\0\0" + value.to_bytes(4, "little")

    tags = {256: 2, 257: 1, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: 3}
    directory = b"\x09\0" + b"".join(entry(tag, value) for tag, value in tags.items()) + b"\0" * 4
    data = b"II*\0" + (12).to_bytes(4, "little") + b"\xff\xf8\x00\0" + directory
    assert open_image(data).pixels[0, :, 0].tolist() == [255, 128]


def test_signed_sixteen_bit_tiff_uses_its_own_white() -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[339] = 2
    image = Image.fromarray(np.array([[0, 16384, 32767]], np.uint16))
    data = encode(image, "TIFF", tiffinfo=tags)
    assert Image.open(io.BytesIO(data)).mode == "I"
    assert open_image(data).pixels[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize(
    ("values", "expected", "noted"),
    [
        ([0, 32896, 65535], [0, 128, 255], False),
        ([0, 1_000_000, 2_000_000], [0, 128, 255], True),
        ([-100, 0, 100], [0, 128, 255], True),
    ],
)
def test_integers_of_32_bits(values: list[int], expected: list[int], noted: bool) -> None:
    picture = open_image(Image.fromarray(np.array([values], np.int32)))
    assert picture.pixels[0, :, 0].tolist() == expected
    assert bool(picture.notes) == noted


@pytest.mark.parametrize(
    ("values", "expected", "noted"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255], False),
        ([0.0, 100.0, 255.0], [0, 100, 255], False),
        ([0.0, 32896.0, 65535.0], [0, 128, 255], False),
        ([-1.0, 0.0, 1.0], [0, 128, 255], True),
        ([np.nan, np.inf, 1.0], [0, 255, 255], False),
        ([-3e38, 0.0, 3e38], [0, 128, 255], True),
        ([np.nan, np.nan, -np.inf], [0, 0, 0], True),
    ],
)
def test_floats(values: list[float], expected: list[int], noted: bool) -> None:
    image = Image.fromarray(np.array([values], np.float32))
    for source in (image, encode(image, "TIFF")):
        picture = open_image(source)
        assert picture.pixels[0, :, 0].tolist() == expected
        assert bool(picture.notes) == noted


# --- colour keys ------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_grey_colour_key_at_every_depth(depth: int) -> None:
    """Pillow compares the key as stored with pixels scaled to 8 bits."""
    top = (1 << depth) - 1
    key = top // 3 if depth > 1 else 1
    values = [key, 0, top, key]
    number = sum(value << depth * place for place, value in enumerate(reversed(values)))
    size = max(8, 4 * depth)
    row = (number << size - 4 * depth).to_bytes(size // 8, "big")
    data = png(4, 1, depth, 0, row, before=chunk(b"tRNS", key.to_bytes(2, "big")))
    pixels = open_image(data).pixels
    assert pixels[0, :, 3].tolist() == [0 if value == key else 255 for value in values]
    assert pixels[0, 1:3, 0].tolist() == [0, 255]


def test_rgb_colour_key() -> None:
    row = bytes([1, 2, 3, 1, 2, 4])
    data = png(2, 1, 8, 2, row, before=chunk(b"tRNS", bytes([0, 1, 0, 2, 0, 3])))
    assert open_image(data).pixels[0, :, 3].tolist() == [0, 255]


def test_rgb_colour_key_of_sixteen_bits() -> None:
    row = bytes([1, 0, 2, 0, 3, 0, 200, 0, 2, 0, 3, 0])
    data = png(2, 1, 16, 2, row, before=chunk(b"tRNS", row[:6]))
    assert open_image(data).pixels.tolist() == [[[1, 2, 3, 0], [200, 2, 3, 255]]]


# --- orientation ------------------------------------------------------------------------------

TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: np.rot90,
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["PNG", "WEBP", "TIFF"])
def test_orientation_is_applied_once(name: str, orientation: int) -> None:
    options = {"lossless": True} if name == "WEBP" else {}
    image = Image.fromarray(RGB)
    if name == "TIFF":
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[274] = orientation
        data = encode(image, name, tiffinfo=tags)
    else:
        data = encode(image, name, exif=exif_block(orientation), **options)
    expected = TURNS[orientation](RGB)
    picture = open_image(data)
    np.testing.assert_array_equal(picture.pixels, expected)
    assert picture.size == (expected.shape[1], expected.shape[0])
    if picture.metadata.exif:
        kept = Image.Exif()
        kept.load(picture.metadata.exif)
        assert kept.get(0x0112, 1) == 1
    # The same through a PIL image straight from the file; not through one derived from it.
    np.testing.assert_array_equal(open_image(Image.open(io.BytesIO(data))).pixels, expected)


def test_orientation_of_a_derived_pil_image_is_not_applied() -> None:
    data = encode(Image.fromarray(RGB), "PNG", exif=exif_block(6))
    derived = Image.open(io.BytesIO(data)).convert("RGB")
    np.testing.assert_array_equal(open_image(derived).pixels, RGB)


@pytest.mark.parametrize("orientation", [3, 6])
def test_jpeg_orientation(orientation: int) -> None:
    image = Image.fromarray(gradient(64, 48))
    plain = open_image(encode(image, "JPEG")).pixels
    turned = open_image(encode(image, "JPEG", exif=exif_block(orientation))).pixels
    np.testing.assert_array_equal(turned, TURNS[orientation](plain))


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_senseless_orientation_is_ignored(value: int) -> None:
    data = encode(Image.fromarray(RGB), "PNG", exif=exif_block(value))
    np.testing.assert_array_equal(open_image(data).pixels, RGB)


# --- colour profiles --------------------------------------------------------------------------


def profile(name: str) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


def swapped_profile() -> bytes:
    """The sRGB profile with its red and blue primaries exchanged: unmistakable, and valid."""
    data = bytearray(profile("sRGB"))
    count = int.from_bytes(data[128:132], "big")
    for entry in range(132, 132 + 12 * count, 12):
        tag = bytes(data[entry : entry + 4])
        if tag in {b"rXYZ", b"bXYZ"}:
            data[entry : entry + 4] = b"bXYZ" if tag == b"rXYZ" else b"rXYZ"
    return bytes(data)


def test_srgb_profile_changes_nothing() -> None:
    picture = open_image(encode(Image.fromarray(RGB), "PNG", icc_profile=profile("sRGB")))
    np.testing.assert_array_equal(picture.pixels, RGB)
    assert picture.notes == ()
    assert picture.metadata.icc == profile("sRGB")


@pytest.mark.parametrize("name", ["PNG", "TIFF", "WEBP"])
def test_profile_is_converted_and_alpha_kept(name: str) -> None:
    options = {"lossless": True, "exact": True} if name == "WEBP" else {}
    data = encode(Image.fromarray(RGBA), name, icc_profile=swapped_profile(), **options)
    pixels = open_image(data).pixels
    np.testing.assert_array_equal(pixels[:, :, 3], RGBA[:, :, 3])
    assert np.abs(pixels[:, :, :3].astype(int) - RGBA[:, :, [2, 1, 0]]).max() <= 1


def test_profile_applies_to_palettes_and_grey() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([200, 100, 50, 0, 0, 255])
    image.putdata([0, 1])
    pixels = open_image(encode(image, "PNG", icc_profile=swapped_profile())).pixels
    assert pixels[0, 0].tolist() == pytest.approx([50, 100, 200], abs=1)
    assert pixels[0, 1].tolist() == pytest.approx([255, 0, 0], abs=1)
    grey = encode(Image.fromarray(GREY), "PNG", icc_profile=swapped_profile())
    assert np.abs(open_image(grey).pixels.astype(int) - grey3(GREY)).max() <= 1


@pytest.mark.parametrize(
    "broken", [b"not a profile", profile("sRGB")[:200], b"\0" * 300, profile("LAB")]
)
@pytest.mark.parametrize("name", ["PNG", "TIFF"])
def test_broken_profile_is_ignored_with_a_note(name: str, broken: bytes) -> None:
    picture = open_image(encode(Image.fromarray(RGB), name, icc_profile=broken))
    np.testing.assert_array_equal(picture.pixels, RGB)
    assert "profile" in picture.notes[0]


def test_gamma_is_ignored_with_a_note() -> None:
    data = png(1, 1, 8, 0, b"\x40", before=chunk(b"gAMA", (100000).to_bytes(4, "big")))
    picture = open_image(data)
    assert picture.pixels.tolist() == [[[64, 64, 64]]]
    assert "gamma" in picture.notes[0]
    usual = png(1, 1, 8, 0, b"\x40", before=chunk(b"gAMA", (45455).to_bytes(4, "big")))
    assert open_image(usual).notes == ()


# --- metadata ---------------------------------------------------------------------------------


def test_metadata_is_kept_aside() -> None:
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_text("Author", "somebody")
    text.add_itxt("Title", "größer", zip=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Maker"
    data = encode(Image.fromarray(RGB), "PNG", pnginfo=text, dpi=(300, 300), exif=exif)
    metadata = open_image(data).metadata
    assert metadata.text == {"Author": "somebody", "Title": "größer"}
    assert metadata.dpi == pytest.approx((300, 300), abs=0.01)
    kept = Image.Exif()
    kept.load(metadata.exif or b"")
    assert kept[0x010F] == "Maker"
    assert kept[0x0112] == 1
    again = encode(Image.fromarray(RGB), "JPEG", exif=metadata.exif)
    assert Image.open(io.BytesIO(again)).getexif()[0x010F] == "Maker"


def test_tiff_keeps_what_describes_and_not_how_it_is_stored() -> None:
    exif = Image.Exif()
    exif[0x013B] = "painter"
    metadata = open_image(encode(Image.fromarray(RGB), "TIFF", exif=exif)).metadata
    kept = Image.Exif()
    kept.load(metadata.exif or b"")
    assert dict(kept) == {0x013B: "painter"}


# --- sources ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (GREY, grey3(GREY)),
        (GREY[:, :, None], grey3(GREY)),
        (RGB, RGB),
        (RGBA, RGBA),
        (RGB.astype(np.int64), RGB),
        (RGB.astype(np.uint16) * 257, RGB),
        (RGB.astype(np.float32) / 255, RGB),
        (RGB.astype(np.float64) / 255, RGB),
        (RGB > 99, (RGB > 99) * np.uint8(255)),
        (RGB[::-1, ::2], RGB[::-1, ::2]),
        (np.dstack([RGB, np.full(RGB.shape[:2], 255, np.uint8)]), RGB),
    ],
)
def test_arrays(array: np.ndarray, expected: np.ndarray) -> None:
    pixels = open_image(array).pixels
    np.testing.assert_array_equal(pixels, expected)
    assert pixels.flags.c_contiguous
    assert not np.shares_memory(pixels, array)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(3, np.uint8),
        np.zeros((2, 2, 2), np.uint8),
        np.zeros((2, 2, 3, 1), np.uint8),
        np.zeros((0, 2, 3), np.uint8),
        np.full((1, 1), 1.5),
        np.full((1, 1), np.nan),
        np.full((1, 1), -1, np.int8),
        np.full((1, 1), 256, np.int32),
        np.zeros((1, 1), complex),
        np.array([["a"]]),
        np.array([[object()]]),
    ],
)
def test_arrays_that_are_no_picture(array: np.ndarray) -> None:
    with pytest.raises(UsageError):
        open_image(array)


def test_paths_bytes_files_and_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode(Image.fromarray(RGB), "PNG")
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with path.open("rb") as stream:
        sources = [path, str(path), data, bytearray(data), memoryview(data), stream]
        for source in sources:
            np.testing.assert_array_equal(open_image(source).pixels, RGB)
    assert open_image(path).byte_size == len(data)

    class Stdin:
        buffer = io.BytesIO(data)
        closed = False

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr("sys.stdin", Stdin())
    picture = open_image("-")
    np.testing.assert_array_equal(picture.pixels, RGB)
    assert picture.name == "standard input"


@pytest.mark.parametrize("name", ["TIFF", "BMP", "PPM"])
def test_files_decoded_from_disk(tmp_path: Path, name: str) -> None:
    path = tmp_path / "picture"
    path.write_bytes(encode(Image.fromarray(RGB), name))
    np.testing.assert_array_equal(open_image(path).pixels, RGB)


def test_content_decides_and_the_suffix_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "really_a_gif.png"
    path.write_bytes(encode(Image.fromarray(GREY), "GIF"))
    picture = open_image(path)
    assert picture.format == "GIF"
    assert "PNG" in picture.notes[0]
    assert "GIF" in picture.notes[0]


def test_a_callers_image_is_left_as_it_is() -> None:
    image = Image.open(io.BytesIO(encode(Image.fromarray(gradient(64, 64)), "JPEG")))
    open_image(image, resize="8")
    assert image.size == (64, 64)
    assert image.mode == "RGB"


def test_only_the_first_page_of_a_tiff() -> None:
    pages = [Image.fromarray(RGB), Image.fromarray(GREY)]
    data = encode(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    picture = open_image(data, frames="all")
    assert len(picture.frames) == 1
    assert "page" in picture.notes[0]


def test_unknown_arguments() -> None:
    for source, options in ((3, {}), (b"", {"frames": "some"}), (None, {})):
        with pytest.raises(UsageError):
            open_image(source, **options)  # type: ignore[arg-type]
