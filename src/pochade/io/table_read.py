"""Pixel tables to pictures: from CSV, Parquet, or tables in memory, rows in any order.

A table is input like any other: no size is believed before it has been compared with the limits,
and a hole, a pixel that comes twice or a value out of range is an error that names it.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import numpy as np

from pochade.errors import InputError, UsageError
from pochade.io.limits import DEFAULT_LIMITS, Limits, check_bytes, check_size
from pochade.io.table_gather import Table, gathered, largest
from pochade.pixels.blocks import Block
from pochade.pixels.names import ALPHA, POSITION, RGB

if TYPE_CHECKING:
    from pochade.types import Image

NEEDED = (*POSITION, *RGB)
_SUFFIXES = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet"}
_HEAD = 4096
_MAGIC = b"PAR1"
_ROWS = 1 << 17
MOST_FILE_BYTES = 64 * 2**30
"""A file on disk is read in pieces, so its size costs time, not memory."""


class Opened:
    """A table, its kind and its limits; a context manager that closes it."""

    def __init__(self, table: Table, kind: str, limits: Limits, size: int | None) -> None:
        self.table = table
        self.kind = kind
        self.limits = limits
        self.byte_size = size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.table.close()


def open_table(source: Any, limits: Limits = DEFAULT_LIMITS) -> Opened | None:
    """The table that `source` is, or None where it is something else, such as a picture.

    Args:
        source: a path, "-" for standard input, bytes, or a table in memory: a dict of arrays, a
            pandas or polars DataFrame, a pyarrow Table. Files are known by their ending (.csv,
            .tsv, .parquet, .pq) or by how they begin.
        limits: what it may cost.

    Raises:
        InputError: it cannot be opened, or is a broken table.
        LimitError: it is larger than the limits allow.
        EngineUnavailableError: a Parquet file, and pyarrow is not installed.
    """
    if isinstance(source, Mapping) or _is_frame(source):
        return Opened(_Columns(source), "memory", limits, None)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _from_bytes(bytes(source), "the table", limits)
    if isinstance(source, str) and source == "-":
        return _from_stdin(limits)
    if not isinstance(source, (str, os.PathLike)) or "://" in os.fspath(source)[:20]:
        return None
    return _from_path(source, limits)


def read_picture(
    opened: Opened, *, size: tuple[int, int] | None = None, missing: str = "error"
) -> tuple[Image, tuple[str, ...]]:
    """The picture (h, w, 3 or 4) uint8 that a table has the pixels of, and notes.

    Args:
        opened: the table; it needs columns x, y, r, g, b.
        size: width and height; None: as the table tells, or as its largest x and y.
        missing: "error", or "transparent": pixels without a row get (0, 0, 0, 0).

    Raises:
        InputError: a column is missing, a value is out of range, a pixel is missing or comes twice.
        LimitError: the picture would be larger than the limits allow.
    """
    table = opened.table
    wanted = _wanted(table)
    size = size or _told_size(table)
    guessed = None if size else table.guess()
    if guessed is not None:
        _check(guessed, opened)
        picture = gathered(table, wanted, guessed, may_grow=True)
        if picture is None:
            size = largest(table)
    else:
        size = size or largest(table)
        picture = None
    if picture is None:
        assert size is not None
        _check(size, opened)
        picture = gathered(table, wanted, size, may_grow=False)
    assert picture is not None
    return picture.finished(missing), _notes(table, wanted)


def _told_size(table: Table) -> tuple[int, int] | None:
    width, height = table.told.get("width"), table.told.get("height")
    if not all(type(side) is int and side > 0 for side in (width, height)):
        return None
    assert isinstance(width, int)
    assert isinstance(height, int)
    return width, height


def _check(size: tuple[int, int], opened: Opened) -> None:
    check_size(*size, opened.table.name, opened.limits)


def _wanted(table: Table) -> tuple[str, ...]:
    """The columns to read.

    Raises:
        InputError: one is not there, or two have the same name.
    """
    lacking = [name for name in NEEDED if name not in table.names]
    if lacking:
        shown = ", ".join(ascii(name[:40])[1:-1] for name in table.names[:12])
        raise InputError(
            f"{table.name} has no column {lacking[0]}; a table of pixels has {', '.join(NEEDED)}, "
            f"and this one has {shown or 'none'}"
        )
    wanted = (*NEEDED, ALPHA) if ALPHA in table.names else NEEDED
    twice = [name for name in wanted if table.names.count(name) > 1]
    if twice:
        raise InputError(f"{table.name} has two columns {twice[0]}; name each once")
    return wanted


def _notes(table: Table, wanted: tuple[str, ...]) -> tuple[str, ...]:
    others = [ascii(name[:40])[1:-1] for name in table.names if name not in wanted]
    if not others:
        return ()
    more = f" and {len(others) - 6} more" if len(others) > 6 else ""
    plural = "s" if len(others) > 1 else ""
    return (f"passed over the column{plural} {', '.join(others[:6])}{more}",)


class _Columns:
    """A table in memory: anything with columns by name."""

    first_row = 0
    row_word = "row"
    name = "the table"

    def __init__(self, source: Any) -> None:
        if isinstance(source, Mapping):
            names = list(source)
        else:
            names = list(getattr(source, "column_names", None) or source.columns)
        self._source = source
        self.names = tuple(str(name) for name in names)
        schema = getattr(source, "schema", None)
        given = getattr(schema, "metadata", None)
        self.told: dict[str, Any] = {}
        if isinstance(given, Mapping) and isinstance(given.get(b"pochade"), bytes):
            from pochade.io.parquet import told

            self.told = told(given[b"pochade"])

    def guess(self) -> tuple[int, int] | None:
        """Nothing: the columns are at hand."""
        return None

    def close(self) -> None:
        """Nothing to close."""

    def blocks(self, wanted: tuple[str, ...]) -> Iterator[tuple[int, Block]]:
        """Slices of the columns.

        Raises:
            UsageError: they are not columns of one length.
        """
        columns = {name: np.asarray(self._source[name]) for name in wanted}
        shapes = {column.shape for column in columns.values()}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise UsageError("the columns of the table must be one-dimensional and equally long")
        (length,) = next(iter(shapes))
        for row in range(0, length, _ROWS):
            yield row, {name: column[row : row + _ROWS] for name, column in columns.items()}


def _is_frame(source: Any) -> bool:
    """Whether this looks like a DataFrame or an Arrow table."""
    if isinstance(source, (str, bytes, os.PathLike, np.ndarray)):
        return False
    named = hasattr(source, "columns") or hasattr(source, "column_names")
    return named and hasattr(source, "__getitem__")


def _kind(head: bytes) -> str | None:
    """What a file that begins like this is: "parquet", "csv" or None."""
    if head.startswith(_MAGIC):
        return "parquet"
    from pochade.io.csv_read import read_header

    header = read_header(head.partition(b"\n")[0])
    return "csv" if header is not None and set(NEEDED) <= set(header.names) else None


def _from_bytes(data: bytes, name: str, limits: Limits) -> Opened | None:
    kind = _kind(data[:_HEAD])
    if kind is None:
        return None
    check_bytes(len(data), name, limits)
    return _opened(io.BytesIO(data), name, kind, limits, len(data))


def _from_stdin(limits: Limits) -> Opened | None:
    """The table on standard input; nothing is taken from it where it is something else."""
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None or sys.stdin.closed or sys.stdin.isatty() or not hasattr(stream, "peek"):
        return None
    if _kind(stream.peek(_HEAD)[:_HEAD]) is None:
        return None
    from pochade.io.source import read_up_to

    return _from_bytes(read_up_to(stream, limits.max_bytes, "standard input"),
                       "standard input", limits)  # fmt: skip


def _from_path(path: str | os.PathLike[str], limits: Limits) -> Opened | None:
    from pochade.io.source import open_regular, printable

    name = printable(os.fsdecode(path))
    kind = _SUFFIXES.get(os.path.splitext(os.fsdecode(path))[1].lower())  # noqa: PTH122
    stream = open_regular(path, name)
    try:
        size = os.fstat(stream.fileno()).st_size
        head = stream.read(_HEAD)
        kind = kind if head and kind else _kind(head)
        if kind is None:
            stream.close()
            if not head and os.path.splitext(os.fsdecode(path))[1].lower() in _SUFFIXES:  # noqa: PTH122
                raise InputError(f"{name} is empty; write or download it again")
            return None
        stream.seek(0)
        check_bytes(size, name, _on_disk(limits))
        return _opened(stream, name, kind, limits, size)
    except BaseException:
        stream.close()
        raise


def _on_disk(limits: Limits) -> Limits:
    from dataclasses import replace

    return replace(limits, max_bytes=max(limits.max_bytes, MOST_FILE_BYTES))


def _opened(stream: BinaryIO, name: str, kind: str, limits: Limits, size: int) -> Opened:
    if kind == "parquet":
        from pochade.io.parquet import ParquetTable

        return Opened(ParquetTable(stream, name, max_rows=limits.pixels), kind, limits, size)
    from pochade.io.csv_read import CsvTable

    return Opened(CsvTable(stream, name), kind, limits, size)
