"""Points put into an engine, ready for many passes; loads no more than that engine needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pochade.kmeans.engines.protocol import Held

if TYPE_CHECKING:
    from pochade.kmeans.engines.protocol import Engine, Poll, Session
    from pochade.types import Pixels, Points, Weights


def open_session(
    engine: Engine,
    points: Points | Pixels,
    weights: Weights | None,
    *,
    threads: int,
    poll: Poll | None = None,
    unit: bool = False,
) -> Session:
    """Return the engine's own session or, where it has none, one that feeds it fixed chunks.

    With `unit`, the points have length 1, and loops keep centres there: spherical k-means.

    `points` and `weights` must be as `pochade.kmeans.checks` returns them; the native engine also
    takes points that are uint8.
    """
    own = engine.open(points, weights, threads=threads, poll=poll)
    # Whole sessions, which only the native engine has, are Euclidean.
    if own is not None and not isinstance(own, Held) and not unit:
        return own
    from pochade.kmeans.session import ChunkedSession, HeldSession

    table = points.astype(np.float32, copy=False)
    if isinstance(own, Held):
        return HeldSession(engine, table, weights, threads, poll, unit, own)
    return ChunkedSession(engine, table, weights, threads, poll, unit)
