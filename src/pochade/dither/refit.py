"""Move a palette's colours to where dithering with them looks most like the picture.

A palette fitted for plain mapping spans less than the picture's colours: each entry is a mean.
Mixed by dithering it can do more when its outer entries stand further out. Puzicha, Held, Ketterer,
Buhmann and Fellner ("On spatial quantization of color images", IEEE Trans. Image Processing 9(4),
2000) give the colours that minimise the blurred error for given labels by a linear system; here
the labels come from the dithering itself, and a second term keeps the plain error in sight, so that
the noise does not grow.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pochade.dither.dithering import Method, checked, dither
from pochade.dither.tables import Space, decode_srgb, encode_srgb
from pochade.errors import UsageError
from pochade.types import Image, Palette

RADIUS = 3
SIGMA = 1.2
"""Pixels: the eye's blur that the refit assumes; the kernel used is two such blurs, 7 x 7."""

PLAIN_SHARE = 0.3
"""Weight of the unblurred error against the blurred one."""

BAND_ROWS = 256
MAX_COLORS = 1024


def refit_palette_for_dither(
    image: Image,
    palette: Palette,
    *,
    method: Method = "floyd-steinberg",
    strength: float = 0.9,
    serpentine: bool = True,
    edge_aware: bool = True,
    space: Space | Literal["auto"] = "auto",
    rounds: int = 1,
    keep: NDArray[np.bool_] | None = None,
    threads: int = 1,
    seed: int = 0,
) -> Palette:
    """Return a palette of the same shape with which the dithered picture looks closer to the image.

    Each round dithers the image, then solves for the colours (in linear light) that minimise the
    blurred squared error plus `PLAIN_SHARE` of the plain one. Alpha stays as it is; so do unused
    entries, entries with alpha 0 and those marked in keep (k bool, for protected colours).
    Dither the image again with the result, by the same options.

    Raises:
        UsageError: as `dither`; more than 1024 entries; rounds below 1; keep of the wrong shape.
    """
    image, full = checked(image, palette)
    if len(full) > MAX_COLORS:
        raise UsageError(
            f"refit_palette_for_dither: at most {MAX_COLORS} entries, got {len(full)}."
        )
    if rounds < 1:
        raise UsageError(f"refit_palette_for_dither: rounds must be at least 1, got {rounds}.")
    fixed = np.zeros(len(full), bool) if keep is None else np.asarray(keep, bool).copy()
    if fixed.shape != (len(full),):
        raise UsageError(
            f"refit_palette_for_dither: keep must have one entry per colour, got {fixed.shape}."
        )
    if full.shape[1] == 4:
        fixed |= full[:, 3] == 0
    full = full.copy()
    for _ in range(rounds):
        labels = dither(
            image,
            full,
            method=method,
            strength=strength,
            serpentine=serpentine,
            edge_aware=edge_aware,
            space=space,
            threads=threads,
            seed=seed,
        )
        full[:, :3] = _best_colors(image, labels.astype(np.int64), full[:, :3], fixed)
    return np.ascontiguousarray(full[:, : np.asarray(palette).shape[1]])


def _best_colors(
    image: Image,
    labels: NDArray[np.int64],
    colors: NDArray[np.uint8],
    fixed: NDArray[np.bool_],
) -> NDArray[np.uint8]:
    """Return (k, 3) uint8: the colours that minimise the two errors for these labels."""
    k = len(colors)
    taps = np.exp(-(np.arange(-RADIUS, RADIUS + 1) ** 2) / (4 * SIGMA**2))
    taps /= taps.sum()
    if image.shape[2] == 4:  # transparent pixels: one label more, left out below
        labels = np.where(image[..., 3] == 0, k, labels)
    meetings = _meetings(labels, k + 1, taps)[:k, :k]
    blurred, plain = _sums(image, labels, k + 1, taps)
    counts = np.bincount(labels.ravel(), minlength=k + 1)[:k].astype(np.float64)
    old = decode_srgb(colors / 255.0)
    free = np.flatnonzero((counts > 0) & ~fixed)
    held = np.flatnonzero((counts > 0) & fixed)
    left = meetings[np.ix_(free, free)] + np.diag((PLAIN_SHARE + 1e-3) * counts[free])
    right = blurred[:k] + PLAIN_SHARE * plain[:k] + 1e-3 * counts[:, None] * old
    target = right[free] - meetings[np.ix_(free, held)] @ old[held]
    found = colors.copy()
    solved = encode_srgb(np.clip(_solve(left, target), 0.0, 1.0))
    found[free] = np.floor(np.round(solved * 255.0, 6) + 0.5).astype(np.uint8)
    return found


def _meetings(labels: NDArray[np.int64], k: int, taps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (k, k): how often two labels meet within the kernel, weighted by the kernel."""
    height, width = labels.shape
    total = np.zeros((k, k))
    for down in range(RADIUS + 1):
        for right in range(-RADIUS if down else 0, RADIUS + 1):
            counts = np.zeros(k * k, np.int64)
            for start, stop in _bands(height - down):
                here = labels[start:stop, max(0, -right) : width - max(0, right)]
                there = labels[start + down : stop + down, max(0, right) : width - max(0, -right)]
                if here.size:
                    counts += np.bincount((here * k + there).ravel(), minlength=k * k)
            weighted = counts.reshape(k, k) * (taps[RADIUS + down] * taps[RADIUS + right])
            total += weighted + weighted.T if down or right else weighted
    return total


def _sums(
    image: Image, labels: NDArray[np.int64], k: int, taps: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (k, 3) sums per label of the blurred and of the plain source, in linear light."""
    height = len(image)
    light = decode_srgb(np.arange(256) / 255.0)
    blurred, plain = np.zeros((k, 3)), np.zeros((k, 3))
    for start, stop in _bands(height):
        low, high = max(0, start - RADIUS), min(height, stop + RADIUS)
        here = labels[start:stop].ravel()
        for channel in range(3):
            source = light[image[low:high, :, channel]]
            if image.shape[2] == 4:
                source = np.where(image[low:high, :, 3] == 0, 0.0, source)
            soft = _blur(_blur(source, taps).T, taps).T
            inner = slice(start - low, stop - low)
            plain[:, channel] += np.bincount(here, source[inner].ravel(), minlength=k)
            blurred[:, channel] += np.bincount(here, soft[inner].ravel(), minlength=k)
    return blurred, plain


def _blur(rows: NDArray[np.float64], taps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convolve along the last axis; beyond the ends is nothing, as in `_meetings`."""
    width = rows.shape[1]
    padded = np.pad(rows, ((0, 0), (RADIUS, RADIUS)))
    total = np.zeros_like(rows)
    for i, tap in enumerate(taps):
        total += tap * padded[:, i : i + width]
    return total


def _bands(height: int) -> Iterator[tuple[int, int]]:
    for start in range(0, height, BAND_ROWS):
        yield start, min(height, start + BAND_ROWS)


def _solve(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve by elimination in one fixed order (LAPACK's order may follow the thread count).

    The matrix is symmetric and positive definite with a heavy diagonal: no pivoting is needed.
    """
    rows = np.hstack([left, right])
    size = len(left)
    for i in range(size):
        rows[i] /= rows[i, i]
        factors = rows[:, i].copy()
        factors[i] = 0.0
        rows[:, i:] -= factors[:, None] * rows[i, i:]
    return rows[:, size:]
