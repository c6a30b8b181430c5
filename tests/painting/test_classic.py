"""The seed's own rule, and what was mended in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.errors import UsageError
from pochade.painting.classic import Classic, paint_classic
from tests.painting.test_hierarchy import damaged, noise


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    error = np.mean(np.square(one.astype(float) - other))
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def test_every_round_adds_and_comes_nearer():
    picture = noise(120, 160)
    painting = paint_classic(picture, threshold=4)
    assert len(painting.counts) == 12
    assert list(painting.counts) == sorted(painting.counts)
    assert list(painting.patches) == sorted(painting.patches, reverse=True)
    first, middle, last = (psnr(picture, painting.painted(at)) for at in (1, 8, 12))
    assert first < middle - 1 < last - 2
    assert len(painting.anchors(12)) == painting.finest == painting.counts[-1]
    coarse, fine = painting.anchors(3), painting.anchors(9)
    assert fine.positions[: len(coarse)].tolist() == coarse.positions.tolist()


def test_no_pixel_is_taken_twice_and_each_has_its_own_colour():
    picture = noise(40, 50)
    painting = paint_classic(picture, threshold=1)
    anchors = painting.anchors(12)
    pixels = np.floor(anchors.positions).astype(int)
    assert len(np.unique(pixels, axis=0)) == len(anchors)
    here = picture[tuple(pixels.T)]
    assert anchors.colors.astype(np.uint8).tolist() == here.tolist()
    assert painting.painted(12)[tuple(pixels.T)].tolist() == here.tolist()


def test_too_dark_and_too_bright_do_not_cancel():
    # Fine stripes about the grey that the first anchors of a grey picture would paint.
    picture = np.full((64, 64, 3), 128, np.uint8)
    picture[:, ::2] = 168
    picture[:, 1::2] = 88
    painting = paint_classic(picture, variance=1e9)
    assert painting.counts[1] > painting.counts[0]
    assert psnr(picture, painting.painted(12)) > psnr(picture, painting.painted(1)) + 6


def test_anchors_reach_every_border():
    # 97 x 61 is a multiple of no patch size.
    picture = noise(97, 61)
    anchors = paint_classic(picture, variance=1e9, threshold=1).anchors(1)
    spacing = 30 / np.sqrt(480 * 600) * np.sqrt(97 * 61) * 1.3
    low, high = anchors.positions.min(axis=0), anchors.positions.max(axis=0)
    assert (low < spacing).all()
    assert (high > np.array([97, 61]) - spacing).all()


def test_spread_keeps_anchors_out_of_busy_patches_until_they_are_small():
    picture = np.full((120, 120, 3), 90, np.uint8)
    rng = np.random.default_rng(0)
    picture[:, 60:] = rng.integers(0, 256, (120, 60, 3))
    painting = paint_classic(picture, variance=600.0)
    early = painting.anchors(1).positions[1:, 1]
    assert len(early) > 20
    assert (early < 66).all()
    assert (painting.anchors(12).positions[:, 1] > 66).mean() > 0.5


def test_patches_follow_the_size_of_the_picture():
    small = noise(100, 140)
    large = small.repeat(4, axis=0).repeat(4, axis=1)
    one, other = paint_classic(small), paint_classic(large)
    assert other.counts[0] == one.counts[0]
    assert other.patches[0] == pytest.approx(4 * one.patches[0])


def test_seed_decides_and_threads_do_not():
    picture = noise(60, 60)
    first = paint_classic(picture, seed=4, threads=1)
    again = paint_classic(picture, seed=4, threads=3)
    for name, array in first.arrays().items():
        assert array.tobytes() == again.arrays()[name].tobytes(), name
    assert first.painted(5, threads=1).tobytes() == again.painted(5, threads=3).tobytes()
    other = paint_classic(picture, seed=5)
    assert other.anchors(3).positions.tolist() != first.anchors(3).positions.tolist()


def test_more_neighbours_are_softer():
    picture = noise(80, 80)
    painting = [paint_classic(picture, neighbours=n).painted(3) for n in (1, 12)]
    steps = [np.abs(np.diff(one.astype(int), axis=1)).max() for one in painting]
    assert steps[0] > steps[1]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.integers(1, 40), st.integers(0, 255), st.integers(0, 99))
def test_any_small_picture_is_painted(rows: int, cols: int, grey: int, seed: int):
    flat = np.full((rows, cols, 3), grey, np.uint8)
    assert (paint_classic(flat, seed=seed).painted(12) == grey).all()
    wild = np.random.default_rng(seed).integers(0, 256, (rows, cols, 3), dtype=np.uint8)
    painting = paint_classic(wild, threshold=0, seed=seed)
    assert painting.finest <= rows * cols
    assert painting.painted(12).shape == wild.shape


def test_levels_lie_between_rounds():
    painting = paint_classic(noise(60, 80), threshold=3)
    one, two = painting.counts[:2]
    assert len(painting.anchors(1.5)) == (one + two) // 2
    assert len(painting.anchors(0)) == one
    assert len(painting.anchors(count=5)) == 5
    assert painting.nodes(1).tolist() == list(range(one))
    for wrong in (
        painting.anchors,
        lambda: painting.anchors(-1),
        lambda: painting.anchors(float("nan")),
        lambda: painting.anchors(float("inf")),
        lambda: painting.anchors(count=0),
        lambda: painting.anchors(3, detail=np.zeros((3, 3))),
        lambda: paint_classic(noise(4, 4), neighbours=0),
        lambda: paint_classic(noise(4, 4), first_patch=0),
        lambda: paint_classic(noise(4, 4), shrink=1),
        lambda: paint_classic(noise(4, 4), variance=-1),
        lambda: paint_classic(noise(4, 4), threshold=256),
        lambda: paint_classic(noise(4, 4), iterations=0),
    ):
        with pytest.raises(UsageError):
            wrong()


def test_each_anchor_has_its_own_pixel_among_the_labels():
    painting = paint_classic(noise(50, 70), threshold=3)
    pixels = np.floor(painting.anchors(4).positions).astype(int)
    labels = painting.labels(4)
    assert labels[tuple(pixels.T)].tolist() == painting.nodes(4).tolist()


def test_stored_and_loaded_it_is_the_same():
    painting = paint_classic(noise(30, 40))
    again = Classic.from_arrays(painting.arrays())
    assert again.painted(7).tobytes() == painting.painted(7).tobytes()
    assert (again.counts, again.patches, again.frame) == (
        painting.counts,
        painting.patches,
        painting.frame,
    )
    for wrong in damaged(painting.arrays()):
        with pytest.raises(UsageError, match="damaged"):
            Classic.from_arrays(wrong)
