"""Any table of numbers, brought to where float32 is exact enough, and measured where it was."""

from __future__ import annotations

from dataclasses import dataclass
from math import frexp
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pochade.kmeans.engines.protocol import CHUNK_ROWS, Centers64, Labels32
from pochade.types import Points, Weights

# Beyond this many times the frame's extent float32 cannot tell two centres apart anyway.
_FAR = 1e12


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A shift and a power of two that bring a table's values to -1..1, and back.

    Both depend on the smallest and largest values only, not on how often rows occur, and a power
    of two rounds nothing.
    """

    offset: NDArray[np.float64]
    scale: float

    @classmethod
    def around(cls, *tables: NDArray[np.floating[Any]]) -> Self:
        """Return the frame of all rows of these (n, d) tables."""
        low = np.min([table.min(axis=0) for table in tables], axis=0).astype(np.float64)
        high = np.max([table.max(axis=0) for table in tables], axis=0).astype(np.float64)
        half = float((high / 2 - low / 2).max())
        exponent = min(1000, max(-1000, frexp(half)[1])) if half > 0 else 0
        return cls(low / 2 + high / 2, 2.0**-exponent)

    def enter(self, table: NDArray[np.floating[Any]]) -> Points:
        """Return float32 points; values beyond 10^12 times the frame's extent are brought there."""
        with np.errstate(over="ignore"):
            moved = (table - self.offset) * self.scale
        return moved.clip(-_FAR, _FAR).astype(np.float32)

    def leave(self, centers: Centers64) -> Centers64:
        """Return centres in the table's own coordinates."""
        return centers / self.scale + self.offset


def inertia_of(
    table: NDArray[np.floating[Any]],
    weights: Weights | None,
    centers: NDArray[np.floating[Any]],
    labels: Labels32,
) -> float:
    """Return the weighted sum of squared distances of rows to their centres, in float64."""
    total = 0.0
    for start in range(0, len(table), CHUNK_ROWS):
        rows = slice(start, start + CHUNK_ROWS)
        difference = table[rows].astype(np.float64) - centers[labels[rows]]
        squared = np.square(difference).sum(axis=1)
        total += float((squared if weights is None else squared * weights[rows]).sum())
    return total
