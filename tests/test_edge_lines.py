"""Thin edges: ridges, thresholds, groups, and how they are drawn."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import pochade
from pochade.edge_lines import (
    choose_thresholds,
    connected,
    connected_reference,
    find_ridges,
    smoothed,
    thin,
    thin_reference,
)
from pochade.edge_looks import color_map, levels, widened


def step(height: int = 40, width: int = 60, at: int = 30) -> np.ndarray:
    picture = np.full((height, width, 3), 40, np.uint8)
    picture[:, at:] = 180
    return picture


def test_a_step_is_one_straight_line_where_it_is():
    for window in (3, 5, 9):
        result = pochade.edges(step(), window=window)
        rows, columns = np.nonzero(result.thin)
        assert rows.tolist() == list(range(40))
        assert set(columns.tolist()) in ({29}, {30})
    rows, columns = np.nonzero(pochade.edges(step().transpose(1, 0, 2)).thin)
    assert sorted(columns.tolist()) == list(range(40))
    assert len(set(rows.tolist())) == 1


@pytest.mark.parametrize("radius", [1.5, 2.5, 4.0])
def test_dots_make_no_filled_blobs(radius: float):
    y, x = np.mgrid[:63, :63] % 21 - 10
    picture = np.where(np.hypot(y, x) < radius, 30, 220).astype(np.uint8)
    ridges = pochade.edges(picture).ridges > 0
    inner = ridges[1:-1, 1:-1].copy()
    for dy in (0, 1, 2):
        for dx in (0, 1, 2):
            inner &= ridges[dy : dy + 61, dx : dx + 61]
    assert not inner.any()


def test_a_slanted_step_is_one_connected_line():
    rows, columns = np.indices((80, 80))
    for slope in (0.2, 0.5, 1.0, 2.0, 5.0, -0.7):
        picture = np.where(columns - 40 > slope * (rows - 40), 200, 50).astype(np.uint8)
        found = pochade.edges(picture).thin
        distance = np.abs(columns - 40 - slope * (rows - 40)) / np.hypot(1, slope)
        assert distance[found].max() < 1.5
        length = 80 * np.hypot(1, slope) if abs(slope) < 1 else 80 * np.hypot(1, 1 / slope)
        assert 0.6 * length < found.sum() < 1.45 * length


def test_a_disc_has_a_closed_outline():
    rows, columns = np.indices((90, 90))
    away = np.hypot(rows - 45, columns - 45)
    picture = np.where(away < 28, 220, 30).astype(np.uint8)
    found = pochade.edges(picture).thin
    assert np.abs(away[found] - 28).max() < 1.5
    angles = np.sort(np.arctan2(rows[found] - 45, columns[found] - 45))
    assert max(b - a for a, b in pairwise(angles)) < 0.1


def test_ridges_of_a_map_computed_by_hand():
    values = np.zeros((5, 7), np.float32)
    values[:, 2:5] = [1, 3, 2]
    expected = np.zeros_like(values)
    expected[:, 3] = 3
    assert np.array_equal(thin(values, values), expected)
    assert np.array_equal(thin(values.T.copy(), values.T.copy()), expected.T)


def test_of_two_equal_neighbours_one_is_kept():
    values = np.zeros((6, 8), np.float32)
    values[:, 3:5] = 2
    curved = smoothed(values, 1.5)
    assert (np.count_nonzero(thin(values, curved), axis=1) == 1).all()


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (2, 2), (37, 53), (300, 7)])
def test_kernel_and_reference_find_the_same_ridges(shape: tuple[int, int]):
    random = np.random.default_rng(0)
    values = random.random(shape, np.float32)
    values[random.random(shape) < 0.2] = 0
    for curved in (values, smoothed(values, 1.5), np.zeros_like(values)):
        assert np.array_equal(thin(values, curved, 2), thin_reference(values, curved))


def test_groups_computed_by_hand():
    ridges = np.array(
        [
            [5, 2, 0, 0, 2, 2, 2],
            [0, 0, 2, 0, 0, 0, 0],
            [0, 0, 0, 1, 0, 5, 0],
            [5, 0, 0, 0, 0, 0, 2],
        ],
        np.float32,
    )
    expected = np.array(
        [
            [1, 1, 0, 0, 0, 0, 0],
            [0, 0, 1, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 1, 0],
            [1, 0, 0, 0, 0, 0, 1],
        ],
        bool,
    )
    for function in (connected, connected_reference):
        assert np.array_equal(function(ridges, 2, 5), expected)
        assert function(ridges, 2, 5, 3).sum() == 3
        assert not function(ridges, 2, 6).any()
        assert function(ridges, 1, 5).sum() == 7
    assert connected(ridges, 0, 0).sum() == np.count_nonzero(ridges)


@pytest.mark.parametrize("seed", range(8))
def test_kernel_and_reference_keep_the_same_groups(seed: int):
    random = np.random.default_rng(seed)
    ridges = random.random((41, 67), np.float32) * (random.random((41, 67)) < 0.4)
    for low, high, least in ((0.2, 0.9, 1), (0.5, 0.6, 4), (0.0, 0.99, 12)):
        found = connected(ridges, low, high, least)
        assert np.array_equal(found, connected_reference(ridges, max(low, 1e-9), high, least))


def test_groups_agree_with_scipy_labels():
    label = pytest.importorskip("scipy.ndimage").label
    random = np.random.default_rng(9)
    ridges = random.random((80, 90), np.float32) * (random.random((80, 90)) < 0.35)
    groups, n = label(ridges >= 0.3, np.ones((3, 3)))
    strong = np.unique(groups[ridges >= 0.9])
    sizes = np.bincount(groups.ravel(), minlength=n + 1)
    kept = [group for group in strong if group and sizes[group] >= 5]
    assert np.array_equal(connected(ridges, 0.3, 0.9, 5), np.isin(groups, kept))


def test_texture_is_quietened_and_the_contour_stays():
    random = np.random.default_rng(1)
    picture = np.full((100, 200, 3), 90, np.uint8)
    picture[:, :100] = random.integers(30, 100, (100, 100, 1))
    picture[:, 150:] = 250
    strength = pochade.edges(picture).strength
    loud, quiet = (find_ridges(strength, 5, surround=s) for s in (0.0, 0.8))

    def ratio(ridges: np.ndarray) -> float:
        textured = ridges[5:-5, 20:80]
        return float(ridges[5:-5, 145:155].max() / np.median(textured[textured > 0]))

    assert ratio(quiet) > 2 * ratio(loud)


def test_thresholds_given_stay():
    ridges = np.array([[0, 1, 2, 8]], np.float32)
    found = choose_thresholds(ridges, 0.0, 5, surround=0.8, low=1.0, high=4.0)
    assert found == (1.0, 4.0, "as given")
    found = choose_thresholds(ridges, 0.0, 5, surround=0.8, low=None, high=5.0)
    assert found[:2] == (2.0, 5.0)
    found = choose_thresholds(ridges, 0.0, 5, surround=0.8, low=7.5, high=None)
    assert found[:2] == (7.5, 7.5)


def test_thresholds_found_and_why():
    ridges = np.ones((10, 100), np.float32)
    ridges[0] = 3
    low, high, reason = choose_thresholds(ridges, 0.0, 5, surround=0.8, low=None, high=None)
    assert high == pytest.approx(np.sqrt(1.8))
    assert low == pytest.approx(0.4 * np.sqrt(1.8))
    assert "root mean square" in reason
    ridges[:] = 4
    _, high, reason = choose_thresholds(ridges, 0.0, 5, surround=0.8, low=None, high=None)
    assert high == pytest.approx(2)
    assert "half of 4" in reason
    _, high, reason = choose_thresholds(ridges, 50.0, 5, surround=0.8, low=None, high=None)
    assert high == pytest.approx(50 * (0.2 + 4 / np.sqrt(48)))
    assert "noise" in reason


def test_noise_alone_has_hardly_an_edge():
    random = np.random.default_rng(2)
    for window in (3, 5, 9):
        for channels in (1, 3):
            picture = np.rint(random.normal(128, 12, (200, 300, channels))).astype(np.uint8)
            assert pochade.edges(picture, window=window).thin.mean() < 2e-4


def test_thin_edges_are_ridges_and_long_enough():
    picture = np.random.default_rng(3).integers(0, 256, (12, 16, 3), np.uint8)
    picture = np.repeat(np.repeat(picture, 9, 0), 9, 1)
    result = pochade.edges(picture)
    assert result.thin.any()
    assert (result.ridges[result.thin] >= np.float32(result.thresholds.low)).all()
    short = pochade.edges(picture, min_length=1).thin
    assert (short | result.thin).sum() == short.sum()
    assert not pochade.edges(picture, min_length=10_000).thin.any()


def test_the_map_of_thin_edges_is_the_one_asked_for():
    picture = step()
    assert pochade.edges(picture).line_setting == ("lab", 0.5)
    for options in ({"space": "srgb"}, {"noise": 2.0}):
        same = pochade.edges(picture, **options)
        assert same.line_strength is same.strength
    grid = pochade.edges(step(at=32), grid=True)
    assert grid.thin.shape == (8, 12)
    assert grid.thin.any()


def test_looks():
    picture = step()
    grey = pochade.edges(picture, white=100.0)
    expected = np.minimum(np.rint(grey.strength * 2.55), 255)
    assert np.abs(grey.image[..., 0] - expected).max() <= 1
    assert (grey.image[..., 0] == grey.image[..., 2]).all()
    inverted = pochade.edges(picture, white=100.0, invert=True)
    assert np.array_equal(inverted.image, 255 - grey.image)
    colors = pochade.edges(picture, white=100.0, look="color", color_map="inferno")
    assert np.array_equal(colors.image, color_map("inferno")[grey.image[..., 0]])
    binary = pochade.edges(picture, look="binary")
    assert np.array_equal(binary.image[..., 0] == 255, binary.thin)
    overlay = pochade.edges(picture, look="overlay", edge_color="#0f0")
    assert (overlay.image[overlay.thin] == [0, 255, 0]).all()
    assert np.array_equal(overlay.image[~overlay.thin], picture[~overlay.thin])


def test_an_overlay_keeps_alpha_and_fits_the_valid_part():
    picture = np.dstack([step(), np.full((40, 60), 128, np.uint8)])
    overlay = pochade.edges(picture, look="overlay", border="valid")
    assert overlay.image.shape == (36, 56, 4)
    inner = picture[2:-2, 2:-2]
    assert np.array_equal(overlay.image[~overlay.thin], inner[~overlay.thin])
    assert (overlay.image[overlay.thin][:, 3] == 255).all()
    through = pochade.edges(step(), look="overlay", edge_color="#00ff0080")
    assert (through.image[through.thin] == [0, 255, 0, 128]).all()


def test_white_is_found():
    picture = step(100, 300, 150)
    result = pochade.edges(picture)
    assert result.white == pytest.approx(float(np.quantile(result.strength, 0.995)))
    dot = np.zeros((100, 300, 3), np.uint8)
    dot[50, 50] = 255
    few = pochade.edges(dot)
    assert few.white == few.strength.max()
    assert few.image.max() == 255


def test_colour_maps_are_matplotlibs():
    matplotlib = pytest.importorskip("matplotlib")
    for name in ("viridis", "inferno", "magma", "plasma"):
        expected = np.rint(np.array(matplotlib.colormaps[name].colors) * 255)
        assert np.array_equal(color_map(name), expected)


def test_levels_round_and_end():
    values = np.array([[0, 0.5, 1, 2, 300]], np.float32)
    assert levels(values, 255.0).tolist() == [[0, 1, 1, 2, 255]]


def test_lines_grow_wide():
    line = np.zeros((20, 30), bool)
    line[10] = True
    for width in (1, 2, 3, 4, 5, 8):
        assert (widened(line, width).sum(axis=0) == width).all()
    dot = np.zeros((9, 9), bool)
    dot[4, 4] = True
    assert [int(widened(dot, width).sum()) for width in (2, 3, 5)] == [4, 9, 21]
    corner = np.zeros((4, 4), bool)
    corner[0, 0] = True
    assert widened(corner, 7)[3, 0]
    assert np.array_equal(widened(dot, 5), widened(dot, 5).T)
