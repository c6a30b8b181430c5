"""Palettes to look at: an SVG with names, and a PNG of plain tiles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from pochade.io.palette_text_out import hex_of
from pochade.io.swatches import NAMES_KEY, OPAQUE, Swatches

_ROW: Final = 8
_TILE: Final = 96
_CARD_WIDTH: Final = 132
_CARD_HEIGHT: Final = 150
_TILE_HEIGHT: Final = 96
_GAP: Final = 12
_LONGEST_LABEL: Final = 20


def write_svg(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """A sheet of cards: the colour, its name, its number and its caption.

    The name in full is the <title> of the colour's rectangle, where browsers show it and
    `read_svg` finds it.
    """
    rows, columns = _grid(len(swatches.colors))
    width = columns * (_CARD_WIDTH + _GAP) + _GAP
    height = rows * (_CARD_HEIGHT + _GAP) + _GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="13">',
        f"<title>{escape(title or 'palette')}</title>",
        f'<path fill="#ffffff" class="page" d="M0 0h{width}v{height}H0z"/>',
    ]
    for place, (color, name) in enumerate(zip(swatches.colors, swatches.names, strict=True)):
        x = _GAP + place % columns * (_CARD_WIDTH + _GAP)
        y = _GAP + place // columns * (_CARD_HEIGHT + _GAP)
        opacity = "" if color[3] == OPAQUE else f' fill-opacity="{color[3] / 255:.4f}"'
        number = hex_of(color)
        words = [_short(name) or number, number if name else ""]
        words.append(captions[place] if place < len(captions) else "")
        lines += [
            f'<rect class="swatch" x="{x}" y="{y}" width="{_CARD_WIDTH}" height="{_TILE_HEIGHT}" '
            f'rx="6" stroke="#000000" stroke-opacity="0.15" fill={quoteattr(number[:7])}{opacity}>'
            f"<title>{escape(name)}</title></rect>",
            *(
                f'<text x="{x + 2}" y="{y + _TILE_HEIGHT + 18 + 17 * line}" '
                f'fill="{"#222222" if line == 0 else "#666666"}">{escape(word)}</text>'
                for line, word in enumerate(words)
                if word
            ),
        ]
    return "\n".join([*lines, "</svg>", ""]).encode()


def write_png(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """Tiles of plain colour, as an indexed PNG whose palette keeps the order.

    Names are in an international text chunk (PNG specification, section 11.3.3.4), where
    `palette_files` finds them. Where the last row has fewer tiles, they are wider.
    """
    del title, captions
    from pochade.io.deflate import compress
    from pochade.io.png import SIGNATURE, chunk
    from pochade.io.png_rows import filtered

    count = len(swatches.colors)
    rows, columns = _grid(count)
    labels = np.empty((rows * _TILE, columns * _TILE), np.uint8)
    across = np.arange(columns * _TILE)
    for row in range(rows):
        members = min(columns, count - row * columns)
        tiles = row * columns + across * members // (columns * _TILE)
        labels[row * _TILE : (row + 1) * _TILE] = tiles
    header = labels.shape[1].to_bytes(4, "big") + labels.shape[0].to_bytes(4, "big")
    parts = [SIGNATURE, chunk(b"IHDR", header + bytes([8, 3, 0, 0, 0]))]
    parts.append(chunk(b"PLTE", b"".join(bytes(color[:3]) for color in swatches.colors)))
    alphas = bytes(color[3] for color in swatches.colors)
    if alphas.strip(b"\xff"):
        parts.append(chunk(b"tRNS", alphas))
    if any(swatches.names):
        text = json.dumps(list(swatches.names), ensure_ascii=False).encode()
        parts.append(chunk(b"iTXt", NAMES_KEY.encode() + b"\0\0\0\0\0" + text))
    parts += [chunk(b"IDAT", compress(filtered(labels, "up").tobytes())), chunk(b"IEND", b"")]
    return b"".join(parts)


def _grid(count: int) -> tuple[int, int]:
    """Rows and columns for so many colours, at most `_ROW` in a row, all rows about equally long.

    >>> _grid(5), _grid(12), _grid(17)
    ((1, 5), (2, 6), (3, 6))
    """
    rows = -(-count // _ROW)
    return rows, -(-count // rows)


def _short(name: str) -> str:
    """As much of a name as fits onto a card."""
    return name if len(name) <= _LONGEST_LABEL else name[: _LONGEST_LABEL - 1] + "…"
