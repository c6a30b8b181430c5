"""Encoded pictures and bombs for the tests of reading, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

MAGIC = b"\x89PNG\r\n\x1a\n"


def gradient(height: int = 13, width: int = 17, channels: int = 3) -> np.ndarray:
    """A picture in which every pixel and channel differs from its neighbours."""
    rows, columns = np.mgrid[0:height, 0:width]
    planes = [
        rows * 255 // max(1, height - 1),
        columns * 255 // max(1, width - 1),
        (rows * 31 + columns * 57) % 256,
        (rows * 101 + columns * 13) % 256,
    ]
    return np.stack(planes[:channels], axis=-1).astype(np.uint8)


def encode(image: Image.Image, format_name: str, **options: object) -> bytes:
    """Save with Pillow to bytes."""
    stream = io.BytesIO()
    image.save(stream, format_name, **options)
    return stream.getvalue()


def chunk(kind: bytes, payload: bytes) -> bytes:
    """One PNG chunk."""
    return (
        struct.pack(">I", len(payload))
        + kind
        + payload
        + struct.pack(">I", zlib.crc32(kind + payload))
    )


def png(
    width: int,
    height: int,
    depth: int,
    color_type: int,
    rows: bytes | None = None,
    *,
    before: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """A PNG from raw unfiltered rows (each without its filter byte); None writes no pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0))
    pixels = b""
    if rows is not None:
        stride = len(rows) // height
        raw = b"".join(b"\0" + rows[y * stride : (y + 1) * stride] for y in range(height))
        pixels = chunk(b"IDAT", zlib.compress(raw))
    return MAGIC + header + before + pixels + after + chunk(b"IEND", b"")


def frame_control(
    sequence: int,
    size: tuple[int, int],
    offset: tuple[int, int] = (0, 0),
    *,
    delay: tuple[int, int] = (1, 10),
    dispose: int = 0,
    blend: int = 0,
) -> bytes:
    """An fcTL chunk."""
    return chunk(
        b"fcTL",
        struct.pack(">IIIIIHHBB", sequence, *size, *offset, *delay, dispose, blend),
    )


def rgba_rows(pixels: np.ndarray) -> bytes:
    """Zlib stream of an RGBA picture's rows with filter 0."""
    height = pixels.shape[0]
    return zlib.compress(b"".join(b"\0" + pixels[y].tobytes() for y in range(height)))


def gif(
    screen: tuple[int, int],
    frames: Sequence[tuple[tuple[int, int], np.ndarray, int, int | None]],
    palette: Sequence[tuple[int, int, int]],
    *,
    loop: int | None = None,
    delay: int = 7,
) -> bytes:
    """A GIF from index arrays: ((left, top), indices, disposal, transparent index) per frame."""
    bits = max(1, (len(palette) - 1).bit_length())
    table = b"".join(bytes(color) for color in palette).ljust(3 << bits, b"\0")
    out = [b"GIF89a", struct.pack("<HHBBB", *screen, 0x80 | (bits - 1), 0, 0), table]
    if loop is not None:
        out.append(b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", loop) + b"\0")
    for (left, top), indices, disposal, transparent in frames:
        flags = disposal << 2 | (transparent is not None)
        out.append(b"!\xf9\x04" + struct.pack("<BHB", flags, delay, transparent or 0) + b"\0")
        height, width = indices.shape
        out.append(b"," + struct.pack("<HHHHB", left, top, width, height, 0))
        out.append(uncompressed_lzw(indices.tobytes()))
    return b"".join(out) + b";"


def uncompressed_lzw(indices: bytes) -> bytes:
    """GIF pixel data with a clear code before the code width could grow."""
    codes = []
    for start in range(0, len(indices), 200):
        codes += [256, *indices[start : start + 200]]
    codes.append(257)
    number = sum(code << (9 * place) for place, code in enumerate(codes))
    packed = number.to_bytes((9 * len(codes) + 7) // 8, "little")
    blocks = [packed[i : i + 255] for i in range(0, len(packed), 255)]
    return b"\x08" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def exif_block(orientation: int) -> bytes:
    """An EXIF block with only an orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()
