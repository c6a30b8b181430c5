"""The rows of a pixel table put together to a picture: every pixel once, none left out unseen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pochade.errors import InputError
from pochade.pixels.blocks import Block
from pochade.pixels.names import POSITION

if TYPE_CHECKING:
    from pochade.types import Image


class Table(Protocol):
    """Rows of numbers: a file or a table in memory.

    Attributes:
        name: what to call it in messages.
        names: its columns.
        told: what it says of itself: width, height, ....
        first_row: the number of its first row, as people count.
        row_word: what a row is called.
    """

    name: str
    names: tuple[str, ...]
    told: dict[str, Any]
    first_row: int
    row_word: str

    def guess(self) -> tuple[int, int] | None:
        """Width and height that it looks to have, never more than it has; None: no idea."""
        ...

    def blocks(self, wanted: tuple[str, ...]) -> Iterator[tuple[int, Block]]:
        """The rows before, and the wanted columns of the next rows."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class Gathered:
    """A picture that rows are put into, and which of its pixels have been."""

    def __init__(self, table: Table, wanted: tuple[str, ...], size: tuple[int, int]) -> None:
        self.table = table
        self.colors = tuple(name for name in wanted if name not in POSITION)
        self.width, self.height = size
        self.pixels = np.zeros((self.width * self.height, len(self.colors)), np.uint8)
        self.seen = np.zeros(self.width * self.height, bool)

    def add(self, row: int, block: Block) -> None:
        """Put some rows in.

        Raises:
            InputError: a colour is out of range, or a pixel comes a second time.
        """
        place = block["y"].astype(np.int64) * self.width + block["x"]
        count = len(place)
        run = slice(int(place[0]), int(place[0]) + count)
        steady = bool((np.diff(place) == 1).all())
        where: Any = run if steady else place
        if (not steady and len(np.unique(place)) < count) or self.seen[where].any():
            raise self._twice(row, place)
        self.seen[where] = True
        for channel, name in enumerate(self.colors):
            values = block[name]
            if values.dtype != np.uint8 and (values.min() < 0 or values.max() > 255):
                wrong = int(np.flatnonzero((values < 0) | (values > 255))[0])
                raise InputError(
                    f"{self._row(row + wrong)}: {name} is {values[wrong]}, not from 0 to 255"
                )
            self.pixels[where, channel] = values

    def finished(self, missing: str) -> Image:
        """The picture; with alpha where pixels are missing and may be.

        Raises:
            InputError: pixels are missing and may not be.
        """
        shape = (self.height, self.width, len(self.colors))
        if self.seen.all():
            return self.pixels.reshape(shape)
        if missing == "error":
            first = int(self.seen.argmin())
            count = int(np.count_nonzero(~self.seen))
            y, x = divmod(first, self.width)
            others = f" (and for {count - 1:,} others)" if count > 1 else ""
            raise InputError(
                f"{self.table.name} has no row for the pixel x={x}, y={y}{others} of "
                f"{self.width}x{self.height}; --missing transparent leaves them transparent"
            )
        if shape[2] == 4:
            return self.pixels.reshape(shape)
        alpha = (self.seen.astype(np.uint8) * np.uint8(255))[:, None]
        return np.concatenate([self.pixels, alpha], axis=1).reshape(*shape[:2], 4)

    def _twice(self, row: int, place: NDArray[np.int64]) -> InputError:
        order = np.argsort(place, kind="stable")
        again = order[1:][np.diff(place[order]) == 0]
        old = np.flatnonzero(self.seen[place])
        first = int(np.concatenate([again, old]).min())
        y, x = divmod(int(place[first]), self.width)
        return InputError(
            f"{self._row(row + first)}: the pixel x={x}, y={y} comes a second time; "
            "a table has one row for each pixel"
        )

    def _row(self, row: int) -> str:
        return f"{self.table.name}, {self.table.row_word} {self.table.first_row + row}"


def gathered(
    table: Table, wanted: tuple[str, ...], size: tuple[int, int], *, may_grow: bool
) -> Gathered | None:
    """All rows put into a picture of that size; None where one lies outside and `may_grow`."""
    picture = Gathered(table, wanted, size)
    for row, block in table.blocks(wanted):
        checked = {name: whole(table, row, name, column) for name, column in block.items()}
        for name, most in zip(POSITION, size, strict=True):
            column = checked[name]
            if column.min() >= 0 and column.max() < most:
                continue
            if may_grow and column.min() >= 0:
                return None
            wrong = int(np.flatnonzero((column < 0) | (column >= most))[0])
            raise InputError(
                f"{table.name}, {table.row_word} {table.first_row + row + wrong}: {name} is "
                f"{column[wrong]}, and the picture has {size[0]}x{size[1]} pixels"
            )
        picture.add(row, checked)
    return picture


def whole(table: Table, row: int, name: str, column: NDArray[Any]) -> NDArray[Any]:
    """A column as whole numbers.

    Raises:
        InputError: a value is not whole, not finite or beyond 64 bits.
    """
    if column.dtype.kind in "iu":
        return column
    if column.dtype.kind != "f":
        raise InputError(f"{table.name}: the column {name} holds {column.dtype}, not numbers")
    with np.errstate(invalid="ignore"):
        right = (column == np.rint(column)) & (np.abs(column) < 2.0**53)
    if not right.all():
        wrong = int(right.argmin())
        raise InputError(
            f"{table.name}, {table.row_word} {table.first_row + row + wrong}: {name} is "
            f"{column[wrong]}, not a whole number"
        )
    return column.astype(np.int64)


def largest(table: Table) -> tuple[int, int]:
    """Width and height by the largest x and y; looks through the whole table.

    Raises:
        InputError: there are no rows, or a value is negative or not whole.
    """
    most = [-1, -1]
    for row, block in table.blocks(POSITION):
        for place, name in enumerate(POSITION):
            column = whole(table, row, name, block[name])
            if column.min() < 0:
                wrong = int(np.flatnonzero(column < 0)[0])
                raise InputError(
                    f"{table.name}, {table.row_word} {table.first_row + row + wrong}: "
                    f"{name} is {column[wrong]}, below 0"
                )
            most[place] = max(most[place], int(column.max()))
    if most[0] < 0:
        raise InputError(f"{table.name} has no rows: there is no picture in it")
    return most[0] + 1, most[1] + 1
