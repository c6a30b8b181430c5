"""Centres for many k over the same points, where each k helps its neighbours.

Every k is searched for on its own, grown from the next smaller k by splitting clusters of large
error, and shrunk from the next larger k by merging pairs that cost little. Lloyd's loop then runs
until nothing moves, and the lowest inertia is kept: it never rises with k. (Growing is the idea of
A. Likas, N. Vlassis and J. Verbeek, "The global k-means clustering algorithm", Pattern Recognition
36, 2003, with a few likely places in place of all.)

`iterate_centers` is the textbook's way instead: one start for each k, and what so many iterations
make of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.errors import CancelledError
from pochade.kmeans.engines.protocol import SearchPlan
from pochade.kmeans.init import principal_axis
from pochade.kmeans.palette_search import FEW, SOME, SearchSettings, plan_for
from pochade.kmeans.settling import settle
from pochade.kmeans.tally import squared_distances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.kmeans.engines.protocol import Centers64, Session
    from pochade.types import Pixels, Points, Weights

# Lloyd's loop ends long before this where nothing moves any more.
LAST_STEPS = 300
# Ways from each neighbour that are tried.
TRIES = {"fast": 1, "default": 3, "max": 8}
# The table of Ward's costs has k^2 entries: beyond this, larger ks do not help smaller ones.
LARGEST_MERGED = 512
# A half's mean lies this many standard deviations from the middle (see `kmeans.improve`).
SPLIT_OFFSET = 0.8


class SweepData(NamedTuple):
    """Points that are clustered for many k.

    Attributes:
        session: all points with their weights, open in an engine.
        points: (n, d) float32 or uint8, those that free centres are searched for; all different.
        weights: (n,) float32, theirs.
        search: a session of just these; the same as `session` where nothing is held.
        held: (h, d) float32 centres that serve points as well but stay; h may be 0.
        fused: the engine searches by itself, quickly; others get a smaller search.
    """

    session: Session
    points: Points | Pixels
    weights: Weights
    search: Session
    held: Points
    fused: bool = True


class Swept(NamedTuple):
    """The centres of one k.

    Attributes:
        k: number of free centres.
        centers: (k, d) float64.
        inertia: of all points of the session, with the held centres.
        n_iter: Lloyd steps of the run that won, its last loop; the number done, for plain runs.
        seconds: wall time spent on this k.
    """

    k: int
    centers: Centers64
    inertia: float
    n_iter: int
    seconds: float


def sweep_centers(data: SweepData, ks: Sequence[int], settings: SearchSettings) -> list[Swept]:
    """The best centres found for each k.

    Args:
        data: the points; there are more of them than the largest k.
        ks: rising, each at least 1.
        settings: the effort, seed, progress and cancel of the search.

    Returns:
        One for each k, in order. The inertia never rises with k.

    Raises:
        CancelledError: `settings.cancel` returned True.
    """
    tell = _Teller(settings, 2 * len(ks))
    tries = TRIES[settings.effort] if data.fused else 1
    plan_of = plan_for_sweep if data.fused else plan_for
    found: list[Swept] = []
    for k in ks:
        begin = perf_counter()
        plan = plan_of(settings.effort, k)._replace(seed=settings.seed)
        centers, _ = data.search.search(k, plan)
        ways = [_settled(data, k, centers)]
        if found:
            ways.append(_from_smaller(data, k, found[-1], tries))
        found.append(_best(ways, perf_counter() - begin))
        tell()
    for place in reversed(range(len(ks) - 1)):
        begin, before = perf_counter(), found[place]
        ways = [before, *_from_larger(data, ks[place], found[place + 1], tries)]
        found[place] = _best(ways, before.seconds + perf_counter() - begin)
        tell()
    # What came down from a larger k may be better than that k itself.
    for place in range(1, len(ks)):
        if found[place].inertia > found[place - 1].inertia:
            again = _from_smaller(data, ks[place], found[place - 1], tries)
            found[place] = _best([found[place], again], found[place].seconds)
    tell()
    return found


def plan_for_sweep(effort: str, k: int) -> SearchPlan:
    """The search for one k of a sweep: more starts than `quantize` needs.

    The curve over k is what is looked at, and one k that ended in a poor local optimum makes a dent
    in it.
    """
    if effort == "fast":
        return plan_for("default", k)
    plan = SearchPlan(fine_rounds=3, threshold=0.35)
    factor = 3 if effort == "max" else 1
    if k <= FEW:
        return plan._replace(starts=64 * factor, keep=12 * factor)
    if k <= SOME:
        return plan._replace(starts=8 * factor, keep=2 * factor)
    return plan._replace(starts=2 * factor, keep=factor)


def iterate_centers(
    data: SweepData, k: int, iterations: Sequence[int], settings: SearchSettings
) -> Iterator[Swept]:
    """Plain k-means from one start, looked at after each number of iterations.

    The later ones go on from the earlier, which gives the same centres as starting anew. Iterations
    end early where nothing moves any more; `n_iter` says how many were done.

    Args:
        data: as for `sweep_centers`.
        k: number of free centres.
        iterations: rising, each at least 1.
        settings: `init` names the start (k-means++ unless given), and the seed.
    """
    from pochade.kmeans.driver import draw_start

    begin = perf_counter()
    points = data.points.astype(np.float32, copy=False)
    method = settings.init or "kmeans++"
    centers = draw_start(data.search, points, data.weights, k, method=method, seed=settings.seed)
    done, converged = 0, False
    for count in iterations:
        _poll(settings)
        if not converged:
            run = data.search.lloyd(centers, max_iter=count - done, tol=0.0, observe=None)
            centers, done, converged = run.centers, done + run.n_iter, run.converged
        inertia = _inertia(data, centers)
        yield Swept(k, centers, inertia, done, perf_counter() - begin)


def _splits(data: SweepData, centers: Centers64, count: int) -> Iterator[tuple[int, Centers64]]:
    """The index of each cluster to split, and its halves."""
    labels, _ = data.search.assign(centers)
    near = squared_distances(data.points, centers.astype(np.float32), labels)
    error = np.bincount(labels, near * data.weights.astype(np.float64), minlength=len(centers))
    for index in np.argsort(-error, kind="stable")[:count]:
        rows = np.flatnonzero(labels == index)
        if error[index] <= 0 or len(rows) < 2:
            break
        values = data.points[rows] - centers[index]
        weights = data.weights[rows].astype(np.float64)
        axis = principal_axis(values, weights)
        variance = float(np.average(np.square(values @ axis), weights=weights))
        step = SPLIT_OFFSET * np.sqrt(variance) * axis
        yield int(index), np.array([centers[index] - step, centers[index] + step])


def grown(data: SweepData, centers: Centers64, k: int, tries: int) -> list[Centers64]:
    """Up to `tries` ways to k centres by splitting clusters of fewer.

    One more centre can come from any of several clusters; several more come from the clusters of
    the largest error at once.
    """
    if k == len(centers) + 1:
        ways = []
        for index, pair in _splits(data, centers, tries):
            more = np.concatenate([centers, pair[1:]])
            more[index] = pair[0]
            ways.append(more)
        return ways
    while len(centers) < k:
        found = list(_splits(data, centers, min(k - len(centers), len(centers))))
        if not found:
            return []
        halves = [pair for _, pair in found]
        kept = np.delete(centers, [index for index, _ in found], axis=0)
        centers = np.concatenate([kept, *halves])
    return [centers]


def shrunk(data: SweepData, centers: Centers64, k: int, tries: int) -> list[Centers64]:
    """Up to `tries` ways to k centres by merging pairs of more, the cheapest first.

    Merging clusters of weights a and b at distance d adds a b / (a + b) d^2 to the inertia (J.
    Ward, "Hierarchical grouping to optimize an objective function", JASA 58, 1963).
    """
    if len(centers) > LARGEST_MERGED:
        return []
    counts = data.search.step(centers).counts.astype(np.float64)
    while len(centers) > k + 1:
        (pair,) = _cheapest_pairs(centers, counts, 1)
        centers, counts = _merged(centers, counts, pair)
    pairs = _cheapest_pairs(centers, counts, tries)
    return [_merged(centers, counts, pair)[0] for pair in pairs]


def _cheapest_pairs(
    centers: Centers64, counts: NDArray[np.float64], tries: int
) -> list[tuple[int, int]]:
    square = np.square(centers[:, None, :] - centers[None, :, :]).sum(axis=2)
    total = counts[:, None] + counts[None, :]
    cost = counts[:, None] * counts[None, :] / np.where(total > 0, total, 1) * square
    first, second = np.triu_indices(len(centers), 1)
    order = np.argsort(cost[first, second], kind="stable")[:tries]
    return [(int(first[place]), int(second[place])) for place in order]


def _merged(
    centers: Centers64, counts: NDArray[np.float64], pair: tuple[int, int]
) -> tuple[Centers64, NDArray[np.float64]]:
    first, second = pair
    centers, counts = centers.copy(), counts.copy()
    weight = counts[first] + counts[second]
    share = counts[second] / weight if weight > 0 else 0.5
    centers[first] += share * (centers[second] - centers[first])
    counts[first] = weight
    return np.delete(centers, second, axis=0), np.delete(counts, second)


def _from_smaller(data: SweepData, k: int, smaller: Swept, tries: int) -> Swept:
    """Centres for k made from those of a smaller k; the inertia is never larger than theirs."""
    ways = [_settled(data, k, way) for way in grown(data, smaller.centers, k, tries)]
    best = min(ways, key=lambda way: way.inertia, default=None)
    if best is not None and best.inertia <= smaller.inertia:
        return best
    # Centres beside those that are there can only help: on the points that are served worst.
    labels, _ = data.search.assign(smaller.centers)
    near = squared_distances(data.points, smaller.centers.astype(np.float32), labels)
    worst = np.argsort(-near * data.weights, kind="stable")[: k - len(smaller.centers)]
    extra = data.points[worst].astype(np.float64)
    return _settled(data, k, np.concatenate([smaller.centers, extra]))


def _from_larger(data: SweepData, k: int, larger: Swept, tries: int) -> list[Swept]:
    return [_settled(data, k, way) for way in shrunk(data, larger.centers, k, tries)]


def _settled(data: SweepData, k: int, centers: Centers64) -> Swept:
    """After Lloyd's loop, around held centres where there are some."""
    if len(data.held):
        centers = settle(data.session, centers, data.held, steps=LAST_STEPS)
        return Swept(k, centers, _inertia(data, centers), LAST_STEPS, 0.0)
    run = data.session.lloyd(centers, max_iter=LAST_STEPS, tol=0.0, observe=None)
    return Swept(k, run.centers, run.inertia, run.n_iter, 0.0)


def _inertia(data: SweepData, centers: Centers64) -> float:
    together = np.concatenate([data.held.astype(np.float64), centers])
    return float(data.session.step(together).inertia)


def _best(ways: Sequence[Swept], seconds: float) -> Swept:
    """The one of lowest inertia, the first on ties, and the time that all took."""
    return min(ways, key=lambda way: way.inertia)._replace(seconds=seconds)


def _poll(settings: SearchSettings) -> None:
    if settings.cancel is not None and settings.cancel():
        raise CancelledError("the sweep was cancelled")


class _Teller:
    """Tells the progress after each of `parts` parts, and looks whether to stop."""

    def __init__(self, settings: SearchSettings, parts: int) -> None:
        self._settings = settings
        self._report: Callable[[float], None] | None = settings.progress
        self._done, self._parts = 0, parts

    def __call__(self) -> None:
        _poll(self._settings)
        self._done += 1
        if self._report is not None:
            self._report(min(1.0, self._done / self._parts))
