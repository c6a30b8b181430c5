"""Solving: colours that paint a picture best, found again where they are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.paint_options import PaintSettings
from pochade.painting import kernels
from pochade.painting.anchors import Anchors
from pochade.painting.blend import LOCAL, STRETCH, blend, scene_of
from pochade.painting.cut import cut
from pochade.painting.laying import Bench, knobs_of, lay
from pochade.painting.solve import solve_colors
from pochade.painting.solve_reference import Mixture, mixture, solve_reference
from pochade.painting.subject import make_subject
from tests.painting.scenes import some_anchors, some_guide

native = pytest.mark.skipif(not kernels.there(), reason="the kernels were not compiled")


def scene(anchors, guide, size, **knobs):
    given_ones = {
        "neighbours": 8, "softness": 0.35, "edges": 12.0, "kernel": "continuous", "local": LOCAL,
        "stretch": STRETCH, "window": None,
    }  # fmt: skip
    return scene_of(anchors, guide, size, **(given_ones | knobs))


def some_picture(size=(40, 60), seed=5):
    random = np.random.default_rng(seed)
    rows, cols = np.mgrid[: size[0], : size[1]]
    waves = [np.sin(rows / 7 + c) * np.cos(cols / 9 - c) for c in random.random(3) * 6]
    return (128 + 100 * np.stack(waves, axis=2)).astype(np.uint8)


def error(picture, anchors, guide, **knobs):
    painted = blend(anchors, guide, picture.shape[:2], as_floats=True, **knobs)
    return float(((painted - picture) ** 2).mean())


@native
@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(1, 120),
    seed=st.integers(0, 99),
    ridge=st.floats(0.01, 1),
    kernel=st.sampled_from(["continuous", "inverse"]),
)
def test_kernels_follow_the_definition(n, seed, ridge, kernel):
    anchors, guide = some_anchors(n, seed=seed), some_guide()
    made = scene(anchors, guide, (40, 60), kernel=kernel, neighbours=6)
    wanted = some_picture().astype(np.float32)
    # One mixture for both: an inverse distance jumps where the last neighbour and the next are
    # equally far, so that rounding decides between them, and other weights have other colours.
    who, weights = kernels.weigh(made, 2)
    pixels = np.repeat(np.arange(2400), who.shape[1])
    parts = Mixture(pixels, who.ravel().astype(np.intp), weights.ravel().astype(float))
    # To the end: on the way the descent magnifies rounding in colours that hardly show.
    one = solve_reference(made, wanted, ridge, 100, parts)
    two = kernels.solve(made, wanted, ridge, 100, 2)
    knobs = {"as_floats": True, "kernel": kernel, "neighbours": 6}
    pictures = [blend(anchors.with_colors(c), guide, (40, 60), **knobs) for c in (one, two)]
    np.testing.assert_allclose(pictures[0], pictures[1], atol=0.01)
    if kernel == "continuous":
        own = anchors.with_colors(solve_reference(made, wanted, ridge, 100))
        assert np.abs(blend(own, guide, (40, 60), **knobs) - pictures[1]).mean() < 0.03


def test_two_anchors_by_hand():
    # Two pixels, and so near to one anchor each that the other hardly counts: with an even pull
    # towards what was there, the colours go half the way.
    anchors = Anchors(
        [[0.5, 0.5], [0.5, 1.5]], [[0] * 3, [100] * 3], np.zeros((2, 3)), [1, 1], [0, 0], [1, 1],
        (1, 2),
    )  # fmt: skip
    picture = np.array([[[50] * 3, [200] * 3]], np.uint8)
    found = solve_colors(anchors, picture, None, softness=0.001, ridge=1.0)
    assert found.colors[:, 0].tolist() == pytest.approx([25, 150], abs=0.01)


def test_weights_add_up_to_one():
    made = scene(some_anchors(70), some_guide(), (33, 47))
    parts = mixture(made)
    sums = np.bincount(parts.pixels, parts.weights, 33 * 47)
    np.testing.assert_allclose(sums, 1, rtol=1e-5)


@native
@pytest.mark.parametrize("seed", range(12))
def test_weights_follow_the_definition(seed):
    made = scene(some_anchors(83, seed=seed), some_guide(), (40, 60), neighbours=6)
    parts = mixture(made)
    wanted, found = np.zeros((2, 2400, 83))
    wanted[parts.pixels, parts.anchors] = parts.weights
    who, weights = kernels.weigh(made, 1)
    np.add.at(found, (np.arange(2400)[:, None], who), weights)
    np.testing.assert_allclose(found, wanted, atol=1e-3)


@pytest.mark.parametrize("guided", [False, True])
def test_known_colors_are_found_again(guided):
    guide = some_guide() if guided else None
    true = some_anchors(40, round_ones=True)
    picture = blend(true, guide, (120, 180))
    blank = true.with_colors(np.full((40, 3), 128, np.float32))
    found = solve_colors(blank, picture, guide, ridge=1e-4)
    assert error(picture, found, guide) < 0.02 * error(picture, blank, guide)


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 200), seed=st.integers(0, 99), guided=st.booleans())
def test_solved_colors_are_no_worse(n, seed, guided):
    guide = some_guide() if guided else None
    anchors, picture = some_anchors(n, seed=seed), some_picture()
    solved = solve_colors(anchors, picture, guide)
    assert error(picture, solved, guide) <= error(picture, anchors, guide) * 1.001
    assert solved.positions.tobytes() == anchors.positions.tobytes()


def test_a_strong_pull_changes_nothing():
    anchors = some_anchors(30)
    found = solve_colors(anchors, some_picture(), None, ridge=1e6)
    np.testing.assert_allclose(found.colors, anchors.colors, atol=0.05)
    for wrong in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="ridge"):
            solve_colors(anchors, some_picture(), None, ridge=wrong)


def test_threads_make_no_difference():
    anchors, guide, picture = some_anchors(200), some_guide(), some_picture()
    found = {solve_colors(anchors, picture, guide, threads=t).colors.tobytes() for t in (1, 2, 5)}
    assert len(found) == 1


def test_the_size_of_the_picture_hardly_matters():
    anchors, guide = some_anchors(50), some_guide()
    small = some_picture()
    large = small.repeat(4, axis=0).repeat(4, axis=1)
    one = solve_colors(anchors, small, guide)
    two = solve_colors(anchors, large, guide, area=2400)
    np.testing.assert_allclose(one.colors, two.colors, atol=0.01)


def test_a_picture_of_one_pixel():
    dot = Anchors([[0.5, 0.5]], [[0] * 3], [[0] * 3], [1], [0], [1], (1, 1))
    found = solve_colors(dot, np.full((1, 1, 3), 200, np.uint8), None)
    assert found.colors[0].tolist() == pytest.approx([200 / 1.02] * 3, rel=1e-5)


def test_copies_that_are_kept_change_nothing():
    photo = some_picture((300, 400))
    bench = Bench(make_subject(photo))

    def same(**knobs):
        knobs = PaintSettings(anchors=90, **knobs)
        found = lay(bench, knobs, None, None).anchors
        begun, _ = cut(bench.hierarchy(knobs), knobs, None, None)
        begun = replace(begun, apart=begun.spacing)
        wanted = solve_colors(begun, photo, bench.guide(knobs), **knobs_of(knobs))
        return found.colors.tobytes() == wanted.colors.tobytes()

    for knobs in ({}, {"softness": 0.2}, {"abstraction": 0.9}, {}):
        assert same(**knobs)
    # Another guide in the place of one, as in the frames of a clip.
    bench.guides[0.5] = some_guide((300, 400), (300, 400))
    assert same()
