"""Knots of colour: the kernel against the NumPy version, and what counts as one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pochade.small_areas import _native, find_knots, find_knots_reference

needs_kernels = pytest.mark.skipif(_native is None, reason="installed without kernels")


@needs_kernels
@given(seed=st.integers(0, 999), d=st.integers(3, 5), whole=st.booleans(), most=st.integers(1, 4))
def test_the_kernel_finds_the_same_knots(seed, d, whole, most):
    rng = np.random.default_rng(seed)
    middles = rng.integers(0, 256, (5, d))
    points = middles[rng.integers(0, 5, 600)] + rng.integers(-12, 13, (600, d))
    points = np.clip(points, 0, 255).astype(np.uint8 if whole else np.float32)
    weights = rng.integers(1, 50, 600).astype(np.float32)
    far = np.sort(rng.choice(600, 200, replace=False)).astype(np.int64)
    given_all = (points, weights, far, 30.0, 4.0, most)
    assert find_knots(*given_all).tolist() == find_knots_reference(*given_all).tolist()


@pytest.mark.parametrize("search", [find_knots, find_knots_reference])
def test_a_knot_has_next_to_nothing_around_it(search):
    knot = np.float32([[200, 0, 0], [204, 0, 0]])
    ring = np.float32([[200, 45, 0]])
    rest = np.float32([[0, 200, 0]] * 3)
    points = np.concatenate([knot, ring, rest])
    far = np.arange(2, dtype=np.int64)
    weights = np.float32([10, 30, 5, 900, 900, 900])
    assert search(points, weights, far, 30.0, 4.0, 2).tolist() == [[203.0, 0.0, 0.0]]
    crowded = weights.copy()
    crowded[2] = 21  # more than half of the knot's 40
    assert search(points, crowded, far, 30.0, 4.0, 2).tolist() == []
    assert search(points, weights, far, 30.0, 41.0, 2).tolist() == []
