"""Working spaces: colours come back, distances mean what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pochade import UsageError
from pochade.color.convert import convert
from pochade.color.difference import ciede2000
from pochade.color.working import SPACES, working_space

spaces = st.sampled_from(SPACES)
bytes_of = st.integers(0, 255)
rows = st.integers(1, 40)


def colors(channels):
    return rows.flatmap(lambda n: arrays.arrays(np.uint8, (n, channels), elements=bytes_of))


@given(spaces, colors(3))
def test_colors_come_back(name, before):
    space = working_space(name, alpha=False)
    assert np.array_equal(space.palette(space.points(before)), before)


@given(spaces, colors(4))
def test_colors_with_alpha_come_back(name, before):
    """Straight colours too, even at alpha 1: points are float32, not rounded products."""
    before[before[:, 3] == 0] = 0
    space = working_space(name, alpha=True)
    assert np.array_equal(space.palette(space.points(before)), before)


@pytest.mark.parametrize("name", SPACES)
def test_every_grey_and_every_edge_of_the_cube_comes_back(name):
    ramp = np.arange(256, dtype=np.uint8)
    ends = np.array([0, 255], np.uint8)
    cube = np.stack(np.meshgrid(ramp, ends, ends, indexing="ij"), axis=-1).reshape(-1, 3)
    every = np.concatenate(
        [np.repeat(ramp[:, None], 3, axis=1)] + [np.roll(cube, i, 1) for i in range(3)]
    )
    space = working_space(name, alpha=False)
    assert np.array_equal(space.palette(space.points(every)), every)


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("alpha", [False, True])
def test_shape_and_extent(name, alpha):
    ends = np.array([[0, 0, 0, 255], [255, 255, 255, 255]], np.uint8)[:, : 3 + alpha]
    space = working_space(name, alpha=alpha)
    points = space.points(ends)
    assert points.dtype == np.float32
    assert points.shape == (2, space.dimensions)
    assert space.centers(points).shape == (2, 3 + alpha)
    assert np.linalg.norm(points[1] - points[0]) == pytest.approx(space.extent, rel=1e-5)


@given(spaces, arrays.arrays(np.uint8, (2, 4), elements=bytes_of))
def test_distance_with_alpha_is_the_mean_over_black_and_white(name, pair):
    """In the space's own blend: over a ground g a colour c of alpha a is a c + (1 - a) g."""
    opaque, space = working_space(name, alpha=False), working_space(name, alpha=True)
    seen = opaque.points(np.ascontiguousarray(pair[:, :3])).astype(float)
    black, white = opaque.points(np.array([[0, 0, 0], [255, 255, 255]], np.uint8)).astype(float)
    share = pair[:, 3:].astype(float) / 255
    grounds = [(seen * share + (1 - share) * ground) for ground in (black, white)]
    expected = np.mean([((over[0] - over[1]) ** 2).sum() for over in grounds])
    one, two = space.points(pair).astype(float)
    assert ((one - two) ** 2).sum() == pytest.approx(expected, rel=1e-3, abs=1e-5 * space.extent**2)


def test_what_hides_under_alpha_0_is_one_point():
    hidden = np.array([[0, 0, 0, 0], [255, 0, 9, 0], [1, 200, 3, 0]], np.uint8)
    for name in SPACES:
        space = working_space(name, alpha=True)
        assert (space.points(hidden) == space.points(hidden)[0]).all()
        assert (space.palette(space.points(hidden)) == 0).all()


def test_oklab_follows_ciede2000_better_than_plain_oklab():
    generator = np.random.default_rng(0)
    one = generator.integers(0, 256, (4000, 3)).astype(np.int16)
    two = np.clip(one + generator.integers(-12, 13, one.shape), 0, 255)
    one, two = one.astype(np.uint8), two.astype(np.uint8)
    truth = ciede2000(convert(one, "srgb", "lab"), convert(two, "srgb", "lab"))
    space = working_space("oklab", alpha=False)
    bent = np.linalg.norm((space.points(one) - space.points(two))[:, :3], axis=1)
    plain = np.linalg.norm(convert(one, "srgb", "oklab") - convert(two, "srgb", "oklab"), axis=1)

    def spread(distance):
        ratio = np.log(distance[truth > 0.5] / truth[truth > 0.5])
        return ratio.std()

    assert spread(bent) < 0.95 * spread(plain)


def test_centers_far_outside_still_give_colors():
    space = working_space("oklab", alpha=False)
    far = np.array([[0.5, 9, -9, 0], [-1, 0, 0, 0], [4, 1, 1, 4]], np.float64)
    assert space.palette(far).shape == (3, 3)


def test_unknown_space():
    with pytest.raises(UsageError, match="unknown colour space 'hsv'"):
        working_space("hsv", alpha=False)
