"""Writing a file whole or not at all.

Everything that pochade writes passes through `atomic_write`: the bytes go to a temporary file in
the same folder, are flushed to the disk, and only then take the name that was asked for. A full
disk, a killed process or a power cut leaves an existing file as it was.

pathlib is not used here: it takes as long to load as a picture to be written.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from io import BytesIO, RawIOBase
from typing import BinaryIO, Final, TypeAlias

from pochade.errors import OutputError, PochadeError

Writer: TypeAlias = Callable[[BinaryIO], object]
"""A function that writes its output to the binary, seekable file that it is given."""

STDOUT: Final = "-"
TEMP_PREFIX: Final = ".pochade-"
TEMP_SUFFIX: Final = ".tmp"
TEMP_DIGITS: Final = 16
STALE_AFTER: Final = 3600.0
"""Seconds without a write after which a temporary file counts as left by a killed run."""

QUICK_SWEEP_ENTRIES: Final = 2000
_swept_folders: set[str] = set()

_REASONS: Final = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than this system allows",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the file system is read-only",
    errno.ENOENT: "its folder does not exist",
    errno.ENOTDIR: "a part of its path is not a folder",
    errno.EISDIR: "it is a folder",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "its symbolic links go round in circles",
    errno.EMFILE: "too many files are open",
    errno.EIO: "the disk reported an error",
    errno.EPIPE: "the reader closed the pipe",
}
_NO_HARD_LINKS: Final = frozenset(
    {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.EINVAL}
)


def atomic_write(
    path: str | os.PathLike[str],
    data: bytes | bytearray | memoryview | Writer,
    *,
    overwrite: bool = False,
    sync: bool = True,
) -> None:
    """Write `data` to `path` so that other processes see the whole new file or none of it.

    A symbolic link is followed: the file that it names is replaced and the link stays. A device
    or a named pipe is written to directly. A replaced file keeps its mode and, where permitted,
    its owner; a new one gets what the umask allows. "-" is standard output.

    Args:
        path: where to write, or "-".
        data: the bytes, or a function that writes them to a binary file (seekable, unless
            `path` is "-", a device or a pipe: then it gets a buffer in memory).
        overwrite: replace an existing file. Without it, a file that appears while the data is
            being written is not replaced either.
        sync: flush file and folder to the disk before returning, so that a power cut is
            survived too. Without it a kill at any time is still harmless.

    Raises:
        OutputError: `path` exists and `overwrite` is false, is a folder, cannot be written,
            or the disk is full. Nothing is left behind.
    """
    name = os.fspath(path)
    if name == STDOUT:
        _write_to_stdout(_in_memory(data, "standard output"))
        return
    target, found = _resolve(name, overwrite)
    if found is not None and not stat.S_ISREG(found.st_mode):
        content = _in_memory(data, name)
        with _as_output_error(name), open(target, "wb", buffering=0) as device:
            _write_all(device, content)
        return
    with _temporary(name, target, found) as (temporary, file), _as_output_error(name):
        if callable(data):
            data(file)
        else:
            _write_all(file, data)
        file.flush()
        if sync:
            os.fsync(file.fileno())
        file.close()
        _publish(name, temporary, target, overwrite)
        if sync:
            _sync_folder(os.path.dirname(target))


def sweep_stale(
    folder: str | os.PathLike[str],
    *,
    older_than: float = STALE_AFTER,
    now: float | None = None,
    max_entries: int | None = None,
) -> int:
    """Remove the temporary files that killed runs left in `folder`; return how many.

    Only regular files named by this module's own pattern and not written to for `older_than`
    seconds go. What cannot be listed or removed is left alone, without an error.

    Args:
        folder: the folder; not searched recursively.
        older_than: seconds since the last write.
        now: the time to compare with, in seconds; default is this machine's clock.
        max_entries: stop after looking at so many names; default is to look at all.
    """
    limit = time.time() if now is None else now
    removed = 0
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for seen, entry in enumerate(entries):
            if max_entries is not None and seen >= max_entries:
                break
            if not is_temporary_name(entry.name):
                continue
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode) and limit - status.st_mtime > older_than:
                    os.unlink(entry.path)
                    removed += 1
    return removed


def is_temporary_name(name: str) -> bool:
    """Whether a file name (without folder) is one that `atomic_write` gives its temporary files.

    >>> is_temporary_name(".pochade-0123456789abcdef.tmp"), is_temporary_name(".pochade-a.tmp")
    (True, False)
    """
    middle = name[len(TEMP_PREFIX) : -len(TEMP_SUFFIX)]
    return (
        name.startswith(TEMP_PREFIX)
        and name.endswith(TEMP_SUFFIX)
        and len(middle) == TEMP_DIGITS
        and all(digit in "0123456789abcdef" for digit in middle)
    )


def _resolve(name: str, overwrite: bool) -> tuple[str, os.stat_result | None]:
    """The absolute file behind all symbolic links, and what is there now (None: nothing)."""
    if not name or "\0" in name:
        raise OutputError(f"cannot write {name!r}: that is no file name.")
    with _as_output_error(name):
        target = os.path.realpath(name)
        try:
            found = os.lstat(target)
        except FileNotFoundError:
            found = None
        if found is None and not os.path.isdir(os.path.dirname(target)):
            raise OutputError(f"cannot write {name}: its folder does not exist.")
    if found is None:
        if name.endswith(("/", os.sep)):
            raise OutputError(f"cannot write {name}: give a file name, not a folder.")
        return target, None
    if stat.S_ISDIR(found.st_mode):
        raise OutputError(f"cannot write {name}: it is a folder; give a file name in it.")
    if stat.S_ISLNK(found.st_mode):
        raise OutputError(f"cannot write {name}: its symbolic links go round in circles.")
    if stat.S_ISREG(found.st_mode) and not overwrite:
        raise _exists(name)
    return target, found


def _exists(name: str) -> OutputError:
    return OutputError(f"{name} exists already; use -f (overwrite=True) to replace it.")


@contextlib.contextmanager
def _as_output_error(name: str) -> Iterator[None]:
    """Turn any OSError that is not our own into one OutputError sentence about `name`."""
    try:
        yield
    except PochadeError:
        raise
    except OSError as error:
        reason = _REASONS.get(error.errno or 0) or error.strerror or str(error) or "unknown error"
        raise OutputError(f"cannot write {name}: {reason}.") from error


@contextlib.contextmanager
def _temporary(
    name: str, target: str, found: os.stat_result | None
) -> Iterator[tuple[str, BinaryIO]]:
    """A new, empty file beside `target`; closed on leaving, removed if it still has its name."""
    random = os.urandom(TEMP_DIGITS // 2).hex()
    folder = os.path.dirname(target)
    temporary = os.path.join(folder, f"{TEMP_PREFIX}{random}{TEMP_SUFFIX}")
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    with _as_output_error(name):
        descriptor = os.open(temporary, flags, 0o666 if found is None else 0o600)
    file = os.fdopen(descriptor, "w+b")
    try:
        with _as_output_error(name):
            if found is not None:
                _keep_ownership(descriptor, found)
            _sweep_once(folder, os.fstat(descriptor).st_mtime)
        yield temporary, file
    finally:
        with contextlib.suppress(OSError):
            file.close()
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def _keep_ownership(descriptor: int, found: os.stat_result) -> None:
    """Give the open file the owner (where permitted) and the mode of the file it replaces."""
    if hasattr(os, "fchown"):
        now = os.fstat(descriptor)
        if (now.st_uid, now.st_gid) != (found.st_uid, found.st_gid):
            with contextlib.suppress(OSError):
                os.fchown(descriptor, found.st_uid, found.st_gid)
    if hasattr(os, "fchmod"):
        with contextlib.suppress(OSError):  # some network file systems have no modes
            os.fchmod(descriptor, stat.S_IMODE(found.st_mode) & 0o777)


def _sweep_once(folder: str, now: float) -> None:
    """Sweep a folder on the first write to it, by the file system's own clock, briefly."""
    if folder not in _swept_folders:
        _swept_folders.add(folder)
        sweep_stale(folder, now=now, max_entries=QUICK_SWEEP_ENTRIES)


def _publish(name: str, temporary: str, target: str, overwrite: bool) -> None:
    """Give the finished temporary file its real name."""
    if overwrite:
        os.replace(temporary, target)
        return
    try:
        if os.name == "nt":
            os.rename(temporary, target)  # refuses an existing file there
        else:
            os.link(temporary, target)  # the one call that names a file only if the name is free
        return
    except FileExistsError:
        raise _exists(name) from None
    except OSError as error:
        if os.name == "nt" or error.errno not in _NO_HARD_LINKS:
            raise
    # No hard links here (FAT, some network disks): claim the name with an empty file, then
    # replace that. Only a kill between the two calls can leave the empty file.
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    except FileExistsError:
        raise _exists(name) from None
    os.replace(temporary, target)


def _sync_folder(folder: str) -> None:
    """Flush a folder's list of names; not every system offers it, so failing is no error."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _in_memory(data: bytes | bytearray | memoryview | Writer, name: str) -> memoryview:
    """The bytes of `data`; a function is called with a buffer, as it may want to seek."""
    if not callable(data):
        return memoryview(data).cast("B")
    buffer = BytesIO()
    with _as_output_error(name):
        data(buffer)
    return buffer.getbuffer()


def _write_all(file: BinaryIO | RawIOBase, data: bytes | bytearray | memoryview) -> None:
    """Write every byte, also where one call takes only a part (raw files, pipes)."""
    rest = memoryview(data).cast("B")
    while rest:
        taken = file.write(rest)
        if taken is None:  # a pipe that does not block, and is full
            import select

            select.select([], [file], [])
        else:
            rest = rest[taken:]


def _write_to_stdout(data: memoryview) -> None:
    stream = sys.stdout
    if stream is None or stream.isatty():
        raise OutputError(
            "standard output is a terminal and the result is binary; "
            "send it to a file or a pipe, or name a file with -o."
        )
    with _as_output_error("standard output"):
        stream.flush()
        binary = stream.buffer
        binary.flush()
        # The raw file, so that nothing stays in a buffer to fail again when the program ends.
        _write_all(getattr(binary, "raw", binary), data)
