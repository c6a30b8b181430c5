"""How many clusters? Three rules, none of which runs k-means itself.

`variance_k` looks at the points only, `knee_k` at a curve of inertias that the caller has, and
`smallest_k` asks a question of one k after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike

from pochade.errors import UsageError
from pochade.kmeans.checks import check_points, check_weights, check_whole


def variance_k(
    points: ArrayLike, *, weights: ArrayLike | None = None, least: int = 1, most: int = 256
) -> int:
    """Return Clyde's number of clusters: three for every whole unit of the points' spread.

    The spread is the length of the vector of the channels' standard deviations, for colours
    measured from 0 to 255: k = 3 x int(norm(std)). A photograph gets some 280 to 370, so that the
    clamp decides: k is at least `least` (a flat picture's spread is 0) and at most `most` (what an
    8-bit palette holds).

    Raises:
        UsageError: points or weights that make no sense, or `least` above `most`.

    >>> variance_k([[0, 0, 0], [20, 0, 0], [0, 0, 0], [20, 0, 0]])
    30
    """
    table = check_points(points).astype(np.float64)
    weight = check_weights(weights, len(table))
    least = check_whole(least, "least", least=1)
    most = check_whole(most, "most", least=least)
    share = np.ones(len(table)) if weight is None else weight.astype(np.float64)
    share /= share.sum()
    mean = (table * share[:, None]).sum(axis=0)
    variances = (np.square(table - mean) * share[:, None]).sum(axis=0)
    return min(most, max(least, 3 * int(np.sqrt(variances.sum()))))


def knee_k(ks: Sequence[int], inertias: Sequence[float], *, sensitivity: float = 1.0) -> int:
    """Return the k after which more clusters help markedly less: the knee of the curve.

    Kneedle, for a falling curve (V. Satopaa, J. Albrecht, D. Irwin and B. Raghavan, "Finding a
    'kneedle' in a haystack", ICDCS Workshops 2011). Both axes are scaled to 0..1; where the curve
    lies furthest below the straight line from its first to its last point, and then comes back
    towards it by `sensitivity` mean steps of k, is the knee. Where no such point is confirmed, the
    one furthest below is returned; a straight line gives the first k.

    The result depends on the range of `ks`: it is the knee of the curve that was given. Its
    inertias are made non-increasing first, since a larger k can always do as well.

    Raises:
        UsageError: fewer than one k, unequal lengths, ks that do not rise, or inertias that are
            not finite.

    >>> knee_k([1, 2, 3, 4, 5, 6], [100, 40, 12, 10, 9, 8])
    3
    """
    if len(ks) == 0 or len(ks) != len(inertias):
        raise UsageError(
            f"a knee needs one inertia for each k, not {len(ks)} ks and {len(inertias)} inertias."
        )
    if any(later <= earlier for earlier, later in pairwise(ks)):
        raise UsageError("the ks of a knee must rise from one to the next.")
    if not all(isfinite(inertia) for inertia in inertias):
        raise UsageError("the inertias of a knee must be finite.")
    x = np.asarray(ks, np.float64)
    y = np.minimum.accumulate(np.asarray(inertias, np.float64))
    if len(x) < 3 or y[0] == y[-1]:
        return ks[0]
    x = (x - x[0]) / (x[-1] - x[0])
    y = (y - y[-1]) / (y[0] - y[-1])
    below = (1 - x) - y
    drop = sensitivity / (len(x) - 1)
    peak = 0
    for index in range(1, len(below)):
        if below[index] > below[peak]:
            peak = index
        elif peak > 0 and below[index] < below[peak] - drop:
            return ks[peak]
    return ks[int(below.argmax())]


def smallest_k(reaches: Callable[[int], bool], *, least: int = 1, most: int = 256) -> int | None:
    """Return the smallest k from `least` to `most` for which `reaches(k)`, or None for none.

    `reaches` must be monotone: true for every k above one for which it is true. Each k is asked at
    most once. Since asking usually costs in proportion to k, the search doubles k until it is
    enough and halves the gap from there, about 2 log2(answer) questions.

    Raises:
        UsageError: `least` below 1, or above `most`.

    >>> smallest_k(lambda k: k * k >= 150)
    13
    """
    low = check_whole(least, "least", least=1)
    most = check_whole(most, "most", least=low)
    failed = low - 1
    candidate = low
    while not reaches(candidate):
        failed = candidate
        if candidate == most:
            return None
        candidate = min(most, 2 * candidate)
    while candidate - failed > 1:
        middle = (candidate + failed) // 2
        if reaches(middle):
            candidate = middle
        else:
            failed = middle
    return candidate
