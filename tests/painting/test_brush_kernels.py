"""The brush's kernels against their plain versions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.painting.brush import flats, marks, surface
from pochade.painting.brush import noise as noises
from pochade.painting.brush.view import View
from pochade.painting.look_options import PRESETS, Look
from pochade.painting.presets import load_preset
from tests.painting.brush_pictures import anchors_of, painted, photo

pytestmark = pytest.mark.skipif(marks.kernels() is None, reason="the kernels were not built")


def some_marks(seed: int, n: int, rows: int, cols: int) -> marks.Marks:
    rng = np.random.default_rng(seed)
    table = np.zeros((n, marks.COLUMNS), np.float32)
    table[:, marks.ROW], table[:, marks.COL] = (
        rng.uniform(-9, rows + 9, n),
        rng.uniform(-9, cols + 9, n),
    )
    angle = rng.uniform(0, np.pi, n)
    table[:, marks.COS], table[:, marks.SIN] = np.cos(angle), np.sin(angle)
    table[:, marks.LENGTH], table[:, marks.WIDTH] = rng.uniform(1, 40, n), rng.uniform(0.6, 12, n)
    table[:, marks.BEND] = rng.uniform(-1, 1, n) / table[:, marks.LENGTH]
    table[:, marks.RED : marks.RED + 3] = rng.uniform(0, 255, (n, 3))
    table[:, marks.OPACITY] = rng.uniform(0.2, 1, n)
    table[:, marks.ACROSS], table[:, marks.ALONG] = rng.uniform(1, 14, n), 4
    table[:, marks.AT_ROW], table[:, marks.AT_COL] = rng.uniform(0, 128, (2, n))
    table[:, marks.BRISTLE] = rng.uniform(0, 1, n)
    table[:, marks.TOLERANCE] = np.where(rng.uniform(size=n) < 0.5, 0, rng.uniform(20, 300, n))
    table[:, marks.THICKNESS], table[:, marks.STREAK] = 2, 30
    table[:, marks.FEATHER] = np.maximum(1, table[:, marks.WIDTH] * 0.15)
    table[:, marks.CAP] = rng.uniform(0, 1, n)
    return marks.Marks(table)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 999), n=st.integers(0, 60), top=st.integers(0, 300))
def test_strokes_as_the_plain_version_lays_them(seed, n, top):
    rows, cols, left = 90, 150, 40
    laid = some_marks(seed, n, rows, cols)
    laid.table[:, marks.ROW] += top
    laid.table[:, marks.COL] += left
    target = np.random.default_rng(seed).integers(0, 256, (rows, cols, 3), np.uint8)
    fast, plain = np.full_like(target, 200), np.full_like(target, 200)
    high, low = np.zeros((rows, cols), np.float32), np.zeros((rows, cols), np.float32)
    marks.draw(fast, high, target, laid, top=top, left=left, seed=3, threads=2)
    marks.draw_reference(plain, low, target, laid, marks.hairs(3), top, left)
    assert np.abs(fast.astype(int) - plain).max(initial=0) <= 1
    assert np.abs(high - low).max() < 1e-3


def test_later_strokes_lie_over_earlier_ones():
    table = np.zeros((2, marks.COLUMNS), np.float32)
    table[:, [marks.ROW, marks.COL]] = 20
    table[:, marks.COS], table[:, marks.LENGTH], table[:, marks.WIDTH] = 1, 12, 6
    table[:, marks.OPACITY] = table[:, marks.FEATHER] = 1
    table[0, marks.RED], table[1, marks.RED] = 250, 90
    canvas, height = np.zeros((40, 40, 3), np.uint8), np.zeros((40, 40), np.float32)
    marks.draw(canvas, height, canvas.copy(), marks.Marks(table), top=0, left=0, seed=0)
    assert canvas[20, 20].tolist() == [90, 0, 0]
    assert canvas[20, 2].tolist() == [0, 0, 0]
    assert canvas[5, 20].tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", PRESETS)
def test_presets_without_kernels_look_the_same(name, monkeypatch):
    look = load_preset(name)
    fast = painted(look, photo(60, 90)).astype(int)
    for module in (marks, surface, flats):
        monkeypatch.setattr(module, "kernels", lambda: None)
    gap = np.abs(fast - painted(look, photo(60, 90)))
    assert gap.max() <= 3
    assert (gap > 1).mean() < 0.001


@pytest.mark.parametrize("part", [(0, 0, 120, 180), (17, 33, 120, 150)])
def test_canvas_paper_and_border_as_the_plain_version(part, monkeypatch):
    look = Look(
        paper=1, canvas=1, granulation=1, pigment=1, border=20, transparent=1, relief=1, grain=4
    )
    view = View((120, 180), part)
    pixels = photo()[part[0] : part[2], part[1] : part[3]]
    height = np.random.default_rng(1).uniform(0, 2, pixels.shape[:2]).astype(np.float32)
    wet = height * np.float32(0.1)
    pixels = np.ascontiguousarray(pixels)
    fast = surface.lay_on_surface(pixels, height, wet, look, view, seed=9, threads=2)
    monkeypatch.setattr(surface, "kernels", lambda: None)
    plain = surface.lay_on_surface(pixels, height, wet, look, view, seed=9)
    assert np.abs(fast.astype(int) - plain).max() <= 1


def test_a_wash_as_the_plain_version(monkeypatch):
    look = Look(wobble=6, glazes=7, saturation=1.4, contrast=1.2, lift=-9, balance=1)
    view = View((120, 180), (0, 0, 120, 180))
    anchors = anchors_of(photo(), 8)
    fast = surface.wash(photo(), look, anchors, view, seed=4, threads=2)
    monkeypatch.setattr(surface, "kernels", lambda: None)
    plain = surface.wash(photo(), look, anchors, view, seed=4)
    gap = np.abs(fast.astype(int) - plain)
    assert (gap > 1).mean() < 0.002  # the steep side of a glaze multiplies the last bit


def test_noise_is_even_and_has_no_memory_of_its_grid():
    y, x = np.mgrid[:256, :256].astype(np.float32)
    corners = noises.lattice(x.astype(int), y.astype(int), 5)
    assert abs(corners.mean() - 0.5) < 0.01
    assert abs(np.corrcoef(corners[:, :-1].ravel(), corners[:, 1:].ravel())[0, 1]) < 0.02
    assert (
        abs(
            np.corrcoef(corners.ravel(), noises.lattice(x.astype(int), y.astype(int), 6).ravel())[
                0, 1
            ]
        )
        < 0.02
    )
    cloud = noises.clouds(x / 7, y / 7, 3, 5)
    assert 0 <= cloud.min() < 0.25
    assert 0.75 < cloud.max() < 1


def test_hairs_have_no_seam():
    texture = marks.hairs(0)
    inside = np.abs(np.diff(texture, axis=0)).mean()
    seam = np.abs(texture[0] - texture[-1]).mean()
    assert seam < 2 * inside
    assert texture.min() == 0
    assert texture.max() == 1
    along, across = (np.abs(np.diff(texture, axis=axis)).mean() for axis in (1, 0))
    assert along < across / 2
