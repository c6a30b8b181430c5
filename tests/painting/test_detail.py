"""Maps of detail: by hand, around a subject, of what stands out."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from PIL import Image as PILImage
from scipy.ndimage import distance_transform_edt

from pochade.errors import UsageError
from pochade.painting.detail import (
    AREA,
    detail_map,
    distances,
    painted_detail,
    saliency_detail,
    subject_detail,
)
from pochade.painting.hierarchy import build_hierarchy
from tests.painting.test_hierarchy import noise


def ball(rows: int, cols: int, at: tuple[float, float], radius: float) -> np.ndarray:
    y, x = np.mgrid[:rows, :cols]
    return np.hypot(y - at[0], x - at[1]) < radius


def test_what_stands_out_is_bright():
    picture = noise(200, 300) // 8 + 90
    thing = ball(200, 300, (110, 180), 35)
    picture[thing] = (230, 60, 30)
    found = saliency_detail(picture)
    assert found.shape == (200, 300)
    assert found[thing].mean() > 0.75
    assert found[~thing].mean() < 0.3


def test_one_colour_has_nothing_that_stands_out():
    for shape in ((1, 1), (1, 50), (30, 40)):
        found = saliency_detail(np.full((*shape, 3), 9, np.uint8))
        assert np.unique(found).tolist() == [0.5]


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (2, 3), (9, 200)], ids=str)
def test_small_and_narrow_pictures(shape: tuple[int, int]):
    found = saliency_detail(noise(*shape))
    assert found.shape == shape
    assert (found >= 0).all()
    assert (found <= 1).all()


def test_large_pictures_have_small_maps():
    assert saliency_detail(noise(600, 700)).size <= AREA
    assert painted_detail(np.zeros((3000, 100), bool)).size <= AREA


def test_distances_are_exact():
    rng = np.random.default_rng(0)
    for shape in ((1, 1), (1, 9), (30, 40), (64, 3)):
        inside = rng.random(shape) < 0.05
        inside[rng.integers(shape[0]), rng.integers(shape[1])] = True
        np.testing.assert_allclose(distances(inside), distance_transform_edt(~inside), rtol=1e-12)
    assert np.isinf(distances(np.zeros((3, 4), bool))).all()


def test_around_a_subject():
    alpha = ball(100, 100, (50, 50), 20).astype(np.uint8) * 255
    found = subject_detail(alpha)
    assert found[50, 50] == 1
    assert found[0, 0] == 0
    row = found[50, 70:]
    assert (np.diff(row) <= 0).all()
    assert subject_detail(np.zeros((5, 5), bool)).max() == 0
    with pytest.raises(UsageError):
        subject_detail(alpha, reach=0)


def test_by_hand(tmp_path):
    grey = np.linspace(0, 255, 60).astype(np.uint8).repeat(40).reshape(60, 40)
    PILImage.fromarray(grey).save(tmp_path / "map.png")
    found = detail_map(tmp_path / "map.png", noise(600, 400))
    np.testing.assert_allclose(found, grey / 255, atol=1e-6)
    np.testing.assert_allclose(painted_detail(grey), found, atol=1e-6)
    clear = np.dstack([grey, grey, grey, np.zeros_like(grey)])
    assert painted_detail(clear).max() == 0
    with pytest.raises(UsageError, match="40x60 and the picture 300x200"):
        painted_detail(grey, (200, 300))
    for wrong in (np.full((3, 3), 7.0), np.full((3, 3), np.nan), np.array([["x"]])):
        with pytest.raises(UsageError):
            painted_detail(wrong)


@pytest.mark.skipif(importlib.util.find_spec("scipy") is None, reason="cutout needs scipy")
def test_the_subject_of_a_cutout():
    picture = noise(150, 200) // 10 + 100
    thing = ball(150, 200, (75, 100), 40)
    picture[thing] = (230, 40, 30)
    found = detail_map("subject", picture)
    assert found[thing].mean() > 0.95
    assert found[0, 0] < 0.3


def test_maps_bring_anchors_to_what_matters():
    picture = noise(200, 300) // 4 + 90
    thing = ball(200, 300, (110, 180), 35)
    picture[thing] = picture[thing] // 2 + np.array([100, 0, 0], np.uint8)
    hierarchy = build_hierarchy(picture, None)
    shares = []
    for detail in (None, detail_map("saliency", picture), subject_detail(thing)):
        at = np.floor(hierarchy.anchors(count=400, detail=detail).positions).astype(int)
        shares.append(thing[tuple(at.T)].mean())
    assert min(shares[1:]) > 1.5 * shares[0]
