"""What `segment` returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import UsageError
from pochade.quantize_inputs import thread_count
from pochade.regions import RegionTree, boundary_strength
from pochade.regions.bands import Source
from pochade.segment_options import SegmentLook, SegmentOptions
from pochade.segments import repaint
from pochade.segments.measure import RegionTable, measure, region_means

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from numpy.typing import NDArray

    from pochade.segments.contours import Contours
    from pochade.segments.paints import NumberedRegions, Paints
    from pochade.segments.sheet import Sheet
    from pochade.types import Image


@dataclass(frozen=True, kw_only=True, eq=False)
class SegmentResult:
    """A picture divided into regions. In a notebook it shows itself, repainted flat.

    Guarantees: every label 0..count-1 is one 4-connected area, and they are in the raster order of
    their first pixels; the same input, options and seed give the same bytes.

    Attributes:
        labels: (h, w) int32: the region of each pixel, (row, col).
        count: number of regions.
        source: (h, w, c), the picture that was divided, as it was given.
        space: where colours were compared; 'bands' for numbers that are no colours.
        options: every setting that was used.
        tree: the region tree that was cut; None for the other methods.
        threshold: the cost at which it was cut; None for the other methods.
        clusters: (h, w) int32: with k-means, the cluster of each pixel; None otherwise.
        notes: sentences worth showing, such as that there are fewer regions than asked for.
    """

    labels: NDArray[np.int32] = field(repr=False)
    count: int
    source: NDArray[Any] = field(repr=False)
    space: str
    options: SegmentOptions
    tree: RegionTree | None = field(repr=False)
    threshold: float | None
    clusters: NDArray[np.int32] | None = field(repr=False)
    notes: tuple[str, ...]

    @property
    def threads(self) -> int:
        """How many threads may work on pictures and tables."""
        return thread_count(self.options.threads)

    @cached_property
    def table(self) -> RegionTable:
        """Area, places, colours, neighbours and borders of every region."""
        source = Source(self.source, self.space)
        return measure(self.labels, self.count, source, threads=self.threads)

    @cached_property
    def means(self) -> NDArray[np.float64]:
        """(count, c) float64: the mean of each region in the picture's own values.

        Colours of pictures with alpha count by it.
        """
        return region_means(self.labels, self.count, self.source)

    @cached_property
    def values(self) -> NDArray[Any]:
        """(h, w, c): every pixel with the mean of its region, in the type of the picture."""
        return repaint.flat(self.labels, repaint.rounded(self.means, self.source.dtype))

    @cached_property
    def shown(self) -> Image:
        """(h, w, 3 or 4) uint8: the picture itself, as it can be shown."""
        return repaint.shown(self.source, self.space)

    @cached_property
    def colors(self) -> NDArray[np.uint8]:
        """(count, 3 or 4) uint8: the mean colour of each region in the picture that is shown."""
        means = region_means(self.labels, self.count, self.shown)
        return np.asarray(repaint.rounded(means, np.dtype(np.uint8)))

    @property
    def image(self) -> Image:
        """(h, w, 3 or 4) uint8: the picture repainted flat, for the eye."""
        return repaint.flat(self.labels, self.colors)

    def flat(self, look: SegmentLook | None = None) -> Image:
        """The flat repaint, in given paints and with a finish where the look has them."""
        look = look or SegmentLook()
        out = repaint.flat(self.labels, self.flat_colors(look))
        if look.finish == "none":
            return out
        return repaint.softened(
            out,
            self.labels,
            finish=look.finish,
            size=look.finish_size,
            temperature=look.finish_temperature,
            seed=self.options.seed,
            threads=self.threads,
        )

    def flat_colors(self, look: SegmentLook) -> NDArray[np.uint8]:
        """(count, 3 or 4) uint8: `colors`, or the given paint nearest to each."""
        if look.paints is None:
            return self.colors
        paints = self.paints(look)
        chosen = paints.colors[paints.nearest(self.colors[:, :3].astype(np.float64))]
        return np.concatenate([chosen, self.colors[:, 3:]], axis=1)

    def overlay(self, look: SegmentLook | None = None) -> Image:
        """(h, w, 3) uint8: the picture, every region tinted in a colour of its own."""
        look = look or SegmentLook()
        tints = repaint.tints(self.count)
        tinted = repaint.overlaid(self._opaque, self.labels, tints, look.opacity)
        tinted[repaint.border_mask(self.labels, self._line_width(look))] = _rgb(look.line)
        return tinted

    def outlines(self, look: SegmentLook | None = None) -> Image:
        """(h, w, 3) uint8: the picture with lines along the borders."""
        look = look or SegmentLook()
        width = self._line_width(look)
        return repaint.lined(self._opaque, self.labels, _rgb(look.line), width)

    @property
    def _opaque(self) -> Image:
        from pochade.io.encoders import lay_on

        return lay_on(self.shown, (255, 255, 255))

    def _line_width(self, look: SegmentLook) -> int:
        return look.line_width or repaint.line_width(self.labels.shape)

    def strength(self) -> NDArray[np.float32]:
        """(h, w) float32: the cost of merging across each border, at all levels of detail.

        Raises:
            UsageError: the picture was not divided by a tree.
        """
        if self.tree is None:
            raise UsageError(
                f"the strength of borders comes from the tree; {self.options.method} has none"
            )
        return boundary_strength(self.tree, threads=self.threads)

    def contours(self, smooth: float = 1.0) -> Contours:
        """The borders as lines that both sides share; 0 follows the pixels."""
        from pochade.segments.contours import smoothed, trace

        return smoothed(trace(self.labels), smooth)

    def paints(self, look: SegmentLook | None = None) -> Paints:
        """The paints at hand, or those found for this picture."""
        from pochade.segments.paints import found_paints, owned_paints

        look = look or SegmentLook()
        if look.paints is not None:
            return owned_paints(look.paints)
        area = np.bincount(self.labels.reshape(-1), minlength=self.count).astype(np.int64)
        means = self.colors[:, :3].astype(np.float64)
        seed, threads = self.options.seed, self.threads
        return found_paints(means, area, look.colors, seed=seed, threads=threads)

    def numbered(self, look: SegmentLook | None = None) -> NumberedRegions:
        """Regions in paints, merged until each has room for its number on the paper."""
        from pochade.segments.merge import reduced
        from pochade.segments.paints import number_regions
        from pochade.segments.sheet import FINEST, fit, room_needed

        look = look or SegmentLook()
        paints = self.paints(look)
        shape = (self.labels.shape[0], self.labels.shape[1])
        means = self.colors[:, :3].astype(np.float64)
        entries = len(np.unique(paints.nearest(means)))
        scale = fit(shape, look.sheet, entries).scale
        labels = self.labels
        if scale < FINEST:
            labels, means = reduced(labels, means, scale / FINEST)
            scale = fit((labels.shape[0], labels.shape[1]), look.sheet, entries).scale
        room = room_needed(scale)
        return number_regions(labels, means, paints, room=room, threads=self.threads)

    def sheet(self, look: SegmentLook | None = None) -> Sheet:
        """The numbered sheet as a page."""
        from pochade.segments.sheet import lay_out

        look = look or SegmentLook()
        return lay_out(self.numbered(look), look.sheet, look.smooth)

    def rows(self) -> list[dict[str, Any]]:
        """The table as one plain dict for each region, neighbours included; as JSON has it."""
        from pochade.segment_files import table_rows

        return table_rows(self)

    def encode(
        self, format: str, kind: str | None = None, look: SegmentLook | None = None
    ) -> bytes:
        """The bytes of a file; see `save`."""
        from pochade.segment_files import encode

        return encode(self, format, kind, look or SegmentLook())

    def save(
        self,
        path: str | os.PathLike[str],
        kind: str | None = None,
        *,
        look: SegmentLook | None = None,
        overwrite: bool = False,
    ) -> Path:
        """Write the result; what it is follows from `kind`, else from the suffix.

        Args:
            path: .png .webp .tif .jpg ... for pictures, .svg, .geojson, .csv or .json (the table),
                .npy (labels; costs with 'strength'), .npz (the tree).
            kind: 'flat' (what pictures are unless told), 'overlay', 'outlines', 'numbers',
                'labels', 'strength', 'svg', 'geojson', 'table', 'tree'. flat, outlines and numbers
                can be pictures or SVG.
            look: how it is drawn.
            overwrite: replace an existing file. It is replaced whole or not at all.

        Returns:
            The path written.

        Raises:
            UsageError: the suffix and the kind do not go together.
            OutputError: the file exists, or cannot be written.
        """
        from pathlib import Path

        from pochade.io.write import atomic_write
        from pochade.segment_files import form_of, kind_of

        if kind_of(form_of(path), kind) == "tree" and self.tree is not None:
            return self.tree.save(path, overwrite=overwrite)
        data = self.encode(form_of(path), kind, look)
        atomic_write(path, data, overwrite=overwrite)
        return Path(path)

    def _repr_png_(self) -> bytes:
        """The flat repaint, for notebooks."""
        return self.encode("png", "flat")


def _rgb(color: str) -> tuple[int, int, int]:
    from pochade.quantize_options import hex_color

    digits = hex_color(color)[1:7]
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue
