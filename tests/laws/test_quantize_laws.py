"""What must hold for every picture and every k."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pochade import quantize

SIDES = st.integers(1, 9)
PICTURES = st.tuples(SIDES, SIDES, st.sampled_from([3, 4])).flatmap(
    lambda shape: hnp.arrays(
        np.uint8, shape, elements=st.one_of(st.sampled_from([0, 1, 255]), st.integers(0, 255))
    )
)
EFFORTS = st.sampled_from(["fast", "default", "max"])
SPACES = st.sampled_from(["srgb", "oklab", "lab", "linear"])


def visible(picture):
    """The picture with every hidden colour made one, and its distinct colours."""
    pixels = picture.reshape(-1, picture.shape[2]).copy()
    if picture.shape[2] == 4:
        pixels[pixels[:, 3] == 0] = 0
    return pixels, np.unique(pixels, axis=0)


@given(PICTURES, st.integers(1, 90), EFFORTS, SPACES)
@settings(max_examples=150, deadline=None)
def test_a_result_is_whole(picture, k, effort, space):
    result = quantize(picture, k, effort=effort, space=space)
    pixels, distinct = visible(picture)
    transparent = int(picture.shape[2] == 4 and not distinct[0].any() and distinct[0][3] == 0)
    assert np.array_equal(result.palette[result.labels], result.image)
    assert len(np.unique(result.palette, axis=0)) == len(result.palette)
    if len(distinct) - transparent <= k:
        assert np.array_equal(result.image.reshape(pixels.shape), pixels), "nothing to give up"
        assert result.inertia == 0
    else:
        assert len(result.palette) == max(k, 1 + transparent)
    if picture.shape[2] == 4:
        hidden = picture[:, :, 3] == 0
        assert (result.image[hidden] == 0).all()


@given(PICTURES, st.integers(1, 20), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_the_palette_does_not_depend_on_where_pixels_are(picture, k, seed):
    order = np.random.default_rng(seed).permutation(picture.shape[0] * picture.shape[1])
    moved = picture.reshape(-1, picture.shape[2])[order].reshape(picture.shape)
    assert np.array_equal(quantize(picture, k).palette, quantize(moved, k).palette)


@given(PICTURES, st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_repeating_a_picture_changes_no_color(picture, k):
    # The guard asks for so many pixels at least, which a repetition may reach: it is left out.
    twice = np.concatenate([picture, picture], axis=0)
    once = quantize(picture, k, guard=False).palette
    assert np.array_equal(once, quantize(twice, k, guard=False).palette)


@given(PICTURES, st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_a_quantized_picture_stays_as_it_is(picture, k):
    once = quantize(picture, k)
    again = quantize(once.image, len(once.palette))
    assert np.array_equal(once.image, again.image)


@given(PICTURES, st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_weights_equal_repeats(picture, k):
    mask = np.ones(picture.shape[:2], np.float32)
    mask[0] = 2
    repeated = np.concatenate([picture[:1], picture], axis=0)
    weighted = quantize(picture, k, weights=mask)
    assert np.array_equal(weighted.palette, quantize(repeated, k).palette)
