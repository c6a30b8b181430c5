"""The colour profile that says sRGB, as bytes to embed: the same on every run and machine.

ICC.1:2001-04 (version 2.4), a matrix and tone curves. The primaries are those of IEC 61966-2-1,
adapted to the white D50 of the profile connection space by the Bradford transform.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import Final

NAME: Final = "sRGB IEC61966-2.1"
WHITE: Final = (0.9642, 1.0, 0.8249)
PRIMARIES: Final = (
    ("rXYZ", (0.4360747, 0.2225045, 0.0139322)),
    ("gXYZ", (0.3850649, 0.7168786, 0.0971045)),
    ("bXYZ", (0.1430804, 0.0606169, 0.7141733)),
)
STEPS: Final = 1024
"""Entries of the tone curve."""


@cache
def srgb_profile() -> bytes:
    """The profile, 2,524 bytes.

    >>> len(srgb_profile()), srgb_profile()[36:40]
    (2524, b'acsp')
    """
    curve = b"".join(
        struct.pack(">H", round(65535 * _linear(i / (STEPS - 1)))) for i in range(STEPS)
    )
    tags = [
        ("desc", _description(NAME)),
        ("cprt", b"text\0\0\0\0" + b"No copyright, use freely\0"),
        ("wtpt", _xyz(WHITE)),
        *((name, _xyz(value)) for name, value in PRIMARIES),
        ("rTRC", b"curv\0\0\0\0" + struct.pack(">I", STEPS) + curve),
    ]
    table, data = [], b""
    start = 128 + 4 + 12 * (len(tags) + 2)
    for name, content in tags:
        table.append((name, start + len(data), len(content)))
        data += content + b"\0" * (-len(content) % 4)
    table += [(name, *table[-1][1:]) for name in ("gTRC", "bTRC")]
    index = struct.pack(">I", len(table))
    index += b"".join(struct.pack(">4sII", name.encode(), *place) for name, *place in table)
    body = index + data
    header = struct.pack(
        ">I4sI4s4s4s6H4s4sIIIQI3i4s44x",
        128 + len(body),
        b"\0\0\0\0",
        0x02400000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        *(2000, 1, 1, 0, 0, 0),
        b"acsp",
        b"\0\0\0\0",
        0,
        0,
        0,
        0,
        0,
        *(_fixed(value) for value in WHITE),
        b"\0\0\0\0",
    )
    return header + body


def _linear(value: float) -> float:
    """Light, 0 to 1, of an sRGB value, 0 to 1."""
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _fixed(value: float) -> int:
    """A number as ICC's s15Fixed16."""
    return round(value * 65536)


def _xyz(value: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(_fixed(part) for part in value))


def _description(text: str) -> bytes:
    ascii_text = text.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(ascii_text)) + ascii_text + b"\0" * 78
