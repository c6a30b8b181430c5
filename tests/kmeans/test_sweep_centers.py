"""Centres for many k at once: never worse with more, and as good as many starts of each alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.errors import CancelledError
from pochade.kmeans.driver import kmeans, open_session
from pochade.kmeans.engines.registry import choose_engine
from pochade.kmeans.palette_search import SearchSettings
from pochade.kmeans.sweep import SweepData, grown, iterate_centers, shrunk, sweep_centers


def data_of(points, weights=None, held=None, engine: str = "auto") -> SweepData:
    points = np.ascontiguousarray(points, np.float32)
    weights = np.ones(len(points), np.float32) if weights is None else np.float32(weights)
    chosen, _ = choose_engine(engine, d=points.shape[1])
    session = open_session(chosen, points, weights, threads=1)
    held = points[:0] if held is None else np.float32(held)
    fused = chosen.describe().fused
    return SweepData(session, points, weights, session, held, fused)


def cloud(seed: int, n: int = 400) -> np.ndarray:
    random = np.random.default_rng(seed)
    middles = random.uniform(0, 255, (7, 3))
    return middles[random.integers(0, 7, n)] + random.normal(0, 12, (n, 3))


def inertia(points, centers) -> float:
    gaps = np.asarray(points, np.float64)[:, None] - np.asarray(centers)[None]
    return float(np.square(gaps).sum(axis=2).min(axis=1).sum())


@pytest.mark.parametrize("engine", ["auto", "reference"])
@pytest.mark.parametrize("effort", ["fast", "default"])
def test_never_worse_with_more(engine: str, effort: str):
    points = cloud(1, 200)
    ks = [1, 2, 3, 5, 8, 9, 14, 30]
    plan = SearchSettings(effort=effort)
    found = sweep_centers(data_of(points, engine=engine), ks, plan)
    assert [one.k for one in found] == ks
    assert [len(one.centers) for one in found] == ks
    told = [one.inertia for one in found]
    assert all(later <= earlier for earlier, later in pairwise(told))
    for one in found:
        assert one.inertia == pytest.approx(inertia(points, one.centers), rel=1e-4)
        assert one.seconds > 0


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(0, 40)] * 2), min_size=4, max_size=60, unique=True),
    st.integers(0, 5),
)
def test_law_of_falling_inertia(points, seed):
    table = np.array(points, np.float32)
    ks = list(range(1, min(len(table), 12)))
    weights = 1 + np.arange(len(table)) % 3
    found = sweep_centers(data_of(table, weights), ks, SearchSettings(effort="fast", seed=seed))
    told = [one.inertia for one in found]
    assert all(later <= earlier for earlier, later in pairwise(told))
    mean = np.average(table, axis=0, weights=weights)
    assert told[0] == pytest.approx(
        float((np.square(table - mean).sum(axis=1) * weights).sum()), rel=1e-5, abs=1e-3
    )


def test_as_good_as_ten_starts_of_scikit_learn():
    sklearn = pytest.importorskip("sklearn.cluster")
    points = cloud(3, 500)
    found = sweep_centers(data_of(points), range(2, 16), SearchSettings())
    for one in found[::4]:
        theirs = sklearn.KMeans(one.k, n_init=10, random_state=0).fit(points)
        ours = inertia(points, one.centers)
        assert ours <= inertia(points, theirs.cluster_centers_) * (1 + 1e-4), one.k


def test_same_bytes_whatever_the_threads():
    points = np.ascontiguousarray(cloud(5, 3000), np.float32)
    weights = np.ones(len(points), np.float32)
    told = []
    for threads in (1, 2, 3):
        engine, _ = choose_engine("auto")
        session = open_session(engine, points, weights, threads=threads)
        data = SweepData(session, points, weights, session, points[:0])
        found = sweep_centers(data, [2, 3, 4, 9], SearchSettings(threads=threads))
        told.append(b"".join(one.centers.tobytes() for one in found))
    assert told[0] == told[1] == told[2]


def test_growing_splits_along_the_longest_axis():
    # Two knots on a line: one cluster, split, gives its halves.
    points = [[0, 0], [0, 1], [100, 0], [100, 1]]
    (way,) = grown(data_of(points), np.array([[50.0, 0.5]]), 2, 3)
    assert sorted(way[:, 0].tolist()) == pytest.approx([10, 90])
    assert way[:, 1].tolist() == pytest.approx([0.5, 0.5])


def test_growing_by_several_at_once():
    points = cloud(2, 300)
    data = data_of(points)
    (way,) = grown(data, points.mean(axis=0, keepdims=True), 11, 3)
    assert way.shape == (11, 3)
    assert grown(data_of([[1, 1]]), np.array([[1.0, 1.0]]), 4, 3) == []


def test_shrinking_merges_the_cheapest_pair_to_its_mean():
    points = [[0, 0], [0, 0.5], [2, 0], [50, 0]]
    centers = np.array([[0, 0.25], [2.0, 0], [50.0, 0]])
    ways = shrunk(data_of(points, [1, 1, 4, 1]), centers, 2, 2)
    # Weights 2 and 4: the mean is two thirds of the way to the heavier.
    assert ways[0].tolist() == [pytest.approx([4 / 3, 0.25 / 3]), [50, 0]]
    assert len(ways) == 2


def test_held_centres_serve_but_stay():
    points = [[0, 0], [1, 0], [40, 0], [41, 0], [80, 0], [82, 0]]
    held = [[0.0, 0.0]]
    found = sweep_centers(data_of(points, held=held), [1, 2], SearchSettings())
    assert sorted(found[1].centers[:, 0].tolist()) == pytest.approx([40.5, 81])
    assert found[1].inertia == pytest.approx(1 + 0.5 + 2)
    assert found[1].inertia <= found[0].inertia


def test_plain_iterations_go_on_where_they_stopped():
    points = cloud(7, 800)
    data = data_of(points)
    settings_ = SearchSettings(seed=3)
    together = list(iterate_centers(data, 9, [1, 3, 200], settings_))
    for one, count in zip(together, [1, 3, 200], strict=True):
        (alone,) = iterate_centers(data, 9, [count], settings_)
        assert alone.centers.tobytes() == one.centers.tobytes()
        assert alone.inertia == one.inertia
    assert [one.n_iter for one in together[:2]] == [1, 3]
    assert together[2].n_iter < 200  # settled
    assert together[0].inertia > together[1].inertia > together[2].inertia


def test_plain_iterations_are_those_of_the_driver():
    points = cloud(8, 300).astype(np.float32)
    (one,) = iterate_centers(data_of(points), 5, [4], SearchSettings(init="wu"))
    whole = kmeans(points, 5, init="wu", max_iter=4, tol=0)
    assert one.centers.tolist() == whole.centers.tolist()


def test_progress_and_cancelling():
    told: list[float] = []
    sweep_centers(data_of(cloud(1)), [2, 4, 6], SearchSettings(progress=told.append))
    assert told == sorted(told)
    assert told[-1] == 1
    with pytest.raises(CancelledError):
        sweep_centers(data_of(cloud(1)), [2, 4], SearchSettings(cancel=lambda: len(told) > 0))
