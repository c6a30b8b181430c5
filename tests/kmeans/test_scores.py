"""Silhouette, BIC and gap: against scikit-learn, against formulas, and by hand."""

from __future__ import annotations

from math import log, pi

import numpy as np
import pytest

from pochade.errors import CancelledError, UsageError
from pochade.kmeans.palette_search import SearchSettings
from pochade.kmeans.scores import bic, gaps, silhouettes

PAIR = np.array([0, 0, 1, 1])


def drawn(seed: int = 0, n: int = 300, k: int = 4) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, k, n)
    points = random.uniform(0, 200, (k, 3))[labels] + random.normal(0, 20, (n, 3))
    return np.unique(np.rint(points).astype(np.float32), axis=0), random.integers(0, k, n)


class TestSilhouette:
    def test_by_hand(self):
        # In pairs 2 apart and 10 from the others: a = 2, b = (10 + sqrt(104)) / 2.
        points = np.float32([[0, 0], [0, 2], [10, 0], [10, 2]])
        [score] = silhouettes(points, np.ones(4, np.float32), [PAIR])
        b = (10 + 104**0.5) / 2
        assert score.value == pytest.approx((b - 2) / b)
        assert score.error == 0

    def test_as_scikit_learn(self):
        metrics = pytest.importorskip("sklearn.metrics")
        points, labels = drawn()
        labels = labels[: len(points)]
        [score] = silhouettes(points, np.ones(len(points), np.float32), [labels])
        assert score.value == pytest.approx(
            metrics.silhouette_score(np.float64(points), labels), abs=1e-9
        )

    def test_weights_are_repeats(self):
        metrics = pytest.importorskip("sklearn.metrics")
        points, labels = drawn(1, 60)
        labels = labels[: len(points)]
        weights = 1 + np.arange(len(points)) % 4
        [score] = silhouettes(points, weights.astype(np.float32), [labels])
        whole = metrics.silhouette_score(
            np.float64(points).repeat(weights, axis=0), labels.repeat(weights)
        )
        assert score.value == pytest.approx(whole, abs=1e-9)

    def test_a_cluster_of_one_pixel_scores_nothing(self):
        points = np.float32([[0, 0], [9, 0], [9, 1]])
        [score] = silhouettes(points, np.ones(3, np.float32), [np.array([5, 2, 2])])
        inside = [(9 - 1) / 9, ((82**0.5) - 1) / 82**0.5]
        assert score.value == pytest.approx(sum(inside) / 3)

    def test_one_cluster_scores_nothing(self):
        points, _ = drawn()
        [score] = silhouettes(points, np.ones(len(points), np.float32), [np.zeros(len(points))])
        assert score == (0.0, 0.0)

    def test_a_sample_is_near_the_whole_within_its_error(self):
        points, labels = drawn(2, 3000)
        labels = np.argmin(
            np.square(points[:, None] - points[[0, 9, 99]][None]).sum(axis=2), axis=1
        )
        weights = np.random.default_rng(0).integers(1, 9, len(points)).astype(np.float32)
        [whole] = silhouettes(points, weights, [labels], size=len(points))
        misses = []
        for seed in range(12):
            [score] = silhouettes(points, weights, [labels], size=600, seed=seed)
            assert 0 < score.error < 0.03
            misses.append((score.value - whole.value) / score.error)
        # Standard errors: most of twelve lie within two of them, and they do not lie on one side.
        assert sum(abs(miss) < 2 for miss in misses) >= 9
        assert min(misses) < 0 < max(misses)

    def test_the_same_seed_draws_the_same(self):
        points, labels = drawn(3, 900)
        weights = np.ones(len(points), np.float32)
        first, again = (
            silhouettes(points, weights, [labels[: len(points)]], size=200, seed=4)
            for _ in range(2)
        )
        assert first == again


class TestBic:
    def test_formula(self):
        # Two clusters of 3 and 5 in one dimension, inertia 12: variance 12 / 6 = 2.
        likelihood = 3 * log(3 / 8) + 5 * log(5 / 8) - 8 / 2 * log(2 * pi * 2) - 12 / (2 * 2)
        assert bic(12, [3, 5], 1) == pytest.approx(likelihood - (1 + 2 + 1) / 2 * log(8))

    def test_empty_clusters_do_not_count(self):
        assert bic(12, [3, 0, 5], 1) == bic(12, [3, 5], 1)

    def test_a_perfect_fit_needs_a_least_variance(self):
        with pytest.raises(UsageError, match="least variance"):
            bic(0, [4, 4], 3)
        assert bic(0, [4, 4], 3, least_variance=1 / 12) > bic(9, [4, 4], 3, least_variance=1 / 12)

    def test_prefers_the_number_that_is_there(self):
        random = np.random.default_rng(0)
        middles = np.array([[0.0], [50], [100]])
        points = middles[random.integers(0, 3, 600)] + random.normal(0, 3, (600, 1))
        scores = []
        for k in range(1, 7):
            edges = np.quantile(points, np.linspace(0, 1, k + 1)[1:-1])
            if k == 3:
                edges = np.array([25, 75])
            labels = np.searchsorted(edges, points[:, 0])
            sizes = np.bincount(labels, minlength=k)
            means = np.bincount(labels, points[:, 0], minlength=k) / sizes
            scores.append(bic(float(np.square(points[:, 0] - means[labels]).sum()), sizes, 1))
        assert int(np.argmax(scores)) == 2


class TestGap:
    def test_of_uniform_points_on_a_line_is_about_nothing(self):
        # A uniform set in its own box: data and reference are of one kind, W of k equal parts is
        # the whole over k^2, so that every gap is near 0.
        points = np.linspace(0, 100, 2001, dtype=np.float32)[:, None]
        weights = np.ones(len(points), np.float32)
        ks = [1, 2, 4]
        # Equal parts of a line of length L have the mean squared distance (L / k)^2 / 12.
        inertias = [len(points) * (100 / k) ** 2 / 12 for k in ks]
        found = gaps(points, weights, ks, inertias, SearchSettings(), size=2000)
        for score in found:
            assert abs(score.value) < max(4 * score.error, 0.02)
            assert 0 < score.error < 0.05

    def test_by_hand_on_two_points(self):
        # Half the weight at 0 and half at 1: W_1 = 1/4, a uniform line's is 1/12: the gap of one
        # cluster is log(1/12) - log(1/4) = -log 3; that of two is log(1/48) - log(floor).
        points = np.float32([[0], [1]])
        weights = np.full(2, 50, np.float32)
        one, two = gaps(
            points, weights, [1, 2], [25.0, 0.0], SearchSettings(), least_variance=1e-4, size=4096
        )
        assert one.value == pytest.approx(-log(3), abs=0.05)
        assert two.value == pytest.approx(log(1 / 48) - log(1e-4), abs=0.05)

    def test_error_is_the_spread_of_the_references(self):
        points, _ = drawn(5)
        weights = np.ones(len(points), np.float32)
        few = gaps(points, weights, [2], [1.0], SearchSettings(), references=1, size=64)
        assert few[0].error == 0
        more = gaps(points, weights, [2], [1.0], SearchSettings(), references=6, size=64)
        assert more[0].error > 0

    def test_refusals(self):
        points, _ = drawn()
        weights = np.ones(len(points), np.float32)
        with pytest.raises(UsageError, match="64 points"):
            gaps(points, weights, [64], [1.0], SearchSettings(), size=64)
        with pytest.raises(CancelledError):
            gaps(points, weights, [2], [1.0], SearchSettings(cancel=lambda: True), size=64)
