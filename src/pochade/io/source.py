"""From whatever names a picture (path, '-', bytes, open file, URL) to its encoded bytes."""

from __future__ import annotations

import io
import os
import stat
import sys
from typing import BinaryIO, NamedTuple

from pochade.errors import InputError, LimitError
from pochade.io.limits import Limits, check_bytes
from pochade.io.sniff import HEAD, describe_refused, sniff

# Uncompressed formats stay on disk while they are decoded; the others are small beside their
# pixels, and in memory their structure can be checked before a decoder sees it.
_DECODED_FROM_DISK = {"TIFF", "BMP", "PPM"}


class Encoded(NamedTuple):
    """An encoded picture, its format known by content.

    Attributes:
        name: the source, safe to print.
        format: one of `sniff.FORMATS`.
        suffix: ending of the file name, "" where there is none.
        size: bytes.
        data: all of it, or None when it stays on disk.
        stream: the same bytes as a file at position 0.
    """

    name: str
    format: str
    suffix: str
    size: int
    data: bytes | None
    stream: BinaryIO

    def close(self) -> None:
        """Close the file behind it, if any."""
        self.stream.close()


def printable(name: str) -> str:
    r"""A name that is safe on a terminal and in a log: no control or format characters.

    >>> printable("a\x1b[31m.png")
    'a\\x1b[31m.png'
    """
    if not name.isprintable():
        name = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)
    return name if len(name) <= 300 else f"{name[:140]}...{name[-140:]}"


def from_bytes(data: bytes, name: str, limits: Limits, *, suffix: str = "") -> Encoded:
    """Take encoded bytes.

    Raises:
        InputError: empty, or no format that is read.
        LimitError: more than `limits.max_bytes`.
    """
    check_bytes(len(data), name, limits)
    found = _format(data[:HEAD], name)
    return Encoded(name, found, suffix, len(data), data, io.BytesIO(data))


def open_regular(path: str | os.PathLike[str], shown: str) -> BinaryIO:
    """Open a regular file and nothing else, so that nothing can block or never end.

    Args:
        path: the file.
        shown: its name, safe to print.

    Raises:
        InputError: missing, no permission, a directory, pipe or device.
    """
    try:
        _check_regular(os.stat(path).st_mode, shown)  # noqa: PTH116  (accepts str; no Path needed)
        # Not blocking, and checked again once open: the name may have been swapped for a pipe.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        return os.fdopen(os.open(path, flags), "rb")
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"{shown} does not exist; check the path") from error
    except PermissionError as error:
        raise InputError(f"{shown} may not be read; check its permissions") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{shown} cannot be opened ({reason}); check the path") from error


def from_path(path: str | os.PathLike[str], limits: Limits) -> Encoded:
    """Take a file. Only a regular file is ever opened, so that nothing can block or never end.

    Raises:
        InputError: missing, no permission, a directory, pipe or device, empty, no picture.
        LimitError: more than `limits.max_bytes`.
    """
    shown = printable(os.fsdecode(path))
    stream = open_regular(path, shown)
    try:
        return _from_open_file(stream, shown, os.path.splitext(path)[1], limits)  # noqa: PTH122
    except BaseException as error:
        stream.close()
        if isinstance(error, OSError) and not isinstance(error, InputError):
            raise InputError(
                f"{shown} cannot be read ({error.strerror or error}); check the disk"
            ) from error
        raise


def _from_open_file(stream: BinaryIO, name: str, suffix: str, limits: Limits) -> Encoded:
    status = os.fstat(stream.fileno())
    _check_regular(status.st_mode, name)
    check_bytes(status.st_size, name, limits)
    head = stream.read(HEAD)
    found = _format(head, name)
    stream.seek(0)
    if found in _DECODED_FROM_DISK:
        return Encoded(name, found, suffix, status.st_size, None, stream)
    data = read_up_to(stream, limits.max_bytes, name)
    stream.close()
    return Encoded(name, found, suffix, len(data), data, io.BytesIO(data))


def from_stdin(limits: Limits) -> Encoded:
    """Take everything that standard input delivers.

    Raises:
        InputError: a terminal, closed, empty or no picture.
        LimitError: more than `limits.max_bytes`.
    """
    name = "standard input"
    if sys.stdin is None or sys.stdin.closed:
        raise InputError("standard input is closed; pipe a picture into it")
    if sys.stdin.isatty():
        raise InputError("standard input is a terminal; pipe a picture into it or name a file")
    return from_stream(sys.stdin.buffer, name, limits)


def from_stream(stream: BinaryIO, name: str, limits: Limits) -> Encoded:
    """Take the rest of an open binary file; it is left open.

    Raises:
        InputError: unreadable, empty or no picture.
        LimitError: more than `limits.max_bytes`.
    """
    try:
        data = read_up_to(stream, limits.max_bytes, name)
    except InputError:
        raise
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{name} cannot be read ({error}); open it in binary mode") from error
    return from_bytes(data, name, limits)


def read_up_to(stream: BinaryIO, limit: int, name: str) -> bytes:
    """Everything left in the stream, or LimitError once it has passed `limit` bytes."""
    parts: list[bytes] = []
    left = limit + 1
    while left > 0:
        part = stream.read(min(left, 2**24))
        if not part:
            return parts[0] if len(parts) == 1 else b"".join(parts)
        if not isinstance(part, bytes):
            raise TypeError("it gives text")
        parts.append(part)
        left -= len(part)
    raise LimitError(
        f"{name} delivers more than {limit} bytes, the limit; raise max_bytes if it can be trusted"
    )


def _check_regular(mode: int, name: str) -> None:
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise InputError(f"{name} is a directory; name a picture file in it")
    kind = "pipe or socket" if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else "device"
    raise InputError(f"{name} is a {kind}, not a file; use '-' to read standard input")


def _format(head: bytes, name: str) -> str:
    if not head:
        raise InputError(f"{name} is empty; write or download it again")
    found = sniff(head)
    if found is None:
        raise InputError(
            f"{name} is not a picture that can be read (PNG, JPEG, GIF, WebP, BMP, TIFF, AVIF or "
            f"PPM): it looks like {describe_refused(head)}; convert it first"
        )
    return found
