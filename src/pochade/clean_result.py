"""What `clean` found and what it made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from pochade.clean_options import CleanOptions, Range
    from pochade.io.exif import KeptMetadata
    from pochade.types import Image

TITLES = {
    "white": "near-white",
    "black": "near-black",
    "saturation": "saturation",
    "hue": "hue",
    "isolated": "isolated pixels",
    "specks": "specks",
    "rare": "rare colours",
    "grain": "grain",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one detector found.

    Attributes:
        detector: its name, as the option is called.
        threshold: a level, an area, a share or a range; None where it found nothing to clean.
        automatic: it chose the threshold itself.
        count: number of pixels, those of other detectors included.
        why: how the threshold came about, or why there is none.
    """

    detector: str
    threshold: float | Range | None
    automatic: bool
    count: int
    why: str

    @property
    def sentence(self) -> str:
        """All of it in one sentence.

        >>> Finding(detector="white", threshold=240, automatic=False, count=3, why="given").sentence
        'near-white: 240 (3 pixels), given'
        """
        return f"{self.summary}, {self.why}"

    @property
    def summary(self) -> str:
        """The same without the reason."""
        title = TITLES[self.detector]
        if self.threshold is None:
            return f"{title}: nothing to clean"
        pixels = "1 pixel" if self.count == 1 else f"{self.count:,} pixels"
        return f"{title}: {self.shown} ({pixels})"

    @property
    def shown(self) -> str:
        """The threshold as text."""
        if isinstance(self.threshold, tuple):
            low, high = self.threshold
            return f"{low:g} to {high:g}"
        if self.detector == "rare" and self.threshold is not None:
            return f"{100 * self.threshold:.2g}%"
        return "none" if self.threshold is None else f"{self.threshold:g}"


@dataclass(frozen=True, kw_only=True, eq=False)
class CleanResult:
    """A picture without its noise. In a notebook it shows itself.

    Guarantees: where `mask` is False, the visible pixels of `image` are those of `source` (not for
    a result of "mask"); the same input and options give the same bytes on any number of threads.

    Attributes:
        image: (h, w, c) uint8: the picture filled; or with the noise transparent (c = 4, 0, 0, 0, 0
            there); or the mask as 255 (goes) and 0 (stays), c = 3.
        flags: (h, w) uint8: bit i is set where the i-th of
            `pochade.clean_options.DETECTORS` found noise.
        reasons: what each detector that was on found, by its name, in that order.
        source: (h, w, c) uint8, the picture that was cleaned, not copied.
        options: every setting that was used.
    """

    image: Image
    flags: NDArray[np.uint8] = field(repr=False)
    reasons: Mapping[str, Finding]
    source: Image = field(repr=False)
    options: CleanOptions

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """(h, w) bool: the pixels that any detector found."""
        return np.asarray(self.flags > 0)

    @cached_property
    def count(self) -> int:
        """Number of pixels in the mask."""
        return int(np.count_nonzero(self.flags))

    @property
    def share(self) -> float:
        """Share of the picture's pixels in the mask, 0 to 1."""
        return self.count / self.flags.size

    @cached_property
    def preview(self) -> Image:
        """(h, w, 3) uint8: the picture in faded greys, and what was found in strong colours.

        Each detector has its own; they are in `pochade.noise.marks.COLORS`.
        """
        from pochade.noise.marks import marked

        return marked(self.source, self.flags)

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write `image`; the suffix decides the format (.png .webp .tif .bmp .jpg .avif .gif).

        Args:
            path: where to write.
            overwrite: replace an existing file. It is replaced whole or not at all.

        Returns:
            The path written.

        Raises:
            OutputError: the file exists, or cannot be written.
            UsageError: the suffix names no format, or one that cannot hold the result.
        """
        from pathlib import Path

        from pochade.io.save import format_of
        from pochade.io.write import atomic_write

        atomic_write(path, encoded(self, format_of(path)), overwrite=overwrite)
        return Path(path)

    def _repr_png_(self) -> bytes:
        """The picture, for notebooks."""
        return encoded(self, "png")


def encoded(result: CleanResult, format: str, *, metadata: KeptMetadata | None = None) -> bytes:
    """The result as the bytes of a file; a mask as one of two colours where the format can.

    Raises:
        UsageError: the format cannot hold the result.
    """
    from pochade.io.save import INDEXED_FORMATS, SaveOptions, save_full, save_indexed
    from pochade.io.save_options import WHITE
    from pochade.quantize_inputs import thread_count

    # A background would bring back what was just made transparent.
    background = None if result.options.result == "transparent" else WHITE
    threads = thread_count(result.options.threads)
    options = SaveOptions(threads=threads, metadata=metadata, background=background)
    if result.options.result == "mask" and format in INDEXED_FORMATS:
        palette = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
        labels = result.mask.astype(np.uint8)
        return save_indexed(None, labels, palette, format=format, options=options)
    return save_full(None, result.image, format=format, options=options)
