"""Guides: smoothing, smaller and larger copies, and kernels beside their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from pochade.painting import guide_reference, kernels
from pochade.painting.anchors import Guide
from pochade.painting.guide import make_guide, rounds_of, smooth, strength_of
from pochade.painting.guide_reference import crisp_radius, cubic, fitted, guide_at, taps
from pochade.painting.shrink import shrink, shrink_reference, size_within
from tests.painting.scenes import some_anchors, some_guide

native = pytest.mark.skipif(not kernels.there(), reason="the kernels were not compiled")


def noise(shape, seed=0):
    return np.random.default_rng(seed).random((*shape, 3), np.float32) * 100


def energy(u, f, strength):
    """What smoothing minimises."""
    down = np.diff(u, axis=0, append=u[-1:])
    right = np.diff(u, axis=1, append=u[:, -1:])
    length = np.sqrt((down**2 + right**2).sum(axis=2))
    return float(((u - f) ** 2).sum() / 2 + strength * length.sum())


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 40),
    cols=st.integers(1, 70),
    strength=st.floats(0.01, 80),
    rounds=st.integers(0, 12),
    seed=st.integers(0, 99),
)
def test_smoothing_follows_the_definition(rows, cols, strength, rounds, seed):
    picture = noise((rows, cols), seed)
    wanted = guide_reference.smooth(picture, strength, rounds)
    for threads in (1, 3):
        found = smooth(picture, strength, rounds, threads=threads)
        np.testing.assert_allclose(found, wanted, atol=2e-3)


def test_smoothing_lowers_what_it_minimises():
    for picture in (noise((30, 40)), some_guide().lab):
        for strength in (1.0, 3.0, 10.0):
            enough = rounds_of(strength)
            first, found, least = (
                energy(smooth(picture, strength, rounds), picture, strength)
                for rounds in (0, enough, 1000)
            )
            assert first > found >= least * 0.9999
            # Texture is gone; what is left to gain is in large areas that are nearly flat.
            assert found - least < 0.25 * (first - least)


def test_smoothing_two_pixels_by_hand():
    # Values 0 and 10, each drawn towards the other by the strength, which is less than half apart.
    pair = np.zeros((1, 2, 3), np.float32)
    pair[0, 1, 0] = 10
    np.testing.assert_allclose(smooth(pair, 2.0, 60)[0, :, 0], [2, 8], atol=1e-3)
    np.testing.assert_allclose(smooth(pair, 9.0, 60)[0, :, 0], [5, 5], atol=1e-2)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99), strength=st.floats(0.1, 60))
def test_smoothing_keeps_the_mean_and_adds_no_color(seed, strength):
    picture = noise((20, 33), seed)
    found = smooth(picture, strength, 24)
    np.testing.assert_allclose(found.mean(axis=(0, 1)), picture.mean(axis=(0, 1)), atol=0.05)
    assert found.std() < picture.std()
    np.testing.assert_array_equal(smooth(picture, 0.0, 24), picture)


def test_an_edge_stays_and_texture_goes():
    picture = np.zeros((60, 60, 3), np.float32)
    picture[:, 30:, 0] = 80
    picture[..., 0] += np.random.default_rng(0).normal(0, 3, (60, 60))
    found = smooth(picture, 10.0, 24)[..., 0]
    assert found[:, :28].std() < 0.8
    assert (found[:, 31] - found[:, 28]).min() > 70


def test_a_guide_does_not_depend_on_the_resolution():
    rows, cols = np.mgrid[:240, :320]
    small = np.stack([rows, cols // 2, (rows // 40 + cols // 40) % 2 * 200], 2).astype(np.uint8)
    large = small.repeat(3, axis=0).repeat(3, axis=1)
    one, three = (make_guide(p, area=20_000, threads=2) for p in (small, large))
    assert one.lab.shape == three.lab.shape
    assert three.frame == (720, 960)
    np.testing.assert_allclose(one.lab, three.lab, atol=0.02)


def test_abstraction_is_how_flat():
    picture = noise((80, 90)).astype(np.uint8)
    spread = [make_guide(picture, abstraction=a).lab[..., 0].std() for a in (0, 0.3, 0.6, 1)]
    assert spread == sorted(spread, reverse=True)
    assert strength_of(1, (1000, 1000)) == 4 * strength_of(0.5, (1000, 1000))
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="abstraction"):
            make_guide(picture, abstraction=wrong)


def test_a_guide_of_one_pixel_and_of_one_color():
    assert make_guide(np.zeros((1, 1, 3), np.uint8)).lab.tolist() == [[[0.0, 0.0, 0.0]]]
    grey = make_guide(np.full((50, 60, 3), 119, np.uint8), abstraction=1)
    assert np.ptp(grey.lab, axis=(0, 1)).max() < 1e-3


@settings(max_examples=60, deadline=None)
@given(data=st.data(), dtype=st.sampled_from([np.uint8, np.float32]), channels=st.integers(1, 4))
def test_shrinking_keeps_the_mean(data, dtype, channels):
    rows, cols = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 40))
    size = data.draw(st.integers(1, rows)), data.draw(st.integers(1, cols))
    picture = (np.random.default_rng(rows).random((rows, cols, channels)) * 255).astype(dtype)
    found = shrink(picture, size, threads=2)
    assert found.shape == (*size, channels)
    np.testing.assert_allclose(found.mean(axis=(0, 1)), picture.mean(axis=(0, 1)), rtol=1e-4)
    np.testing.assert_allclose(found, shrink_reference(picture, size), atol=1e-3)


def test_shrinking_is_pillows_box():
    picture = noise((90, 120)).astype(np.uint8)
    # By whole factors: by others Pillow takes whole pixels, not shares of them. It rounds twice.
    pillow = np.asarray(Pillow.fromarray(picture).resize((40, 30), Pillow.Resampling.BOX))
    assert np.abs(shrink(picture, (30, 40)) - pillow).max() <= 1.01
    with pytest.raises(ValueError, match="shrink"):
        shrink(picture, (91, 3))


@given(rows=st.integers(1, 5000), cols=st.integers(1, 5000), area=st.integers(1, 10**6))
def test_sizes_fit_the_area(rows, cols, area):
    found = size_within((rows, cols), area)
    assert found[0] * found[1] <= area or found == (rows, cols)
    assert 1 <= found[0] <= rows
    assert 1 <= found[1] <= cols
    if rows * cols > area > 10_000 and 0.1 < rows / cols < 10:
        assert found[0] * found[1] > 0.9 * area
        assert found[0] / found[1] == pytest.approx(rows / cols, rel=0.05)


@given(offset=st.floats(0, 1), soft=st.floats(0, 1))
def test_taps_add_up_and_keep_lines_straight(offset, soft):
    weights = cubic(np.array([offset]), soft)[0].astype(float)
    assert weights.sum() == pytest.approx(1, abs=1e-6)
    assert weights @ [-1, 0, 1, 2] == pytest.approx(offset, abs=1e-6)


def test_a_guide_at_its_own_size_is_itself():
    guide = some_guide()
    np.testing.assert_array_equal(guide_at(guide, (40, 60), (0, 0, 40, 60)), guide.lab)
    first, weights = taps(7, 7)
    assert (first + 1).tolist() == list(range(7))
    assert weights.tolist() == [[0, 1, 0, 0]] * 7


def test_an_enlarged_edge_is_crisp_and_stays_in_range():
    guide = Guide(np.zeros((20, 20, 3), np.float32), (20, 20))
    guide.lab[:, 10:] = 50
    found = guide_at(guide, (80, 80), (0, 0, 80, 80))
    assert found.min() >= 0
    assert found.max() <= 50 + 1e-3
    assert crisp_radius(4.0) == 4
    between = (found[40, :, 0] > 5) & (found[40, :, 0] < 45)
    # As a ramp it would be four pixels and more; bilinear ones are.
    assert between.sum() <= 4
    assert found[40, 34, 0] < 2
    assert found[40, 45, 0] > 48


def test_a_slanting_edge_has_no_stairs():
    # The half plane right of a line that falls 1 in 3, made four times larger: where the middle
    # between the two colours lies in each row is nearly a straight line.
    rows, cols = np.mgrid[:60, :60]
    share = np.clip(cols + 0.5 - (12 + (rows + 0.5) / 3) + 0.5, 0, 1)
    guide = Guide(np.repeat(share[..., None] * 80, 3, axis=2).astype(np.float32), (60, 60))
    found = guide_at(guide, (240, 240), (0, 0, 240, 240))[..., 0]
    middle = 240 - (found[20:220] / 80).sum(axis=1)
    line = np.polyval(np.polyfit(np.arange(200), middle, 1), np.arange(200))
    assert np.abs(middle - line).max() < 0.35


def test_a_guide_larger_than_the_picture_is_averaged():
    guide = some_guide((80, 120), (80, 120))
    np.testing.assert_allclose(
        fitted(guide, (40, 60)), shrink_reference(guide.lab, (40, 60)), atol=1e-3
    )
    assert fitted(guide, (400, 600)) is guide.lab


@given(data=st.data(), size=st.sampled_from([(40, 60), (97, 143), (20, 33), (160, 31)]))
@settings(max_examples=40, deadline=None)
def test_a_part_of_a_guide_is_a_part(data, size):
    guide = some_guide()
    whole = guide_at(guide, size, (0, 0, *size))
    top = data.draw(st.integers(0, size[0] - 1))
    left = data.draw(st.integers(0, size[1] - 1))
    bottom = data.draw(st.integers(top + 1, size[0]))
    right = data.draw(st.integers(left + 1, size[1]))
    part = guide_at(guide, size, (top, left, bottom, right))
    np.testing.assert_array_equal(part, whole[top:bottom, left:right])


def test_scenes_are_what_they_say():
    assert len(some_anchors(7)) == 7
    assert some_guide((3, 4), (30, 40)).lab.shape == (3, 4, 3)
