"""Counted colours as a task: points in an engine's session, ready for one palette or many."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.color.working import WorkingSpace
from pochade.errors import CancelledError
from pochade.kmeans.engines.registry import choose_engine
from pochade.kmeans.opening import open_session
from pochade.kmeans.palette_search import SearchSettings

if TYPE_CHECKING:
    from pochade.kmeans.engines.protocol import Engine, Session
    from pochade.types import Pixels, Points, Weights

# Distances below this share of the black-white distance pull no harder than it.
LEAST_DISTANCE = 1 / 400


class FitSettings(NamedTuple):
    """How a palette is fitted: the search, and what surrounds it (see `QuantizeOptions`)."""

    search: SearchSettings = SearchSettings()
    guard: bool = True


class FitTask(NamedTuple):
    """The weighted colours of one fit, as points in an engine's session.

    With `by_distance`, the mean distance is the error, not the mean squared distance.
    """

    colors: Pixels
    points: Points | Pixels
    weights: Weights
    session: Session
    engine: Engine
    settings: FitSettings
    space: WorkingSpace
    by_distance: bool

    @property
    def least(self) -> float:
        """The least distance that counts."""
        return LEAST_DISTANCE * self.space.extent


def open_task(
    colors: Pixels,
    weights: Weights,
    k: int,
    space: WorkingSpace,
    settings: FitSettings,
    *,
    points: Points | Pixels | None = None,
    by_distance: bool = False,
) -> FitTask:
    """Colours ready for fits of up to `k` entries; arguments as of `fit_palette`."""
    engine, _ = choose_engine(settings.search.engine, k=k, d=space.dimensions)
    if points is None:
        # 8-bit colours in sRGB are their own points: no copy as float32 is needed.
        plain = space.name == "srgb" and not space.alpha
        native = engine.describe().name == "native"
        points = colors if plain and native else space.points(colors)
    session = _open(engine, points, weights, k, settings, by_distance=by_distance)
    return FitTask(colors, points, weights, session, engine, settings, space, by_distance)


def open_away(task: FitTask, fixed: Points, free: int) -> tuple[Points | Pixels, Weights, Session]:
    """The points that no fixed entry serves exactly, which need no centre of their own."""
    away = np.ones(len(task.points), bool)
    for row in fixed:
        away &= (task.points != row).any(axis=1)
    points, weights = task.points[away], task.weights[away]
    session = _open(task.engine, points, weights, free, task.settings, by_distance=task.by_distance)
    return points, weights, session


def _open(
    engine: Engine,
    points: Points | Pixels,
    weights: Weights,
    k: int,
    settings: FitSettings,
    *,
    by_distance: bool,
) -> Session:
    """Points ready for a search, with the weights that suit it."""
    if by_distance:
        from pochade.kmeans.distance_search import search_weights

        weights = search_weights(weights, k)
    poll = _poll(settings.search.cancel)
    return open_session(engine, points, weights, threads=settings.search.threads, poll=poll)


def _poll(cancel: Callable[[], bool] | None) -> Callable[[], None] | None:
    """What long stages ask now and then; raises to stop them."""
    if cancel is None:
        return None

    def poll() -> None:
        if cancel():
            raise CancelledError("the search for a palette was cancelled")

    return poll
