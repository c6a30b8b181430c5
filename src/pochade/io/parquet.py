"""Apache Arrow and Parquet through pyarrow (extra `table`), the only module that imports it.

Rows are written and read in groups, so memory does not grow with the picture. What a pixel table
knows beside its rows travels as JSON under the key `pochade` of the schema's metadata.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from pochade.errors import EngineUnavailableError, InputError, LimitError
from pochade.io.source import printable
from pochade.pixels.blocks import Block, dtype_of

KEY: Final = b"pochade"
MAGIC: Final = b"PAR1"
READ_ROWS: Final = 1 << 17

# What a footer may claim, and how many bytes a value of a column chunk may take decoded. A writer
# needs at most 8 and a dictionary; a file that says more is built to fill memory.
_FOOTER_BYTES = 64 * 2**20
_MOST_COLUMNS = 1_000
_BYTES_A_VALUE = 64
_SPARE_BYTES = 16 * 2**20


def arrow_table(
    blocks: Iterable[Block], columns: tuple[str, ...], metadata: Mapping[str, Any]
) -> Any:
    """A pyarrow.Table of blocks.

    Raises:
        EngineUnavailableError: pyarrow is not installed.
    """
    arrow = _arrow()
    schema = _schema(arrow, columns, metadata)
    return arrow.Table.from_batches(
        [_batch(arrow, block, schema) for block in blocks], schema=schema
    )


def parquet_writer(
    blocks: Iterable[Block], columns: tuple[str, ...], metadata: Mapping[str, Any]
) -> Callable[[BinaryIO], None]:
    """A function that writes blocks to a binary file, a few of them to a row group.

    Raises:
        EngineUnavailableError: pyarrow is not installed.
    """
    arrow = _arrow()
    from pyarrow import parquet

    schema = _schema(arrow, columns, metadata)
    # x and y rise by steady steps; colours have at most 256 values.
    steady = [name for name in columns if name in ("x", "y")]
    listed = [name for name in columns if name not in steady]

    def write(file: BinaryIO) -> None:
        writer = parquet.ParquetWriter(
            file,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=listed,
            column_encoding=dict.fromkeys(steady, "DELTA_BINARY_PACKED"),
            write_statistics=steady,
        )
        try:
            for block in blocks:
                writer.write_batch(_batch(arrow, block, schema))
        finally:
            writer.close()

    return write


class ParquetTable:
    """A Parquet file, opened: `names`, the picture's `size` (width, height) if told, and blocks.

    Args:
        source: the open file, seekable.
        name: what to call it in messages.

    Raises:
        EngineUnavailableError: pyarrow is not installed.
        InputError: it is no Parquet file.
        LimitError: it claims to be larger than it may.
    """

    first_row = 0
    row_word = "row"

    def __init__(self, source: BinaryIO, name: str, *, max_rows: int | None) -> None:
        self._stream = source
        self.name = name
        self._arrow = _arrow()
        from pyarrow import parquet

        self._file = self._guarded(
            lambda: parquet.ParquetFile(
                source,
                thrift_string_size_limit=_FOOTER_BYTES,
                thrift_container_size_limit=_FOOTER_BYTES // 64,
                pre_buffer=False,
            )
        )
        self._check_claims(max_rows)
        self.names = tuple(self._guarded(lambda: list(self._file.schema_arrow.names)))
        self.told = self._told()

    @property
    def rows(self) -> int:
        """How many rows the file says it has."""
        return int(self._file.metadata.num_rows)

    def blocks(self, wanted: tuple[str, ...]) -> Iterator[tuple[int, Block]]:
        """The number of the first row, and the wanted columns of the rows from there."""
        for name in wanted:
            self._check_type(name)
        batches = self._file.iter_batches(
            batch_size=READ_ROWS, columns=list(wanted), use_threads=False
        )
        row = 0
        while True:
            batch = self._guarded(lambda: next(batches, None))
            if batch is None:
                return
            if batch.num_rows:
                yield row, {name: self._numbers(batch.column(name), name, row) for name in wanted}
            row += batch.num_rows

    def guess(self) -> tuple[int, int] | None:
        """Nothing: a Parquet file tells its size, or is looked through."""
        return None

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _check_type(self, name: str) -> None:
        """Refuse texts and nested values before any of them is read."""
        types, kind = self._arrow.types, self._file.schema_arrow.field(name).type
        if not (types.is_integer(kind) or types.is_floating(kind)):
            shown = printable(str(kind)[:60])
            raise InputError(f"{self.name}: the column {name} holds {shown}, not numbers")

    def _numbers(self, array: Any, name: str, row: int) -> NDArray[Any]:
        if array.null_count:
            missing = int(np.flatnonzero(np.asarray(array.is_null()))[0])
            raise InputError(f"{self.name}, row {row + missing}: {name} is empty")
        return np.asarray(array.to_numpy(zero_copy_only=False))

    def _told(self) -> dict[str, Any]:
        """What the metadata says, as far as it can be understood."""
        given = self._guarded(lambda: self._file.schema_arrow.metadata) or {}
        return told(given.get(KEY))

    def _check_claims(self, max_rows: int | None) -> None:
        """Refuse what would take more memory than rows of numbers do."""
        data = self._file.metadata
        if max_rows is not None and data.num_rows > max_rows:
            raise LimitError(
                f"{self.name} has {data.num_rows:,} rows, over the limit of {max_rows:,} pixels; "
                "raise it with --max-pixels"
            )
        if data.num_columns > _MOST_COLUMNS:
            raise LimitError(
                f"{self.name} has {data.num_columns:,} columns, over the limit of {_MOST_COLUMNS:,}"
            )
        for place in range(data.num_row_groups):
            group = data.row_group(place)
            for index in range(group.num_columns):
                chunk = group.column(index)
                most = _SPARE_BYTES + _BYTES_A_VALUE * max(0, chunk.num_values)
                small = 0 <= chunk.num_values <= data.num_rows
                if chunk.path_in_schema in ("x", "y", "r", "g", "b", "a") and (
                    chunk.total_uncompressed_size > most or not small
                ):
                    raise LimitError(
                        f"{self.name}: its column {chunk.path_in_schema} would unpack to "
                        f"{chunk.total_uncompressed_size:,} bytes for {chunk.num_values:,} numbers"
                    )

    def _guarded(self, call: Callable[[], Any]) -> Any:
        """What `call` returns; any failure inside pyarrow is one sentence about the file."""
        try:
            return call()
        except (InputError, EngineUnavailableError):
            raise
        except (
            self._arrow.ArrowException,
            OSError,
            ValueError,
            TypeError,
            KeyError,
            OverflowError,
            MemoryError,
        ) as error:
            said = printable(" ".join(str(error).split())[:200])
            reason = said.rstrip(". ") or type(error).__name__
            raise InputError(
                f"{self.name} is a broken Parquet file ({reason}); write it again"
            ) from error


def told(text: bytes | None) -> dict[str, Any]:
    """The metadata of a pixel table from its JSON; empty where there is none that makes sense.

    >>> told(b'{"width": 3, "height": 2}'), told(b"[1]"), told(None)
    ({'width': 3, 'height': 2}, {}, {})
    """
    if text is None or len(text) > _FOOTER_BYTES:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _schema(arrow: Any, columns: tuple[str, ...], metadata: Mapping[str, Any]) -> Any:
    fields = [
        arrow.field(name, arrow.from_numpy_dtype(dtype_of(name)), nullable=False)
        for name in columns
    ]
    return arrow.schema(fields, metadata={KEY: json.dumps(metadata).encode()})


def _batch(arrow: Any, block: Block, schema: Any) -> Any:
    arrays = []
    for field in schema:
        column = block[field.name].astype(dtype_of(field.name), copy=False)
        arrays.append(arrow.array(column, field.type))
    return arrow.RecordBatch.from_arrays(arrays, schema=schema)


def _arrow() -> Any:
    try:
        import pyarrow
    except ImportError as error:
        raise EngineUnavailableError(
            "Parquet files and Arrow tables need pyarrow, which is not installed; "
            "run: pip install 'pochade[table]'"
        ) from error
    return pyarrow
