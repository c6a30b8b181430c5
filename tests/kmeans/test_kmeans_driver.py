"""The driver: what it accepts, what it refuses and how, and what its result says."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest

from pochade.errors import CancelledError, EngineUnavailableError, PochadeError, UsageError
from pochade.kmeans import SplitMerge, choose_engine, get_engine, kmeans
from pochade.kmeans.driver import nearest_labels
from pochade.kmeans.engines import registry
from pochade.kmeans.engines.protocol import Capabilities
from pochade.kmeans.engines.registry import ENGINE_NAMES, engines

POINTS = np.float32([[0, 0], [0, 2], [8, 0], [8, 2], [9, 1], [11, 1]])


def refuse(words, *arguments, **options):
    with pytest.raises(UsageError, match=words) as caught:
        kmeans(*arguments, **options)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert caught.value.exit_code == 2


class TestRefusals:
    @pytest.mark.parametrize(
        "points",
        [[], [[]], [1, 2, 3], np.zeros((2, 2, 2)), np.zeros((0, 3)), np.zeros((3, 0)), 5],
    )
    def test_shapes(self, points):
        refuse(r"points must be an \(n, d\) table", points, 1)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e300])
    def test_values(self, value):
        points = POINTS.astype(np.float64)
        points[3, 1] = value
        refuse("row 3", points, 2)

    @pytest.mark.parametrize(
        "points", [[["a", "b"]], [[1, 2], [3]], [[1j]], [[None]], [[object()]], [["1", b"2"]]]
    )
    def test_not_numbers(self, points):
        refuse("points must be", points, 1)

    @pytest.mark.parametrize(
        ("weights", "words"),
        [
            ([1, 1], "shape"),
            (1.0, "shape"),
            (np.ones((6, 1)), "shape"),
            ([1, 1, -1, 1, 1, 1], "weight 2"),
            ([1, 1, 1, np.nan, 1, 1], "weight 3"),
            ([1, 1, 1, 1, np.inf, 1], "weight 4"),
            ([0] * 6, "all 0"),
            (["a"] * 6, "weights must be"),
        ],
    )
    def test_weights(self, weights, words):
        refuse(words, POINTS, 2, weights=weights)

    @pytest.mark.parametrize("k", [0, -1, 2.0, "2", None, np.float64(2)])
    def test_k(self, k):
        refuse("k must be", POINTS, k)

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"init": "best"}, "kmeans.., random, wu"),
            ({"init": [[0, 0]]}, r"\(2, 2\)"),
            ({"init": [[0, 0], [0, np.nan]]}, "finite"),
            ({"init": [[0, 0], [0, 1e39]]}, "finite"),
            ({"n_init": 0}, "n_init"),
            ({"max_iter": -1}, "max_iter"),
            ({"tol": -1e-9}, "tol"),
            ({"tol": np.nan}, "tol"),
            ({"tol": "small"}, "tol"),
            ({"improve": "magic"}, "improve"),
            ({"improve": True}, "improve"),
            ({"improve": [1]}, "improve"),
            ({"seed": -1}, "seed"),
            ({"seed": 2**64}, "seed"),
            ({"threads": 0}, "threads"),
            ({"threads": 10**6}, "threads"),
            ({"engine": "steam"}, "native, reference, sklearn"),
        ],
    )
    def test_options(self, options, words):
        refuse(words, POINTS, 2, **options)


class TestResult:
    def test_says_how_it_was_made(self):
        result = kmeans(POINTS, 2, seed=9, engine="reference", improve="split-merge", threads=2)
        assert result.engine == "reference"
        assert result.engine_reason == "asked for by name"
        assert result.seed == result.settings.seed == 9
        assert result.settings.improve == (SplitMerge(),)
        assert result.settings.init == "kmeans++"
        assert result.settings.threads == 2
        assert result.converged
        assert result.n_clusters_found == 2
        with pytest.raises(dataclasses.FrozenInstanceError):
            result.seed = 1

    def test_by_hand(self):
        # {0,1} around (0,1) and the rest around (9,1): 2 x 1, and 2 + 2 + 0 + 4.
        result = kmeans(POINTS, 2)
        assert sorted(result.centers.tolist()) == [[0, 1], [9, 1]]
        assert result.inertia == pytest.approx(10)
        assert result.labels[0] != result.labels[5]

    def test_seeds_decide_and_differ(self):
        points = np.random.default_rng(0).uniform(0, 255, (2000, 3)).astype(np.float32)
        for init in ("kmeans++", "random"):
            runs = [kmeans(points, 20, init=init, max_iter=2, seed=s) for s in (0, 0, 1, 2**64 - 1)]
            assert runs[0].centers.tobytes() == runs[1].centers.tobytes()
            assert len({run.inertia for run in runs}) == 3

    def test_no_iterations_leave_the_start_as_it_is(self):
        start = [[0, 0], [100, 100]]
        result = kmeans(POINTS, 2, init=start, max_iter=0)
        assert result.centers.tolist() == start
        assert result.n_iter == 0
        assert not result.converged
        assert result.labels.tolist() == [0] * 6

    def test_one_iteration(self):
        result = kmeans(POINTS, 2, init=[[0, 0], [8, 1]], max_iter=1, tol=0)
        assert result.centers.tolist() == [[0, 1], [9, 1]]
        assert result.n_iter == 1

    def test_tolerance_stops_earlier(self):
        points = np.random.default_rng(0).uniform(0, 255, (3000, 3))
        runs = [kmeans(points, 16, tol=tol, seed=1) for tol in (1e-2, 1e-4, 0)]
        assert runs[0].n_iter < runs[1].n_iter < runs[2].n_iter
        assert runs[0].inertia >= runs[1].inertia >= runs[2].inertia

    def test_several_searches(self):
        points = np.random.default_rng(0).uniform(0, 255, (1500, 3))
        plans = [SplitMerge(), SplitMerge(rounds=30, threshold=0.35)]
        plain = kmeans(points, 30, init="random", seed=1)
        better = kmeans(points, 30, init="random", seed=1, improve=plans)
        assert better.inertia < plain.inertia
        assert better.settings.improve == tuple(plans)

    def test_random_start_is_distinct_points_by_weight(self):
        points = np.repeat(np.arange(10, dtype=np.float32), 50)[:, None]
        result = kmeans(points, 10, init="random", max_iter=0, engine="reference")
        assert sorted(result.centers[:, 0]) == list(range(10))
        weights = np.where(np.arange(500) < 50, 1000, 1e-3)
        drawn = [
            kmeans(points, 1, weights=weights, init="random", max_iter=0, seed=seed).centers[0, 0]
            for seed in range(20)
        ]
        assert drawn == [0] * 20


class TestCallbacks:
    def test_progress_in_order(self):
        seen = []
        points = np.random.default_rng(0).uniform(0, 255, (500, 3))
        result = kmeans(
            points, 8, engine="reference", progress=lambda i, inertia: seen.append((i, inertia))
        )
        assert [i for i, _ in seen] == list(range(1, result.n_iter + 1))
        assert seen[-1][1] == pytest.approx(result.inertia)

    def test_cancel_after_a_while(self):
        calls = []

        def cancel():
            calls.append(1)
            return len(calls) > 5

        with pytest.raises(CancelledError) as caught:
            kmeans(POINTS, 2, engine="reference", cancel=cancel, tol=0, n_init=50)
        assert len(calls) == 6
        assert caught.value.exit_code == 130

    def test_what_progress_raises_comes_out(self):
        def progress(iteration, inertia):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            kmeans(POINTS, 2, progress=progress)


class TestNearestLabels:
    def test_labels_and_refusals(self):
        labels, inertia = nearest_labels(POINTS, [[0, 0], [8, 1]])
        assert labels.tolist() == [0, 0, 1, 1, 1, 1]
        assert inertia == pytest.approx(16)
        with pytest.raises(UsageError, match="centers"):
            nearest_labels(POINTS, [[0, 0, 0]])


class TestRegistry:
    def test_records(self):
        records = engines()
        assert tuple(record.name for record in records) == ENGINE_NAMES
        for record in records:
            assert record.reason
            assert not record.reason.endswith(".")
            assert record.available or "not" in record.reason or "without" in record.reason

    def test_unknown(self):
        with pytest.raises(
            UsageError, match="auto, native, reference, sklearn, jax, torch, opencl"
        ):
            get_engine("steam")

    def test_missing_names_what_to_install(self, monkeypatch):
        def absent(name):
            return dataclasses.replace(
                RECORD, name=name, available=name == "reference", reason=f"{name} is not here"
            )

        monkeypatch.setattr(registry, "_capabilities", absent)
        with pytest.raises(EngineUnavailableError, match="pip install it") as caught:
            get_engine("sklearn")
        assert isinstance(caught.value, ImportError)
        assert isinstance(caught.value, PochadeError)
        assert caught.value.exit_code == 2
        refuse("native is not here", POINTS, 2, engine="native")
        engine, reason = choose_engine("auto")
        assert engine.describe().name == "reference"
        assert reason == "NumPy is enough at this size; native: native is not here"

    def test_limits(self, monkeypatch):
        def limited(name):
            limit = None if name == "reference" else 2
            return dataclasses.replace(RECORD, name=name, available=True, max_k=limit, max_d=limit)

        monkeypatch.setattr(registry, "_capabilities", limited)
        refuse("at most 2 clusters, not 3", POINTS, 3, engine="native")
        refuse("at most 2 dimensions, not 3", np.zeros((4, 3)), 1, engine="sklearn")
        engine, reason = choose_engine("auto", k=3)
        assert engine.describe().name == "reference"
        assert "at most 2 clusters" in reason

    def test_asking_imports_nothing_heavy(self):
        code = (
            "import sys; from pochade.kmeans.engines import registry;"
            "registry.engines(); registry.get_engine('reference');"
            "print([m for m in ('sklearn', 'scipy', 'PIL', 'pochade._native') if m in sys.modules])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
        )
        assert done.stdout.strip() == "[]"


RECORD = Capabilities(
    name="",
    summary="",
    devices=("cpu",),
    dtypes=("float32",),
    weights=True,
    fused=False,
    deterministic=True,
    install="pip install it",
)
