"""Finishing a painting: laws that hold for every look."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.errors import UsageError
from pochade.painting.anchors import Anchors
from pochade.painting.brush import finish, limit_colors, view
from pochade.painting.brush.flow import find_flow
from pochade.painting.brush.strokes import FAR
from pochade.painting.look_options import PRESETS, Look
from pochade.painting.presets import load_preset
from tests.painting.brush_pictures import anchors_of, guide_of, painted, part_of, photo

RICH = Look(
    strokes=0.8, dots=0.5, ground=0.3, lines=0.7, wobble=2, glazes=6, wet_edges=1, granulation=0.4,
    pigment=0.6, paper=0.5, canvas=0.4, relief=0.7, border=12, transparent=0.6, saturation=1.2,
    balance=0.5,
)  # fmt: skip


@pytest.mark.parametrize("name", PRESETS)
def test_any_number_of_threads_gives_the_same_bytes(name):
    look = load_preset(name)
    one = painted(look, photo(), threads=1)
    assert one.shape == photo().shape
    assert one.dtype == np.uint8
    assert (one == painted(look, photo(), threads=3)).all()


def test_a_look_without_anything_changes_nothing():
    assert (painted(Look(), photo()) == photo()).all()


@pytest.mark.parametrize("look", [*map(load_preset, PRESETS), RICH], ids=[*PRESETS, "all of it"])
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_a_window_has_the_bytes_of_the_whole(look, data):
    pixels = photo()
    rows, cols = pixels.shape[:2]
    top = data.draw(st.integers(0, rows - 1))
    left = data.draw(st.integers(0, cols - 1))
    bottom = data.draw(st.integers(top + 1, rows))
    right = data.draw(st.integers(left + 1, cols))
    whole = painted(look, pixels)
    part = part_of(look, pixels, (top, left, bottom, right))
    assert (part == whole[top:bottom, left:right]).all()


@pytest.mark.parametrize("look", [*map(load_preset, PRESETS), RICH], ids=[*PRESETS, "all of it"])
def test_a_window_of_a_picture_in_blocks_has_the_bytes_of_the_whole(look, monkeypatch):
    monkeypatch.setattr(view, "SMALL", 2000)
    pixels = photo()
    whole = painted(look, pixels)
    for window in ((0, 0, 20, 31), (51, 67, 83, 111), (70, 0, 120, 180)):
        top, left, bottom, right = window
        assert (part_of(look, pixels, window) == whole[top:bottom, left:right]).all()


def test_strokes_keep_within_their_looseness_of_the_picture():
    """Every layer mixes with colours at most so far away: nothing is painted over."""
    look = Look(strokes=1, bristles=0, color_jitter=0, looseness=0.3)
    off = painted(look, photo()).astype(float) - photo()
    gap = np.sqrt((off**2 * [0.25, 0.5, 0.25]).sum(2))
    assert gap.max() <= FAR * 0.3 + 1
    assert gap.mean() > 1


def test_looser_strokes_stray_farther():
    gaps = []
    for looseness in (0.1, 0.4, 1.0):
        look = Look(strokes=1, looseness=looseness)
        gaps.append(np.abs(painted(look, photo()).astype(float) - photo()).mean())
    assert gaps == sorted(gaps)
    assert gaps[2] > 1.5 * gaps[0]


def test_seeds_differ_and_return():
    look = load_preset("oil")
    first, other = painted(look, photo(), seed=1), painted(look, photo(), seed=2)
    assert (first != other).mean() > 0.5
    assert (first == painted(look, photo(), seed=1)).all()


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (37, 1), (3, 2)])
def test_tiny_pictures_are_painted(name, size):
    pixels = np.full((*size, 3), 120, np.uint8)
    pixels[0, 0] = (200, 30, 10)
    result = painted(load_preset(name), pixels)
    assert result.shape == pixels.shape


@pytest.mark.parametrize("name", ["oil", "gouache", "pointillism"])
def test_one_colour_stays_that_colour_on_average(name):
    pixels = np.full((90, 110, 3), (150, 100, 60), np.uint8)
    mean = painted(load_preset(name), pixels).reshape(-1, 3).mean(0)
    assert np.abs(mean - (150, 100, 60)).max() < 14


@pytest.mark.parametrize("name", PRESETS)
def test_anchors_alone_are_enough(name):
    result = finish(photo(), anchors_of(photo(), 8), None, load_preset(name))
    assert result.shape == photo().shape


def test_a_single_anchor_is_enough():
    one = anchors_of(photo(), 8).take(np.array([5]))
    assert finish(photo(), one, None, load_preset("oil")).shape == photo().shape


def test_a_print_shows_the_same_strokes():
    """Four times the pixels: reduced again, it is the same painting."""
    small = photo(120, 180)
    large = np.repeat(np.repeat(small, 2, 0), 2, 1)
    anchors, guide = anchors_of(small, 8), guide_of(small)
    look = Look(strokes=1, bristles=0, color_jitter=2, looseness=1)
    one = finish(small, anchors, guide, look).astype(float)
    two = finish(large, anchors, guide, look).reshape(120, 2, 180, 2, 3).mean((1, 3))
    alone = one - small
    assert np.corrcoef(alone.ravel(), (two - small).ravel())[0, 1] > 0.85


def test_a_poster_has_few_colours_and_soft_borders_of_a_pixel():
    look = Look(colors=6, smooth=2)
    result = painted(look, photo(240, 360))
    colors, count = np.unique(result.reshape(-1, 3), axis=0, return_counts=True)
    share = np.sort(count)[::-1] / count.sum()
    assert share[:6].sum() > 0.85
    assert len(colors) > 6


def test_a_poster_in_tubes_has_these_colours():
    tubes = np.array([[20, 20, 30], [240, 230, 200], [200, 60, 40]], np.uint8)
    result = painted(Look(colors=8, smooth=1), photo(240, 360), palette=tubes).reshape(-1, 3)
    exact = (result[:, None] == tubes[None]).all(2).any(1)
    assert exact.mean() > 0.8


def test_dots_in_tubes_are_of_tubes_and_their_mean_is_the_picture():
    tubes = np.array([[60, 60, 60], [200, 200, 200]], np.uint8)
    pixels = np.full((700, 900, 3), 130, np.uint8)
    look = Look(dots=3, bristles=0, color_jitter=0, dot_size=14, looseness=1)
    result = painted(look, pixels, step=40, palette=tubes, mixing=1)
    values, count = np.unique(result, return_counts=True)
    assert set(values[np.argsort(count)[-2:]]) == {60, 200}
    assert abs(result.mean() - 130) < 15


def test_strokes_in_tubes_are_mixed_of_two():
    tubes = np.array([[40, 40, 160], [240, 220, 90]], np.uint8)
    look = Look(strokes=1, bristles=0, color_jitter=1, looseness=1, stroke_size=2)
    result = painted(look, photo(), palette=tubes, mixing=1)
    base = painted(Look(strokes=1, bristles=0, color_jitter=1, looseness=1, stroke_size=2), photo())
    assert result[..., 1].std() > 5
    # Between blue and yellow: what has much red has little blue.
    apart = result.astype(float).reshape(-1, 3)
    plain = base.astype(float).reshape(-1, 3)
    assert np.corrcoef(apart[:, 0], apart[:, 2])[0, 1] < np.corrcoef(plain[:, 0], plain[:, 2])[0, 1]


def test_limited_colours_are_mixtures_of_two_tubes():
    tubes = np.array([[10, 10, 10], [250, 240, 230], [200, 40, 30], [30, 60, 160]], np.uint8)
    anchors = anchors_of(photo(), 8)
    snapped = limit_colors(anchors, tubes, mixing=0)
    near = np.abs(snapped.colors[:, None] - tubes[None].astype(float)).max(2).min(1)
    assert near.max() < 0.5
    mixed = limit_colors(anchors, tubes, mixing=1)
    assert len(np.unique(mixed.colors.round(), axis=0)) > 20
    wanted = anchors.colors
    assert np.abs(mixed.colors - wanted).mean() < np.abs(snapped.colors - wanted).mean()


def test_lines_follow_edges():
    pixels = np.full((120, 160, 3), 230, np.uint8)
    pixels[:, 80:] = 60
    look = Look(lines=1, line_size=8)
    result = painted(look, pixels).astype(int)
    changed = np.abs(result - pixels).max(2) > 20
    cols = np.nonzero(changed.any(0))[0]
    assert changed.any(1).mean() > 0.9
    assert cols.min() >= 75
    assert cols.max() <= 85


def test_no_lines_where_there_is_nothing():
    pixels = np.full((80, 90, 3), 130, np.uint8)
    assert (painted(Look(lines=1), pixels) == pixels).all()


@pytest.mark.parametrize(("angle", "cosine", "sine"), [(0, 1, 0), (90, 0, 1), (45, 0.707, 0.707)])
def test_strokes_run_along_stripes(angle, cosine, sine):
    y, x = np.mgrid[:200, :200]
    turn = np.radians(angle)
    wave = 128 + 100 * np.sin((y * np.cos(turn) - x * np.sin(turn)) / 4)
    pixels = np.repeat(wave[..., None], 3, 2).astype(np.uint8)
    flow = find_flow(guide_of(pixels), anchors_of(pixels, 10))
    middle = np.full(1, 100, np.float32)
    c, s, sure = flow.at(middle, middle, (200, 200))
    assert abs(c[0] * cosine + s[0] * sine) > 0.99
    assert sure[0] > 0.7


def test_wet_edges_only_darken_and_only_the_dark_side():
    pixels = np.full((600, 800, 3), 220, np.uint8)
    pixels[:, 400:] = 120
    result = painted(Look(wet_edges=2), pixels).astype(int)
    assert (result <= pixels).all()
    assert (result[:, :399] == 220).all()
    assert result[300, 401, 0] < 112
    assert result[300, 460, 0] >= 118


def test_a_border_is_paper_and_the_middle_is_not():
    pixels = np.full((200, 300, 3), (40, 90, 160), np.uint8)
    result = painted(Look(border=30), pixels)
    assert (result[0, :] == (247, 243, 234)).all(1).mean() > 0.95
    assert (result[60:140, 60:240] == (40, 90, 160)).all()


@pytest.mark.parametrize(
    ("window", "words"), [((0, 0, 5, 500), "no part"), ((5, 5, 5, 9), "no part")]
)
def test_a_window_outside_is_an_error(window, words):
    with pytest.raises(UsageError, match=words):
        finish(photo(), anchors_of(photo(), 8), None, Look(), window=window, size=(120, 180))


def test_the_wrong_part_is_an_error():
    anchors: Anchors = anchors_of(photo(), 8)
    look = load_preset("oil")
    with pytest.raises(UsageError, match="needs the painting of"):
        finish(photo()[:7, :7], anchors, None, look, window=(0, 0, 9, 9), size=(120, 180))
