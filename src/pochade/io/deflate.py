"""zlib streams (RFC 1950, 1951), compressed in parallel, the same bytes on any number of threads.

With the kernels, native/deflate.cpp does the work: it either takes matches as they come, which is
as quick as zlib's level 1 and smaller than its level 6, or looks for the cheapest way through the
data, which is another 5 to 7 % smaller. Without the kernels Python's zlib compresses chunks of a
fixed size in threads, each with the 32 KiB before it as its dictionary and ending on a byte
boundary, which is the way of pigz by Mark Adler.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Literal, TypeAlias

from pochade.errors import UsageError

Effort: TypeAlias = Literal["fast", "default", "max"]
EFFORTS: Final = ("fast", "default", "max")

WINDOW: Final = 32768
CHUNK: Final = 256 * 1024
"""Bytes compressed at a time by zlib: at least 8 windows, so that starting anew costs little."""

SEARCH_LIMIT: Final = 4 * 1024 * 1024
"""Bytes up to which "default" searches: beyond, a photo of 24 megapixels would take a second."""


@dataclass(frozen=True, slots=True)
class _Search:
    """Settings of the native compressor; see native/deflate.hpp."""

    depth: int
    nice: int
    passes: int


_QUICK: Final = _Search(1, 16, 0)
_SMALL: Final = _Search(24, 96, 2)
_SMALL_LIMIT: Final = 256 * 1024
_SEARCHES: Final = {"fast": _QUICK, "default": _Search(8, 48, 1), "max": _Search(48, 258, 4)}
_ZLIB_LEVELS: Final = {"fast": 1, "default": 6, "max": 9}
_ADLER_BASE: Final = 65521


def compress(data: bytes, *, effort: Effort = "default", row: int = 0, threads: int = 1) -> bytes:
    """Compress `data` to a zlib stream.

    The same bytes come out for any `threads`, but not with and without the kernels.

    Args:
        data: what to compress.
        effort: "fast" takes matches as they come; "default" searches, the longer the less data
            there is, and not beyond `SEARCH_LIMIT` bytes; "max" always searches, longest.
        row: bytes after which the data may well repeat, as the rows of a picture do; 0 if unknown.
        threads: how many chunks to compress at a time; at least 1.

    Raises:
        UsageError: `effort` is none of the three.
    """
    if effort not in EFFORTS:
        raise UsageError(f"effort {effort!r} is unknown; choose one of {', '.join(EFFORTS)}.")
    native = _native_deflate()
    if native is None:
        return compress_with_zlib(data, level=_ZLIB_LEVELS[effort], threads=threads)
    search = _SEARCHES[effort]
    if effort == "default" and len(data) <= _SMALL_LIMIT:
        search = _SMALL
    elif effort == "default" and len(data) > SEARCH_LIMIT:
        search = _QUICK
    return native(
        data,
        depth=search.depth,
        nice=search.nice,
        passes=search.passes,
        row=row if row <= WINDOW else 0,
        threads=max(1, threads),
    )


def _native_deflate() -> Callable[..., bytes] | None:
    """The kernel, or None in an install without a compiler."""
    try:
        kernel: Callable[..., bytes] = import_module("pochade._native").deflate_zlib
    except ImportError:
        return None
    return kernel


def compress_with_zlib(data: bytes, *, level: int, threads: int = 1) -> bytes:
    """`compress` by Python's zlib at a level of 1 to 9; the same bytes for any `threads`."""
    if len(data) <= CHUNK:
        return zlib.compress(data, level)
    view = memoryview(data)
    starts = range(0, len(data), CHUNK)
    pieces: list[bytes] = [b""] * len(starts)
    checks: list[int] = [1] * len(starts)

    def work(index: int) -> None:
        start = starts[index]
        chunk = view[start : start + CHUNK]
        checks[index] = zlib.adler32(chunk)
        # A raw stream (negative window bits): the one header and check sum are written below.
        before = view[max(0, start - WINDOW) : start]
        raw = zlib.compressobj(level, zlib.DEFLATED, -15, 8, zlib.Z_DEFAULT_STRATEGY, before)
        last = index == len(starts) - 1
        pieces[index] = raw.compress(chunk) + raw.flush(
            zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH
        )

    run_in_threads(work, len(starts), threads)
    check = checks[0]
    for start, piece_check in zip(starts[1:], checks[1:], strict=True):
        check = combine_adler32(check, piece_check, min(CHUNK, len(data) - start))
    return b"".join([b"\x78\x9c", *pieces, check.to_bytes(4, "big")])


def combine_adler32(first: int, second: int, second_length: int) -> int:
    """The Adler-32 sum of two byte strings one after the other, from the sum of each.

    zlib's adler32_combine: the sums are a = 1 + sum of bytes and b = sum of all a's, modulo 65521.

    >>> combine_adler32(zlib.adler32(b"poch"), zlib.adler32(b"ade"), 3) == zlib.adler32(b"pochade")
    True
    """
    a1, b1 = first & 0xFFFF, first >> 16
    a2, b2 = second & 0xFFFF, second >> 16
    a = (a1 + a2 - 1) % _ADLER_BASE
    b = (b1 + b2 + (a1 - 1) * second_length) % _ADLER_BASE
    return b << 16 | a


def run_in_threads(work: Callable[[int], object], count: int, threads: int) -> None:
    """Call work(0) ... work(count - 1), on up to `threads` threads; raise the first error.

    Plain threads: importing concurrent.futures would take longer than a small picture needs.
    """
    indices = iter(range(count))
    lock = threading.Lock()
    errors: list[BaseException] = []

    def worker() -> None:
        while not errors:
            with lock:
                index = next(indices, None)
            if index is None:
                return
            try:
                work(index)
            except BaseException as error:
                errors.append(error)

    pool = [threading.Thread(target=worker) for _ in range(min(threads, count) - 1)]
    for thread in pool:
        thread.start()
    worker()
    for thread in pool:
        thread.join()
    if errors:
        raise errors[0]
