"""Points to pixels: each a small disc, the nearer over the farther. NumPy only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_RADIUS = 100
BATCH = 1 << 20
"""Discs' pixels worked on at a time."""

MOST_SAMPLES = 512
"""Along a side of a quad."""

# Darkening where the ground falls away behind a pixel: "Eye-dome lighting", C. Boucheny, 2009.
EDGE_STRENGTH = 0.30
EDGE_REACH = 0.12


def splat(
    at: NDArray[np.float32],
    depth: NDArray[np.float32],
    radius: NDArray[np.float32],
    width: int,
    height: int,
) -> NDArray[np.int32]:
    """Which point is seen at each pixel.

    Args:
        at: (n, 2) centres as (x, y) in pixels; a pixel's own centre is at .5.
        depth: (n,) distance from the viewer; of equal ones the lower index is in front.
        radius: (n,) in pixels; at least the pixel that holds the centre is covered, and no more
            than `LARGEST_RADIUS` around it.
        width: of the picture.
        height: of the picture.

    Returns:
        (height, width) int32: the index of the nearest disc's point, -1 where there is none.

    >>> here = np.array([[0.5, 0.5], [1.5, 0.5]], np.float32)
    >>> splat(here, np.array([1, 2], np.float32), np.array([0.5, 1], np.float32), 3, 1).tolist()
    [[0, 1, 1]]
    """
    # Farther points get lower ranks; the highest rank on a pixel wins, in whatever order.
    order = np.lexsort((-np.arange(len(depth)), -depth))
    rank = np.empty(len(depth), np.int32)
    rank[order] = np.arange(len(depth), dtype=np.int32)
    top = np.full(width * height, -1, np.int32)
    whole = np.clip(np.ceil(radius), 0, LARGEST_RADIUS).astype(np.int32)
    for size in np.unique(whole):
        members = np.flatnonzero(whole == size)
        side = np.arange(-size, size + 1)
        dy, dx = (part.reshape(-1) for part in np.meshgrid(side, side, indexing="ij"))
        step = max(1, BATCH // len(dx))
        for begin in range(0, len(members), step):
            some = members[begin : begin + step]
            _cover(top, at[some], radius[some], rank[some], (dx, dy), width, height)
    seen = top.reshape(height, width)
    if not len(order):
        return seen
    return np.where(seen >= 0, order[seen].astype(np.int32), np.int32(-1))


def _cover(
    top: NDArray[np.int32],
    at: NDArray[np.float32],
    radius: NDArray[np.float32],
    rank: NDArray[np.int32],
    offsets: tuple[NDArray[np.int64], NDArray[np.int64]],
    width: int,
    height: int,
) -> None:
    """Raise the rank of every pixel that these discs, all of one size in pixels, cover."""
    middle = np.floor(at)
    x = middle[:, :1].astype(np.int64) + offsets[0]
    y = middle[:, 1:].astype(np.int64) + offsets[1]
    gap_x, gap_y = x + 0.5 - at[:, :1], y + 0.5 - at[:, 1:]
    covered = gap_x * gap_x + gap_y * gap_y <= (radius * radius)[:, None]
    covered |= (offsets[0] == 0) & (offsets[1] == 0)
    covered &= (x >= 0) & (x < width) & (y >= 0) & (y < height)
    ranks = np.broadcast_to(rank[:, None], covered.shape)
    np.maximum.at(top, y[covered] * width + x[covered], ranks[covered])


def edge_light(depth: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    """How light each pixel is, 0 to 1: darker where something nearer is beside it.

    Args:
        depth: (h, w) distance from the viewer, infinite where nothing is.
        reach: how many pixels away to look.
    """
    padded = np.pad(depth, reach, constant_values=np.inf)
    height, width = depth.shape
    fall = np.zeros(depth.shape, np.float32)
    filled = np.isfinite(depth)
    for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)):
        top, left = reach + dy * reach, reach + dx * reach
        beside = padded[top : top + height, left : left + width]
        nearer = np.where(filled, depth, 0) - np.where(np.isfinite(beside), beside, np.inf)
        fall += np.clip(nearer, 0, EDGE_REACH)
    return np.asarray(1 - EDGE_STRENGTH * np.minimum(1, fall / (3 * EDGE_REACH)), np.float32)


def covered(
    corners: NDArray[np.float32], depth: NDArray[np.float32], far: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Which pixels quads cover where nothing is before them.

    Args:
        corners: (q, 4, 2) their corners in turn as (x, y) in pixels.
        depth: (q, 4) distances of the corners from the viewer.
        far: (h, w) distance of what is at each pixel, infinite where nothing is.

    Returns:
        The places of the pixels in the flattened picture, ascending, each once.

    >>> square = np.array([[[0, 0], [2, 0], [2, 1], [0, 1]]], np.float32)
    >>> covered(square, np.ones((1, 4), np.float32), np.array([[9, 0.5, 9]], np.float32)).tolist()
    [0, 2]
    """
    height, width = far.shape
    found = [np.empty(0, np.int64)]
    span = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    # Sampled more densely than pixels; in steps, so that many are of one kind.
    wanted = 4 * np.ceil(np.clip(1.3 * span, 1, MOST_SAMPLES) / 4).astype(np.int64)
    flat = far.reshape(-1)
    for count in np.unique(wanted):
        along = np.linspace(0, 1, int(count) + 1, dtype=np.float32)
        u, v = (part.reshape(1, -1) for part in np.meshgrid(along, along))
        shares = np.concatenate([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v])
        members = np.flatnonzero(wanted == count)
        step = max(1, BATCH // u.size)
        for begin in range(0, len(members), step):
            some = members[begin : begin + step]
            x, y, away = (
                part[some] @ shares for part in (corners[:, :, 0], corners[:, :, 1], depth)
            )
            inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            place = y[inside].astype(np.int64) * width + x[inside].astype(np.int64)
            found.append(np.unique(place[away[inside] < flat[place]]))
    return np.unique(np.concatenate(found))
