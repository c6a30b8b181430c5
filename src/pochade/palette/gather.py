"""The colours that a palette is made from: which pixels count, and for how much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.errors import InputError, UsageError
from pochade.histogram import BinnedColors, bin_colors, count_colors
from pochade.quantize_inputs import as_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.palette_options import PaletteOptions
    from pochade.types import Image, Pixels, Weights

# The grid, as in `quantize` at its fast effort: bits a channel; what fills fewer cells than this is
# counted exactly. The default effort samples one pixel in so many of large pictures; the fast one
# samples about so many pixels of any.
GRID_BITS = 5
LEAST_CELLS = 512
STEP = 4
SAMPLED_FROM = 1 << 20
FAST_PIXELS = 1 << 14


class Source(NamedTuple):
    """A picture, or the part of it that counts.

    Attributes:
        pixels: (h, w, c) uint8, after cropping to the region.
        weights: (h, w) float32, or None where all pixels count alike.
        corner: x, y of its upper left pixel in the whole picture.
    """

    pixels: Image
    weights: NDArray[np.float32] | None = None
    corner: tuple[int, int] = (0, 0)


class Gathered(NamedTuple):
    """Opaque colours and their weights.

    Attributes:
        colors: (m, 3) uint8, all different.
        weights: (m,) float32, above 0.
        means: (m, 3) float32, the colours where they are known more exactly than 8 bits tell.
        exact: every colour of the picture is there by itself.
    """

    colors: Pixels
    weights: Weights
    means: NDArray[np.float32] | None
    exact: bool


def prepare(images: Sequence[Image], options: PaletteOptions) -> list[Source]:
    """Cut pictures to the region, and give each its mask.

    Raises:
        UsageError: the region reaches beyond a picture, a mask does not fit, or leaves no pixel.
    """
    masks = as_weights(options.mask, images)
    sources = []
    for place, image in enumerate(images):
        mask = None if masks is None else masks[place]
        if options.region is None:
            sources.append(Source(image, mask))
            continue
        x, y, w, h = options.region
        height, width = image.shape[:2]
        if x + w > width or y + h > height:
            raise UsageError(
                f"region {x},{y},{w},{h} reaches beyond the picture of {width}x{height} pixels"
            )
        inside = np.s_[y : y + h, x : x + w]
        cut = None if mask is None else np.ascontiguousarray(mask[inside])
        if cut is not None and not cut.any():
            raise UsageError(f"the mask is zero everywhere in region {x},{y},{w},{h}")
        sources.append(Source(np.ascontiguousarray(image[inside]), cut, (x, y)))
    return sources


def gather(
    sources: Sequence[Source], options: PaletteOptions, k: int | str, *, threads: int
) -> Gathered:
    """The colours of pictures with what each counts for.

    Full transparency is left out, and a translucent pixel counts by its alpha, as the colour that
    it has without it. A single opaque picture is gathered in a grid of colours (exact mean of each
    cell), with the fast effort from a sample, unless its colours are few or the effort is `max`;
    anything else is counted exactly.

    Raises:
        InputError: no pixel can be seen.
    """
    if len(sources) == 1 and options.effort != "max" and isinstance(k, int):
        binned = _in_grid(sources[0], options.effort, threads)
        if binned is not None and len(binned) >= max(LEAST_CELLS, 4 * k):
            colors = np.rint(binned.means).astype(np.uint8)
            return Gathered(colors, binned.weights, binned.means, exact=False)
    counts = [_counted(part, threads) for part in _alike(sources)]
    colors = np.concatenate([one[0] for one in counts])
    weights = np.concatenate([one[1] for one in counts])
    if not len(colors):
        raise InputError("the picture is fully transparent: there is no colour to be seen")
    if len(counts) > 1 or any(source.pixels.shape[2] == 4 for source in sources):
        colors, weights = _merged(colors, weights)
    return Gathered(colors, weights, None, exact=True)


def _in_grid(source: Source, effort: str, threads: int) -> BinnedColors | None:
    """The colours of a picture in a grid; None where some pixels count for more than others."""
    pixels = source.pixels
    if source.weights is not None:
        return None
    total = pixels.shape[0] * pixels.shape[1]
    step = STEP if total >= SAMPLED_FROM else 1
    if effort == "fast":
        step = max(1, round((total / FAST_PIXELS) ** 0.5))
        pixels = pixels[_some_rows(len(pixels), step)]
        step = min(step, 16)
    if pixels.shape[2] == 4:
        if not (pixels[:, :, 3] == 255).all():
            return None
        pixels = np.ascontiguousarray(pixels[:, :, :3])
    return bin_colors(pixels, bits=GRID_BITS, step=step, threads=threads)


def _some_rows(count: int, step: int) -> NDArray[np.int64]:
    """One row of every `step`, each at another place in its group, so that no pattern hides.

    >>> _some_rows(10, 3).tolist()
    [0, 4, 6, 9]
    """
    firsts = np.arange(0, count, step)
    # The bits of Fibonacci hashing have no period.
    places = firsts + (np.arange(len(firsts)) * 2654435769 % (1 << 32)) * step // (1 << 32)
    return np.asarray(np.minimum(places, count - 1), np.int64)


def _alike(sources: Sequence[Source]) -> list[list[Source]]:
    """The pictures in groups that can be counted together: with alpha, and without."""
    groups = [[s for s in sources if s.pixels.shape[2] == channels] for channels in (3, 4)]
    return [group for group in groups if group]


def _counted(
    sources: Sequence[Source], threads: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    masks: list[Any] | None = None
    if any(source.weights is not None for source in sources):
        masks = [
            np.ones(source.pixels.shape[:2], np.float32)
            if source.weights is None
            else source.weights
            for source in sources
        ]
    counts = count_colors([source.pixels for source in sources], weights=masks, threads=threads)
    colors, weights = counts.colors, counts.weights
    if colors.shape[1] == 4:
        weights = weights * (colors[:, 3].astype(np.float32) / np.float32(255))
    seen = weights > 0
    return colors[seen, :3], weights[seen]


def _merged(
    colors: NDArray[np.uint8], weights: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Equal colours made one, in the order of their numbers."""
    packed = colors.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    values, place = np.unique(packed, return_inverse=True)
    sums = np.bincount(place.reshape(-1), weights=weights, minlength=len(values))
    rows = np.stack([values >> 16 & 255, values >> 8 & 255, values & 255], axis=1)
    return np.ascontiguousarray(rows.astype(np.uint8)), sums.astype(np.float32)
