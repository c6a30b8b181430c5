"""k-means, once: start, loop, search, restarts, and a result that says how it was made.

Guarantees, each held by a test:

- The same points, settings, engine and seed give the same bytes, at any number of threads.
- Along the iterations of a run the inertia never rises, and more restarts never end higher.
- A weight of 3 is the same as three equal points; a weight of 0 as none. (Random starts draw
  other points, though, and an empty cluster is re-seeded by weight x squared distance.)
- No cluster of the result is empty (unless `max_iter` is 0, which leaves the start as it is).
- A named engine is used or is an error; `auto` says what it chose and why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pochade.errors import CancelledError, UsageError
from pochade.kmeans.checks import (
    check_centers,
    check_points,
    check_tolerance,
    check_weights,
    check_whole,
    thread_count,
)
from pochade.kmeans.cosine import Metric, check_metric, on_sphere, unit_rows
from pochade.kmeans.engines.protocol import (
    Centers64,
    Labels32,
    LloydRun,
    Observer,
    Poll,
    Session,
    SplitMerge,
)
from pochade.kmeans.engines.registry import choose_engine
from pochade.kmeans.init import greedy_trials, random_points
from pochade.kmeans.lloyd import fill_empty, reseed_worst_served
from pochade.kmeans.opening import open_session
from pochade.types import Points, Weights

Improve: TypeAlias = Literal[False, "split-merge"] | SplitMerge | Sequence[SplitMerge]
Progress: TypeAlias = Callable[[int, float], None]
Cancel: TypeAlias = Callable[[], bool]

__all__ = [
    "METHODS",
    "KMeansResult",
    "KMeansSettings",
    "SplitMerge",
    "draw_start",
    "kmeans",
    "nearest_labels",
    "open_session",
]

METHODS = ("kmeans++", "random", "wu")
"""The starts that have a name."""

_SETTLE_BEFORE_SEARCH = 3
_MAX_SEED = 2**64 - 1
_GOLDEN = 0x9E3779B97F4A7C15  # 2^64 / golden ratio: consecutive restarts get far-apart seeds


@dataclass(frozen=True, slots=True)
class KMeansSettings:
    """What was asked for. `init` is a method's name or 'given'; `improve` the searches to run."""

    k: int
    init: str
    n_init: int
    max_iter: int
    tol: float
    improve: tuple[SplitMerge, ...]
    engine: str
    seed: int
    threads: int
    metric: Metric = "euclidean"


@dataclass(frozen=True, slots=True, eq=False)
class KMeansResult:
    """The best run's outcome, and how it came about.

    `centers` (k, d) float64; `labels` (n,) int32, each point's nearest centre at the end;
    `inertia`, the weighted sum of squared distances to it. `n_iter` and `converged` are those of
    the best run's last Lloyd loop. `engine_reason` says why that engine was used.
    """

    centers: Centers64
    labels: Labels32
    inertia: float
    n_iter: int
    converged: bool
    engine: str
    engine_reason: str
    seed: int
    settings: KMeansSettings

    @property
    def n_clusters_found(self) -> int:
        """How many centres there are: below k when there are fewer distinct points."""
        return len(self.centers)


def kmeans(
    points: ArrayLike,
    k: int,
    *,
    weights: ArrayLike | None = None,
    init: str | ArrayLike = "kmeans++",
    n_init: int = 1,
    max_iter: int = 300,
    tol: float = 1e-4,
    improve: Improve = False,
    metric: Metric = "euclidean",
    engine: str = "auto",
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> KMeansResult:
    """Cluster weighted points around k centres so that the squared distances are small.

    Args:
        points: (n, d) finite numbers; used as float32, and never changed.
        k: How many clusters, at least 1. With fewer distinct points than k, there is one centre
            for each of them and the inertia is 0 (`n_clusters_found` says how many).
        weights: (n,) how often each point counts, at least 0; None: once each.
        init: 'kmeans++' (greedy), 'random' (distinct points drawn by weight), 'wu' (cuts that
            gain most; ignores the seed), or (k, d) centres to start from.
        n_init: Runs from different starts; the one of lowest inertia is returned, the first on
            ties. More than one makes no sense, and is not done, where the start is not random.
        max_iter: Lloyd iterations at most, per run. 0: label the points by the start as it is.
        tol: Stop when the centres' summed squared move is at most `tol` times the variance of the
            points, averaged over dimensions (scikit-learn's rule, with weights). 0: until nothing
            moves.
        improve: False; 'split-merge': after a few iterations, search for centres to move from
            where they help little to where they help more, then iterate on; or the settings of
            that search, or several to run one after the other.
        metric: 'euclidean', or 'cosine' for spherical k-means: points count by their direction,
            centres have length 1, and the inertia is the weighted sum of 1 - cosine. A row of
            zeros has no direction: it is labelled 0 and counts nothing.
        engine: 'auto' or one of `pochade.kmeans.engines.registry.ENGINE_NAMES`, which may be
            followed by a device and settings, as in 'torch:cuda' or 'jax,block=4096'.
        seed: 0 to 2^64 - 1.
        threads: At most this many; None: as many as there are processors. Never changes the result.
        progress: Called as progress(iteration, inertia) after every Lloyd iteration, numbered
            from 1 within its loop; by the native engine after each whole loop.
        cancel: Called at least as often, and every 50 ms or every chunk of points during longer
            work; when it returns true, CancelledError is raised.

    Raises:
        UsageError: an argument that makes no sense; the message says which.
        EngineUnavailableError: the engine is not installed here; the message says how to.
        CancelledError: `cancel` asked for it.

    >>> result = kmeans([[0, 0], [0, 2], [9, 0], [9, 2]], 2)
    >>> sorted(result.centers.tolist()), result.inertia
    ([[0.0, 1.0], [9.0, 1.0]], 4.0)
    """
    table = check_points(points)
    n, d = table.shape
    weight = check_weights(weights, n)
    k = check_whole(k, "k", least=1)
    method = _method(init)
    settings = KMeansSettings(
        k=k,
        init=method,
        n_init=check_whole(n_init, "n_init", least=1),
        max_iter=check_whole(max_iter, "max_iter", least=0),
        tol=check_tolerance(tol),
        improve=_searches(improve),
        engine=engine,
        seed=check_whole(seed, "seed", least=0, most=_MAX_SEED),
        threads=thread_count(threads),
        metric=check_metric(metric),
    )
    given = check_centers(init, k, d) if method == "given" else None
    chosen, reason = choose_engine(engine, k=k, d=d, n=n)
    poll = _poll(cancel)
    flat: NDArray[np.bool_] | None = None
    if metric == "cosine":
        table, weight, flat = on_sphere(table, weight)
        given = None if given is None else unit_rows(given)
    session = open_session(
        chosen, table, weight, threads=settings.threads, poll=poll, unit=metric == "cosine"
    )
    run, labels = _best_run(_Job(session, table, weight, settings, progress, poll), given)
    if flat is not None:
        labels[flat] = 0
        run = run._replace(inertia=run.inertia / 2)
    return KMeansResult(
        centers=run.centers,
        labels=labels,
        inertia=run.inertia,
        n_iter=run.n_iter,
        converged=run.converged,
        engine=chosen.describe().name,
        engine_reason=reason,
        seed=settings.seed,
        settings=settings,
    )


def nearest_labels(
    points: ArrayLike,
    centers: ArrayLike,
    *,
    engine: str = "auto",
    threads: int | None = None,
) -> tuple[Labels32, float]:
    """Return each point's nearest centre (n,) int32 and the plain inertia: `predict`.

    Raises:
        UsageError, EngineUnavailableError: as `kmeans`.
    """
    table = check_points(points)
    wanted = check_centers(centers, None, table.shape[1], "centers")
    n, d = table.shape
    chosen, _ = choose_engine(engine, k=len(wanted), d=d, n=n)
    return open_session(chosen, table, None, threads=thread_count(threads)).assign(wanted)


def draw_start(
    session: Session,
    points: Points,
    weights: Weights | None,
    k: int,
    *,
    method: str,
    seed: int,
) -> Centers64:
    """Return up to k starting centres by one of METHODS; `session` holds the same points."""
    if method == "random":
        return random_points(points, weights, k, seed=seed)
    if method == "wu":
        return session.wu(k)
    return session.kmeans_plus_plus(k, trials=greedy_trials(k), seed=seed)


@dataclass(frozen=True, slots=True)
class _Job:
    """One data set and what to do with it."""

    session: Session
    points: Points
    weights: Weights | None
    settings: KMeansSettings
    observe: Observer | None
    poll: Poll | None


def _best_run(job: _Job, given: Centers64 | None) -> tuple[LloydRun, Labels32]:
    """Run from one start or several, and return the best run; the first on ties."""
    if given is not None:
        return _one_run(job, given)
    best = _one_run(job, _start(job, 0))
    # Wu's cuts draw nothing: a second start would be the first again.
    for restart in range(1, 1 if job.settings.init == "wu" else job.settings.n_init):
        run = _one_run(job, _start(job, restart))
        if run[0].inertia < best[0].inertia:
            best = run
    return best


def _start(job: _Job, restart: int) -> Centers64:
    seed = (job.settings.seed + restart * _GOLDEN) & _MAX_SEED
    k, method = job.settings.k, job.settings.init
    centers = draw_start(job.session, job.points, job.weights, k, method=method, seed=seed)
    return unit_rows(centers) if job.settings.metric == "cosine" else centers


def _one_run(job: _Job, centers: Centers64) -> tuple[LloydRun, Labels32]:
    """Lloyd's loop, with the searches asked for in between; then label the points."""
    session, settings = job.session, job.settings
    if settings.improve and settings.max_iter > 0:
        centers = _lloyd(job, centers, min(_SETTLE_BEFORE_SEARCH, settings.max_iter)).centers
        for plan in settings.improve:
            centers = session.split_merge(centers, plan)
    run = _lloyd(job, centers, settings.max_iter)
    labels, inertia = session.assign(run.centers)
    if settings.max_iter > 0 and _has_empty(labels, job.weights, len(run.centers)):
        reseed = partial(reseed_worst_served, job.points, job.weights, session.assign)
        filled = fill_empty(session.step, reseed, run.centers)
        run = run._replace(centers=filled)
        labels, inertia = session.assign(filled)
    return run._replace(inertia=inertia), labels


def _lloyd(job: _Job, centers: Centers64, max_iter: int) -> LloydRun:
    if job.poll is not None:
        job.poll()
    return job.session.lloyd(centers, max_iter=max_iter, tol=job.settings.tol, observe=job.observe)


def _has_empty(labels: Labels32, weights: Weights | None, k: int) -> bool:
    """Say whether some centre serves no point that counts."""
    if weights is not None and not weights.all():
        labels = labels[weights > 0]
    return not np.bincount(labels, minlength=k).all()


def _method(init: str | ArrayLike) -> str:
    """Return the name of the start, or 'given' for anything that is not a name."""
    if not isinstance(init, str):
        return "given"
    if init not in METHODS:
        known = ", ".join(METHODS)
        raise UsageError(f"init must be one of {known}, or an array of centres, not {init!r}.")
    return init


def _searches(improve: object) -> tuple[SplitMerge, ...]:
    if improve is False or improve is None:
        return ()
    if improve == "split-merge":
        return (SplitMerge(),)
    plans = (improve,) if isinstance(improve, SplitMerge) else improve
    if isinstance(plans, Sequence) and all(isinstance(plan, SplitMerge) for plan in plans):
        return tuple(plans)
    raise UsageError(
        f"improve must be False, 'split-merge' or SplitMerge settings, not {improve!r}."
    )


def _poll(cancel: Cancel | None) -> Poll | None:
    if cancel is None:
        return None

    def poll() -> None:
        if cancel():
            raise CancelledError("k-means was cancelled by its cancel callback.")

    return poll
