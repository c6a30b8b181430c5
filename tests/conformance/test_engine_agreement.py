"""Every engine beside the reference: same start, same data, same centres and labels."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pochade.kmeans import kmeans
from pochade.kmeans.cosine import CosineEngine, unit_rows
from pochade.kmeans.driver import open_session
from pochade.kmeans.engines.reference import ReferenceEngine, nearest, squared_distances

REFERENCE = ReferenceEngine()

# Centres may differ by so much of their length, and labels where the two nearest squared distances
# do by so much of theirs.
CENTERS, TIES = 1e-4, 1e-5


def photo(size: int = 192) -> np.ndarray:
    """The colours of a made-up photo: smooth light over coloured things, with noise; (n, 3)."""
    random = np.random.default_rng(6)
    row, column = np.mgrid[0:size, 0:size] / size
    light = 0.4 + 0.6 * np.sin(3 * row + 2 * column) ** 2
    thing = (row * 5).astype(int) * 5 + (column * 5).astype(int)
    colors = random.uniform(20, 250, (25, 3))[thing] * light[..., None]
    noisy = colors + random.normal(0, 4, colors.shape)
    return noisy.clip(0, 255).round().astype(np.float32).reshape(-1, 3)


def vectors(n: int = 3000, d: int = 64, groups: int = 40) -> np.ndarray:
    """Clumps in many dimensions, as patches of pictures have them."""
    random = np.random.default_rng(9)
    clumps = random.normal(0, 30, (groups, d))
    return (clumps[random.integers(0, groups, n)] + random.normal(0, 9, (n, d))).astype(np.float32)


def assert_same_labels(labels: np.ndarray, points: np.ndarray, centers: np.ndarray) -> None:
    """The labels are the nearest centres', but for ties as close as TIES."""
    table = squared_distances(points, centers)
    own = table[np.arange(len(points)), labels]
    least = table.min(axis=1)
    wrong = own > least * (1 + TIES)
    assert not wrong.any(), f"{wrong.sum()} of {len(points)} points have a farther centre"


DATA = {
    "photo, 8": (photo(), 8),
    "photo, 64": (photo(), 64),
    "vectors, 40": (vectors(), 40),
    # As many clumps as points, so that no cluster falls empty, which engines mend differently.
    "vectors, 300": (vectors(groups=3000), 300),
    "vectors far away, 40": (vectors() + np.float32(500), 40),
}


class TestSameStart:
    @pytest.mark.parametrize("data", DATA)
    @pytest.mark.parametrize("steps", [1, 10])
    def test_centers_and_labels_after_steps(self, engine, data, steps):
        points, k = DATA[data]
        start = np.unique(points[:: len(points) // (2 * k)], axis=0)[:k].astype(np.float64)
        ours = open_session(engine, points, None, threads=2)
        theirs = open_session(REFERENCE, points, None, threads=1)
        run = ours.lloyd(start, max_iter=steps, tol=0.0, observe=None)
        expected = theirs.lloyd(start, max_iter=steps, tol=0.0, observe=None)
        error = np.linalg.norm(run.centers - expected.centers, axis=1)
        assert (error <= CENTERS * np.linalg.norm(expected.centers, axis=1)).all()
        labels, _ = ours.assign(run.centers)
        assert_same_labels(labels, points, run.centers)
        # An engine may see at once that no label changed, or an iteration later that nothing moved.
        assert abs(run.n_iter - expected.n_iter) <= 1

    def test_empty_clusters_are_moved_as_by_the_reference(self, engine, name):
        if name == "native":
            pytest.skip("its own sessions move empty clusters their own way; see TestLaws")
        points = photo(96)
        start = points[:: len(points) // 12][:12].astype(np.float64)
        start[[3, 7, 11]] = 5000, -5000, 9000
        ours = open_session(engine, points, None, threads=1)
        theirs = open_session(REFERENCE, points, None, threads=1)
        run = ours.lloyd(start, max_iter=10, tol=0.0, observe=None)
        expected = theirs.lloyd(start, max_iter=10, tol=0.0, observe=None)
        np.testing.assert_allclose(run.centers, expected.centers, rtol=CENTERS)
        assert run.n_iter == expected.n_iter == 10

    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(data=st.data())
    def test_whole_coordinates_give_the_same_labels(self, engine, data):
        # Sums of squares of whole numbers are exact in every engine, and so are ties.
        seed = data.draw(st.integers(0, 2**32 - 1))
        k, most = data.draw(st.integers(1, 8)), data.draw(st.sampled_from([1, 3, 40]))
        random = np.random.default_rng(seed)
        points = random.integers(0, most + 1, (100, 3)).astype(np.float32)
        centers = random.integers(0, most + 1, (k, 3)).astype(np.float64)
        expected, distances = nearest(points, centers)
        labels, inertia = engine.assign(points, centers, threads=1)
        assert labels.tolist() == expected.tolist()
        assert inertia == distances.sum()


class TestSums:
    def test_twenty_megapixels_of_one_colour(self, engine):
        # More members than float16 (65,504) or float32 (2^24) can count.
        n = 20_000_000
        points = np.full((n, 3), (77, 3, 250), np.float32)
        session = open_session(engine, points, None, threads=2)
        stats = session.step(np.float64([[77, 3, 250], [0, 0, 0]]))
        assert stats.counts.tolist() == [n, 0]
        assert stats.sums.tolist() == [[77 * n, 3 * n, 250 * n], [0, 0, 0]]
        assert stats.inertia == 0

    def test_colours_as_bytes(self, engine):
        points = photo(64).astype(np.uint8)
        centers = points[::512].astype(np.float64)
        session = open_session(engine, points, None, threads=1)
        wide = open_session(engine, points.astype(np.float32), None, threads=1)
        assert session.step(centers).sums.tolist() == wide.step(centers).sums.tolist()
        assert (session.assign(centers)[0] == wide.assign(centers)[0]).all()

    def test_weights_of_any_size(self, engine):
        # The heaviest point weighs 2^30 times the lightest, and the light cluster is still exact.
        points = np.float32([[10, 20], [12, 20], [200, 100], [210, 100]])
        weights = np.float32([2**-15, 2**-15, 2**15, 2**15])
        stats = engine.step(points, weights, np.float64([[0, 0], [200, 100]]), threads=1)
        np.testing.assert_allclose(
            stats.sums / stats.counts[:, None], [[11, 20], [205, 100]], rtol=1e-6
        )

    @pytest.mark.parametrize("k", [1, 3, 300, 1000])
    def test_as_many_centres_as_there_may_be(self, engine, k):
        points = vectors(1000, 24)
        centers = points[:k].astype(np.float64)
        labels, inertia = engine.assign(points, centers, threads=1)
        assert labels[:k].tolist() == list(range(k))
        assert_same_labels(labels, points, centers)
        if k == 1000:
            assert inertia == 0


class TestCosine:
    def test_hand_computed(self, engine):
        points = np.float32([[2, 0], [0, 5], [3, 4], [0, 0]])
        centers = np.float64([[10, 0], [0, 0.1]])
        labels, inertia = CosineEngine(engine).assign(points, centers, threads=1)
        assert labels.tolist() == [0, 1, 1, 0]
        # 1 - cosine: 0, 0, 1 - 0.8, and 1 for the row of zeros.
        assert inertia == pytest.approx(1.2, rel=1e-6)
        weights = np.float32([1, 2, 10, 7])
        stats = CosineEngine(engine).step(points, weights, centers, threads=1)
        np.testing.assert_allclose(stats.sums, [[1, 0], [6, 10]], rtol=1e-6)
        assert stats.counts.tolist() == [1, 12]
        assert stats.inertia == pytest.approx(10 * 0.2 + 7, rel=1e-6)

    @pytest.mark.parametrize("steps", [1, 10])
    def test_agrees_with_the_reference(self, name, steps):
        points = vectors()
        points[5] = 0
        arguments = {"init": points[10:30], "max_iter": steps, "tol": 0, "metric": "cosine"}
        ours = kmeans(points, 20, engine=name, **arguments)
        theirs = kmeans(points, 20, engine="reference", **arguments)
        np.testing.assert_allclose(ours.centers, theirs.centers, atol=CENTERS)
        np.testing.assert_allclose(np.linalg.norm(ours.centers, axis=1), 1, rtol=1e-6)
        cosines = unit_rows(points.astype(np.float64)) @ ours.centers.T
        own = cosines[np.arange(len(points)), ours.labels]
        assert (own >= cosines.max(axis=1) - 1e-5).all()
        assert ours.inertia == pytest.approx((1 - own)[points.any(axis=1)].sum(), rel=1e-5)

    def test_lengths_do_not_matter(self, name):
        points = vectors(500, 8)
        lengths = np.random.default_rng(1).uniform(1e-3, 1e3, (500, 1)).astype(np.float32)
        arguments = {"init": points[:6], "metric": "cosine", "engine": name}
        one, other = kmeans(points, 6, **arguments), kmeans(points * lengths, 6, **arguments)
        assert other.inertia == pytest.approx(one.inertia, rel=1e-4)
        assert (one.labels == other.labels).mean() > 0.99

    def test_from_its_own_starts(self, name):
        points = vectors(800, 8)
        for init in ("kmeans++", "random", "wu"):
            for max_iter in (0, 5):
                found = kmeans(
                    points, 7, init=init, metric="cosine", engine=name, max_iter=max_iter
                )
                np.testing.assert_allclose(np.linalg.norm(found.centers, axis=1), 1, rtol=1e-6)
