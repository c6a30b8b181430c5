"""What every hierarchy of anchors offers: levels, counts and maps of detail."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pochade.errors import UsageError
from pochade.painting.working import at_pixels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pochade.painting.anchors import Anchors

METHODS = ("tree", "split", "slic", "cvt", "quadtree", "random")
LEVELS = 12
FIRST_COUNT = 100
RATIO = 1.6
FINEST = 24_000
FINER = 256.0
"""An area counts so many times as much where the detail map is 1 as where it is 0."""
VERSION = 1


def count_of(level: float) -> int:
    """How many anchors a level has: 100 at level 1, and 1.6 times as many at each further one.

    >>> [count_of(level) for level in (0, 1, 2, 8, 12)]
    [62, 100, 160, 2684, 17592]
    """
    if not 0 <= level <= LEVELS:
        raise UsageError(f"a level is a number from 0 to {LEVELS}, not {level!r}")
    steps: float = RATIO ** (float(level) - 1)
    return round(FIRST_COUNT * steps)


def level_of(share: float) -> float:
    """The level that a slider from 0 to 1 stands for: it runs evenly over the levels 1 to 12.

    >>> level_of(0), level_of(0.5), level_of(1)
    (1.0, 6.5, 12.0)
    """
    if not 0 <= share <= 1:
        raise UsageError(f"the level must be from 0 to 1, not {share!r}")
    return 1 + (LEVELS - 1) * float(share)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Hierarchy(ABC):
    """Where the anchors of a picture are, at every level of detail.

    Attributes:
        method: how it was made, one of `METHODS`.
        frame: (rows, cols) of the picture.
        shape: (rows, cols) of the working size at which it was made.
        finest: the most anchors that there are.
    """

    KIND: ClassVar[str]
    method: str
    frame: tuple[int, int]
    shape: tuple[int, int]

    @property
    @abstractmethod
    def finest(self) -> int:
        """The most anchors that there are."""

    @abstractmethod
    def nodes(
        self, level: float | None = None, *, count: int | None = None, detail: Any = None
    ) -> NDArray[np.int32]:
        """The numbers of the anchors that `anchors` returns for the same arguments, ascending.

        A number belongs to the same area of the picture whatever the level and the detail map.
        """

    @abstractmethod
    def labels(
        self, level: float | None = None, *, count: int | None = None, detail: Any = None
    ) -> NDArray[np.int32]:
        """(h, w) int32 of the working size: which anchor of `anchors` each pixel belongs to."""

    @abstractmethod
    def anchors(
        self, level: float | None = None, *, count: int | None = None, detail: Any = None
    ) -> Anchors:
        """The anchors of a level.

        Args:
            level: from 0 to 12, coarse to fine, in steps as small as wanted; see `count_of`. A
                number above 12 is taken as `count`.
            count: so many anchors, instead of a level.
            detail: (h, w) map over the frame, of any size, 0..1, bool or uint8 (0..255): more of
                the anchors go where it is higher. A map of one value changes nothing.

        Returns:
            As many anchors as wanted, or as many as there are where that is fewer; in the order of
            `nodes`. No two lie on the same pixel of the working size.

        Raises:
            UsageError: not one of level and count, a number out of range, or a map that holds
                something else.
        """

    def wanted(self, level: float | None, count: int | None) -> int:
        """How many anchors a level or a count means here."""
        if (level is None) == (count is None):
            raise UsageError("say which anchors: a level or a count")
        if level is not None:
            if not math.isfinite(level):
                raise UsageError(f"a level is a number from 0 to {LEVELS}, not {level!r}")
            count = count_of(level) if level <= LEVELS else int(level)
        if count is None or count < 1:
            raise UsageError(f"a painting needs at least 1 anchor, not {count!r}")
        return min(int(count), self.finest)

    @abstractmethod
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All of it as named arrays, to be stored; `Hierarchy.from_arrays` makes it again."""

    @staticmethod
    def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Hierarchy:
        """The hierarchy that was stored.

        Raises:
            UsageError: the arrays are of a newer version, or do not fit together.
        """
        from pochade.painting.stored import hierarchy_from

        return hierarchy_from(arrays)


def checked_map(detail: Any, shape: tuple[int, int]) -> NDArray[np.float32]:
    """A detail map at the working size, 0..1.

    Raises:
        UsageError: it is not (h, w), or holds something else.
    """
    values = np.asarray(detail)
    if values.ndim != 2 or not values.size:
        raise UsageError(f"a detail map must be an array (h, w), not {values.shape}")
    if values.dtype == bool:
        values = values.astype(np.float32)
    elif values.dtype == np.uint8:
        values = values.astype(np.float32) / np.float32(255)
    elif values.dtype.kind not in "fiu" or not (values.min() >= 0 and values.max() <= 1):
        raise UsageError("a detail map must hold values from 0 to 1")
    return at_pixels(values.astype(np.float32), shape)
