"""`pochade.palette`: which colours it finds, and what it knows of them."""

from __future__ import annotations

import json
from importlib.resources import files
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

import pochade
from pochade.errors import InputError, UsageError
from pochade.palette.contrast import READABLE, contrast, text_on
from pochade.palette.names import name_colors, name_list
from pochade.palette.order import EXACT_UP_TO, length, ordered, walk
from pochade.palette.places import depths, find_places
from pochade.palette.roles import DARK, LIGHT, ROLES, VIVID, find_roles
from pochade.palette_options import PaletteOptions

DEMO = files("pochade").joinpath("data/demo")
pictures = hnp.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3)))
few_colors = hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.just(3)), unique=False)


def demo(name: str = "spices") -> np.ndarray:
    return pochade.open_image(str(DEMO.joinpath(f"{name}.jpg"))).pixels


@settings(deadline=None, max_examples=60)
@given(pictures, st.integers(1, 9), st.sampled_from(["share", "hue", "lightness", "walk"]))
def test_laws_of_a_palette(image: np.ndarray, k: int, order: str):
    found = pochade.palette(image, k, order=order)
    distinct = np.unique(image.reshape(-1, 3), axis=0)
    assert len(found) == min(k, len(distinct))
    assert found.colors.dtype == np.uint8
    assert len(np.unique(found.colors, axis=0)) == len(found)
    assert abs(found.shares.sum() - 1) < 1e-9
    if len(distinct) <= k:
        assert sorted(map(tuple, found.colors)) == sorted(map(tuple, distinct))
    for swatch in found.swatches:
        place = swatch.location
        assert place is not None or swatch.share < 1
        if place is not None:
            seen = image[place.y, place.x].astype(int)
            assert place.depth >= 1
            if len(distinct) <= k:
                assert tuple(seen) == swatch.rgb
        assert swatch.contrast >= READABLE
        assert swatch.name


def test_order_by_share_comes_first_and_others_hold_the_same_colours():
    image = demo()
    base = pochade.palette(image, 6)
    assert (np.diff(base.shares) <= 0).all()
    for order in ("hue", "lightness", "walk"):
        other = pochade.palette(image, 6, order=order)
        assert sorted(other.hex) == sorted(base.hex)
        assert dict(zip(other.hex, other.shares, strict=True)) == dict(
            zip(base.hex, base.shares, strict=True)
        )


@pytest.mark.parametrize("effort", ["fast", "default", "max"])
def test_same_seed_same_colours_at_any_number_of_threads(effort: str):
    image = demo("city")
    one = pochade.palette(image, 8, effort=effort, threads=1)
    two = pochade.palette(image, 8, effort=effort, threads=2)
    assert one.hex == two.hex
    assert one.shares.tobytes() == two.shares.tobytes()
    assert one.encode("json") == two.encode("json")


def test_efforts_agree_within_a_little():
    image = demo("desert")
    errors = {}
    for effort in ("fast", "default", "max"):
        colors = pochade.palette(image, 8, effort=effort, space="srgb").colors.astype(int)
        flat = image.reshape(-1, 3)[::7].astype(int)
        errors[effort] = ((flat[:, None] - colors[None]) ** 2).sum(axis=2).min(axis=1).mean()
    assert max(errors.values()) < 1.02 * min(errors.values())


def test_shares_are_those_of_the_pixels():
    image = np.zeros((10, 10, 3), np.uint8)
    image[:3] = (255, 0, 0)
    image[3:4] = (0, 0, 255)
    found = pochade.palette(image, 3)
    assert found.hex == ("#000000", "#ff0000", "#0000ff")
    assert found.shares.tolist() == pytest.approx([0.6, 0.3, 0.1])


def test_colours_alone_compute_nothing_else():
    found = pochade.palette(demo(), 8)
    lazy = {"names", "texts", "roles", "locations", "swatches"}
    assert not lazy & set(vars(found))
    assert found.names
    assert "names" in vars(found)


def test_transparency_does_not_count():
    image = np.zeros((4, 4, 4), np.uint8)
    image[..., 0] = 9  # hidden under alpha 0
    image[0] = (200, 0, 0, 255)
    image[1, :2] = (0, 0, 200, 128)
    found = pochade.palette(image, 8)
    assert found.hex == ("#c80000", "#0000c8")
    assert found.shares.tolist() == pytest.approx([4 / (4 + 256 / 255), 1 - 4 / (4 + 256 / 255)])
    assert [place.y for place in found.locations] == [0, 1]
    image[..., 3] = 0
    with pytest.raises(InputError, match="fully transparent") as caught:
        pochade.palette(image)
    assert caught.value.exit_code == 3


def test_equal_colours_of_different_alpha_are_one():
    image = np.zeros((1, 4, 4), np.uint8)
    image[0, :, 3] = (255, 128, 64, 32)
    assert pochade.palette(image, 3).hex == ("#000000",)


def test_region_and_mask():
    image = np.zeros((8, 8, 3), np.uint8)
    image[2:5, 3:7] = (0, 200, 0)
    found = pochade.palette(image, 4, region=(3, 2, 4, 3))
    assert found.hex == ("#00c800",)
    place = found.locations[0]
    assert (place.x, place.y) in {(4, 3), (5, 3)}
    mask = np.zeros((8, 8), np.uint8)
    mask[4:, 6:] = 255
    found = pochade.palette(image, 4, mask=mask)
    assert found.hex == ("#000000", "#00c800")
    assert found.shares.tolist() == pytest.approx([7 / 8, 1 / 8])
    assert found.locations[1].y == 4
    assert pochade.palette(image, 4, mask=mask, region=(6, 4, 1, 1)).hex == ("#00c800",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"region": (0, 0, 9, 1)}, "reaches beyond the picture of 8x8"),
        ({"region": (0, 0, 0, 1)}, "no pixels"),
        ({"region": (-1, 0, 1, 1)}, "no pixels"),
        ({"region": (0, 0, 1)}, "whole pixels"),
        ({"mask": np.zeros((8, 8))}, "zero everywhere"),
        ({"mask": np.ones((8, 7))}, "must be equal"),
        ({"region": (0, 0, 2, 2), "mask": np.eye(8)[::-1]}, "zero everywhere in region"),
        ({"k": 0}, "from 1"),
        ({"k": "auto:x"}, "whole number"),
        ({"order": "size"}, "one of share"),
        ({"names": "ral"}, "one of all"),
        ({"frames": "each"}, "palette_many"),
        ({"engine": "none"}, "none"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(options: dict, message: str):
    image = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(UsageError, match=message) as caught:
        pochade.palette(image, **options)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_no_picture():
    with pytest.raises(UsageError, match="no picture"):
        pochade.palette([])


@pytest.mark.parametrize("value", [(7, 7, 7), (0, 0, 0), (255, 255, 255)])
def test_one_colour_and_one_pixel(value: tuple[int, int, int]):
    for shape in ((1, 1), (5, 3)):
        image = np.full((*shape, 3), value, np.uint8)
        found = pochade.palette(image, 8)
        assert found.colors.tolist() == [list(value)]
        assert found.shares.tolist() == [1.0]
        assert "only 1 colour" in found.notes[0]
        assert found.roles["dominant"].index == 0
        assert found.locations[0] is not None


def test_many_pictures_share_one_palette_or_have_one_each():
    red = np.full((4, 4, 3), (200, 0, 0), np.uint8)
    blue = np.full((8, 4, 4), (0, 0, 200, 255), np.uint8)
    together = pochade.palette([red, blue], 2)
    assert together.hex == ("#0000c8", "#c80000")
    assert together.shares.tolist() == pytest.approx([2 / 3, 1 / 3])
    assert [place.picture for place in together.locations] == [1, 0]
    apart = pochade.palette_many([red, blue], 2)
    assert [found.hex for found in apart] == [("#c80000",), ("#0000c8",)]


def test_frames_of_an_animation(tmp_path: Path):
    frames = [Image.new("RGB", (6, 6), color) for color in ("red", "lime", "blue")]
    path = tmp_path / "a.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=50)
    assert sorted(pochade.palette(path, 8).hex) == ["#0000ff", "#00ff00", "#ff0000"]
    assert pochade.palette(path, 8, frames="first").hex == ("#ff0000",)
    each = pochade.palette_many([path], options=PaletteOptions(frames="each"))
    assert [found.hex for found in each] == [("#ff0000",), ("#00ff00",), ("#0000ff",)]


def test_automatic_k():
    image = demo()
    knee = pochade.palette(image, "auto")
    assert 2 <= len(knee) <= 64
    assert len(pochade.palette(image, "auto:variance")) > 1
    flags = np.repeat(np.array([[[250, 0, 0], [0, 0, 90], [255, 255, 255]]], np.uint8), 40, axis=0)
    noise = np.random.default_rng(0).integers(-4, 5, flags.repeat(40, axis=1).shape)
    image = (flags.repeat(40, axis=1) + noise).clip(0, 255).astype(np.uint8)
    assert len(pochade.palette(image, "auto:silhouette")) == 3


def test_a_small_distinct_area_keeps_a_colour():
    image = np.zeros((200, 200, 3), np.uint8)
    rows = np.arange(200)
    image[:, :, 1] = (80 + rows // 4)[:, None]
    image[:, :, 0] = rows // 5
    image[100:106, 100:106] = (230, 20, 20)
    hues = pochade.palette(image, 5).colors.astype(int)
    assert (hues[:, 0] - hues[:, 1]).max() > 150


def test_a_palette_is_what_quantize_takes():
    image = demo()
    found = pochade.palette(image, 5)
    reduced = pochade.quantize(image, palette=found)
    assert reduced.palette.tolist() == found.colors.tolist()


def test_files_and_notebooks(tmp_path: Path):
    found = pochade.palette(demo(), 5)
    assert found.save(tmp_path / "a.json") == tmp_path / "a.json"
    whole = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert [entry["hex"] for entry in whole["palette"]] == list(found.hex)
    assert set(whole["roles"]) == set(ROLES)
    again = pochade.read_palette(tmp_path / "a.json")
    assert (again.hex, again.names) == (found.hex, found.names)
    assert again.shares is None
    assert again.roles["dominant"].index is None
    with pytest.raises(pochade.OutputError):
        found.save(tmp_path / "a.json")
    found.save(tmp_path / "a.css", format="tailwind-css")
    assert "@theme" in (tmp_path / "a.css").read_text("utf-8")
    assert found._repr_svg_().startswith("<svg")


# Orders


@settings(deadline=None, max_examples=40)
@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 7), st.just(3)), elements=st.floats(0, 1)))
def test_the_walk_is_the_shortest_of_all(points: np.ndarray):
    gap = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
    way = walk(points).tolist()
    assert sorted(way) == list(range(len(points)))
    shortest = min(length(gap, list(other)) for other in permutations(range(len(points))))
    assert length(gap, way) == pytest.approx(shortest)
    assert points[way[0]][0] <= points[way[-1]][0]


def test_a_longer_walk_follows_a_line_and_is_near_the_exact_one():
    random = np.random.default_rng(5)
    line = random.permutation(np.linspace(0, 1, 3 * EXACT_UP_TO))
    assert (np.diff(line[walk(line[:, None])]) > 0).all()
    from pochade.palette.order import _exact, _greedy, _improved

    for _ in range(5):
        points = random.random((11, 3))
        gap = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
        good = length(gap, _improved(gap, _greedy(gap)))
        assert good <= 1.15 * length(gap, _exact(gap))


def test_hues_go_round_and_greys_come_first():
    colors = np.array(
        [[0, 0, 255], [255, 0, 0], [200, 200, 200], [255, 255, 0], [9, 9, 9], [0, 255, 0]],
        np.uint8,
    )
    assert ordered(colors, None, "hue").tolist() == [4, 2, 1, 3, 5, 0]


# Names


def test_names_come_from_the_lists():
    assert len(name_list("css").names) == 139
    assert len(name_list("xkcd").names) > 900
    css = name_colors(np.array([[102, 51, 153], [0, 0, 139]], np.uint8), "css")
    assert css == ("rebeccapurple", "darkblue")
    assert name_colors(np.array([[192, 4, 77]], np.uint8), "xkcd")[0]
    assert name_colors(np.array([[1, 2, 3]] * 2, np.uint8), "none") == ("", "")


@settings(deadline=None, max_examples=30)
@given(few_colors, st.sampled_from(["css", "xkcd", "all"]))
def test_no_name_twice(colors: np.ndarray, which: str):
    found = name_colors(colors, which)
    assert len(set(found)) == len(found) == len(colors)
    assert all(name == name.strip() and name.isprintable() for name in found)


def test_every_css_name_names_its_own_colour():
    from PIL import ImageColor

    for name in name_list("css").names:
        color = np.array([ImageColor.getrgb(name)], np.uint8)
        assert name_colors(color, "css") == (name,)


# Contrast


@given(few_colors)
def test_text_can_be_read_on_every_colour(colors: np.ndarray):
    for color, text in zip(colors, text_on(colors), strict=True):
        shown = np.array(list(bytes.fromhex(text.color[1:])), np.uint8)
        other = 255 - shown
        assert text.contrast == pytest.approx(float(contrast(color, shown)))
        assert text.contrast >= float(contrast(color, other))
        assert text.contrast > 4.58 - 0.01


def test_contrast_as_published():
    white = np.array([255, 255, 255], np.uint8)
    # WebAIM's and the W3C's examples.
    for color, ratio in (((0, 0, 0), 21.0), ((118, 118, 118), 4.54), ((255, 0, 0), 4.0)):
        assert float(contrast(np.array(color, np.uint8), white)) == pytest.approx(ratio, abs=0.005)


# Places


@settings(deadline=None, max_examples=60)
@given(
    hnp.arrays(
        np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3)
    )
)
def test_depths_are_the_distances_to_another_label(labels: np.ndarray):
    padded = np.pad(labels.astype(int), 1, constant_values=-1)
    rows, columns = np.indices(padded.shape)
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            away = np.abs(rows - y - 1) + np.abs(columns - x - 1)
            assert depths(labels)[y, x] == away[padded != labels[y, x]].min()


def test_places_are_deep_and_of_the_right_colour():
    image = np.zeros((30, 40, 3), np.uint8)
    image[5:25, 10:35] = (200, 10, 10)
    image[14, 21] = (190, 10, 10)
    labels = (image[:, :, 0] > 100).astype(np.uint8)
    found = find_places(image, labels, np.array([[0, 0, 0], [190, 10, 10], [1, 1, 1]], np.uint8))
    assert found[1][0][:2] == (21, 14)
    assert found[1][1] == 20 * 25
    assert found[2] is None


def test_places_do_not_depend_on_how_the_deepest_are_found(monkeypatch: pytest.MonkeyPatch):
    import sys

    image = demo("city")[:90, :120]
    colors = pochade.palette(image, 6).colors
    labels = pochade.quantize(image, palette=colors).labels
    marked = find_places(image, labels, colors)
    monkeypatch.setattr(sys.modules["pochade.palette.places"], "_MARKS", 0)
    assert find_places(image, labels, colors) == marked


# Roles


@settings(deadline=None, max_examples=80)
@given(few_colors)
def test_roles_are_played_by_who_fits_or_say_why_not(colors: np.ndarray):
    from pochade.color import convert

    lab = convert(colors, "srgb", "oklab").astype(float)
    light, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    found = find_roles(colors, np.full(len(colors), 1 / len(colors)))
    assert tuple(found) == ROLES
    vivid = chroma >= VIVID
    fits = {
        "dominant": np.ones(len(colors), bool),
        "vibrant": vivid,
        "light_vibrant": vivid & (light >= LIGHT),
        "dark_vibrant": vivid & (light <= DARK),
        "muted": ~vivid,
        "light_muted": ~vivid & (light >= LIGHT),
        "dark_muted": ~vivid & (light <= DARK),
        "light": light >= LIGHT,
        "dark": light <= DARK,
    }
    for name, role in found.items():
        assert role.reason
        if role.index is None:
            assert not fits[name].any(), name
        else:
            assert fits[name][role.index], name


def test_roles_of_plain_colours():
    colors = np.array([[255, 255, 255], [0, 0, 0], [200, 30, 30], [120, 110, 105]], np.uint8)
    found = find_roles(colors, np.array([0.1, 0.2, 0.3, 0.4]))
    played = {name: role.index for name, role in found.items()}
    assert played["dominant"] == 3
    assert played["vibrant"] == 2
    assert played["light"] == played["light_muted"] == 0
    assert played["dark"] == played["dark_muted"] == 1
    assert played["light_vibrant"] is None
    assert "no vivid colour is light" in found["light_vibrant"].reason
