"""Scaling of columns: scikit-learn's numbers, and there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pochade.histogram import count_colors
from pochade.pixels.blocks import block_of, feature_columns, spans
from pochade.pixels.names import FEATURES, MEANING, meaning, spelled_out
from pochade.pixels.scaling import Scaling, measure

IMAGES = hnp.arrays(
    np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([3, 4]))
)
OPAQUE = tuple(name for name in FEATURES if name != "a")


def photo(shape: tuple[int, int, int] = (60, 80, 3)) -> np.ndarray:
    """A smooth picture with noise, so that it has many colours and none of them alone."""
    random = np.random.default_rng(1)
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]] / max(shape)
    waves = np.stack([np.sin(3 * x + c) * np.cos(4 * y - c) for c in range(shape[2])], axis=-1)
    return (waves * 90 + 128 + random.normal(0, 9, shape)).clip(0, 255).astype(np.uint8)


def whole_table(image: np.ndarray, columns: tuple[str, ...]) -> np.ndarray:
    block = feature_columns(image, slice(0, len(image)), columns)
    return np.stack([block[name] for name in columns], axis=1).astype(np.float64)


@pytest.mark.parametrize("alpha", [False, True])
def test_standard_is_scikit_learns_standard_scaler(alpha: bool):
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    image = photo((60, 80, 4)) if alpha else photo()
    if alpha:
        image[:9, :, 3] = 0
        image[30:, 50:, 3] = 255
    for columns in (OPAQUE, (*OPAQUE, "a")) if alpha else (OPAQUE,):
        table = whole_table(image, columns)
        theirs = preprocessing.StandardScaler().fit(table)
        ours = measure(image, count_colors([image]), columns).scaling("standard", {})
        np.testing.assert_allclose(ours.mean, theirs.mean_, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(ours.scale, theirs.scale_, rtol=1e-9)
        block = feature_columns(image, slice(0, len(image)), columns)
        np.testing.assert_allclose(ours.points(block), theirs.transform(table), atol=1e-9)


def test_a_constant_column_is_divided_by_one():
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    image = np.full((5, 7, 3), 77, np.uint8)
    theirs = preprocessing.StandardScaler().fit(whole_table(image, OPAQUE))
    ours = measure(image, count_colors([image]), OPAQUE).scaling("standard", {})
    np.testing.assert_allclose(ours.scale, theirs.scale_)
    assert ours.scale[2:].tolist() == [1.0] * 9


def test_sums_of_a_long_picture_are_exact():
    """Squares of 65,000 columns times many rows do not fit into a float's 53 bits."""
    image = np.zeros((1, 65_535, 3), np.uint8)
    image = np.broadcast_to(image, (40, 65_535, 3))
    found = measure(np.ascontiguousarray(image), count_colors([np.zeros_like(image)]), ("x",))
    assert found.mean.tolist() == [32_767.0]
    # The variance of 0 ... n-1 is (n^2 - 1) / 12.
    assert found.deviation[0] == pytest.approx(((65_535**2 - 1) / 12) ** 0.5, rel=1e-15)


@settings(max_examples=40, deadline=None)
@given(
    image=IMAGES,
    columns=st.lists(st.sampled_from(OPAQUE), min_size=1, unique=True).map(tuple),
    scale=st.sampled_from(["none", "standard"]),
    weights=st.dictionaries(st.sampled_from(OPAQUE), st.floats(0.01, 100)),
)
def test_original_undoes_points(image, columns, scale, weights):
    moments = measure(image, count_colors([image]), columns)
    scaling = moments.scaling(scale, weights)
    table = whole_table(image, columns)
    block = feature_columns(image, slice(0, len(image)), columns)
    for origin in (None, moments.mean):
        back = scaling.original(scaling.points(block, origin=origin), origin=origin)
        np.testing.assert_allclose(back, table, rtol=1e-9, atol=1e-9)


def test_weights_multiply_after_scaling():
    scaling = Scaling(("r",), np.array([10.0]), np.array([4.0]), np.array([3.0]))
    assert scaling.points({"r": np.uint8([10, 14, 2])}).tolist() == [[0.0], [3.0], [-6.0]]


@settings(max_examples=40, deadline=None)
@given(image=IMAGES, pixels=st.integers(1, 40))
def test_blocks_together_are_the_table(image, pixels):
    names = ("x", "y", "r", "g", "b", *(("a",) if image.shape[2] == 4 else ()))
    parts = [block_of(image, rows, names) for rows in spans(image.shape, pixels)]
    found = {name: np.concatenate([part[name] for part in parts]) for name in names}
    height, width, channels = image.shape
    expected = [(x, y, *image[y, x].tolist()) for y in range(height) for x in range(width)]
    assert np.stack([found[name] for name in names], axis=1).tolist() == [
        list(row) for row in expected
    ]
    assert len(names) == 2 + channels


@settings(max_examples=30, deadline=None)
@given(image=IMAGES.filter(lambda image: image.shape[2] == 4))
def test_hidden_pixels_count_only_with_alpha(image):
    image[0, 0, 3] = 0
    without = feature_columns(image, slice(0, len(image)), ("r", "y"))
    assert len(without["r"]) == np.count_nonzero(image[..., 3])
    block = feature_columns(image, slice(0, len(image)), ("r", "a", "y"))
    assert len(block["r"]) == image.shape[0] * image.shape[1]
    assert not block["r"][block["a"] == 0].any()
    assert block["y"].max() == len(image) - 1


def test_every_column_has_a_meaning():
    assert all(meaning(name) for name in FEATURES)
    assert set(FEATURES) < MEANING.keys()
    assert spelled_out(("oklab", "xy")) == ("oklab_l", "oklab_a", "oklab_b", "x", "y")
