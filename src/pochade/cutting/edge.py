"""The soft edge: a guided filter for alpha, and colours freed from the background's.

Guided filter: K. He, J. Sun, X. Tang, "Guided image filtering", IEEE TPAMI 35 (2013), with the
coefficients at a lower resolution as in K. He, J. Sun, "Fast guided filter" (2015). Colours:
M. Forte, "Approximate fast foreground colour estimation", ICIP 2021 (blur fusion).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pochade.types import Image

STRIP_PIXELS = 1 << 19
SMOOTH = 4e-4  # of the guide's variance, colours being 0..1: what counts as flat
OFF_LINE = 0.06  # how far a colour may be from the line between two others to lie between them
NEAR, FAR = 0.15, 0.5  # distance of two colours, 0..1 a channel, that are alike; that are not
MOST_MOVED = 0.5
MARGIN = 3  # pixels more than the windows reach, as grown masks do
CLIP = 0.03  # alpha nearer than this to 0 or 1 is meant to be it


class Soft(NamedTuple):
    """What alpha is made from, at the resolution of the decision.

    Attributes:
        slopes: (h', w', 3) float32: alpha = slopes . color + offset.
        offset: (h', w') float32.
        sure: (h', w') float32: 1 where the thing is for sure, 0 for the background, 0.5 between.
        fore: (h', w', 3) float32: the mean colour of the thing near by, 0..1.
        back: (h', w', 3) float32: that of the background.
    """

    slopes: NDArray[np.float32]
    offset: NDArray[np.float32]
    sure: NDArray[np.float32]
    fore: NDArray[np.float32]
    back: NDArray[np.float32]


def box_mean(plane: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    """Mean over windows of 2 radius + 1; at the border, over what there is of them."""
    out = plane
    for axis in (0, 1):
        n = out.shape[axis]
        r = min(radius, n)
        # Running sums with r + 1 zeros before them, and the last one r times more.
        shape = list(out.shape)
        shape[axis] = n + 2 * r + 1
        sums = np.zeros(shape)
        inner = _along(axis, r + 1, r + 1 + n)
        np.cumsum(out, axis=axis, dtype=np.float64, out=sums[inner])
        sums[_along(axis, r + 1 + n, None)] = sums[_along(axis, r + n, r + n + 1)]
        at = np.arange(n)
        counts = np.minimum(at + r + 1, n) - np.maximum(at - r, 0)
        gap = sums[_along(axis, 2 * r + 1, None)] - sums[_along(axis, 0, n)]
        gap /= counts.reshape([-1 if a == axis else 1 for a in range(out.ndim)])
        out = gap.astype(np.float32)
    return out


def _along(axis: int, start: int, stop: int | None) -> tuple[slice, ...]:
    """An index that takes a part of one axis."""
    return (slice(None),) * axis + (slice(start, stop),)


def grown(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """The pixels with one of the mask in the window of 2 radius + 1 around them."""
    return box_mean(mask.astype(np.float32), radius) > 0.5 / (2 * radius + 1) ** 2


def bands(mask: NDArray[np.bool_], radius: int, known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(h, w) float32: 1 and 0 where all within `radius` is of one kind, 0.5 along the edge.

    Where `known` the mask is right as it is.
    """
    sure = mask.astype(np.float32)
    undecided = grown(mask, radius) & grown(~mask, radius) & ~known
    sure[undecided] = 0.5
    return sure


def soften(
    image: NDArray[np.float32], mask: NDArray[np.bool_], sure: NDArray[np.float32], radius: int
) -> Soft:
    """Everything that the soft edge of a mask needs.

    Args:
        image: (h, w, 3) float32, 0..1, sRGB, at the resolution of the mask.
        mask: (h, w) bool.
        sure: (h, w) from `bands`.
        radius: of the windows.
    """
    alpha = mask.astype(np.float32)
    wide = 2 * radius
    near = _around(sure == 0.5, wide + MARGIN)  # what none of the windows in question reaches past
    slopes, offset = np.zeros_like(image), alpha.copy()
    slopes[near], offset[near] = _coefficients(image[near], alpha[near], sure[near] == 0.5, radius)
    needed = grown(sure == 0.5, 2)  # with the neighbours that stretching the planes asks for
    fore = _mean_where(image, sure == 1, needed, near, wide)
    back = _mean_where(image, sure == 0, needed, near, wide)
    return Soft(slopes, offset, sure, fore, back)


def _around(mask: NDArray[np.bool_], margin: int) -> tuple[slice, slice]:
    """The smallest rows and columns that hold a mask, with a margin; none where it is empty."""
    parts = []
    for axis in (0, 1):
        at = np.nonzero(mask.any(axis=1 - axis))[0]
        first, last = (int(at[0]), int(at[-1])) if len(at) else (0, -1)
        parts.append(slice(max(0, first - margin), last + 1 + margin) if len(at) else slice(0, 0))
    return parts[0], parts[1]


def _coefficients(
    image: NDArray[np.float32],
    alpha: NDArray[np.float32],
    undecided: NDArray[np.bool_],
    radius: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The guided filter's linear model around each pixel, averaged over the windows."""
    near = grown(undecided, radius)
    slopes = np.zeros_like(image)
    offset = alpha.copy()
    if near.any():
        mean = box_mean(image, radius)
        level = box_mean(alpha, radius)
        count = int(near.sum())
        spread = np.empty((count, 3, 3), np.float32)
        for i in range(3):
            for j in range(i, 3):
                cross = box_mean(image[..., i] * image[..., j], radius)
                found = (cross - mean[..., i] * mean[..., j])[near]
                spread[:, i, j] = spread[:, j, i] = found
        shared = box_mean(image * alpha[..., None], radius) - mean * level[..., None]
        spread += np.float32(SMOOTH) * np.eye(3, dtype=np.float32)
        slope = np.linalg.solve(spread, shared[near][..., None])[..., 0]
        slopes[near] = slope
        offset[near] = level[near] - (slope * mean[near]).sum(axis=1)
    return box_mean(slopes, radius), box_mean(offset, radius)


def _mean_where(
    image: NDArray[np.float32],
    where: NDArray[np.bool_],
    needed: NDArray[np.bool_],
    near: tuple[slice, slice],
    radius: int,
) -> NDArray[np.float32]:
    """The mean colour of the pixels `where` that are near; farther ones where none is near.

    Only where `needed`, all of which lie well within `near`; 0 elsewhere, and everywhere if there
    are no such pixels.
    """
    weight = where.astype(np.float32)
    out = np.zeros_like(image)
    missing = needed & where.any()
    reach, part = radius, near
    while missing.any():
        mass = box_mean(weight[part], reach)
        found = missing[part] & (mass > 1e-7)
        if found.any():
            total = box_mean(image[part] * weight[part][..., None], reach)
            out[part][found] = total[found] / mass[found][:, None]
            missing[part] &= ~found
        if reach > max(where.shape):
            break
        reach, part = reach * 4, (slice(None), slice(None))
    return out


def strips(
    image: Image, soft: Soft, *, edge: str, clean: bool
) -> Iterator[tuple[slice, NDArray[np.uint8], Image, NDArray[np.bool_]]]:
    """Strips of rows, at full size.

    Each is its rows, alpha (rows, w) uint8, colours (rows, w, 3) uint8, and where alpha was
    estimated (rows, w) bool.

    Args:
        image: (h, w, 3) uint8.
        soft: from `soften`, at this or a lower resolution.
        edge: 'hard' makes alpha 0 or 255.
        clean: replace the colours of partly transparent pixels by the thing's own.
    """
    rows, columns = image.shape[:2]
    step = max(1, STRIP_PIXELS // columns)
    planes = np.concatenate([soft.slopes, soft.offset[..., None], soft.fore, soft.back], axis=2)
    for top in range(0, rows, step):
        part = slice(top, min(top + step, rows))
        sure = upsampled(soft.sure[..., None], image.shape[:2], part)[..., 0]
        unsure = (sure > 0.001) & (sure < 0.999)
        alpha = np.where(sure >= 0.5, np.float32(1), np.float32(0))
        color = image[part].astype(np.float32)[unsure] / np.float32(255)
        down, right = np.nonzero(unsure)
        values = sampled(planes, image.shape[:2], down + top, right)
        found = _alpha(color, values)
        if edge == "hard":
            found = (found >= 0.5).astype(np.float32)
        alpha[unsure] = found
        colors = image[part].copy()
        if clean and edge != "hard":
            a = found[:, None]
            fore, back = values[:, 4:7], values[:, 7:10]
            pure = fore + a * (color - a * fore - (1 - a) * back) / (a * a + (1 - a) ** 2)
            pure = np.where(a > 0.999, color, pure)
            colors[unsure] = np.rint(np.clip(pure, 0, 1) * 255).astype(np.uint8)
        yield part, np.rint(alpha * 255).astype(np.uint8), colors, unsure


def _alpha(color: NDArray[np.float32], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n,) 0..1: the share of the thing in undecided colours (n, 3).

    Where a colour lies between the thing's and the background's near by, and these are far apart,
    its place between them says more than the filter.
    """
    filtered = (values[:, :3] * color).sum(axis=1) + values[:, 3]
    filtered = np.clip((filtered - CLIP) / (1 - 2 * CLIP), 0, 1)
    fore, back = values[:, 4:7], values[:, 7:10]
    across = fore - back
    far = np.square(across).sum(axis=1)
    place = ((color - back) * across).sum(axis=1) / np.maximum(far, 1e-6)
    place = np.clip(place, 0, 1)
    off = color - back - place[:, None] * across
    trust = np.exp(-np.square(off).sum(axis=1) / OFF_LINE**2)
    trust *= np.clip((np.sqrt(far) - NEAR) / (FAR - NEAR), 0, 1)
    # Never so far that the filter's word counts for nothing: the thing may have both colours.
    place = np.clip(place, filtered - MOST_MOVED, filtered + MOST_MOVED)
    alpha: NDArray[np.float32] = filtered + trust * (place - filtered)
    stretched: NDArray[np.float32] = np.clip((alpha - CLIP) / (1 - 2 * CLIP), 0, 1)
    return stretched


def upsampled(
    planes: NDArray[np.float32], shape: tuple[int, ...], rows: slice
) -> NDArray[np.float32]:
    """Rows of (h', w', c) planes stretched to `shape`, linearly between the pixels' middles."""
    if planes.shape[:2] == tuple(shape[:2]):
        return planes[rows]
    upper, lower, down = _between(np.arange(rows.start, rows.stop), planes.shape[0], shape[0])
    left, right, over = _between(np.arange(shape[1]), planes.shape[1], shape[1])
    down, over = down[:, None, None], over[None, :, None]
    lines = planes[upper] * (1 - down) + planes[lower] * down
    out = lines[:, left] * (1 - over) + lines[:, right] * over
    return out.astype(np.float32, copy=False)


def sampled(
    planes: NDArray[np.float32],
    shape: tuple[int, ...],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
) -> NDArray[np.float32]:
    """(n, c): what `upsampled` has at some places (row, column)."""
    if planes.shape[:2] == tuple(shape[:2]):
        return planes[rows, columns]
    upper, lower, down = _between(rows, planes.shape[0], shape[0])
    left, right, over = _between(columns, planes.shape[1], shape[1])
    down, over = down[:, None], over[:, None]
    first = planes[upper, left] * (1 - down) + planes[lower, left] * down
    second = planes[upper, right] * (1 - down) + planes[lower, right] * down
    out = first * (1 - over) + second * over
    return out.astype(np.float32, copy=False)


def _between(
    at: NDArray[np.intp], few: int, many: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """The two of `few` middles that each of the `many` lies between, and how far along (0..1)."""
    place = np.clip((at + 0.5) * few / many - 0.5, 0, few - 1)
    lower = place.astype(np.intp)
    return lower, np.minimum(lower + 1, few - 1), (place - lower).astype(np.float32)
