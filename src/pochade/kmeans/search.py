"""The search of `Session.search` for engines without one of their own, from a session's stages.

Every start is improved by the split-merge search; the best are refined once more. Engines that can
group points run the starts on fewer points; here they run on all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pochade.kmeans.engines.protocol import SplitMerge

if TYPE_CHECKING:
    from pochade.kmeans.engines.protocol import Centers64, SearchPlan, Session

_TRIALS = 2


def search(session: Session, k: int, plan: SearchPlan) -> tuple[Centers64, float]:
    """The best centres of the plan's starts and their weighted inertia; the first on ties."""
    swaps = SplitMerge(rounds=plan.rounds, inner=plan.inner, threshold=plan.threshold)
    tried: list[tuple[float, int, Centers64]] = []
    for start in range(max(1, plan.starts)):
        if start == 0:
            centers = session.wu(k)
        else:
            centers = session.kmeans_plus_plus(k, trials=_TRIALS, seed=plan.seed + start)
        centers = _settled(session, centers, plan.first_steps)
        if plan.rounds:
            centers = session.split_merge(centers, swaps)
        tried.append((session.step(centers).inertia, start, centers))
    tried.sort(key=lambda entry: entry[:2])
    swaps = SplitMerge(rounds=plan.fine_rounds, inner=plan.inner, threshold=plan.threshold)
    finished: list[tuple[float, int, Centers64]] = []
    for _, start, best in tried[: max(1, plan.keep)]:
        centers = _settled(session, best, plan.first_steps if plan.fine_rounds else 0)
        if plan.fine_rounds:
            centers = session.split_merge(centers, swaps)
        centers = _settled(session, centers, plan.last_steps)
        if plan.rounded:
            centers = np.clip(np.rint(centers), 0, 255)
        finished.append((session.step(centers).inertia, start, centers))
    inertia, _, centers = min(finished, key=lambda entry: entry[:2])
    return centers, inertia


def _settled(session: Session, centers: Centers64, steps: int) -> Centers64:
    if steps < 1:
        return centers
    return session.lloyd(centers, max_iter=steps, tol=0.0, observe=None).centers
