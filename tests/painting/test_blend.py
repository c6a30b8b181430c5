"""Blending: hand-computed mixtures, what it must not show, and kernels beside the definition."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.painting import kernels
from pochade.painting.anchors import Anchors, Guide
from pochade.painting.blend import blend, scene_of, to_bytes
from pochade.painting.blend_reference import (
    LEAST,
    SLACK,
    blend_reference,
    candidates,
    centres,
    tile_weights,
    weigh,
)
from pochade.painting.guide_reference import guide_at
from tests.painting.scenes import some_anchors, some_guide, two_anchors

native = pytest.mark.skipif(not kernels.there(), reason="the kernels were not compiled")
KNOBS = {
    "neighbours": 8,
    "softness": 0.35,
    "edges": 12.0,
    "kernel": "continuous",
    "local": 1.0,
    "stretch": 1.0,
    "window": None,
}


def scene(anchors, guide, size, **knobs):
    return scene_of(anchors, guide, size, **(KNOBS | knobs))


def test_two_anchors_by_hand():
    # Distances in units of the reach, which is the size, 2, or the mean spacing, sqrt(8 / 2).
    for local in (0.0, 0.5, 1.0):
        check_two(blend(two_anchors(), None, (1, 4), local=local, as_floats=True), 2.0)
    larger = replace(two_anchors(), sizes=np.float32([2.5, 2.5]))
    check_two(blend(larger, None, (1, 4), local=0.5, as_floats=True), 5**0.5)


def check_two(painted, reach):
    for x in range(4):
        first, second = ((x + 0.5 - at) / reach for at in (1, 3))
        # Frame rows 2, one pixel row: its centre is at row 1, as the anchors are.
        weights = [1 / (d * d + 0.35**2) for d in (first, second)]
        assert painted[0, x, 0] == pytest.approx(200 * weights[1] / sum(weights), rel=1e-5)


def test_the_continuous_kernel_by_hand():
    squares = np.float32([[0.0, 1.0, 4.0, 9.0]])
    made = scene(some_anchors(9), None, (4, 4), neighbours=2, softness=0.5)
    reach = 2 * SLACK + LEAST
    wanted = [1 / 0.25, (1 - 1 / reach) ** 2 / 1.25, (1 - 2 / reach) ** 2 / 4.25, 0]
    assert weigh(squares, made)[0].tolist() == pytest.approx(wanted, rel=1e-3, abs=1e-9)


def test_the_inverse_kernel_by_hand():
    made = scene(some_anchors(9), None, (4, 4), neighbours=3, kernel="inverse")
    made = replace(made, touch=0.5)
    assert weigh(np.float32([[0.0, 1.0, 4.0, 9.0]]), made)[0].tolist() == [2.0, 1.0, 0.5, 0.0]
    # All that are as far as the last count.
    assert weigh(np.float32([[4.0, 4.0, 4.0, 4.0]]), made)[0].tolist() == [0.5] * 4


def test_an_anchor_far_away_changes_nothing_here():
    # So that a dab of the brush needs only its surroundings painted again.
    anchors, guide = some_anchors(300, (200, 300)), some_guide(frame=(200, 300))
    corner = np.argmin(anchors.positions.sum(axis=1))
    without = anchors.take(np.arange(300) != corner)
    here = (150, 220, 200, 300)
    parts = [blend(a, guide, (200, 300), window=here).tobytes() for a in (anchors, without)]
    assert parts[0] == parts[1]


def test_an_ellipse_reaches_along_its_angle():
    wide = Anchors([[8, 8]], [[0] * 3], [[0] * 3], [4], [0], [4], (16, 16))
    low = Anchors([[8, 8]], [[0] * 3], [[0] * 3], [4], [np.pi / 2], [4], (16, 16))
    for anchors, axis in ((wide, 1), (low, 0)):
        made = scene(anchors, None, (16, 16), local=1.0)
        a, _, c = made.forms[0]
        assert (c, a)[axis == 0] < (a, c)[axis == 0]
        assert a * c == pytest.approx(1 / 4**4)


@pytest.mark.parametrize("kernel", ["continuous", "inverse"])
@pytest.mark.parametrize("n", [1, 2, 5, 9, 60])
@native
def test_kernels_follow_the_definition(kernel, n):
    anchors = some_anchors(n, seed=n)
    for guide in (None, some_guide(), some_guide((20, 30)), some_guide((80, 110))):
        for neighbours in (1, 5, 8):
            knobs = {"neighbours": neighbours, "kernel": kernel}
            wanted = blend_reference(scene(anchors, guide, (50, 70), **knobs))
            found = blend(anchors, guide, (50, 70), as_floats=True, threads=1, **knobs)
            # An inverse distance jumps where the neighbours change, and so nearly does a mixture
            # of one: rounding decides there.
            close = np.abs(wanted - found).max(axis=2) < 0.02
            smooth = kernel == "continuous" and neighbours > 1
            assert close.mean() >= (1 if smooth else 0.995)


@native
@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 300),
    seed=st.integers(0, 1000),
    rows=st.integers(1, 70),
    cols=st.integers(1, 70),
    softness=st.floats(0.01, 2),
    edges=st.floats(1, 60),
    guided=st.booleans(),
)
def test_kernels_follow_the_definition_anywhere(n, seed, rows, cols, softness, edges, guided):
    anchors = some_anchors(n, seed=seed)
    guide = some_guide((11, 17), seed=seed) if guided else None
    knobs = {"softness": softness, "edges": edges}
    wanted = blend_reference(scene(anchors, guide, (rows, cols), **knobs))
    found = blend(anchors, guide, (rows, cols), as_floats=True, threads=1, **knobs)
    assert np.abs(wanted - found).max() < 0.05


@pytest.mark.parametrize("n", [3, 40, 900])
def test_bounds_leave_no_neighbour_out(n):
    made = scene(some_anchors(n), some_guide(), (40, 60))
    part = (8, 16, 24, 40)
    places = centres(made, *part)
    tones = guide_at(made.guide, made.size, part).reshape(-1, 3) / 12
    kept = candidates(made, places, tones)
    everything = replace(made, frame=made.frame)
    down, right = (places[:, None, axis] - made.places[:, axis] for axis in (0, 1))
    a, b, c = made.forms.T
    squares = a * down**2 + 2 * b * down * right + c * right**2
    squares += ((tones[:, None] - made.tones) ** 2).sum(axis=2)
    nearest = np.argsort(squares, axis=1)[:, : made.neighbours]
    assert np.isin(nearest, kept).all()
    which, weights = tile_weights(everything, part)
    assert which.tolist() == kept.tolist()
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-5)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), guided=st.booleans(), large=st.booleans())
def test_a_window_is_a_part_of_the_whole(data, guided, large):
    rows, cols = (150, 190) if large else (37, 53)
    anchors = some_anchors(80)
    guide = some_guide((30, 45)) if guided else None
    whole = blend(anchors, guide, (rows, cols), threads=1)
    top = data.draw(st.integers(0, rows - 1))
    left = data.draw(st.integers(0, cols - 1))
    bottom = data.draw(st.integers(top + 1, rows))
    right = data.draw(st.integers(left + 1, cols))
    part = blend(anchors, guide, (rows, cols), window=(top, left, bottom, right), threads=2)
    assert part.tobytes() == whole[top:bottom, left:right].tobytes()


@pytest.mark.parametrize("as_floats", [False, True])
def test_threads_make_no_difference(as_floats):
    anchors, guide = some_anchors(400), some_guide()
    pictures = {
        blend(anchors, guide, (170, 230), as_floats=as_floats, threads=threads).tobytes()
        for threads in (1, 2, 5)
    }
    assert len(pictures) == 1


PROGRAM = """
import hashlib
from pochade.painting.blend import blend
from pochade.painting.guide import smooth
from pochade.painting.solve import solve_colors
from tests.painting.scenes import some_anchors, some_guide
anchors, guide = some_anchors(300), some_guide()
picture = blend(anchors, guide, (120, 160))
digest = hashlib.sha256(picture.tobytes())
digest.update(blend(anchors, None, (50, 61), kernel="inverse", neighbours=5, as_floats=True))
digest.update(smooth(guide.lab, 7.0, 9))
digest.update(solve_colors(anchors, picture, guide).colors)
print(digest.hexdigest())
"""


@native
def test_instruction_sets_give_the_same_bytes():
    found = set()
    for isa in ("baseline", "v3", "v4"):
        environment = os.environ | {"POCHADE_ISA": isa}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        command = [sys.executable, "-c", PROGRAM]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
        found.add(done.stdout)
    assert len(found) == 1


@settings(max_examples=30, deadline=None)
@given(n=st.integers(1, 120), seed=st.integers(0, 99), softness=st.floats(0.01, 3))
def test_colors_lie_between_those_of_the_anchors(n, seed, softness):
    anchors = some_anchors(n, seed=seed)
    painted = blend(anchors, some_guide(), (30, 45), softness=softness, as_floats=True)
    assert (painted >= anchors.colors.min(axis=0) - 1e-2).all()
    assert (painted <= anchors.colors.max(axis=0) + 1e-2).all()


def test_one_color_stays():
    anchors = some_anchors(200).with_colors(np.full((200, 3), 77.0, np.float32))
    assert np.unique(blend(anchors, some_guide(), (33, 44))).tolist() == [77]


def test_many_anchors_in_one_place():
    one = some_anchors(1)
    many = one.take(np.zeros(50, np.intp))
    assert np.unique(blend(many, None, (9, 9))).size <= 3
    np.testing.assert_array_equal(blend(many, None, (9, 9)), blend(one, None, (9, 9)))


def test_a_picture_of_one_pixel():
    assert blend(some_anchors(30), some_guide(), (1, 1)).shape == (1, 1, 3)
    dot = Anchors([[0.5, 0.5]], [[1, 2, 3]], [[0] * 3], [1], [0], [1], (1, 1))
    guide = Guide(np.zeros((1, 1, 3), np.float32), (1, 1))
    assert blend(dot, guide, (3, 2)).tolist() == [[[1, 2, 3]] * 2] * 3


def test_a_panorama():
    anchors = some_anchors(40, (3, 3000))
    painted = blend(anchors, None, (3, 3000))
    assert painted.shape == (3, 3000, 3)
    assert len(np.unique(painted)) > 20


def test_the_scale_of_the_frame_makes_no_difference():
    anchors, guide = some_anchors(70), some_guide()
    large = Anchors(
        anchors.positions * 8, anchors.colors, anchors.tones, anchors.sizes * 8, anchors.angles,
        anchors.elongations, (320, 480),
    )  # fmt: skip
    wide = Guide(guide.lab, (320, 480))
    one = blend(anchors, guide, (64, 96), as_floats=True)
    other = blend(large, wide, (64, 96), as_floats=True)
    np.testing.assert_allclose(one, other, atol=0.05)


def test_colors_do_not_mix_over_an_edge():
    # A black and a white half, an anchor in the middle of each.
    guide = Guide(np.zeros((20, 40, 3), np.float32), (20, 40))
    guide.lab[:, 20:, 0] = 100
    anchors = Anchors(
        [[10, 10], [10, 30]], [[0] * 3, [255] * 3], [[0, 0, 0], [100, 0, 0]], [20, 20], [0, 0],
        [1, 1], (20, 40),
    )  # fmt: skip
    painted = blend(anchors, guide, (20, 40))[..., 0]
    assert painted[:, :20].max() <= 5
    assert painted[:, 20:].min() >= 250
    without = blend(anchors, None, (20, 40))[..., 0]
    assert without[:, 18:22].min() > 80
    # The lower `edges`, the harder.
    soft = blend(anchors, guide, (20, 40), edges=200.0)[..., 0]
    assert soft[:, :20].max() > 50


def test_no_jumps_and_no_spots():
    anchors = some_anchors(60, (300, 300), seed=3, round_ones=True)
    size = (600, 600)
    smooth = blend(anchors, None, size, local=0.0, as_floats=True)
    jumpy = blend(anchors, None, size, local=0.0, kernel="inverse", neighbours=5, as_floats=True)
    steepest = [
        max(np.abs(np.diff(p, axis=axis)).max() for axis in (0, 1)) for p in (smooth, jumpy)
    ]
    assert steepest[0] < 12
    assert steepest[1] > 2 * steepest[0]
    # At its place an anchor is no peak: around it the picture is flat, not a cone.
    for row, col in np.clip((2 * anchors.positions).astype(int), 2, 597)[:20]:
        around = smooth[row - 2 : row + 3, col - 2 : col + 3]
        assert np.abs(around - around[2, 2]).max() < 20


def test_a_mirrored_painting_is_painted_mirrored():
    anchors, guide = some_anchors(90), some_guide()
    other = Anchors(
        np.stack([anchors.positions[:, 0], 60 - anchors.positions[:, 1]], 1), anchors.colors,
        anchors.tones, anchors.sizes, (np.pi - anchors.angles) % np.pi, anchors.elongations,
        anchors.frame,
    )  # fmt: skip
    mirrored = Guide(np.ascontiguousarray(guide.lab[:, ::-1]), guide.frame)
    one = blend(anchors, guide, (80, 120), as_floats=True)
    two = blend(other, mirrored, (80, 120), as_floats=True)[:, ::-1]
    np.testing.assert_allclose(one, two, atol=0.1)


def test_the_order_of_anchors_makes_no_difference_that_is_seen():
    anchors, guide = some_anchors(150), some_guide()
    order = np.random.default_rng(1).permutation(150)
    one = blend(anchors, guide, (60, 60), as_floats=True)
    two = blend(anchors.take(order), guide, (60, 60), as_floats=True)
    np.testing.assert_allclose(one, two, atol=0.01)


@pytest.mark.parametrize(
    "wrong",
    [
        {"neighbours": 0}, {"neighbours": 33}, {"softness": 0}, {"softness": float("nan")},
        {"edges": 0}, {"kernel": "cubic"}, {"local": 2}, {"stretch": -1},
        {"window": (0, 0, 0, 5)}, {"window": (0, 0, 99, 5)}, {"window": (-1, 0, 5, 5)},
    ],
)  # fmt: skip
def test_knobs_out_of_range(wrong):
    with pytest.raises(ValueError, match=r"must be|there is no|is not a part"):
        blend(some_anchors(5), None, (20, 20), **wrong)


def test_no_anchors_and_no_size():
    with pytest.raises(ValueError, match="at least one anchor"):
        blend(some_anchors(5).take(np.zeros(0, np.intp)), None, (5, 5))
    with pytest.raises(ValueError, match="size"):
        blend(some_anchors(5), None, (0, 5))


def test_bytes_are_rounded():
    given_ones = np.float32([-1, 0.4, 0.5, 254.6, 300])
    assert to_bytes(given_ones).tolist() == [0, 0, 1, 255, 255]
    anchors, guide = some_anchors(50), some_guide()
    floats = blend(anchors, guide, (40, 50), as_floats=True)
    np.testing.assert_array_equal(blend(anchors, guide, (40, 50)), to_bytes(floats))
