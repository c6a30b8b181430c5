"""The numbered sheet as a page: where everything stands, in millimetres, and as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.errors import UsageError
from pochade.segments.contours import Contours, smoothed, trace
from pochade.segments.paints import NumberedRegions, Paints
from pochade.segments.vector import hex_of, line_paths, svg_head

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAPERS = {"a5": (148.0, 210.0), "a4": (210.0, 297.0), "a3": (297.0, 420.0), "a2": (420.0, 594.0)}
MARGIN = 10.0
SMALLEST_TEXT, LARGEST_TEXT = 1.9, 4.2
"""Height of the em of numbers, in millimetres; digits are 0.72 of it high and 0.56 wide."""
DIGIT_WIDTH, DIGIT_HEIGHT = 0.56, 0.72
LINE = 0.18
LINE_INK, NUMBER_INK, TEXT_INK = (150, 155, 165), (95, 100, 110), (40, 42, 46)
CELL_WIDTH, CELL_HEIGHT, SWATCH = 34.0, 8.5, 6.5
TEXT = 2.6
GAP = 3.0
LEAST_PICTURE = 40.0
FINEST = 0.12
"""Millimetres of the smallest pixel worth keeping on paper."""


class Text(NamedTuple):
    """A word on the page: its middle (or left end), the height of the em, and its ink."""

    x: float
    y: float
    size: float
    words: str
    ink: tuple[int, int, int]
    middle: bool


class Box(NamedTuple):
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    fill: tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sheet:
    """A page, in millimetres from its upper left corner.

    Attributes:
        width: of the page.
        height: of the page.
        left: where the picture begins.
        top: where the picture begins.
        scale: millimetres of a pixel.
        shape: rows and columns of the picture.
        contours: the lines, in pixels of the picture.
        boxes: the swatches.
        texts: the numbers and the legend.
    """

    width: float
    height: float
    left: float
    top: float
    scale: float
    shape: tuple[int, int]
    contours: Contours
    boxes: tuple[Box, ...]
    texts: tuple[Text, ...]


def room_needed(scale: float) -> tuple[float, float, float]:
    """Pixels from its middle that the smallest number of one, two, three digits reaches."""
    half_height = SMALLEST_TEXT * DIGIT_HEIGHT / 2
    one, two, three = (
        float(np.hypot(half_height, SMALLEST_TEXT * DIGIT_WIDTH * digits / 2)) + LINE
        for digits in (1, 2, 3)
    )
    return one / scale, two / scale, three / scale


class Page(NamedTuple):
    """Paper the right way round: its size, the millimetres of a pixel, and cells in a row."""

    width: float
    height: float
    scale: float
    columns: int


def fit(shape: tuple[int, int], paper: str, entries: int) -> Page:
    """The way of turning the paper that leaves the picture the most room beside the legend.

    Raises:
        UsageError: there are so many entries that hardly any is left.
    """
    short, long = PAPERS[paper]
    best: Page | None = None
    for width, height in ((short, long), (long, short)):
        columns = max(1, int((width - 2 * MARGIN) // CELL_WIDTH))
        legend = ceil(entries / columns) * CELL_HEIGHT + GAP
        across = (width - 2 * MARGIN) / shape[1]
        down = (height - 2 * MARGIN - legend) / shape[0]
        page = Page(width, height, min(across, down), columns)
        if best is None or page.scale > best.scale:
            best = page
    if best is None or best.scale * max(shape) < LEAST_PICTURE:
        raise UsageError(
            f"the legend of {entries} paints leaves no room for the picture on {paper}; take a "
            "larger sheet, or fewer paints"
        )
    return best


def lay_out(regions: NumberedRegions, paper: str, smooth: float) -> Sheet:
    """The page of a numbered picture: lines and numbers, and below them the paints it takes."""
    shape = (regions.labels.shape[0], regions.labels.shape[1])
    shares = regions.shares
    used = np.flatnonzero(shares > 0)
    page = fit(shape, paper, regions.entries)
    scale = page.scale
    left = (page.width - shape[1] * scale) / 2
    texts = _numbers(regions, scale, left, MARGIN)
    boxes: list[Box] = []
    top = MARGIN + shape[0] * scale + GAP
    first = (page.width - min(page.columns, len(used)) * CELL_WIDTH) / 2
    for place, number in enumerate(used.tolist()):
        x = first + (place % page.columns) * CELL_WIDTH
        y = top + (place // page.columns) * CELL_HEIGHT
        _entry(regions.paints, number, float(shares[number]), (x, y), boxes, texts)
    return Sheet(
        width=page.width,
        height=page.height,
        left=left,
        top=MARGIN,
        scale=scale,
        shape=shape,
        contours=smoothed(trace(regions.labels), smooth),
        boxes=tuple(boxes),
        texts=tuple(texts),
    )


def _numbers(regions: NumberedRegions, scale: float, left: float, top: float) -> list[Text]:
    texts = []
    rows = zip(regions.paint.tolist(), regions.at.tolist(), regions.depth.tolist(), strict=True)
    for paint, (x, y), depth in rows:
        word = str(paint + 1)
        reach = np.hypot(DIGIT_HEIGHT / 2, DIGIT_WIDTH * len(word) / 2)
        size = min(max(0.6 * depth * scale / float(reach), SMALLEST_TEXT), LARGEST_TEXT)
        texts.append(Text(left + x * scale, top + y * scale, size, word, NUMBER_INK, True))
    return texts


def _entry(
    paints: Paints,
    number: int,
    share: float,
    corner: tuple[float, float],
    boxes: list[Box],
    texts: list[Text],
) -> None:
    """A paint in the legend: swatch with its number, name or colour, and share."""
    x, y = corner
    red, green, blue = paints.colors[number].tolist()
    boxes.append(Box(x, y, SWATCH, SWATCH, (red, green, blue)))
    dark = 0.299 * red + 0.587 * green + 0.114 * blue < 140
    ink = (255, 255, 255) if dark else TEXT_INK
    texts.append(Text(x + SWATCH / 2, y + SWATCH / 2, 3.2, str(number + 1), ink, True))
    name = paints.names[number] or hex_of((red, green, blue))
    most = int((CELL_WIDTH - SWATCH - 2) / (TEXT * 0.55))
    name = name if len(name) <= most else name[: most - 1] + "…"
    texts.append(Text(x + SWATCH + 1.5, y + 1.9, TEXT, name, TEXT_INK, False))
    texts.append(Text(x + SWATCH + 1.5, y + 5.0, 2.2, f"{share:.1%}", NUMBER_INK, False))


def sheet_svg(sheet: Sheet) -> str:
    """The page as SVG, in its own size on paper."""
    size = f'width="{sheet.width:g}mm" height="{sheet.height:g}mm"'
    rows = [svg_head(sheet.width, sheet.height, size)]
    rows.append('<rect width="100%" height="100%" fill="#ffffff"/>')
    stroke = f'stroke="{hex_of(LINE_INK)}" fill="none" stroke-linejoin="round"'
    move = f"translate({sheet.left:.3f} {sheet.top:.3f}) scale({sheet.scale:.6f})"
    rows.append(f'<g {stroke} stroke-width="{LINE / sheet.scale:.3f}" transform="{move}">')
    rows += [f'<path d="{path}"/>' for path in line_paths(sheet.contours)]
    h, w = sheet.shape
    rows.append(f'<rect width="{w}" height="{h}"/></g>')
    for box in sheet.boxes:
        place = f'x="{box.x:.2f}" y="{box.y:.2f}" width="{box.width:g}" height="{box.height:g}"'
        rows.append(
            f'<rect {place} fill="{hex_of(box.fill)}" stroke="#787878" stroke-width="0.1"/>'
        )
    rows.append('<g font-family="Helvetica, Arial, sans-serif">')
    for text in sheet.texts:
        anchor = ' text-anchor="middle"' if text.middle else ""
        # The middle of digits is a third of the em above the line they stand on.
        y = text.y + text.size * DIGIT_HEIGHT / 2
        place = f'x="{text.x:.2f}" y="{y:.2f}" font-size="{text.size:.2f}"'
        rows.append(f'<text {place} fill="{hex_of(text.ink)}"{anchor}>{escape(text.words)}</text>')
    rows.append("</g>\n</svg>\n")
    return "\n".join(rows)


def polylines(sheet: Sheet) -> list[NDArray[np.float64]]:
    """The lines as points (m, 2) in millimetres, with the curves taken apart."""
    from pochade.segments.contours import curves

    out = []
    contours = sheet.contours
    t = np.array([0.25, 0.5, 0.75, 1.0])[None, :, None]
    for chain, line in enumerate(contours.chains()):
        if min(contours.left[chain], contours.right[chain]) < 0:
            continue
        handles = curves(line)
        a, d = line[:-1, None], line[1:, None]
        b, c = handles[:, None, 0], handles[:, None, 1]
        bent = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
        points = np.concatenate([line[:1], bent.reshape(-1, 2)])
        out.append(points * sheet.scale + [sheet.left, sheet.top])
    return out
