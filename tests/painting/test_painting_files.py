"""What a painting becomes besides pixels: drawings, the making, clips, sizes on paper."""

from __future__ import annotations

import io
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pochade.errors import LimitError, UsageError
from pochade.paint_options import PaintSettings
from pochade.painting.clip import changed_blocks, first_frame, next_frame
from pochade.painting.document import start
from pochade.painting.making import counts, states
from pochade.painting.print_size import box_of, drawn_size
from pochade.painting.render import alpha_at, render
from pochade.painting.subject import filled, make_subject
from pochade.painting.svg import gradients, svg_of

from .painted import painting, scene

SVG = "{http://www.w3.org/2000/svg}"


def drawn(svg: str, width: int) -> np.ndarray:
    """What a renderer of its own makes of the drawing."""
    resvg = pytest.importorskip("resvg_py")
    png = resvg.svg_to_bytes(svg_string=svg, width=width)
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGBA"))


@pytest.mark.parametrize("strokes", [False, True])
def test_the_drawing_looks_like_the_painting(strokes):
    one = painting(200)
    svg = svg_of(one, strokes=strokes)
    root = ElementTree.fromstring(svg)
    paths = [node for node in root.iter(f"{SVG}path") if node.get("fill")]
    assert len(paths) >= 100 + 200 * strokes
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    used = {path.get("fill")[5:-1] for path in paths if path.get("fill").startswith("url")}
    assert used <= set(ids)
    picture = drawn(svg, 90)
    assert (picture[1:-1, 1:-1, 3] == 255).all()  # no ground shows between regions
    gap = picture[..., :3].astype(int) - render(one)
    assert np.abs(gap).mean() < (16 if strokes else 8)


def test_a_transparent_photo_is_clipped_in_its_drawing():
    rgba = np.dstack([scene(), np.full(scene().shape[:2], 255, np.uint8)])
    rgba[:, :40, 3] = 0
    rgba[20:30, 60:70, 3] = 0
    picture = drawn(svg_of(start(make_subject(rgba), PaintSettings(anchors=50))), 90)
    assert (picture[5:-5, :35, 3] == 0).all()
    assert (picture[22:28, 62:68, 3] == 0).all()
    assert (picture[40:55, 50:85, 3] >= 250).all()


def test_a_gradient_that_is_there_is_found_exactly():
    y, x = np.mgrid[:20, :30]
    ramp = np.stack([40 + 4 * x + 3 * y, 100 + 0 * x, 220 - 4 * x - 3 * y], axis=-1)
    ramp = ramp.astype(np.uint8)
    [(definition, paint)] = gradients(np.zeros((20, 30), np.int32), 1, ramp)
    assert paint == "url(#g0)"
    node = ElementTree.fromstring(definition)
    x1, y1, x2, y2 = (float(node.get(name)) for name in ("x1", "y1", "x2", "y2"))
    assert (x1 + x2) / 2 == pytest.approx(15, abs=0.2)
    assert (y2 - y1) / (x2 - x1) == pytest.approx(3 / 4, abs=0.01)
    assert node[0].get("stop-color") != node[1].get("stop-color")
    flat = gradients(np.zeros((2, 2), np.int32), 1, np.full((2, 2, 3), 9, np.uint8))
    assert flat == [("", "#090909")]


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 120)])
def test_small_and_narrow_pictures(shape):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    one = start(make_subject(image), PaintSettings(level=0.5))
    assert render(one).shape == image.shape
    assert render(one, (7, 9)).shape == (7, 9, 3)
    ElementTree.fromstring(svg_of(one, strokes=True))


def test_one_colour_is_painted_in_that_colour():
    image = np.full((30, 40, 3), (12, 200, 99), np.uint8)
    picture = render(start(make_subject(image), PaintSettings(level=1.0)))
    assert np.abs(picture.astype(int) - image).max() <= 1


def test_the_making_goes_from_coarse_to_the_painting_itself():
    one = painting(150)
    made = list(states(one, 8))
    sizes = [len(state.ids) for state in made]
    assert sizes == sorted(set(sizes))
    assert made[-1] is one
    assert sizes[0] <= 6


@given(st.integers(1, 30_000), st.integers(2, 240))
def test_counts_of_the_making_rise(final, frames):
    found = counts(final, frames)
    assert len(found) == frames - 1
    assert all(1 <= a <= b <= final for a, b in zip(found, found[1:] + [final], strict=True))


def moving(step: int, noise: int = 3) -> np.ndarray:
    """The scene with a red square that moves and noise of its own."""
    image = scene(120, 180).astype(int) + np.random.default_rng(step).normal(
        0, noise, (120, 180, 3)
    )
    image[50:80, 20 + 25 * step : 50 + 25 * step] = (220, 30, 30)
    return np.clip(image, 0, 255).astype(np.uint8)


def test_a_clip_does_not_flicker_where_nothing_moves():
    one = start(make_subject(moving(0)), PaintSettings(anchors=300))
    frame = first_frame(one.subject, one.intent)
    pictures, alone = [render(frame.painting)], [render(one)]
    for step in (1, 2, 3):
        frame = next_frame(frame, make_subject(moving(step)))
        assert 0 < frame.changed < 0.5
        pictures.append(render(frame.painting))
        alone.append(render(start(make_subject(moving(step)), PaintSettings(anchors=300))))
    still = np.s_[:30, 130:]
    for before, after in pairwise(pictures):
        assert np.abs(before[still].astype(int) - after[still]).mean() < 0.05
    flicker = [np.abs(a[still].astype(int) - b[still]).mean() for a, b in pairwise(alone)]
    assert min(flicker) > 0.3  # frames painted one by one do flicker
    last = pictures[-1].astype(int)
    assert (last[60:70, 100:120] @ np.array([1, -1, -1]) > 60).all()  # the square is where it is
    assert (
        np.abs(last[50:80, 25:45] - scene(120, 180)[50:80, 25:45]).mean() < 12
    )  # and not where it was


def test_equal_frames_are_painted_once_and_a_cut_begins_anew():
    one = start(make_subject(moving(0)), PaintSettings(anchors=100))
    first = first_frame(one.subject, one.intent)
    same = next_frame(first, make_subject(moving(0)))
    assert same.changed == 0
    assert np.array_equal(render(same.painting), render(first.painting))
    cut = next_frame(first, make_subject(moving(0)[::-1, ::-1].copy()))
    assert cut.changed == 1
    with pytest.raises(ValueError, match="one size"):
        next_frame(first, make_subject(scene()))


def test_noise_alone_is_no_change():
    assert not changed_blocks(moving(0, 6), moving(0, 0)).any()


@pytest.mark.parametrize(
    ("photo", "word", "scale", "dpi", "size"),
    [
        ((200, 300), None, None, None, (200, 300)),
        ((200, 300), None, 2.5, None, (500, 750)),
        ((200, 300), "600", None, None, (400, 600)),
        ((200, 300), "600x300", None, None, (300, 450)),
        ((200, 300), "30cm", None, 254, (2000, 3000)),
        ((200, 300), "10in", None, None, (2000, 3000)),
        ((300, 200), "a4", None, 254, (2970, 1980)),
        ((200, 300), "A4", None, 254, (1980, 2970)),
        ((1, 3000), "10", None, None, (1, 10)),
    ],
)
def test_sizes(photo, word, scale, dpi, size):
    assert drawn_size(photo, word, scale, dpi) == size


@pytest.mark.parametrize("word", ["", "0", "x", "10x", "a9", "10 cm", "-5", "1e9", "5km", "0x5"])
def test_words_that_are_no_size(word):
    with pytest.raises(ValueError, match="must be"):
        box_of(word)


def test_a_size_that_is_too_large_is_refused():
    with pytest.raises(LimitError, match="400 megapixels"):
        render(painting(10), (30_000, 30_000))


def test_colours_under_transparency_do_not_come_up():
    rgba = np.zeros((32, 32, 4), np.uint8)
    rgba[..., :3] = (255, 0, 255)  # hidden
    rgba[8:24, 8:24] = (20, 120, 40, 255)
    assert (filled(rgba) == (20, 120, 40)).all()
    picture = render(start(make_subject(rgba), PaintSettings(anchors=20)))
    assert np.abs(picture[..., :3].astype(int) - (20, 120, 40)).max() <= 2
    assert np.array_equal(picture[..., 3], rgba[..., 3])
    paper = make_subject(rgba, lay_on_color="#ffffff")
    assert paper.alpha is None
    assert (paper.photo[0, 0] == 255).all()


@pytest.mark.parametrize("size", [(32, 32), (50, 77), (9, 12), (64, 20)])
def test_a_part_of_the_transparency_is_a_part_of_the_whole(size):
    rgba = np.random.default_rng(1).integers(0, 256, (32, 32, 4), np.uint8)
    one = start(make_subject(rgba), PaintSettings(anchors=5))
    whole = alpha_at(one, size, (0, 0, *size))
    assert whole.shape == size
    assert np.array_equal(alpha_at(one, size, (2, 3, 8, 11)), whole[2:8, 3:11])
    assert abs(float(whole.mean()) - float(rgba[..., 3].mean())) < 6


def test_a_print_is_sharper_than_an_enlargement():
    one = painting(300, softness=0.2)
    print_ = render(one, (240, 360))[..., 1].astype(int)
    enlarged = np.asarray(Image.fromarray(render(one)).resize((360, 240), Image.Resampling.BICUBIC))
    enlarged = enlarged[..., 1].astype(int)
    steepest = [
        np.sort(np.abs(np.diff(picture, axis=0)).max(axis=0))[-60:].mean()
        for picture in (print_, enlarged)
    ]
    assert steepest[0] > 1.2 * steepest[1]


def test_usage_of_files():
    from pochade.paint_files import encode, encode_frames, form_of, making_of
    from pochade.paint_result import PaintResult

    result = PaintResult(document=painting(20))
    for call in (
        lambda: encode(result, "gif"),
        lambda: encode(result, "jpeg", quality=0),
        lambda: form_of("a.txt"),
        lambda: form_of("a"),
        lambda: encode_frames([], "png", []),
        lambda: making_of(result, frames=1),
    ):
        with pytest.raises(UsageError):
            call()
