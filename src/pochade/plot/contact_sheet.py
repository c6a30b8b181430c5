"""Contact sheets: a picture beside its versions, with a caption under each. Drawn with Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image as PillowImage
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

    from pochade.types import Image, Palette

INK, FAINT, PAPER, MARK = (32, 32, 32), (110, 110, 110), (255, 255, 255), (200, 60, 20)
EDGE = (214, 214, 214)
GAP, LINE, STRIP = 12, 17, 14
TALLEST = 1.5
"""Height of the highest cell, as a multiple of its width; taller pictures become narrower."""
SQUARE = 8
"""Side of the squares of the board that shows through transparent pictures."""


class Cell(NamedTuple):
    """One picture of a sheet.

    Attributes:
        image: h w 3 or 4 uint8.
        title: one line.
        caption: one line, smaller.
        palette: k c uint8, shown as a strip.
        shares: k, how much of the strip each entry gets; equal parts unless given.
        marked: framed, as the one that was chosen.
    """

    image: Image
    title: str
    caption: str
    palette: Palette | None = None
    shares: NDArray[np.float64] | None = None
    marked: bool = False


def contact_sheet(rows: Sequence[Sequence[Cell]], *, width: int = 320) -> bytes:
    """The sheet as a PNG; every cell is `width` pixels wide and as high as its row's highest.

    Args:
        rows: at least one row with at least one cell each.
        width: of one cell, in pixels.
    """
    from PIL import Image as Pillow
    from PIL import ImageDraw, ImageFont

    heights = [max(scaled_size(cell.image, width)[1] for cell in row) for row in rows]
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
            picture = laid_out(cell.image, width)
            corner = (left + (width - picture.width) // 2, top + (height - picture.height) // 2)
            sheet.paste(picture, corner)
            if cell.marked:
                box = (left - 4, top - 4, left + width + 3, top + height + full - GAP + 6)
                pen.rectangle(box, outline=MARK, width=2)
            label(pen, cell, (left, top + height + 4), width, fonts)
        top += height + full + GAP
    data = BytesIO()
    sheet.save(data, "PNG")
    return data.getvalue()


def scaled_size(image: NDArray[Any], width: int) -> tuple[int, int]:
    """Width and height of a picture in a cell: as wide as it, unless that is too high.

    >>> scaled_size(np.zeros((512, 768, 3), np.uint8), 320)
    (320, 213)
    >>> scaled_size(np.zeros((1000, 10, 3), np.uint8), 320)
    (5, 480)
    """
    h, w = image.shape[:2]
    scale = min(width / w, TALLEST * width / h)
    return max(1, round(w * scale)), max(1, round(h * scale))


def reduced(pixels: NDArray[Any], width: int) -> NDArray[Any]:
    """A large picture, or its labels, sampled down to its size in a cell; a small one as it is.

    Args:
        pixels: (h, w) or (h, w, c).
        width: of the cell.

    >>> reduced(np.arange(12).reshape(3, 4), 2).tolist()
    [[1, 3], [9, 11]]
    """
    across, down = scaled_size(pixels, width)
    height, wide = pixels.shape[:2]
    if across >= wide or down >= height:
        return pixels
    rows = ((np.arange(down) + 0.5) * height / down).astype(np.intp)
    columns = ((np.arange(across) + 0.5) * wide / across).astype(np.intp)
    return np.ascontiguousarray(pixels[rows][:, columns])


def laid_out(image: Image, width: int) -> PillowImage:
    """A picture scaled for a cell, transparent ones over a board of light squares."""
    from PIL import Image as Pillow

    picture = Pillow.fromarray(np.ascontiguousarray(image))
    # Whole source pixels: a resampled picture would show colours that are not in it.
    picture = picture.resize(scaled_size(image, width), Pillow.Resampling.NEAREST)
    if picture.mode != "RGBA":
        return picture
    rows, columns = np.indices((picture.height, picture.width)) // SQUARE
    board = np.where((rows + columns) % 2, 224, 255).astype(np.uint8)
    ground = Pillow.fromarray(np.repeat(board[:, :, None], 3, axis=2))
    ground.paste(picture, (0, 0), picture)
    return ground


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
        shares = np.full(k, 1 / k) if cell.shares is None else cell.shares
        ends = [0, *np.rint(np.cumsum(shares) * width).astype(int).tolist()]
        for color, start, end in zip(cell.palette, ends, ends[1:], strict=False):
            if end > start:
                box = (left + start, top, left + end - 1, top + STRIP - 3)
                pen.rectangle(box, fill=shown(color.tolist()))
        if cell.palette.shape[1] == 4:  # what is transparent is as white as the paper
            pen.rectangle((left, top, left + width - 1, top + STRIP - 3), outline=EDGE)
    ink = MARK if cell.marked else INK
    pen.text((left, top + STRIP), cell.title, fill=ink, font=fonts[0])
    pen.text((left, top + STRIP + LINE), cell.caption, fill=FAINT, font=fonts[1])


def shown(color: Sequence[int]) -> tuple[int, ...]:
    """A colour as it looks over white."""
    if len(color) == 3:
        return tuple(color)
    return tuple(round(255 + (value - 255) * color[3] / 255) for value in color[:3])
