"""Anchors from coarse to fine: one hierarchy of a picture, any number of anchors from it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pochade.errors import UsageError
from pochade.painting.nested import NESTED
from pochade.painting.nodes import NodeTable, Spans, node_table, raised, spans_of
from pochade.painting.working import at_pixels, work_on
from pochade.quantize_inputs import thread_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pochade.painting.anchors import Anchors, Guide
    from pochade.types import Image

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
    return round(FIRST_COUNT * RATIO ** (level - 1))


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


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NestedHierarchy(Hierarchy):
    """Anchors at the nodes of a binary tree of regions: each level divides the one before.

    Attributes:
        leaves: (h, w) int32: the leaf of each pixel of the working size.
        parents: (2n-1,) int32, as in `pochade.regions.RegionTree`.
        priorities: (2n-1,) float32: unions of the highest are divided first; none is lower than
            that of a part.
        table: what is known of each node.
    """

    KIND: ClassVar[str] = "nested"
    leaves: NDArray[np.int32] = field(repr=False)
    parents: NDArray[np.int32] = field(repr=False)
    priorities: NDArray[np.float32] = field(repr=False)
    table: NodeTable = field(repr=False)
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def finest(self) -> int:
        """The most anchors that there are: the leaves."""
        return (len(self.parents) + 1) // 2

    @property
    def spans(self) -> Spans:
        """The leaves of each node."""
        if "spans" not in self._kept:
            self._kept["spans"] = spans_of(self.parents)
        spans: Spans = self._kept["spans"]
        return spans

    def nodes(
        self, level: float | None = None, *, count: int | None = None, detail: Any = None
    ) -> NDArray[np.int32]:
        """The nodes whose anchors `anchors` returns; see `Hierarchy.nodes`."""
        wanted = self.wanted(level, count)
        turn = self._turns(detail)
        divided = turn < wanted - 1  # the first of the turns; a leaf has none
        chosen: NDArray[np.int32] = np.flatnonzero(divided[self.parents] & ~divided)
        if wanted == 1:
            chosen = np.array([len(self.parents) - 1])
        return chosen.astype(np.int32)

    def labels(
        self, level: float | None = None, *, count: int | None = None, detail: Any = None
    ) -> NDArray[np.int32]:
        """The anchor of each pixel of the working size; see `Hierarchy.labels`."""
        nodes = self.nodes(level, count=count, detail=detail)
        spans = self.spans
        start = np.argsort(spans.first[nodes], kind="stable")
        along = np.repeat(start, (spans.past - spans.first)[nodes[start]])
        of_leaf = np.empty(self.finest, np.int32)
        of_leaf[spans.order] = along
        found: NDArray[np.int32] = of_leaf[self.leaves]
        return found

    def anchors(
        self, level: float | None = None, *, count: int | None = None, detail: Any = None
    ) -> Anchors:
        """The anchors of a level; see `Hierarchy.anchors`."""
        return self.at(self.nodes(level, count=count, detail=detail))

    def at(self, nodes: NDArray[np.int32]) -> Anchors:
        """The anchors of some nodes."""
        from pochade.painting.anchors import Anchors

        return Anchors(*(column[nodes] for column in self.table), self.frame)

    def _turns(self, detail: Any) -> NDArray[np.int64]:
        """(2n-1,): when a node is divided; leaves never are."""
        if detail is None and "turns" in self._kept:
            kept: NDArray[np.int64] = self._kept["turns"]
            return kept
        n = self.finest
        values = self.priorities
        if detail is not None:
            values = raised(self.spans, values * self._weights(detail))
        order = np.lexsort((-np.arange(n - 1), -values[n:]))  # of equal ones the later, outer one
        turns = np.full(2 * n - 1, 2 * n, np.int64)
        turns[n + order] = np.arange(n - 1)
        if detail is None:
            self._kept["turns"] = turns
        return turns

    def _weights(self, detail: Any) -> NDArray[np.float32]:
        """(2n-1,): by what each node's priority is multiplied: its mean of the map decides."""
        wish = checked_map(detail, self.shape).reshape(-1)
        leaf = self.leaves.reshape(-1)
        sums = np.column_stack([np.bincount(leaf, wish), np.bincount(leaf)])
        spans = self.spans
        running = np.concatenate([np.zeros((1, 2)), np.cumsum(sums[spans.order], axis=0)])
        both = running[spans.past] - running[spans.first]
        share = np.rint(255 * both[:, 0] / both[:, 1]).astype(np.intp)
        steps: NDArray[np.float32] = (FINER ** (np.arange(256) / 255)).astype(np.float32)
        return steps[share]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All of it as named arrays; see `Hierarchy.arrays`."""
        about = [VERSION, METHODS.index(self.method), *self.frame]
        named = {"about": np.array(about, np.int64), "leaves": self.leaves}
        named |= {"parents": self.parents, "priorities": self.priorities}
        return named | self.table._asdict()


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


def build_hierarchy(
    image: Image,
    guide: Guide | None,
    *,
    method: str = "tree",
    finest: int = FINEST,
    seed: int = 0,
    threads: int | None = None,
) -> Hierarchy:
    """Find the anchors of a picture, at every level of detail.

    Args:
        image: h w 3 uint8, sRGB. It is reduced to some 400,000 pixels first, so the places are the
            same whatever the resolution of a photo.
        guide: where the tones of the anchors come from; None takes them from the picture.
        method: 'tree': regions merged from pixels (Ward's cost), the shapes of things; 'split':
            the picture divided along its widest spread of place and colour; 'quadtree': rectangles
            divided where the error is largest; 'slic': areas of even size that follow edges; 'cvt':
            denser where more happens, edges or not; 'random'.
        finest: the most anchors.
        seed: for 'cvt' and 'random'. Same seed, same bytes.
        threads: number of threads; None takes all that this process may use. The result does not
            depend on it.

    Returns:
        A hierarchy from which the anchors of any level take a few milliseconds.

    Raises:
        UsageError: an option makes no sense, or the array is no picture.

    >>> import numpy as np
    >>> picture = np.zeros((4, 6, 3), np.uint8); picture[:, 3:] = 200
    >>> anchors = build_hierarchy(picture, None).anchors(count=2)
    >>> anchors.positions.tolist(), anchors.colors[:, 0].tolist()
    ([[2.0, 1.5], [2.0, 4.5]], [0.0, 200.0])
    """
    if method not in METHODS:
        raise UsageError(f"there is no method {method!r} for anchors; use {', '.join(METHODS)}")
    if finest < 1:
        raise UsageError(f"a painting needs at least 1 anchor, not {finest}")
    workers = thread_count(threads)
    working = work_on(image, guide, threads=workers)
    shape = (working.pixels.shape[0], working.pixels.shape[1])
    leaves, parents, priorities = NESTED[method](working, finest, workers)
    spans = spans_of(parents)
    return NestedHierarchy(
        method=method,
        frame=working.frame,
        shape=shape,
        leaves=leaves,
        parents=parents,
        priorities=priorities,
        table=node_table(working, leaves, parents, spans),
        _kept={"spans": spans},
    )
