"""Laws of k-means on tiny random tables, with the engine that `auto` chooses and the reference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pochade.kmeans import get_engine, kmeans
from pochade.kmeans.counted import count_points
from pochade.kmeans.engines.registry import engines
from pochade.kmeans.init import kmeans_plus_plus, principal_splits, random_points

FAST = [record.name for record in engines() if record.available and record.name != "sklearn"]

# Whole numbers in a small range: many equal rows, exact sums.
tables = st.tuples(st.integers(1, 24), st.integers(1, 4)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.integers(0, 20).map(float))
)
ks = st.integers(1, 9)
seeds = st.integers(0, 2**64 - 1)
inits = st.sampled_from(["kmeans++", "random", "wu"])
improves = st.sampled_from([False, "split-merge"])


def inertia_by_hand(points, result):
    differences = points[:, None, :].astype(float) - result.centers
    return float(np.square(differences).sum(axis=2).min(axis=1).sum())


@pytest.mark.parametrize("engine", FAST)
class TestKMeans:
    @settings(deadline=None, max_examples=50)
    @given(points=tables, k=ks, seed=seeds, init=inits, improve=improves)
    def test_the_result_is_what_it_says(self, engine, points, k, seed, init, improve):
        result = kmeans(points, k, init=init, improve=improve, seed=seed, engine=engine)
        distinct = len(np.unique(points, axis=0))
        assert result.n_clusters_found == min(k, distinct)
        assert result.inertia == pytest.approx(inertia_by_hand(points, result), abs=1e-2, rel=1e-5)
        # No cluster is empty, and every centre lies among its points.
        assert set(result.labels.tolist()) == set(range(result.n_clusters_found))
        assert (result.centers >= points.min(axis=0) - 1e-5).all()
        assert (result.centers <= points.max(axis=0) + 1e-5).all()
        if k >= distinct:
            assert result.inertia == pytest.approx(0, abs=1e-3)

    @settings(deadline=None, max_examples=30)
    @given(points=tables, k=ks, data=st.data())
    def test_weights_are_repeats(self, engine, points, k, data):
        weights = data.draw(arrays(np.int64, len(points), elements=st.integers(0, 4)))
        weights[0] = 1
        centers = points[:k].astype(np.float64) + 0.25
        chosen = get_engine(engine)
        one = chosen.step(points, weights.astype(np.float32), centers, threads=1)
        other = chosen.step(np.repeat(points, weights, axis=0), None, centers, threads=1)
        assert one.counts.tolist() == other.counts.tolist()
        assert one.sums.tolist() == other.sums.tolist()
        assert one.inertia == pytest.approx(other.inertia)

    @settings(deadline=None, max_examples=25)
    @given(points=tables, k=ks, seed=seeds, improve=improves)
    def test_more_work_never_hurts(self, engine, points, k, seed, improve):
        options = {"seed": seed, "improve": improve, "engine": engine, "init": "random"}
        inertias = [kmeans(points, k, n_init=n, **options).inertia for n in (1, 2, 4)]
        assert inertias == sorted(inertias, reverse=True)
        start = kmeans(points, k, init="random", seed=seed, engine=engine, max_iter=0)
        end = kmeans(points, k, init="random", seed=seed, engine=engine)
        assert end.inertia <= start.inertia * (1 + 1e-6) + 1e-6

    @settings(deadline=None, max_examples=25)
    @given(points=tables, k=ks, seed=seeds, init=inits, threads=st.integers(2, 6))
    def test_same_seed_same_bytes(self, engine, points, k, seed, init, threads):
        one, other = (
            kmeans(points, k, init=init, seed=seed, engine=engine, threads=count)
            for count in (1, threads)
        )
        assert one.centers.tobytes() == other.centers.tobytes()
        assert one.labels.tobytes() == other.labels.tobytes()


class TestStarts:
    @settings(deadline=None, max_examples=50)
    @given(points=tables, k=ks, seed=st.integers(0, 2**32), data=st.data())
    def test_distinct_points_that_count(self, points, k, seed, data):
        weights = data.draw(
            arrays(np.float32, len(points), elements=st.sampled_from([0.0, 0.5, 3.0]))
        )
        weights[-1] = 1
        present = {tuple(point) for point in points[weights > 0].tolist()}
        drawn = [
            kmeans_plus_plus(points, weights, k, trials=3, seed=seed),
            random_points(points, weights, k, seed=seed),
        ]
        for centers in drawn:
            assert {tuple(center) for center in centers.tolist()} <= present
            assert len(np.unique(centers, axis=0)) == len(centers) == min(k, len(present))
        assert len(principal_splits(points, weights, k)) == min(k, len(present))


class TestCounting:
    @settings(deadline=None, max_examples=50)
    @given(points=tables, data=st.data())
    def test_counting_keeps_everything_and_forgets_the_order(self, points, data):
        weights = data.draw(arrays(np.float32, len(points), elements=st.integers(0, 3).map(float)))
        counted = count_points(points, weights)
        kept = weights > 0
        assert (counted.index >= 0).tolist() == kept.tolist()
        assert (counted.points[counted.index[kept]] == points[kept]).all()
        assert counted.weights.sum() == weights.sum()
        assert len(np.unique(counted.points, axis=0)) == len(counted.points)
        order = np.array(data.draw(st.permutations(range(len(points)))))
        repeated = np.repeat(points[order], weights[order].astype(int), axis=0)
        again = count_points(repeated, None)
        assert again.points.tobytes() == counted.points.tobytes()
        assert again.weights.tobytes() == counted.weights.tobytes()
