"""Bringing columns of different kinds to a common scale before they are clustered, and back.

`standard` is scikit-learn's StandardScaler: minus the mean, divided by the standard deviation of
the population; a column that is constant is divided by 1. Sums are float64 over the distinct
colours and the filled rows and columns of the picture, so no table of pixels is needed, and those
of r, g, b, a, x and y are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pochade.histogram import ColorCounts
    from pochade.types import Image


_LOOKUP = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """How columns become the coordinates of points: ``(value - mean) / scale * weight``.

    Attributes:
        columns: names of the d columns, in the order of the coordinates.
        mean: (d,) float64; 0 where nothing was shifted.
        scale: (d,) float64, never 0; 1 where nothing was scaled.
        weight: (d,) float64, above 0.
    """

    columns: tuple[str, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weight: NDArray[np.float64]

    def points(
        self,
        block: Mapping[str, NDArray[Any]],
        *,
        origin: NDArray[np.float64] | None = None,
        dtype: Any = np.float64,
    ) -> NDArray[Any]:
        """The points (n, d) of a block's columns.

        Args:
            block: a column (n,) for each of `columns`; others are passed over.
            origin: (d,) values that become 0 instead of `mean`: distances stay the same, and
                float32 is closest near 0.
            dtype: float64 or float32; the arithmetic is float64.
        """
        shift = self.mean if origin is None else origin
        first = block[self.columns[0]]
        points = np.empty((len(first), len(self.columns)), dtype)
        for place, name in enumerate(self.columns):
            column = block[name]
            whole = column.dtype.kind in "iu" and column.size > 0
            if whole and column.min() >= 0 and column.max() < _LOOKUP:
                # The same numbers, worked out once for each whole value there can be.
                known = self._coordinate(np.arange(int(column.max()) + 1), place, shift)
                points[:, place] = np.take(known.astype(dtype), column, mode="clip")
            else:
                points[:, place] = self._coordinate(column, place, shift)
        return points

    def _coordinate(
        self, values: NDArray[Any], place: int, shift: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        found: NDArray[np.float64] = values - shift[place]
        found /= self.scale[place]
        found *= self.weight[place]
        return found

    def original(
        self, points: NDArray[np.floating[Any]], *, origin: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Points (n, d) in the columns' own units: the inverse of `points`.

        >>> scaling = Scaling(("x",), np.array([2.0]), np.array([4.0]), np.array([0.5]))
        >>> points = scaling.points({"x": np.array([10])})
        >>> points.tolist(), scaling.original(points).tolist()
        ([[1.0]], [[10.0]])
        """
        shift = self.mean if origin is None else origin
        return np.asarray(points, np.float64) / self.weight * self.scale + shift


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Mean and standard deviation (of the population), float64, of columns."""

    columns: tuple[str, ...]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    pixels: int

    def scaling(self, scale: str, weights: Mapping[str, float]) -> Scaling:
        """The scaling named `scale` ('none' or 'standard'), with weights for some columns."""
        plain = unscaled(self.columns, weights)
        if scale == "none":
            return plain
        divisor = np.where(self.deviation > 0, self.deviation, 1.0)
        return Scaling(self.columns, self.mean, divisor, plain.weight)


def unscaled(columns: tuple[str, ...], weights: Mapping[str, float]) -> Scaling:
    """Columns as they are, but for weights."""
    weight = np.array([float(weights.get(name, 1.0)) for name in columns])
    return Scaling(columns, np.zeros(len(columns)), np.ones(len(columns)), weight)


def measure(image: Image, counts: ColorCounts, columns: tuple[str, ...]) -> Moments:
    """Mean and deviation of columns over the pixels that count (`blocks.feature_columns`).

    Args:
        image: (h, w, 3 or 4) uint8.
        counts: its colours, counted.
        columns: names as in `pochade.pixels.names`.

    >>> from pochade.histogram import count_colors
    >>> picture = np.array([[[0, 1, 1], [4, 1, 1]]], np.uint8)
    >>> found = measure(picture, count_colors([picture]), ("r", "g", "x"))
    >>> found.mean.tolist(), found.deviation.tolist()
    ([2.0, 1.0, 0.5], [2.0, 0.0, 0.5])
    """
    from pochade.pixels.blocks import color_columns

    colors, weights = visible_colors(counts, columns)
    block = color_columns(colors, columns)
    values: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {
        name: (column, weights) for name, column in block.items()
    }
    if "x" in columns or "y" in columns:
        per_column, per_row = _filled(image, columns)
        values["x"] = (np.arange(len(per_column)), per_column)
        values["y"] = (np.arange(len(per_row)), per_row)
    pixels = int(weights.sum())
    found = [_mean_and_deviation(*values[name], pixels) for name in columns]
    mean, deviation = np.array(found, np.float64).reshape(-1, 2).T.copy()
    return Moments(columns, mean, deviation, pixels)


def visible_colors(
    counts: ColorCounts, columns: tuple[str, ...]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The counted colours whose pixels count, and how many pixels: all but alpha 0 without `a`."""
    colors, weights = counts.colors, counts.counts.astype(np.int64)
    hidden = colors.shape[1] == 4 and "a" not in columns and len(colors) and colors[0, 3] == 0
    return (colors[1:], weights[1:]) if hidden else (colors, weights)


def _filled(image: Image, columns: tuple[str, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many pixels count in each column (w,) and in each row (h,) of the picture."""
    height, width = image.shape[:2]
    if image.shape[2] == 3 or "a" in columns:
        return np.full(width, height, np.int64), np.full(height, width, np.int64)
    per_column, per_row = np.zeros(width, np.int64), np.empty(height, np.int64)
    for row, line in enumerate(image[:, :, 3]):
        seen = line > 0
        per_column += seen
        per_row[row] = np.count_nonzero(seen)
    return per_column, per_row


def _mean_and_deviation(
    values: NDArray[Any], weights: NDArray[Any], total: int
) -> tuple[float, float]:
    """Weighted mean and population deviation; the sums of whole numbers are exact."""
    if not total:
        return 0.0, 0.0
    if values.dtype.kind in "iu":
        whole = values.astype(np.int64)
        # 2^31 pixels times 65,535 fit; the squares may not, so they are summed by Python.
        first = int((whole * weights).sum())
        second = sum(int(value) ** 2 * int(count) for value, count in _tallied(whole, weights))
        return first / total, ((second * total - first * first) / (total * total)) ** 0.5
    numbers = values.astype(np.float64)
    mean = float((numbers * weights).sum() / total)
    gap = numbers - mean
    # The second term is what rounding left of the first moment (as scikit-learn corrects it).
    square = float((gap * gap * weights).sum()) - float((gap * weights).sum()) ** 2 / total
    deviation = (max(square, 0.0) / total) ** 0.5
    constant = bool((values == values[0]).all())
    return (float(values[0]), 0.0) if constant else (mean, deviation)


def _tallied(values: NDArray[np.int64], weights: NDArray[Any]) -> list[tuple[int, int]]:
    """Distinct values, at most 65,536 of them, with their summed weight."""
    sums = np.zeros(int(values.max()) + 1, np.int64)
    np.add.at(sums, values, weights)
    present = np.flatnonzero(sums)
    return list(zip(present.tolist(), sums[present].tolist(), strict=True))
