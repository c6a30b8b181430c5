"""The rules that choose k."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pochade.errors import UsageError
from pochade.kmeans.choose_k import knee_k, smallest_k, variance_k


class TestVariance:
    def test_clydes_formula(self):
        pixels = np.random.default_rng(0).uniform(0, 200, (500, 3))
        expected = int(np.linalg.norm(pixels.std(axis=0))) * 3
        assert variance_k(pixels, most=10_000) == expected

    def test_weights_are_repeats(self):
        pixels = np.random.default_rng(0).uniform(0, 99, (50, 3))
        weights = np.arange(50)
        repeated = np.repeat(pixels, weights, axis=0)
        assert variance_k(pixels, weights=weights) == variance_k(repeated)

    def test_clamp(self):
        flat = np.full((9, 3), 50)
        assert variance_k(flat) == 1
        assert variance_k(flat, least=4) == 4
        assert variance_k([[0, 0, 0], [255, 255, 255]]) == 256
        assert variance_k([[0, 0, 0], [255, 255, 255]], most=16) == 16

    @pytest.mark.parametrize("options", [{"least": 0}, {"least": 9, "most": 8}, {"most": 2.5}])
    def test_refusals(self, options):
        with pytest.raises(UsageError):
            variance_k([[1.0, 2.0, 3.0]], **options)


class TestKnee:
    def test_satopaas_example(self):
        # The paper's curve y = -1/x + 5 on x = 0.1 ... has its knee near 0.33; here it falls.
        ks = list(range(1, 11))
        assert knee_k(ks, [1 / k for k in ks]) == 3

    def test_sharp_corner(self):
        ks = [2, 4, 8, 16, 32]
        assert knee_k(ks, [1000, 500, 20, 15, 10]) == 8

    def test_straight_flat_and_short(self):
        assert knee_k([1, 2, 3], [3, 2, 1]) == 1
        assert knee_k([1, 2, 3], [5, 5, 5]) == 1
        assert knee_k([4, 9], [7, 1]) == 4
        assert knee_k([7], [1]) == 7

    def test_a_rise_is_ignored(self):
        assert knee_k([1, 2, 3, 4, 5], [100, 40, 10, 12, 9]) == 3

    @pytest.mark.parametrize(
        ("ks", "inertias"),
        [([], []), ([1, 2], [1]), ([2, 1], [1, 2]), ([1, 1], [1, 2]), ([1, 2], [1, np.nan])],
    )
    def test_refusals(self, ks, inertias):
        with pytest.raises(UsageError):
            knee_k(ks, inertias)

    @given(
        st.lists(st.floats(0, 1e6), min_size=1, max_size=40),
        st.floats(0.01, 1e3),
        st.floats(0, 1e5),
    )
    def test_the_unit_does_not_matter(self, inertias, factor, offset):
        ks = list(range(2, 2 + len(inertias)))
        inertias = [float(round(inertia)) for inertia in inertias]
        knee = knee_k(ks, inertias)
        assert knee in ks
        assert knee_k(ks, [4 * inertia for inertia in inertias]) == knee


class TestSmallest:
    @given(st.integers(1, 300), st.integers(1, 50), st.integers(50, 300))
    def test_finds_the_smallest_and_asks_once(self, answer, least, most):
        asked = []

        def reaches(k):
            asked.append(k)
            return k >= answer

        found = smallest_k(reaches, least=least, most=most)
        assert found == (None if answer > most else max(answer, least))
        assert len(asked) == len(set(asked))
        assert all(least <= k <= most for k in asked)
        assert len(asked) <= 18

    def test_refusals(self):
        with pytest.raises(UsageError):
            smallest_k(lambda _: True, least=0)
        with pytest.raises(UsageError):
            smallest_k(lambda _: True, least=5, most=4)
