"""The numbered sheet as a picture, drawn with Pillow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pochade.segments.sheet import LINE, LINE_INK, Sheet, polylines

if TYPE_CHECKING:
    from pochade.types import Image

OVERSAMPLED = 2
"""Lines and swatches are drawn so many times as large, and reduced."""
MM_PER_INCH = 25.4


def sheet_picture(sheet: Sheet, dpi: int) -> Image:
    """(h, w, 3) uint8: the page at so many dots per inch."""
    from PIL import Image as Pillow
    from PIL import ImageDraw, ImageFont

    dots = dpi / MM_PER_INCH
    fine = dots * OVERSAMPLED
    size = round(sheet.width * dots), round(sheet.height * dots)
    large = Pillow.new("RGB", (size[0] * OVERSAMPLED, size[1] * OVERSAMPLED), (255, 255, 255))
    pen = ImageDraw.Draw(large)
    width = max(OVERSAMPLED, round(LINE * fine))
    for line in polylines(sheet):
        pen.line((line * fine).ravel().tolist(), fill=LINE_INK, width=width)
    h, w = sheet.shape
    right, bottom = sheet.left + w * sheet.scale, sheet.top + h * sheet.scale
    frame = (sheet.left * fine, sheet.top * fine, right * fine, bottom * fine)
    pen.rectangle(frame, outline=LINE_INK, width=width)
    for box in sheet.boxes:
        corners = (box.x, box.y, box.x + box.width, box.y + box.height)
        pen.rectangle(
            tuple(value * fine for value in corners), fill=box.fill, outline=(120, 120, 120)
        )
    page = large.resize(size, Pillow.Resampling.BOX)
    pen = ImageDraw.Draw(page)
    fonts: dict[int, ImageFont.FreeTypeFont | ImageFont.ImageFont] = {}
    for text in sheet.texts:
        height = max(4, round(text.size * dots))
        font = fonts.setdefault(height, ImageFont.load_default(height))
        anchor = "mm" if text.middle else "lm"
        pen.text(
            (text.x * dots, text.y * dots), text.words, fill=text.ink, font=font, anchor=anchor
        )
    return np.asarray(page)
