"""Contact sheets: a picture beside its versions, with a caption under each. Drawn with Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

    from pochade.types import Image, Palette

INK, FAINT, PAPER = (32, 32, 32), (110, 110, 110), (255, 255, 255)
GAP, LINE, STRIP = 12, 17, 14


class Cell(NamedTuple):
    """One picture of a sheet: its pixels (h w 3 or 4 uint8), up to two lines, and its palette."""

    image: Image
    title: str
    caption: str
    palette: Palette | None = None


def contact_sheet(rows: Sequence[Sequence[Cell]], *, width: int = 320) -> bytes:
    """The sheet as a PNG; every cell is `width` pixels wide and as high as its row's highest.

    Args:
        rows: at least one row with at least one cell each.
        width: of one cell, in pixels.
    """
    from PIL import Image as Pillow
    from PIL import ImageDraw, ImageFont

    heights = [max(round(width * c.image.shape[0] / c.image.shape[1]) for c in row) for row in rows]
    full = STRIP + 2 * LINE + GAP
    columns = max(len(row) for row in rows)
    size = (GAP + columns * (width + GAP), GAP + sum(height + full + GAP for height in heights))
    sheet = Pillow.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(sheet)
    fonts = ImageFont.load_default(14), ImageFont.load_default(12)
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        for place, cell in enumerate(row):
            left = GAP + place * (width + GAP)
            mode = "RGBA" if cell.image.shape[2] == 4 else "RGB"
            picture = Pillow.fromarray(np.ascontiguousarray(cell.image), mode)
            scaled = (width, round(width * cell.image.shape[0] / cell.image.shape[1]))
            # Whole source pixels: a resampled picture would show colours that are not in it.
            picture = picture.resize(scaled, Pillow.Resampling.NEAREST)
            sheet.paste(picture, (left, top), picture if mode == "RGBA" else None)
            label(pen, cell, (left, top + height + 4), width, fonts)
        top += height + full + GAP
    data = BytesIO()
    sheet.save(data, "PNG")
    return data.getvalue()


def label(
    pen: ImageDraw,
    cell: Cell,
    corner: tuple[int, int],
    width: int,
    fonts: tuple[FreeTypeFont | ImageFont, FreeTypeFont | ImageFont],
) -> None:
    """The palette as a strip, and the two lines of text below it."""
    left, top = corner
    if cell.palette is not None:
        k = len(cell.palette)
        for place, color in enumerate(cell.palette):
            span = (left + width * place // k, left + width * (place + 1) // k)
            if span[1] > span[0]:
                box = (span[0], top, span[1] - 1, top + STRIP - 3)
                pen.rectangle(box, fill=tuple(color.tolist()[:3]))
    pen.text((left, top + STRIP), cell.title, fill=INK, font=fonts[0])
    pen.text((left, top + STRIP + LINE), cell.caption, fill=FAINT, font=fonts[1])
