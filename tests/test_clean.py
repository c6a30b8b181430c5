"""`pochade.clean`: what goes, what stays, and what is said about it."""

from __future__ import annotations

import inspect
import os
from dataclasses import fields
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import pochade
from pochade.clean_options import DETECTORS, CleanOptions
from pochade.errors import CancelledError, InputError, UsageError
from pochade.metrics import compare
from pochade.noise.grain import find_grain
from pochade.noise.marks import COLORS

DATA = Path(os.environ.get("POCHADE_DATA", Path(__file__).parents[2] / "shared" / "data"))
RAINBOW = DATA / "seeds-images" / "rainbow"
DEMO = ("spices.jpg", "city.jpg", "desert.jpg")


def gradient(height: int = 160, width: int = 240) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width]
    return np.stack(
        [columns * 200 / width, 220 - rows * 180 / height, 60 + columns * 90 / width], axis=2
    ).astype(np.uint8)


def photo(name: str, most: int = 700) -> np.ndarray:
    with files("pochade").joinpath("data", "demo", name).open("rb") as stream:
        pixels = np.asarray(Image.open(stream).convert("RGB"))
    return np.ascontiguousarray(pixels[:most, :most])


def with_noise(image: np.ndarray, share: float, kind: str) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(7)
    mask = random.random(image.shape[:2]) < share
    noisy = image.copy()
    count = int(mask.sum())
    if kind == "white":
        noisy[mask] = random.integers(246, 256, (count, 1))
    elif kind == "salt and pepper":
        noisy[mask] = np.where(random.random((count, 1)) < 0.5, 0, 255)
    else:
        noisy[mask] = random.integers(0, 256, (count, 3))
    return noisy, mask


@pytest.mark.parametrize("kind", ["white", "salt and pepper", "any colour"])
@pytest.mark.parametrize("share", [0.002, 0.02, 0.15])
def test_noise_on_a_gradient_goes_and_the_gradient_stays(kind: str, share: float):
    image = gradient()
    noisy, mask = with_noise(image, share, kind)
    result = pochade.clean(noisy)
    right = np.count_nonzero(result.mask & mask)
    assert right / result.count > 0.99  # precision
    assert right / mask.sum() > 0.96  # recall
    before, after = compare(image, noisy).psnr, compare(image, result.image).psnr
    assert after > before + 12


@pytest.mark.parametrize("name", DEMO)
def test_a_clean_photo_stays_whole(name: str):
    image = photo(name)
    result = pochade.clean(image)
    assert result.count == 0
    assert np.array_equal(result.image, image)
    assert result.image is not image
    assert all("nothing to clean" in finding.sentence for finding in result.reasons.values())


@pytest.mark.parametrize("name", DEMO)
def test_white_noise_on_a_photo(name: str):
    image = photo(name)
    noisy, mask = with_noise(image, 0.02, "white")
    result = pochade.clean(noisy)
    right = np.count_nonzero(result.mask & mask)
    assert right / mask.sum() > 0.85
    assert right / result.count > 0.6
    assert compare(image, result.image).psnr > compare(image, noisy).psnr + 6


def test_an_automatic_white_takes_noise_but_no_white_wall():
    image = gradient()
    image[:40] = 255
    noisy, mask = with_noise(image, 0.02, "white")
    mask[:40] = False
    result = pochade.clean(noisy, white="auto")
    assert np.count_nonzero(result.mask & mask) > 0.95 * mask.sum()
    assert not result.mask[:39].any()
    finding = result.reasons["white"]
    assert finding.automatic
    assert 190 < finding.threshold <= 247
    assert "valley" in finding.why
    assert list(result.reasons) == ["white"]


def test_a_given_white_takes_the_wall_as_well():
    image = gradient()
    image[:40] = 255
    result = pochade.clean(image, white=250)
    assert np.array_equal(result.mask, (image >= 250).all(axis=2))
    assert result.reasons["white"].sentence == "near-white: 250 (9,600 pixels), as given"


def test_each_threshold_by_hand():
    image = np.array(
        [[[255, 250, 251], [4, 5, 6], [200, 0, 0], [90, 100, 95], [0, 0, 210], [180, 90, 90]]],
        np.uint8,
    )

    def found(**options: object) -> list[int]:
        mask = pochade.clean(image, result="mask", **options).mask  # type: ignore[arg-type]
        return np.flatnonzero(mask[0]).tolist()

    assert found(white=250) == [0]
    assert found(white=251) == []
    assert found(black=6) == [1]
    assert found(saturation=(40, 100)) == [0, 1, 3]
    assert found(saturation=(0, 60)) == [2, 4]
    assert found(hue=(350, 10)) == [3, 4]  # 0 and 1 are greys; 3 is a green
    assert found(hue=(200, 260)) == [2, 3, 5]
    assert found(rare=0.2) == [0, 1, 2, 3, 4, 5]
    assert found(rare=0.1) == []


def test_rare_counts_near_colours_together():
    image = np.zeros((10, 100, 3), np.uint8)
    image[:, :, 0] = np.arange(100) % 8 + 100  # eight shades of one colour
    image[0, :3] = (20, 200, 30)
    result = pochade.clean(image, rare=0.01, result="mask")
    assert result.count == 3
    assert result.mask[0, :3].all()


def test_specks_have_a_largest_area_and_a_least_step():
    image = np.full((40, 40, 3), 90, np.uint8)
    image[5:8, 5:8] = 200
    image[20:24, 20:24] = 200
    image[30, 30] = 120
    assert pochade.clean(image, specks=9).count == 9
    assert pochade.clean(image, specks=16).count == 25
    assert pochade.clean(image, specks=16, speck_step=20).count == 26
    assert pochade.clean(image, specks=8).count == 0


def test_specks_are_found_without_help():
    image = gradient()
    random = np.random.default_rng(0)
    mask = np.zeros(image.shape[:2], bool)
    for row, column in zip(random.integers(2, 156, 60), random.integers(2, 236, 60), strict=True):
        mask[row : row + 3, column : column + 2] = True
    image[mask] = (250, 10, 250)
    result = pochade.clean(image, specks="auto")
    assert np.array_equal(result.mask, mask)
    assert 6 <= result.reasons["specks"].threshold <= 16


def test_dense_specks_that_run_together():
    image = gradient()
    starts = np.random.default_rng(3).random(image.shape[:2]) < 0.1 / 6
    mask = np.zeros(image.shape[:2], bool)
    for down, right in np.ndindex(2, 3):
        mask[down:, right:] |= starts[: len(mask) - down, : mask.shape[1] - right]
    image[mask] = (250, 10, 250)
    result = pochade.clean(image)
    assert np.count_nonzero(result.mask & mask) > 0.95 * mask.sum()
    # And some pixels that specks surround.
    assert np.count_nonzero(result.mask & ~mask) < 0.02 * mask.sum()


def test_dithering_and_fine_texture_are_no_noise():
    rows, columns = np.mgrid[0:90, 0:120]
    bayer = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])
    dots = (columns / 120 * 16 > bayer[rows % 4, columns % 4])[..., None]
    for colors in ((0, 255), (60, 130)):
        image = np.repeat(np.where(dots, colors[1], colors[0]).astype(np.uint8), 3, axis=2)
        assert pochade.clean(image).count == 0
    for k in (2, 4, 8):
        dithered = pochade.quantize(photo("city.jpg", 300), k, dither="floyd-steinberg")
        assert pochade.clean(dithered.image).count == 0


@pytest.mark.parametrize("size", [11, 14, 18])
def test_lettering_is_no_noise(size: int):
    sheet = Image.new("RGB", (400, 300), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size)
    for row in range(10, 290, round(1.4 * size)):
        pen.text((20, row), 4 * "The quick brown fox, jumping. ", fill="black", font=font)
    page = np.asarray(sheet)
    assert pochade.clean(page).count == 0
    assert pochade.clean(page, specks=10).count > 0  # with a threshold it is done as told


def test_an_icon_is_left_alone_unless_told():
    icon = np.full((48, 48, 3), 200, np.uint8)
    random = np.random.default_rng(5)
    icon[random.integers(0, 48, 40), random.integers(0, 48, 40)] = 20
    result = pochade.clean(icon)
    assert result.count == 0
    assert "too little" in result.reasons["isolated"].why
    assert pochade.clean(icon, black=20).count > 30


def test_noise_on_a_grey_photo_with_its_own_whites():
    image = photo("spices.jpg")
    grey = np.repeat((image @ [0.3, 0.6, 0.1]).astype(np.uint8)[..., None], 3, axis=2)
    noisy, mask = with_noise(grey, 0.02, "salt and pepper")
    result = pochade.clean(noisy)
    assert np.count_nonzero(result.mask & mask) > 0.6 * mask.sum()


def test_noise_on_a_drawing_of_few_colours():
    image = np.full((90, 120, 3), (30, 60, 120), np.uint8)
    image[30:60] = (220, 180, 40)
    noisy, mask = with_noise(image, 0.02, "white")
    result = pochade.clean(noisy, auto=True, fill="median")
    assert np.array_equal(result.mask, mask)
    wrong = np.nonzero((result.image != image).any(axis=2))[0]
    assert set(wrong) <= {29, 30, 59, 60}  # only where the two colours meet
    assert len(wrong) < 4


def test_thin_lines_and_lettering_stay():
    image = np.full((120, 160, 3), 245, np.uint8)
    image[20, :] = 10
    image[40:42, 50:60] = 10
    image[60:, 80] = 10
    rows = np.arange(70, 110)
    image[rows, rows - 60] = (200, 0, 0)
    ends = [(20, 0), (20, 159), (60, 80), (70, 10), (109, 49), (119, 80)]
    found = pochade.clean(image, isolated=40).mask
    assert sorted(zip(*np.nonzero(found), strict=True)) == ends
    assert pochade.clean(image).count == 0


def test_grain_becomes_smooth_and_edges_stay():
    image = np.full((160, 240, 3), (200, 90, 40), np.uint8)
    image[:, 120:] = (40, 90, 200)
    random = np.random.default_rng(2)
    noisy = (image + random.normal(0, 5, image.shape)).round().clip(0, 255).astype(np.uint8)
    result = pochade.clean(noisy, grain="auto")
    assert result.reasons["grain"].threshold in (4, 5, 6)
    assert compare(image, result.image).psnr > compare(image, noisy).psnr + 8
    assert find_grain(result.image).threshold is None
    assert find_grain(image).threshold is None


@pytest.mark.skipif(not RAINBOW.is_dir(), reason="the seeds' pictures are not here")
def test_the_rainbow_of_the_seed():
    noisy = pochade.open_image(RAINBOW / "original_image.png").pixels
    result = pochade.clean(noisy)
    assert [name for name, one in result.reasons.items() if one.count] == ["grain"]
    # In the middle of each band and of the ground: what scatters, and that no colour moves.
    for row, column in [(100, 40), (25, 395), (55, 395), (85, 395), (115, 395), (143, 395)]:
        place = np.s_[row - 8 : row + 9, column - 20 : column + 21]
        before, after = noisy[place].reshape(-1, 3), result.image[place].reshape(-1, 3)
        assert after.std(axis=0).max() < 0.75 * before.std(axis=0).max()
        assert np.abs(after.mean(axis=0) - before.mean(axis=0)).max() < 1


def test_the_three_results():
    image = gradient(20, 30)
    image[4, 5] = 255
    mask = pochade.clean(image, white=255, result="mask").image
    assert mask.shape == (20, 30, 3)
    assert mask[4, 5].tolist() == [255] * 3
    assert mask.sum() == 3 * 255
    clear = pochade.clean(image, white=255, result="transparent").image
    assert clear[4, 5].tolist() == [0, 0, 0, 0]
    clear[4, 5] = (255, 255, 255, 255)
    assert np.array_equal(clear[..., :3], image)
    assert (clear[..., 3] == 255).all()
    filled = pochade.clean(image, white=255).image
    assert np.abs(filled[4, 5].astype(int) - gradient(20, 30)[4, 5]).max() <= 1


def test_alpha_is_part_of_the_picture():
    image = np.dstack([gradient(20, 30), np.full((20, 30), 255, np.uint8)])
    image[:8, :, :] = (255, 255, 255, 0)  # white that nobody sees
    image[4, 10] = (255, 255, 255, 255)  # a dot in the clear
    image[15, 10] = (9, 9, 9, 0)  # a hole in the picture
    result = pochade.clean(image, white=250)
    assert result.count == 1
    assert result.image[4, 10, 3] == 0
    result = pochade.clean(image, isolated=60)
    assert sorted(zip(*np.nonzero(result.mask), strict=True)) == [(4, 10), (15, 10)]
    assert result.image[15, 10, 3] == 255
    assert np.abs(result.image[15, 10, :3].astype(int) - gradient(20, 30)[15, 10]).max() <= 2
    untouched = ~result.mask
    assert np.array_equal(result.image[untouched], image[untouched])


def test_a_fully_transparent_picture_has_nothing_to_clean():
    image = np.zeros((8, 8, 4), np.uint8)
    assert pochade.clean(image, white=0).count == 0
    assert pochade.clean(image, black=255).count == 0
    assert pochade.clean(image).count == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_tiny_pictures(shape: tuple[int, int]):
    image = np.full((*shape, 3), 77, np.uint8)
    assert pochade.clean(image).count == 0
    assert pochade.clean(image, isolated=8, specks=4, grain=3).count == 0


@pytest.mark.parametrize("shape", [(1, 1), (30, 40)])
def test_nothing_would_be_left(shape: tuple[int, int]):
    image = np.full((*shape, 3), 255, np.uint8)
    for result in ("fill", "transparent"):
        with pytest.raises(InputError, match=r"nothing would be left.*white"):
            pochade.clean(image, white=200, result=result)
    assert pochade.clean(image, white=200, result="mask").share == 1


def test_grey_and_16_bit_pictures():
    grey = np.full((30, 30), 90, np.uint8)
    grey[10, 10] = 255
    assert pochade.clean(grey, white=250).count == 1
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    assert pochade.clean(deep, white=250).count == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"white": 256}, "white must be from 0 to 255"),
        ({"white": "lots"}, "white must be a whole number or auto"),
        ({"white": True}, "white must be a whole number"),
        ({"white": 10, "black": 20}, "must be above"),
        ({"isolated": 3}, "from 8 to 255"),
        ({"specks": 0}, "from 1 to 65,534"),
        ({"grain": 65}, "from 1 to 64"),
        ({"saturation": (60, 20)}, "LOW below HIGH"),
        ({"saturation": (0, 120)}, "within 0 to 100"),
        ({"hue": (-10, 20)}, "within 0 to 360"),
        ({"hue": 30}, "LOW-HIGH"),
        ({"rare": 0}, "above 0"),
        ({"rare": 1.5}, "up to 1"),
        ({"white": 9, "speck_step": 20}, "give specks"),
        ({"result": "filled"}, "did you mean 'fill'"),
        ({"fill": "laplace"}, "not one of"),
    ],
)
def test_wrong_options(options: dict[str, object], message: str):
    with pytest.raises(UsageError, match=message):
        pochade.clean(np.zeros((4, 4, 3), np.uint8), **options)  # type: ignore[arg-type]


def test_python_and_command_line_have_the_same_options():
    parameters = inspect.signature(pochade.clean).parameters
    declared = {item.name: item.default for item in fields(CleanOptions)}
    assert {name: parameters[name].default for name in declared} == declared
    assert parameters.keys() - declared.keys() == {"image", "progress", "cancel"}


def test_auto_fills_up_what_is_not_named():
    assert CleanOptions(white=240, auto=True).thresholds() == {
        name: 240 if name == "white" else "auto" for name in DETECTORS
    }
    assert CleanOptions(grain="auto").thresholds() == {"grain": "auto"}


def test_flags_tell_the_detectors_apart_and_the_preview_shows_them():
    image = np.full((50, 50, 3), 120, np.uint8)
    image[10, 10], image[30, 30:32] = 255, (0, 90, 255)
    result = pochade.clean(image, white=250, specks=2)
    white, specks = (1 << DETECTORS.index(name) for name in ("white", "specks"))
    assert result.flags[10, 10] == white | specks
    assert result.flags[30, 30] == result.flags[30, 31] == specks
    assert result.count == 3
    assert result.preview[10, 10].tolist() == list(COLORS["white"])
    assert result.preview[30, 30].tolist() == list(COLORS["specks"])
    assert len(set(result.preview[40, 40].tolist())) == 1  # grey


def test_the_same_bytes_on_any_number_of_threads():
    noisy, _ = with_noise(photo("city.jpg", 300), 0.05, "any colour")
    one = pochade.clean(noisy, grain=4, auto=True, threads=1)
    for threads in (2, 5):
        other = pochade.clean(noisy, grain=4, auto=True, threads=threads)
        assert np.array_equal(one.image, other.image)
        assert np.array_equal(one.flags, other.flags)


def test_saving(tmp_path: Path):
    image = gradient(20, 30)
    image[4, 5] = 255
    result = pochade.clean(image, white=255)
    result.save(tmp_path / "a.png")
    assert np.array_equal(pochade.open_image(tmp_path / "a.png").pixels, result.image)
    with pytest.raises(pochade.OutputError, match="exists"):
        result.save(tmp_path / "a.png")
    clear = pochade.clean(image, white=255, result="transparent")
    with pytest.raises(UsageError, match="transparency"):
        clear.save(tmp_path / "a.jpg")
    mask = pochade.clean(image, white=255, result="mask")
    mask.save(tmp_path / "m.png")
    with Image.open(tmp_path / "m.png") as written:
        assert written.mode in ("P", "1", "L")
        assert np.array_equal(np.asarray(written.convert("L")) > 0, mask.mask)
    assert result._repr_png_().startswith(b"\x89PNG")


def test_progress_and_cancelling():
    told: list[float] = []
    pochade.clean(gradient(), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    with pytest.raises(CancelledError):
        pochade.clean(gradient(), cancel=lambda: True)


def test_without_kernels_the_same_is_found(monkeypatch: pytest.MonkeyPatch):
    noisy, _ = with_noise(gradient(60, 80), 0.05, "white")
    with_kernels = pochade.clean(noisy)
    monkeypatch.setattr("pochade.noise.kernels._native", None)
    without = pochade.clean(noisy)
    assert np.array_equal(with_kernels.flags, without.flags)
    assert np.abs(with_kernels.image.astype(int) - without.image).max() <= 1
