"""zlib streams (RFC 1950, 1951), the same bytes on any number of threads.

libdeflate (through the `deflate` package) is three times as quick as zlib at equal size, and its
highest levels are smaller than any of zlib's, but it works on one thread. Beyond a few megabytes
Python's zlib takes over in threads: chunks of a fixed size, each with the 32 KiB before it as its
dictionary and ending on a byte boundary, which is the way of pigz by Mark Adler. On the labels of
photos its level 1 is no larger than its level 6.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from pochade.errors import UsageError

Effort: TypeAlias = Literal["fast", "default", "max"]
EFFORTS: Final = ("fast", "default", "max")

WINDOW: Final = 32768
CHUNK: Final = 256 * 1024
"""Bytes compressed at a time by zlib: at least 8 windows, so that starting anew costs little."""

PARALLEL_FROM: Final = 4 * 1024 * 1024
"""Bytes from which chunks in threads pay: a photo of 24 megapixels takes 0.3 s on two."""

SMALL: Final = 1024 * 1024
"""Bytes up to which repetitive data is compressed in more than one way."""

FLAT_SHARE: Final = 0.3
"""What repetitive data compresses to at most; labels of photos mostly stay above 0.4."""

_LEVELS: Final = {"fast": 2, "default": 7, "max": 12}
_ZLIB_LEVELS: Final = {"fast": 1, "default": 1, "max": 9}
_ADLER_BASE: Final = 65521


def compress(data: bytes, *, effort: Effort = "default", threads: int = 1) -> bytes:
    """Compress `data` to a zlib stream.

    The same bytes come out for any `threads`.

    Args:
        data: what to compress.
        effort: "fast" and "default" are libdeflate's levels 2 and 7 and, beyond `PARALLEL_FROM`
            bytes of a photo, chunks by zlib's level 1; "default" also tries higher levels on up
            to `SMALL` bytes of a drawing; "max" is libdeflate's level 12 at any size.
        threads: how many chunks to compress at a time; at least 1.

    Raises:
        UsageError: `effort` is none of the three.
    """
    if effort not in EFFORTS:
        raise UsageError(f"effort {effort!r} is unknown; choose one of {', '.join(EFFORTS)}.")
    if len(data) > PARALLEL_FROM and effort != "max" and not _is_flat(data):
        return compress_with_zlib(data, level=_ZLIB_LEVELS[effort], threads=threads)
    from deflate import zlib_compress

    stream = bytes(zlib_compress(data, _LEVELS[effort]))
    if effort == "default" and len(data) <= SMALL and len(stream) < FLAT_SHARE * len(data):
        # Drawings: longer searches take only milliseconds, and one of them may find more.
        stream = min(stream, zlib.compress(data, 9), bytes(zlib_compress(data, 9)), key=len)
    return stream


def _is_flat(data: bytes) -> bool:
    """Whether data is as repetitive as drawings are: there libdeflate is quick, and far smaller."""
    middle = len(data) // 2
    sample = data[middle : middle + CHUNK]
    return len(zlib.compress(sample, 1)) < FLAT_SHARE * len(sample)


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
