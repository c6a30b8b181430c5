"""Palettes in binary files: Microsoft RIFF, Adobe colour table, swatch exchange and swatches.

Layouts as in `palette_binary`, which reads them.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from pochade.io.swatches import Swatches

_ACT_ENTRIES: Final = 256
_NO_TRANSPARENT: Final = 0xFFFF
_ASE_COLOR: Final = 1
_ASE_NORMAL: Final = 2
_WIDE: Final = 257
"""From 8 to 16 bits: 255 * 257 is 65535."""


def write_ase(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """Adobe swatch exchange (.ase), version 1.0: one block a colour, RGB as floats."""
    del title, captions
    blocks = []
    for color, name in zip(swatches.colors, swatches.names, strict=True):
        values = struct.pack(">3f", *(value / 255 for value in color[:3]))
        body = _counted(name, ">H") + b"RGB " + values + struct.pack(">H", _ASE_NORMAL)
        blocks.append(struct.pack(">HI", _ASE_COLOR, len(body)) + body)
    return b"ASEF" + struct.pack(">HHI", 1, 0, len(blocks)) + b"".join(blocks)


def write_aco(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """Photoshop swatches (.aco): version 1 for old readers, then version 2 with the names."""
    del title, captions
    count = len(swatches.colors)
    one, two = [struct.pack(">HH", 1, count)], [struct.pack(">HH", 2, count)]
    for color, name in zip(swatches.colors, swatches.names, strict=True):
        entry = struct.pack(">5H", 0, *(_WIDE * value for value in color[:3]), 0)
        one.append(entry)
        two.append(entry + _counted(name, ">I"))
    return b"".join(one + two)


def write_act(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """Adobe colour table (.act): 256 entries, then how many count, and no transparent one."""
    del title, captions
    data = b"".join(bytes(color[:3]) for color in swatches.colors).ljust(3 * _ACT_ENTRIES, b"\0")
    return data + struct.pack(">HH", len(swatches.colors), _NO_TRANSPARENT)


def write_riff(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """Microsoft palette (.pal): RIFF with one chunk, a LOGPALETTE of version 3.0."""
    del title, captions
    entries = b"".join(bytes([*color[:3], 0]) for color in swatches.colors)
    body = struct.pack("<HH", 0x300, len(swatches.colors)) + entries
    chunk = b"PAL data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunk)) + chunk


def _counted(name: str, layout: str) -> bytes:
    """A name as UTF-16 with a zero at its end, after the number of its units, the zero included."""
    units = (name + "\0").encode("utf-16-be")
    return struct.pack(layout, len(units) // 2) + units
