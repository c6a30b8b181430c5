"""Pixel tables to files, block by block.

A CSV is written by NumPy: the text of every value comes from a table of texts, so a block of rows
is a few array operations and no value ever becomes a Python object.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from pochade.io.write import STDOUT, atomic_write
from pochade.pixels.blocks import Block
from pochade.pixels.names import LAB

TABLE_SUFFIXES: Final = {".csv": "csv", ".parquet": "parquet"}
TABLE_FORMATS: Final = ("csv", "parquet")

_DECIMALS_OF_LAB = 4
_DECIMALS = 6
_LARGEST_LOOKUP = 1 << 20


def write_table(
    path: str | os.PathLike[str],
    blocks: Iterable[Block],
    columns: tuple[str, ...],
    metadata: Mapping[str, Any],
    *,
    format: str,
    overwrite: bool = False,
) -> None:
    """Write blocks of rows as a CSV or Parquet file, whole or not at all.

    Args:
        path: the file, or "-" for standard output, to which a CSV flows as it is made.
        blocks: columns by name, in the order of `columns`.
        columns: their names.
        metadata: goes into a Parquet file; a CSV has none.
        format: "csv" or "parquet".
        overwrite: replace an existing file.

    Raises:
        OutputError: the file exists already or cannot be written.
        EngineUnavailableError: Parquet, and pyarrow is not installed.
    """
    if format == "parquet":
        from pochade.io.parquet import parquet_writer

        write = parquet_writer(blocks, columns, metadata)
        atomic_write(path, write, overwrite=overwrite)
        return
    texts = csv_blocks(blocks, columns)
    if os.fspath(path) == STDOUT:
        for text in texts:
            atomic_write(STDOUT, text)
        return

    def write_csv(file: BinaryIO) -> None:
        for text in texts:
            file.write(text)

    atomic_write(path, write_csv, overwrite=overwrite)


def csv_blocks(blocks: Iterable[Block], columns: tuple[str, ...]) -> Iterator[bytes]:
    r"""The text of a CSV: a line of names, then the rows; commas, lines end with \n.

    Whole numbers as they are; L*a*b* with 4 decimals, other fractions with 6.

    >>> block = {"x": np.int32([0, 10]), "lab_a": np.float32([-0.5, 1.25])}
    >>> b"".join(csv_blocks([block], ("x", "lab_a")))
    b'x,lab_a\n0,-0.5000\n10,1.2500\n'
    """
    yield ",".join(columns).encode() + b"\n"
    for block in blocks:
        yield _rows(block, columns)


def _rows(block: Block, columns: tuple[str, ...]) -> bytes:
    """The rows of a block: texts of one width, side by side, padded with NUL; then those go."""
    parts = []
    for name in columns:
        column = block[name]
        if column.dtype.kind in "iu":
            parts.append(_whole(column))
        else:
            parts += _fraction(column, _DECIMALS_OF_LAB if name in LAB else _DECIMALS)
        parts.append(np.full((len(column), 1), ord(","), np.uint8))
    parts[-1][:] = ord("\n")
    return np.concatenate(parts, axis=1).tobytes().translate(None, b"\0")


def _whole(values: NDArray[Any]) -> NDArray[np.uint8]:
    """The digits of whole numbers as (n, width) bytes, filled up with NUL."""
    low, high = int(values.min()), int(values.max())
    if high - low > _LARGEST_LOOKUP:
        return _as_bytes(values.astype("S"))
    texts = np.arange(low, high + 1).astype("S")
    width = max(len(str(low)), len(str(high)))
    texts = texts.astype(f"S{width}")
    return _as_bytes(texts[values.astype(np.int64) - low])


def _fraction(values: NDArray[Any], decimals: int) -> list[NDArray[np.uint8]]:
    """Sign, digits, point and `decimals` (an even number of) digits, rounded half to even."""
    scaled = np.rint(values.astype(np.float64) * 10**decimals).astype(np.int64)
    sign = np.where(scaled < 0, np.uint8(ord("-")), np.uint8(0))[:, None]
    whole, rest = np.divmod(np.abs(scaled), 10**decimals)
    half = 10 ** (decimals // 2)
    texts = np.char.zfill(np.arange(half).astype(f"S{decimals // 2}"), decimals // 2)
    point = np.full((len(values), 1), ord("."), np.uint8)
    upper, lower = _as_bytes(texts[rest // half]), _as_bytes(texts[rest % half])
    return [sign, _whole(whole), point, upper, lower]


def _as_bytes(texts: NDArray[np.bytes_]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(texts).view(np.uint8).reshape(len(texts), -1)
