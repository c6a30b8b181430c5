"""Laws of edges: what they do not depend on, and what they scale with."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import pochade
from pochade.edge_lines import connected, find_ridges

MODEST = settings(max_examples=40, deadline=None)
WINDOWS = st.sampled_from([3, 5, 7, 9, 15])


@st.composite
def pictures(draw: st.DrawFn, top: int = 255) -> np.ndarray:
    """Small pictures of few and of many levels."""
    shape = draw(st.tuples(st.integers(1, 24), st.integers(1, 24), st.sampled_from([1, 3])))
    few = draw(st.sampled_from([2, 5, top + 1]))
    numbers = hnp.arrays(np.int64, shape, elements=st.integers(0, few - 1))
    return (draw(numbers) * (top // max(1, few - 1))).astype(np.uint8)


def fits(picture: np.ndarray, window: int) -> bool:
    return window <= max(picture.shape[:2])


@MODEST
@given(pictures(top=200), st.integers(0, 55), WINDOWS)
def test_a_brighter_picture_has_the_same_edges(picture: np.ndarray, more: int, window: int):
    assume(fits(picture, window))
    first = pochade.edges(picture, window=window)
    second = pochade.edges(picture + np.uint8(more), window=window)
    assert np.array_equal(first.strength, second.strength)


@MODEST
@given(pictures(top=60), st.integers(2, 4), WINDOWS)
def test_strength_scales_with_contrast(picture: np.ndarray, factor: int, window: int):
    assume(fits(picture, window))
    first = pochade.edges(picture, window=window, space="srgb", min_length=1)
    second = pochade.edges(picture * np.uint8(factor), window=window, space="srgb", min_length=1)
    np.testing.assert_allclose(second.strength, factor * first.strength, rtol=3e-7)
    assert abs(second.thresholds.high - factor * first.thresholds.high) <= 1e-3 * factor * (
        1 + first.thresholds.high
    )


@MODEST
@given(pictures(), WINDOWS)
def test_turning_the_picture_turns_the_strengths(picture: np.ndarray, window: int):
    assume(fits(picture, window))
    strength = pochade.edges(picture, window=window).strength
    for turn in (lambda a: a.swapaxes(0, 1), lambda a: a[::-1], lambda a: a[:, ::-1]):
        turned = pochade.edges(np.ascontiguousarray(turn(picture)), window=window).strength
        assert np.array_equal(turned, turn(strength))


@MODEST
@given(pictures(), WINDOWS)
def test_strength_has_bounds(picture: np.ndarray, window: int):
    """0 where a window is flat; at most half of the range for each channel (Popoviciu)."""
    assume(fits(picture, window))
    strength = pochade.edges(picture, window=window).strength
    span = np.ptp(picture.astype(np.int64), axis=(0, 1))
    assert (strength >= 0).all()
    assert strength.max() <= np.sqrt(np.square(span / 2).sum()) * (1 + 1e-6)


@MODEST
@given(pictures(), WINDOWS)
def test_the_grid_samples_the_sliding_map(picture: np.ndarray, window: int):
    assume(window <= min(picture.shape[:2]))
    grid = pochade.edges(picture, window=window, grid=True).strength
    centres = pochade.edges(picture, window=window).strength[window // 2 :: window]
    centres = centres[:, window // 2 :: window][: grid.shape[0], : grid.shape[1]]
    assert np.array_equal(grid, centres)


@MODEST
@given(pictures(), st.floats(0, 120), st.floats(0, 120))
def test_more_noise_leaves_less(picture: np.ndarray, one: float, other: float):
    assume(fits(picture, 5))
    maps = [pochade.edges(picture, noise=noise).strength for noise in sorted((one, other))]
    assert (maps[0] >= maps[1]).all()


@MODEST
@given(
    hnp.arrays(np.float32, (9, 12), elements=st.floats(0, 8, width=16)),
    st.floats(0.1, 4),
    st.floats(0, 4),
    st.integers(1, 6),
)
def test_groups_reach_high_and_stay_above_low(
    ridges: np.ndarray, low: float, more: float, least: int
):
    high = low + more
    kept = connected(ridges, low, high, least)
    assert (ridges[kept] >= np.float32(low)).all()
    if least == 1:
        assert kept[ridges >= np.float32(high)].all()
    stricter = connected(ridges, low, high + 1, least)
    assert not (stricter & ~kept).any()
    assert not (connected(ridges, low, high, least + 3) & ~kept).any()


@MODEST
@given(pictures(), st.floats(0, 1), st.floats(0, 1))
def test_a_stronger_surround_takes_away_more(picture: np.ndarray, one: float, other: float):
    assume(fits(picture, 5))
    strength = pochade.edges(picture).strength
    less, more = (find_ridges(strength, 5, surround=s) for s in sorted((one, other)))
    both = (less > 0) & (more > 0)
    assert (less[both] >= more[both]).all()


@settings(max_examples=15, deadline=None)
@given(pictures(), WINDOWS, st.sampled_from(["lab", "oklab", "srgb", None]))
def test_threads_do_not_matter(picture: np.ndarray, window: int, space: str | None):
    assume(fits(picture, window))
    picture = np.tile(picture, (40, 3, 1))
    one, three = (
        pochade.edges(picture, window=window, space=space, threads=threads) for threads in (1, 3)
    )
    assert np.array_equal(one.strength, three.strength)
    assert np.array_equal(one.thin, three.thin)
