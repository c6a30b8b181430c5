"""Steps by the distance: against plain NumPy, against the median, beside held centres."""

from __future__ import annotations

import numpy as np
import pytest

from pochade import CancelledError
from pochade.kmeans.distance_search import search_by_distance, search_weights
from pochade.kmeans.engines.registry import choose_engine
from pochade.kmeans.opening import open_session
from pochade.kmeans.palette_search import SearchSettings, search
from pochade.kmeans.settling import pulled, pulled_reference, settle, settle_by_distance


def cloud(n=3000, d=4, seed=0):
    generator = np.random.default_rng(seed)
    points = generator.normal(0, 1, (n, d)) ** 3
    return points.astype(np.float32), generator.integers(1, 50, n).astype(np.float32)


def opened(points, weights, engine="native"):
    chosen, _ = choose_engine(engine, k=8, d=points.shape[1])
    return open_session(chosen, points, weights, threads=1)


def mean_distance(points, weights, centers):
    apart = np.sqrt(((points[:, None].astype(float) - centers) ** 2).sum(2)).min(1)
    return np.average(apart, weights=weights)


@pytest.mark.parametrize("d", [2, 3, 4, 5])
def test_kernel_and_reference_are_the_same_bytes(d):
    points, weights = cloud(d=d)
    labels = np.random.default_rng(1).integers(0, 7, len(points)).astype(np.int32)
    centers = points[:9].copy()
    found, expected = (
        f(points, centers, labels, weights, 0.01) for f in (pulled, pulled_reference)
    )
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])
    assert found[2] == pytest.approx(expected[2])
    assert (found[1][7:] == 0).all()


def test_one_center_goes_to_the_weighted_median():
    points = np.float32([[0], [1], [10]])
    weights = np.float32([1, 3, 1])
    found = settle_by_distance(
        opened(points, weights), points, weights, np.array([[4.0]]), np.empty((0, 1), np.float32),
        steps=60, least=1e-3,
    )  # fmt: skip
    assert found.centers[0, 0] == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_the_mean_distance_falls_and_held_centers_stay(engine):
    points, weights = cloud()
    start = points[:6].astype(np.float64)
    held = points[100:103]
    none = held[:0]
    session = opened(points, weights, engine)
    free = settle_by_distance(session, points, weights, start, none, steps=12, least=1e-3)
    assert mean_distance(points, weights, free.centers) < mean_distance(points, weights, start)
    beside = settle_by_distance(session, points, weights, start, held, steps=12, least=1e-3)
    assert beside.centers.shape == start.shape
    both = np.concatenate([beside.centers, held])
    assert mean_distance(points, weights, both) < mean_distance(points, weights, free.centers)
    squared = settle(session, start, held, steps=12)
    assert mean_distance(points, weights, both) < mean_distance(
        points, weights, np.concatenate([squared, held])
    )


def test_a_center_that_serves_nothing_stays():
    points, weights = cloud()
    start = np.concatenate([points[:3].astype(np.float64), np.full((1, 4), 1e6)])
    found = settle_by_distance(
        opened(points, weights), points, weights, start, points[:0], steps=3, least=1e-3
    )
    assert (found.centers[3] == 1e6).all()


@pytest.mark.parametrize("effort", ["fast", "default", "max"])
@pytest.mark.parametrize("k", [3, 20, 60])
def test_search_by_distance_beats_the_squared_search_at_its_own_error(effort, k):
    points, weights = cloud()
    settings = SearchSettings(effort=effort)
    session = opened(points, search_weights(weights, k))
    found = search_by_distance(session, points, weights, k, points[:0], settings, least=1e-3)
    assert found.centers.shape == (k, 4)
    plain = search(opened(points, weights), points, weights, k, settings)
    pull = weights ** (9 / 8)
    assert mean_distance(points, pull, found.centers) < mean_distance(points, pull, plain.centers)


def test_progress_rises_and_cancel_stops():
    points, weights = cloud()
    session = opened(points, search_weights(weights, 5))
    seen: list[float] = []
    settings = SearchSettings(progress=seen.append)
    search_by_distance(session, points, weights, 5, points[:0], settings, least=1e-3)
    assert seen == sorted(seen)
    assert seen[-1] == 1
    settings = SearchSettings(cancel=lambda: True)
    with pytest.raises(CancelledError):
        search_by_distance(session, points, weights, 5, points[:0], settings, least=1e-3)
