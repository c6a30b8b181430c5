"""How well edges agree with boundaries that people drew: two ways to count.

Both put together the counts of all photos before they divide (the photo-independent "ODS" of the
Berkeley benchmark): precision is the share of found pixels that some annotator has, recall the
share of all annotators' pixels that were found, F their harmonic mean.

- distance: a pixel counts as had or found when one of the other kind is within the tolerance.
- one to one: each pixel may serve one pixel of the other kind only, for each annotator; the number
  of pairs is the greatest possible (the Berkeley code takes pairs of least total distance, as many
  or a few less).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

TOLERANCE = 0.0075  # of the diagonal


class Counts(NamedTuple):
    """Numbers of pixels: found and right, found, drawn and found, drawn."""

    right: int
    found: int
    met: int
    drawn: int

    def plus(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def precision(self) -> float:
        return self.right / max(1, self.found)

    @property
    def recall(self) -> float:
        return self.met / max(1, self.drawn)

    @property
    def f(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def radius_of(shape: tuple[int, ...]) -> float:
    return TOLERANCE * float(np.hypot(*shape[:2]))


def by_distance(found: np.ndarray, drawn: list[np.ndarray]) -> Counts:
    """Counts where a pixel may serve many."""
    radius = radius_of(found.shape)
    near_drawn = distance_transform_edt(~np.any(drawn, axis=0)) <= radius
    near_found = distance_transform_edt(~found) <= radius if found.any() else np.zeros_like(found)
    return Counts(
        int((found & near_drawn).sum()),
        int(found.sum()),
        sum(int((near_found & one).sum()) for one in drawn),
        sum(int(one.sum()) for one in drawn),
    )


def one_to_one(found: np.ndarray, drawn: list[np.ndarray]) -> Counts:
    """Counts where each pixel serves one."""
    number = np.full(found.shape, -1, np.int32)
    number[found] = np.arange(found.sum())
    right = np.zeros(int(found.sum()), bool)
    met = 0
    for one in drawn:
        matched = matching(*pairs_within(number, one), int(one.sum()), len(right))
        met += int(matched.sum())
        right |= matched
    total = sum(int(one.sum()) for one in drawn)
    return Counts(int(right.sum()), len(right), met, total)


def matching(first: np.ndarray, second: np.ndarray, m: int, n: int) -> np.ndarray:
    """Which of n things have a partner in a greatest matching with m others, by maximum flow.

    (SciPy's own bipartite matching takes a minute on some photos, this a tenth of a second.)
    """
    source, sink = 0, m + n + 1
    others, things = 1 + np.arange(m), 1 + m + np.arange(n)
    begin = np.concatenate([np.full(m, source), others[first], things])
    end = np.concatenate([others, things[second], np.full(n, sink)])
    graph = csr_array((np.ones(len(begin), np.int32), (begin, end)), shape=(sink + 1, sink + 1))
    flow = maximum_flow(graph, source, sink).flow
    return np.asarray(flow[things][:, [sink]].todense()).ravel() > 0


def pairs_within(number: np.ndarray, one: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which drawn pixel (in raster order) and which numbered one are within the tolerance."""
    radius = radius_of(one.shape)
    reach = int(radius)
    padded = np.pad(number, reach, constant_values=-1)
    rows, columns = np.nonzero(one)
    firsts, seconds = [], []
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            if dy * dy + dx * dx > radius * radius:
                continue
            other = padded[rows + reach + dy, columns + reach + dx]
            has = np.flatnonzero(other >= 0)
            firsts.append(has)
            seconds.append(other[has])
    return np.concatenate(firsts), np.concatenate(seconds)
