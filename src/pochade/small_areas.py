"""Small but distinct areas of colour that a palette has swallowed.

K-means spends its centres where the sum of errors is: a red dot in a green field weighs little and
may come out green, though it is what the eye looks for first. Such an area shows as a knot of
colours that are all far from their palette entry and near to each other, with next to nothing
between the knot and the rest; the far tail of a photo's colours is no knot, as its surroundings
hold about as many pixels as itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.kmeans.tally import Tally
    from pochade.types import Pixels, Points, Weights

_native: Any
try:
    _native = import_module("pochade._native")
except ImportError:  # installed without a compiler
    _native = None

# A colour is lost when it lies this far from its entry, as a share of the black-white distance.
LOST_DISTANCE = 0.2
# Colours within this share of the black-white distance of a knot's middle belong to it.
KNOT_RADIUS = 0.12
# Weight in the ring of 1 to 2 radii around a knot, as a share of the knot's, that still counts as
# empty: anti-aliased edges put some there.
RING_SHARE = 0.5
# The least a knot must weigh: this many pixels, and this share of the picture.
SMALLEST_PIXELS = 4
SMALLEST_SHARE = 2e-6
# Beyond this many entries nothing distinct is lost any more.
LARGEST_PALETTE = 1024
# The search for a knot begins at most this many times for each that may be found: noise has many
# far colours, and none of them is a knot.
TURNS = 8
# At most this share of the palette is given to knots.
LARGEST_SHARE = 0.25


class LostAreas(NamedTuple):
    """Knots to give an entry to, and the entries that cost least to give up for them.

    Attributes:
        centers: (n, d) float64 means of the knots.
        give_up: (n,) rows of the entries that were passed in.
    """

    centers: NDArray[np.float64]
    give_up: NDArray[np.intp]


def lost_areas(
    points: Points | Pixels,
    weights: Weights,
    entries: Points,
    served: Tally,
    *,
    scale: float,
    fixed: int = 0,
    taken: int = 0,
) -> LostAreas:
    """The knots of colour that these palette entries serve badly.

    Args:
        points: (m, d) colours in a working space.
        weights: (m,) pixels of each.
        entries: (k, d) in the same space; the first `fixed` of them are never given up.
        served: what the entries serve, `far` being the colours beyond `LOST_DISTANCE`.
        scale: distance between black and white in this space.
        fixed: number of leading entries that stay.
        taken: number of entries after those that knots have already, which stay as well.

    Returns:
        At most a quarter of k knots in all, the heaviest first, and no more than there are entries
        that can be given up; none for most photos.
    """
    nothing = LostAreas(np.empty((0, points.shape[1])), np.empty(0, np.intp))
    most = int(len(entries) * LARGEST_SHARE) or (1 if len(entries) > 1 else 0)
    fixed += taken
    most = min(most - taken, len(entries) - fixed - 1)
    if most < 1 or len(entries) > LARGEST_PALETTE or not len(served.far):
        return nothing
    least = max(SMALLEST_PIXELS, SMALLEST_SHARE * float(served.weights.sum()))
    heaviest = served.far[np.argsort(-weights[served.far], kind="stable")]
    knots = find_knots(points, weights, heaviest, KNOT_RADIUS * scale, least, most)
    if not len(knots):
        return nothing
    give_up = _cheapest(entries, served.weights, fixed, len(knots), LOST_DISTANCE * scale)
    return LostAreas(knots[: len(give_up)], give_up)


def find_knots(
    points: Points | Pixels,
    weights: Weights,
    far: NDArray[np.int64],
    radius: float,
    least: float,
    most: int,
) -> NDArray[np.float64]:
    """Means (n, d) of at most `most` knots among the far rows, which come heaviest first."""
    if _native is None:
        return find_knots_reference(points, weights, far, radius, least, most)
    found: NDArray[np.float64] = _native.knots(
        points, weights, far, radius, least, RING_SHARE, most, TURNS * most
    )
    return found


def find_knots_reference(
    points: Points | Pixels,
    weights: Weights,
    far: NDArray[np.int64],
    radius: float,
    least: float,
    most: int,
) -> NDArray[np.float64]:
    """`find_knots` in NumPy."""
    points = points.astype(np.float32, copy=False)
    square_radius = np.float32(radius) * np.float32(radius)
    left = far
    knots: list[NDArray[np.float64]] = []
    for _ in range(TURNS * most):
        if not len(left) or len(knots) == most:
            break
        near = ((points[left] - points[left[0]]) ** 2).sum(axis=1) <= square_radius
        member = left[near]
        left = left[~near]
        weight = weights[member].astype(np.float64)
        if weight.sum() < least:
            continue
        mean = (points[member] * weight[:, None]).sum(axis=0) / weight.sum()
        square = ((points - mean.astype(np.float32)) ** 2).sum(axis=1)
        inside = float(weights[square <= square_radius].sum(dtype=np.float64))
        within = float(weights[square <= 4 * square_radius].sum(dtype=np.float64))
        if within - inside <= RING_SHARE * inside:
            knots.append(mean)
    return np.array(knots).reshape(-1, points.shape[1])


def _cheapest(
    entries: Points, weights: NDArray[np.float64], fixed: int, count: int, limit: float
) -> NDArray[np.intp]:
    """The entries whose removal adds least error: weight times squared distance to the next one.

    None whose own colours would be lost without it, as there is no other within the limit: one of
    two colours that carry a picture is not given up for a dot.
    """
    apart = ((entries[:, None, :] - entries[None, :, :]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    nearest = apart.min(axis=1)
    cost = np.where(nearest <= limit * limit, weights * nearest, np.inf)
    cost[:fixed] = np.inf
    order = np.argsort(cost, kind="stable")[:count]
    return order[np.isfinite(cost[order])]
