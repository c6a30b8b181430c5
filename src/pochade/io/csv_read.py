"""Pixel tables from CSV, in blocks of some megabytes.

Columns are found by their names in the first line, in any order, among any others; the separator is
a comma, a semicolon or a tab. A block of plain whole numbers, which is what pochade and most
programs write, is read by array operations alone. Anything else that may stand in a CSV (quotes,
blanks, 12.0) goes through NumPy's own reader, some ten times slower.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pochade.errors import InputError, LimitError
from pochade.pixels.blocks import Block

BLOCK_BYTES: Final = 2**21
LONGEST_LINE: Final = 2**16
MOST_COLUMNS: Final = 1_000
_MOST_DIGITS = 9
_SEPARATORS = (",", ";", "\t")
_NEWLINE = ord("\n")


class Header(NamedTuple):
    """The first line: names of the columns, and what is between them."""

    names: tuple[str, ...]
    separator: str


def read_header(line: bytes) -> Header | None:
    r"""The names in the first line of a CSV; None where it is no such line.

    >>> read_header(b'"x";y;r\r\n')
    Header(names=('x', 'y', 'r'), separator=';')
    """
    try:
        text = line.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        return None
    if not text or not all(letter.isprintable() or letter == "\t" for letter in text):
        return None
    separator = max(_SEPARATORS, key=text.count)
    try:
        (names,) = csv.reader([text], delimiter=separator, strict=True)
    except (csv.Error, ValueError):
        return None
    return Header(tuple(name.strip() for name in names), separator)


class CsvTable:
    """A CSV file, opened: `names` of the columns, and blocks of numbers.

    Args:
        stream: the open file, seekable, at its beginning.
        name: what to call it in messages.

    Raises:
        InputError: its first line has no names of columns.
    """

    first_row = 2
    row_word = "line"

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        self._stream = stream
        line = stream.readline(LONGEST_LINE)
        header = read_header(line)
        if header is None:
            raise InputError(
                f"{name} does not begin with a line of column names, such as x,y,r,g,b"
            )
        if len(header.names) > MOST_COLUMNS:
            raise LimitError(
                f"{name} has {len(header.names):,} columns, over the limit of {MOST_COLUMNS:,}"
            )
        self.names = header.names
        self.told: dict[str, Any] = {}
        self._separator = header.separator
        self._begin = len(line)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def guess(self) -> tuple[int, int] | None:
        """Width and height if the last row is that of the last pixel; None where it is unclear."""
        end = self._stream.seek(0, io.SEEK_END)
        self._stream.seek(max(self._begin, end - LONGEST_LINE))
        lines = self._stream.read(LONGEST_LINE).strip().splitlines()
        if not lines:
            return None
        fields = lines[-1].decode("utf-8", "replace").split(self._separator)
        try:
            x, y = (int(fields[self.names.index(name)]) for name in ("x", "y"))
        except (ValueError, IndexError):
            return None
        return (x + 1, y + 1) if min(x, y) >= 0 and max(x, y) < 10**_MOST_DIGITS else None

    def blocks(self, wanted: tuple[str, ...]) -> Iterator[tuple[int, Block]]:
        """The number of rows before, and the wanted columns of some rows: int32 or float64."""
        self._stream.seek(self._begin)
        places = [self.names.index(name) for name in wanted]
        row, rest = 0, b""
        while True:
            data = self._read()
            text = rest + data if rest else data
            if not text:
                return
            cut = text.rfind(b"\n") + 1 if data else len(text)
            if not cut and len(text) > LONGEST_LINE:
                raise InputError(
                    f"{self.name}, line {self.first_row + row}: the line is longer than "
                    f"{LONGEST_LINE:,} bytes; this is no table of pixels"
                )
            text, rest = text[:cut], text[cut:]
            if not text.strip():
                continue
            columns = self._parsed(text, places, row)
            yield row, dict(zip(wanted, columns, strict=True))
            row += len(columns[0])

    def _read(self) -> bytes:
        try:
            return self._stream.read(BLOCK_BYTES)
        except OSError as error:
            raise InputError(
                f"{self.name} cannot be read ({error.strerror or error}); check the disk"
            ) from error

    def _parsed(self, text: bytes, places: list[int], row: int) -> list[NDArray[np.generic]]:
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n")
        if not text.endswith(b"\n"):
            text += b"\n"
        quick = whole_numbers(text, len(self.names), places, ord(self._separator))
        if quick is not None:
            return list(quick)
        if b'"' not in text and not self._even(text):
            raise self._explained(text, places, row)
        try:
            found = np.loadtxt(
                io.StringIO(text.decode("utf-8")),
                delimiter=self._separator,
                quotechar='"',
                comments=None,
                usecols=places,
                dtype=np.float64,
                ndmin=2,
            )
        except (ValueError, IndexError, OverflowError) as error:
            raise self._explained(text, places, row) from error
        return list(np.ascontiguousarray(found.T))

    def _even(self, text: bytes) -> bool:
        """Whether every line that is not empty has as many values as there are columns."""
        separator, count = self._separator.encode(), len(self.names) - 1
        return all(line.count(separator) == count for line in text.split(b"\n") if line.strip())

    def _explained(self, text: bytes, places: list[int], row: int) -> InputError:
        """The sentence about the first value in `text` that is no number."""
        lines = text.decode("utf-8", "replace").splitlines()
        for number, line in enumerate(lines, self.first_row + row):
            where = f"{self.name}, line {number}"
            if not line.strip():
                continue
            try:
                (fields,) = csv.reader([line], delimiter=self._separator)
            except (csv.Error, ValueError):
                return InputError(f"{where}: its quotes do not match")
            if len(fields) != len(self.names):
                return InputError(
                    f"{where}: it has {len(fields)} values, and the first line names "
                    f"{len(self.names)} columns"
                )
            for place in places:
                try:
                    float(fields[place])
                except ValueError:
                    value = ascii(fields[place][:40])
                    return InputError(f"{where}: {self.names[place]} is {value}, not a number")
        return InputError(f"{self.name} cannot be read as a CSV near line {self.first_row + row}")


def whole_numbers(
    text: bytes, count: int, places: list[int], separator: int
) -> list[NDArray[np.int32]] | None:
    r"""Columns of a block of lines; None where a line has other than `count` plain whole numbers.

    Only the columns at `places` need be numbers; the others must not have quotes.

    >>> [column.tolist() for column in whole_numbers(b"1,a,30\n2,b,4\n", 3, [2, 0], ord(","))]
    [[30, 4], [1, 2]]
    """
    raw = np.frombuffer(text, np.uint8)
    newline = raw == _NEWLINE
    ends = np.flatnonzero(newline | (raw == separator))
    rows = int(np.count_nonzero(newline))
    if not rows or len(ends) != rows * count or b'"' in text:
        return None
    if not newline[ends[count - 1 :: count]].all():
        return None
    found = []
    for place in places:
        end = ends[place::count]
        if place:
            begin = ends[place - 1 :: count] + 1
        else:
            begin = np.empty_like(end)
            begin[0] = 0
            begin[1:] = ends[count - 1 : -1 : count] + 1
        column = _column(raw, begin, end)
        if column is None:
            return None
        found.append(column)
    return found


def _column(
    raw: NDArray[np.uint8], begin: NDArray[np.intp], end: NDArray[np.intp]
) -> NDArray[np.int32] | None:
    """Whole numbers from the digits between two places; None where there is anything else."""
    length = end - begin
    most = int(length.max())
    if int(length.min()) < 1 or most > _MOST_DIGITS:
        return None
    value = np.zeros(len(end), np.int32)
    for digit in range(most):
        present = length > digit
        at = np.maximum(end - 1 - digit, 0)
        found = np.where(present, raw[at] - np.uint8(48), np.uint8(0))
        if found.max() > 9:
            return None
        value += found.astype(np.int32) * np.int32(10**digit)
    return value
