"""The best pairing of two small sets: the assignment problem.

Shortest augmenting paths with dual prices (R. Jonker, A. Volgenant, "A shortest augmenting path
algorithm for dense and sparse linear assignment problems", Computing 38 (1987) 325-340). Two
palettes of the same picture are nearly the same list, so pairs that are nearest to each other are
settled first, and only what is left needs a path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pochade.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def best_pairs(cost: NDArray[np.float64]) -> NDArray[np.intp]:
    """For each row a column of its own, so that the summed cost is least.

    Args:
        cost: (m, n) finite numbers with m <= n.

    Returns:
        (m,) the column of each row; columns beyond the number of rows stay without one.

    Raises:
        UsageError: more rows than columns, or a cost that is not finite.

    >>> best_pairs(np.array([[4.0, 1.0], [2.0, 0.0]])).tolist()
    [1, 0]
    """
    cost = np.asarray(cost, np.float64)
    if cost.ndim != 2 or cost.shape[0] > cost.shape[1]:
        raise UsageError(
            f"{cost.shape} costs cannot be paired: give at most as many rows as columns"
        )
    if not np.isfinite(cost).all():
        raise UsageError("the costs of a pairing must be finite")
    m, n = cost.shape
    row_price, row_of = np.zeros(m), np.full(n, -1, np.intp)
    # Prices of columns that are never taken must stay 0, so they begin there; a row may then pay
    # its least cost, and the first row to ask for a column has it.
    column_price = np.zeros(n)
    if m:
        row_price = cost.min(axis=1)
        wanted = cost.argmin(axis=1)
        columns, rows = np.unique(wanted, return_index=True)
        row_of[columns] = rows
    free = np.setdiff1d(np.arange(m), row_of)
    for row in free:
        _augment(cost, row_price, column_price, row_of, int(row))
    pairs = np.empty(m, np.intp)
    taken = np.flatnonzero(row_of >= 0)
    pairs[row_of[taken]] = taken
    return pairs


def _augment(
    cost: NDArray[np.float64],
    row_price: NDArray[np.float64],
    column_price: NDArray[np.float64],
    row_of: NDArray[np.intp],
    start: int,
) -> None:
    """Give `start` a column by the cheapest chain of swaps; prices and `row_of` are changed."""
    n = cost.shape[1]
    away, before = np.full(n, np.inf), np.full(n, start, np.intp)
    open_ = np.ones(n, bool)
    row, reach = start, 0.0
    rows, settled = [start], [0.0]
    while True:
        offer = reach + cost[row] - row_price[row] - column_price
        better = open_ & (offer < away)
        away[better] = offer[better]
        before[better] = row
        column = int(np.where(open_, away, np.inf).argmin())
        reach = float(away[column])
        open_[column] = False
        if row_of[column] < 0:
            break
        row = int(row_of[column])
        rows.append(row)
        settled.append(reach)
    row_price[rows] += reach - np.array(settled)
    shut = ~open_
    column_price[shut] -= reach - away[shut]
    while True:
        row = int(before[column])
        row_of[column] = row
        if row == start:
            return
        # the column that this row had goes to the row before it
        column = _column_of(row_of, row, column)


def _column_of(row_of: NDArray[np.intp], row: int, but: int) -> int:
    """The other column that `row` still holds."""
    held = np.flatnonzero(row_of == row)
    return int(held[held != but][0])
