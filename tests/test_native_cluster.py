"""The native clustering kernels against plain NumPy: same labels, sums and bytes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

native = pytest.importorskip("pochade._native")

Floats = NDArray[np.float32]


def brute(points: Floats, centers: NDArray[Any]) -> NDArray[np.int32]:
    """Labels by float32 squared distance, added up axis by axis, ties to the lowest index."""
    c = centers.astype(np.float32)
    distance = np.zeros((len(points), len(c)), np.float32)
    for axis in range(points.shape[1]):
        distance += np.square(points[:, None, axis] - c[None, :, axis])
    labels: NDArray[np.int32] = distance.argmin(1).astype(np.int32)
    return labels


def colours(n: int, d: int = 3, *, seed: int = 0, order: bool = True) -> tuple[Floats, Floats]:
    """Distinct-ish 8-bit colours in blobs, in spatial order unless told otherwise, with counts."""
    random = np.random.default_rng(seed)
    middle = random.uniform(0, 255, (12, d))
    spread = random.uniform(2, 40, (12, 1))
    which = random.integers(0, 12, n)
    points = np.clip(np.rint(random.normal(middle[which], spread[which])), 0, 255)
    if order:
        points = points[np.lexsort((points // 16).T)]
    return points.astype(np.float32), random.integers(1, 50, n).astype(np.float32)


def error(points: Floats, weights: Floats, centers: NDArray[Any]) -> float:
    c = centers.astype(np.float32).astype(np.float64)
    gap = points.astype(np.float64) - c[brute(points, centers)]
    return float((weights * np.square(gap).sum(1)).sum())


@pytest.mark.parametrize("d", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("k", [1, 2, 17, 300])
@pytest.mark.parametrize("order", [True, False])
def test_labels_and_sums_are_those_of_brute_force(d: int, k: int, order: bool) -> None:
    points, weights = colours(3001, d, seed=k, order=order)
    centers = points[np.random.default_rng(k).choice(len(points), k)].astype(np.float64)
    centers += np.random.default_rng(1).choice([0.0, 0.25, 0.5], centers.shape)
    solver = native.Solver(points, weights)
    labels, inertia = solver.assign(centers)
    expected = brute(points, centers)
    np.testing.assert_array_equal(labels, expected)
    assert inertia == pytest.approx(error(points, weights, centers), rel=1e-9)
    sums, counts, again = solver.step(centers)
    assert again == inertia
    np.testing.assert_array_equal(counts, np.bincount(expected, weights, minlength=k))
    for axis in range(d):
        wanted = np.bincount(expected, weights.astype(np.float64) * points[:, axis], minlength=k)
        np.testing.assert_allclose(sums[:, axis], wanted, rtol=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    points=hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 200), st.integers(1, 5)),
        elements=st.floats(-1e6, 1e6, width=32) | st.integers(0, 4).map(float),
    ),
    k=st.integers(1, 40),
    seed=st.integers(0, 2**32),
)
def test_labels_hold_for_any_points(points: Floats, k: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    centers = points[random.integers(0, len(points), k)].astype(np.float64)
    centers += random.choice([0.0, 1e-3, 0.5], centers.shape)
    labels, _ = native.Solver(points).assign(centers)
    np.testing.assert_array_equal(labels, brute(points, centers))


def test_points_far_from_the_origin_keep_their_distances() -> None:
    points, weights = colours(2000)
    points = (points / 255 + 4096).astype(np.float32)
    centers = points[::97].astype(np.float64)
    solver = native.Solver(points, weights)
    labels, inertia = solver.assign(centers)
    np.testing.assert_array_equal(labels, brute(points, centers))
    assert inertia == pytest.approx(error(points, weights, centers), rel=1e-6)


@pytest.mark.parametrize("d", [1, 3, 4, 6])
def test_lloyd_follows_plain_lloyd(d: int) -> None:
    points, weights = colours(2500, d)
    unique = np.unique(points, axis=0)
    centers = unique[:: len(unique) // 20][:20].astype(np.float64)
    plain = centers.copy()
    for _ in range(7):
        labels = brute(points, plain)
        counts = np.bincount(labels, weights, minlength=20)
        for axis in range(d):
            sums = np.bincount(labels, weights.astype(np.float64) * points[:, axis], minlength=20)
            plain[counts > 0, axis] = sums[counts > 0] / counts[counts > 0]
        assert (counts > 0).all()
    found, steps, inertia, converged = native.Solver(points, weights).lloyd(centers, 7, 0.0)
    assert (steps, converged) == (7, False)
    np.testing.assert_allclose(found, plain, rtol=1e-5, atol=1e-3)
    assert inertia == pytest.approx(error(points, weights, found), rel=1e-9)


def test_lloyd_stops_when_nothing_changes() -> None:
    points, weights = colours(1500)
    solver = native.Solver(points, weights)
    centers, steps, inertia, converged = solver.lloyd(solver.wu(9), 1000, 0.0)
    assert converged
    assert steps < 1000
    again, _, same, _ = solver.lloyd(centers, 1, 0.0)
    np.testing.assert_allclose(again, centers, atol=1e-4)
    assert same == pytest.approx(inertia)


def test_empty_clusters_go_to_the_worst_served_points() -> None:
    points = np.array([[0, 0, 0]] * 50 + [[10, 0, 0]] * 50 + [[200, 0, 0]], np.float32)
    far = np.full((1, 3), 1e6)
    start = np.concatenate([[[0.0, 0, 0]], far, far + 1])
    centers, _, inertia, _ = native.Solver(points).lloyd(start, 50, 0.0)
    assert inertia == pytest.approx(0.0, abs=1e-6)
    assert sorted(centers[:, 0]) == pytest.approx([0, 10, 200])


def test_split_merge_never_worsens_and_escapes_a_bad_start() -> None:
    random = np.random.default_rng(5)
    middles = random.uniform(0, 255, (16, 3))
    points = (
        (middles[:, None] + random.normal(0, 1, (16, 200, 3))).reshape(-1, 3).astype(np.float32)
    )
    solver = native.Solver(points)
    start = points[:16].astype(np.float64)  # every centre in the first blob
    stuck, _, before, _ = solver.lloyd(start, 100, 0.0)
    centers, inertia, _ = solver.split_merge(stuck, rounds=30)
    assert inertia <= before
    assert error(points, np.ones(len(points), np.float32), centers) == pytest.approx(inertia)
    assert inertia < 2 * 3 * len(points)  # one centre a blob


@pytest.mark.parametrize("d", [1, 2, 3, 4, 6])
def test_starts_are_sensible(d: int) -> None:
    points, weights = colours(4000, d)
    solver = native.Solver(points, weights)
    one = np.average(points, axis=0, weights=weights)
    np.testing.assert_allclose(solver.wu(1)[0], one, rtol=1e-6)
    errors = {}
    for k in (2, 8, 40):
        starts = {
            "wu": solver.wu(k),
            "plus": solver.kmeans_plus_plus(k, 3, 7),
            "random": solver.random_points(k, 7),
        }
        for name, centers in starts.items():
            assert centers.shape == (k, d)
            errors[name, k] = error(points, weights, centers)
        members = {tuple(p) for p in points.tolist()}
        assert {tuple(c) for c in starts["plus"].tolist()} <= members
        assert {tuple(c) for c in starts["random"].tolist()} <= members
        assert len({tuple(c) for c in starts["plus"].tolist()}) == k
    assert errors["wu", 40] < errors["wu", 8] < errors["wu", 2]
    assert errors["plus", 40] < errors["plus", 8] < errors["plus", 2]
    assert errors["wu", 40] < errors["random", 40]


def test_wu_finds_separate_boxes_in_any_scale() -> None:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
    points = np.repeat(corners, 5, 0)
    for scale, shift in ((1e-3, 0.0), (0.4, -0.2), (255, 0.0), (1e6, -3e5)):
        found = native.Solver((points * scale + shift).astype(np.float32)).wu(8)
        found = (found - shift) / scale
        assert {tuple(p) for p in np.rint(found).tolist()} == {tuple(c) for c in corners.tolist()}


def test_fewer_distinct_points_than_clusters() -> None:
    points = np.repeat(np.array([[0, 0, 0], [9, 9, 9]], np.float32), 70, 0)
    solver = native.Solver(points)
    assert len(solver.wu(5)) == 2
    assert len(solver.kmeans_plus_plus(5, 2, 0)) == 2
    centers, _, inertia, converged = solver.lloyd(points[:5].astype(np.float64), 20, 0.0)
    assert converged
    assert inertia == 0
    assert len(centers) == 5
    _, inertia, _ = solver.split_merge(centers)
    assert inertia == 0


def test_one_point_and_zero_or_huge_weights() -> None:
    single = native.Solver(np.array([[3.0, 4.0, 5.0]], np.float32))
    assert single.wu(4).tolist() == [[3, 4, 5]]
    assert single.split_merge(single.wu(4))[1] == 0
    points, weights = colours(500)
    weights[::2] = 0
    weights[1] = 24e6
    solver = native.Solver(points, weights)
    start = solver.kmeans_plus_plus(6, 2, 0)
    assert len(solver.random_points(400, 0)) == 250
    centers, inertia, _ = solver.split_merge(start)
    assert inertia == pytest.approx(error(points, weights, centers), rel=1e-6)


@pytest.mark.parametrize(
    ("points", "weights"),
    [
        (np.array([[np.nan, 0]], np.float32), None),
        (np.array([[np.inf, 0]], np.float32), None),
        (np.array([[1e20, 0]], np.float32), None),
        (np.zeros((0, 3), np.float32), None),
        (np.zeros((2, 3), np.float32), np.array([1, np.nan], np.float32)),
        (np.zeros((2, 3), np.float32), np.array([1, -1], np.float32)),
        (np.zeros((2, 3), np.float32), np.zeros(2, np.float32)),
        (np.zeros((2, 3), np.float32), np.ones(3, np.float32)),
    ],
)
def test_bad_points_and_weights_are_refused(points: Floats, weights: Floats | None) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        native.Solver(points, weights)


def test_bad_centres_are_refused() -> None:
    solver = native.Solver(*colours(100))
    for centers in (np.zeros((0, 3)), np.zeros((4, 2)), np.full((2, 3), np.nan)):
        with pytest.raises(ValueError, match="Centres"):
            solver.assign(centers)
    with pytest.raises(ValueError, match="clusters"):
        solver.wu(0)


def test_progress_can_stop_a_long_search() -> None:
    points, weights = colours(60_000)
    solver = native.Solver(points, weights)
    calls = []

    def stop() -> bool:
        calls.append(1)
        return False

    solver.lloyd(solver.random_points(2000, 0), 10_000, 0.0, progress=stop)
    assert calls == [1]

    def fail() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solver.lloyd(solver.random_points(2000, 0), 10_000, 0.0, progress=fail)


def test_many_clusters_stay_within_memory_and_time() -> None:
    random = np.random.default_rng(0)
    points = random.uniform(0, 255, (100_000, 3)).astype(np.float32)
    points = points[np.lexsort((points // 8).T)]
    solver = native.Solver(points)
    centers = solver.wu(20_000, 6)
    centers, steps, _, _ = solver.lloyd(centers, 2, 0.0)
    assert centers.shape == (20_000, 3)
    assert steps == 2


def fingerprint(threads: int) -> str:
    """One hash over every kernel's output."""
    digest = hashlib.sha256()
    for d, n in ((3, 30_011), (4, 9000), (2, 3000), (6, 1500)):
        points, weights = colours(n, d)
        if d == 4:
            points = (points / 255 - 0.3).astype(np.float32)
            weights = (weights / 7).astype(np.float32)
        solver = native.Solver(points, weights, threads)
        for k in (5, 70):
            start = solver.wu(k)
            plus = solver.kmeans_plus_plus(k, 2, 3)
            for centers in (start, plus, solver.random_points(k, 3)):
                found = [
                    *solver.split_merge(centers),
                    *solver.lloyd(centers),
                    *solver.step(centers),
                ]
                found += solver.assign(centers)
                for value in found:
                    digest.update(np.asarray(value).tobytes())
    return digest.hexdigest()


def test_every_instruction_set_and_thread_count_gives_the_same_bytes() -> None:
    expected = fingerprint(1)
    assert fingerprint(3) == expected
    for isa in ("baseline", "v3", "v4"):
        environment = {**os.environ, "POCHADE_ISA": isa}
        code = "import test_native_cluster as t; print(t.fingerprint(2))"
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == expected, isa


def test_search_beats_its_parts_and_keeps_its_bytes() -> None:
    points, weights = colours(20_000)
    solver = native.Solver(points, weights)
    for k in (1, 8, 100):
        plain = solver.lloyd(solver.wu(k), 20, 0.0)[2]
        centers, inertia = solver.search(k, starts=4, fine_rounds=2, keep=2)
        assert centers.shape == (k, 3)
        assert inertia <= plain * 1.001
        assert inertia == pytest.approx(error(points, weights, centers), rel=1e-6)
        again = native.Solver(points, weights, 3).search(k, starts=4, fine_rounds=2, keep=2)
        assert again[0].tobytes() == centers.tobytes()
    assert len(native.Solver(np.zeros((9, 3), np.float32)).search(4, starts=3)[0]) == 1


def test_byte_points_are_the_same_points() -> None:
    points, weights = colours(3000)
    one, other = native.Solver(points, weights), native.Solver(points.astype(np.uint8), weights)
    assert one.search(20)[0].tobytes() == other.search(20)[0].tobytes()


def test_reduced_points_are_means_of_groups() -> None:
    points, weights = colours(1001)
    small = native.Solver(points, weights).reduced(10)
    assert small.n == 101
    groups = np.arange(1001) // 10
    total = np.bincount(groups, weights)
    means = np.stack([np.bincount(groups, weights * points[:, e]) / total for e in range(3)], 1)
    expected = native.Solver(means.astype(np.float32), total.astype(np.float32))
    np.testing.assert_allclose(small.wu(5), expected.wu(5), rtol=1e-5)


def test_rounded_centres_are_whole_and_no_worse_than_plain_rounding() -> None:
    points, weights = colours(6000)
    solver = native.Solver(points, weights)
    centers, _ = solver.search(60)
    plain = error(points, weights, np.clip(np.rint(centers), 0, 255))
    whole, inertia = solver.lloyd_rounded(centers)
    assert np.array_equal(whole, np.rint(whole))
    assert whole.min() >= 0
    assert whole.max() <= 255
    assert inertia <= plain
    assert inertia == pytest.approx(error(points, weights, whole))
    again, same = solver.search(60, rounded=True)
    assert (again.tobytes(), same) == (whole.tobytes(), inertia)
