"""The noise kernels in NumPy: what they mean, and what runs where no kernel is compiled in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image

# (rows down, columns right): north, west, east, south, then the diagonals.
NEIGHBOURS = ((-1, 0), (0, -1), (0, 1), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1))
LEAST = 8
ROWS = 128
FAR = 1 << 14
# Successive over-relaxation: factor, most sweeps, and levels of change below which it is done.
SPEED, SWEEPS, SETTLED = 1.6, 1000, 0.005


def standout(image: Image) -> NDArray[np.uint8]:
    """See `kernels.standout`."""
    height, width = image.shape[:2]
    out = np.empty((height, width), np.uint8)
    for at in range(0, height, ROWS):
        end = min(height, at + ROWS)
        out[at:end] = _standout_rows(image, at, end)
    return out


def _standout_rows(image: Image, first: int, last: int) -> NDArray[np.uint8]:
    height, width, _ = image.shape
    centre = image[first:last].astype(np.int16)
    around = np.empty((8, *centre.shape), np.int16)
    inside = np.empty((8, *centre.shape[:2]), bool)
    for i, (down, right) in enumerate(NEIGHBOURS):
        rows = np.arange(first, last) + down
        columns = np.arange(width) + right
        inside[i] = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
        around[i] = image[rows.clip(0, height - 1)][:, columns.clip(0, width - 1)]
    count = inside.sum(axis=0)
    gaps = np.where(inside, np.abs(around - centre).max(axis=3), FAR)
    gaps.sort(axis=0)
    second = np.where(count > 1, gaps[1], np.where(count > 0, gaps[0], 0))
    ordered = np.where(inside[..., None], around, FAR)
    ordered.sort(axis=0)
    lower = np.maximum(0, (count - 1) // 2)[None, :, :, None]
    middle = np.take_along_axis(ordered, lower, axis=0)
    spread = np.where(inside, np.abs(around - middle).max(axis=3), FAR)
    spread.sort(axis=0)
    usual = np.take_along_axis(spread, np.minimum(7, count // 2)[None], axis=0)[0]
    standing = np.maximum(0, second - usual)
    return np.where(second < LEAST, 0, standing).astype(np.uint8)


def patches(image: Image, step: int) -> NDArray[np.uint16]:
    """See `kernels.patches`. Labels spread to the smallest index, with pointer jumping."""
    height, width, _ = image.shape
    index = np.arange(height * width, dtype=np.int32).reshape(height, width)
    ones, others = [], []
    for a, b in _pairs(height, width):
        joined = _near(image[a], image[b], step)
        ones.append(index[a][joined])
        others.append(index[b][joined])
    one, other = np.concatenate(ones), np.concatenate(others)
    label = index.reshape(-1).copy()
    while True:
        low = np.minimum(label[one], label[other])
        before = label.copy()
        np.minimum.at(label, label[one], low)
        np.minimum.at(label, label[other], low)
        while not np.array_equal(label, label[label]):
            label = label[label]
        if np.array_equal(label, before):
            break
    sizes = np.bincount(label, minlength=label.size)[label]
    return np.minimum(sizes, 65535).astype(np.uint16).reshape(height, width)


def _pairs(height: int, width: int) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """The places of pixels and of their neighbours: east, south, south-east, south-west."""
    rows, columns = slice(0, height), slice(0, width)
    upper, lower = slice(0, height - 1), slice(1, height)
    left, right = slice(0, width - 1), slice(1, width)
    yield (rows, left), (rows, right)
    yield (upper, columns), (lower, columns)
    yield (upper, left), (lower, right)
    yield (upper, right), (lower, left)


def _near(one: Image, other: Image, step: int) -> NDArray[np.bool_]:
    gap = np.maximum(one, other) - np.minimum(one, other)
    return np.asarray(gap.max(axis=2) <= step)


def surface(image: Image, guide: Image, radius: int, tolerance: int) -> Image:
    """See `kernels.surface`."""
    height, width = image.shape[:2]
    out = np.empty_like(image)
    for at in range(0, height, ROWS):
        end = min(height, at + ROWS)
        centre = guide[at:end]
        sums = np.zeros(centre.shape, np.uint32)
        count = np.zeros(centre.shape[:2], np.uint32)
        for down in range(-radius, radius + 1):
            for right in range(-radius, radius + 1):
                top, bottom = max(at, -down), min(end, height - down)
                left, edge = max(0, -right), min(width, width - right)
                if top >= bottom or left >= edge:
                    continue
                part = image[top + down : bottom + down, left + right : edge + right]
                here = slice(top - at, bottom - at), slice(left, edge)
                near = _near(part, centre[here], tolerance)
                count[here] += near
                sums[here] += part * near[:, :, None]
        n = np.maximum(1, count)[:, :, None]
        mean = (2 * sums + n) // (2 * n)
        out[at:end] = np.where(count[:, :, None] > 0, mean, centre)
    return out


def fill(image: Image, mask: NDArray[np.bool_], how: str) -> Image:
    """See `kernels.fill`."""
    height, width, channels = image.shape
    out = np.array(image, order="C")
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return out
    here = rows * width + columns
    around = np.empty((8, len(rows)), np.int64)  # places of the neighbours; -1 outside
    for i, (down, right) in enumerate(NEIGHBOURS):
        y, x = rows + down, columns + right
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        around[i] = np.where(inside, y * width + x, -1)
    flat = out.reshape(-1, channels)
    values = flat.astype(np.float32) if how == "harmonic" else flat
    done = ~mask.reshape(-1)
    left = np.arange(len(here))
    while len(left):  # a layer at a time, from the rim inwards
        ready = (around[:, left] >= 0) & done[around[:, left]]
        rim = ready.any(axis=0)
        layer = left[rim]
        values[here[layer]] = _layer(values, around[:, layer], ready[:, rim], how)
        done[here[layer]] = True
        left = left[~rim]
    if how == "harmonic":
        _relax(values, around[:4], here, (rows + columns) % 2)
        flat[here] = (values[here].clip(0, 255) + 0.5).astype(np.uint8)
    return out


def _layer(
    values: NDArray[Any], around: NDArray[np.int64], ready: NDArray[np.bool_], how: str
) -> NDArray[Any]:
    """Colours for pixels from those neighbours that are ready; the mean begins the harmonic."""
    if how == "nearest":
        first = ready.argmax(axis=0)
        return np.asarray(values[around[first, np.arange(len(first))]])
    if how == "median":
        known = np.where(ready[..., None], values[around].astype(np.int16), FAR)
        known.sort(axis=0)
        lower = (ready.sum(axis=0) - 1) // 2
        return np.asarray(np.take_along_axis(known, lower[None, :, None], axis=0)[0])
    known = np.where(ready[..., None], values[around], np.float32(0))
    return np.asarray(known.sum(axis=0) / ready.sum(axis=0)[:, None])


def _relax(
    values: NDArray[Any],
    around: NDArray[np.int64],
    here: NDArray[np.int64],
    board: NDArray[np.int64],
) -> None:
    """Means of the four neighbours, on the black and then the white squares of a chessboard."""
    inside = around >= 0
    count = inside.sum(axis=0)
    squares = [np.flatnonzero((count > 0) & (board == color)) for color in (0, 1)]
    for _ in range(SWEEPS):
        change = 0.0
        for chosen in squares:
            if not len(chosen):
                continue
            known = np.where(inside[:, chosen, None], values[around[:, chosen]], np.float32(0))
            gap = known.sum(axis=0) / count[chosen][:, None] - values[here[chosen]]
            values[here[chosen]] += np.float32(SPEED) * gap
            change = max(change, float(np.abs(gap).max()))
        if change < SETTLED:
            break
