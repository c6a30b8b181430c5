"""Where each colour of a palette is in a picture: a pixel well inside an area of that colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image, Palette

DEEP: Final = 0.75
"""Share of the greatest depth from which a pixel counts as well inside; the colour then decides."""

_FAR: Final = np.int32(1 << 24)
_CHUNK: Final = 1 << 20
_MARKS: Final = 1 << 24


class Place(NamedTuple):
    """A pixel: `x` from the left, `y` from the top, both from 0; `depth` steps from the edge."""

    x: int
    y: int
    depth: int


def depths(labels: NDArray[Any]) -> NDArray[np.int32]:
    """How far each pixel is from the nearest one with another label, or beyond the border.

    City-block steps to that pixel, so 1 beside an edge. Exact: the distance is separable, and a
    label's own edge is met before anything behind it, so four running minima serve all labels.

    Args:
        labels: (h, w) integers.

    Returns:
        (h, w) int32, at least 1.

    >>> depths(np.zeros((3, 5), np.uint8)).tolist()
    [[1, 1, 1, 1, 1], [1, 2, 2, 2, 1], [1, 1, 1, 1, 1]]
    """
    steps = np.full(labels.shape, _FAR, np.int32)
    _edges(steps, labels)
    _relax(steps)
    _edges(steps.T, labels.T)
    _relax(steps.T)
    return steps


def _edges(steps: NDArray[np.int32], labels: NDArray[Any]) -> None:
    """Set 1 where the pixel before or behind, along the first axis, has another label."""
    differ = labels[1:] != labels[:-1]
    steps[0] = 1
    steps[-1] = 1
    steps[1:][differ] = 1
    steps[:-1][differ] = 1


def _relax(steps: NDArray[np.int32]) -> None:
    """steps[i] = min over j of steps[j] + |i - j|, along the first axis, in place."""
    ramp = np.arange(len(steps), dtype=np.int32)[:, None]
    for way in (steps, steps[::-1]):
        np.subtract(way, ramp, out=way)
        np.minimum.accumulate(way, axis=0, out=way)
        np.add(way, ramp, out=way)


def find_places(
    image: Image, labels: NDArray[Any], colors: Palette
) -> list[tuple[Place, int] | None]:
    """A pixel for each colour, and how deep inside its area it lies.

    Among the pixels of a label whose depth is at least `DEEP` of that label's greatest, the one
    whose own colour is nearest to the palette's (squared RGB distance); ties to the upper, then
    the left one.

    Args:
        image: (h, w, c) uint8, c at least 3.
        labels: (h, w) unsigned integers; those of k and above are left out of account.
        colors: (k, 3) uint8.

    Returns:
        For each colour a place and its label's number of pixels, or None where it has no pixel.
    """
    count = len(colors)
    steps = depths(labels)
    deepest, pixels = _deepest(labels, steps, count)
    limit = np.full(int(labels.max(initial=0)) + 1, _FAR, np.int64)
    within = min(count, len(limit))
    limit[:within] = np.ceil(DEEP * deepest[:within]).astype(np.int64)
    best: list[tuple[int, int] | None] = [None] * count
    width = labels.shape[1]
    rows = max(1, _CHUNK // width)
    for top in range(0, len(labels), rows):
        part = slice(top, top + rows)
        at = np.flatnonzero(steps[part] >= limit[labels[part]])
        if not len(at):
            continue
        of_pixel = labels[part].reshape(-1)[at].astype(np.intp)
        seen = image[part].reshape(-1, image.shape[2])[at, :3].astype(np.int32)
        square = ((seen - colors[of_pixel].astype(np.int32)) ** 2).sum(axis=1)
        order = np.lexsort((at, square, of_pixel))
        firsts = order[np.unique(of_pixel[order], return_index=True)[1]]
        for one in firsts.tolist():
            found = (int(square[one]), int(at[one]) + top * width)
            label = int(of_pixel[one])
            before = best[label]
            best[label] = found if before is None else min(before, found)
    return [
        None
        if found is None
        else (
            Place(found[1] % width, found[1] // width, int(steps.reshape(-1)[found[1]])),
            int(pixels[label]),
        )
        for label, found in enumerate(best)
    ]


def _deepest(
    labels: NDArray[Any], steps: NDArray[np.int32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The greatest depth of each label and its number of pixels, (count,) each."""
    deepest = np.zeros(count, np.int64)
    pixels = np.zeros(count, np.int64)
    flat, flat_steps = labels.reshape(-1), steps.reshape(-1)
    levels = int(steps.max()) + 1
    # Marking what occurs takes a tenth of the time of a maximum by label, where it fits.
    occurs = np.zeros(count * levels, bool) if count * levels <= _MARKS else None
    for at in range(0, len(flat), _CHUNK):
        part = flat[at : at + _CHUNK].astype(np.intp)
        deep = flat_steps[at : at + _CHUNK]
        inside = part < count
        if not inside.all():
            part, deep = part[inside], deep[inside]
        pixels += np.bincount(part, minlength=count)
        if occurs is None:
            np.maximum.at(deepest, part, deep)
        else:
            occurs[part * levels + deep] = True
    if occurs is not None:
        marks = occurs.reshape(count, levels)
        deepest = np.where(marks.any(axis=1), levels - 1 - marks[:, ::-1].argmax(axis=1), 0)
    return deepest, pixels
