"""The decision: which regions are the thing.

As in GrabCut (C. Rother, V. Kolmogorov, A. Blake, SIGGRAPH 2004), colour models of the thing and
of the background and the smallest cut take turns, until neither changes. What differs: regions
instead of pixels, borders weighed by the contrast along them, and a prior that stays in the sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.cutting import models, prior, sparse
from pochade.cutting.prior import Weights, logistic, logit
from pochade.cutting.regions import coarse_of, members
from pochade.regions.cuts import cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.cutting.regions import Regions
    from pochade.types import Image

SURE = 1e6
FLOOR, CEILING = 0.03, 0.97
GROUPS = 60  # regions of the tree whose colours are judged together


class Plan(NamedTuple):
    """How much each kind of evidence counts.

    Attributes:
        weights: of the prior's parts.
        smooth: cost of a pixel side of border without contrast.
        contrast: of the mean contrast, at which a border costs 1/sqrt(e) of that.
        clip: the most that a colour may speak for either side, in natural logarithms.
        prior: weight of the prior beside the colours.
        group: share of the colours' say that all of a larger region of the tree has together.
        rounds: of models and cut.
        fore, back: components of the colour models.
        seeds: weight of what the user marked within the models.
        start: how far the models begin with the prior (1) and not with all that is not background.
        place: Lab units that the picture's side counts as in the models; 0 is colour alone.
        noise: variance of one colour in the models, see `models.fit`.
        bias: what speaks for the thing everywhere, in natural logarithms.
    """

    weights: Weights
    smooth: float
    contrast: float
    clip: float
    prior: float
    group: float
    rounds: int
    fore: int
    back: int
    seeds: float
    start: float
    place: float = 0.0
    noise: float = 9.0
    bias: float = 0.0


class Evidence(NamedTuple):
    """What is known before the colours are modelled, by region.

    Attributes:
        fg: (n,) bool, the thing for sure.
        bg: (n,) bool, background for sure.
        rims: (n,) pixel sides on the border that stands for background.
        middle: (row, column) about which the thing is expected, as shares of the sides.
        extent: (height, width) of where it is expected, as shares of the sides.
        given: (n,) 0..1, a prior from outside, or None.
        visible: (n,) share of the region that is not transparent, or None for all of all.
    """

    fg: NDArray[np.bool_]
    bg: NDArray[np.bool_]
    rims: NDArray[np.float64]
    middle: tuple[float, float] = (0.5, 0.5)
    extent: tuple[float, float] = (1.0, 1.0)
    given: NDArray[np.float64] | None = None
    visible: NDArray[np.float64] | None = None


class Decision(NamedTuple):
    """What came of it.

    Attributes:
        inside: (n,) bool.
        chance: (n,) 0..1, how probable the thing is by colour and prior, before the cut.
    """

    inside: NDArray[np.bool_]
    chance: NDArray[np.float64]


class Scene:
    """A picture's regions with everything about them that the hints do not change."""

    def __init__(self, regions: Regions, image: Image, *, seed: int, threads: int) -> None:
        self.regions, self.seed, self.threads = regions, seed, threads
        self.coarse = coarse_of(regions, image, threads)
        self.up = members(regions, self.coarse.labels)
        groups = cut(regions.tree, regions=min(GROUPS, regions.n)).labels
        self.group = members(regions, groups)
        self._priors: tuple[Evidence | None, dict[Weights, NDArray[np.float64]]] = (None, {})

    def prior(self, evidence: Evidence, weights: Weights) -> NDArray[np.float64]:
        """(n,) how probable each region is the thing, FLOOR to CEILING."""
        if self._priors[0] is not evidence:
            self._priors = evidence, {}
        known = self._priors[1]
        if weights not in known:
            given = evidence.given
            known[weights] = self._own_prior(evidence, weights) if given is None else given
        chance = known[weights]
        chance = np.where(evidence.fg, CEILING, np.where(evidence.bg, FLOOR, chance))
        return np.clip(chance, FLOOR, CEILING)

    def _own_prior(self, evidence: Evidence, weights: Weights) -> NDArray[np.float64]:
        regions, coarse = self.regions, self.coarse
        rims = np.bincount(self.up, evidence.rims, coarse.n).astype(np.float64)
        marked = np.bincount(self.up, regions.sizes * evidence.bg, coarse.n) / coarse.sizes
        gap = (regions.centers - evidence.middle) / evidence.extent
        middle = np.exp(-np.square(gap).sum(axis=1) / (2 * weights.middle**2))
        if weights.enclosed:
            shut = prior.shut_in(coarse, (rims > 0) | (marked > 0.5))[self.up]
            return logistic(shut + prior.MIDDLE * middle - prior.AGAINST)
        background = prior.background_by_border(coarse, rims, weights)
        salient = prior.salience(coarse, np.maximum(background, marked))[self.up]
        if evidence.fg.any():
            nearer = prior.nearer_to_strokes(regions, evidence.fg, evidence.bg, weights)
            rest = logit(np.clip(salient, 0.1, 0.9))
            return logistic(weights.geodesic * logit(nearer) + (1 - weights.geodesic) * rest)
        return logistic(prior.STEEPNESS * (salient - weights.salient + middle - 0.5))

    def vote(
        self, evidence: Evidence, plans: Sequence[Plan]
    ) -> tuple[NDArray[np.bool_], list[NDArray[np.bool_]]]:
        """What most of several plans decide, and what each does; the first breaks ties."""
        each = [self.decide(evidence, plan).inside for plan in plans]
        count = sum(inside.astype(np.float64) for inside in each) + 0.5 * each[0]
        return count > (len(each) + 0.5) / 2, each

    def decide(self, evidence: Evidence, plan: Plan) -> Decision:
        """Models and cut in turn, beginning with the prior."""
        regions = self.regions
        fg, bg, sizes = evidence.fg, evidence.bg, regions.sizes
        first = self.prior(evidence, plan.weights)
        spread = max(
            float((regions.contrasts * regions.lengths).sum() / max(regions.lengths.sum(), 1.0)),
            1.0,
        )
        gap = regions.contrasts / (plan.contrast * spread)
        borders = plan.smooth * regions.lengths * np.exp(-np.square(gap) / 2)
        chance = plan.start * first + (1 - plan.start) * np.where(fg.any(), 0.0, 1.0)
        chance = np.where(fg, 1.0, np.where(bg, 0.0, chance))
        points = regions.colors
        if plan.place:
            points = np.column_stack([points, plan.place * (regions.centers - 0.5)])
        inside, known = chance > 0.5, first
        for _ in range(plan.rounds):
            ratio = self._color_evidence(points, chance, evidence, plan)
            if ratio is None:
                break
            total = ratio + plan.prior * logit(first) + plan.bias
            known = logistic(total)
            speaks = total * sizes
            to_in = np.where(fg, SURE, np.where(bg, 0.0, np.clip(speaks, 0, SURE)))
            to_out = np.where(bg, SURE, np.where(fg, 0.0, np.clip(-speaks, 0, SURE)))
            new = sparse.smallest_cut(regions.pairs, borders, to_in, to_out)
            settled = bool((new == inside).all())
            inside = new
            if settled or inside.all() or not inside.any():
                break
            chance = 0.75 * inside + 0.25 * known
        return Decision(inside, known)

    def _color_evidence(
        self,
        points: NDArray[np.float64],
        chance: NDArray[np.float64],
        evidence: Evidence,
        plan: Plan,
    ) -> NDArray[np.float64] | None:
        """(n,) logarithm of how much likelier each colour is in the thing; None: no two models."""
        fg, bg = evidence.fg, evidence.bg
        sizes = self.regions.sizes
        seen = sizes if evidence.visible is None else sizes * evidence.visible
        sides = []
        for share, mine, other, k in ((chance, fg, bg, plan.fore), (1 - chance, bg, fg, plan.back)):
            weights = seen * np.where(mine, 1.0, share * ~other)
            if not weights.sum() > 0:
                return None
            weights = weights / weights.sum()
            marked = seen * mine
            if marked.any():
                weights = weights + plan.seeds * marked / marked.sum()
            mixture = models.fit(
                points, weights, k, noise=plan.noise, seed=self.seed, threads=self.threads
            )
            sides.append(mixture.log_density(points))
        ratio = np.clip(sides[0] - sides[1], -plan.clip, plan.clip)
        if plan.group:
            total = np.bincount(self.group, ratio * sizes) / np.bincount(self.group, sizes)
            ratio = (1 - plan.group) * ratio + plan.group * total[self.group]
        return ratio


def tidied(
    regions: Regions,
    inside: NDArray[np.bool_],
    fg: NDArray[np.bool_],
    bg: NDArray[np.bool_],
    *,
    holes: bool,
    least: float,
    smallest_hole: float,
) -> NDArray[np.bool_]:
    """Without crumbs: parts much smaller than the largest, and holes that are but a few pixels.

    Args:
        regions: the regions.
        inside: (n,) bool.
        fg: (n,) bool; parts with one of them stay, and holes of less than all stay open with `bg`.
        bg: (n,) bool.
        holes: False closes all holes.
        least: share of the largest part below which a part goes.
        smallest_hole: share of the largest part below which a hole is closed.
    """
    if not inside.any() or inside.all():
        return inside
    alike = inside[regions.pairs[:, 0]] == inside[regions.pairs[:, 1]]
    part = sparse.components(regions.pairs[alike], regions.n)
    count = int(part.max()) + 1
    size = np.bincount(part, regions.sizes, count)
    thing = np.bincount(part, inside, count) > 0
    marked = np.bincount(part, fg, count) > 0
    kept_open = np.bincount(part, bg, count) > 0
    at_border = np.bincount(part, regions.rims, count) > 0
    largest = size[thing].max()
    drop = thing & ~marked & (size < least * largest)
    small = size < smallest_hole * largest
    close = ~thing & ~kept_open & ~at_border & (small | (not holes))
    tidy: NDArray[np.bool_] = (inside & ~drop[part]) | close[part]
    return tidy
