"""Dithering in plain Python: slow, readable, and the oracle of the kernels (same labels)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pochade.dither.tables import Tables, source_keys, work_keys
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

HELD = (np.float32(-0.5), np.float32(1.5))
"""How far error may carry a colour out of the gamut. Clipping at 0..1 would lose the dark error of
every bright dot in a shadow (mean off by 0.05 with black and white primaries); no bound at all
would let errors run away that the palette cannot make good."""

SPECK_RATIO = np.float32(36)
"""Squared: an entry so many times farther from a colour than the nearest one would be a pixel in so
many only, which the eye sees as a dot and not as a mixture."""

ALPHA_SLACK = 8

GREY = {"srgb": 8160, "oklab": 8191}
"""The key of the grey half-way between black and white, each of its coordinates."""
ALPHA_WEIGHT = {"srgb": 3072, "oklab": 1032}
"""What a level of alpha weighs, squared: 3 * 8160**2 / 255**2, and (16383 / 2)**2 / 255**2 for the
one coordinate of OKLab in which black and white differ."""

MIXTURE_TRIES = 6
"""Searches for one colour's mixture in ordered dithering."""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True, slots=True)
class Fade:
    """Where dithering is held back. Limits are squared distances in sRGB levels.

    A pixel whose plain entry is nearer than `low` takes no part, one beyond `high` takes part in
    full, and between them its part grows with the squared distance. Flat patches of drawings have
    wider limits.
    """

    low: float
    high: float
    flat_low: float
    flat_high: float


FLAT_MIN_RUN = 4
FLAT_SOFT_STEP = 8
EDGE_AWARE = Fade(0.25, 2.25, 25.0, 100.0)


def fade(distance: int, flat: bool, limits: Fade | None) -> np.float32:
    """Return the part 0..1 that a pixel takes in the dithering; exact colours take none."""
    if limits is None:
        return np.float32(1)
    low = np.float32(limits.flat_low if flat else limits.low)
    high = np.float32(limits.flat_high if flat else limits.high)
    if distance == 0:
        return np.float32(0)
    if distance >= high:
        return np.float32(1)
    if distance <= low:
        return np.float32(0)
    return (np.float32(distance) - low) / (high - low)


def plain_nearest(image: Image, tables: Tables) -> NDArray[np.int64]:
    """Return labels (h, w) of plain nearest mapping, alpha included, ties to the lowest.

    With several alphas in the palette the squared distance is the mean of the squared errors over
    black and over white, as in `pochade.color.working`: the colour of a pixel that is all but
    transparent hardly counts.
    """
    clear = image[..., 3:] == 0 if image.shape[2] == 4 else np.zeros((), bool)
    keys = source_keys(tables, np.where(clear, np.uint8(0), image[..., :3]))
    entries = tables.palette_keys[:, :3].astype(np.int64)
    alphas = tables.palette_alpha.astype(np.int64)
    if len(np.unique(alphas)) <= 1:
        distances = ((keys[..., None, :] - entries) ** 2).sum(-1)
    else:
        alpha = _alpha(image)
        offset = seen(keys, alpha, tables)[..., None, :] - seen(entries, alphas, tables)
        weight = ALPHA_WEIGHT[tables.space]
        distances = (offset**2).sum(-1) + weight * (alpha[..., None] - alphas) ** 2
    labels: NDArray[np.int64] = distances.argmin(-1)
    return labels


def seen(keys: NDArray[np.int64], alpha: NDArray[np.int64], tables: Tables) -> NDArray[np.int64]:
    """Return keys (..., 3) drawn toward middle grey by the lack of alpha (...), 0..255."""
    share = alpha[..., None]
    return np.asarray((keys * share + (255 - share) * GREY[tables.space] + 127) // 255)


def _alpha(image: Image) -> NDArray[np.int64]:
    if image.shape[2] == 4:
        return image[..., 3].astype(np.int64)
    return np.full(image.shape[:2], 255, np.int64)


def level_distances(image: Image, labels: NDArray[np.int64], tables: Tables) -> NDArray[np.int64]:
    """Return squared distances (h, w) in sRGB levels, alpha included, to the labels' entries."""
    offset = image[..., :3].astype(np.int64) - tables.palette_colors[labels]
    distances: NDArray[np.int64] = (offset**2).sum(-1)
    alpha = tables.palette_alpha[labels] if tables.palette_alpha.size else np.int64(255)
    return distances + (_alpha(image) - alpha) ** 2


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
        for start, end in pairwise(cuts):
            ends = [steps[i] for i in (start - 1, end - 1) if 0 <= i < width - 1]
            soft[y, start:end] = any(step <= FLAT_SOFT_STEP for step in ends)
            long[y, start:end] = end - start >= FLAT_MIN_RUN
    return soft, long


def nearest_work(wanted: NDArray[np.float32], members: NDArray[np.int64], tables: Tables) -> int:
    """Return the member nearest to one work colour (3,), ties to the lowest label."""
    offset = tables.palette_keys[members, :3].astype(np.int64) - work_keys(tables, wanted)
    return int(members[(offset**2).sum(-1).argmin()])


def similar_alpha(label: int, tables: Tables) -> NDArray[np.int64]:
    """Return the labels whose alpha is this label's within `ALPHA_SLACK`, which nobody sees."""
    if not tables.palette_alpha.size:
        return np.arange(len(tables.palette_keys))
    alpha = tables.palette_alpha.astype(np.int64)
    return np.flatnonzero(np.abs(alpha - alpha[label]) <= ALPHA_SLACK)


def _parts(
    image: Image, tables: Tables, limits: Fade | None, strength: float
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return plain labels and each pixel's part in the dithering (h, w)."""
    labels = plain_nearest(image, tables)
    distances = level_distances(image, labels, tables)
    if strength == 0.0:
        return labels, np.zeros(labels.shape, np.float32)
    flat = flat_patches(image) if limits else np.zeros(labels.shape, bool)
    parts = np.array(
        [
            [fade(int(d), bool(f), limits) for d, f in zip(*line, strict=True)]
            for line in zip(distances, flat, strict=True)
        ],
        np.float32,
    )
    if image.shape[2] == 4:
        parts = np.where(image[..., 3] == 0, np.float32(0), parts)
    return labels, parts


def is_speck(source: NDArray[np.float32], found: int, plain: int, tables: Tables) -> bool:
    """Return whether an entry would stand out as a single dot in place of the plain one.

    A colour just outside the palette's hull piles up an error that its neighbours cannot make
    good, until some far entry is nearest: one dark red pixel in thirty of a smooth blue sky. The
    mean is right then, and the picture wrong. Such an entry is farther from the source than the
    plain entry's neighbours are from it, and would be rare (`SPECK_RATIO`). Half the error is
    dropped with it.
    """
    gap = source - tables.palette_work[found, :3]
    least = source - tables.palette_work[plain, :3]
    off = _dot(gap, gap)
    return bool(off > tables.palette_apart[plain] and off > SPECK_RATIO * _dot(least, least))


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
    Error that leaves the picture is dropped, and so is what would carry a colour out of `HELD`;
    the search sees colours clipped to the gamut 0..1.
    """
    height, width, channels = image.shape
    labels, parts = _parts(image, tables, limits, strength)
    errors = np.zeros((height + 2, width + 4, 3), np.float32)
    for y in range(height):
        forward = -1 if serpentine and y % 2 else 1
        for x in range(width)[::forward]:
            part = parts[y, x]
            if part == 0.0:
                continue
            source = tables.source_work[image[y, x, :3]]
            wanted = np.clip(source + part * errors[y, x + 2], *HELD)
            seen = np.clip(wanted, np.float32(0), np.float32(1))
            plain = int(labels[y, x])
            found = nearest_work(seen, similar_alpha(plain, tables), tables)
            if is_speck(source, found, plain, tables):
                found, wanted = plain, (wanted + source) * np.float32(0.5)
            labels[y, x] = found
            out = part * np.float32(strength)
            if channels == 4:
                out *= np.float32(image[y, x, 3]) / np.float32(255)
            error = (wanted - tables.palette_work[labels[y, x], :3]) * out
            for columns, rows, share in KERNELS[method]:
                errors[y + rows, x + 2 + columns * forward] += error * np.float32(share)
    return labels


def order(
    image: Image,
    tables: Tables,
    thresholds: NDArray[np.float32],
    *,
    strength: float,
    limits: Fade | None,
) -> NDArray[np.int64]:
    """Return labels (h, w) by ordered dithering with a square tile of thresholds in 0..1."""
    labels, parts = _parts(image, tables, limits, strength)
    side = len(thresholds)
    for y, x in np.ndindex(labels.shape):
        plain = int(labels[y, x])
        share = np.float32(strength) * parts[y, x]
        if share == 0.0:
            continue
        mixture = mixture_for(tables.source_work[image[y, x, :3]], plain, tables)
        entries = {label: weight * share for label, weight in mixture.items()}
        entries[plain] += np.float32(1) - share
        below = np.float32(0)
        for label in sorted(entries, key=lambda entry: (_luminance(entry, tables), entry)):
            labels[y, x] = label
            below = np.float32(below + entries[label])
            if thresholds[y % side, x % side] < below:
                break
    return labels


def mixture_for(wanted: NDArray[np.float32], first: int, tables: Tables) -> dict[int, np.float32]:
    """Return palette labels and weights (summing to 1) whose mean is close to a work colour.

    Grown greedily: search beyond the wanted colour on the side away from the mixture so far, and
    take in what is found with the share that brings the mean nearest (Frank and Wolfe's step).
    """
    zero, one = np.float32(0), np.float32(1)
    members = similar_alpha(first, tables)
    mixture = {first: one}
    mean = tables.palette_work[first, :3]
    reach: np.float32 = one
    for _ in range(MIXTURE_TRIES):
        rest = wanted - mean
        if _dot(rest, rest) < np.float32(1e-9):
            break
        label = nearest_work(np.clip(wanted + reach * rest, zero, one), members, tables)
        way = tables.palette_work[label, :3] - mean
        length, along = _dot(way, way), _dot(rest, way)
        if not along > zero:
            reach = np.float32(reach * np.float32(2))
            continue
        share = np.float32(along / length) if along < length else one
        mixture = {old: weight * (one - share) for old, weight in mixture.items()}
        mixture[label] = mixture.get(label, zero) + share
        mean = np.asarray(mean + share * way, np.float32)
    return mixture


def _dot(a: NDArray[np.float32], b: NDArray[np.float32]) -> np.float32:
    total: np.float32 = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    return total


def _luminance(label: int, tables: Tables) -> np.float32:
    return _dot(LUMINANCE, tables.palette_work[label])
