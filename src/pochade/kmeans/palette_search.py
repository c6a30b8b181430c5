"""Recipes that find centres for weighted colours: how much to search for each effort.

- `fast`: Wu's boxes, then a few Lloyd steps.
- `default`: that, then the split-merge search until it stops paying, then Lloyd steps.
- `max`: the default, deeper, from several starts; the best of them is polished.

A plain start (`init`) or iteration limit (`iters`) replaces the recipe by k-means with just that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pochade.errors import CancelledError
from pochade.kmeans.engines.protocol import Centers64, SplitMerge

if TYPE_CHECKING:
    from pochade.kmeans.engines.protocol import Session
    from pochade.types import Points, Weights

PLAIN_ITERATIONS = 300
STARTS = 8


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How to search: see `search`."""

    effort: str = "default"
    init: str | None = None
    iters: int | None = None
    engine: str = "auto"
    seed: int = 0
    threads: int = 1
    progress: Callable[[float], None] | None = None
    cancel: Callable[[], bool] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Centres (k, d) float64 and the Lloyd steps of the start that won."""

    centers: Centers64
    n_iter: int = field(default=0)


def search(
    session: Session, points: Points, weights: Weights, k: int, settings: SearchSettings
) -> Found:
    """Find k centres for the session's points.

    Args:
        session: the points and weights, open in an engine.
        points: the same points (n, d) float32.
        weights: the same weights (n,) float32.
        k: number of centres; there are more distinct points than that.
        settings: the effort, or a plain start and iteration limit.

    Raises:
        CancelledError: `settings.cancel` returned True.
    """
    if settings.init is not None or settings.iters is not None:
        return _plain(points, weights, k, settings)
    if settings.effort == "fast":
        run = session.lloyd(session.wu(k), max_iter=4, tol=0.0, observe=None)
        return Found(run.centers, run.n_iter)
    if settings.effort == "default":
        return _refined(session, session.wu(k), (SplitMerge(),), 8)
    return _best_of(session, k, settings)


def _plain(points: Points, weights: Weights, k: int, settings: SearchSettings) -> Found:
    """K-means as the textbook has it: one start, Lloyd steps, nothing else."""
    from pochade.kmeans.driver import kmeans

    run = kmeans(
        points,
        k,
        weights=weights,
        init=settings.init or "kmeans++",
        max_iter=PLAIN_ITERATIONS if settings.iters is None else settings.iters,
        engine=settings.engine,
        seed=settings.seed,
        threads=settings.threads,
        cancel=settings.cancel,
    )
    _report(settings, 1.0)
    return Found(run.centers, run.n_iter)


def _refined(
    session: Session, centers: Centers64, plans: tuple[SplitMerge, ...], final: int
) -> Found:
    run = session.lloyd(centers, max_iter=3, tol=0.0, observe=None)
    steps = run.n_iter
    found = run.centers
    for plan in plans:
        found = session.split_merge(found, plan)
    run = session.lloyd(found, max_iter=final, tol=0.0, observe=None)
    return Found(run.centers, steps + run.n_iter)


def _best_of(session: Session, k: int, settings: SearchSettings) -> Found:
    """The best of several deep searches; the first on ties."""
    plans = (SplitMerge(rounds=30, inner=4), SplitMerge(rounds=30, inner=4, threshold=0.35))
    best, lowest = None, float("inf")
    for start in range(STARTS):
        _report(settings, start / STARTS)
        if start == 0:
            centers = session.wu(k)
        else:
            centers = session.kmeans_plus_plus(k, trials=2, seed=settings.seed + start)
        found = _refined(session, centers, plans, 30)
        inertia = session.step(found.centers).inertia
        if inertia < lowest:
            best, lowest = found, inertia
    _report(settings, 1.0)
    assert best is not None
    return best


def _report(settings: SearchSettings, share: float) -> None:
    if settings.cancel is not None and settings.cancel():
        raise CancelledError("the search for a palette was cancelled")
    if settings.progress is not None:
        settings.progress(share)
