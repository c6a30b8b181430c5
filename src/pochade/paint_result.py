"""What `paint` returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from pochade.painting.anchors import Anchors
    from pochade.painting.document import Painting
    from pochade.painting.events import Event
    from pochade.painting.level import LevelScore
    from pochade.painting.render import Window
    from pochade.types import Image


@dataclass(frozen=True, kw_only=True, eq=False)
class PaintResult:
    """A painting. In a notebook it shows itself.

    Guarantees: the same photo, options and seed give the same bytes on any number of threads; a
    painting that was saved and read again is drawn the same.

    Attributes:
        document: all that it is: what it is of, its settings, its log of events.
        scores: level (1 to 12) to its score, where the level was chosen; empty otherwise.
    """

    document: Painting
    scores: dict[int, LevelScore] = field(default_factory=dict)

    def __repr__(self) -> str:
        """What was asked for, without finding the anchors, which may take seconds."""
        settings = self.document.settings
        if settings.anchors is not None:
            return f"PaintResult(anchors={settings.anchors})"
        return f"PaintResult(level={self.level})"

    @property
    def level(self) -> float | None:
        """0 (coarse) to 1 (fine); None where a number of anchors was asked for."""
        settings = self.document.settings
        return None if settings.anchors is not None else float(settings.level)

    @property
    def anchors(self) -> Anchors:
        """Places and colours, as they are painted."""
        return self.document.painted

    @cached_property
    def image(self) -> Image:
        """(h, w, 3 or 4) uint8: the painting at the size of the photo."""
        return self.render()

    def render(self, size: tuple[int, int] | None = None, *, window: Window | None = None) -> Image:
        """Draw it at any size (rows, cols), or a part (top, left, bottom, right) of that."""
        from pochade.painting.render import render

        return render(self.document, size, window=window, threads=self.document.bench.threads)

    def apply(self, *events: Event) -> PaintResult:
        """The painting after events of `pochade.painting.events`; this one stays as it is."""
        from pochade.painting.document import apply

        document = self.document
        for event in events:
            document = apply(document, event)
        return PaintResult(document=document, scores=self.scores)

    def undo(self) -> PaintResult:
        """The painting before its last event."""
        from pochade.painting.document import undo

        return PaintResult(document=undo(self.document), scores=self.scores)

    def redo(self) -> PaintResult:
        """The painting with the event that was undone last."""
        from pochade.painting.document import redo

        return PaintResult(document=redo(self.document), scores=self.scores)

    def encode(
        self,
        form: str,
        *,
        size: tuple[int, int] | None = None,
        dpi: float | None = None,
        **more: Any,
    ) -> bytes:
        """The bytes of a file; see `save`."""
        from pochade.paint_files import encode

        return encode(self, form, size=size, dpi=dpi, **more)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        size: tuple[int, int] | None = None,
        dpi: float | None = None,
        overwrite: bool = False,
        **more: Any,
    ) -> Path:
        """Write the painting; what it becomes follows from the suffix.

        Args:
            path: .png .jpg .webp .tif .bmp .avif, .svg, or .pochade (the document, to go on with).
            size: (rows, cols) of a picture; the photo's unless given.
            dpi: dots per inch, written into PNG, JPEG and TIFF.
            overwrite: replace an existing file. It is replaced whole or not at all.
            more: quality (of JPEG and AVIF, 1 to 100), photo (False keeps the photo out of a
                project).

        Raises:
            UsageError: the suffix names no format.
            OutputError: the file exists, or cannot be written.
        """
        from pathlib import Path

        from pochade.io.write import atomic_write
        from pochade.paint_files import form_of

        data = self.encode(form_of(path), size=size, dpi=dpi, **more)
        atomic_write(path, data, overwrite=overwrite)
        return Path(path)

    def contact_sheet(self, *, width: int = 320) -> bytes:
        """The levels 1 to 12 beside each other and the photo, as a PNG."""
        from pochade.paint_files import contact_sheet

        return contact_sheet(self, width=width)

    def making(
        self, form: str = "gif", *, frames: int = 24, size: tuple[int, int] | None = None
    ) -> bytes:
        """An animation of the painting being made, coarse to fine: 'gif', 'webp' or 'apng'."""
        from pochade.paint_files import encode_making

        return encode_making(self, form, frames=frames, size=size)

    def _repr_png_(self) -> bytes:
        """The painting, at most 1200 pixels wide, for notebooks."""
        rows, cols = self.document.size
        scale = min(1.0, 1200 / max(rows, cols))
        size = (max(1, round(rows * scale)), max(1, round(cols * scale)))
        return self.encode("png", size=size)


def psnr(result: PaintResult) -> float:
    """How near the painting is to its photo, in decibels, at the photo's working size."""
    from pochade.painting.render import render

    photo = result.document.bench.photo()
    painted = render(result.document, (photo.shape[0], photo.shape[1]))[..., :3]
    error = float(np.square(painted.astype(np.int32) - photo).mean())
    return float("inf") if error == 0 else 10 * float(np.log10(255**2 / error))
