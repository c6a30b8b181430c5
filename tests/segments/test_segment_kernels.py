"""Kernels of label images against the reference, and the reference against plain words."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from pochade.segments import reference
from pochade.segments.kernels import kernels
from pochade.segments.merge import joined, nearest_neighbours, without_small

native = pytest.mark.skipif(kernels is reference, reason="the kernels were not compiled")
sides = st.tuples(st.integers(1, 12), st.integers(1, 12))
label_images = sides.flatmap(lambda shape: arrays(np.int32, shape, elements=st.integers(0, 3)))


def same(one: tuple, two: tuple) -> None:
    for a, b in zip(one, two, strict=True):
        assert np.array_equal(a, b)


@native
@given(label_images)
def test_components_are_those_of_the_reference(labels: np.ndarray):
    same(kernels.label_components(labels), reference.label_components(labels))


@given(label_images)
def test_components_are_connected_and_numbered_in_raster_order(labels: np.ndarray):
    areas, count = kernels.label_components(labels)
    flat = areas.reshape(-1)
    firsts = [int(np.argmax(flat == label)) for label in range(count)]
    assert firsts == sorted(firsts)
    for label in range(count):
        mask = areas == label
        assert len(set(labels[mask].tolist())) == 1
        reached = np.zeros_like(mask)
        reached.reshape(-1)[firsts[label]] = True
        while True:
            grown = np.pad(reached, 1)
            grown = grown[1:-1, 1:-1] | grown[2:, 1:-1] | grown[:-2, 1:-1]
            grown |= np.pad(reached, 1)[1:-1, 2:] | np.pad(reached, 1)[1:-1, :-2]
            grown &= mask
            if np.array_equal(grown, reached):
                break
            reached = grown
        assert np.array_equal(reached, mask)
    # No two areas of one label touch.
    across = (areas[:, 1:] != areas[:, :-1]) & (labels[:, 1:] == labels[:, :-1])
    down = (areas[1:] != areas[:-1]) & (labels[1:] == labels[:-1])
    assert not across.any()
    assert not down.any()


@native
@given(label_images, st.integers(0, 2**32 - 1))
def test_sums_and_borders_are_those_of_the_reference(labels: np.ndarray, seed: int):
    areas, count = kernels.label_components(labels)
    random = np.random.default_rng(seed)
    right, below = random.random((2, *labels.shape), np.float32)
    same(
        (kernels.label_extents(areas, count),),
        (reference.label_extents(areas, count),),
    )
    mine = kernels.label_borders(areas, right, below)
    theirs = reference.label_borders(areas, right, below)
    same(mine[:2], theirs[:2])
    np.testing.assert_allclose(mine[2], theirs[2], rtol=1e-6)
    values = random.random((*labels.shape, 3), np.float32)
    sums, products = np.zeros((2, count, 3)), np.zeros((2, count, 6))
    kernels.label_band_sums(areas, values, sums[0], products[0])
    reference.label_band_sums(areas, values, sums[1], products[1])
    np.testing.assert_allclose(sums[0], sums[1], rtol=1e-9)
    np.testing.assert_allclose(products[0], products[1], rtol=1e-9)


@given(label_images)
def test_depth_is_the_distance_to_the_nearest_other_label(labels: np.ndarray):
    found = kernels.label_depths(labels, 2)
    assert np.array_equal(found, reference.label_depths(labels))
    ground = np.pad(labels, 1, constant_values=-1)
    rows, columns = np.indices(ground.shape)
    for y, x in np.ndindex(labels.shape):
        other = ground != labels[y, x]
        squares = (rows - y - 1) ** 2 + (columns - x - 1) ** 2
        assert found[y, x] == squares[other].min()


@native
@given(label_images, st.integers(0, 2**32 - 1))
def test_the_deepest_pixel_is_that_of_the_reference(labels: np.ndarray, seed: int):
    areas, count = kernels.label_components(labels)
    depths = kernels.label_depths(areas, 1)
    near = np.random.default_rng(seed).random((count, 2)) * 12
    found = kernels.label_deepest(areas, depths, near)
    assert np.array_equal(found, reference.label_deepest(areas, depths, near))
    assert np.array_equal(areas.reshape(-1)[found], np.arange(count))


@native
@given(label_images)
def test_contours_are_those_of_the_reference(labels: np.ndarray):
    same(kernels.label_contours(labels), reference.label_contours(labels))


@native
@given(
    arrays(np.float64, st.tuples(st.integers(2, 30), st.just(2)), elements=st.floats(0, 9)),
    st.floats(0, 2),
)
def test_thinned_lines_are_those_of_the_reference(line: np.ndarray, tolerance: float):
    offsets = np.array([0, len(line)], np.int64)
    found = kernels.simplify_lines(line, offsets, tolerance)
    assert np.array_equal(found, reference.simplify_lines(line, offsets, tolerance))
    assert found[0] == found[-1] == 1


@native
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30), st.integers(0, 12))
def test_joining_in_order_is_that_of_the_reference(pairs: list, most: int):
    wanted = [pair for pair in pairs if pair[0] != pair[1]]
    table = np.array(wanted, np.int32).reshape(-1, 2)
    found = kernels.join_in_order(table, 10, most)
    assert np.array_equal(found, reference.join_in_order(table, 10, most))
    assert np.count_nonzero(found != np.arange(10)) <= most


def test_bad_labels_are_refused():
    labels = np.array([[0, 5]], np.int32)
    if kernels is not reference:
        with pytest.raises(ValueError, match="outside"):
            kernels.label_extents(labels, 2)
        with pytest.raises(TypeError):
            kernels.label_components(labels.astype(np.int64))


def test_chains_and_circles_of_regions_become_one():
    labels = np.array([[0, 1, 2, 3, 4]], np.int32)
    new, where = joined(labels, np.array([0, 0, 1, 4, 3]))
    assert new.tolist() == [[0, 0, 0, 1, 1]]
    assert where.tolist() == [0, 0, 0, 1, 1]


def test_the_nearest_neighbour_is_the_one_of_the_nearest_colour():
    means = np.array([[0.0], [10.0], [12.0], [50.0]])
    pairs = np.array([[0, 1], [1, 2], [2, 3], [0, 3]])
    lengths = np.array([1, 1, 1, 5])
    every = nearest_neighbours(means, pairs, lengths, np.ones(4, bool))
    assert every.tolist() == [1, 2, 1, 2]
    some = nearest_neighbours(means, pairs, lengths, np.array([True, False, False, False]))
    assert some.tolist() == [1, 1, 2, 3]


@given(label_images, st.integers(1, 150))
def test_no_region_is_left_below_the_least_area(labels: np.ndarray, least: int):
    areas, count = kernels.label_components(labels)
    means = np.arange(count, dtype=float)[:, None]
    found, _ = without_small(areas, means, least)
    sizes = np.bincount(found.reshape(-1))
    assert sizes.min() >= min(least, labels.size)
    again, number = kernels.label_components(found)
    assert number == len(sizes)
    assert np.array_equal(again, found)
