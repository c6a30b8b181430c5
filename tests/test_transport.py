"""Optimal transport between palettes, beside a general solver of linear programs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.errors import UsageError
from pochade.transport import transport_plan

# Thousandths: the other solver takes masses below its tolerance of 1e-7 for none.
masses = st.lists(st.integers(0, 1000), min_size=1, max_size=9).filter(any).map(np.array)


def best_cost(cost: np.ndarray, supply: np.ndarray, demand: np.ndarray) -> float:
    """The least cost, by scipy's simplex."""
    optimize = pytest.importorskip("scipy.optimize")
    m, n = cost.shape
    rows = np.kron(np.eye(m), np.ones(n))
    columns = np.kron(np.ones(m), np.eye(n))
    done = optimize.linprog(
        cost.reshape(-1),
        A_eq=np.concatenate([rows, columns])[:-1],
        b_eq=np.concatenate([supply / supply.sum(), demand / demand.sum()])[:-1],
        method="highs",
    )
    assert done.status == 0
    return float(done.fun)


@settings(deadline=None, max_examples=120)
@given(masses, masses, st.integers(0, 2**32 - 1), st.booleans())
def test_no_plan_is_cheaper(supply: np.ndarray, demand: np.ndarray, seed: int, whole: bool):
    random = np.random.default_rng(seed)
    cost = random.random((len(supply), len(demand)))
    if whole:  # many ties
        cost = np.floor(4 * cost) - 1
    plan = transport_plan(cost, supply, demand)
    assert (plan >= 0).all()
    assert plan.sum(axis=1) == pytest.approx(supply / supply.sum(), abs=1e-10)
    assert plan.sum(axis=0) == pytest.approx(demand / demand.sum(), abs=1e-10)
    assert (plan * cost).sum() == pytest.approx(best_cost(cost, supply, demand), abs=1e-8)


def test_larger_sets():
    random = np.random.default_rng(3)
    points, goals = random.random((48, 3)), random.random((64, 3))
    cost = ((points[:, None] - goals[None]) ** 2).sum(axis=2)
    supply, demand = random.random(48), random.random(64) ** 4
    plan = transport_plan(cost, supply, demand)
    assert (plan * cost).sum() == pytest.approx(best_cost(cost, supply, demand), abs=1e-9)
    # A vertex of the polytope: no more ways are used than a tree has edges.
    assert (plan > 0).sum() <= 48 + 64 - 1


def test_equal_sets_stay_where_they_are():
    points = np.random.default_rng(0).random((9, 3))
    cost = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    weights = np.arange(1.0, 10.0)
    assert np.allclose(transport_plan(cost, weights, weights), np.diag(weights) / 45)


def test_by_hand():
    # All goes where it is cheapest, but the second source is pushed away by the first.
    plan = transport_plan(np.array([[1.0, 5.0], [2.0, 3.0]]), np.ones(2), np.ones(2))
    assert plan.tolist() == [[0.5, 0.0], [0.0, 0.5]]


@pytest.mark.parametrize(
    ("cost", "supply", "demand"),
    [
        (np.ones((2, 2)), np.ones(3), np.ones(2)),
        (np.ones((2, 2)), np.zeros(2), np.ones(2)),
        (np.ones((2, 2)), np.array([-1.0, 2.0]), np.ones(2)),
        (np.ones((2, 2)), np.array([np.nan, 2.0]), np.ones(2)),
        (np.array([[np.inf]]), np.ones(1), np.ones(1)),
        (np.ones((0, 0)), np.ones(0), np.ones(0)),
    ],
)
def test_what_makes_no_sense(cost: np.ndarray, supply: np.ndarray, demand: np.ndarray):
    with pytest.raises(UsageError):
        transport_plan(cost, supply, demand)
