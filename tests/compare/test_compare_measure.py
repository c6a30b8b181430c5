"""Errors and agreement of results, and the words for them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pochade.color.working import working_space
from pochade.comparing.measure import (
    Clustering,
    agreement,
    by_use,
    clustering,
    errors,
    in_order_of,
    reordered,
)
from pochade.metrics import mse
from pochade.plot.compare_words import duration, percent, rand, size, times

SRGB = working_space("srgb", alpha=False)


def made(centers: list[list[float]], labels: list[list[int]]) -> Clustering:
    return clustering(np.array(centers, np.float64), np.array(labels, np.uint8), SRGB)


def test_errors_by_hand():
    picture = np.array([[[10, 0, 0], [20, 0, 0], [0, 0, 200]]], np.uint8)
    found = errors(picture, made([[15.4, 0, 0], [0, 0, 199.0]], [[0, 0, 1]]), SRGB)
    assert found.inertia == pytest.approx(5.4**2 + 4.6**2 + 1)
    # the palette is rounded: 15 and 199
    assert found.mse == pytest.approx((25 + 25 + 1) / 3)
    assert found.psnr == pytest.approx(10 * np.log10(255**2 * 3 / 17))


def test_nothing_lost_is_infinitely_good():
    picture = np.full((2, 2, 3), 7, np.uint8)
    found = errors(picture, made([[7, 7, 7]], [[0, 0], [0, 0]]), SRGB)
    assert (found.inertia, found.psnr) == (0, float("inf"))


def test_the_error_is_that_of_metrics():
    random = np.random.default_rng(0)
    picture = random.integers(0, 256, (9, 11, 3), np.uint8)
    result = made(random.random((5, 3)) * 255, random.integers(0, 5, (9, 11)).tolist())
    shown = result.palette[result.labels]
    assert errors(picture, result, SRGB).mse == pytest.approx(mse(picture, shown))


def test_alpha_is_judged_over_black_and_white():
    space = working_space("srgb", alpha=True)
    picture = np.array([[[255, 255, 255, 255], [200, 0, 0, 0]]], np.uint8)
    entries = np.array([[255, 255, 255, 255], [0, 0, 0, 0]], np.uint8)
    centers = space.points(entries).astype(np.float64)
    exact = clustering(centers, np.array([[0, 1]], np.uint8), space)
    assert errors(picture, exact, space).mse == 0
    lost = Clustering(exact.centers, exact.palette, np.array([[0, 0]], np.uint8))
    # what was clear is white: over black wrong by 255 in three channels, over white right
    assert errors(picture, lost, space).mse == pytest.approx(3 * 255**2 / 2 / 2, rel=1e-6)


def test_agreement_by_hand():
    standard = made([[0, 0, 0], [255, 255, 255]], [[0, 0, 1, 1]])
    other = made([[255, 255, 255], [0, 0, 3]], [[1, 1, 0, 1]])
    mine, matched = in_order_of(other, standard)
    assert mine.palette.tolist() == [[0, 0, 3], [255, 255, 255]]
    assert mine.labels.tolist() == [[0, 0, 1, 0]]
    found = agreement(mine, standard, matched, SRGB)
    assert (found.equal, found.matched) == (1, 2)
    assert found.differing == 0.75
    assert found.shift == pytest.approx(3 / np.sqrt(3 * 255**2))
    assert 0 < found.largest < 2
    assert found.difference == pytest.approx(found.largest / 2)
    assert found.labels == 0  # Hubert and Arabie: of four pixels one is elsewhere
    same = agreement(standard, standard, 2, SRGB)
    assert (same.equal, same.difference, same.labels, same.differing) == (2, 0, 1, 0)


@given(st.permutations(range(6)), st.integers(0, 2**32 - 1))
def test_the_order_of_entries_is_nothing(order: list[int], seed: int):
    random = np.random.default_rng(seed)
    centers = random.permutation(256)[:18].reshape(6, 3).astype(np.float64)
    standard = by_use(clustering(centers, random.integers(0, 6, (5, 7), np.uint8), SRGB))
    mixed = reordered(standard, np.array(order))
    assert (mixed.palette[mixed.labels] == standard.palette[standard.labels]).all()
    back, matched = in_order_of(mixed, standard)
    assert matched == 6
    assert (back.palette == standard.palette).all()
    assert (back.labels == standard.labels).all()
    assert agreement(back, standard, matched, SRGB).labels == 1


def test_the_most_used_entry_is_first():
    found = by_use(made([[1, 1, 1], [2, 2, 2], [3, 3, 3]], [[2, 2, 1]]))
    assert found.palette[:, 0].tolist() == [3, 2, 1]
    assert found.labels.tolist() == [[0, 0, 1]]


def test_palettes_of_different_sizes():
    few = made([[0, 0, 0]], [[0, 0]])
    many = made([[90, 0, 0], [200, 0, 0], [0, 0, 1]], [[0, 1]])
    mine, matched = in_order_of(many, few)
    assert matched == 1
    assert mine.palette.tolist() == [[0, 0, 1], [90, 0, 0], [200, 0, 0]]
    assert agreement(mine, few, matched, SRGB).matched == 1
    mine, matched = in_order_of(few, many)
    assert matched == 1
    assert agreement(mine, many, matched, SRGB).equal == 0
    # the entry that it is matched with is the last one, not the first
    assert agreement(mine, many, matched, SRGB).largest < 1


def test_centres_that_are_no_numbers_are_black():
    found = made([[np.nan, 0, 0], [np.inf, 9, 9]], [[0, 1]])
    assert found.palette.tolist() == [[0, 0, 0], [0, 9, 9]]


def test_words_never_round_to_perfection():
    assert rand(1.0) == "1"
    assert rand(0.9999999) == "0.9999"
    assert percent(0.0) == "0 %"
    assert percent(1e-9) == "< 0.01 %"
    assert percent(1 - 1e-9) == "> 99.99 %"
    assert (duration(59.99), duration(0.0005), duration(None)) == ("60.0 s", "0.500 ms", "–")
    assert (size(33_600_000_000), times(0.5), times(1234.0)) == ("33.60 GB", "0.50 x", "1,234 x")
