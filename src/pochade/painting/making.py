"""A painting being made: its states from a few large patches to all of its anchors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from pochade.painting.document import Painting

if TYPE_CHECKING:
    from pochade.types import Image

FRAMES: Final = 24
MOST_FRAMES: Final = 240
FIRST: Final = 6
"""Anchors of the first state."""
SIDE: Final = 640
"""Longest side of an animation, unless given."""


def counts(final: int, frames: int) -> list[int]:
    """How many anchors each state but the last has: evenly on a scale of ratios.

    >>> counts(1000, 4)
    [6, 33, 182]
    """
    steps = np.geomspace(min(FIRST, final), final, frames)[:-1]
    return [round(step) for step in steps.tolist()]


def states(painting: Painting, frames: int = FRAMES) -> Iterator[Painting]:
    """The states, coarse to fine; the last one is the painting itself."""
    before = 0
    for count in counts(len(painting.laid.anchors), frames):
        if count == before:
            continue  # the first few are so small that they would not differ
        before = count
        settings = replace(painting.settings, anchors=count)
        intent = replace(painting.intent, settings=settings)
        yield Painting(painting.bench, painting.origin, intent)
    yield painting


def making(
    painting: Painting, size: tuple[int, int] | None = None, frames: int = FRAMES
) -> Iterator[Image]:
    """Pictures of the states, one after the other.

    Args:
        painting: how it ends.
        size: (rows, cols); at most 640 pixels a side unless given.
        frames: how many at most; the first ones may coincide.
    """
    from pochade.painting.render import render

    rows, cols = painting.size
    if size is None:
        times = min(1.0, SIDE / max(rows, cols))
        size = max(1, round(rows * times)), max(1, round(cols * times))
    for state in states(painting, frames):
        yield render(state, size, threads=painting.bench.threads)
