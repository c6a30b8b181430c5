"""Anchors from coarse to fine: laws that hold for every method and every picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.errors import UsageError
from pochade.painting import nearest, nested, nodes
from pochade.painting.anchors import Guide
from pochade.painting.hierarchy import (
    METHODS,
    Hierarchy,
    build_hierarchy,
    count_of,
    level_of,
)
from pochade.painting.nested import NESTED
from pochade.painting.nodes import area_table
from pochade.painting.working import WORKING_PIXELS, Working
from pochade.regions import tree

NEST = tuple(NESTED)


def noise(rows: int, cols: int, seed: int = 0) -> np.ndarray:
    """Soft blobs with some noise, so that there is something to divide at every scale."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :cols] / max(rows, cols)
    waves = [np.sin(9 * y * (band + 1) + 5 * x + band) for band in range(3)]
    picture = 128 + 80 * np.stack(waves, -1) + rng.normal(0, 12, (rows, cols, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)


SHAPES = [(1, 1), (1, 37), (41, 1), (2, 2), (30, 40), (6, 300)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_anchors_are_inside_distinct_and_as_many_as_wanted(method: str, shape: tuple[int, int]):
    picture = noise(*shape)
    hierarchy = build_hierarchy(picture, None, method=method)
    assert hierarchy.finest <= shape[0] * shape[1]
    assert len(build_hierarchy(picture, None, method=method, finest=1).anchors(5)) == 1
    for count in (1, 2, 7, 50, 10**6):
        anchors = hierarchy.anchors(count=count)
        assert len(anchors) == min(count, hierarchy.finest)
        assert anchors.frame == shape
        assert (anchors.positions >= 0).all()
        assert (anchors.positions < shape).all()
        pixels = np.floor(anchors.positions)
        assert len(np.unique(pixels, axis=0)) == len(anchors)
        assert (anchors.sizes > 0).all()
        assert (anchors.elongations >= 1).all()
        assert ((anchors.angles >= 0) & (anchors.angles < np.float32(np.pi))).all()
        assert 0 <= anchors.colors.min() <= anchors.colors.max() <= 255
        labels = hierarchy.labels(count=count)
        assert labels.shape == shape
        assert labels[tuple(pixels.astype(int).T)].tolist() == list(range(len(anchors)))
        area = np.bincount(labels.reshape(-1), minlength=len(anchors))
        np.testing.assert_allclose(anchors.sizes**2, area, rtol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_one_colour_is_painted_in_it(method: str):
    picture = np.full((20, 30, 3), (12, 200, 77), np.uint8)
    hierarchy = build_hierarchy(picture, None, method=method)
    for level in (0, 1, 6.5, 12):
        anchors = hierarchy.anchors(level)
        np.testing.assert_allclose(anchors.colors, [[12, 200, 77]] * len(anchors), atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_colours_are_the_means_of_the_areas(method: str):
    picture = noise(24, 31)
    hierarchy = build_hierarchy(picture, None, method=method)
    labels = hierarchy.labels(count=40)
    anchors = hierarchy.anchors(count=40)
    for at in range(40):
        np.testing.assert_allclose(anchors.colors[at], picture[labels == at].mean(0), atol=1e-3)


@pytest.mark.parametrize("method", NEST)
def test_levels_nest(method: str):
    hierarchy = build_hierarchy(noise(40, 50), None, method=method)
    coarse, fine = hierarchy.labels(count=20), hierarchy.labels(count=170)
    pairs = np.unique(np.stack([fine.reshape(-1), coarse.reshape(-1)]), axis=1)
    assert pairs.shape[1] == 170  # every fine area lies in one coarse area
    shared = np.intersect1d(hierarchy.nodes(count=20), hierarchy.nodes(count=21))
    assert len(shared) == 19


@pytest.mark.parametrize("method", METHODS)
def test_threads_and_repetition_change_no_byte(method: str):
    picture = noise(70, 90)
    first = build_hierarchy(picture, None, method=method, threads=1, seed=5)
    second = build_hierarchy(picture, None, method=method, threads=4, seed=5)
    for name, array in first.arrays().items():
        assert array.tobytes() == second.arrays()[name].tobytes(), name
    for one, other in zip(parts(first, 7.5), parts(second, 7.5), strict=True):
        assert one.tobytes() == other.tobytes()


def parts(hierarchy: Hierarchy, level: float, detail: object = None) -> list[np.ndarray]:
    anchors = hierarchy.anchors(level, detail=detail)
    names = ("positions", "colors", "tones", "sizes", "angles", "elongations")
    return [getattr(anchors, name) for name in names]


@pytest.mark.parametrize("method", METHODS)
def test_stored_and_loaded_it_gives_the_same_anchors(method: str):
    wish = np.zeros((8, 9))
    wish[:4, :4] = 1
    hierarchy = build_hierarchy(noise(50, 60), None, method=method, seed=3)
    again = Hierarchy.from_arrays({k: v.copy() for k, v in hierarchy.arrays().items()})
    assert (again.method, again.frame, again.shape) == (method, (50, 60), (50, 60))
    for level, detail in ((3, None), (8.4, None), (5, wish)):
        for one, other in zip(
            parts(hierarchy, level, detail), parts(again, level, detail), strict=True
        ):
            assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("method", METHODS)
def test_a_map_draws_anchors_and_a_flat_one_does_not(method: str):
    hierarchy = build_hierarchy(noise(80, 80), None, method=method)
    wish = np.zeros((80, 80), np.uint8)
    wish[:, :40] = 255
    plain = hierarchy.anchors(count=300)
    drawn = hierarchy.anchors(count=300, detail=wish)
    flat = hierarchy.anchors(count=300, detail=np.full((80, 80), 0.5))
    left = [(one.positions[:, 1] < 40).mean() for one in (plain, drawn)]
    assert left[1] > left[0] + 0.15
    assert flat.positions.tobytes() == plain.positions.tobytes()
    assert len(drawn) == 300


@pytest.mark.parametrize("method", METHODS)
def test_where_does_not_depend_on_resolution(method: str):
    small = noise(500, 640)
    large = small.repeat(2, axis=0).repeat(2, axis=1)
    one = build_hierarchy(small, None, method=method).anchors(count=300)
    other = build_hierarchy(large, None, method=method).anchors(count=300)
    assert other.frame == (1000, 1280)
    assert abs(np.median(other.sizes) / np.median(one.sizes) - 2) < 0.3
    # Each has, mostly, one of the other near by.
    away = np.linalg.norm(one.positions[:, None] - other.positions[None] / 2, axis=2).min(axis=1)
    assert np.median(away) < one.spacing / 2


def test_a_panorama_is_reduced_along_both_sides():
    picture = noise(30, 20_000).repeat(2, axis=0)
    hierarchy = build_hierarchy(picture, None, method="split")
    high, wide = hierarchy.shape
    assert high * wide <= WORKING_PIXELS
    assert wide / high == pytest.approx(20_000 / 60, rel=0.05)
    anchors = hierarchy.anchors(count=900)
    assert anchors.frame == (60, 20_000)
    assert anchors.positions[:, 1].max() > 19_900
    assert anchors.positions[:, 0].max() > 40


def test_tones_come_from_the_guide():
    picture = noise(20, 20)
    guide = Guide(np.full((5, 5, 3), (50, 10, -20), np.float32), (20, 20))
    anchors = build_hierarchy(picture, guide).anchors(count=10)
    np.testing.assert_allclose(anchors.tones, [[50, 10, -20]] * 10, atol=1e-4)


def test_shape_of_a_bar():
    bar = np.zeros((40, 60), np.int32)
    bar[18:22, 10:50] = 1
    for labels, angle in ((bar, 0), (np.ascontiguousarray(bar.T), np.pi / 2)):
        pixels = np.repeat(labels[..., None], 3, axis=2).astype(np.uint8) * 9
        high, wide = labels.shape
        working = Working(pixels, pixels.astype(np.float32), (2 * high, 2 * wide))
        table = area_table(working, labels, 2)
        middle = [40, 60] if angle == 0 else [60, 40]
        assert table.positions[1].tolist() == middle
        assert table.angles[1] == pytest.approx(angle, abs=1e-4)
        assert table.sizes[1] == pytest.approx(2 * np.sqrt(160))
        assert table.elongations[1] == pytest.approx(10, rel=1e-4)
        assert table.colors[:, 0].tolist() == [0, 9]


def test_the_anchor_of_a_ring_lies_on_it():
    y, x = np.mgrid[:61, :61] - 30
    away = np.hypot(y, x)
    picture = np.zeros((61, 61, 3), np.uint8)
    picture[(away > 15) & (away < 25)] = 255
    hierarchy = build_hierarchy(picture, None)
    anchors = hierarchy.anchors(count=3)
    white = anchors.positions[anchors.colors[:, 0] > 200]
    assert len(white) == 1
    assert picture[tuple(white[0].astype(int))].tolist() == [255, 255, 255]
    assert np.hypot(*(white[0] - 30.5)) > 10  # and not where its centroid is


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 12), st.integers(1, 60))
def test_any_small_picture_divides(seed: int, rows: int, cols: int, count: int):
    picture = np.random.default_rng(seed).integers(0, 3, (rows, cols, 3), dtype=np.uint8) * 100
    for method in NEST:
        hierarchy = build_hierarchy(picture, None, method=method, finest=50)
        anchors = hierarchy.anchors(count=count)
        assert len(anchors) == min(count, hierarchy.finest)
        assert len(np.unique(np.floor(anchors.positions), axis=0)) == len(anchors)


@pytest.mark.parametrize("method", METHODS)
def test_without_kernels_anchors_are_the_same(method: str, monkeypatch: pytest.MonkeyPatch):
    picture = noise(24, 30)
    with_kernels = build_hierarchy(picture, None, method=method).anchors(count=30)
    for module in (nested, nodes, nearest, tree):
        monkeypatch.setattr(module, "_native", None)
    without = build_hierarchy(picture, None, method=method).anchors(count=30)
    if method == "tree":  # the kernels unite many pairs at once, the reference one at a time
        assert np.abs(np.sort(without.sizes) - np.sort(with_kernels.sizes)).mean() < 1
        return
    order = [np.lexsort(one.positions.round(2).T) for one in (with_kernels, without)]
    one, other = (a.positions[o] for a, o in zip((with_kernels, without), order, strict=True))
    np.testing.assert_allclose(one, other, atol=0.05)


def test_counts_and_levels():
    assert [count_of(level) for level in (1, 2, 3)] == [100, 160, 256]
    assert level_of(0) == 1
    assert level_of(1) == 12
    hierarchy = build_hierarchy(noise(60, 60), None)
    assert len(hierarchy.anchors(3)) == 256
    assert len(hierarchy.anchors(13)) == 13
    for wrong in (
        hierarchy.anchors,
        lambda: hierarchy.anchors(3, count=5),
        lambda: hierarchy.anchors(-1),
        lambda: hierarchy.anchors(np.nan),
        lambda: hierarchy.anchors(np.inf),
        lambda: hierarchy.anchors(count=0),
        lambda: hierarchy.anchors(3, detail=np.full((4, 4), 2.0)),
        lambda: hierarchy.anchors(3, detail=np.full((4, 4), np.nan)),
        lambda: hierarchy.anchors(3, detail=np.zeros(4)),
        lambda: build_hierarchy(noise(4, 4), None, method="tea leaves"),
        lambda: build_hierarchy(noise(4, 4)[..., 0], None),
        lambda: build_hierarchy(noise(4, 4).astype(float), None),
        lambda: build_hierarchy(noise(4, 4), None, finest=0),
        lambda: level_of(1.1),
        lambda: count_of(12.5),
    ):
        with pytest.raises(UsageError):
            wrong()


def damaged(arrays: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    """The arrays with each in turn missing, cut short, of another type, or far out of range."""
    out = []
    for name, array in arrays.items():
        out.append({key: value for key, value in arrays.items() if key != name})
        out.append({**arrays, name: array[:-1]})
        out.append({**arrays, name: array.astype(np.complex64)})
        if array.dtype.kind == "f" and array.size:
            out.append({**arrays, name: np.full_like(array, np.nan)})
        if array.dtype == np.int32:
            out.append({**arrays, name: np.full_like(array, 2**30)})
            out.append({**arrays, name: np.full_like(array, -1)})
    return out


@pytest.mark.parametrize("method", METHODS)
def test_damaged_arrays_are_refused(method: str):
    arrays = build_hierarchy(noise(12, 14), None, method=method).arrays()
    for wrong in damaged(arrays):
        with pytest.raises(UsageError, match="damaged"):
            Hierarchy.from_arrays(wrong)
    newer = {**arrays, "about": arrays["about"].copy()}
    newer["about"][0] = 99
    with pytest.raises(UsageError, match="newer"):
        Hierarchy.from_arrays(newer)
