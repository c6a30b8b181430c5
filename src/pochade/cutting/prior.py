"""Where the thing probably is, before colours have been modelled.

Without hints: regions near the middle from which no way leads to the border without a large step of
colour (the idea of the minimum barrier distance: R. Strand et al., "The minimum barrier distance",
Computer Vision and Image Understanding 117 (2013); as a prior of things: J. Zhang et al., "Minimum
barrier salient object detection at 80 fps", ICCV 2015). With a box: regions hardly connected to
what lies outside of it and unlike that (W. Zhu et al., "Saliency optimization from robust
background detection", CVPR 2014). With strokes: which of them is nearer, along ways on which colour
changes little (X. Bai, G. Sapiro, "A geodesic framework for fast interactive image and video
segmentation and matting", ICCV 2007).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.cutting import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.cutting.regions import Regions

SLACK = 3.0  # Lab: a step of colour as small as this is none
STEP = 0.05
STROKE_STEP = 0.3
SPREAD = 0.4  # of the picture's side: how far the background that a region is compared with lies
STEEPNESS = 3.0
NEAREST, FARTHEST = 0.02, 0.98
# Fitted by logistic regression to the regions of the pictures that were tuned on, all counting
# alike (benchmarks/cutout): weights of the logarithm of the step that shuts a region in, and of a
# place near the middle, and what speaks against any thing.
SHUT, MIDDLE, AGAINST = 1.48, 2.57, 5.17
HIGHEST = 100.0  # Lab: from black to white


class Weights(NamedTuple):
    """How the prior is made of its parts.

    Attributes:
        color: Lab distance along a way within which regions count as one.
        border: how much contact with the border (in sides of a square) makes background.
        salient: share of the highest contrast from which a region is rather the thing.
        middle: width of the bell curve about the middle, as a share of the sides.
        rim: Lab distance by which the picture's border is farther than a background stroke.
        geodesic: weight of the strokes' distances against contrast with the border.
        enclosed: whether steps of colour that shut a region in count instead of `color`, `border`
            and `salient`.
    """

    color: float
    border: float
    salient: float
    middle: float
    rim: float = 15.0
    geodesic: float = 0.7
    enclosed: bool = False


def logit(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of the odds."""
    odds: NDArray[np.float64] = np.log(p / (1 - p))
    return odds


def logistic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `logit`."""
    return 1 / (1 + np.exp(-x))


def color_steps(regions: Regions) -> NDArray[np.float64]:
    """(m,) Lab distance between the colours of each pair."""
    one, two = regions.pairs.T
    steps: NDArray[np.float64] = np.linalg.norm(regions.colors[one] - regions.colors[two], axis=1)
    return steps


def background_by_border(
    coarse: Regions, rims: NDArray[np.float64], weights: Weights
) -> NDArray[np.float64]:
    """(n,) 0..1: how surely each of a few hundred regions is background by its border contact."""
    steps = np.maximum(color_steps(coarse) - SLACK, 0) + STEP
    ways = sparse.all_distances(coarse.pairs, steps, coarse.n)
    like = np.exp(-np.square(ways) / (2 * weights.color**2))
    contact = (like @ rims) / np.sqrt(like @ coarse.sizes)
    sure: NDArray[np.float64] = 1 - np.exp(-np.square(contact) / (2 * weights.border**2))
    return sure


def salience(coarse: Regions, background: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) 0..1: contrast with the background around, where a region is not background itself."""
    apart = np.linalg.norm(coarse.colors[:, None] - coarse.colors[None], axis=2)
    far = np.linalg.norm(coarse.centers[:, None] - coarse.centers[None], axis=2)
    count = np.exp(-np.square(far) / (2 * SPREAD**2)) * coarse.sizes * background
    contrast = (apart * count).sum(axis=1) / np.maximum(count.sum(axis=1), 1e-9)
    found = contrast * (1 - background)
    order = np.argsort(found)
    mass = np.cumsum((coarse.sizes * (background < 0.5))[order])
    if not mass[-1]:
        return np.zeros(coarse.n)
    high = found[order][np.searchsorted(mass, 0.95 * mass[-1])]
    scaled: NDArray[np.float64] = np.clip(found / max(float(high), 1e-6), 0, 1)
    return scaled


def shut_in(coarse: Regions, outside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n,) what speaks for each of a few hundred regions as it is shut in, in natural logarithms.

    Args:
        coarse: the regions.
        outside: (n,) bool, those that ways out lead to.
    """
    starts = np.nonzero(outside)[0]
    steps = sparse.highest_steps(coarse.pairs, color_steps(coarse), coarse.n, starts)
    return SHUT * np.log(np.minimum(steps, HIGHEST) + SLACK)


def nearer_to_strokes(
    regions: Regions,
    fg: NDArray[np.bool_],
    bg: NDArray[np.bool_],
    weights: Weights,
) -> NDArray[np.float64]:
    """(n,) 0..1: how much nearer each region is to what is kept than to what is removed."""
    steps = color_steps(regions) + STROKE_STEP
    nodes = [np.nonzero(bg)[0], np.nonzero((regions.rims > 0) & ~fg & ~bg)[0]]
    offsets = np.concatenate([np.zeros(len(nodes[0])), np.full(len(nodes[1]), weights.rim)])
    to_bg = sparse.distances(regions.pairs, steps, regions.n, np.concatenate(nodes), offsets)
    to_fg = sparse.distances(regions.pairs, steps, regions.n, np.nonzero(fg)[0])
    to_bg = np.where(np.isfinite(to_bg), to_bg, 1e6)
    nearer: NDArray[np.float64] = np.clip(to_bg / (to_bg + to_fg + 1e-9), NEAREST, FARTHEST)
    return nearer
