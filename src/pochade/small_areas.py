"""Small but distinct areas of colour that a palette has swallowed.

K-means spends its centres where the sum of errors is: a red dot in a green field weighs little and
may come out green, though it is what the eye looks for first. Such an area shows as a knot of
colours that are all far from their palette entry and near to each other, with next to nothing
between the knot and the rest; the far tail of a photo's colours is no knot, as its surroundings
hold about as many pixels as itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.kmeans.tally import Tally
    from pochade.types import Points, Weights

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
    points: Points,
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
        At most a quarter of k knots in all, the heaviest first; none for most photos.
    """
    nothing = LostAreas(np.empty((0, points.shape[1])), np.empty(0, np.intp))
    most = int(len(entries) * LARGEST_SHARE) or (1 if len(entries) > 1 else 0)
    fixed += taken
    most = min(most - taken, len(entries) - fixed - 1)
    if most < 1 or len(entries) > LARGEST_PALETTE or not len(served.far):
        return nothing
    least = max(SMALLEST_PIXELS, SMALLEST_SHARE * float(served.weights.sum()))
    knots = _knots(points, weights, served.far, KNOT_RADIUS * scale, least, most)
    if not knots:
        return nothing
    return LostAreas(np.array(knots), _cheapest(entries, served.weights, fixed, len(knots)))


def _knots(
    points: Points,
    weights: Weights,
    far: NDArray[np.int64],
    radius: float,
    least: float,
    most: int,
) -> list[NDArray[np.float64]]:
    """Means of the knots among the far points, heaviest colour first."""
    left = far[np.argsort(-weights[far], kind="stable")]
    knots: list[NDArray[np.float64]] = []
    # Each turn takes a knot's worth of points away; the bound keeps noise from taking long.
    for _ in range(8 * most):
        if not len(left) or len(knots) == most:
            break
        middle = points[left[0]]
        near = ((points[left] - middle) ** 2).sum(axis=1) <= radius * radius
        member = left[near]
        weight = weights[member].astype(np.float64)
        if weight.sum() >= least:
            mean = (points[member] * weight[:, None]).sum(axis=0) / weight.sum()
            square = ((points - mean.astype(np.float32)) ** 2).sum(axis=1)
            inside = float(weights[square <= radius * radius].sum(dtype=np.float64))
            around = float(weights[square <= 4 * radius * radius].sum(dtype=np.float64)) - inside
            if around <= RING_SHARE * inside:
                knots.append(mean)
        left = left[~near]
    return knots


def _cheapest(
    entries: Points, weights: NDArray[np.float64], fixed: int, count: int
) -> NDArray[np.intp]:
    """The entries whose removal adds least error: weight times squared distance to the next one."""
    apart = ((entries[:, None, :] - entries[None, :, :]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    cost = weights * apart.min(axis=1)
    cost[:fixed] = np.inf
    return np.argsort(cost, kind="stable")[:count]
