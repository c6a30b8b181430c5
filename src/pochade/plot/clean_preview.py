"""The preview of `clean` as a file: what would go, marked, above a legend. Drawn with Pillow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pochade.noise.marks import COLORS

if TYPE_CHECKING:
    from pochade.clean_result import CleanResult
    from pochade.types import Image

INK, PAPER = (235, 235, 235), (18, 18, 18)
LEAST_WIDTH, MARGIN = 360, 8


def preview_file(result: CleanResult, format: str) -> bytes:
    """The preview and its legend as the bytes of a file.

    Raises:
        UsageError: the format cannot hold it.
    """
    from pochade.io.save import save_full

    return save_full(None, with_legend(result), format=format)


def with_legend(result: CleanResult) -> Image:
    """(h + some rows, w or more, 3) uint8: the marked picture, a line for each detector below."""
    from PIL import Image as Pillow
    from PIL import ImageDraw, ImageFont

    marked = result.preview
    height, width = marked.shape[:2]
    size = max(13, round(max(height, width) / 90))
    font = ImageFont.load_default(size)
    lines = legend(result)
    full = max(width, LEAST_WIDTH, *(int(font.getlength(text)) + 3 * size for _, text in lines))
    full = min(full, max(width, 3 * LEAST_WIDTH))
    step = round(1.5 * size)
    sheet = Pillow.new("RGB", (full, step * len(lines) + 2 * MARGIN), PAPER)
    pen = ImageDraw.Draw(sheet)
    for place, (color, text) in enumerate(lines):
        top = MARGIN + place * step
        if color is not None:
            pen.rectangle((MARGIN, top + 2, MARGIN + size - 2, top + size), fill=color)
        pen.text((MARGIN + round(1.6 * size), top), text, fill=INK, font=font)
    out = np.empty((height + sheet.height, full, 3), np.uint8)
    out[:] = PAPER
    out[:height, :width] = marked
    out[height:] = np.asarray(sheet)
    return out


def legend(result: CleanResult) -> list[tuple[tuple[int, int, int] | None, str]]:
    """A colour and a text for each detector that found something; or that none did."""
    lines: list[tuple[tuple[int, int, int] | None, str]] = []
    for name, finding in result.reasons.items():
        if finding.count:
            lines.append((COLORS[name], finding.summary))
    return lines or [(None, "nothing to clean")]
