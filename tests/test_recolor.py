"""`pochade.recolor`: a picture in the colours of another one."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pochade
from pochade.color import convert
from pochade.errors import UsageError
from pochade.io.lut import apply_table
from pochade.recolor import STEEPEST, color_table, find_moves

DEMO = files("pochade").joinpath("data/demo")


def demo(name: str) -> np.ndarray:
    return pochade.open_image(str(DEMO.joinpath(f"{name}.jpg")), resize="240").pixels


def oklab(pixels: np.ndarray) -> np.ndarray:
    return convert(np.ascontiguousarray(pixels[..., :3]), "srgb", "oklab").astype(np.float64)


def test_the_result_has_the_other_picture_s_colours():
    source, other = demo("city"), demo("spices")
    done = pochade.recolor(source, like=other)
    assert done.image.shape == source.shape
    means = [oklab(image).reshape(-1, 3).mean(axis=0) for image in (source, done.image, other)]
    before = np.linalg.norm(means[0] - means[2])
    assert np.linalg.norm(means[1] - means[2]) < 0.35 * before
    spreads = [oklab(image).reshape(-1, 3).std(axis=0) for image in (source, done.image, other)]
    assert np.abs(spreads[1] - spreads[2]).sum() < np.abs(spreads[0] - spreads[2]).sum()


def test_the_plan_moves_everything():
    done = pochade.recolor(demo("desert"), like=demo("city"), k=12)
    assert done.plan.sum() == pytest.approx(1)
    assert done.plan.sum(axis=1) == pytest.approx(done.before.shares, abs=1e-9)
    assert done.plan.sum(axis=0) == pytest.approx(done.like.shares, abs=1e-9)


def test_transport_uses_the_whole_palette_where_the_nearest_would_not():
    ramp = np.repeat(np.arange(100, 156, dtype=np.uint8)[None, :, None], 3, axis=2)
    done = pochade.recolor(ramp, like=["#000000", "#787878", "#828282", "#ffffff"], k=8)
    assert (done.plan.sum(axis=0) > 0.2).all()
    assert done.after[:, 0].min() < 20
    assert done.after[:, 0].max() > 235


def test_a_grey_picture_makes_a_grey_one():
    source = demo("spices")
    grey = np.repeat(demo("city").mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    done = pochade.recolor(source, like=grey)
    spread = done.image.max(axis=2).astype(int) - done.image.min(axis=2)
    assert spread.max() <= 3


def test_gradients_stay_smooth():
    ramp = np.linspace(0, 255, 1024).round().astype(np.uint8)
    photo = demo("desert")
    source = photo.copy()
    source[0, :] = 0
    moves = find_moves(pochade.palette(photo, 16), pochade.palette(demo("spices"), 16))
    table = color_table(moves, 1.0)
    for channel in range(3):
        line = np.full((1, len(ramp), 3), 128, np.uint8)
        line[0, :, channel] = ramp
        before, after = oklab(line)[0], oklab(apply_table(line, table))[0]
        # Steps of 8 levels, so that rounding to bytes does not count.
        grown = np.linalg.norm(after[32:] - after[:-32], axis=1)
        meant = np.linalg.norm(before[32:] - before[:-32], axis=1)
        assert (grown <= STEEPEST * 1.25 * meant + 0.02).all()


def test_like_itself_changes_next_to_nothing():
    source = demo("spices")
    done = pochade.recolor(source, like=source)
    assert np.abs(done.image.astype(int) - source).max() <= 3


def test_strength():
    source, other = demo("city"), demo("spices")
    none = pochade.recolor(source, like=other, strength=0)
    assert none.image.tobytes() == source.tobytes()
    half = pochade.recolor(source, like=other, strength=0.5).image.astype(int)
    full = pochade.recolor(source, like=other).image.astype(int)
    assert 0.3 < np.abs(half - source).mean() / np.abs(full - source).mean() < 0.7


def test_lightness_may_be_kept():
    source = demo("desert")
    done = pochade.recolor(source, like=demo("spices"), lightness=False)
    gap = np.abs(oklab(done.image)[..., 0] - oklab(source)[..., 0])
    assert np.percentile(gap, 95) < 0.03  # beyond, the gamut ends
    assert np.abs(oklab(done.image)[..., 1:] - oklab(source)[..., 1:]).mean() > 0.005


def test_alpha_stays():
    source = np.dstack([demo("city"), np.zeros(demo("city").shape[:2], np.uint8)])
    source[:, ::2, 3] = 200
    done = pochade.recolor(source, like=demo("spices"))
    assert done.image[..., 3].tobytes() == source[..., 3].tobytes()


def test_indexed_has_the_palette_s_colours_alone(tmp_path: Path):
    colors = ["#1b1a17", "#8c5a2b", "#d9a066", "#f4e9d8", "#3d6b8c"]
    done = pochade.recolor(demo("city"), like=colors, indexed=True, dither="floyd-steinberg")
    found = {"#" + bytes(row).hex() for row in np.unique(done.image.reshape(-1, 3), axis=0)}
    assert found <= set(colors)
    assert len(found) >= 4
    done.save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "P"
        assert np.array_equal(np.asarray(image.convert("RGB")), done.image)


def test_all_that_colours_may_be_taken_from(tmp_path: Path):
    source, other = demo("city"), demo("spices")
    palette = pochade.palette(other, 16)
    palette.save(tmp_path / "a.ase")
    Image.fromarray(other).save(tmp_path / "a.png")
    whole = pochade.recolor(source, like=other).image
    assert pochade.recolor(source, like=palette).image.tobytes() == whole.tobytes()
    assert pochade.recolor(source, like=tmp_path / "a.png").image.tobytes() == whole.tobytes()
    plain = pochade.recolor(source, like=palette.colors).image
    assert pochade.recolor(source, like=tmp_path / "a.ase").image.tobytes() == plain.tobytes()
    assert pochade.recolor(source, like=list(palette.hex)).image.tobytes() == plain.tobytes()


def test_same_bytes_at_any_number_of_threads():
    source, other = demo("spices"), demo("desert")
    one = pochade.recolor(source, like=other, threads=1)
    two = pochade.recolor(source, like=other, threads=2)
    assert one.image.tobytes() == two.image.tobytes()
    assert one.plan.tobytes() == two.plan.tobytes()


@pytest.mark.parametrize("shape", [(1, 1), (2, 5)])
def test_one_colour_becomes_the_mean_of_the_palette(shape: tuple[int, int]):
    source = np.full((*shape, 3), 90, np.uint8)
    done = pochade.recolor(source, like=["#ffffff"])
    assert done.image.min() >= 253
    assert done.encode("png").startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"like": None}, "--like"),
        ({"like": []}, "no colours"),
        ({"like": "#fff", "strength": 2}, "at most 1"),
        ({"like": ["#fff"], "k": 0}, "at least 1"),
        ({"like": ["#fff"], "dither": "bayer"}, "indexed"),
        ({"like": ["nocolour"]}, "is no colour"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(options: dict, message: str):
    with pytest.raises(UsageError, match=message) as caught:
        pochade.recolor(np.zeros((2, 2, 3), np.uint8), **options)
    assert "\n" not in str(caught.value)


def test_a_table_is_interpolated():
    steps = np.linspace(0, 1, 5, dtype=np.float32)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    same = np.stack([red, green, blue], axis=3)
    image = np.random.default_rng(0).integers(0, 256, (9, 7, 4), np.uint8)
    assert np.abs(apply_table(image, same).astype(int) - image).max() <= 1
    swapped = apply_table(image, same[..., ::-1])
    assert np.abs(swapped[..., :3].astype(int) - image[..., 2::-1]).max() <= 1
