"""The noise kernels: the compiled ones give what the NumPy reference gives, and what is said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pochade.noise import kernels, reference

pictures = st.tuples(st.integers(1, 24), st.integers(1, 24), st.sampled_from([3, 4])).flatmap(
    lambda shape: st.one_of(
        hnp.arrays(np.uint8, shape),
        hnp.arrays(np.uint8, shape, elements=st.sampled_from([0, 9, 40, 41, 255])),
    )
)
native = pytest.mark.skipif(kernels._native is None, reason="no kernels are compiled in")


@native
@settings(deadline=None)
@given(image=pictures, threads=st.integers(1, 5))
def test_standout_is_the_reference(image: np.ndarray, threads: int):
    assert np.array_equal(kernels.standout(image, threads=threads), reference.standout(image))


@native
@settings(deadline=None)
@given(image=pictures, step=st.integers(0, 254), threads=st.integers(1, 5))
def test_patches_are_the_reference(image: np.ndarray, step: int, threads: int):
    found = kernels.patches(image, step, threads=threads)
    assert np.array_equal(found, reference.patches(image, step))


@native
@settings(deadline=None, max_examples=50)
@given(image=pictures, radius=st.integers(0, 7), tolerance=st.integers(0, 255))
def test_surface_is_the_reference(image: np.ndarray, radius: int, tolerance: int):
    guide = np.ascontiguousarray(image[::-1])
    found = kernels.surface(image, guide, radius, tolerance, threads=2)
    assert np.array_equal(found, reference.surface(image, guide, radius, tolerance))


@native
@settings(deadline=None)
@given(image=pictures, how=st.sampled_from(kernels.FILLS), data=st.data())
def test_fill_is_the_reference(image: np.ndarray, how: str, data: st.DataObject):
    mask = data.draw(hnp.arrays(bool, image.shape[:2]))
    mask.flat[data.draw(st.integers(0, mask.size - 1))] = False
    found = kernels.fill(image, mask, how, threads=2)
    wanted = reference.fill(image, mask, how)
    # The harmonic fill stops within a hundredth of a level of the solution, from either side.
    most = 1 if how == "harmonic" else 0
    assert np.abs(found.astype(int) - wanted).max() <= most


@native
def test_threads_do_not_matter_and_chunks_meet_without_a_seam():
    random = np.random.default_rng(5)
    image = random.integers(0, 256, (331, 90, 3), np.uint8)
    image[:, 40:] = random.integers(90, 99, (331, 50, 3), np.uint8)
    mask = random.random(image.shape[:2]) < 0.45
    for threads in (1, 2, 7):
        assert np.array_equal(
            kernels.patches(image, 9, threads=threads), reference.patches(image, 9)
        )
        assert np.array_equal(kernels.standout(image, threads=threads), reference.standout(image))
        wide = np.ascontiguousarray(image.swapaxes(0, 1).repeat(4, axis=1))
        assert np.array_equal(
            kernels.surface(wide, wide, 3, 30, threads=threads),
            reference.surface(wide, wide, 3, 30),
        )
        one = kernels.fill(image, mask, "harmonic", threads=1)
        assert np.array_equal(kernels.fill(image, mask, "harmonic", threads=threads), one)


def test_a_line_and_an_edge_do_not_stand_out_but_a_dot_does():
    image = np.full((9, 9, 3), 60, np.uint8)
    image[4, :] = 200  # a line of one pixel
    assert not kernels.standout(image, threads=1)[4, 1:-1].any()
    image[4, :] = 60
    image[:, 5:] = 200  # an edge
    assert not kernels.standout(image, threads=1).any()
    image[2, 2] = (60, 60, 130)
    assert kernels.standout(image, threads=1)[2, 2] == 70


def test_what_neighbours_differ_among_themselves_is_taken_off():
    image = np.array([[[10], [50], [10]], [[50], [200], [50]], [[10], [50], [10]]], np.uint8)
    image = np.repeat(image, 3, axis=2)
    # The second nearest neighbour is 150 away; half of them lie 40 off their lower median, 10.
    assert kernels.standout(image, threads=1)[1, 1] == 110
    assert reference.standout(image)[1, 1] == 110


def test_patches_join_over_corners_and_through_small_steps():
    image = np.zeros((3, 4, 3), np.uint8)
    image[0, 0] = image[1, 1] = 100
    image[0, 1] = 200
    assert kernels.patches(image, 60, threads=1).tolist() == [
        [2, 1, 9, 9],
        [9, 2, 9, 9],
        [9, 9, 9, 9],
    ]
    ramp = np.repeat(np.arange(0, 250, 10, dtype=np.uint8)[None, :, None], 3, axis=2)
    assert kernels.patches(ramp, 10, threads=1).tolist() == [[25] * 25]


def test_large_patches_stop_at_what_16_bits_hold():
    image = np.zeros((300, 300, 3), np.uint8)
    assert (kernels.patches(image, 0, threads=2) == 65535).all()
    assert (reference.patches(image, 0) == 65535).all()


def test_harmonic_fill_continues_a_gradient():
    rows, columns = np.mgrid[0:120, 0:160]
    image = np.stack([rows + columns, 255 - rows, columns], axis=2).astype(np.uint8)
    for hole in (np.s_[10:13, 10:13], np.s_[20:100, 30:140]):  # the second on several grids
        mask = np.zeros(image.shape[:2], bool)
        mask[hole] = True
        broken = image.copy()
        broken[mask] = 255
        filled = kernels.fill(broken, mask, "harmonic", threads=2)
        assert np.array_equal(filled[~mask], image[~mask])
        assert np.abs(filled.astype(int) - image).max() <= 1


@pytest.mark.parametrize("module", ["native", "reference"])
def test_nearest_and_median_by_hand(module: str):
    image = np.zeros((3, 3, 3), np.uint8)
    image[..., :] = np.array([[10, 20, 30], [40, 0, 60], [70, 80, 90]], np.uint8)[..., None]
    mask = np.zeros((3, 3), bool)
    mask[1, 1] = True

    def fill(how: str) -> int:
        if module == "native":
            return int(kernels.fill(image, mask, how, threads=1)[1, 1, 0])
        return int(reference.fill(image, mask, how)[1, 1, 0])

    assert fill("nearest") == 20  # north comes first
    assert fill("median") == 40  # the lower of the middle two of 10 20 30 40 60 70 80 90
    assert fill("harmonic") == 50  # (20 + 40 + 60 + 80) / 4


def test_the_surface_keeps_edges_and_loses_grain():
    random = np.random.default_rng(0)
    image = np.full((40, 60, 3), 80.0)
    image[:, 30:] = 180
    noisy = (image + random.normal(0, 4, image.shape)).round().astype(np.uint8)
    guide = kernels.surface(noisy, noisy, 2, 16, threads=1)
    smooth = kernels.surface(noisy, guide, 6, 12, threads=1)
    assert np.abs(smooth - image).mean() < 0.4 * np.abs(noisy - image).mean()
    assert np.abs(smooth[:, 28:32] - image[:, 28:32]).max() < 8


def test_colours_under_full_transparency_make_no_difference():
    random = np.random.default_rng(1)
    image = random.integers(0, 256, (9, 9, 4), np.uint8)
    image[..., 3] = 0
    assert not kernels.premultiplied(image)[..., :3].any()
    opaque = image.copy()
    opaque[..., 3] = 255
    assert np.array_equal(kernels.premultiplied(opaque), opaque)
