"""What `table` returns: a picture that is a table, made block by block when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import CancelledError, UsageError
from pochade.pixels.blocks import Block, block_of, dtype_of, feature_columns, spans
from pochade.pixels.names import meaning

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pochade.pixels.scaling import Scaling
    from pochade.table_cluster import Clusters
    from pochade.table_options import TableOptions
    from pochade.types import Image, Palette

LARGEST_INDEXED = 256


@dataclass(frozen=True, kw_only=True, eq=False)
class TableResult:
    """A picture as a table of pixels, row by row from the top left. In a notebook it shows itself.

    The table has `len(result)` rows and the columns `columns`; it is never held whole unless one of
    the `to_...` methods is called. With `k` its pixels are clustered.

    Attributes:
        source: (h, w, c) uint8, the picture, not copied; c = 4 with column `a`.
        columns: names of the table's columns, in order; `pochade.pixels.names` says what they hold.
        scaling: how the columns that are clustered become points.
        clusters: labels, centres and more, or None where no k was given.
        options: every setting that was used.
        notes: sentences worth showing.
    """

    source: Image = field(repr=False)
    columns: tuple[str, ...]
    scaling: Scaling = field(repr=False)
    clusters: Clusters | None = field(repr=False)
    options: TableOptions
    notes: tuple[str, ...]

    def __len__(self) -> int:
        """Rows of the table: pixels of the picture."""
        return int(self.source.shape[0] * self.source.shape[1])

    @property
    def labels(self) -> NDArray[np.int16]:
        """(h, w) int16: the cluster of each pixel, (row, col); -1 for transparent ones left out.

        Raises:
            UsageError: the table was made without k.
        """
        return self._clustered.labels

    @property
    def centers(self) -> NDArray[np.float64]:
        """(k, d) float64: the centres in the units of the columns `scaling.columns`."""
        return self._clustered.centers

    @property
    def palette(self) -> Palette:
        """(k, c) uint8: the mean colour of each cluster, the largest cluster first."""
        return self._clustered.palette

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self._clustered.centers)

    @property
    def inertia(self) -> float:
        """Sum over pixels of the squared distance to their centre, scaled and weighted."""
        return self._clustered.inertia

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """(k,) share of the clustered pixels that each cluster has."""
        pixels = self._clustered.pixels
        return np.asarray(pixels / pixels.sum(), np.float64)

    @cached_property
    def image(self) -> Image:
        """(h, w, c) uint8: the picture in the mean colours of its clusters; without k, as it is.

        Where `a` was not clustered on, every pixel keeps its own alpha.
        """
        if self.clusters is None:
            return self.source
        if self.source.shape[2] == 3:
            return np.take(self.palette, self.labels, axis=0)
        known = np.concatenate(
            [self.palette, np.zeros((1, 4), np.uint8)]
        )  # label -1 finds the last
        image = np.take(known, self.labels, axis=0, mode="wrap")
        if "a" not in self.scaling.columns:
            image[:, :, 3] = self.source[:, :, 3]
        return image

    def blocks(self) -> Iterator[Block]:
        """The table in blocks of about 131,000 rows: column name to (n,) array.

        >>> import pochade
        >>> picture = np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8)
        >>> block = next(pochade.table(picture).blocks())
        >>> {name: column.tolist() for name, column in block.items()}
        {'x': [0, 1], 'y': [0, 0], 'r': [1, 4], 'g': [2, 5], 'b': [3, 6]}
        """
        labels = None if self.clusters is None else self.clusters.labels
        for rows in spans(self.source.shape):
            yield block_of(self.source, rows, self.columns, labels=labels, scaling=self.scaling)

    def features(self, dtype: Any = np.float32) -> NDArray[Any]:
        """The points (n, d) that are clustered: chosen columns, scaled and weighted.

        What any other algorithm, such as one of scikit-learn, may be given instead. Transparent
        pixels are left out as they are in clustering.
        """
        parts = [
            self.scaling.points(
                feature_columns(self.source, rows, self.scaling.columns), dtype=dtype
            )
            for rows in spans(self.source.shape)
        ]
        return np.concatenate(parts)

    def to_dict(self) -> Block:
        """The whole table: column name to (n,) array.

        x and y are int32; r, g, b and a uint8; label is int16; all others are float32.
        """
        whole = {name: np.empty(len(self), dtype_of(name)) for name in self.columns}
        place = 0
        for block in self.blocks():
            count = len(block["x"])
            for name, column in block.items():
                whole[name][place : place + count] = column
            place += count
        return whole

    def to_pandas(self) -> Any:
        """The whole table as a pandas.DataFrame.

        Raises:
            EngineUnavailableError: pandas is not installed.
        """
        from pochade.table_frames import pandas_frame

        return pandas_frame(self.to_dict())

    def to_polars(self) -> Any:
        """The whole table as a polars.DataFrame.

        Raises:
            EngineUnavailableError: polars is not installed.
        """
        from pochade.table_frames import polars_frame

        return polars_frame(self.to_dict())

    def to_arrow(self) -> Any:
        """The whole table as a pyarrow.Table, with the picture's size in its metadata.

        Raises:
            EngineUnavailableError: pyarrow is not installed.
        """
        from pochade.io.parquet import arrow_table

        return arrow_table(self.blocks(), self.columns, self.metadata())

    def metadata(self) -> dict[str, Any]:
        """What travels beside the rows: size, alpha, what columns mean, scaling and centres."""
        height, width = self.source.shape[:2]
        found: dict[str, Any] = {
            "format": "pochade.table/1",
            "width": width,
            "height": height,
            "alpha": self.source.shape[2] == 4,
            "columns": {name: meaning(name) for name in self.columns},
        }
        if self.clusters is not None or any(name.startswith("scaled_") for name in self.columns):
            found["scaling"] = {
                name: {"mean": mean, "scale": scale, "weight": weight}
                for name, mean, scale, weight in zip(
                    self.scaling.columns,
                    self.scaling.mean.tolist(),
                    self.scaling.scale.tolist(),
                    self.scaling.weight.tolist(),
                    strict=True,
                )
            }
        if self.clusters is not None:
            found["centers"] = self.centers.tolist()
            found["palette"] = ["#" + bytes(color.tolist()).hex() for color in self.palette]
        return found

    def save(
        self,
        path: str | Path,
        *,
        overwrite: bool = False,
        progress: Callable[[float], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Path:
        """Write the table (.csv, .parquet) or the picture (.png and all other picture formats).

        A table is written block by block and never held whole.

        Args:
            path: where to write; its ending decides the format.
            overwrite: replace an existing file. It is replaced whole or not at all.
            progress: called with the share of the rows written, 0..1.
            cancel: polled between blocks; returning True raises CancelledError.

        Returns:
            The path written.

        Raises:
            OutputError: the file exists, or cannot be written.
            UsageError: the ending names no format.
            EngineUnavailableError: .parquet, and pyarrow is not installed.
            CancelledError: `cancel` returned True.
        """
        from pathlib import Path

        from pochade.io.table_write import TABLE_SUFFIXES, write_table

        form = TABLE_SUFFIXES.get(Path(path).suffix.lower())
        if form is None:
            self._save_picture(path, overwrite)
            return Path(path)
        blocks = watched(self.blocks(), len(self), progress, cancel)
        write_table(path, blocks, self.columns, self.metadata(), format=form, overwrite=overwrite)
        return Path(path)

    def picture_bytes(self, format: str) -> bytes:
        """`image` encoded; with a palette where it has at most 256 colours and no alpha."""
        from pochade.io.save import INDEXED_FORMATS, save_full, save_indexed

        few = self.clusters is not None and self.source.shape[2] == 3 and self.k <= LARGEST_INDEXED
        if few and format in INDEXED_FORMATS:
            return save_indexed(None, self.labels.astype(np.uint8), self.palette, format=format)
        return save_full(None, self.image, format=format)

    def _save_picture(self, path: str | Path, overwrite: bool) -> None:
        from pochade.io.save import format_of
        from pochade.io.write import atomic_write

        atomic_write(path, self.picture_bytes(format_of(path)), overwrite=overwrite)

    @property
    def _clustered(self) -> Clusters:
        if self.clusters is None:
            raise UsageError("this table has no clusters: give table a k")
        return self.clusters

    def _repr_png_(self) -> bytes:
        """The picture, for notebooks."""
        return self.picture_bytes("png")


def watched(
    blocks: Iterator[Block],
    rows: int,
    progress: Callable[[float], None] | None,
    cancel: Callable[[], bool] | None,
) -> Iterator[Block]:
    """The same blocks; tells how far they are and stops when asked to."""
    done = 0
    for block in blocks:
        if cancel is not None and cancel():
            raise CancelledError("writing the table was cancelled")
        yield block
        done += len(next(iter(block.values())))
        if progress is not None:
            progress(done / rows)
