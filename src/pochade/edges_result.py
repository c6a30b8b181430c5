"""What `edges` returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pochade.edge_lines import Thresholds, choose_thresholds, connected, find_ridges
from pochade.edge_strength import measure, noise_of
from pochade.edge_windows import Map, Planes, flat_share
from pochade.edges_options import EdgesOptions

if TYPE_CHECKING:
    from pathlib import Path

    from pochade.color.convert import SpaceName
    from pochade.types import Image

WHITE_SHARE = 0.995
WHITE_RIDGES = 0.95
"""Of the strengths, and of the ridges alone: one pixel in so many is shown as white."""


class Setting(NamedTuple):
    """Where the spread of a map was measured."""

    space: SpaceName
    lightness: float


@dataclass(frozen=True, kw_only=True, eq=False)
class EdgesResult:
    """The edges of a picture. In a notebook they show themselves.

    Strengths are in units of the space they are measured in: srgb 0..255 a channel, lab and oklab
    their own (L of white is 100 and 1). Thin edges are found when first asked for. They come from
    the same map where `space` or a number for `noise` was given, else from one in lab with half the
    lightness, in which contours come out better (`setting`, `line_setting`).

    Attributes:
        strength: (h, w) float32: the strength of the window centred at (row, col). With
            border="valid" (h - window + 1, w - window + 1), with grid one value a patch.
        noise: the strength taken away as noise, for each window; 0.0 where none was.
        source: (h, w, c) uint8 or uint16, the picture that was measured, not copied.
        setting: space and factor of lightness of `strength`.
        line_setting: those of the map from which thin edges come.
        options: every setting that was used.
        threads: number of threads.
        notes: sentences worth showing.
    """

    strength: Map = field(repr=False)
    noise: tuple[float, ...]
    source: Planes = field(repr=False)
    setting: Setting
    line_setting: Setting
    options: EdgesOptions
    threads: int
    notes: tuple[str, ...]

    @cached_property
    def line_strength(self) -> Map:
        """(h, w) float32: the strengths of which thin edges are the ridges."""
        return self._line_map[0]

    @cached_property
    def _line_map(self) -> tuple[Map, float]:
        """The map and its noise, as a strength."""
        if self.setting == self.line_setting:
            values, noise = self.strength, self.noise
        else:
            space, lightness = self.line_setting
            values, noise = measure(self.source, self.options, space, lightness, self.threads)
        if any(noise):
            return values, max(noise)
        channels = 1 if self.source.shape[2] == 1 else 3
        return values, noise_of(values, max(self.options.windows), channels)

    @cached_property
    def ridges(self) -> Map:
        """(h, w) float32: how far the map rises above its surround on its ridges, elsewhere 0."""
        return find_ridges(
            self.line_strength,
            3 if self.options.grid else max(self.options.windows),
            surround=self.options.surround,
            threads=self.threads,
        )

    @cached_property
    def thresholds(self) -> Thresholds:
        """Which ridges are thin edges, in the units of `ridges`, and why."""
        given = self.options
        return choose_thresholds(
            self.ridges,
            self._line_map[1],
            max(given.windows),
            surround=given.surround,
            low=given.low,
            high=given.high,
        )

    @cached_property
    def thin(self) -> NDArray[np.bool_]:
        """(h, w) bool: the edges, one pixel wide."""
        low, high, _ = self.thresholds
        return connected(self.ridges, low, high, self.options.min_length)

    @cached_property
    def white(self) -> float:
        """The strength that is shown as white."""
        if self.options.white is not None:
            return self.options.white
        if self.options.look == "ridges":
            found = self.ridges[self.ridges > 0]
            return flat_share(found[None], WHITE_RIDGES) if found.size else 1.0
        return flat_share(self.strength, WHITE_SHARE) or float(self.strength.max()) or 1.0

    @cached_property
    def indexed(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
        """(h, w) labels and (k, 3) palette of the picture; None for the overlay, which has none."""
        from pochade.edge_looks import indexed

        return indexed(self)

    @cached_property
    def image(self) -> Image:
        """(h, w, 3 or 4) uint8: the picture that `look` asks for."""
        if self.indexed is None:
            from pochade.edge_looks import overlay

            return overlay(self)
        labels, palette = self.indexed
        return np.take(palette, labels, axis=0)

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the picture, or with .npy the strengths (ridges with look="ridges") as numbers.

        Args:
            path: where to write; .png .gif .webp .bmp .tif .jpg .avif .npy.
            overwrite: replace an existing file. It is replaced whole or not at all.

        Returns:
            The path written.

        Raises:
            OutputError: the file exists, or cannot be written.
            UsageError: the suffix names no format.
        """
        from pathlib import Path

        from pochade.io.save import format_of
        from pochade.io.write import atomic_write

        name = Path(path)
        form = "npy" if name.suffix.lower() == ".npy" else format_of(name)
        atomic_write(name, self.encoded(form), overwrite=overwrite)
        return name

    def encoded(self, form: str) -> bytes:
        """The bytes of a file: png, gif, webp, bmp, tiff, jpeg, avif, or npy for the numbers."""
        from pochade.io.save import INDEXED_FORMATS, SaveOptions, save_full, save_indexed

        if form == "npy":
            return self._numbers()
        settings = SaveOptions(threads=self.threads)
        if self.indexed is not None and form in INDEXED_FORMATS:
            return save_indexed(None, *self.indexed, format=form, options=settings)
        if form == "gif":
            from pochade.edge_looks import in_few_colors

            return save_indexed(None, *in_few_colors(self), format=form, options=settings)
        return save_full(None, self.image, format=form, options=settings)

    def _numbers(self) -> bytes:
        from io import BytesIO

        values: NDArray[Any] = self.strength
        if self.options.look == "ridges":
            values = self.ridges
        elif self.options.look == "binary":
            values = self.thin
        buffer = BytesIO()
        np.save(buffer, values)
        return buffer.getvalue()

    def _repr_png_(self) -> bytes:
        """The picture, for notebooks."""
        return self.encoded("png")
