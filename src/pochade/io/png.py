"""Indexed PNG files, small and quick to write.

Bytes of a PNG after the W3C specification (third edition). How it gets small: the fewest bits a
pixel, no unused or double palette entries, transparent entries first so that tRNS is short, a
palette order and row filter that suit the picture, and libdeflate.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pochade.errors import UsageError
from pochade.io import deflate, png_order, png_rows
from pochade.io.deflate import Effort
from pochade.io.indexed import Indexed, tidy
from pochade.types import Labels, Palette

if TYPE_CHECKING:
    from pochade.io.exif import KeptMetadata

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_SIDE: Final = 2**31 - 1

_SMALL_PIXELS: Final = 1 << 16
_TRIAL_BYTES: Final = 96 * 1024
_TRIAL_GAIN: Final = 0.97
_FINALISTS: Final = 3


def encode_indexed(
    labels: Labels,
    palette: Palette,
    *,
    effort: Effort = "default",
    threads: int = 1,
    metadata: KeptMetadata | None = None,
    optimize: bool = False,
    optimize_level: int = 4,
) -> bytes:
    """Encode an indexed PNG at the smallest bit depth of 1, 2, 4 and 8.

    Reads back to exactly `palette[labels]`. The same bytes come out for any `threads`.

    Args:
        labels: h w, integers below k.
        palette: k 3 (RGB) or k 4 (RGBA, straight alpha) uint8. More than 256 entries are
            accepted when at most 256 different colours are in use.
        effort: "fast" compresses with one try; "default" picks the row filter on a sample of
            the picture; "max" tries every palette order and filter, and "default" does so too
            where there are at most 65,536 pixels.
        threads: how many threads may compress.
        metadata: EXIF (written as it is) and resolution to store; default is none.
        optimize: let oxipng (extra `png`) look for a smaller file, which is checked and used
            only if its pixels are the same.
        optimize_level: oxipng's own level, 0 to 6.

    Raises:
        UsageError: labels or palette are not what is said above.
        EngineUnavailableError: `optimize` is asked for and oxipng is not installed.
    """
    picture = tidy(labels, palette)
    if max(picture.labels.shape) > MAX_SIDE:
        raise UsageError(f"a PNG has at most {MAX_SIDE} pixels a side.")
    candidates = {"fast": _simple, "default": _sampled, "max": _searched}
    if effort not in candidates:
        raise UsageError(f"effort {effort!r} is unknown; choose one of {', '.join(candidates)}.")
    chosen, stream = candidates[effort](picture, threads)
    png = _file(chosen, stream, metadata)
    if optimize:
        from pochade.io.png_optimize import optimize_png

        png = optimize_png(png, level=optimize_level)
    return png


def chunk(kind: bytes, data: bytes) -> bytes:
    """One PNG chunk: length, kind, data, CRC-32 of kind and data."""
    return b"".join(
        [
            struct.pack(">I", len(data)),
            kind,
            data,
            struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))),
        ]
    )


def _file(picture: Indexed, stream: bytes, metadata: KeptMetadata | None) -> bytes:
    """Signature and all chunks of an indexed PNG around a finished zlib stream."""
    height, width = picture.labels.shape
    bits = png_rows.bit_depth(len(picture.palette))
    parts = [
        SIGNATURE,
        chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 3, 0, 0, 0)),
        *_metadata_chunks(metadata),
        chunk(b"PLTE", picture.palette[:, :3].tobytes()),
    ]
    see_through = np.flatnonzero(picture.palette[:, 3] < 255)
    if len(see_through):
        parts.append(chunk(b"tRNS", picture.palette[: see_through[-1] + 1, 3].tobytes()))
    for start in range(0, len(stream), MAX_SIDE):
        parts.append(chunk(b"IDAT", stream[start : start + MAX_SIDE]))
    parts.append(chunk(b"IEND", b""))
    return b"".join(parts)


def _metadata_chunks(metadata: KeptMetadata | None) -> list[bytes]:
    """PHYs (dots a metre) and eXIf, where there is something to keep."""
    chunks: list[bytes] = []
    if metadata is None:
        return chunks
    if metadata.dpi is not None:
        per_metre = [min(MAX_SIDE, max(0, round(dots / 0.0254))) for dots in metadata.dpi]
        chunks.append(chunk(b"pHYs", struct.pack(">IIB", *per_metre, 1)))
    if metadata.exif:
        chunks.append(chunk(b"eXIf", metadata.exif.removeprefix(b"Exif\0\0")))
    return chunks


def _simple(picture: Indexed, threads: int) -> tuple[Indexed, bytes]:
    """One order, no filter, quick compression."""
    ordered = picture.reordered(png_order.by_lightness(picture))
    rows = png_rows.filtered(_packed(ordered), "none")
    return ordered, _compressed(rows, "fast", threads)


def _sampled(picture: Indexed, threads: int) -> tuple[Indexed, bytes]:
    """The order and filter that win on a sample of rows; then the real compression once.

    A small picture, as an icon, is searched: it takes no longer than a photo does otherwise.
    """
    if picture.labels.size <= _SMALL_PIXELS:
        return _searched(picture, threads, "default")
    ordered = picture.reordered(png_order.by_lightness(picture))
    rows = _packed(ordered)
    kind = _best_filter_by_sample(rows) if len(ordered.palette) > 16 else "none"
    return ordered, _compressed(png_rows.filtered(rows, kind), "default", threads)


def _searched(picture: Indexed, threads: int, effort: Effort = "max") -> tuple[Indexed, bytes]:
    """Every order with every filter, compressed quickly; then the best few in earnest."""
    filters: dict[str, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
        "none": lambda rows: png_rows.filtered(rows, "none"),
        "sub": lambda rows: png_rows.filtered(rows, "sub"),
        "up": lambda rows: png_rows.filtered(rows, "up"),
        "paeth": lambda rows: png_rows.filtered(rows, "paeth"),
        "mixed": png_rows.mixed,
    }
    tries: list[tuple[int, int, Indexed, str]] = []
    for order in (png_order.by_lightness, png_order.by_neighbours, png_order.by_popularity):
        ordered = picture.reordered(order(picture))
        rows = _packed(ordered)
        for name, apply in filters.items():
            size = len(_compressed(apply(rows), "fast", threads))
            tries.append((size, len(tries), ordered, name))
    finished: list[tuple[int, Indexed, bytes]] = []
    for _, _, ordered, name in sorted(tries, key=lambda entry: entry[:2])[:_FINALISTS]:
        stream = _compressed(filters[name](_packed(ordered)), effort, threads)
        finished.append((len(stream), ordered, stream))
    _, ordered, stream = min(finished, key=lambda entry: entry[0])
    return ordered, stream


def _compressed(rows: NDArray[np.uint8], effort: Effort, threads: int) -> bytes:
    return deflate.compress(rows.tobytes(), effort=effort, threads=threads)


def _packed(picture: Indexed) -> NDArray[np.uint8]:
    return png_rows.pack(picture.labels, png_rows.bit_depth(len(picture.palette)))


def _best_filter_by_sample(rows: NDArray[np.uint8]) -> png_rows.Filter:
    """None, sub or up: whichever compresses a few bands of rows best, by a clear margin.

    Index data seldom gains from a filter; drawn gradients do, many times over.
    """
    height, width = rows.shape
    want = max(2, _TRIAL_BYTES // width)
    if height > want:
        band = max(2, want // 3)
        tops = [0, (height - band) // 2, height - band]
        bands = [rows[top : top + band] for top in tops]
    else:
        bands = [rows]
    kinds: tuple[png_rows.Filter, ...] = ("none", "sub", "up")
    sizes = []
    for kind in kinds:
        sample = b"".join(png_rows.filtered(part, kind).tobytes() for part in bands)
        sizes.append(len(zlib.compress(sample, 1)))
    best = int(np.argmin(sizes))
    return kinds[best] if sizes[best] < _TRIAL_GAIN * sizes[0] else "none"
