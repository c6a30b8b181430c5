"""Cuts: by hand, by law, and the kernels against the plain version."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.errors import UsageError
from pochade.regions import (
    boundary_edges,
    boundary_strength,
    build_segmentation_tree,
    build_tree,
    cut,
    region_means,
)
from pochade.regions import tree as tree_module

from .test_trees import ENGINES, KINDS, components, needs_kernels, picture

LINE = np.float32([[1, 2, 9, 9, 20]])


def without_kernels(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tree_module, "_native", None)


@pytest.fixture(params=ENGINES)
def kernels(request, monkeypatch):
    if request.param == "reference":
        without_kernels(monkeypatch)
    return request.param


def test_numbers_and_thresholds_by_hand(kernels):
    tree = build_tree(LINE)
    # 9 9 unite for 0, 1 2 for 0.5, those four for 56.25, all for 4/5 * 14.75^2 = 174.05.
    assert sorted(round(float(value), 2) for value in tree.altitudes[5:]) == [0, 0.5, 56.25, 174.05]
    three = cut(tree, regions=3)
    assert three.labels.tolist() == [[0, 0, 1, 1, 2]]
    assert three.threshold == pytest.approx(0.5)
    assert tree.sizes[three.nodes].tolist() == [2, 2, 1]
    assert cut(tree, threshold=0.5).labels.tolist() == three.labels.tolist()
    assert cut(tree, threshold=0.49).count == 4
    assert cut(tree, threshold=174.1).count == 1
    assert cut(tree, threshold=-1).count == 5


def test_equal_altitudes_are_split_from_the_last_union(kernels):
    tree = build_tree(np.zeros((1, 6), np.float32))
    for k in range(1, 7):
        found = cut(tree, regions=k)
        assert found.count == k
        assert found.threshold == 0
    assert cut(tree, threshold=0).count == 1


def test_minimum_area_by_hand(kernels):
    # A white speck in the dark half unites late, but must not stop the halves from being split.
    image = np.zeros((8, 16, 3), np.uint8)
    image[:, 8:] = 120
    image[3, 3] = 255
    tree = build_tree(image)
    found = cut(tree, min_area=20)
    assert np.bincount(found.labels.reshape(-1)).min() >= 20
    assert found.labels[3, 3] == found.labels[3, 2]
    assert found.labels[0, 0] != found.labels[0, 15]
    assert not found.whole
    two = cut(tree, regions=2, min_area=20)
    assert two.labels[0].tolist() == [0] * 8 + [1] * 8
    assert two.count == 2
    assert cut(tree, regions=3).count == 3
    assert (np.bincount(cut(tree, regions=3).labels.reshape(-1)) == 1).sum() == 1
    assert cut(tree, min_area=1000).count == 1


def test_detail_is_finer_where_it_is_asked_for(kernels):
    image = picture("blobs", 24, 32, seed=2)
    tree = build_tree(image)
    detail = np.zeros((24, 32), np.float32)
    detail[:, 16:] = 1
    plain, painted = cut(tree, regions=30), cut(tree, regions=30, detail=detail)
    assert painted.count == 30
    right = [len(np.unique(one.labels[:, 16:])) for one in (plain, painted)]
    left = [len(np.unique(one.labels[:, :16])) for one in (plain, painted)]
    assert right[1] > right[0]
    assert left[1] < left[0]
    assert cut(tree, regions=30, detail=detail > 0).labels.tolist() == painted.labels.tolist()
    nothing = cut(tree, regions=30, detail=np.zeros((24, 32)))
    assert nothing.labels.tolist() == plain.labels.tolist()


@needs_kernels
@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 14), st.integers(1, 14), st.sampled_from(KINDS), st.integers(0, 99), st.data()
)
def test_the_kernels_cut_as_the_plain_version_does(h, w, kind, seed, data):
    labels = np.arange(h * w).reshape(h, w) // 3 if data.draw(st.booleans()) else None
    tree = build_tree(picture(kind, h, w, seed=seed), superpixels=labels)
    options: dict[str, object] = {}
    if data.draw(st.booleans()):
        options["detail"] = np.random.default_rng(seed).integers(0, 256, (h, w)).astype(np.uint8)
    if data.draw(st.booleans()):
        options["regions"] = data.draw(st.integers(1, tree.n))
    else:
        options["threshold"] = float(data.draw(st.sampled_from(tree.altitudes.tolist())))
    if data.draw(st.booleans()):
        options["min_area"] = data.draw(st.integers(1, h * w))
    ours = cut(tree, **options)
    with pytest.MonkeyPatch.context() as patch:
        without_kernels(patch)
        plain = cut(tree, **options)
    assert ours.labels.tolist() == plain.labels.tolist()
    assert ours.nodes.tolist() == plain.nodes.tolist()
    assert ours.threshold == pytest.approx(plain.threshold)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 14), st.integers(2, 14), st.sampled_from(KINDS), st.integers(1, 60))
def test_no_region_is_smaller_than_the_minimum_area(h, w, kind, area):
    tree = build_tree(picture(kind, h, w))
    found = cut(tree, min_area=area)
    sizes = np.bincount(found.labels.reshape(-1))
    assert sizes.min() >= min(area, h * w)
    assert found.count == components(found.labels)


@needs_kernels
@settings(deadline=None, max_examples=60)
@given(
    st.integers(40, 60),
    st.sampled_from(KINDS),
    st.integers(1, 80),
    st.integers(1, 80),
    st.booleans(),
)
def test_a_cut_from_another_cut_is_the_same(side, kind, before, after, painted):
    tree = build_tree(picture(kind, side, side))
    detail = np.eye(side, dtype=np.float32) if painted else None
    base = cut(tree, regions=before)
    ours = cut(tree, regions=after, base=base, detail=detail)
    whole = cut(tree, regions=after, detail=detail)
    assert ours.labels.tolist() == whole.labels.tolist()
    assert ours.nodes.tolist() == whole.nodes.tolist()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "say how far"),
        ({"regions": 0}, "from 1 to 12"),
        ({"regions": 13}, "from 1 to 12"),
        ({"regions": 2, "threshold": 1}, "not both"),
        ({"threshold": float("nan")}, "must be a number"),
        ({"min_area": 0}, "1 or more"),
        ({"detail": np.zeros((3, 4))}, "beside it"),
        ({"regions": 2, "detail": np.zeros((4, 3))}, "the shape of the picture"),
        ({"regions": 2, "detail": np.full((3, 4), 2.0)}, "from 0 to 1"),
        ({"regions": 2, "detail": np.full((3, 4), np.nan)}, "from 0 to 1"),
    ],
)
def test_bad_options_are_one_sentence(options, words):
    with pytest.raises(UsageError, match=words):
        cut(build_tree(picture("noise", 3, 4)), **options)


def test_a_base_must_be_of_the_same_tree():
    one, two = build_tree(picture("noise", 3, 4)), build_tree(picture("noise", 3, 4, seed=1))
    with pytest.raises(UsageError, match="same tree"):
        cut(one, regions=3, base=cut(two, regions=2))


@pytest.mark.parametrize("labels", [None, np.arange(60).reshape(6, 10) // 2])
def test_contours_are_those_of_the_cuts(kernels, labels):
    tree = build_tree(picture("noise", 6, 10), superpixels=labels)
    right, below = boundary_edges(tree)
    assert (right.shape, below.shape) == ((6, 9), (5, 10))
    strength = boundary_strength(tree)
    for threshold in np.quantile(tree.altitudes, [0.6, 0.8, 0.95]).tolist():
        found = cut(tree, threshold=threshold).labels
        assert ((right > threshold) == (found[:, 1:] != found[:, :-1])).all()
        assert ((below > threshold) == (found[1:] != found[:-1])).all()
        outlined = np.zeros((6, 10), bool)
        outlined[:, :-1] |= found[:, 1:] != found[:, :-1]
        outlined[:-1] |= found[1:] != found[:-1]
        assert ((strength > threshold) == outlined).all()


def test_means_of_regions_and_nodes(kernels):
    image = picture("noise", 9, 11)
    tree = build_segmentation_tree(image)
    found = cut(tree, regions=7)
    means = region_means(found, image)
    for region in range(7):
        inside = image[found.labels == region].astype(np.float64)
        np.testing.assert_allclose(means[region], inside.mean(0), rtol=1e-5)
    of_nodes = region_means(tree, image)
    np.testing.assert_allclose(of_nodes[found.nodes], means, rtol=1e-4)
    np.testing.assert_allclose(of_nodes[-1], image.reshape(-1, 3).mean(0), rtol=1e-4)
    with pytest.raises(UsageError, match="rows"):
        region_means(found, image[1:])
