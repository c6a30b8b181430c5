"""The walls between clusters are where the nearest centre changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.color.working import working_space
from pochade.plot.cloud_walls import find_walls

colors = st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=2, max_size=6, unique=True).map(
    lambda rows: np.array(rows, np.uint8)
)


@settings(max_examples=40, deadline=None)
@given(palette=colors)
def test_walls_lie_between_their_sides(palette: np.ndarray):
    walls = find_walls(palette, "srgb", steps=13)
    assert (walls.quads >= 0).all()
    assert (walls.quads < len(walls.vertices)).all()
    assert (walls.sides[:, 0] < walls.sides[:, 1]).all()
    assert (walls.vertices >= 0).all()
    assert (walls.vertices <= 255).all()
    entries = palette.astype(float)
    for quad, sides in zip(walls.quads, walls.sides, strict=True):
        middle = walls.vertices[quad].mean(axis=0)
        away = np.linalg.norm(entries - middle, axis=1)
        # Within one grid cell (22) of the place where both are nearest.
        assert (away[sides] <= away.min() + 22).all()


def test_a_plane_is_flat_and_whole():
    palette = np.array([[60, 0, 0], [140, 0, 0]], np.uint8)
    walls = find_walls(palette, "srgb", steps=9)
    np.testing.assert_allclose(walls.vertices[:, 0], 100, atol=1e-4)
    corners = walls.vertices[walls.quads][:, :, 1:]
    spans = corners.max(axis=1) - corners.min(axis=1)
    assert spans.prod(axis=1).sum() == pytest.approx(255 * 255, rel=1e-5)


@pytest.mark.parametrize("space", ["lab", "oklab"])
def test_bent_walls_are_nearly_equally_far(space: str):
    palette = np.array([[200, 30, 40], [30, 90, 200], [240, 240, 220]], np.uint8)
    walls = find_walls(palette, space)
    working = working_space(space, alpha=False)
    entries = working.points(palette).astype(float)
    for pair in np.unique(walls.sides, axis=0):
        own = np.unique(walls.quads[(walls.sides == pair).all(axis=1)])
        at = working.points(np.rint(walls.vertices[own]).astype(np.uint8)).astype(float)
        first, second = (np.linalg.norm(at - entries[one], axis=1) for one in pair)
        assert np.median(np.abs(first - second)) < 0.01 * working.extent


def test_one_cluster_has_no_walls():
    walls = find_walls(np.array([[1, 2, 3]], np.uint8), "srgb")
    assert len(walls.quads) == len(walls.vertices) == 0
