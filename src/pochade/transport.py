"""Optimal transport between two small weighted sets: the exact plan, by successive shortest paths.

The transportation problem: move the masses of one set onto those of the other at the least total
cost. Each turn sends as much as possible along the cheapest way from what still has mass to what
still wants some, also back along what was sent before (R. K. Ahuja, T. L. Magnanti, J. B. Orlin,
"Network Flows", 1993, section 9.7). Costs are kept non-negative by potentials, so each way is one
run of Dijkstra's algorithm over a dense table. Meant for palettes: up to a few hundred entries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from pochade.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Masses are counted in so many whole units, so that no rounding can leave a remainder.
UNITS: Final = 1 << 40


def transport_plan(
    cost: NDArray[np.float64], supply: NDArray[np.float64], demand: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The cheapest plan that moves `supply` onto `demand`.

    Args:
        cost: (m, n), finite: what moving one unit from i to j costs.
        supply: (m,), not negative; only its proportions matter.
        demand: (n,), likewise.

    Returns:
        (m, n) plan, not negative, summing to 1: its rows sum to the supplies, its columns to the
        demands, each as a share of the whole (within 1e-11).

    Raises:
        UsageError: shapes that do not fit, negative or no mass, or a cost that is not finite.

    >>> cost = np.array([[0.0, 1.0], [1.0, 3.0]])
    >>> transport_plan(cost, np.array([3, 1]), np.array([1, 1])).tolist()
    [[0.25, 0.5], [0.25, 0.0]]
    """
    cost = np.asarray(cost, np.float64)
    if cost.ndim != 2 or cost.shape != (len(supply), len(demand)) or not cost.size:
        raise UsageError("the costs of a transport need a row for each supply and a column each")
    if not np.isfinite(cost).all():
        raise UsageError("the costs of a transport must be finite")
    left, wanted = _whole_units(supply), _whole_units(demand)
    flow = np.zeros(cost.shape, np.int64)
    # With costs shifted to be non-negative all potentials may start at zero.
    reduced = cost - cost.min()
    from_prices, to_prices = np.zeros(len(left)), np.zeros(len(wanted))
    while left.any():
        from_away, to_away, back, origin = _shortest(
            reduced, flow, from_prices, to_prices, left, wanted
        )
        goal = int(np.where(wanted > 0, to_away, np.inf).argmin())
        way, amount = _trace(goal, back, origin, flow)
        amount = min(amount, int(left[way[-1][0]]), int(wanted[goal]))
        for place, (source, target) in enumerate(way):
            flow[source, target] += amount
            if place + 1 < len(way):
                flow[source, way[place + 1][1]] -= amount
        left[way[-1][0]] -= amount
        wanted[goal] -= amount
        reach = to_away[goal]
        from_prices += np.minimum(from_away, reach)
        to_prices += np.minimum(to_away, reach)
    return np.asarray(flow / UNITS, np.float64)


def _whole_units(masses: NDArray[np.float64]) -> NDArray[np.int64]:
    """Masses as whole numbers that sum to `UNITS`, by largest remainder."""
    values = np.asarray(masses, np.float64)
    total = values.sum() if values.ndim == 1 else 0.0
    if not (values >= 0).all() or not 0 < total < np.inf:
        raise UsageError("the masses of a transport must not be negative, and not all zero")
    exact = values / total * UNITS
    whole: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    missing = UNITS - int(whole.sum())
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: max(missing, 0)]] += 1
    whole[int(whole.argmax())] += UNITS - int(whole.sum())
    return whole


def _shortest(
    cost: NDArray[np.float64],
    flow: NDArray[np.int64],
    from_prices: NDArray[np.float64],
    to_prices: NDArray[np.float64],
    left: NDArray[np.int64],
    wanted: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Dijkstra from all sources that have mass left, until a target that wants some is settled.

    Returns:
        Distances of the sources and of the targets (at least that of the goal where not settled),
        for each source the target before it (-1 where it begins), for each target its source.
    """
    slack = np.maximum(cost + from_prices[:, None] - to_prices[None, :], 0.0)
    from_away = np.where(left > 0, 0.0, np.inf)
    to_away = np.full(cost.shape[1], np.inf)
    back = np.full(len(left), -1, np.intp)
    origin = np.full(cost.shape[1], -1, np.intp)
    from_open, to_open = np.ones(len(left), bool), np.ones(cost.shape[1], bool)
    while True:
        nearest_from = np.where(from_open, from_away, np.inf)
        nearest_to = np.where(to_open, to_away, np.inf)
        source, target = int(nearest_from.argmin()), int(nearest_to.argmin())
        if nearest_to[target] <= nearest_from[source]:
            to_open[target] = False
            if wanted[target] > 0:
                return from_away, to_away, back, origin
            # Back along what was sent: the slack of a used way is zero.
            better = (flow[:, target] > 0) & (to_away[target] < from_away)
            from_away[better] = to_away[target]
            back[better] = target
        else:
            from_open[source] = False
            away = from_away[source] + slack[source]
            better = away < to_away
            to_away[better] = away[better]
            origin[better] = source


def _trace(
    goal: int, back: NDArray[np.intp], origin: NDArray[np.intp], flow: NDArray[np.int64]
) -> tuple[list[tuple[int, int]], int]:
    """The edges (source, target) of the way to `goal`, last first, and the most they can carry."""
    way: list[tuple[int, int]] = []
    most = UNITS
    target = goal
    while True:
        source = int(origin[target])
        way.append((source, target))
        if back[source] < 0:
            return way, most
        target = int(back[source])
        most = min(most, int(flow[source, target]))
