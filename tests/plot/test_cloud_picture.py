"""Still pictures of clouds: discs, walls, and the files."""

from __future__ import annotations

import builtins
import re
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import pochade
from pochade.errors import EngineUnavailableError
from pochade.plot.cloud_scene import SPACES, Camera, cube_edges, to_scene
from pochade.plot.splat import covered, edge_light, splat

PHOTO = Path(pochade.__file__).parent / "data" / "demo" / "city.jpg"
SVG = "{http://www.w3.org/2000/svg}"

coordinate = st.floats(-4, 16, width=32)
discs = st.lists(
    st.tuples(coordinate, coordinate, st.integers(1, 5), st.floats(0, 6, width=32)), max_size=12
)


def slow_splat(at, depth, radius, width: int, height: int) -> np.ndarray:
    """What `splat` promises, disc by disc."""
    seen = np.full((height, width), -1, np.int32)
    for i in sorted(range(len(depth)), key=lambda i: (-depth[i], -i)):
        home = np.floor(at[i])
        for y in range(height):
            for x in range(width):
                near = (x + 0.5 - at[i, 0]) ** 2 + (y + 0.5 - at[i, 1]) ** 2 <= radius[i] ** 2
                if near or (x == home[0] and y == home[1]):
                    seen[y, x] = i
    return seen


@settings(max_examples=120, deadline=None)
@given(discs=discs)
def test_splat_is_what_it_promises(discs: list):
    table = np.array(discs, np.float32).reshape(-1, 4)
    at, depth, radius = table[:, :2], table[:, 2], table[:, 3]
    np.testing.assert_array_equal(
        splat(at, depth, radius, 12, 9), slow_splat(at, depth, radius, 12, 9)
    )


def test_quads_cover_what_is_behind_them_only():
    far = np.full((6, 8), np.inf, np.float32)
    far[2, 3] = 1
    corners = np.array([[[1, 1], [6, 1], [6, 4], [1, 4]]], np.float32)
    hit = np.zeros(48, bool)
    hit[covered(corners, np.full((1, 4), 2, np.float32), far)] = True
    expected = np.zeros((6, 8), bool)
    expected[1:4, 1:6] = True
    expected[2, 3] = False
    # The far edges at 6 and 4 lie on the border of the next pixels.
    np.testing.assert_array_equal(hit.reshape(6, 8)[:4, :6], expected[:4, :6])
    assert not hit.reshape(6, 8)[:, 7].any()
    assert not hit.reshape(6, 8)[5].any()


def test_edges_are_darker_where_something_is_nearer():
    depth = np.full((5, 5), 2, np.float32)
    depth[2, 2] = 1
    light = edge_light(depth, 1)
    assert light[2, 2] == 1
    assert light[0, 0] == 1
    assert light[2, 1] < 1


def test_the_camera_looks_at_the_middle():
    camera = Camera(400, 300, "srgb", 30, 20)
    at, depth = camera.project(np.zeros((1, 3), np.float32))
    np.testing.assert_allclose(at, [[200, 150]])
    assert depth[0] == pytest.approx(camera.distance)
    # Turned by a quarter, what was to the right is behind; what is up stays up.
    side, _ = Camera(400, 300, "srgb", 0, 0).project(np.array([[1, 0, 0], [0, 1, 0]], np.float32))
    assert side[0, 0] > 250
    assert side[1, 1] < 100
    _, away = Camera(400, 300, "srgb", 90, 0).project(np.array([[1, 0, 0]], np.float32))
    assert away[0] == pytest.approx(camera.distance + 1) or away[0] == pytest.approx(
        camera.distance - 1
    )


@pytest.mark.parametrize("space", list(SPACES))
def test_the_cube_fits_into_the_picture(space: str):
    edges, _ = cube_edges(space)
    for turn in range(0, 360, 45):
        for size in ((1200, 900), (400, 800)):
            camera = Camera(*size, space, turn, 18)
            at, _ = camera.project(edges)
            assert (at > 0).all()
            assert (at < size).all()


def test_every_tick_is_at_its_value():
    pytest.importorskip("matplotlib")
    for space, ticks in (("srgb", "0 128 255 128 255 128 255"), ("oklab", "0 0.5 1")):
        result = pochade.cloud(PHOTO, space=space, resize="40", title="")
        root = ElementTree.fromstring(result.encode("svg"))
        camera = Camera(1200, 900, space, result.options.turn, result.options.tilt)
        # x and y of the middle of a word are the last two numbers of its rotation.
        found = [
            (node.text, [float(v) for v in re.findall(r"[-0-9.]+", node.get("transform", ""))[-2:]])
            for node in root.iter(SVG + "text")
        ]
        points = {"0.5": (0.5, 0, 0), "128": (128, 0, 0), "255": (255, 0, 0), "1": (1, 0, 0)}
        for text in set(ticks.split()) & points.keys():
            expected, _ = camera.project(to_scene(np.array(points[text], float), space))
            near = [
                np.hypot(x - expected[0] * 0.72, y - expected[1] * 0.72)
                for word, (x, y) in found
                if word == text
            ]
            assert min(near) < 20, (space, text)


def test_scene_keeps_proportions():
    for space in SPACES:
        unit = to_scene(np.concatenate([np.zeros((1, 3)), np.eye(3)]), space)
        lengths = np.linalg.norm(unit[1:] - unit[0], axis=1)
        np.testing.assert_allclose(lengths, lengths[0], rtol=1e-4)


def test_png_shows_the_colors_and_black_centroids():
    pytest.importorskip("matplotlib")
    picture = np.zeros((40, 40, 3), np.uint8)
    picture[:20], picture[20:] = (250, 20, 30), (20, 60, 240)
    result = pochade.cloud(picture, 2, size="600x400", centroids=False, tilt=0)
    with Image.open(BytesIO(result.encode("png"))) as opened:
        pixels = np.asarray(opened.convert("RGB")).astype(int)
    assert pixels.shape == (400, 600, 3)
    red = (np.abs(pixels - (250, 20, 30)).max(axis=2) < 60).sum()
    blue = (np.abs(pixels - (20, 60, 240)).max(axis=2) < 60).sum()
    assert red > 100
    assert blue > 100
    with_dots = pochade.cloud(picture, 2, size="600x400", tilt=0).encode("png")
    with Image.open(BytesIO(with_dots)) as opened:
        dotted = np.asarray(opened.convert("RGB"))
    assert (dotted.max(axis=2) < 10).sum() > (pixels.max(axis=2) < 10).sum() + 60


def test_by_cluster_only_the_clusters_colors_are_seen():
    pytest.importorskip("matplotlib")
    from pochade.plot.cloud_picture import points_picture

    result = pochade.cloud(PHOTO, 3, by="cluster", resize="100")
    drawn = points_picture(result, shown_points_of(result), 300, 200)
    opaque = drawn[drawn[..., 3] == 255][:, :3].astype(float)
    # Haze and shade only move a colour towards the ground and towards black.
    own = opaque / np.linalg.norm(opaque, axis=1, keepdims=True)
    assert len(opaque) > 500
    assert len(np.unique(np.rint(own * 6), axis=0)) < 40


def shown_points_of(result):
    from pochade.plot.cloud_points import shown_points

    return shown_points(result)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_theme_is_the_ground(theme: str):
    pytest.importorskip("matplotlib")
    result = pochade.cloud(PHOTO, resize="50", size="300", theme=theme)
    with Image.open(BytesIO(result.encode("png"))) as opened:
        corner = opened.convert("RGB").getpixel((299, 299))
    assert (sum(corner) > 600) == (theme == "light")


@pytest.mark.parametrize(
    "title", ["<script>alert(1)</script>", "a & b $x^2$ \\frac", "日本 \x1b[2J"]
)
def test_svg_is_text_and_well_formed(title: str):
    pytest.importorskip("matplotlib")
    result = pochade.cloud(PHOTO, 4, cells=True, resize="80", title=title, size="500x400")
    data = result.encode("svg")
    root = ElementTree.fromstring(data)
    words = "".join(text for node in root.iter(SVG + "text") for text in node.itertext())
    assert title.replace("\x1b", " ") in words
    assert not list(root.iter(SVG + "script"))
    assert len(list(root.iter(SVG + "image"))) == 1
    assert data == result.encode("svg")
    assert len(data) < 400_000


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    real = builtins.__import__

    def refuse(name: str, *rest, **more):
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *rest, **more)

    result = pochade.cloud(np.zeros((2, 2, 3), np.uint8))
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(EngineUnavailableError, match=r"pochade\[plot\]"):
        result.encode("png")
    assert result._repr_png_() is None
    assert result.encode("html").startswith(b"<!doctype html>")
