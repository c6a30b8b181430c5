"""`-k auto:silhouette`, `auto:gap` and `auto:bic`: a small sweep over k, and the rule's choice.

docs/choose-k.md tells which rule suits which picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from pochade import k_rules
from pochade.color.working import working_space
from pochade.kmeans.engines.registry import choose_engine
from pochade.kmeans.opening import open_session
from pochade.kmeans.palette_search import SearchSettings
from pochade.kmeans.scores import bic, gaps, silhouettes
from pochade.kmeans.sweep import SweepData, sweep_centers
from pochade.quantize_inputs import thread_count

if TYPE_CHECKING:
    from pochade.types import Pixels, Weights

SCORED_KS = range(2, 25)
"""The ks that are tried: beyond them these rules say little, and a photo drives BIC to the end."""


class RuleOptions(Protocol):
    """What a rule has to know of an operation's options; those of every operation will do."""

    @property
    def space(self) -> str:
        """Where distances are measured."""

    @property
    def effort(self) -> str:
        """How hard to search."""

    @property
    def engine(self) -> str:
        """What does the arithmetic."""

    @property
    def seed(self) -> int:
        """Where random choices start."""

    @property
    def threads(self) -> int | None:
        """Number of threads; None takes all."""


def k_by_score(rule: str, colors: Pixels, weights: Weights, options: RuleOptions) -> int:
    """The number of colours that a rule finds among 2 to 24.

    Args:
        rule: "silhouette", "gap" or "bic".
        colors: (m, c) uint8, all different; fully transparent ones do not count.
        weights: (m,) how often each occurs; those of 0 do not count.
        options: the space, engine, seed, effort and threads.

    Returns:
        The k; the number of colours where there are no more than two.
    """
    space = working_space(options.space, alpha=colors.shape[1] == 4)
    counted = weights > 0
    if space.alpha:
        counted &= colors[:, 3] > 0
    colors, weights = colors[counted], weights[counted]
    ks = [k for k in SCORED_KS if k < len(colors)]
    if not ks:
        return max(1, len(colors))
    settings = SearchSettings(
        effort=options.effort,
        engine=options.engine,
        seed=options.seed,
        threads=thread_count(options.threads),
    )
    points = space.points(colors)
    engine, _ = choose_engine(options.engine, k=ks[-1], d=space.dimensions)
    session = open_session(engine, points, weights, threads=settings.threads)
    fused = engine.describe().fused
    data = SweepData(session, points, weights, session, points[:0], fused)
    swept = sweep_centers(data, ks, settings)
    labelings = [session.assign(one.centers)[0] for one in swept]
    inertias = [one.inertia for one in swept]
    if len(colors) in SCORED_KS:  # every colour for itself is a candidate as well
        ks = [*ks, len(colors)]
        labelings.append(np.arange(len(colors), dtype=np.int32))
        inertias.append(0.0)
    least = space.least_variance
    if rule == "silhouette":
        scores = silhouettes(points, weights, labelings, seed=options.seed)
        return k_rules.by_silhouette(ks, scores).k
    if rule == "gap":
        found = gaps(points, weights, ks, inertias, settings, least_variance=least)
        return k_rules.by_gap(ks, found).k
    sizes = [np.bincount(labels, weights.astype(np.float64)).tolist() for labels in labelings]
    bics = [
        bic(inertia, size, space.dimensions, least_variance=least)
        for inertia, size in zip(inertias, sizes, strict=True)
    ]
    return k_rules.by_bic(ks, bics).k
