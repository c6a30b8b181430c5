"""`segment`: laws of its labels and tables, the ways to say how fine, and odd pictures."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays

import pochade
from pochade.errors import InputError, UsageError
from pochade.regions import build_tree
from pochade.segment_options import SegmentLook
from pochade.segments import reference
from pochade.segments.kernels import kernels

sides = st.tuples(st.integers(1, 16), st.integers(1, 16), st.sampled_from([1, 3, 4]))
pictures = sides.flatmap(lambda shape: arrays(np.uint8, shape))
METHODS = ("tree", "kmeans", "classic")


def photo(height: int = 60, width: int = 90, seed: int = 0) -> np.ndarray:
    """A soft picture with a disc, stripes and noise."""
    random = np.random.default_rng(seed)
    rows, columns = np.indices((height, width))
    out = np.stack([columns * 255 // width, rows * 255 // height, 0 * rows + 90], axis=2)
    out[(rows - 30) ** 2 + (columns - 40) ** 2 < 200] = (230, 60, 40)
    out[:, 70:76] = (20, 30, 200)
    return np.clip(out + random.normal(0, 4, out.shape), 0, 255).astype(np.uint8)


@settings(max_examples=40, deadline=None)
@given(pictures, st.integers(1, 40), st.sampled_from(METHODS))
def test_labels_divide_the_picture(picture: np.ndarray, n: int, method: str):
    found = pochade.segment(picture, n, method=method)
    assert found.labels.shape == picture.shape[:2]
    areas, count = kernels.label_components(found.labels)
    assert count == found.count
    assert np.array_equal(areas, found.labels)
    if method != "kmeans":
        assert found.count <= n


@settings(max_examples=40, deadline=None)
@given(pictures, st.integers(1, 40))
def test_the_table_adds_up_to_the_picture(picture: np.ndarray, n: int):
    found = pochade.segment(picture, n)
    table = found.table
    h, w = picture.shape[:2]
    assert table.area.sum() == h * w
    whole = picture.reshape(-1, picture.shape[2]).astype(float)
    np.testing.assert_allclose(table.area @ table.mean, whole.sum(axis=0), atol=1e-3)
    np.testing.assert_allclose(
        (table.area[:, None] * table.centroid).sum(axis=0),
        [h * w * (w - 1) / 2, h * w * (h - 1) / 2],
    )
    # The interior point is inside, and as deep as it says.
    x, y = table.interior.T
    assert np.array_equal(found.labels[y, x], table.label)
    assert (table.depth >= 0.5).all()
    left, top, right, bottom = table.box.T
    assert ((left <= x) & (x < right) & (top <= y) & (y < bottom)).all()
    # Every side between two regions is counted once in the pairs, twice in the regions.
    between = (found.labels[1:] != found.labels[:-1]).sum()
    between += (found.labels[:, 1:] != found.labels[:, :-1]).sum()
    assert table.pair_length.sum() == between
    assert table.boundary.sum() == 2 * between


def test_a_table_by_hand():
    picture = np.zeros((3, 4, 1), np.uint8)
    picture[:, 2:] = [[[100], [120]], [[100], [120]], [[100], [120]]]
    found = pochade.segment(picture, 2)
    assert found.labels.tolist() == [[0, 0, 1, 1]] * 3
    table = found.table
    assert table.area.tolist() == [6, 6]
    assert table.centroid.tolist() == [[0.5, 1.0], [2.5, 1.0]]
    assert table.interior.tolist() == [[0, 1], [2, 1]]
    assert table.depth.tolist() == [0.5, 0.5]
    assert table.box.tolist() == [[0, 0, 2, 3], [2, 0, 4, 3]]
    assert table.mean.tolist() == [[0.0], [110.0]]
    assert table.covariance.reshape(-1).tolist() == pytest.approx([0, 100])
    assert table.pairs.tolist() == [[0, 1]]
    assert table.pair_length.tolist() == [3]
    assert table.boundary.tolist() == [3, 3]
    assert table.neighbours.tolist() == [1, 1]
    assert table.neighbours_of(1).tolist() == [0]
    assert table.pair_contrast[0] > 20
    columns = table.columns()
    assert columns["mean_0"].tolist() == [0, 110]
    assert all(len(column) == 2 for column in columns.values())


def test_covariance_is_numpys():
    picture = photo()
    found = pochade.segment(picture, 12)
    for label in range(found.count):
        pixels = picture[found.labels == label].astype(float)
        expected = np.cov(pixels.T, bias=True)
        np.testing.assert_allclose(found.table.covariance[label], expected, rtol=1e-6, atol=1e-4)


def test_an_interior_point_of_a_bent_region_is_not_its_centroid():
    picture = np.zeros((21, 21, 3), np.uint8)
    picture[5:, 5:16] = 255  # a horseshoe is left
    found = pochade.segment(picture, 2)
    assert found.count == 2
    x, y = found.table.interior[0]
    assert found.labels[y, x] == 0
    middle = np.rint(found.table.centroid[0]).astype(int)
    assert found.labels[middle[1], middle[0]] == 1


def test_number_threshold_area_and_detail():
    picture = photo()
    assert pochade.segment(picture, 37).count == 37
    fine = pochade.segment(picture, threshold=pochade.segment(picture, 37).threshold)
    assert abs(fine.count - 37) <= 1
    assert pochade.segment(picture, threshold=1e12).count == 1
    least = pochade.segment(picture, min_area=50)
    assert least.table.area.min() >= 50
    assert least.count > 5
    both = pochade.segment(picture, 60, min_area=110)
    assert both.table.area.min() >= 110
    assert any("smaller" in note for note in both.notes)
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[:, :45] = 255
    there = pochade.segment(picture, 40, detail=mask).labels
    plain = pochade.segment(picture, 40).labels
    assert len(np.unique(there[:, :45])) > len(np.unique(plain[:, :45]))


def test_a_tree_is_used_again(tmp_path):
    picture = photo()
    first = pochade.segment(picture, 30)
    path = first.save(tmp_path / "tree.npz")
    again = pochade.segment(None, 30, tree=path)
    assert np.array_equal(again.labels, first.labels)
    assert np.array_equal(pochade.segment(picture, 9, tree=first.tree).labels.shape, (60, 90))
    with pytest.raises(UsageError, match="90x60"):
        pochade.segment(picture[:5], 3, tree=first.tree)
    with pytest.raises(UsageError, match="no picture"):
        pochade.segment(None, 3)
    bare = build_tree(picture)
    bare.save(tmp_path / "bare.npz", picture=False)
    with pytest.raises(UsageError, match="no picture"):
        pochade.segment(None, 3, tree=tmp_path / "bare.npz")
    with pytest.raises(InputError, match="does not exist"):
        pochade.segment(picture, 3, tree=tmp_path / "gone.npz")


@pytest.mark.parametrize("method", METHODS)
def test_same_bytes_on_any_number_of_threads(method: str):
    picture = photo(80, 120, 3)
    one, many = (pochade.segment(picture, 20, method=method, threads=t) for t in (1, 3))
    assert np.array_equal(one.labels, many.labels)
    looks = (SegmentLook(finish="random"), SegmentLook(finish="gaussian"))
    for look in looks:
        assert one.encode("png", "flat", look) == many.encode("png", "flat", look)
    assert one.encode("svg") == many.encode("svg")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_tiny_pictures(method: str, shape: tuple[int, int]):
    picture = np.arange(np.prod(shape) * 3, dtype=np.uint8).reshape(*shape, 3) * 7
    found = pochade.segment(picture, 500, method=method)
    assert 1 <= found.count <= picture.shape[0] * picture.shape[1]
    assert len(found.table) == found.count
    for form in ("png", "svg", "geojson", "csv", "json", "npy"):
        assert found.encode(form)
    for kind in ("overlay", "outlines", "numbers"):
        assert found.encode("png", kind)


@pytest.mark.parametrize("method", METHODS)
def test_one_colour_is_one_region(method: str):
    found = pochade.segment(np.full((20, 30, 3), 77, np.uint8), 50, method=method)
    if method == "classic":  # merges until so many are left, whatever they look like
        assert found.count == 50
        return
    assert found.count == 1
    if method == "tree":
        assert "no more that differ" in found.notes[0]
        assert not found.strength().any()
    assert found.table.mean.tolist() == [[77, 77, 77]]
    assert found.encode("svg")


def test_numbers_of_any_kind_and_any_bands():
    random = np.random.default_rng(0)
    bands = random.normal(0, 0.1, (40, 50, 7))
    bands[:, 25:] += 3
    found = pochade.segment(bands, 2)
    assert found.labels[0, 0] != found.labels[0, -1]
    assert found.table.mean.shape == (2, 7)
    assert found.table.covariance.shape == (2, 7, 7)
    assert found.values.shape == bands.shape
    assert found.image.dtype == np.uint8
    deep = np.zeros((30, 30), np.uint16)
    deep[:, 15:] = 60_000
    deep[:, 20:] = 60_400
    found = pochade.segment(deep, 3, cost="ward")
    assert found.count == 3
    assert found.table.mean[:, 0].tolist() == [0, 60_000, 60_400]
    assert np.array_equal(found.values[..., 0], deep)
    two = pochade.segment(random.integers(0, 9, (12, 12, 2)), 5)
    assert two.image.shape == (12, 12, 3)
    assert pochade.segment(bands, 2, method="kmeans").count >= 2


def test_transparent_pixels_do_not_darken_their_region():
    picture = np.zeros((4, 4, 4), np.uint8)
    picture[:, :2] = (200, 100, 50, 255)
    picture[0, 0] = (0, 0, 0, 0)
    found = pochade.segment(picture, 1)
    assert found.colors[0, :3].tolist() == [200, 100, 50]


def test_position_makes_clusters_compact():
    flat = np.full((40, 60, 3), 90, np.uint8)
    found = pochade.segment(flat, 6, method="kmeans", position=1.0)
    assert found.count == 6
    sizes = np.bincount(found.labels.reshape(-1))
    assert sizes.min() > 200
    assert found.clusters is not None
    least = pochade.segment(photo(), 8, method="kmeans", min_area=30)
    assert np.bincount(least.labels.reshape(-1)).min() >= 30


def test_classic_meets_its_number_and_culls():
    picture = photo(120, 160, 5)
    for cull in (True, False):
        found = pochade.segment(picture, 150, method="classic", size_cull=cull)
        assert found.count == 150
    assert pochade.segment(picture, 5000, method="classic").count == 5000


@pytest.mark.parametrize("method", METHODS)
def test_without_kernels_the_result_is_the_same(method: str, monkeypatch: pytest.MonkeyPatch):
    picture = photo(40, 60, 7)

    def made() -> list[bytes]:
        found = pochade.segment(picture, 12, method=method, min_area=5)
        look = SegmentLook(finish="random")
        forms = [("svg", None), ("svg", "numbers"), ("geojson", None), ("csv", None)]
        return [found.encode("png", "flat", look), *(found.encode(*form) for form in forms)]

    fast = made()
    for module in ("classic", "cluster", "contours", "measure", "merge", "paints", "repaint"):
        monkeypatch.setattr(f"pochade.segments.{module}.kernels", reference)
    assert made() == fast


def test_progress_and_cancel():
    shares: list[float] = []
    pochade.segment(photo(), 10, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    for method in METHODS:
        with pytest.raises(pochade.CancelledError):
            pochade.segment(photo(), 10, method=method, cancel=lambda: True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n": 0}, "at least 1"),
        ({"n": 5, "threshold": 2.0}, "exclude"),
        ({"n": 2.5}, "whole number"),
        ({"method": "kmeans", "threshold": 2.0}, "method tree"),
        ({"method": "kmeans", "detail": np.ones((60, 90))}, "method tree"),
        ({"position": 2.0}, "compactness"),
        ({"min_area": 5, "detail": np.ones((60, 90))}, "detail"),
        ({"n": 5, "detail": np.ones((3, 3))}, "3x3"),
        ({"n": 5, "detail": np.full((60, 90), 2.0)}, "0 to 1"),
        ({"method": "trees"}, "did you mean 'tree'"),
        ({"tree": 7}, "RegionTree"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(options: dict, words: str):
    with pytest.raises(UsageError, match=words):
        pochade.segment(photo(), **options)


def test_pictures_that_are_none():
    for wrong in (np.zeros((0, 3, 3), np.uint8), np.full((4, 4), np.nan), np.zeros((2, 2, 2, 2))):
        with pytest.raises(UsageError):
            pochade.segment(wrong, 2)
    with pytest.raises(InputError):
        pochade.segment("no such picture.png", 2)
