"""BMP files: 1, 4 or 8 bits with a palette, 24 bits, or 32 bits with alpha.

After Microsoft's description of BITMAPFILEHEADER, BITMAPINFOHEADER and BITMAPV4HEADER. Written
here because Pillow writes neither fewer than 8 bits a label nor an alpha channel that it reads.
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pochade.errors import UsageError
from pochade.io.indexed import Indexed
from pochade.io.png_rows import pack
from pochade.types import Image

_FILE_HEADER: Final = 14
_INFO_HEADER: Final = 40
_V4_HEADER: Final = 108
_BITFIELDS: Final = 3
_MASKS: Final = (0x00FF0000, 0x0000FF00, 0x000000FF, 0xFF000000)
_PIXELS_A_METRE: Final = 2835  # 72 dots an inch
_MAX_BYTES: Final = 2**32 - 1


def encode_bmp_indexed(picture: Indexed) -> bytes:
    """Encode an opaque indexed picture with 1, 4 or 8 bits a label.

    Raises:
        UsageError: the picture is larger than a BMP can be (4 GiB).
    """
    k = len(picture.palette)
    bits = next(depth for depth in (1, 4, 8) if k <= 1 << depth)
    height, width = picture.labels.shape
    table = np.zeros((k, 4), np.uint8)
    table[:, :3] = picture.palette[:, 2::-1]
    info = _info_header(_INFO_HEADER, width, height, bits, k)
    return _file(info + table.tobytes(), pack(picture.labels, bits))


def encode_bmp(image: Image) -> bytes:
    """Encode h w 3 with 24 bits a pixel or h w 4 with 32 bits and an alpha mask.

    Raises:
        UsageError: the picture is larger than a BMP can be (4 GiB).
    """
    height, width, channels = image.shape
    rows = np.ascontiguousarray(image[..., [2, 1, 0, 3][:channels]]).reshape(height, -1)
    if channels == 3:
        return _file(_info_header(_INFO_HEADER, width, height, 24, 0), rows)
    info = _info_header(_V4_HEADER, width, height, 32, 0)
    info += struct.pack("<4I4s36x12x", *_MASKS, b"BGRs")  # "sRGB", little-endian
    return _file(info, rows)


def _info_header(size: int, width: int, height: int, bits: int, colors: int) -> bytes:
    compression = _BITFIELDS if bits == 32 else 0
    resolution = (_PIXELS_A_METRE, _PIXELS_A_METRE)
    return struct.pack(
        "<IiiHHIIiiII", size, width, height, 1, bits, compression, 0, *resolution, colors, 0
    )


def _file(header: bytes, rows: NDArray[np.uint8]) -> bytes:
    """The whole file: rows go from the bottom up, each padded to a multiple of 4 bytes."""
    height, width = rows.shape
    padded = np.zeros((height, width + -width % 4), np.uint8)
    padded[:, :width] = rows[::-1]
    start = _FILE_HEADER + len(header)
    if start + padded.size > _MAX_BYTES:
        raise UsageError("the picture is too large for BMP; use png or tiff.")
    head = struct.pack("<2sIHHI", b"BM", start + padded.size, 0, 0, start)
    return b"".join([head, header, padded.tobytes()])
