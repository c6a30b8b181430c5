"""How good a level of detail is: between a picture with obvious errors and a mere photo.

Everything is measured in CIELAB at the scale at which a painting is looked at, `s` = 0.25 % of the
diagonal (of a panorama, that of a 2:1 picture as large), so that resolution does not matter:

- *masses*: are the large areas of colour right? 1 when both pictures, blurred by 4 s, agree.
- *edges*: the F-measure of long, strong edges (1.5 s), weighted by contrast, with a tolerance of
  2 s. Recall is low where things are missing, precision where facets or fringes were painted.
- *simplification*: how much of the photo's own texture (finer than s, away from these edges) is
  gone. 0 for the photo itself, if its texture is plain to see; the fainter it is, the less does it
  matter whether any is left. Otherwise a photo that is smooth already would be painted too coarse,
  to be rid of what nobody sees.

The score is their geometric mean: it chooses among the levels of one painter. Three more figures
tell a clean picture from a spoilt one, which the score alone does not: *hardness* (edges are as
crisp as in the photo; those of a blur are not), *honesty* (fine edges that were painted run along
edges of the photo; those of a coarse mosaic do not) and *calm* (no grain that the photo has not).

What no figure here sees: a mosaic of blocks finer than 2 s, and thin lettering of low contrast that
was painted over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from pochade.color import convert
from pochade.errors import UsageError
from pochade.painting.level_planes import (
    Mask,
    Plane,
    edges,
    greatest,
    moved,
    slopes,
    smooth,
    within,
)
from pochade.types import Image

SCALE: Final = 0.0025
"""The scale s as a share of the diagonal; never below one pixel."""
LONGEST: Final = 2.5**0.5
"""The diagonal of a 2:1 picture, in square roots of its area; a panorama is seen no smaller."""
WRONG: Final = 6.0
"""Colour difference (CIE 1976) from which a mass of colour is visibly wrong."""
PLAIN: Final = 3.0
"""Texture (root of the mean squared colour difference, CIE 1976) from which it is plain to see."""
LEVELS: Final = tuple(range(1, 13))


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelScore:
    """How well a painting shows its photo; every figure is 0 to 1, and more is better.

    Attributes:
        score: geometric mean of masses, edges and simplification: what picks the level.
        masses: the large areas of colour are right.
        edges: F-measure of recall and precision.
        recall: share of the photo's salient edges that were painted.
        precision: share of the painted salient edges that the photo has.
        simplification: share of the photo's texture that is gone, or too faint to matter.
    """

    score: float
    masses: float
    edges: float
    recall: float
    precision: float
    simplification: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefacts:
    """How clean a painting of a photo is; every figure is 0 to 1, and more is better.

    Attributes:
        hardness: how crisp the salient edges are, against the photo's.
        honesty: share of the painted fine edges that run along one of the photo's.
        calm: 1 without grain that the photo does not have.
    """

    hardness: float
    honesty: float
    calm: float

    def gate(self, score: LevelScore) -> float:
        """Geometric mean of the score's parts and these: compares unlike ways of painting."""
        parts = (score.masses, score.edges, score.simplification)
        return _mean(*parts, self.hardness, self.honesty, self.calm)


class Choice(NamedTuple):
    """The level of the highest score, and the scores of the levels that were tried."""

    level: int
    scores: dict[int, LevelScore]


class Judge:
    """Holds what is known of a photo, to score many paintings of it.

    Args:
        photo: h w 3 uint8 sRGB; best 0.1 to 0.4 megapixels, as the cost grows with it.
        threads: changes the speed only.

    Raises:
        UsageError: when the photo is not h w 3 uint8.
    """

    def __init__(self, photo: Image, *, threads: int = 1) -> None:
        _check(photo)
        self.shape = photo.shape
        longest = LONGEST * float(np.prod(photo.shape[:2])) ** 0.5
        self.s = max(1.0, min(longest, float(np.hypot(*photo.shape[:2]))) * SCALE)
        self.threads = threads
        s, self.lab = self.s, convert(photo, "srgb", "lab", threads=threads)
        self._masses = self._blurred(self.lab, 4 * s)
        found = slopes(self.lab, 1.5 * s, threads)
        self._salient, self._contrast = edges(found, 2 / s, 4 / s), found.strength
        self._near = within(self._salient, 2 * s)
        self._away = ~within(self._salient, 3 * s)
        self._fine = (self.lab - self._blurred(self.lab, s))[self._away]
        self._plain = min(1.0, _rms(self._fine) / PLAIN) if self._fine.size else 0.0

    def score(self, painting: Image) -> LevelScore:
        """Score a painting of the photo, of the same size.

        Raises:
            UsageError: when the painting has another shape than the photo, or is not uint8.
        """
        s, lab = self.s, self._lab_of(painting)
        masses = self._masses_of(lab)
        found = slopes(lab, 1.5 * s, self.threads)
        salient = edges(found, 2 / s, 4 / s)
        near = within(salient, 2 * s)
        recall = _share(self._contrast, self._salient, near)
        precision = _share(found.strength, salient, self._near)
        balance = 2 * recall * precision / max(recall + precision, 1e-9)
        simplification = 1 - self._plain * self._texture(lab)[0]
        return LevelScore(
            score=_mean(masses, balance, simplification),
            masses=masses,
            edges=balance,
            recall=recall,
            precision=precision,
            simplification=simplification,
        )

    def artefacts(self, painting: Image) -> Artefacts:
        """Look for what spoils a painting; arguments and errors as for `score`."""
        lab = self._lab_of(painting)
        return Artefacts(
            hardness=self._hardness(lab), honesty=self._honesty(lab), calm=self._texture(lab)[1]
        )

    def _lab_of(self, painting: Image) -> Plane:
        _check(painting)
        if painting.shape != self.shape:
            raise UsageError(
                f"the painting is {painting.shape[1]} x {painting.shape[0]} pixels, the photo "
                f"{self.shape[1]} x {self.shape[0]}; scale one to the other"
            )
        return convert(painting, "srgb", "lab", threads=self.threads)

    def _blurred(self, lab: Plane, sigma: float) -> Plane:
        return smooth(lab, sigma, self.threads)

    def _masses_of(self, lab: Plane) -> float:
        gap = self._blurred(lab, 4 * self.s) - self._masses
        difference = np.sqrt(np.einsum("hwc,hwc->hw", gap, gap))
        wrong = float((difference > WRONG).mean())
        return float(np.exp(-float(difference.mean(dtype=np.float64)) / WRONG)) * (1 - wrong)

    def _texture(self, lab: Plane) -> tuple[float, float]:
        """How much of the photo's texture is left, and how little other grain there is."""
        if not self._fine.size:
            return 0.0, 1.0
        fine, painted = self._fine, (lab - self._blurred(lab, self.s))[self._away]
        ours = float(np.square(fine, dtype=np.float64).sum())
        theirs = float(np.square(painted, dtype=np.float64).sum())
        both = float(np.multiply(fine, painted, dtype=np.float64).sum())
        likeness = max(0.0, both / max((ours * theirs) ** 0.5, 1e-6))
        kept = min(1.5, (theirs / max(ours, 1e-6 * len(fine))) ** 0.5)
        grain = painted - np.float32(likeness * kept) * fine
        return likeness * min(1.0, kept), float(np.exp(-max(0.0, _rms(grain) - 1.5) / 4))

    def _hardness(self, lab: Plane) -> float:
        """At the photo's salient edges: the steepest place nearby, against the photo's own."""
        if not self._salient.any():
            return 1.0
        reach = int(np.ceil(1.5 * self.s))
        theirs = greatest(slopes(lab, 0.7, self.threads).strength, reach)[self._salient]
        ours = greatest(slopes(self.lab, 0.7, self.threads).strength, reach)[self._salient]
        weight = self._contrast[self._salient].astype(np.float64)
        kept = np.minimum(1, theirs / np.maximum(ours, 1e-3))
        return float((weight * kept).sum() / max(float(weight.sum()), 1e-9))

    def _honesty(self, lab: Plane) -> float:
        """The painted fine edges that an edge of the photo, of like direction, explains."""
        painted = slopes(lab, 0.8, self.threads)
        fine = edges(painted, 3.0, 6.0)
        if not fine.any():
            return 1.0
        found = np.zeros(fine.shape, np.float32)
        known = slopes(self.lab, 0.8, self.threads)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                strength, down, right = (moved(plane, dy, dx) for plane in known)
                along = down * painted.down + right * painted.right
                # The cosine of twice the angle between them: steps of a mosaic along a slanting
                # edge are 45 degrees off, where it is 0.
                np.maximum(found, strength * (2 * along * along - 1), out=found)
        true = fine & (found >= 0.5 * painted.strength)
        return _share(painted.strength, fine, true)


def level_score(photo: Image, painting: Image, *, threads: int = 1) -> LevelScore:
    """Score one painting of a photo; both h w 3 uint8 sRGB of one size. See `Judge` for many.

    >>> photo = np.tile(np.uint8([[0], [255]]).repeat(20, 0)[..., None], (1, 40, 3))
    >>> level_score(photo, photo).edges
    1.0
    """
    return Judge(photo, threads=threads).score(painting)


def choose_level(
    judge: Judge, paint: Callable[[int], Image], *, levels: Sequence[int] = LEVELS
) -> Choice:
    """Return the level whose painting scores highest; of equal ones the coarsest.

    Levels are tried from the middle outwards until the score has fallen twice on either side, as
    it has one peak over the levels of one hierarchy.

    Args:
        judge: of the photo.
        paint: draws a level at the size of the judge's photo.
        levels: what to choose from, ascending.

    Raises:
        UsageError: when there are no levels.
    """
    if not levels:
        raise UsageError("there are no levels to choose from")
    scores: dict[int, LevelScore] = {}

    def score(index: int) -> float:
        level = levels[index]
        if level not in scores:
            scores[level] = judge.score(paint(level))
        return scores[level].score

    best = len(levels) // 2
    tried = {best}
    for step in (1, -1):
        place, falls = best, 0
        score(best)
        while 0 <= place + step < len(levels) and falls < 2:
            place += step
            tried.add(place)
            falls = falls + 1 if score(place) < score(place - step) else 0
    best = min(tried, key=lambda index: (-score(index), index))
    return Choice(levels[best], dict(sorted(scores.items())))


def _share(weight: Plane, of: Mask, those: Mask) -> float:
    """The weight of what is in both masks, as a share of the first; 1 where that is empty."""
    whole = float(weight[of].sum(dtype=np.float64))
    return float(weight[of & those].sum(dtype=np.float64)) / whole if whole > 0 else 1.0


def _rms(vectors: Plane) -> float:
    return float(np.sqrt(np.square(vectors, dtype=np.float64).sum(-1).mean()))


def _mean(*parts: float) -> float:
    return float(np.prod(parts) ** (1 / len(parts)))


def _check(image: Image) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        raise UsageError(
            f"a picture to score must be h x w x 3 uint8, not {image.shape} {image.dtype}"
        )


__all__ = ["LEVELS", "Artefacts", "Choice", "Judge", "LevelScore", "choose_level", "level_score"]
