"""Points put into an engine, ready for many passes; loads no more than that engine needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
) -> Session:
    """Return the engine's own session or, where it has none, one that feeds it fixed chunks.

    `points` and `weights` must be as `pochade.kmeans.checks` returns them; the native engine also
    takes points that are uint8.
    """
    own = engine.open(points, weights, threads=threads, poll=poll)
    if own is not None:
        return own
    from pochade.kmeans.session import ChunkedSession

    table = points.astype(np.float32, copy=False)
    return ChunkedSession(engine, table, weights, threads, poll)
