"""Background by its colour: what a chosen colour, or the commonest along the border, covers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.color.convert import convert

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image

NARROWEST, WIDEST = 5.0, 32.0
BINS = 64
BORDER_COLORS = 4
LEAST_BORDER = 0.15


class Key(NamedTuple):
    """Which pixels have the colour.

    Attributes:
        color: (r, g, b) of the background.
        tolerance: Lab distance up to which a pixel has it.
        mask: (h, w) bool, those that have it.
        doubtful: share of the pixels that are within a third of the tolerance.
        along: share of the picture's border that has the colour.
    """

    color: tuple[int, int, int]
    tolerance: float
    mask: NDArray[np.bool_]
    doubtful: float
    along: float


def border_color(image: Image, *, seed: int, threads: int) -> tuple[int, int, int]:
    """The commonest colour along the border of a picture (h, w, 3) uint8."""
    from pochade.kmeans import kmeans

    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    colors, counts = np.unique(border, axis=0, return_counts=True)
    k = min(BORDER_COLORS, len(colors))
    found = kmeans(_lab(colors), k, weights=counts, seed=seed, threads=threads)
    mass = np.bincount(found.labels, counts, len(found.centers))
    chosen = found.labels == int(np.argmax(mass))
    mean = (colors[chosen] * counts[chosen, None]).sum(axis=0) / counts[chosen].sum()
    red, green, blue = (round(float(part)) for part in mean)
    return red, green, blue


def key_of(image: Image, color: tuple[int, int, int], tolerance: float | None) -> Key:
    """The pixels of a picture (h, w, 3) uint8 that have a colour.

    Without a tolerance, the distances are parted where the two sides differ most (N. Otsu, 1979),
    within bounds.
    """
    target = _lab(np.array([color], np.uint8))[0]
    gap = np.empty(image.shape[:2], np.float32)
    for top in range(0, len(image), 256):
        gap[top : top + 256] = np.linalg.norm(_lab(image[top : top + 256]) - target, axis=-1)
    if tolerance is None:
        tolerance = float(np.clip(_parted(gap), NARROWEST, WIDEST))
    mask = gap <= tolerance
    doubtful = np.abs(gap - tolerance) < tolerance / 3
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    return Key(color, tolerance, mask, float(doubtful.mean()), float(border.mean()))


def _lab(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(convert(pixels, "srgb", "lab"), np.float32)


def _parted(gap: NDArray[np.float32]) -> float:
    """Where to part the distances into two kinds, by Otsu's criterion."""
    counts, edges = np.histogram(gap, bins=BINS, range=(0, 2 * WIDEST))
    middle = (edges[:-1] + edges[1:]) / 2
    mass = np.cumsum(counts).astype(np.float64)
    sums = np.cumsum(counts * middle)
    rest = mass[-1] - mass
    right = (mass > 0) & (rest > 0)
    if not right.any():
        return NARROWEST
    between = np.zeros(BINS)
    means = sums[right] / mass[right], (sums[-1] - sums[right]) / rest[right]
    between[right] = mass[right] * rest[right] * np.square(means[0] - means[1])
    return float(edges[int(np.argmax(between)) + 1])
