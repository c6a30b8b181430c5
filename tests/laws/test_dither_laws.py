"""Laws of dithering that hold for any picture and palette."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import pochade.dither.dithering as dithering
from pochade.dither import METHODS, dither
from pochade.dither.reference import plain_nearest
from pochade.dither.tables import decode_srgb, make_tables

pytestmark = pytest.mark.skipif(dithering.native is None, reason="kernels not built")
bytes_ = st.integers(0, 255)
channels = st.sampled_from([3, 4])
methods = st.sampled_from(METHODS)
spaces = st.sampled_from(["srgb", "oklab"])


@st.composite
def pictures(draw, max_side=9):
    c = draw(channels)
    h, w = draw(st.integers(1, max_side)), draw(st.integers(1, max_side))
    levels = draw(st.sampled_from([bytes_, st.sampled_from([0, 1, 128, 254, 255])]))
    return draw(arrays(np.uint8, (h, w, c), elements=levels))


@st.composite
def palettes(draw, c=None):
    columns = c or draw(channels)
    return draw(arrays(np.uint8, (draw(st.integers(1, 30)), columns), elements=bytes_))


@settings(max_examples=80, deadline=None)
@given(pictures(), palettes(), methods, spaces, st.booleans(), st.booleans(), st.floats(0, 1))
def test_labels_name_entries_and_threads_change_nothing(
    image, palette, method, space, serpentine, edge_aware, strength
):
    call = {"method": method, "space": space, "serpentine": serpentine}
    call |= {"edge_aware": edge_aware, "strength": strength}
    labels = dither(image, palette, **call)
    assert labels.shape == image.shape[:2]
    assert labels.max() < len(palette)
    assert np.array_equal(labels, dither(image, palette, threads=3, **call))


@settings(max_examples=60, deadline=None)
@given(pictures(), palettes(), methods, spaces, st.booleans())
def test_strength_0_is_plain_nearest(image, palette, method, space, edge_aware):
    labels = dither(image, palette, method=method, space=space, strength=0.0, edge_aware=edge_aware)
    full = palette
    if image.shape[2] == 4 and palette.shape[1] == 3:
        full = np.column_stack([palette, np.full(len(palette), 255, np.uint8)])
    assert np.array_equal(labels, plain_nearest(image, make_tables(full, space)))


@settings(max_examples=60, deadline=None)
@given(st.data(), methods, spaces, st.booleans(), st.floats(0, 1))
def test_a_picture_in_the_palette_comes_back(data, method, space, edge_aware, strength):
    palette = data.draw(palettes(3))
    labels = data.draw(arrays(np.int64, (5, 6), elements=st.integers(0, len(palette) - 1)))
    image = palette[labels]
    found = dither(
        image, palette, method=method, space=space, edge_aware=edge_aware, strength=strength
    )
    assert np.array_equal(palette[found], image)


@settings(max_examples=60, deadline=None)
@given(pictures(), palettes(4), methods, spaces)
def test_alpha_is_about_what_plain_mapping_gives(image, palette, method, space):
    alpha = palette[dither(image, palette, method=method, space=space), 3]
    plain = palette[dither(image, palette, method=method, space=space, strength=0.0), 3]
    assert np.abs(alpha.astype(int) - plain).max() <= 8


@settings(max_examples=15, deadline=None)
@given(
    st.tuples(*[st.integers(40, 215)] * 3),
    st.sampled_from(["floyd-steinberg", "sierra-lite"]),
    st.sampled_from(["srgb", "auto"]),
)
def test_a_flat_area_keeps_its_light(color, method, space):
    """Of error diffusion; an ordered mixture of at most seven entries comes near it only."""
    corners = np.array([[r, g, b] for r in (0, 255) for g in (0, 255) for b in (0, 255)], np.uint8)
    image = np.full((64, 64, 3), color, np.uint8)
    labels = dither(image, corners, method=method, space=space, strength=1.0, edge_aware=False)
    light = decode_srgb(corners[labels] / 255.0).mean((0, 1))
    assert np.abs(light - decode_srgb(np.array(color) / 255.0)).max() < 0.05


@settings(max_examples=60, deadline=None)
@given(pictures(), palettes(), methods, spaces, st.integers(1, 9))
def test_rows_below_never_matter_without_edges(image, palette, method, space, rows):
    call = {"method": method, "space": space, "edge_aware": False}
    whole = dither(image, palette, **call)
    assert np.array_equal(whole[:rows], dither(image[:rows], palette, **call))
