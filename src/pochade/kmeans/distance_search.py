"""The search for centres with the least mean distance, where `palette_search` has its square.

There is no fast search for that error, so the squared one is used for what both agree on, where
about the centres belong, and `settling` does the rest. Two things bring them nearer to each other:

- With very many centres, the best places for them are as dense as the points' density to the power
  of d / (d + r), r being the power of the distance that is lessened (P. Zador, "Asymptotic
  quantization error of continuous signals and the quantization dimension", IEEE Transactions on
  Information Theory 28, 1982). A search by squares leads to the density that the plain distance
  wants when weights are raised to (d + 2) / (d + 1): 5/4 for the three dimensions of colour.
- With few centres that law says little; but there several searches cost next to nothing, and the
  one that settles at the least mean distance is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pochade.kmeans.palette_search import FEW, Found, SearchSettings, search
from pochade.kmeans.settling import Settled, settle_by_distance

if TYPE_CHECKING:
    from pochade.kmeans.engines.protocol import Session
    from pochade.types import Points, Weights

# Steps of each try, and then of the best, for each effort.
FIRST_STEPS = {"fast": 0, "default": 2, "max": 8}
STEPS = {"fast": 2, "default": 5, "max": 15}
# Searches that are tried for few centres; each has several starts of its own.
TRIES = {"fast": 1, "default": 3, "max": 3}
# Between the seeds of two tries; a search uses up to TURNS x starts seeds.
SEEDS_APART = 64


def flat_areas_first(weights: Weights) -> Weights:
    """Weights to the power of 9/8: colours that many pixels share pull a little more.

    They fill the flat areas, where the eye and SSIM find an error that texture would hide
    (contrast masking). Square roots give the same bytes everywhere; a power need not.
    """
    return weights * np.sqrt(np.sqrt(np.sqrt(weights)))


def search_weights(weights: Weights, k: int) -> Weights:
    """The weights to open a session with that `search_by_distance` is to find k centres in."""
    return flat_areas_first(weights) if k <= FEW else weights * np.sqrt(np.sqrt(weights))


def search_by_distance(
    session: Session,
    points: Points,
    weights: Weights,
    k: int,
    held: Points,
    settings: SearchSettings,
    *,
    least: float,
) -> Found:
    """Find k centres.

    Args:
        session: the points, open in an engine with `search_weights`.
        points: the same points (n, d), float32.
        weights: (n,) float32, how often each occurs.
        k: number of centres; there are more distinct points than that.
        held: (h, d) float32, centres that serve points besides but stay.
        settings: the effort; no plain start or iteration limit.
        least: see `settle_by_distance`.

    Raises:
        CancelledError: `settings.cancel` returned True.
    """
    pull = flat_areas_first(weights)
    tries = TRIES[settings.effort] if k <= FEW else 1
    best, n_iter = Settled(np.empty((0, points.shape[1])), np.inf), 0
    for number in range(tries):
        found = search(session, points, weights, k, _part(settings, number, tries))
        settled = Settled(found.centers, 0.0)
        if tries > 1:
            steps = FIRST_STEPS[settings.effort]
            settled = settle_by_distance(
                session, points, pull, found.centers, held, steps=steps, least=least
            )
        if settled.error < best.error:
            best, n_iter = settled, found.n_iter
    steps = STEPS[settings.effort]
    last = settle_by_distance(session, points, pull, best.centers, held, steps=steps, least=least)
    return Found(last.centers, n_iter + steps)


def _part(settings: SearchSettings, number: int, tries: int) -> SearchSettings:
    """The settings of one try: seeds of its own, and its share of the progress."""
    report = settings.progress

    def progress(share: float) -> None:
        if report is not None:
            report((number + share) / tries)

    seed = settings.seed + number * SEEDS_APART
    return settings._replace(seed=seed, progress=None if report is None else progress)
