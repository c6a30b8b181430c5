"""Borders as lines: shared, closed, of the right area, and without gaps once they are drawn."""

from __future__ import annotations

import json
import re

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw

from pochade.segment import segment
from pochade.segments.contours import Contours, curves, smoothed, trace
from pochade.segments.kernels import kernels
from pochade.segments.vector import flat_svg, geojson, region_paths, ring_area

sides = st.tuples(st.integers(1, 14), st.integers(1, 14))
label_images = sides.flatmap(lambda shape: arrays(np.int32, shape, elements=st.integers(0, 3))).map(
    lambda labels: kernels.label_components(labels)[0]
)


def areas_of(contours: Contours, count: int) -> np.ndarray:
    out = np.zeros(count)
    for region, codes in contours.rings_of():
        out[region] -= ring_area(contours.ring_points(codes))
    return out


@given(label_images)
def test_rings_enclose_the_pixels_of_their_region(labels: np.ndarray):
    sizes = np.bincount(labels.reshape(-1))
    assert areas_of(trace(labels), len(sizes)).tolist() == sizes.tolist()
    # Points on straight lines are all that an exact outline loses.
    exact = smoothed(trace(labels), 0)
    assert areas_of(exact, len(sizes)).tolist() == sizes.tolist()


@given(label_images)
def test_every_line_is_used_by_both_of_its_sides(labels: np.ndarray):
    contours = trace(labels)
    used = np.bincount(contours.codes, minlength=2 * len(contours.left))
    forwards, backwards = used[::2], used[1::2]
    assert np.array_equal(forwards, (contours.left >= 0).astype(int))
    assert np.array_equal(backwards, (contours.right >= 0).astype(int))
    assert (contours.left != contours.right).all()


@given(label_images)
def test_each_region_has_one_outer_ring(labels: np.ndarray):
    contours = trace(labels)
    outer = [
        region
        for region, codes in contours.rings_of()
        if ring_area(contours.ring_points(codes)) < 0  # against the clock, y downwards
    ]
    assert sorted(outer) == list(range(int(labels.max()) + 1))


@given(label_images, st.sampled_from([0.0, 0.5, 1.0, 3.0]))
def test_smooth_regions_still_fill_the_picture(labels: np.ndarray, smooth: float):
    contours = smoothed(trace(labels), smooth)
    total = areas_of(contours, int(labels.max()) + 1).sum()
    assert total == pytest.approx(labels.size, abs=1e-6)
    h, w = labels.shape
    assert contours.points.min() >= -1e-9
    assert (contours.points <= np.array([w, h]) + 1e-9).all()


@given(label_images, st.sampled_from([0.5, 1.0, 3.0]))
def test_points_where_regions_meet_stay(labels: np.ndarray, smooth: float):
    before, after = trace(labels), smoothed(trace(labels), smooth)
    for one, two in zip(before.chains(), after.chains(), strict=True):
        if (one[0] != one[-1]).any():
            assert two[0].tolist() == one[0].tolist()
            assert two[-1].tolist() == one[-1].tolist()


def flattened(contours: Contours, codes: np.ndarray, zoom: int) -> list[tuple[float, float]]:
    """The points of a ring along its curves, taken from each chain in its own direction."""
    t = np.linspace(0, 1, 9)[1:, None]
    out: list[np.ndarray] = []
    for code in codes.tolist():
        line = contours.chains()[code // 2]
        handles = curves(line)
        points = [line[:1]]
        for a, (b, c), d in zip(line, handles, line[1:], strict=False):
            points.append(
                (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
            )
        whole = np.concatenate(points)
        out.append(whole[::-1] if code & 1 else whole)
    return [(x * zoom, y * zoom) for x, y in np.concatenate(out).tolist()]


@settings(max_examples=25, deadline=None)
@given(label_images, st.sampled_from([0.0, 1.0, 2.0]))
def test_filled_regions_leave_no_gap(labels: np.ndarray, smooth: float):
    zoom = 8
    h, w = labels.shape
    contours = smoothed(trace(labels), smooth)
    covered = np.zeros((h * zoom, w * zoom), bool)
    for label in range(int(labels.max()) + 1):
        filled = np.zeros_like(covered)
        for region, codes in contours.rings_of():
            if region == label:
                mask = Image.new("1", (w * zoom, h * zoom))
                ImageDraw.Draw(mask).polygon(flattened(contours, codes, zoom), fill=1)
                filled ^= np.asarray(mask)
                # Pillow also fills the pixels on the line itself: not those that it took away.
                filled |= line_of(contours, codes, zoom, covered.shape)
        covered |= filled
    assert covered.all()


def line_of(contours: Contours, codes: np.ndarray, zoom: int, shape: tuple) -> np.ndarray:
    mask = Image.new("1", (shape[1], shape[0]))
    ImageDraw.Draw(mask).line(flattened(contours, codes, zoom), fill=1, width=2)
    return np.asarray(mask)


def test_a_drawn_svg_shows_no_ground():
    resvg = pytest.importorskip("resvg_py")
    random = np.random.default_rng(1)
    labels, count = kernels.label_components(
        np.kron(random.integers(0, 5, (8, 8)), np.ones((9, 9))).astype(np.int32)
    )
    colors = np.full((count, 3), (0, 90, 0), np.uint8)
    svg = flat_svg(smoothed(trace(labels), 1.0), colors, labels.shape)
    data = bytes(resvg.svg_to_bytes(svg_string=svg, zoom=3, background="#ff00ff"))
    from io import BytesIO

    drawn = np.asarray(Image.open(BytesIO(data)).convert("RGB")).astype(int)
    assert drawn.shape == (216, 216, 3)
    assert np.abs(drawn - (0, 90, 0)).max() <= 2


def test_neighbours_write_the_same_numbers():
    labels = np.array([[0, 0, 1], [0, 1, 1], [0, 0, 1]], np.int32)
    one, two = region_paths(smoothed(trace(labels), 1.0), 2)
    inner = set(re.findall(r"[\d.]+ [\d.]+", one)) - {"0 0", "0 3", "3 0", "3 3"}
    assert inner
    assert inner == set(re.findall(r"[\d.]+ [\d.]+", two)) - {"3 0", "3 3"}


def test_curves_stay_near_their_points():
    line = np.array([[0, 0], [200, 0], [200.5, 0.4], [201, 1.5]])
    handles = curves(line)
    assert handles[0, 1].tolist() == pytest.approx([200, 0], abs=0.3)
    square = np.array([[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]], float)
    # Right angles are corners: no handles.
    assert np.array_equal(curves(square)[:, 0], square[:-1])


@given(label_images)
def test_geojson_rings_are_closed_and_areas_match(labels: np.ndarray):
    count = int(labels.max()) + 1
    text = geojson(smoothed(trace(labels), 0), [{"label": label} for label in range(count)])
    found = json.loads(text)
    assert found["type"] == "FeatureCollection"
    sizes = np.bincount(labels.reshape(-1))
    for feature in found["features"]:
        rings = feature["geometry"]["coordinates"]
        areas = [ring_area(np.array(ring, float)) for ring in rings]
        assert all(ring[0] == ring[-1] and len(ring) >= 4 for ring in rings)
        assert areas[0] > 0
        assert all(area < 0 for area in areas[1:])
        assert sum(areas) == sizes[feature["properties"]["label"]]


def test_a_ring_of_one_region_has_a_hole():
    picture = np.zeros((9, 9, 3), np.uint8)
    picture[2:7, 2:7] = 255
    picture[4, 4] = 0
    found = segment(picture, 3)
    collection = json.loads(found.encode("geojson"))
    rings = [len(one["geometry"]["coordinates"]) for one in collection["features"]]
    assert rings == [2, 2, 1]
