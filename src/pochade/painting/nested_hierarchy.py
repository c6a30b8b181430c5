"""Anchors at the nodes of a binary tree of regions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pochade.painting.levels import FINER, METHODS, VERSION, Hierarchy, checked_map
from pochade.painting.nodes import NodeTable, Spans, anchors_of, node_sums, raised, spans_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.painting.anchors import Anchors


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
        if wanted == 1:
            return np.array([len(self.parents) - 1], np.int32)
        return np.flatnonzero(divided[self.parents] & ~divided).astype(np.int32)

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
        return anchors_of(self.table, nodes, self.frame)

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
        sums = np.column_stack([np.bincount(leaf, wish), np.bincount(leaf).astype(np.float64)])
        both = node_sums(self.spans, sums)
        share = np.rint(255 * both[:, 0] / both[:, 1]).astype(np.intp)
        steps: NDArray[np.float32] = (FINER ** (np.arange(256) / 255)).astype(np.float32)
        return steps[share]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All of it as named arrays; see `Hierarchy.arrays`."""
        about = [VERSION, METHODS.index(self.method), *self.frame]
        named: dict[str, NDArray[Any]] = {"about": np.array(about, np.int64), "leaves": self.leaves}
        named |= {"parents": self.parents, "priorities": self.priorities}
        return named | self.table._asdict()
