"""The kernels do what the readable versions say."""

from __future__ import annotations

import numpy as np
import pytest

from pochade.painting import nodes, rectangles, split_reference
from pochade.painting.nearest import inverse, inverse_reference, nearest, nearest_reference
from pochade.painting.nested import placed
from pochade.painting.working import work_on
from pochade.regions.tree import _native
from tests.painting.test_hierarchy import noise

native = pytest.mark.skipif(_native is None, reason="built without kernels")


def scattered(count: int, shape: tuple[int, int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    points = (rng.random((count, 2)) * shape).astype(np.float32)
    if seed % 2:  # crowded in a corner
        points *= np.float32(0.2)
    return points, (rng.random((count, 3)) * 100).astype(np.float32)


SIZES = [(1, (9, 9), 0), (30, (40, 31), 1), (200, (25, 60), 2), (7, (1, 90), 3), (60, (70, 2), 4)]


@native
@pytest.mark.parametrize(("count", "shape", "seed"), SIZES)
def test_nearest(count: int, shape: tuple[int, int], seed: int):
    points, tones = scattered(count, shape, seed)
    plane = work_on(noise(*shape), None).tones
    for weight in (0.05, 1.0, 40.0):
        kernel = nearest(points, tones, plane, weight, 3)
        plain = nearest_reference(points, tones, plane, weight)
        assert (kernel == plain).mean() > 0.999  # of equally near ones rounding may take another
    none = np.zeros_like(tones)
    flat = np.zeros_like(plane)
    far = nearest(points, none, flat, 1.0, 1)
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    away = np.hypot(y[..., None] - points[:, 0], x[..., None] - points[:, 1])
    own = np.take_along_axis(away, far[..., None].astype(np.int64), axis=2)[..., 0]
    np.testing.assert_allclose(own, away.min(axis=2), rtol=1e-5, atol=1e-5)


@native
@pytest.mark.parametrize(("count", "shape", "seed"), SIZES)
@pytest.mark.parametrize("neighbours", [1, 5, 64])
def test_inverse(count: int, shape: tuple[int, int], seed: int, neighbours: int):
    points, colors = scattered(count, shape, seed)
    points[0] = (0.5, 0.5)
    kernel = inverse(points, colors, shape, neighbours, 2)
    plain = inverse_reference(points, colors, shape, neighbours)
    assert np.median(np.abs(kernel - plain)) < 1e-3
    assert (np.abs(kernel - plain).max(axis=2) < 0.05).mean() > 0.99
    assert kernel[0, 0].tolist() == colors[0].tolist()


def test_inverse_by_hand():
    points = np.float32([[0.5, 0.5], [0.5, 3.5]])
    colors = np.float32([[0, 0, 0], [90, 90, 90]])
    found = inverse(points, colors, (1, 4), 2, 1)[0, :, 0]
    np.testing.assert_allclose(found, [0, 30, 60, 90], rtol=1e-5)


@native
@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (24, 31), (50, 40)], ids=str)
def test_split(shape: tuple[int, int]):
    values = placed(work_on(noise(*shape), None), 150.0).reshape(-1, 5)
    for finest in (1, 2, 40, 10**5):
        labels, parents, scatters = _native.anchor_split(values, finest)
        again, own, sums = split_reference.divide(values, finest)
        n = min(finest, len(values))
        assert len(parents) == 2 * n - 1
        assert parents.tolist() == own.tolist()
        assert (labels == again).mean() > 0.999
        np.testing.assert_allclose(scatters, sums, rtol=1e-3, atol=1e-2)


def test_a_split_of_two_colours_is_between_them():
    values = np.zeros((6, 5), np.float32)
    values[:, 0] = np.arange(6)
    values[[1, 3, 4], 2] = 100
    for kernel in (split_reference.divide, *([_native.anchor_split] if _native else [])):
        assert kernel(values, 2)[0].tolist() == [0, 1, 0, 1, 1, 0]


def test_rectangles_by_hand():
    values = np.zeros((3, 6, 1), np.float32)
    values[:, 4:] = 10
    labels, parents, errors = rectangles.divide(values, 2, 0.0)
    assert labels.tolist() == [[0, 0, 0, 0, 1, 1]] * 3
    assert parents.tolist() == [2, 2, 2]
    assert errors.tolist() == pytest.approx([0, 0, 400])  # 18 values, 12 of them 0 and 6 of 10


def test_rectangles_are_those_of_one_after_the_other():
    values = work_on(noise(30, 44), None).tones
    few, many = (rectangles.divide(values, finest, 0.01) for finest in (25, 400))
    pairs = np.unique(np.stack([few[0].reshape(-1), many[0].reshape(-1)]), axis=1)
    assert pairs.shape[1] == 400
    worst = sorted(many[2][400:], reverse=True)[:24]
    np.testing.assert_allclose(sorted(few[2][25:], reverse=True), worst, rtol=1e-6)


@native
def test_sums_and_inner_points():
    working = work_on(noise(33, 47), None)
    rng = np.random.default_rng(1)
    labels = rng.permutation(np.arange(33 * 47) % 90).reshape(33, 47).astype(np.int32)
    kernel = nodes.leaf_sums(working, labels, 90)
    np.testing.assert_allclose(kernel, nodes.leaf_sums_reference(working, labels, 90), rtol=1e-12)
    middle = kernel[:, 1:3] / kernel[:, :1]
    some = np.array([3, 4, 50])
    one = nodes.nearest_own(labels, some, middle)
    assert one.tolist() == nodes.nearest_own_reference(labels, some, middle).tolist()
    assert labels[tuple(one.astype(int).T)].tolist() == [3, 4, 50]


def test_the_highest_of_every_branch():
    parents = np.array([5, 5, 6, 7, 7, 6, 8, 8, 8], np.int32)
    spans = nodes.spans_of(parents)
    assert spans.order.tolist() == [2, 0, 1, 3, 4]
    values = np.array([0, 0, 0, 0, 0, 9, 2, 4, 1], np.float32)
    assert nodes.raised(spans, values).tolist() == [0, 0, 0, 0, 0, 9, 9, 4, 9]
    rng = np.random.default_rng(3)
    picture = rng.integers(0, 256, (9, 11, 3), dtype=np.uint8)
    _, parents, _ = split_reference.divide(placed(work_on(picture, None), 150.0).reshape(-1, 5), 99)
    values = np.where(np.arange(197) < 99, 0, rng.random(197)).astype(np.float32)
    plain = values.copy()
    for node, parent in enumerate(parents[:-1]):
        plain[parent] = max(plain[parent], plain[node])
    assert nodes.raised(nodes.spans_of(parents), values).tolist() == plain.tolist()
