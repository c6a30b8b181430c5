"""What `cutout` returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pochade.cutout_options import CutoutOptions
    from pochade.io.exif import KeptMetadata
    from pochade.types import Image

HALF = 128
NO_ALPHA = ("jpeg", "bmp", "gif")


@dataclass(frozen=True, kw_only=True, eq=False)
class CutoutResult:
    """A thing without its background. In a notebook it shows itself.

    Guarantees: `alpha` is nowhere above the alpha of the picture; the same input, options and seed
    give the same bytes on any number of threads.

    Attributes:
        alpha: (h, w) uint8: 255 the thing, 0 background, between along the soft edge.
        colors: (h, w, 3) uint8: the picture's colours, those of partly transparent pixels without
            the background's part; meaningless where alpha is 0.
        undecided: (h, w) bool: the band along the edge in which alpha was estimated.
        confidence: 0..1: how well several ways of deciding agree, times how clear the outline is
            and, without hints, how well they agree once more and how little is cut off by the
            picture's border. A figure to sort by, not a probability.
        method: how it was decided, in words.
        notes: sentences worth showing.
        source: (h, w, c) uint8, the picture, not copied.
        options: every setting that was used.
    """

    alpha: NDArray[np.uint8]
    colors: Image = field(repr=False)
    undecided: NDArray[np.bool_] = field(repr=False)
    confidence: float
    method: str
    notes: tuple[str, ...]
    source: Image = field(repr=False)
    options: CutoutOptions

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """(h, w) bool: the pixels that are more the thing than not."""
        return np.asarray(self.alpha >= HALF)

    @cached_property
    def trimap(self) -> NDArray[np.uint8]:
        """(h, w) uint8: 255 the thing, 0 background, 128 undecided."""
        sure = np.where(self.mask, np.uint8(255), np.uint8(0))
        return np.where(self.undecided, np.uint8(HALF), sure)

    @property
    def share(self) -> float:
        """Share of the picture that is the thing, 0..1."""
        return float(self.alpha.mean(dtype=np.float64) / 255)

    @property
    def bounds(self) -> tuple[int, int, int, int] | None:
        """(x, y, width, height) of all that is not fully transparent; None where nothing is."""
        shown = self.alpha > 0
        rows, columns = np.asarray(shown.any(axis=1)), np.asarray(shown.any(axis=0))
        if not rows.any():
            return None
        top, left = int(rows.argmax()), int(columns.argmax())
        height = len(rows) - int(rows[::-1].argmax()) - top
        width = len(columns) - int(columns[::-1].argmax()) - left
        return left, top, width, height

    @cached_property
    def image(self) -> Image:
        """(h, w, 4) uint8 with straight alpha; (h, w, 3) on a background, and for masks."""
        kind = self.options.result
        if kind != "cutout":
            grey = self.alpha if kind == "mask" else self.trimap
            return np.repeat(grey[..., None], 3, axis=2)
        return self.on(self.options.background, shadow=self.options.shadow)

    def on(self, background: Any, *, shadow: bool = False) -> Image:
        """The thing on another background.

        Args:
            background: a colour ('#ffffff', 'white', (r, g, b)), a picture that is scaled to cover
                all, or None for none.
            shadow: let the thing cast a soft shadow, down and to the right.

        Returns:
            (h, w, 3) uint8; without a background (h, w, 4) with straight alpha.

        Raises:
            UsageError: neither a colour nor a file.
            InputError: a file that cannot be read.
        """
        from pochade.cutting.compose import background_of, composed

        under = background_of(background, self.alpha.shape)
        return composed(self.colors, self.alpha, under, shadow=shadow)

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write `image`; the suffix decides the format (.png .webp .tif .avif; .jpg on a colour).

        Args:
            path: where to write.
            overwrite: replace an existing file. It is replaced whole or not at all.

        Returns:
            The path written.

        Raises:
            OutputError: the file exists, or cannot be written.
            UsageError: the suffix names no format, or one that cannot hold transparency.
        """
        from pathlib import Path

        from pochade.io.save import format_of
        from pochade.io.write import atomic_write

        atomic_write(path, encoded(self, format_of(path)), overwrite=overwrite)
        return Path(path)

    def _repr_png_(self) -> bytes:
        """The picture, for notebooks."""
        return encoded(self, "png")


def check_format(format: str, options: CutoutOptions) -> None:
    """Raise UsageError where a format cannot hold what the options ask for."""
    clear = options.result == "cutout" and options.background is None
    if clear and format in NO_ALPHA:
        raise UsageError(
            f"{format.upper()} has no soft transparency; use .png or .webp, or give a background"
        )
    if format == "gif" and options.result == "cutout":
        raise UsageError("GIF has too few colours for a cutout; use .png or .webp")


def encoded(result: CutoutResult, format: str, *, metadata: KeptMetadata | None = None) -> bytes:
    """The result as the bytes of a file; masks with a palette of greys where the format can.

    Raises:
        UsageError: the format cannot hold the result.
    """
    from pochade.io.save import INDEXED_FORMATS, SaveOptions, save_full, save_indexed
    from pochade.quantize_inputs import thread_count

    check_format(format, result.options)
    threads = thread_count(result.options.threads)
    options = SaveOptions(threads=threads, metadata=metadata, background=None)
    kind = result.options.result
    if kind != "cutout" and format in INDEXED_FORMATS:
        greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
        labels = result.alpha if kind == "mask" else result.trimap
        return save_indexed(None, labels, greys, format=format, options=options)
    return save_full(None, result.image, format=format, options=options)
