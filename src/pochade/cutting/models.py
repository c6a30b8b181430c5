"""Colour models: mixtures of normal distributions, fitted to the colours of regions.

Expectation maximisation on a few thousand weighted colours, started from pochade's own k-means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# More points than this say nothing new about a few components: one in so many is taken, and all
# that count for several.
MOST_POINTS = 2500
HEAVY = 4.0
ROUNDS = 3
START_ROUNDS = 10
# Points that count this much less than the heaviest are left out.
LEAST_WEIGHT = 1e-4
TWO_PI = 2 * np.pi


class Mixture(NamedTuple):
    """A mixture of k normal distributions.

    Attributes:
        shares: (k,) they add up to 1.
        means: (k, d).
        factors: (k, d, d) inverse of the Cholesky factors of the covariances.
        norms: (k,) logarithm of the density at the mean.
    """

    shares: NDArray[np.float64]
    means: NDArray[np.float64]
    factors: NDArray[np.float64]
    norms: NDArray[np.float64]

    def log_density(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) logarithm of the density at each point (n, d)."""
        return _log_sum(_parts(self, points))


def fit(
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    k: int,
    *,
    noise: float,
    seed: int,
    threads: int,
) -> Mixture:
    """The mixture of at most k components for weighted points (n, d).

    Args:
        points: (n, d), for example Lab colours.
        weights: (n,); points of no weight count for nothing; at least one must have some.
        k: components at most.
        noise: variance added to every direction, as colours of one thing differ by about this, and
            a component on a single colour would otherwise be infinitely sure.
        seed: of the start.
        threads: how many may work; the result does not depend on it.
    """
    from pochade.kmeans import kmeans

    used = weights > weights.max() * LEAST_WEIGHT
    step = -(-int(used.sum()) // MOST_POINTS)
    used &= (np.cumsum(used) % step == 0) | (weights > HEAVY * weights[used].mean())
    points, weights = points[used], weights[used]
    weights = weights / weights.sum()
    k = min(k, len(points))
    labels = np.zeros(len(points), np.int32)
    if k > 1:
        found = kmeans(
            points, k, weights=weights, max_iter=START_ROUNDS, seed=seed, threads=threads
        )
        labels, k = found.labels, len(found.centers)
    mixture = _of_shares(points, weights, np.eye(k)[labels], noise)
    for _ in range(ROUNDS):
        parts = _parts(mixture, points)
        mixture = _of_shares(points, weights, np.exp(parts - _log_sum(parts)[:, None]), noise)
    return mixture


def _of_shares(
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    belongs: NDArray[np.float64],
    noise: float,
) -> Mixture:
    """The mixture in which point i belongs to component j by the share belongs[i, j]."""
    d = points.shape[1]
    mass = weights[:, None] * belongs
    shares = mass.sum(axis=0)
    keep = shares > 1e-6
    mass, shares = mass[:, keep], shares[keep]
    # Products of coordinates once for all components, about the middle of all so that little is
    # lost to rounding.
    middle = weights @ points
    about = points - middle
    products = (about[:, :, None] * about[:, None, :]).reshape(-1, d * d)
    first = (mass.T @ about) / shares[:, None]
    second = (mass.T @ products) / shares[:, None]
    covariances = second.reshape(-1, d, d) - first[:, :, None] * first[:, None, :]
    covariances += noise * np.eye(d)
    means = first + middle
    lower = np.linalg.cholesky(covariances)
    factors = np.linalg.inv(lower)
    halves = np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
    return Mixture(shares / shares.sum(), means, factors, -halves - d / 2 * np.log(TWO_PI))


def _parts(mixture: Mixture, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, k) logarithm of each component's share of the density."""
    out = np.empty((len(points), len(mixture.shares)))
    for j in range(out.shape[1]):
        gap = (points - mixture.means[j]) @ mixture.factors[j].T
        out[:, j] = np.log(mixture.shares[j]) + mixture.norms[j] - (gap * gap).sum(axis=1) / 2
    return out


def _log_sum(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    top = parts.max(axis=1)
    total: NDArray[np.float64] = top + np.log(np.exp(parts - top[:, None]).sum(axis=1))
    return total
