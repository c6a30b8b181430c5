"""Metadata that is kept on request, and the one thing changed in it: the orientation.

EXIF is a TIFF structure (CIPA DC-008, TIFF 6.0 section 2): a byte-order mark, then image file
directories of 12-byte entries.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, Protocol


class KeptMetadata(Protocol):
    """What a caller may ask to keep: raw EXIF bytes (TIFF) and the resolution in dots an inch."""

    @property
    def exif(self) -> bytes | None: ...  # noqa: D102
    @property
    def dpi(self) -> tuple[float, float] | None: ...  # noqa: D102


EXIF_MARK: Final = b"Exif\0\0"
_ORIENTATION: Final = 0x0112
_SHORT: Final = 3
_UPRIGHT: Final = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """Metadata as it is written."""

    exif: bytes | None
    dpi: tuple[float, float] | None


def upright(metadata: KeptMetadata | None) -> Kept | None:
    """The metadata with the orientation said to be upright, as pochade's pixels are."""
    if metadata is None:
        return None
    exif = without_orientation(metadata.exif) if metadata.exif else b""
    return Kept(exif or None, metadata.dpi)


def without_orientation(exif: bytes) -> bytes:
    r"""The same EXIF bytes (TIFF, without the "Exif" mark in front) saying "upright".

    Every other byte stays as it is, so offsets remain valid. Data that is not understood is
    dropped: the result is then empty.

    Args:
        exif: EXIF bytes, with or without the "Exif\0\0" in front.
    """
    data = bytearray(exif.removeprefix(EXIF_MARK))
    order = {b"II": "<", b"MM": ">"}.get(bytes(data[:2]))
    if order is None or len(data) < 8:
        return b""
    magic, place = struct.unpack_from(order + "HI", data, 2)
    if magic != 42 or place + 2 > len(data):
        return b""
    (entries,) = struct.unpack_from(order + "H", data, place)
    for start in range(place + 2, place + 2 + 12 * entries, 12):
        if start + 12 > len(data):
            return b""
        (tag,) = struct.unpack_from(order + "H", data, start)
        if tag == _ORIENTATION:
            struct.pack_into(order + "HIHH", data, start + 2, _SHORT, 1, _UPRIGHT, 0)
    # The next directory holds a thumbnail of the picture as it was: it no longer fits, so the
    # chain ends here.
    after = place + 2 + 12 * entries
    if after + 4 <= len(data):
        struct.pack_into(order + "I", data, after, 0)
    return bytes(data)
