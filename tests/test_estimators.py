"""The scikit-learn shells: scikit-learn's own checks, and its KMeans as the mark to reach."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn", reason="the estimators need scikit-learn")

from sklearn.base import clone  # noqa: E402
from sklearn.cluster import KMeans as TheirKMeans  # noqa: E402
from sklearn.datasets import make_blobs  # noqa: E402
from sklearn.exceptions import ConvergenceWarning, NotFittedError  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

from pochade.errors import UsageError  # noqa: E402
from pochade.estimators import KMeans, MiniBatchKMeans  # noqa: E402

BOTH = [KMeans, MiniBatchKMeans]


@parametrize_with_checks(
    [KMeans(2, max_iter=5), MiniBatchKMeans(2, max_iter=5, batch_size=10)]
)  # no expected failures: weights and repeats are the same, since rows are counted first
def test_scikit_learn_estimator_checks(estimator, check):
    check(estimator)


def blobs(n=1500, k=8, seed=0):
    return make_blobs(n, n_features=3, centers=k, cluster_std=0.6, random_state=seed)[0]


def pixels(n=6000):
    """Pixels of a photograph where the data is, else a synthetic one: gradients and noise."""
    folder = Path(os.environ.get("POCHADE_DATA", Path(__file__).parents[2] / "shared" / "data"))
    photos = sorted((folder / "kodak").glob("*.png"))
    if photos:
        from PIL import Image

        with Image.open(photos[0]) as photo:
            table = np.asarray(photo.convert("RGB")).reshape(-1, 3)
    else:
        y, x = np.mgrid[0:200, 0:300] / 200.0
        picture = np.stack([np.sin(5 * x), np.cos(3 * x * y), np.sin(7 * y) * x], axis=-1)
        noise = np.random.default_rng(0).normal(0, 0.05, picture.shape)
        table = ((picture + noise) * 90 + 128).clip(0, 255).reshape(-1, 3)
    return table[:: max(1, len(table) // n)].astype(np.float64)


class TestAgainstScikitLearn:
    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_no_worse_on_blobs(self, seed):
        data = blobs(seed=seed)
        theirs = TheirKMeans(8, n_init=5, random_state=seed).fit(data)
        ours = KMeans(8, n_init=5, random_state=seed).fit(data)
        assert ours.inertia_ <= theirs.inertia_ * 1.001

    @pytest.mark.parametrize("k", [8, 32])
    def test_no_worse_on_pixels(self, k):
        # One start of either is luck: compare the means of several.
        data = pixels(3000)
        seeds = range(8)
        theirs = [TheirKMeans(k, n_init=1, random_state=seed).fit(data).inertia_ for seed in seeds]
        ours = [KMeans(k, n_init=1, random_state=seed).fit(data).inertia_ for seed in seeds]
        plain = [
            KMeans(k, n_init=1, improve=False, random_state=seed).fit(data).inertia_
            for seed in seeds
        ]
        assert np.mean(ours) <= np.mean(theirs)
        assert np.mean(plain) <= 1.03 * np.mean(theirs)

    def test_same_end_from_the_same_start(self):
        data = blobs()
        start = data[:8]
        theirs = TheirKMeans(8, init=start, n_init=1, tol=0).fit(data)
        ours = KMeans(8, init=start, tol=0).fit(data)
        np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-5)
        assert (ours.labels_ == theirs.labels_).all()
        assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-6)
        np.testing.assert_allclose(ours.transform(data), theirs.transform(data), rtol=1e-4)
        assert ours.score(data) == pytest.approx(theirs.score(data), rel=1e-6)

    def test_mini_batches_come_near(self):
        data = pixels()
        full = TheirKMeans(16, n_init=1, random_state=0).fit(data)
        mini = MiniBatchKMeans(16, batch_size=256, random_state=0).fit(data)
        assert mini.inertia_ < 1.2 * full.inertia_


class TestKMeans:
    def test_rows_may_be_shuffled_repeated_or_moved(self):
        data = np.round(pixels(800))
        weights = np.random.default_rng(0).integers(0, 4, len(data))
        repeated = np.repeat(data, weights, axis=0)
        order = np.random.default_rng(1).permutation(len(repeated))
        one = KMeans(12, random_state=3).fit(data, sample_weight=weights)
        other = KMeans(12, random_state=3).fit(repeated[order])
        moved = KMeans(12, random_state=3).fit(repeated[order] + 1e9)
        np.testing.assert_array_equal(one.cluster_centers_, other.cluster_centers_)
        np.testing.assert_allclose(moved.cluster_centers_ - 1e9, one.cluster_centers_, atol=1e-5)
        assert one.inertia_ == pytest.approx(other.inertia_)

    @pytest.mark.parametrize("factor", [2.0**-1000, 2.0**-70, 2.0**70, 2.0**400])
    def test_any_scale(self, factor):
        data = blobs(300)
        plain = KMeans(8, random_state=0).fit(data)
        scaled = KMeans(8, random_state=0).fit(data * factor)
        np.testing.assert_allclose(
            scaled.cluster_centers_ / factor, plain.cluster_centers_, rtol=1e-5
        )

    @pytest.mark.parametrize("init", ["k-means++", "kmeans++", "random", "wu"])
    def test_starts(self, init):
        data = blobs()
        model = KMeans(8, init=init, random_state=0).fit(data)
        assert model.cluster_centers_.shape == (8, 3)
        assert (model.predict(data) == model.labels_).all()

    def test_a_callable_start(self):
        data = blobs()
        calls = []

        def first_rows(table, k, random):
            calls.append(random)
            return table[:k]

        model = KMeans(8, init=first_rows, n_init=2).fit(data)
        assert len(calls) == 2
        same = KMeans(8, init=data[:8]).fit(data)
        np.testing.assert_array_equal(model.cluster_centers_, same.cluster_centers_)

    def test_threads_and_dtype(self):
        data = pixels(3000)
        one, two = (KMeans(9, n_threads=n, random_state=0).fit(data) for n in (1, 2))
        assert one.cluster_centers_.tobytes() == two.cluster_centers_.tobytes()
        assert one.labels_.tobytes() == two.labels_.tobytes()
        narrow = KMeans(9, random_state=0).fit(data.astype(np.float32))
        assert narrow.cluster_centers_.dtype == np.float32
        assert narrow.transform(data.astype(np.float32)).dtype == np.float32
        assert one.cluster_centers_.dtype == np.float64

    @pytest.mark.parametrize(
        ("parameters", "word"),
        [
            ({"n_clusters": 0}, "n_clusters"),
            ({"n_clusters": 2.5}, "n_clusters"),
            ({"n_clusters": 99}, "n_samples=20"),
            ({"init": "best"}, "init"),
            ({"init": np.zeros((3, 2))}, "init"),
            ({"n_init": 0}, "n_init"),
            ({"n_init": "many"}, "n_init"),
            ({"max_iter": 0}, "max_iter"),
            ({"tol": -1}, "tol"),
            ({"engine": "steam"}, "steam"),
            ({"improve": "magic"}, "improve"),
        ],
    )
    def test_bad_parameters_are_found_in_fit(self, parameters, word):
        model = KMeans(**parameters)
        with pytest.raises(UsageError, match=word):
            model.fit(blobs(20))


@pytest.mark.parametrize("estimator", BOTH)
class TestBoth:
    def test_nothing_before_fit(self, estimator):
        with pytest.raises(NotFittedError):
            estimator().predict(blobs())

    def test_clone_pickle_and_names(self, estimator):
        data = blobs()
        model = estimator(5, random_state=0).fit(data)
        again = pickle.loads(pickle.dumps(model))
        assert (again.predict(data) == model.labels_).all()
        assert clone(model).get_params() == model.get_params()
        prefix = estimator.__name__.lower()
        assert list(model.get_feature_names_out()) == [f"{prefix}{i}" for i in range(5)]

    def test_pipeline_and_grid_search(self, estimator):
        data = blobs(600)
        pipeline = make_pipeline(StandardScaler(), estimator(3, random_state=0))
        assert pipeline.fit_transform(data).shape == (600, 3)
        search = GridSearchCV(estimator(random_state=0), {"n_clusters": [2, 8]}, cv=3).fit(data)
        assert search.best_params_ == {"n_clusters": 8}

    def test_fewer_distinct_rows_than_clusters(self, estimator):
        data = np.repeat([[0.0, 0], [5, 5]], 10, axis=0)
        with pytest.warns(ConvergenceWarning, match="distinct rows, 2"):
            model = estimator(4, random_state=0).fit(data)
        assert sorted(model.cluster_centers_.tolist()) == [[0, 0], [5, 5]]
        assert model.inertia_ == 0

    def test_seed_decides(self, estimator):
        data = pixels(2000)
        one, two = (estimator(12, random_state=5).fit(data) for _ in range(2))
        assert one.cluster_centers_.tobytes() == two.cluster_centers_.tobytes()


class TestMiniBatch:
    def test_one_batch_is_the_running_mean(self):
        model = MiniBatchKMeans(2, init=np.array([[0.0], [10.0]]), reassignment_ratio=0)
        model.partial_fit([[1.0], [3.0], [9.0]])
        np.testing.assert_allclose(model.cluster_centers_, [[2], [9]])
        assert model.counts_.tolist() == [2, 1]
        model.partial_fit([[5.0], [12.0], [10.0]], sample_weight=[1, 1, 2])
        # 5 lies nearer to 2: (1 + 3 + 5) / 3; (9 + 12 + 2 x 10) / 4.
        np.testing.assert_allclose(model.cluster_centers_, [[3], [10.25]])
        assert model.counts_.tolist() == [3, 4]
        assert model.n_steps_ == 2

    def test_a_stream_finds_the_blobs(self):
        data = blobs(4000)
        np.random.default_rng(0).shuffle(data)
        model = MiniBatchKMeans(8, random_state=0)
        for batch in np.split(data, 20):
            model.partial_fit(batch)
        assert -model.score(data) < 1.3 * KMeans(8, n_init=5, random_state=0).fit(data).inertia_

    def test_may_go_on_after_fit(self):
        data = blobs()
        model = MiniBatchKMeans(8, random_state=0).fit(data)
        steps = model.n_steps_
        model.partial_fit(data[:100])
        assert model.n_steps_ == steps + 1

    def test_stops_when_nothing_improves(self):
        data = blobs(2000)
        short = MiniBatchKMeans(8, batch_size=100, max_no_improvement=3, random_state=0).fit(data)
        full = MiniBatchKMeans(8, batch_size=100, max_no_improvement=None, max_iter=5).fit(data)
        assert full.n_steps_ == 5 * 20
        assert short.n_steps_ < 20 * 100

    def test_idle_centres_are_moved(self):
        data = blobs()
        far = np.concatenate([data[:7], [[1e4, 1e4, 1e4]]])
        model = MiniBatchKMeans(8, init=far, batch_size=200, random_state=0).fit(data)
        assert np.bincount(model.labels_, minlength=8).min() > 0
