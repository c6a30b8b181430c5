"""Regions as distributions, and the borders of a label image, beside their references."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.regions import build_segmentation_tree, cut, spread
from pochade.regions import tree as tree_module
from pochade.regions.bands import as_source
from pochade.regions.build import label_graph
from pochade.regions.merge_reference import graph_of_labels
from pochade.regions.spread import Bins, add_spread, cumulative, spread_of

needs_kernels = pytest.mark.skipif(tree_module._native is None, reason="installed without kernels")


def labels_of(rng: np.random.Generator, h: int, w: int, count: int) -> np.ndarray:
    """(h, w) int32 with each of 0..count-1 at least once."""
    labels = rng.integers(0, count, h * w)
    labels[rng.permutation(h * w)[:count]] = np.arange(count)
    return labels.astype(np.int32).reshape(h, w)


def spread_by_reference(monkeypatch, *given, **options):
    with monkeypatch.context() as without:
        without.setattr(tree_module, "_native", None)
        return spread_of(*given, **options)


def test_a_value_is_shared_by_the_two_edges_it_lies_between():
    bins = Bins(np.zeros(1), np.full(1, 10.0), 5.0)  # edges at 0, 5, 10, and 15 for 10 itself
    sums = np.zeros((2, bins.edges))
    values = np.float32([[0, 5, 6, 99]])[..., None]
    add_spread(np.int32([[0, 0, 1, 1]]), values, bins, sums)
    # 6 is a fifth of the way from 5 to 10; 99 is held at the last edge.
    np.testing.assert_allclose(sums, [[1, 1, 0, 0], [0, 0.8, 0.2, 1]], atol=1e-6)
    found = cumulative(sums, np.int64([2, 2]), bins, [2.0])
    np.testing.assert_allclose(found, [[1, 2, 2], [0, 0.8, 1]], atol=1e-6)


def test_bins_of_two_pictures_are_the_same_where_both_reach():
    one, two = (Bins(np.full(1, low), np.full(1, 60.0), 6.25) for low in (-40.0, 0.3))
    assert (one.first.tolist(), two.first.tolist()) == ([-7], [0])
    assert one.edges - two.edges == 7


@given(st.floats(0, 90), st.floats(0, 10))
@settings(deadline=None, max_examples=30)
def test_plain_regions_are_as_far_apart_as_their_gap(low, more):
    """Beyond the width of a bin the squared distance is about the gap in bins, not its square."""
    bins = Bins(np.zeros(1), np.full(1, 100.0), 6.25)
    sums = np.zeros((2, bins.edges))
    values = np.float32([[low, low + more]])[..., None]
    add_spread(np.int32([[0, 1]]), values, bins, sums)
    one, two = cumulative(sums, np.int64([1, 1]), bins, [1.0])
    gap = (np.float32(low + more) - np.float32(low)) / 6.25
    assert np.abs(one - two).sum() == pytest.approx(gap, abs=1e-4)  # Wasserstein's, exactly
    assert ((one - two) ** 2).sum() <= gap + 1e-4
    assert ((one - two) ** 2).sum() >= min(gap, gap * gap) / 2 - 1e-4


@needs_kernels
@pytest.mark.parametrize(
    ("kind", "space"), [("color", "lab"), ("alpha", "oklab"), ("grey", "srgb"), ("bands", "bands")]
)
def test_the_kernel_spreads_as_the_reference(monkeypatch, kind, space):
    rng = np.random.default_rng(3)
    shape = {"color": (40, 31, 3), "alpha": (40, 31, 4), "grey": (40, 31), "bands": (40, 31, 6)}
    image = rng.integers(0, 256, shape[kind]).astype(np.float32 if kind == "bands" else np.uint8)
    source = as_source(image, space)
    labels = labels_of(rng, 40, 31, 9)
    options = {"lightness": 0.7, "texture": 1.0}
    found, sizes = spread_of(labels, 9, source, **options)
    wanted, same = spread_by_reference(monkeypatch, labels, 9, source, **options)
    assert sizes.tolist() == same.tolist() == np.bincount(labels.reshape(-1)).tolist()
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_unions_are_means_of_their_parts():
    rng = np.random.default_rng(4)
    source = as_source(rng.integers(0, 256, (33, 20, 3)).astype(np.uint8), "lab")
    labels = labels_of(rng, 33, 20, 6)
    bins = Bins(*spread._reach(source), 6.25)
    fine = spread._spread(labels, 6, source.values, bins, [1.0] * 3, np.bincount(labels.ravel()), 1)
    whole = spread._spread(
        labels * 0, 1, source.values, bins, [1.0] * 3, np.int64([labels.size]), 1
    )
    mean = np.average(fine, axis=0, weights=np.bincount(labels.ravel()))
    np.testing.assert_allclose(whole[0], mean, atol=1e-5)


@needs_kernels
@settings(deadline=None, max_examples=40)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 999), st.booleans())
def test_borders_are_those_of_the_reference_to_the_bit(h, w, seed, contrasted):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, h * w + 1))
    labels = labels_of(rng, h, w, count)
    sides = tuple(rng.random((2, h, w)).astype(np.float32)) if contrasted else None
    means, sizes = np.zeros((count, 1), np.float32), np.bincount(labels.reshape(-1))
    for one, two in zip(
        label_graph(labels, means, sizes, sides),
        graph_of_labels(labels, means, sizes, sides),
        strict=True,
    ):
        assert one.dtype == two.dtype
        assert one.tolist() == two.tolist()


@needs_kernels
@pytest.mark.parametrize("label", [-1, 3])
def test_kernels_refuse_labels_without_a_region(label):
    labels = np.int32([[0, 1, 2, label]])
    native = tree_module._native
    with pytest.raises(ValueError, match="not among"):
        native.label_graph(labels, 3, None, None)
    bins = Bins(np.zeros(1), np.ones(1), 1.0)
    sums = np.zeros((3, bins.edges))
    with pytest.raises(ValueError, match="not among"):
        native.label_spread(
            labels, np.zeros((1, 4, 1), np.float32), bins.first, bins.starts, 1.0, sums
        )


def test_textures_of_one_mean_come_apart():
    """Means alone cannot tell noise from a plain area of the same colour; distributions can."""
    rng = np.random.default_rng(5)
    image = np.full((96, 96), 128, np.uint8)
    image[:, 48:] = rng.choice(np.uint8([78, 178]), (96, 48))
    labels = cut(build_segmentation_tree(image, seeds=400), regions=2).labels
    left, right = labels[:, :40], labels[:, 56:]
    assert len(np.unique(left)) == 1
    assert (right != left[0, 0]).mean() > 0.9


def test_one_colour_and_one_pixel():
    for shape in ((1, 1), (1, 9), (9, 1), (20, 20)):
        tree = build_segmentation_tree(np.full((*shape, 3), 90, np.uint8))
        assert cut(tree, regions=1).count == 1
        assert not tree.altitudes.any()
