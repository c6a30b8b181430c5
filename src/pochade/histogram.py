"""Counting the colours of pictures, binning them, and mapping labels back to the pixels.

A photo of 393,216 pixels has some 20,000 to 70,000 distinct colours, and k-means over the counted
colours is k-means over the pixels. Colours come out in a fixed spatial order (cells of 8 x 8 x 8
colours along a Hilbert curve), so that any run of them is compact in colour space, and so that
the result does not depend on the order of the pixels or on the number of threads.

The kernels (`pochade._native`) are used where they are; `histogram_reference` gives the same
bytes without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pochade.errors import UsageError
from pochade.types import Image, Labels, Palette, Pixels, Weights

_native: Any
try:
    _native = import_module("pochade._native")
except ImportError:  # installed without a compiler
    _native = None

_NO_PALETTE = np.empty((0, 3), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class ColorCounts:
    """The distinct colours of one or more pictures.

    Attributes:
        colors: m c, uint8, in an order that depends on the set of colours alone; the one colour
            of alpha 0, if any, is (0, 0, 0, 0) and first; translucent colours are last.
        counts: m, uint32, pixels of each colour.
        weights: m, float32, the summed weights; the counts where no weights were given.
    """

    colors: Pixels
    counts: NDArray[np.uint32]
    weights: Weights

    def __len__(self) -> int:
        return len(self.colors)

    def labels_for(self, image: Image, color_labels: ArrayLike, *, threads: int = 1) -> Labels:
        """The label of each pixel's colour.

        Args:
            image: h w c, uint8; a counted picture, or any other with only colours of these.
                (Where that is broken and a colour shares its cell of 8 x 8 x 8 with counted
                ones, it takes the label of the first of them; otherwise it is an error.)
            color_labels: m, integers from 0 to 65,535: one label per colour.
            threads: how many threads may work; the result is the same.

        Returns:
            h w; uint8 when the largest label is below 256, else uint16.

        Raises:
            UsageError: for labels that do not fit, or a pixel far from every counted colour.

        >>> image = np.array([[[255, 0, 0], [0, 0, 255], [255, 0, 0]]], np.uint8)
        >>> counted = count_colors([image])
        >>> counted.colors[counted.labels_for(image, range(len(counted)))].tolist()
        [[[255, 0, 0], [0, 0, 255], [255, 0, 0]]]
        """
        image = _checked_image(image, self.colors.shape[1])
        labels = _checked_labels(color_labels, len(self.colors))
        threads = _checked_threads(threads)
        if _native is None:
            from pochade import histogram_reference as reference

            found = reference.color_labels(image, self.colors, labels)
        else:
            found = _native.color_labels(image, self.colors, labels, threads)
        if found is None:
            raise UsageError(
                "The image has colours that were not counted: "
                "pass every image to count_colors, or use map_nearest."
            )
        labeled: Labels = found
        return labeled


def count_colors(
    images: Sequence[Image], *, weights: Sequence[ArrayLike] | None = None, threads: int = 1
) -> ColorCounts:
    """Counts the distinct colours of pictures, exactly.

    Args:
        images: one or more of h w c, uint8, all with c 3 or all with c 4; any sizes. With c 4
            every pixel of alpha 0 is the one colour (0, 0, 0, 0).
        weights: one h w array per image, finite and not negative: what each pixel counts for.
            Summed in float64 in pixel order. A colour of weight 0 is still listed.
        threads: how many threads may work; the result is the same bytes with any number.

    Returns:
        The colours, counts and weights, and the way back to labels. Extra memory while it runs:
        512 bytes per colour cell in use and thread, at most 16.8 MB a thread.

    Raises:
        UsageError: no images, an empty one, a wrong shape or dtype, weights that do not fit.

    >>> image = np.zeros((2, 2, 3), np.uint8)
    >>> image[0, 0] = 255
    >>> counted = count_colors([image])
    >>> counted.colors.tolist(), counted.counts.tolist()
    ([[0, 0, 0], [255, 255, 255]], [3, 1])
    """
    if getattr(images, "ndim", 0) == 3:
        raise UsageError("count_colors takes a list of images; put a single image in a list.")
    if not len(images):
        raise UsageError("There are no images to count the colours of: pass at least one.")
    checked = [_checked_image(image) for image in images]
    if len({image.shape[2] for image in checked}) > 1:
        raise UsageError("Some images have 3 channels and some have 4: make them all the same.")
    threads = _checked_threads(threads)
    masks = None if weights is None else _checked_weights(weights, checked)
    if _native is None:
        from pochade import histogram_reference as reference

        colors, counts, sums = reference.count_colors(checked, masks)
        return ColorCounts(colors, counts, sums.astype(np.float32))
    colors, counts = _native.count_colors(checked, threads)
    if masks is None:
        return ColorCounts(colors, counts, counts.astype(np.float32))
    sums = np.zeros(len(colors), np.float64)
    for image, mask in zip(checked, masks, strict=True):
        _native.weigh_colors(image, colors, mask, sums)
    return ColorCounts(colors, counts, sums.astype(np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class BinnedColors:
    """The colours of a picture, gathered in the cells of a grid.

    Attributes:
        means: m 3, float32, 0 to 255: the exact mean of the sampled pixels of each cell in use.
        weights: m, float32: how many pixels were sampled in it.
        bits: bits a channel of the grid.
    """

    means: NDArray[np.float32]
    weights: Weights
    bits: int

    def __len__(self) -> int:
        return len(self.means)

    def labels_for(
        self,
        image: Image,
        labels: ArrayLike,
        *,
        palette: ArrayLike | None = None,
        threads: int = 1,
    ) -> Labels:
        """The label of each pixel's grid cell: fast and approximate, one label per cell.

        Args:
            image: h w 3, uint8; the binned picture or any other.
            labels: m, integers from 0 to 65,534: one label per cell in use.
            palette: k 3, numbers in the units of the pixels: what the labels index. A cell that
                no sampled pixel hit takes the entry nearest to its centre.
                Without a palette it takes the label of the mean nearest to its centre.
            threads: how many threads may work; the result is the same.

        Returns:
            h w; uint8 when no label (and no palette index) is above 255, else uint16.

        Raises:
            UsageError: for an image, labels or a palette of the wrong shape or range.
        """
        image = _checked_image(image, 3)
        checked = _checked_labels(labels, len(self.means), most=65534)
        entries = _NO_PALETTE
        if palette is not None:
            entries = np.ascontiguousarray(palette, np.float32)
            if entries.ndim != 2 or entries.shape[1] != 3 or not 1 <= len(entries) < 65536:
                raise UsageError(
                    f"The palette has shape {entries.shape}: give k rows of r, g, b, "
                    "k from 1 to 65,535."
                )
        threads = _checked_threads(threads)
        if _native is None:
            from pochade import histogram_reference as reference

            return reference.bin_labels(image, self.bits, self.means, checked, entries)
        labeled: Labels = _native.bin_labels(
            image, self.bits, self.means, checked, entries, threads
        )
        return labeled


def bin_colors(image: Image, *, bits: int = 5, step: int = 1, threads: int = 1) -> BinnedColors:
    """Gathers the pixels of a picture in a colour grid, keeping the exact mean of each cell.

    Args:
        image: h w 3, uint8.
        bits: 5 (32,768 cells of 8 x 8 x 8 colours) or 6 (262,144 of 4 x 4 x 4).
        step: sample every step-th pixel of each row, 1 to 16. Rows start at different columns
            by a fixed hash, so neither columns nor a chessboard dither can hide from it.
        threads: how many threads may work; the result is the same bytes with any number.

    Returns:
        Means, weights, and the way back to labels.

    Raises:
        UsageError: for an image that is not h w 3 uint8, or another bits or step.

    >>> image = np.array([[[10, 10, 10], [12, 10, 10], [200, 0, 0]]], np.uint8)
    >>> binned = bin_colors(image)
    >>> binned.means.tolist(), binned.weights.tolist()
    ([[11.0, 10.0, 10.0], [200.0, 0.0, 0.0]], [2.0, 1.0])
    """
    image = _checked_image(image, 3)
    if bits not in (5, 6):
        raise UsageError(f"bits is {bits}: a colour grid has 5 or 6 bits a channel.")
    if not 1 <= step <= 16:
        raise UsageError(f"step is {step}: sample every 1st to 16th pixel.")
    threads = _checked_threads(threads)
    if _native is None:
        from pochade import histogram_reference as reference

        means, weights = reference.bin_colors(image, bits, step)
    else:
        means, weights = _native.bin_colors(image, bits, step, threads)
    return BinnedColors(means, weights, bits)


def map_nearest(image: Image, palette: Palette, *, threads: int = 1) -> Labels:
    """The nearest palette entry of every pixel, exactly.

    Args:
        image: h w c, uint8, c 3 or 4.
        palette: k c, uint8, k from 1 to 65,536.
        threads: how many threads may work; the result is the same.

    Returns:
        h w, uint8 when k is at most 256, else uint16: the index of the entry at the least
        squared distance over all c channels, the lowest among equals. With c 4 pixels and
        entries of alpha 0 count as (0, 0, 0, 0), whatever their hidden colour.

    Raises:
        UsageError: for an image or a palette of the wrong shape or dtype.

    >>> image = np.array([[[250, 3, 3], [0, 0, 99]]], np.uint8)
    >>> map_nearest(image, np.array([[0, 0, 0], [255, 0, 0]], np.uint8)).tolist()
    [[1, 0]]
    """
    image = _checked_image(image)
    palette = np.asarray(palette)
    if palette.dtype != np.uint8 or palette.ndim != 2 or palette.shape[1] != image.shape[2]:
        raise UsageError(
            f"The palette is {palette.dtype} of shape {palette.shape}: for this image it must be "
            f"uint8 with {image.shape[2]} columns."
        )
    if not 1 <= len(palette) <= 65536:
        raise UsageError(f"The palette has {len(palette)} entries: give 1 to 65,536.")
    threads = _checked_threads(threads)
    if _native is None:
        from pochade import histogram_reference as reference

        return reference.map_nearest(image, palette)
    labels: Labels = _native.map_nearest(image, np.ascontiguousarray(palette), threads)
    return labels


def _checked_image(image: Image, channels: int | None = None) -> Image:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3:
        found = f"{image.dtype} of shape {image.shape}" if hasattr(image, "dtype") else type(image)
        raise UsageError(f"The image is {found}: it must be a uint8 array of h rows, w columns, c.")
    if image.shape[2] not in (3, 4) or channels not in (None, image.shape[2]):
        wanted = f"{channels}" if channels else "3 (RGB) or 4 (RGBA)"
        raise UsageError(f"The image has {image.shape[2]} channels: it must have {wanted} here.")
    if not image.size:
        raise UsageError(f"The image is empty, of shape {image.shape}: it needs a pixel.")
    return np.ascontiguousarray(image)


def _checked_labels(labels: ArrayLike, m: int, most: int = 65535) -> NDArray[np.uint32]:
    array = np.asarray(labels)
    if array.ndim != 1 or len(array) != m or array.dtype.kind not in "iu":
        raise UsageError(
            f"The labels are {array.dtype} of shape {array.shape}: give {m} integers, "
            "one for each colour."
        )
    if array.max() > most or (array.dtype.kind == "i" and array.min() < 0):
        raise UsageError(f"The labels run outside 0 to {most}: they must index a palette.")
    return np.ascontiguousarray(array, np.uint32)


def _checked_weights(weights: Sequence[ArrayLike], images: list[Image]) -> list[NDArray[Any]]:
    if len(weights) != len(images):
        raise UsageError(f"There are {len(weights)} weight masks for {len(images)} images.")
    masks = [np.ascontiguousarray(mask, np.float32) for mask in weights]
    for mask, image in zip(masks, images, strict=True):
        if mask.shape != image.shape[:2]:
            raise UsageError(
                f"A weight mask has shape {mask.shape} for an image of {image.shape[:2]}: "
                "they must be the same."
            )
        low, high = float(mask.min()), float(mask.max())  # a NaN anywhere makes both NaN
        if not (low >= 0.0 and high < np.inf):
            raise UsageError("A weight mask has negative or infinite values: use 0 and above.")
    return masks


def _checked_threads(threads: int) -> int:
    if not 1 <= threads <= 1024:
        raise UsageError(f"threads is {threads}: use 1 to 1024.")
    return int(threads)
