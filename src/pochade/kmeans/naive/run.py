"""What a naive version returns, and where it starts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pochade.errors import UsageError
from pochade.kmeans.engines.protocol import Centers64, Labels32
from pochade.types import Points


class NaiveRun(NamedTuple):
    """Where a naive version stopped.

    Attributes:
        centers: (k, d) float64; may hold repeated centres, and black ones that it lost.
        labels: (n,) int32, the centre of each point in its last assignment.
        n_iter: iterations done.
    """

    centers: Centers64
    labels: Labels32
    n_iter: int


def opened(
    points: ArrayLike, k: int, seed: int, init: ArrayLike | None
) -> tuple[Points, Centers64]:
    """The points as (n, d) float32, and the start: `init`, or k points drawn at random.

    The same point, or the same colour, may be drawn for two clusters: that is the naive way.

    Raises:
        UsageError: k is below 1 or above n, or `init` does not hold k centres.
    """
    table = np.ascontiguousarray(points, np.float32)
    if not 1 <= k <= len(table):
        raise UsageError(f"k must be from 1 to the {len(table)} points, not {k}.")
    if init is None:
        rows = np.random.default_rng(seed).choice(len(table), k, replace=False)
        return table, table[rows].astype(np.float64)
    start = np.array(init, np.float64)
    if start.shape != (k, table.shape[1]):
        raise UsageError(f"init must be a ({k}, {table.shape[1]}) array, not {start.shape}.")
    return table, start
