"""What `cloud` returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import UsageError

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from numpy.typing import NDArray

    from pochade.cloud_options import CloudOptions
    from pochade.types import Image, Palette, Pixels, Points

CLOUD_FORMATS = ("html", "png", "svg")


@dataclass(frozen=True, kw_only=True, eq=False)
class CloudResult:
    """A picture's colours as points, and the clusters among them. In a notebook it shows itself.

    Guarantees: the colours are all different and in the order of (r, g, b); `counts` adds up to the
    pixels that are not fully transparent; the same input, options and seed give the same bytes.

    Attributes:
        colors: (n, 3) uint8 sRGB: every colour of the picture once.
        counts: (n,) uint32: the pixels of each.
        points: (n, 3) float32: their coordinates in the chosen space: srgb 0..255, lab L 0..100,
            oklab L 0..1.
        labels: (n,) int32: the cluster of each, the largest cluster 0; None without clusters.
        centroids: (k, 3) float64 in the units of `points`: the mean of each cluster's pixels; None
            without clusters.
        palette: (k, 3) uint8: the clusters' colours; None without clusters.
        source: (h, w, 3 or 4) uint8, the picture, not copied.
        options: every setting that was used.
        engine: name of the engine that did the arithmetic; "" without clusters.
        reason: why that engine.
        n_iter: Lloyd steps of the start that won.
        notes: sentences worth showing.
    """

    colors: Pixels
    counts: NDArray[np.uint32] = field(repr=False)
    points: Points = field(repr=False)
    labels: NDArray[np.int32] | None = field(repr=False)
    centroids: NDArray[np.float64] | None
    palette: Palette | None
    source: Image = field(repr=False)
    options: CloudOptions
    engine: str
    reason: str
    n_iter: int
    notes: tuple[str, ...]

    @property
    def k(self) -> int:
        """Number of clusters; 0 without."""
        return 0 if self.palette is None else len(self.palette)

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """(k,) share of the visible pixels in each cluster; they add up to 1."""
        if self.labels is None:
            return np.empty(0)
        of_cluster = np.bincount(self.labels, weights=self.counts, minlength=self.k)
        return np.asarray(of_cluster / of_cluster.sum(), np.float64)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the cloud; the suffix decides: .html (interactive), .png or .svg.

        Args:
            path: where to write.
            overwrite: replace an existing file. It is replaced whole or not at all.

        Returns:
            The path written.

        Raises:
            OutputError: the file exists, or cannot be written.
            UsageError: the suffix names no format, or matplotlib, which draws .png and .svg, is
                not installed (`EngineUnavailableError`).
        """
        from pathlib import Path

        from pochade.io.write import atomic_write

        form = Path(path).suffix.lower().removeprefix(".")
        if form not in CLOUD_FORMATS:
            raise UsageError(f"{Path(path).name} must end in .html, .png or .svg")
        atomic_write(path, self.encode(form), overwrite=overwrite)
        return Path(path)

    def encode(self, format: str) -> bytes:
        """The bytes of a file of that format: "html", "png" or "svg".

        Raises:
            UsageError: as for `save`.
        """
        if format == "html":
            from pochade.plot.cloud_page import page

            return page(self).encode()
        if format not in CLOUD_FORMATS:
            raise UsageError(f"format {format!r} is none of {', '.join(CLOUD_FORMATS)}")
        from pochade.plot.cloud_picture import draw

        return draw(self, format)

    def _repr_png_(self) -> bytes | None:
        """The picture of the cloud, for notebooks; nothing where matplotlib is missing."""
        try:
            return self.encode("png")
        except ImportError:
            return None


def coordinates(colors: Pixels, space: str, *, threads: int = 1) -> NDArray[np.float32]:
    """(n, 3) uint8 sRGB colours as float32 points: srgb 0..255, lab L 0..100, oklab L 0..1.

    >>> coordinates(np.array([[255, 255, 255]], np.uint8), "srgb").tolist()
    [[255.0, 255.0, 255.0]]
    """
    if space == "srgb":
        return colors.astype(np.float32)
    from pochade.color.convert import convert

    name: Any = space
    return convert(colors, "srgb", name, threads=threads)
