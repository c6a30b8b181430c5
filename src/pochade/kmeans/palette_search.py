"""Recipes that find centres for weighted colours: how much to search for each effort.

- `fast`: Wu's boxes and a Lloyd step; for few centres a short split-merge search besides.
- `default`: several starts on averaged colours, each improved by the split-merge search; the best
  is refined on all colours.
- `max`: that, from many starts and far deeper.

The numbers are those beyond which more effort bought little on Kodak photos (`python -m
benchmarks.quantize kodak`). A plain start (`init`) or iteration limit (`iters`) replaces the recipe
by k-means with just that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from pochade.errors import CancelledError
from pochade.kmeans.engines.protocol import SearchPlan

if TYPE_CHECKING:
    from pochade.kmeans.engines.protocol import Centers64, Session
    from pochade.types import Pixels, Points, Weights

PLAIN_ITERATIONS = 300

# Up to this many centres a start costs next to nothing, and the best of several is clearly better.
FEW = 32
SOME = 128

# The starts of `max` run in turns, so that progress can be told and the work be stopped in between.
TURNS = 4


class SearchSettings(NamedTuple):
    """How to search: see `search`."""

    effort: str = "default"
    init: str | None = None
    iters: int | None = None
    engine: str = "auto"
    seed: int = 0
    threads: int = 1
    progress: Callable[[float], None] | None = None
    cancel: Callable[[], bool] | None = None

    @property
    def plain(self) -> bool:
        """Whether k-means is wanted as the textbook has it, with nothing around it."""
        return self.init is not None or self.iters is not None


class Found(NamedTuple):
    """Centres (k, d) float64 and the Lloyd steps of the start that won."""

    centers: Centers64
    n_iter: int = 0


def search(
    session: Session,
    points: Points | Pixels,
    weights: Weights,
    k: int,
    settings: SearchSettings,
    *,
    whole: bool = False,
) -> Found:
    """Find k centres for the session's points.

    Args:
        session: the points and weights, open in an engine.
        points: the same points (n, d), float32 or uint8.
        weights: the same weights (n,) float32.
        k: number of centres; there are more distinct points than that.
        settings: the effort, or a plain start and iteration limit.
        whole: the points are 8-bit colours, and the centres will be rounded to such.

    Raises:
        CancelledError: `settings.cancel` returned True.
    """
    _report(settings, 0.0)
    if settings.plain:
        return _plain(points, weights, k, settings)
    plan = plan_for(settings.effort, k)._replace(rounded=whole, seed=settings.seed)
    if settings.effort != "max":
        centers, _ = session.search(k, plan)
        _report(settings, 1.0)
        return Found(centers, plan.first_steps + plan.last_steps)
    best, lowest = None, float("inf")
    for turn in range(TURNS):
        centers, inertia = session.search(k, plan._replace(seed=settings.seed + turn * plan.starts))
        if inertia < lowest:
            best, lowest = centers, inertia
        _report(settings, (turn + 1) / TURNS)
    assert best is not None
    return Found(best, plan.first_steps + plan.last_steps)


def plan_for(effort: str, k: int) -> SearchPlan:
    """The search of an effort for k centres; for `max`, that of one of its turns."""
    if effort == "fast":
        if k <= FEW:
            return SearchPlan(group=1, rounds=2, last_steps=3, bits=4)
        return SearchPlan(group=1, rounds=0, first_steps=0, last_steps=1)
    if effort == "default":
        if k <= FEW:
            return SearchPlan(starts=4)
        return SearchPlan(starts=2 if k <= SOME else 1, fine_rounds=3)
    deep = SearchPlan(rounds=30, fine_rounds=40, threshold=0.35, last_steps=20)
    return deep._replace(starts=5 if k <= SOME else 2)


def _plain(points: Points | Pixels, weights: Weights, k: int, settings: SearchSettings) -> Found:
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


def _report(settings: SearchSettings, share: float) -> None:
    if settings.cancel is not None and settings.cancel():
        raise CancelledError("the search for a palette was cancelled")
    if settings.progress is not None:
        settings.progress(share)
