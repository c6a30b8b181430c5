"""`pochade.cloud`: points, counts and clusters."""

from __future__ import annotations

import inspect
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

import pochade
from pochade.cloud_options import CloudOptions
from pochade.color import convert
from pochade.errors import InputError, OutputError, UsageError
from pochade.plot.cloud_points import cell_of, places, sample, shown_points

PHOTO = Path(pochade.__file__).parent / "data" / "demo" / "city.jpg"

few = st.integers(0, 3).map(lambda v: 80 * v)
pictures = st.tuples(st.integers(1, 7), st.integers(1, 7), st.sampled_from([3, 4])).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=few)
)


@settings(max_examples=150, deadline=None)
@given(picture=pictures, k=st.integers(1, 6), space=st.sampled_from(["srgb", "lab", "oklab"]))
def test_points_are_the_pixels(picture: np.ndarray, k: int, space: str):
    flat = picture.reshape(-1, picture.shape[2])
    seen = flat[flat[:, 3] > 0][:, :3] if flat.shape[1] == 4 else flat
    if not len(seen):
        with pytest.raises(InputError, match="transparent"):
            pochade.cloud(picture, k)
        return
    result = pochade.cloud(picture, k, space=space, threads=1)
    colors, counts = np.unique(seen, axis=0, return_counts=True)
    np.testing.assert_array_equal(result.colors, colors)  # ordered by r, g, b
    np.testing.assert_array_equal(result.counts, counts)
    expected = colors.astype(np.float32) if space == "srgb" else convert(colors, "srgb", space)
    np.testing.assert_array_equal(result.points, expected)
    assert result.k == min(k, len(colors))
    assert result.shares.sum() == pytest.approx(1)
    for cluster in range(result.k):
        own = result.labels == cluster
        mean = np.average(result.points[own].astype(float), axis=0, weights=result.counts[own])
        np.testing.assert_allclose(result.centroids[cluster], mean, atol=1e-4)


@settings(max_examples=100, deadline=None)
@given(picture=pictures, most=st.integers(1, 40))
def test_every_point_has_a_place_of_its_color(picture: np.ndarray, most: int):
    if picture.shape[2] == 4 and not picture[:, :, 3].any():
        return
    result = pochade.cloud(picture)
    shown = shown_points(result, most=most)
    assert shown.counts.sum() == result.counts.sum()
    assert shown.merged.sum() == len(result.colors)
    assert (np.diff(shown.cells.astype(np.int64)) > 0).all()
    np.testing.assert_array_equal(cell_of(shown.colors, shown.shift), shown.cells)
    at = places(picture, shown)
    found = picture[at[:, 1], at[:, 0]]
    np.testing.assert_array_equal(cell_of(found[:, :3], shown.shift), shown.cells)
    if picture.shape[2] == 4:
        assert (found[:, 3] > 0).all()


def test_clusters_are_those_of_quantize():
    for space in ("srgb", "oklab"):
        result = pochade.cloud(PHOTO, 8, space=space, resize="200")
        palette = pochade.quantize(PHOTO, 8, space=space, resize="200").palette
        np.testing.assert_array_equal(result.palette, palette)


def test_many_colors_are_gathered_in_cells():
    random = np.random.default_rng(0)
    picture = random.integers(0, 256, (300, 400, 3), np.uint8)
    result = pochade.cloud(picture, 5, effort="fast")
    shown = shown_points(result, most=60_000)
    assert shown.shift == 2
    assert len(shown.cells) < 120_000
    cell = cell_of(result.colors, 2) == shown.cells[1000]
    mean = np.average(result.colors[cell].astype(float), axis=0, weights=result.counts[cell])
    np.testing.assert_array_equal(shown.colors[1000], np.rint(mean))
    heaviest = np.bincount(result.labels[cell], weights=result.counts[cell]).argmax()
    assert shown.labels[1000] == heaviest


def test_places_are_spread_not_the_first_ones():
    """A sky is not marked at the top left corner only."""
    picture = np.zeros((200, 200, 3), np.uint8)
    picture[::2, ::2] = np.arange(100, dtype=np.uint8)[:, None, None] + 100
    at = places(picture, shown_points(pochade.cloud(picture)))
    assert 40 < at[:, 0].std() < 75


def test_sample_takes_pixels_of_the_picture():
    picture = np.random.default_rng(1).integers(0, 256, (90, 400, 3), np.uint8)
    small = sample(picture, 100)
    assert small.shape == (22, 100, 3)
    colors = {tuple(c) for c in picture.reshape(-1, 3).tolist()}
    assert all(tuple(c) in colors for c in small.reshape(-1, 3).tolist())
    assert sample(picture[:1, :1], 100).shape == (1, 1, 3)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_same_seed_same_bytes(threads: int):
    pages = [
        pochade.cloud(PHOTO, 5, cells=True, resize="160", threads=n).encode("html")
        for n in (1, threads)
    ]
    assert pages[0] == pages[1]


def test_grey_one_colour_and_one_pixel(tmp_path: Path):
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    one = np.full((1, 1, 3), 7, np.uint8)
    flat = np.full((20, 30, 3), 200, np.uint8)
    for name, picture, colors in [("grey", grey, 256), ("one", one, 1), ("flat", flat, 1)]:
        result = pochade.cloud(Image.fromarray(picture), 4, cells=True)
        assert len(result.colors) == colors
        assert result.k == min(4, colors)
        for form in ("html", "png", "svg"):
            assert result.save(tmp_path / f"{name}.{form}").stat().st_size > 1000


def test_very_many_clusters(tmp_path: Path):
    result = pochade.cloud(PHOTO, 1500, cells=True, resize="200", effort="fast", size="400x300")
    assert result.k == 1500
    assert "no walls are drawn between more than 256 clusters" in result.notes
    page = result.encode("html").decode()
    assert "The 256 largest of 1,500 clusters are listed and marked." in page
    assert len(result.encode("svg")) < 500_000


def test_more_clusters_than_colors_are_said():
    result = pochade.cloud(np.array([[[1, 2, 3], [9, 9, 9]]], np.uint8), 5)
    assert result.k == 2
    assert any("2 colours" in note for note in result.notes)


def test_sixteen_bit_and_alpha(tmp_path: Path):
    deep = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert len(pochade.cloud(tmp_path / "deep.png").colors) == 64
    clear = np.zeros((4, 4, 4), np.uint8)
    clear[0, :, 3] = 128
    clear[:, :, 0] = 77
    result = pochade.cloud(clear)
    assert result.counts.sum() == 4
    assert result.notes == ("12 fully transparent pixels are left out",)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"by": "cluster"}, "k"),
        ({"cells": True}, "k"),
        ({"k": 0}, "k must be"),
        ({"space": "hsv"}, "srgb"),
        ({"size": "50x50"}, "200"),
        ({"size": "big"}, "size"),
        ({"tilt": 91}, "tilt"),
        ({"theme": "blue"}, "light"),
    ],
)
def test_wrong_options_are_told(wrong: dict, word: str):
    with pytest.raises(UsageError, match=word):
        pochade.cloud(np.zeros((2, 2, 3), np.uint8), **wrong)


def test_saving(tmp_path: Path):
    result = pochade.cloud(np.zeros((2, 2, 3), np.uint8))
    path = result.save(tmp_path / "a.html")
    with pytest.raises(OutputError, match="exists"):
        result.save(path)
    result.save(path, overwrite=True)
    with pytest.raises(UsageError, match=r"\.svg"):
        result.save(tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == [path]


def test_python_and_command_line_have_the_same_options():
    parameters = inspect.signature(pochade.cloud).parameters
    for item in fields(CloudOptions):
        assert parameters[item.name].default == item.default, item.name
    beyond = parameters.keys() - {item.name for item in fields(CloudOptions)}
    assert beyond == {"image", "progress", "cancel"}


def test_the_title_is_the_name_of_the_file(tmp_path: Path):
    assert pochade.cloud(PHOTO, resize="40").options.title == "city.jpg"
    assert pochade.cloud(PHOTO, resize="40", title="x").options.title == "x"
    assert pochade.cloud(np.zeros((2, 2, 3), np.uint8)).options.title is None


def test_it_shows_itself_in_a_notebook():
    pytest.importorskip("matplotlib")
    shown = pochade.cloud(PHOTO, 3, resize="60", size="300")._repr_png_()
    assert shown is not None
    assert shown.startswith(b"\x89PNG")
