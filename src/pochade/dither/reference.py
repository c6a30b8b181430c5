"""Dithering in plain Python: slow, readable, and the oracle of the kernels (same labels)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pochade.dither.tables import KEY_UNIT, Tables, source_keys, work_keys
from pochade.types import Image

Offset = tuple[int, int, float]

KERNELS: dict[str, tuple[Offset, ...]] = {
    # Floyd and Steinberg, "An adaptive algorithm for spatial greyscale", 1976.
    "floyd-steinberg": ((1, 0, 7 / 16), (-1, 1, 3 / 16), (0, 1, 5 / 16), (1, 1, 1 / 16)),
    # Sierra's filter lite: three neighbours, shifts only.
    "sierra-lite": ((1, 0, 1 / 2), (-1, 1, 1 / 4), (0, 1, 1 / 4)),
    # Atkinson's filter of the first Macintosh: only 6/8 of the error is passed on.
    "atkinson": (
        (1, 0, 1 / 8),
        (2, 0, 1 / 8),
        (-1, 1, 1 / 8),
        (0, 1, 1 / 8),
        (1, 1, 1 / 8),
        (0, 2, 1 / 8),
    ),
}
"""(columns forward, rows down, share of the error), in the order of adding."""

MIXTURE_TRIES = 6
"""Searches for one colour's mixture in ordered dithering."""

LUMINANCE = (0.2126, 0.7152, 0.0722)


@dataclass(frozen=True, slots=True)
class Fade:
    """Where dithering is held back. Limits are squared key distances to the nearest entry.

    A pixel nearer than `low` takes no part, one beyond `high` takes part in full, and between
    them its part grows with the squared distance. Flat patches of drawings have wider limits.
    """

    low: float
    high: float
    flat_low: float
    flat_high: float


FLAT_MIN_RUN = 4
FLAT_SOFT_STEP = 8


def levels_squared(levels: float) -> float:
    """Return the squared key distance of that many sRGB levels (1 level is 0.004 in OKLab)."""
    return float((levels * KEY_UNIT) ** 2)


EDGE_AWARE = Fade(
    levels_squared(0.5), levels_squared(1.5), levels_squared(5.0), levels_squared(10.0)
)


def fade(distance: int, flat: bool, limits: Fade | None) -> float:
    """Return the part 0..1 that a pixel takes in the dithering; exact colours take none."""
    if limits is None:
        return 1.0
    if distance == 0:
        return 0.0
    low = limits.flat_low if flat else limits.low
    high = limits.flat_high if flat else limits.high
    if distance >= high:
        return 1.0
    if distance <= low:
        return 0.0
    return (distance - low) / (high - low)


def plain_nearest(image: Image, tables: Tables) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return labels and squared key distances (h, w) of plain nearest mapping, alpha included."""
    clear = image[..., 3:] == 0 if image.shape[2] == 4 else np.zeros((), bool)
    keys = source_keys(tables, np.where(clear, np.uint8(0), image[..., :3]))
    offset = keys[..., None, :] - tables.palette_keys.astype(np.int64)
    distances = (offset**2).sum(-1)
    if tables.palette_alpha.size:
        alpha = image[..., 3] if image.shape[2] == 4 else np.full(image.shape[:2], 255, np.uint8)
        step = alpha.astype(np.int64)[..., None] - tables.palette_alpha.astype(np.int64)
        distances = distances + (step * KEY_UNIT) ** 2
    labels = distances.argmin(-1)
    return labels, np.take_along_axis(distances, labels[..., None], -1)[..., 0]


def flat_patches(image: Image) -> NDArray[np.bool_]:
    """Return where (h, w) the picture is flat and its edges are hard: drawings, not gradients.

    A run of equal pixels along a row or column that ends in a small step (at most
    `FLAT_SOFT_STEP` levels) is part of a gradient; one that ends in large steps or at the border
    is part of a drawing. A pixel is flat when both its runs end hard and the longer one has
    at least `FLAT_MIN_RUN` pixels.
    """
    soft_row, long_row = _runs(image)
    soft_column, long_column = (m.T for m in _runs(image.transpose(1, 0, 2)))
    flat: NDArray[np.bool_] = ~soft_row & ~soft_column & (long_row | long_column)
    return flat


def _runs(image: Image) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    height, width = image.shape[:2]
    soft = np.zeros((height, width), bool)
    long = np.zeros((height, width), bool)
    rows = image.astype(np.int64)
    for y in range(height):
        steps = np.abs(np.diff(rows[y], axis=0)).max(-1)
        cuts = [0, *(np.flatnonzero(steps) + 1).tolist(), width]
        for start, end in zip(cuts, cuts[1:], strict=False):
            ends = [steps[i] for i in (start - 1, end - 1) if 0 <= i < width - 1]
            soft[y, start:end] = any(step <= FLAT_SOFT_STEP for step in ends)
            long[y, start:end] = end - start >= FLAT_MIN_RUN
    return soft, long


def nearest_work(wanted: NDArray[np.float64], members: NDArray[np.int64], tables: Tables) -> int:
    """Return the member nearest to one work colour (3,), ties to the lowest label."""
    offset = tables.palette_keys[members].astype(np.int64) - work_keys(tables, wanted)
    return int(members[(offset**2).sum(-1).argmin()])


def same_alpha(label: int, tables: Tables) -> NDArray[np.int64]:
    """Return the labels whose alpha is this label's."""
    if not tables.palette_alpha.size:
        return np.arange(len(tables.palette_keys))
    return np.flatnonzero(tables.palette_alpha == tables.palette_alpha[label])


def _parts(
    image: Image, tables: Tables, limits: Fade | None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return plain labels and each pixel's part in the dithering (h, w)."""
    labels, distances = plain_nearest(image, tables)
    flat = flat_patches(image) if limits else np.zeros(labels.shape, bool)
    parts = np.array(
        [
            [fade(int(d), bool(f), limits) for d, f in zip(*line, strict=True)]
            for line in zip(distances, flat, strict=True)
        ]
    )
    if image.shape[2] == 4:
        parts = np.where(image[..., 3] == 0, 0.0, parts)
    return labels, parts


def diffuse(
    image: Image,
    tables: Tables,
    *,
    method: str,
    strength: float,
    serpentine: bool,
    limits: Fade | None,
) -> NDArray[np.int64]:
    """Return labels (h, w) by error diffusion in linear light.

    Transparent pixels and pixels that the fade leaves out neither receive nor pass on error.
    Error that leaves the picture, or that would leave the gamut 0..1, is dropped.
    """
    height, width, channels = image.shape
    labels, parts = _parts(image, tables, limits)
    errors = np.zeros((height + 2, width + 4, 3))
    for y in range(height):
        forward = -1 if serpentine and y % 2 else 1
        for x in range(width)[::forward]:
            part = parts[y, x]
            if part == 0.0:
                continue
            source = tables.source_work[image[y, x, :3]]
            wanted = np.clip(source + part * errors[y, x + 2], 0.0, 1.0)
            labels[y, x] = nearest_work(wanted, same_alpha(labels[y, x], tables), tables)
            out = part * strength
            if channels == 4:
                out *= image[y, x, 3] / 255.0
            error = (wanted - tables.palette_work[labels[y, x]]) * out
            for columns, rows, share in KERNELS[method]:
                errors[y + rows, x + 2 + columns * forward] += error * share
    return labels


def order(
    image: Image,
    tables: Tables,
    thresholds: NDArray[np.float64],
    *,
    strength: float,
    limits: Fade | None,
) -> NDArray[np.int64]:
    """Return labels (h, w) by ordered dithering with a square tile of thresholds in 0..1."""
    labels, parts = _parts(image, tables, limits)
    side = len(thresholds)
    for y, x in np.ndindex(labels.shape):
        share = strength * parts[y, x]
        if share == 0.0:
            continue
        mixture = mixture_for(tables.source_work[image[y, x, :3]], int(labels[y, x]), tables)
        entries = {label: weight * share for label, weight in mixture.items()}
        entries[int(labels[y, x])] += 1.0 - share
        below = 0.0
        for label in sorted(entries, key=lambda entry: (_luminance(entry, tables), entry)):
            labels[y, x] = label
            below += entries[label]
            if thresholds[y % side, x % side] < below:
                break
    return labels


def mixture_for(wanted: NDArray[np.float64], first: int, tables: Tables) -> dict[int, float]:
    """Return palette labels and weights (summing to 1) whose mean is close to a work colour.

    Grown greedily: search beyond the wanted colour on the side away from the mixture so far, and
    take in what is found with the share that brings the mean nearest (Frank and Wolfe's step).
    """
    members = same_alpha(first, tables)
    mixture = {first: 1.0}
    mean = tables.palette_work[first]
    reach = 1.0
    for _ in range(MIXTURE_TRIES):
        rest = wanted - mean
        if _dot(rest, rest) < 1e-9:
            break
        label = nearest_work(np.clip(wanted + reach * rest, 0.0, 1.0), members, tables)
        way = tables.palette_work[label] - mean
        length, along = _dot(way, way), _dot(rest, way)
        if not along > 0.0:
            reach *= 2.0
            continue
        share = along / length if along < length else 1.0
        mixture = {old: weight * (1.0 - share) for old, weight in mixture.items()}
        mixture[label] = mixture.get(label, 0.0) + share
        mean = mean + share * way
    return mixture


def _dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def _luminance(label: int, tables: Tables) -> float:
    return _dot(np.array(LUMINANCE), tables.palette_work[label])
