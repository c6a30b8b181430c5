"""One suite, all engines: a truth computed by hand, agreement with the reference, and the laws."""

from itertools import pairwise

import numpy as np
import pytest

from pochade.errors import CancelledError
from pochade.kmeans import KMeansResult, SplitMerge, kmeans
from pochade.kmeans.driver import open_session
from pochade.kmeans.engines.protocol import CHUNK_ROWS
from pochade.kmeans.engines.reference import ReferenceEngine, squared_distances

REFERENCE = ReferenceEngine()

# Six points: two columns of a rectangle and two points near its right side.
POINTS = np.float32([[0, 0], [0, 2], [8, 0], [8, 2], [9, 1], [11, 1]])
CENTERS = np.float64([[0, 0], [8, 1]])


def cloud(n: int = 3000, d: int = 3, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Clumped points with whole-number weights, like a photograph's counted colours."""
    random = np.random.default_rng(seed)
    clumps = random.uniform(0, 255, (12, d))
    points = clumps[random.integers(0, 12, n)] + random.normal(0, 12, (n, d))
    return points.clip(0, 255).astype(np.float32), random.integers(1, 9, n).astype(np.float32)


def close(result: KMeansResult, other: KMeansResult, rtol: float = 1e-5) -> bool:
    return bool(np.isclose(result.inertia, other.inertia, rtol=rtol, atol=1e-6))


class TestPasses:
    def test_hand_computed_assignment(self, engine):
        # Distances to (0,0): 0 4 64 68 82 122; to (8,1): 65 65 1 1 1 9.
        labels, inertia = engine.assign(POINTS, CENTERS, threads=1)
        assert labels.dtype == np.int32
        assert labels.tolist() == [0, 0, 1, 1, 1, 1]
        assert inertia == pytest.approx(0 + 4 + 1 + 1 + 1 + 9)

    def test_hand_computed_step(self, engine):
        stats = engine.step(POINTS, None, CENTERS, threads=1)
        assert stats.sums.tolist() == [[0, 2], [36, 4]]
        assert stats.counts.tolist() == [2, 4]
        assert stats.inertia == pytest.approx(16)
        assert stats.sums.dtype == stats.counts.dtype == np.float64

    def test_hand_computed_weighted_step(self, engine):
        weights = np.float32([1, 3, 1, 0, 2, 0.5])
        stats = engine.step(POINTS, weights, CENTERS, threads=1)
        assert stats.sums.tolist() == [[0, 6], [8 + 18 + 5.5, 0 + 2 + 0.5]]
        assert stats.counts.tolist() == [4, 3.5]
        assert stats.inertia == pytest.approx(3 * 4 + 1 + 2 + 0.5 * 9)

    def test_ties_go_to_the_lowest_index(self, engine):
        centers = np.float64([[2, 0], [0, 0], [2, 0], [0, 0]])
        labels, _ = engine.assign(np.float32([[1, 0], [2, 0], [0, 0]]), centers, threads=1)
        assert labels.tolist() == [0, 0, 1]

    def test_a_centre_that_serves_nobody_counts_nothing(self, engine):
        stats = engine.step(POINTS, None, np.float64([[4, 1], [1e4, 1e4]]), threads=1)
        assert stats.counts.tolist() == [6, 0]
        assert stats.sums[1].tolist() == [0, 0]

    @pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 17])
    @pytest.mark.parametrize("k", [1, 2, 16, 257])
    def test_agrees_with_the_reference(self, engine, k, d):
        points, weights = cloud(d=d)
        centers = points[:: len(points) // k][:k].astype(np.float64) + 0.25
        expected = REFERENCE.step(points, weights, centers, threads=1)
        stats = engine.step(points, weights, centers, threads=2)
        labels, plain = engine.assign(points, centers, threads=2)
        table = squared_distances(points, centers)
        chosen = table[np.arange(len(points)), labels]
        np.testing.assert_allclose(chosen, table.min(axis=1), rtol=1e-4, atol=0.05)
        assert plain == pytest.approx(table.min(axis=1).sum(), rel=1e-5)
        assert stats.inertia == pytest.approx(expected.inertia, rel=1e-5)
        assert stats.counts.sum() == weights.sum()
        np.testing.assert_allclose(stats.sums.sum(axis=0), expected.sums.sum(axis=0), rtol=1e-12)

    def test_far_from_the_origin(self, engine):
        points, _ = cloud()
        moved = points + np.float32(20_000)
        centers = moved[::200].astype(np.float64)
        expected = REFERENCE.step(moved, None, centers, threads=1)
        stats = engine.step(moved, None, centers, threads=1)
        assert stats.inertia == pytest.approx(expected.inertia, rel=1e-4)

    def test_threads_do_not_change_a_byte(self, engine):
        points, weights = cloud(20_000)
        centers = points[::300].astype(np.float64)
        one = engine.step(points, weights, centers, threads=1)
        labels, _ = engine.assign(points, centers, threads=1)
        for threads in (2, 3):
            many = engine.step(points, weights, centers, threads=threads)
            assert many.sums.tobytes() == one.sums.tobytes()
            assert many.counts.tobytes() == one.counts.tobytes()
            assert many.inertia == one.inertia
            assert (engine.assign(points, centers, threads=threads)[0] == labels).all()


class TestSession:
    def test_stages_agree_with_the_reference_from_given_centers(self, engine):
        points, weights = cloud()
        centers = points[::300].astype(np.float64)
        ours = open_session(engine, points, weights, threads=1)
        theirs = open_session(REFERENCE, points, weights, threads=1)
        run = ours.lloyd(centers, max_iter=20, tol=1e-4, observe=None)
        expected = theirs.lloyd(centers, max_iter=20, tol=1e-4, observe=None)
        assert run.inertia == pytest.approx(expected.inertia, rel=1e-3)
        np.testing.assert_allclose(run.centers, expected.centers, atol=0.5)
        labels, inertia = ours.assign(run.centers)
        assert inertia == pytest.approx(run.inertia, rel=1e-6)
        assert ours.step(run.centers).inertia == pytest.approx(run.inertia, rel=1e-6)
        assert set(labels) == set(range(len(centers)))

    def test_split_merge_never_worsens_and_does_help(self, engine):
        points, weights = cloud()
        session = open_session(engine, points, weights, threads=1)
        # All centres in one corner: Lloyd alone leaves most of them there.
        start = np.float64(points[points.sum(axis=1).argsort()[:12]])
        run = session.lloyd(start, max_iter=5, tol=0.0, observe=None)
        found = session.split_merge(run.centers, SplitMerge(rounds=20))
        assert session.step(found).inertia < 0.9 * run.inertia
        again = session.split_merge(found, SplitMerge(rounds=1))
        assert session.step(again).inertia <= session.step(found).inertia * (1 + 1e-6)

    @pytest.mark.parametrize("method", ["wu", "kmeans_plus_plus"])
    def test_starts_are_good_and_distinct(self, engine, method):
        points, weights = cloud()
        session = open_session(engine, points, weights, threads=1)
        arguments = {"trials": 4, "seed": 3} if method == "kmeans_plus_plus" else {}
        centers = getattr(session, method)(12, **arguments)
        assert centers.shape == (12, 3)
        assert centers.dtype == np.float64
        assert len(np.unique(centers, axis=0)) == 12
        total = session.step(centers.mean(axis=0, keepdims=True)).inertia
        assert session.step(centers).inertia < 0.25 * total

    @pytest.mark.parametrize("method", ["wu", "kmeans_plus_plus"])
    def test_starts_stop_at_the_distinct_points(self, engine, method):
        points = np.float32([[0, 0, 0], [0, 0, 0], [255, 0, 9], [255, 0, 9], [3, 200, 90]])
        session = open_session(engine, points, np.float32([1, 2, 3, 4, 0]), threads=1)
        arguments = {"trials": 4, "seed": 3} if method == "kmeans_plus_plus" else {}
        centers = getattr(session, method)(5, **arguments)
        assert sorted(centers.tolist()) == [[0, 0, 0], [255, 0, 9]]

    def test_watching_changes_nothing(self, engine):
        points, weights = cloud()
        session = open_session(engine, points, weights, threads=1)
        seen = []
        centers = points[::300].astype(np.float64)
        arguments = {"max_iter": 9, "tol": 1e-4}
        watched = session.lloyd(centers, **arguments, observe=lambda *pair: seen.append(pair))
        plain = session.lloyd(centers, **arguments, observe=None)
        assert watched.centers.tobytes() == plain.centers.tobytes()
        assert (watched.n_iter, watched.converged) == (plain.n_iter, plain.converged)
        # A fused engine reports its last iteration only.
        assert [pair[0] for pair in seen] == list(range(1, watched.n_iter + 1))[-len(seen) :]
        assert seen[-1] == (watched.n_iter, watched.inertia)


class TestLaws:
    @pytest.mark.parametrize("init", ["kmeans++", "random", "wu"])
    @pytest.mark.parametrize("improve", [False, "split-merge"])
    def test_threads_do_not_change_a_byte(self, name, init, improve):
        points, weights = cloud(5000)
        results = [
            kmeans(
                points, 24, weights=weights, init=init, improve=improve, n_init=2, max_iter=12,
                engine=name, threads=threads, seed=7,
            )
            for threads in (1, 2, 3)
        ]  # fmt: skip
        for result in results[1:]:
            assert result.centers.tobytes() == results[0].centers.tobytes()
            assert result.labels.tobytes() == results[0].labels.tobytes()
            assert result.inertia == results[0].inertia

    def test_more_points_than_a_chunk(self, name):
        random = np.random.default_rng(2)
        points = random.uniform(0, 255, (2 * CHUNK_ROWS + 77, 3)).astype(np.float32)
        result = kmeans(points, 4, engine=name, max_iter=3, seed=5, threads=2)
        expected = REFERENCE.step(points, None, result.centers, threads=1)
        assert result.inertia == pytest.approx(expected.inertia, rel=1e-5)
        assert np.bincount(result.labels, minlength=4).sum() == len(points)

    def test_weights_equal_repeats(self, name):
        points, weights = cloud(800)
        repeated = np.repeat(points, weights.astype(int), axis=0)
        init = points[:10]
        weighted = kmeans(points, 10, weights=weights, init=init, engine=name, max_iter=10)
        plain = kmeans(repeated, 10, init=init, engine=name, max_iter=10)
        assert close(weighted, plain, 1e-4)
        np.testing.assert_allclose(weighted.centers, plain.centers, atol=0.1)

    def test_scaled_weights_are_the_same_problem(self, name):
        points, weights = cloud(800)
        init = points[:10]
        one = kmeans(points, 10, weights=weights, init=init, engine=name)
        four = kmeans(points, 10, weights=4 * weights, init=init, engine=name)
        assert four.centers.tobytes() == one.centers.tobytes()
        assert four.inertia == pytest.approx(4 * one.inertia)

    def test_weightless_points_do_not_matter(self, name):
        points, _ = cloud(800)
        weights = np.ones(800, np.float32)
        weights[::2] = 0
        init = points[1::80]
        with_them = kmeans(points, 10, weights=weights, init=init, engine=name)
        without = kmeans(points[1::2], 10, init=init, engine=name)
        assert close(with_them, without)
        assert (with_them.labels[1::2] == without.labels).mean() > 0.999

    def test_permutation(self, name):
        points, weights = cloud(2000)
        order = np.random.default_rng(0).permutation(2000)
        init = points[:10]
        one = kmeans(points, 10, weights=weights, init=init, engine=name)
        other = kmeans(points[order], 10, weights=weights[order], init=init, engine=name)
        assert close(one, other, 1e-4)
        assert (one.labels[order] == other.labels).mean() > 0.99

    def test_translation_and_scaling(self, name):
        points, weights = cloud(2000)
        points = np.round(points)
        init = points[:10]
        one = kmeans(points, 10, weights=weights, init=init, engine=name)
        moved = kmeans(points + 512, 10, weights=weights, init=init + 512, engine=name)
        scaled = kmeans(points * 4, 10, weights=weights, init=init * 4, engine=name)
        assert close(one, moved, 1e-3)
        assert scaled.inertia == pytest.approx(16 * one.inertia, rel=1e-6)

    def test_inertia_never_rises(self, name):
        points, weights = cloud()
        inertias = [
            kmeans(
                points, 20, weights=weights, engine=name, init="random", tol=0, max_iter=max_iter
            ).inertia
            for max_iter in range(16)
        ]
        assert all(b <= a * (1 + 1e-6) for a, b in pairwise(inertias))
        assert inertias[-1] < 0.9 * inertias[0]

    def test_cancel(self, name):
        points, weights = cloud()
        calls = []
        with pytest.raises(CancelledError):
            kmeans(points, 20, weights=weights, engine=name, cancel=lambda: not calls.append(1))
        assert len(calls) == 1
        kmeans(points, 20, weights=weights, engine=name, cancel=lambda: False)

    def test_more_restarts_never_end_higher(self, name):
        points, weights = cloud(500)
        inertias = [
            kmeans(points, 15, weights=weights, n_init=n_init, engine=name, seed=4).inertia
            for n_init in (1, 2, 3, 5)
        ]
        assert inertias == sorted(inertias, reverse=True)

    @pytest.mark.parametrize("init", ["kmeans++", "random", "wu"])
    def test_as_many_clusters_as_points(self, name, init):
        points = np.float32([[0, 0, 0], [255, 255, 255], [200, 0, 0], [0, 90, 0], [10, 10, 99]])
        result = kmeans(points, 5, init=init, engine=name)
        assert result.inertia == pytest.approx(0, abs=1e-3)
        assert sorted(result.labels) == [0, 1, 2, 3, 4]
        assert sorted(result.centers.tolist()) == sorted(points.tolist())

    @pytest.mark.parametrize("init", ["kmeans++", "random", "wu"])
    @pytest.mark.parametrize("improve", [False, "split-merge"])
    def test_more_clusters_than_distinct_points(self, name, init, improve):
        points = np.float32([[0, 0, 0], [255, 255, 255], [200, 0, 0], [0, 0, 0]])
        result = kmeans(points, 9, init=init, improve=improve, engine=name)
        assert result.n_clusters_found == 3
        assert result.inertia == pytest.approx(0, abs=1e-3)
        assert result.settings.k == 9

    @pytest.mark.parametrize("init", ["kmeans++", "random", "wu"])
    def test_one_colour(self, name, init):
        result = kmeans(np.full((50, 3), 77, np.float32), 4, init=init, engine=name)
        assert result.centers.tolist() == [[77, 77, 77]]
        assert result.labels.tolist() == [0] * 50
        assert result.inertia == 0

    def test_one_cluster_is_the_weighted_mean(self, name):
        points, weights = cloud()
        result = kmeans(points, 1, weights=weights, engine=name)
        expected = np.average(points.astype(np.float64), axis=0, weights=weights)
        np.testing.assert_allclose(result.centers[0], expected, rtol=1e-6)

    def test_empty_clusters_go_to_the_worst_served_points(self, name):
        points = np.float32([[0, 0], [0, 1], [50, 0], [50, 1], [90, 90]])
        far = [[0, 0.5], [1e4, 1e4], [1e4, 1e4]]
        result = kmeans(points, 3, init=far, engine=name)
        assert sorted(result.centers.tolist()) == [[0, 0.5], [50, 0.5], [90, 90]]

    def test_float64_and_integers_in(self, name):
        points, weights = cloud(1000)
        points = np.round(points)
        init = points[:8]
        one = kmeans(points, 8, weights=weights, init=init, engine=name)
        for dtype in (np.float64, np.uint8, np.int64):
            other = kmeans(points.astype(dtype), 8, weights=weights, init=init, engine=name)
            assert other.centers.tobytes() == one.centers.tobytes()

    def test_any_layout_and_no_writing(self, name):
        points, weights = cloud(1000)
        wide = np.zeros((2000, 6), np.float32)
        wide[::2, ::2] = points
        init = points[:8].copy()
        one = kmeans(points, 8, weights=weights, init=init, engine=name)
        views = [wide[::2, ::2], np.asfortranarray(points), points[::-1][::-1]]
        for view in views:
            view.flags.writeable = False
            before = view.tobytes()
            other = kmeans(view, 8, weights=weights, init=init, engine=name)
            assert other.centers.tobytes() == one.centers.tobytes()
            assert view.tobytes() == before
        frozen = points.copy()
        frozen.flags.writeable = init.flags.writeable = weights.flags.writeable = False
        assert kmeans(frozen, 8, weights=weights, init=init, engine=name).inertia == one.inertia
        for start in ("kmeans++", "wu", "random"):
            kmeans(frozen, 8, weights=weights, init=start, engine=name, max_iter=2)
        assert frozen.tobytes() == points.tobytes()

    def test_agrees_with_the_reference_to_the_end(self, name):
        points, weights = cloud()
        init = points[::300]
        ours = kmeans(points, 10, weights=weights, init=init, engine=name)
        theirs = kmeans(points, 10, weights=weights, init=init, engine="reference")
        assert close(ours, theirs, 1e-3)
        assert ours.converged == theirs.converged
        assert abs(ours.n_iter - theirs.n_iter) <= 2

    def test_capabilities_are_complete(self, engine, name):
        record = engine.describe()
        assert record.name == name
        assert record.available
        assert record.reason
        assert record.summary
        assert record.install.startswith("pip install ")
        assert record.deterministic
        assert record.weights
        assert record.devices
        assert "float32" in record.dtypes
        points = np.zeros((4, 2), np.float32)
        assert (engine.open(points, None, threads=1) is not None) == record.fused
