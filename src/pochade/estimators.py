"""`KMeans` and `MiniBatchKMeans` in scikit-learn's dress, around `pochade.kmeans`.

Needs scikit-learn (`pip install 'pochade[sklearn]'`) for the dress: parameters, checks, cloning,
pipelines. The clustering is pochade's, on the engine asked for.

Both count their points before they cluster them (`pochade.kmeans.counted`) and move them into a
frame around the origin in which float32 is exact enough. So the result of `KMeans` does not change
when rows are shuffled, or repeated instead of weighted, or moved far away.
"""

from __future__ import annotations

from math import ceil
from typing import Any, Self, TypeAlias
from warnings import warn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pochade.errors import EngineUnavailableError, UsageError
from pochade.kmeans import minibatch
from pochade.kmeans.checks import (
    check_tolerance,
    check_weights,
    check_whole,
    thread_count,
)
from pochade.kmeans.counted import CountedPoints, count_points, draw_rows
from pochade.kmeans.driver import (
    Improve,
    draw_start,
    kmeans,
    nearest_labels,
    open_session,
)
from pochade.kmeans.engines.protocol import Engine, Labels32
from pochade.kmeans.engines.registry import choose_engine
from pochade.kmeans.frame import Frame, inertia_of
from pochade.kmeans.parameters import Init, resolve_improve, starts
from pochade.types import Weights

try:
    from sklearn.base import (
        BaseEstimator,
        ClassNamePrefixFeaturesOutMixin,
        ClusterMixin,
        TransformerMixin,
    )
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics.pairwise import euclidean_distances
    from sklearn.utils import check_random_state
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError as error:
    raise EngineUnavailableError(
        "pochade.estimators needs scikit-learn; install it with `pip install 'pochade[sklearn]'`."
    ) from error

__all__ = ["KMeans", "MiniBatchKMeans"]

Table: TypeAlias = NDArray[np.floating[Any]]


class _Shell(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """What both shells do with their `cluster_centers_` once they have them."""

    def predict(self, X: ArrayLike) -> Labels32:
        """Return the index (n,) int32 of the nearest cluster centre of each row of X."""
        check_is_fitted(self)
        return self._nearest(self._table(X, reset=False))

    def transform(self, X: ArrayLike) -> Table:
        """Return the (n, k) plain distances of the rows of X to the cluster centres."""
        check_is_fitted(self)
        distances: Table = euclidean_distances(self._table(X, reset=False), self.cluster_centers_)
        return distances

    def fit_predict(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None
    ) -> Labels32:
        """Fit, and return `labels_`."""
        labels: Labels32 = self.fit(X, sample_weight=sample_weight).labels_
        return labels

    def fit_transform(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None
    ) -> Table:
        """Fit, and return the distances of X to the cluster centres."""
        distances: Table = self.fit(X, sample_weight=sample_weight).transform(X)
        return distances

    def score(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return minus the weighted inertia of X: larger is better."""
        check_is_fitted(self)
        table = self._table(X, reset=False)
        weights = _weights(sample_weight, table)
        return -inertia_of(table, weights, self.cluster_centers_, self._nearest(table))

    @property
    def _n_features_out(self) -> int:
        return len(self.cluster_centers_)

    def _table(self, X: ArrayLike, *, reset: bool) -> Table:
        table: Table = validate_data(
            self,
            X,
            reset=reset,
            dtype=[np.float64, np.float32],
            order="C",
            accept_large_sparse=False,
        )
        return table

    def _nearest(self, table: Table) -> Labels32:
        frame = Frame.around(self.cluster_centers_)
        labels, _ = nearest_labels(
            frame.enter(table),
            frame.enter(self.cluster_centers_),
            engine=self.engine,
            threads=self.n_threads,
        )
        return labels


class KMeans(_Shell):
    """k-means by `pochade.kmeans.kmeans`, as a scikit-learn clusterer and transformer.

    Parameters are stored as given and checked in `fit`.

    Args:
        n_clusters: How many clusters, at most the number of rows. With fewer distinct rows, one
            for each of them, with a ConvergenceWarning.
        init: 'k-means++' (greedy, weighted), 'random' (distinct rows by weight), 'wu' (cuts that
            gain most), an (n_clusters, d) array, or a callable (X, n_clusters, random_state)
            that returns one.
        n_init: Runs from different starts, of which the best is kept. 'auto': 10 for 'random' and
            callables, 1 otherwise.
        max_iter: Iterations of a run, at least 1.
        tol: Stop when the centres' summed squared move is below this times the mean variance.
        improve: False for Lloyd's algorithm alone; 'split-merge' to move, besides, centres from
            where they help little to where they help more; 'auto': that, unless `init` is an array
            or a callable.
        engine: 'auto', or one that `pochade engines` lists, as in 'torch:cuda'.
        n_threads: None for as many as there are processors. Does not change the result.
        random_state: None, an int, or a RandomState, as everywhere in scikit-learn.

    Attributes: `cluster_centers_` (k, d), `labels_` (n,) int32, `inertia_`, `n_iter_`,
    `n_features_in_`, `feature_names_in_` (where X had names), `engine_`, the engine used.

    >>> model = KMeans(2, random_state=0).fit([[0, 0], [0, 2], [9, 0], [9, 2]])
    >>> model.inertia_, model.predict([[1, 1], [8, 1]]).tolist() == model.labels_[[0, 2]].tolist()
    (4.0, True)
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Init = "k-means++",
        n_init: int | str = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        improve: Improve | str = "auto",
        engine: str = "auto",
        n_threads: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.improve = improve
        self.engine = engine
        self.n_threads = n_threads
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> Self:
        """Cluster the rows of X (n, d), each counting `sample_weight` (n,) times; y is ignored.

        Raises:
            UsageError (a ValueError): a parameter that makes no sense, or fewer rows than clusters.
        """
        table = self._table(X, reset=True)
        k = check_whole(self.n_clusters, "n_clusters", least=1)
        _check_rows(table, k)
        check_whole(self.max_iter, "max_iter", least=1)
        weights = _weights(sample_weight, table)
        frame = Frame.around(table if weights is None else table[weights > 0])
        counted = count_points(frame.enter(table), weights)
        random = check_random_state(self.random_state)
        best = None
        for start, runs in starts(self.init, self.n_init, table, k, random):
            result = kmeans(
                counted.points,
                k,
                weights=counted.weights,
                init=start if isinstance(start, str) else frame.enter(start),
                n_init=runs,
                max_iter=self.max_iter,
                tol=self.tol,
                improve=resolve_improve(self.improve, start),
                engine=self.engine,
                seed=int(random.randint(2**31 - 1)),
                threads=self.n_threads,
            )
            if best is None or result.inertia < best.inertia:
                best = result
        assert best is not None
        _warn_of_fewer(best.n_clusters_found, k)
        self.cluster_centers_ = frame.leave(best.centers).astype(table.dtype)
        self.labels_ = self._nearest(table)
        self.inertia_ = inertia_of(table, weights, self.cluster_centers_, self.labels_)
        self.n_iter_ = max(1, best.n_iter)
        self.engine_ = best.engine
        return self


class MiniBatchKMeans(_Shell):
    """k-means in small random batches (Sculley 2010), also for streams through `partial_fit`.

    Args as for `KMeans`, and:
        max_iter: Passes over the data at most.
        batch_size: Rows drawn for each step.
        tol: 0: never stop because the centres hardly move.
        max_no_improvement: Stop after so many steps without a lower smoothed inertia; None: never.
        init_size: Rows drawn to choose a start from; None: three batches, or three for every
            cluster if that is more.
        n_init: Starts tried on such draws. 'auto': 3 for 'random' and callables, 1 otherwise.
        reassignment_ratio: Clusters that have seen less than this share of the busiest cluster's
            rows are moved now and then. 0: never.

    Attributes as for `KMeans`, and `n_steps_`, the batches seen; `counts_`, the rows (or weight)
    that each centre has seen.
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Init = "k-means++",
        max_iter: int = 100,
        batch_size: int = 1024,
        tol: float = 0.0,
        max_no_improvement: int | None = 10,
        init_size: int | None = None,
        n_init: int | str = "auto",
        reassignment_ratio: float = 0.01,
        engine: str = "auto",
        n_threads: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.tol = tol
        self.max_no_improvement = max_no_improvement
        self.init_size = init_size
        self.n_init = n_init
        self.reassignment_ratio = reassignment_ratio
        self.engine = engine
        self.n_threads = n_threads
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> Self:
        """Cluster the rows of X (n, d) in random batches; y is ignored.

        Raises:
            UsageError (a ValueError): a parameter that makes no sense, or fewer rows than clusters.
        """
        table = self._table(X, reset=True)
        k = check_whole(self.n_clusters, "n_clusters", least=1)
        _check_rows(table, k)
        batch = check_whole(self.batch_size, "batch_size", least=1)
        passes = check_whole(self.max_iter, "max_iter", least=1)
        tol = check_tolerance(self.tol)
        weights = _weights(sample_weight, table)
        frame = Frame.around(table if weights is None else table[weights > 0])
        counted = count_points(frame.enter(table), weights)
        engine, threads = self._engine(k, table.shape[1])
        self._random = random = check_random_state(self.random_state)
        # How long to go on follows from the distinct points: weights and repeats are the same.
        distinct = len(counted.points)
        steps = ceil(passes * distinct / batch)
        plan = minibatch.MiniBatchPlan(
            batch_size=batch,
            n_steps=steps,
            patience=self.max_no_improvement,
            shift_limit=tol * float(counted.points.var(axis=0, dtype=np.float64).mean()),
            reassign=check_tolerance(self.reassignment_ratio),
            seed=int(random.randint(2**31 - 1)),
        )
        state = self._start(table, frame, counted, engine, random)
        _warn_of_fewer(len(state.centers), k)
        state = minibatch.run(
            state, counted.points, counted.weights, plan, engine=engine, threads=threads
        )
        self._keep(state, frame, table.dtype)
        self.n_iter_ = max(1, ceil(state.n_steps * batch / distinct))
        self.labels_ = self._nearest(table)
        self.inertia_ = inertia_of(table, weights, self.cluster_centers_, self.labels_)
        return self

    def partial_fit(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Take one step with X (n, d) as the batch; the first call also chooses the start from it.

        `labels_` and `inertia_` are those of this batch. May follow `fit` to go on from there.
        """
        first = not hasattr(self, "cluster_centers_")
        table = self._table(X, reset=first)
        k = check_whole(self.n_clusters, "n_clusters", least=1)
        weights = _weights(sample_weight, table)
        engine, threads = self._engine(k, table.shape[1])
        frame = Frame.around(table, *(() if first else (self.cluster_centers_,)))
        points = frame.enter(table)
        if first:
            _check_rows(table, k)
            self._random = check_random_state(self.random_state)
            state = self._start(table, frame, count_points(points, weights), engine, self._random)
            _warn_of_fewer(len(state.centers), k)
        else:
            centers = frame.enter(self.cluster_centers_).astype(np.float64)
            state = minibatch.MiniBatchState(centers, self.counts_, self.n_steps_)
        state, _ = minibatch.update(state, points, weights, engine=engine, threads=threads)
        # As often as `fit`: once the rows seen since the last time are ten times the clusters.
        self._rows_since = getattr(self, "_rows_since", 0) + len(points)
        ratio = check_tolerance(self.reassignment_ratio)
        if ratio > 0 and self._rows_since >= 10 * len(state.centers):
            self._rows_since = 0
            draw = np.random.Generator(np.random.PCG64(int(self._random.randint(2**31 - 1))))
            state = minibatch.reassign_idle(
                state, points, engine=engine, threads=threads, ratio=ratio, random=draw
            )
        self._keep(state, frame, table.dtype)
        self.n_iter_ = 1
        self.labels_ = self._nearest(table)
        self.inertia_ = inertia_of(table, weights, self.cluster_centers_, self.labels_)
        return self

    def _engine(self, k: int, d: int) -> tuple[Engine, int]:
        engine, _ = choose_engine(self.engine, k=k, d=d)
        self.engine_ = engine.describe().name
        return engine, thread_count(self.n_threads)

    def _start(
        self, table: Table, frame: Frame, counted: CountedPoints, engine: Engine, random: Any
    ) -> minibatch.MiniBatchState:
        """Choose the best of `n_init` starts, each found and all judged on draws of the rows."""
        k = self.n_clusters
        size = 3 * max(self.batch_size, k) if self.init_size is None else self.init_size
        size = check_whole(size, "init_size", least=1)
        threads = thread_count(self.n_threads)
        judge = draw_rows(counted, size, random.random_sample)
        judges, judge_weights = counted.points[judge], counted.weights[judge]
        best, lowest = None, np.inf
        pairs = starts(self.init, self.n_init, table, k, random, default=3)
        for start in (start for start, runs in pairs for _ in range(runs)):
            if isinstance(start, str):
                rows = draw_rows(counted, size, random.random_sample)
                seed = int(random.randint(2**31 - 1))
                some, weights = counted.points[rows], counted.weights[rows]
                session = open_session(engine, some, weights, threads=threads)
                centers = draw_start(session, some, weights, k, method=start, seed=seed)
            else:
                centers = frame.enter(start).astype(np.float64)
            inertia = engine.step(judges, judge_weights, centers, threads=threads).inertia
            if best is None or inertia < lowest:
                best, lowest = centers, inertia
        assert best is not None
        return minibatch.MiniBatchState(best, np.zeros(len(best)))

    def _keep(self, state: minibatch.MiniBatchState, frame: Frame, dtype: Any) -> None:
        self.cluster_centers_ = frame.leave(state.centers).astype(dtype)
        self.counts_ = state.counts
        self.n_steps_ = state.n_steps


def _weights(sample_weight: ArrayLike | None, table: Table) -> Weights | None:
    if sample_weight is None:
        return None
    return check_weights(_check_sample_weight(sample_weight, table, dtype=np.float64), len(table))


def _check_rows(table: Table, k: int) -> None:
    if len(table) < k:
        raise UsageError(f"n_samples={len(table)} should be >= n_clusters={k}.")


def _warn_of_fewer(found: int, k: int) -> None:
    if found < k:
        warn(
            f"The number of distinct rows, {found}, is below n_clusters={k}; there is one cluster "
            "for each of them.",
            ConvergenceWarning,
            stacklevel=3,
        )
