"""Pictures of regions: flat, softened, tinted, outlined, and how strong their borders are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.segments.kernels import kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image, Palette

STRIP_PIXELS = 1 << 19
GOLDEN = 0.6180339887498949


def flat(labels: NDArray[np.int32], colors: NDArray[Any]) -> NDArray[Any]:
    """(h, w, c): every region in its colour, rounded where the picture has whole numbers."""
    return np.take(colors, labels, axis=0)


def rounded(means: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Means as values of a picture."""
    if dtype.kind == "f":
        return means.astype(dtype)
    top = np.iinfo(dtype)
    return np.clip(np.rint(means), top.min, top.max).astype(dtype)


def softened(
    picture: Image,
    labels: NDArray[np.int32],
    *,
    finish: str,
    size: int,
    temperature: float,
    seed: int,
    threads: int,
) -> Image:
    """RajaRavi's two finishes of a flat repaint (h, w, c) uint8.

    'gaussian' is the mean of a square of `size` pixels weighted by e^(-(x^2 + y^2) / r^2), r being
    half the size. 'random' is the plain mean of the pixel itself and of some within r, each taken
    with the probability e^(-distance / temperature). Only pixels near a border change.

    The random choice is a hash of seed, place and offset: it depends on nothing else.
    """
    half = size // 2
    depths = kernels.label_depths(labels, threads)
    reach = half * half if finish == "random" else 2 * half * half
    # A border runs half a pixel before the first pixel of the other side.
    near = np.flatnonzero(depths.reshape(-1) <= reach)
    out = picture.copy()
    flat_out = out.reshape(-1, picture.shape[2])
    weights = _offsets(half, finish, temperature)
    for start in range(0, len(near), STRIP_PIXELS):
        part = near[start : start + STRIP_PIXELS]
        flat_out[part] = _averaged(picture, part, weights, finish, seed)
    return out


def _offsets(half: int, finish: str, temperature: float) -> list[tuple[int, int, float]]:
    """Offsets (rows, columns) with their weight or probability."""
    steps = range(-half, half + 1)
    if finish == "gaussian":
        return [(y, x, float(np.exp(-(x * x + y * y) / half**2))) for y in steps for x in steps]
    away = [(y, x, float(np.hypot(x, y))) for y in steps for x in steps]
    return [(y, x, float(np.exp(-r / temperature))) for y, x, r in away if r <= half]


def _averaged(
    picture: Image,
    at: NDArray[np.int64],
    offsets: list[tuple[int, int, float]],
    finish: str,
    seed: int,
) -> NDArray[np.uint8]:
    h, w = picture.shape[:2]
    rows, columns = np.divmod(at, w)
    flat_in = picture.reshape(-1, picture.shape[2])
    total = np.zeros((len(at), picture.shape[2]), np.float32)
    weight = np.zeros(len(at), np.float32)
    for number, (down, across, share) in enumerate(offsets):
        y, x = rows + down, columns + across
        taken = ((y >= 0) & (y < h) & (x >= 0) & (x < w)).astype(np.float32)
        if finish == "random":
            taken *= _chance(at, number, seed) < share
        else:
            taken *= np.float32(share)
        from_there = flat_in[np.clip(y, 0, h - 1) * w + np.clip(x, 0, w - 1)]
        total += from_there * taken[:, None]
        weight += taken
    mean: NDArray[np.uint8] = np.rint(total / weight[:, None]).astype(np.uint8)
    return mean


def _chance(at: NDArray[np.int64], number: int, seed: int) -> NDArray[np.float64]:
    """A number in [0, 1) for each place: S. Vigna's splitmix64 of seed, offset and place."""
    salt = (seed * 0x9E3779B97F4A7C15 + (number + 1) * 0xD1B54A32D192ED03) & (2**64 - 1)
    z = at.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(salt)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))).astype(np.float64) / 2.0**64


def tints(count: int) -> Palette:
    """(count, 3) uint8: a strong colour for each label, far from those of the next labels.

    Hues go round by the golden section, in three steps of lightness.
    """
    from pochade.color.convert import convert

    index = np.arange(count)
    hue = 2 * np.pi * ((index * GOLDEN) % 1)
    lightness = np.array([0.72, 0.58, 0.84])[index % 3]
    chroma = np.array([0.15, 0.17, 0.11])[index % 3]
    oklab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=1)
    rgb = convert(oklab[None].astype(np.float32), "oklab", "srgb")[0]
    colors: Palette = np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
    return colors


def overlaid(picture: Image, labels: NDArray[np.int32], colors: Palette, opacity: float) -> Image:
    """(h, w, 3) uint8: the picture under a tint for each region."""
    out = np.empty((*labels.shape, 3), np.uint8)
    rows = max(1, STRIP_PIXELS // labels.shape[1])
    share = np.float32(opacity)
    for top in range(0, len(labels), rows):
        part = slice(top, top + rows)
        mixed = colors[labels[part]] * share + picture[part, :, :3] * (1 - share)
        out[part] = np.rint(mixed).astype(np.uint8)
    return out


def border_mask(labels: NDArray[np.int32], width: int) -> NDArray[np.bool_]:
    """(h, w): the pixels of lines `width` wide along the borders of regions."""
    h, w = labels.shape
    mask = np.zeros((h, w), bool)
    # Pixels at most so far up and left, and down and right, of the last one before a border.
    before, after = (width - 1) // 2, width // 2
    down = labels[1:] != labels[:-1]
    across = labels[:, 1:] != labels[:, :-1]
    mask[:-1] |= down
    mask[:, :-1] |= across
    if width == 1:
        return mask
    first = mask.copy()
    for step in range(-before, after + 1):
        _shifted_or(first, mask, step, 0)
    first = mask.copy()
    for step in range(-before, after + 1):
        _shifted_or(first, mask, step, 1)
    return mask


def _shifted_or(source: NDArray[np.bool_], to: NDArray[np.bool_], step: int, axis: int) -> None:
    one, two = (source, to) if axis == 0 else (source.T, to.T)
    if step > 0:
        two[step:] |= one[:-step]
    elif step < 0:
        two[:step] |= one[-step:]


def lined(
    picture: Image, labels: NDArray[np.int32], color: tuple[int, int, int], width: int
) -> Image:
    """(h, w, 3) uint8: the picture with lines along the borders of regions.

    Lines have a dark rim where they are wide enough for one, so that they show on any ground.
    """
    out = np.ascontiguousarray(picture[..., :3]).copy()
    rim = border_mask(labels, width + 2)
    dark = (out[rim] * np.float32(0.45)).astype(np.uint8)
    out[rim] = dark if sum(color) > 382 else 255 - (255 - out[rim]) // 2
    out[border_mask(labels, width)] = color
    return out


def line_width(shape: tuple[int, ...]) -> int:
    """The width of lines that is seen at the size of a picture, and no more."""
    return max(1, round(max(shape[:2]) / 1000))


def strength_picture(strength: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(h, w) uint8: 255 is the strongest border but for the strongest hundredth, 0 is none.

    Costs differ by many powers of ten, so grey goes with the cost's fourth root.
    """
    lines = strength[strength > 0]
    if not lines.size:
        return np.zeros(strength.shape, np.uint8)
    top = float(np.percentile(lines, 99))
    values = np.sqrt(np.sqrt(strength / np.float32(top)))
    grey: NDArray[np.uint8] = np.rint(np.minimum(values, 1) * 255).astype(np.uint8)
    return grey


def shown(pixels: NDArray[Any], space: str) -> Image:
    """Any picture as (h, w, 3 or 4) uint8 for the eye.

    uint8 and uint16 pictures as they are; of other bands the first three (or the only one), each
    stretched from its 1st to its 99th percentile.
    """
    channels = pixels.shape[2]
    if pixels.dtype == np.uint16 and space != "bands":
        pixels = (pixels // 257).astype(np.uint8)
    if pixels.dtype == np.uint8 and channels in (1, 3, 4) and space != "bands":
        return np.repeat(pixels, 3, axis=2) if channels == 1 else pixels
    out = np.empty((*pixels.shape[:2], 3), np.uint8)
    for place in range(3):
        band = pixels[..., min(place, channels - 1) if channels > 2 else 0]
        low, high = np.percentile(band[:: max(1, len(band) // 500)], (1, 99))
        span = high - low if high > low else 1.0
        stretched = (band.astype(np.float32) - np.float32(low)) * np.float32(255 / span)
        out[..., place] = np.clip(np.rint(stretched), 0, 255)
    return out
