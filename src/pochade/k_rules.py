"""Rules that read a number of colours from what a sweep over k has measured.

Each takes scores that are there already and says which k it chooses, and why; docs/choose-k.md
tells which rule suits which picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from pochade.kmeans.choose_k import knee_k
from pochade.kmeans.scores import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class KChoice:
    """A number of colours, and how it was chosen.

    Attributes:
        k: the number chosen, one of `ks`.
        rule: knee, silhouette, gap, bic or target-de.
        ks: the numbers it was chosen from, rising.
        scores: what the rule looked at, for each of them: the mean squared error in decibels
            (knee), the mean silhouette, the gap, the BIC, or the mean CIEDE2000 difference.
        errors: the standard error of each score; 0 where it has none.
        reason: one sentence.
    """

    k: int
    rule: str
    ks: tuple[int, ...]
    scores: tuple[float, ...]
    errors: tuple[float, ...]
    reason: str


def by_knee(
    ks: Sequence[int],
    errors: Sequence[float],
    *,
    whole: float | None = None,
    last: int | None = None,
    floor: float = 0.0,
) -> KChoice:
    """Where more colours stop paying: the knee of the error in decibels (kneedle).

    On pictures whose number of colours is known, the logarithm of the error has its knee there far
    more often than the error or its root (docs/choose-k.md).

    Args:
        ks: rising.
        errors: of each k, the mean squared error.
        whole: that of k = 1, where it is known; the knee can then be at the first of `ks`.
        last: where the last error is 0, how far the range was meant to go: the curve stays at 0.
        floor: errors below this, which rounding makes, count as this; above 0 where one can be 0.
    """
    least = max(floor, 1e-12)
    levels = [10 * log10(max(error, least)) for error in errors]
    xs, ys = list(ks), list(levels)
    if whole is not None and ks[0] > 1:
        xs, ys = [1, *xs], [10 * log10(max(whole, least)), *ys]
    if last is not None and errors[-1] <= 0:
        more = range(ks[-1] + 1, last + 1)
        xs, ys = [*xs, *more], [*ys, *[levels[-1]] * len(more)]
    k = min(max(knee_k(xs, ys), ks[0]), ks[-1])
    reason = f"beyond k = {k} the error falls markedly less with each colour"
    return _choice(k, "knee", ks, [Score(level, 0.0) for level in levels], reason)


def by_silhouette(ks: Sequence[int], scores: Sequence[Score]) -> KChoice:
    """The k of the highest mean silhouette; the smallest of equal ones."""
    best = max(scores, key=lambda score: score.value)
    k = ks[scores.index(best)]
    error = f" +- {best.error:.3f}" if best.error else ""
    return _choice(k, "silhouette", ks, scores, f"its mean silhouette is highest{error}")


def by_gap(ks: Sequence[int], scores: Sequence[Score]) -> KChoice:
    """The smallest k whose gap is at least the next one's less its standard error.

    Where none is, as in most photos, whose colours have no number: the k of the largest gap.
    """
    for place in range(len(ks) - 1):
        later = scores[place + 1]
        if scores[place].value >= later.value - later.error:
            reason = f"k = {ks[place + 1]} has no larger gap, within a standard error"
            return _choice(ks[place], "gap", ks, scores, reason)
    best = max(range(len(ks)), key=lambda place: scores[place].value)
    reason = "the gap grows to the end of the range, so that no number of colours stands out"
    return _choice(ks[best], "gap", ks, scores, reason)


def by_bic(ks: Sequence[int], scores: Sequence[float]) -> KChoice:
    """The k of the highest Bayesian information criterion; the smallest of equal ones."""
    k = ks[list(scores).index(max(scores))]
    rows = [Score(score, 0.0) for score in scores]
    end = ", at the end of the range" if k == ks[-1] and len(ks) > 1 else ""
    return _choice(k, "bic", ks, rows, f"its BIC is highest{end}")


def by_target(ks: Sequence[int], differences: Sequence[float], target: float) -> KChoice:
    """The smallest k whose mean CIEDE2000 difference is at most `target`; else the nearest."""
    rows = [Score(difference, 0.0) for difference in differences]
    for k, difference in zip(ks, differences, strict=True):
        if difference <= target:
            reason = f"the smallest k of a mean CIEDE2000 difference of {target:g} or less"
            return _choice(k, "target-de", ks, rows, reason)
    reason = f"no k here reaches a mean CIEDE2000 difference of {target:g}; this one is nearest"
    nearest = ks[min(range(len(ks)), key=differences.__getitem__)]
    return _choice(nearest, "target-de", ks, rows, reason)


def _choice(k: int, rule: str, ks: Sequence[int], scores: Sequence[Score], reason: str) -> KChoice:
    if len(ks) == 1:
        reason = "there is no other to choose from"
    return KChoice(
        k=k,
        rule=rule,
        ks=tuple(ks),
        scores=tuple(score.value for score in scores),
        errors=tuple(score.error for score in scores),
        reason=reason,
    )
