"""The best pairing of two small sets."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pochade.comparing.matching import best_pairs
from pochade.errors import UsageError

tables = st.tuples(st.integers(1, 5), st.integers(0, 2)).flatmap(
    lambda size: hnp.arrays(
        np.float64,
        (size[0], size[0] + size[1]),
        elements=st.one_of(st.integers(-3, 3).map(float), st.floats(-1e6, 1e6, width=32)),
    )
)


def cost_of(table: np.ndarray, pairs: np.ndarray) -> float:
    return float(table[np.arange(len(pairs)), pairs].sum())


@given(tables)
def test_no_other_pairing_costs_less(table: np.ndarray):
    pairs = best_pairs(table)
    assert len(set(pairs.tolist())) == len(table)
    least = min(
        cost_of(table, np.array(other)) for other in permutations(range(table.shape[1]), len(table))
    )
    assert cost_of(table, pairs) == pytest.approx(least, rel=1e-9, abs=1e-6)


@given(tables)
def test_dearer_rows_and_columns_change_nothing(table: np.ndarray):
    """A price on a row is paid in any pairing, and on a column where all are taken."""
    square = table[:, : len(table)]
    moved = square + np.arange(len(table))[:, None] - np.arange(len(table)) * 3
    assert cost_of(square, best_pairs(moved)) == pytest.approx(
        cost_of(square, best_pairs(square)), rel=1e-9, abs=1e-6
    )


def test_as_scipy_pairs_them():
    optimize = pytest.importorskip("scipy.optimize")
    table = np.random.default_rng(1).random((200, 230))
    rows, columns = optimize.linear_sum_assignment(table)
    assert cost_of(table, best_pairs(table)) == pytest.approx(float(table[rows, columns].sum()))


def test_by_hand():
    # the greedy pairing 0-0, 1-1 costs 1 + 9
    assert best_pairs(np.array([[1.0, 2.0], [3.0, 9.0]])).tolist() == [1, 0]
    assert best_pairs(np.empty((0, 3))).tolist() == []


def test_a_shuffled_palette_finds_itself():
    random = np.random.default_rng(2)
    entries = random.random((300, 3))
    order = random.permutation(300)
    gaps = np.square(entries[order][:, None] - entries).sum(axis=2)
    assert best_pairs(gaps).tolist() == order.tolist()


@pytest.mark.parametrize("table", [np.zeros((3, 2)), np.array([[np.nan]]), np.zeros(4)])
def test_what_cannot_be_paired(table: np.ndarray):
    with pytest.raises(UsageError):
        best_pairs(table)
