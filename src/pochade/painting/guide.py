"""The guide: the photo without its texture, which says where colours may mix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from pochade.color import convert
from pochade.painting import guide_reference, kernels
from pochade.painting.anchors import Guide
from pochade.painting.shrink import shrink, size_within
from pochade.quantize_inputs import thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image

AREA: Final = 1_000_000
"""Pixels of a guide, at most: photos beyond that are guided as if they had so many."""
STRONGEST: Final = 40.0
"""Smoothing at abstraction 1, in CIELAB units times pixels, for a guide of 1000 x 1000."""
ROUNDS: Final = 12
"""Of smoothing, and one more for each 2.5 of strength: then texture is gone, and what is left to
smooth are large areas that are nearly flat."""


def make_guide(
    image: Image, *, abstraction: float = 0.5, area: int = AREA, threads: int | None = None
) -> Guide:
    """Smooth a photo so that edges stay and texture goes, at a size that is enough for that.

    Total variation smoothing in CIELAB. What goes is what is small or faint in proportion to the
    picture, so that a photo and its enlargement have the same guide.

    Args:
        image: (h, w, 3) uint8 sRGB.
        abstraction: 0: the photo itself; 1: large flat shapes.
        area: pixels of the guide, at most.
        threads: the result does not depend on it.

    Raises:
        ValueError: an abstraction that is not from 0 to 1.

    >>> make_guide(np.full((2, 3, 3), 255, np.uint8)).lab[0, 0].round(2).tolist()
    [100.0, 0.0, 0.0]
    """
    if not 0 <= abstraction <= 1:
        raise ValueError(f"abstraction must be a number from 0 to 1, not {abstraction!r}")
    workers = thread_count(threads)
    size = size_within(image.shape[:2], area)
    small = shrink(image, size, threads=workers)
    small /= 255
    lab = convert(small, "srgb", "lab", threads=workers)
    strength = strength_of(abstraction, size)
    return Guide(smooth(lab, strength, rounds_of(strength), threads=workers), image.shape[:2])


def strength_of(abstraction: float, size: tuple[int, int]) -> float:
    """The strength of smoothing for a guide of `size`: grows with the square of `abstraction`.

    >>> strength_of(0.5, (1000, 1000)), strength_of(1, (500, 500))
    (10.0, 20.0)
    """
    return STRONGEST * abstraction**2 * float(np.sqrt(size[0] * size[1])) / 1000


def rounds_of(strength: float) -> int:
    """How many rounds of smoothing are enough.

    >>> rounds_of(10.0), rounds_of(40.0)
    (16, 28)
    """
    return ROUNDS + round(strength / 2.5)


def smooth(
    lab: NDArray[np.float32], strength: float, rounds: int, *, threads: int = 1
) -> NDArray[np.float32]:
    """Total variation smoothing, see `guide_reference.smooth`; native where it can be.

    >>> smooth(np.zeros((2, 2, 3), np.float32), 5.0, 4).tolist()[0]
    [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    if not kernels.there() or strength <= 0:
        return guide_reference.smooth(lab, strength, rounds)
    return kernels.smooth(lab, strength, rounds, threads)
