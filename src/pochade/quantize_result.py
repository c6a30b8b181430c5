"""What `quantize` returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pochade.color.working import WorkingSpace
    from pochade.quantize_options import QuantizeOptions
    from pochade.types import Image, Palette

# Pixels converted at a time where errors are summed over the whole picture.
CHUNK = 1 << 18


@dataclass(frozen=True, kw_only=True, eq=False)
class QuantizeResult:
    """A picture in few colours. In a notebook it shows itself.

    Guarantees: ``result.palette[result.labels]`` is ``result.image``; every label is below
    ``len(palette)``; the same input, options and seed give the same bytes.

    Attributes:
        palette: (k, c) uint8, c = 3 or 4 as in the picture; the most used colour first.
        centers: (k, d) float64: the entries before rounding, in the chosen space (with alpha, a
            last coordinate of 0..1).
        labels: (h, w) uint8, or uint16 beyond 256 entries: the entry of each pixel, (row, col).
        source: (h, w, c) uint8, the picture that was quantized, not copied.
        weights: (h, w) float32 mask that weighted the pixels, or None.
        space: the working space of distances.
        options: every setting that was used.
        engine: name of the engine that did the arithmetic.
        reason: why that engine.
        n_iter: Lloyd steps of the start that won; 0 where nothing had to be clustered.
        notes: sentences worth showing, such as that the picture has fewer than k colours.
    """

    palette: Palette
    centers: NDArray[np.float64]
    labels: NDArray[Any]
    source: Image = field(repr=False)
    weights: NDArray[np.float32] | None = field(repr=False)
    space: WorkingSpace
    options: QuantizeOptions
    engine: str
    reason: str
    n_iter: int
    notes: tuple[str, ...]
    counted: int | None = field(repr=False)

    @cached_property
    def image(self) -> Image:
        """(h, w, c) uint8: the picture in its palette's colours."""
        return np.take(self.palette, self.labels, axis=0)

    @property
    def k(self) -> int:
        """Number of palette entries."""
        return len(self.palette)

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """(k,) share of the pixels that each entry covers; they add up to 1."""
        counts = np.bincount(self.labels.reshape(-1), minlength=len(self.palette))
        return np.asarray(counts / max(1, self.labels.size), np.float64)

    @cached_property
    def source_colors(self) -> int:
        """Number of distinct colours in the picture before (all full transparency is one)."""
        if self.counted is not None:
            return self.counted
        from pochade.histogram import count_colors

        return len(count_colors([self.source]).colors)

    @cached_property
    def inertia(self) -> float:
        """Weighted sum over pixels of the squared distance to their entry, in the working space."""
        pixels = self.source.reshape(-1, self.source.shape[2])
        labels = self.labels.reshape(-1)
        weights = None if self.weights is None else self.weights.reshape(-1)
        entries = self.space.points(self.palette)
        total = 0.0
        for at in range(0, len(pixels), CHUNK):
            part = slice(at, at + CHUNK)
            gap = self.space.points(np.ascontiguousarray(pixels[part])) - entries[labels[part]]
            square = np.square(gap, dtype=np.float64).sum(axis=1)
            total += float(square.sum() if weights is None else square @ weights[part])
        return total

    def save(
        self,
        path: str | Path,
        *,
        overwrite: bool = False,
        optimize: bool = False,
    ) -> Path:
        """Write the picture; the suffix decides the format (.png .gif .webp .bmp .tif).

        Args:
            path: where to write.
            overwrite: replace an existing file. It is replaced whole or not at all.
            optimize: also run the lossless optimiser over a PNG (needs the `png` extra).

        Returns:
            The path written.

        Raises:
            OutputError: the file exists, or cannot be written.
            UsageError: the suffix names no format.
        """
        from pathlib import Path

        from pochade.io.save import SaveOptions, save_indexed

        options = SaveOptions(optimize=optimize)
        save_indexed(path, self.labels, self.palette, overwrite=overwrite, options=options)
        return Path(path)

    def _repr_png_(self) -> bytes:
        """The picture, for notebooks."""
        from pochade.io.png import encode_indexed

        if len(self.palette) <= 256:
            return encode_indexed(self.labels, self.palette)
        from pochade.io.save import save_full

        return save_full(None, self.image, format="png")
