"""Anchors of levels that are found each on its own, when asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from pochade.painting import flat
from pochade.painting.levels import FINER, METHODS, VERSION, Hierarchy, checked_map
from pochade.painting.nearest import nearest
from pochade.painting.nodes import NodeTable, anchors_of, area_table
from pochade.painting.working import Working

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.painting.anchors import Anchors
    from pochade.types import Image

TONE_STEP = np.float32(1 / 128)
"""Tones are kept in whole numbers of this."""
KEPT_LEVELS = 16


class Level(NamedTuple):
    """One level: the area of each pixel, the anchors' numbers, and what is known of them."""

    labels: NDArray[np.int32]
    nodes: NDArray[np.int32]
    table: NodeTable


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FlatHierarchy(Hierarchy):
    """Anchors found anew for each number of them, some tenths of a second the first time.

    The number of an anchor is that of its pixel in raster order at the working size.

    Attributes:
        pixels: (h, w, 3) uint8: the picture at the working size.
        tones: (h, w, 3) int16: CIELAB times 128.
        most: the most anchors that there are.
        seed: for random choices.
        threads: how many threads may work; the anchors do not depend on it.
    """

    KIND: ClassVar[str] = "flat"
    pixels: Image = field(repr=False)
    tones: NDArray[np.int16] = field(repr=False)
    most: int
    seed: int
    threads: int
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, working: Working, *, method: str, finest: int, seed: int, threads: int
    ) -> FlatHierarchy:
        """The hierarchy of a picture."""
        high, wide = working.pixels.shape[:2]
        tones = np.clip(np.rint(working.tones / TONE_STEP), -32768, 32767).astype(np.int16)
        return cls(
            method=method,
            frame=working.frame,
            shape=(high, wide),
            pixels=working.pixels,
            tones=tones,
            most=min(finest, high * wide),
            seed=seed,
            threads=threads,
        )

    @property
    def finest(self) -> int:
        """The most anchors that there are."""
        return self.most

    def nodes(
        self, level: float | None = None, *, count: int | None = None, detail: Any = None
    ) -> NDArray[np.int32]:
        """The pixels of the anchors; see `Hierarchy.nodes`."""
        return self._level(level, count, detail).nodes

    def labels(
        self, level: float | None = None, *, count: int | None = None, detail: Any = None
    ) -> NDArray[np.int32]:
        """The anchor of each pixel of the working size; see `Hierarchy.labels`."""
        return self._level(level, count, detail).labels

    def anchors(
        self, level: float | None = None, *, count: int | None = None, detail: Any = None
    ) -> Anchors:
        """The anchors of a level; see `Hierarchy.anchors`."""
        return anchors_of(self._level(level, count, detail).table, slice(None), self.frame)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All of it as named arrays; see `Hierarchy.arrays`."""
        about = [VERSION, METHODS.index(self.method), *self.frame, self.most, self.seed]
        return {"about": np.array(about, np.int64), "pixels": self.pixels, "tones": self.tones}

    def _level(self, level: float | None, count: int | None, detail: Any) -> Level:
        wanted = self.wanted(level, count)
        if detail is not None:
            wish = checked_map(detail, self.shape)
            wish = np.rint(wish * 255).astype(np.intp)
            if wish.min() < wish.max():
                steps = (FINER ** ((np.arange(256) - 255) / 255)).astype(np.float32)
                return self._found(wanted, steps[wish])
        levels: dict[int, Level] = self._kept.setdefault("levels", {})
        if wanted not in levels:
            if len(levels) >= KEPT_LEVELS:
                del levels[next(iter(levels))]
            levels[wanted] = self._found(wanted, None)
        return levels[wanted]

    def _found(self, count: int, wish: NDArray[np.float32] | None) -> Level:
        working = Working(self.pixels, self.tones * TONE_STEP, self.frame)
        labels = flat.peopled(self._labels(working.tones, count, wish), count)
        table = area_table(working, labels, count)
        # In the order of the pixels that they are on.
        scale = [own / side for own, side in zip(self.shape, self.frame, strict=True)]
        pixel = np.floor(table.positions * scale).astype(np.int64)
        nodes = (pixel[:, 0] * self.shape[1] + pixel[:, 1]).astype(np.int32)
        order = np.argsort(nodes, kind="stable")
        rank = np.empty(count, np.int32)
        rank[order] = np.arange(count, dtype=np.int32)
        return Level(rank[labels], nodes[order], NodeTable(*(one[order] for one in table)))

    def _labels(
        self, tones: NDArray[np.float32], count: int, wish: NDArray[np.float32] | None
    ) -> NDArray[np.int32]:
        weights = np.ones(self.shape, np.float32) if wish is None else wish
        if self.method == "random":
            points = flat.random_places(self.shape, count, weights, self.seed)
            none = np.zeros((count, 3), np.float32)
            return nearest(points, none, np.zeros_like(tones), 1.0, self.threads)
        compactness = flat.COMPACTNESS if self.method == "slic" else 0.0
        density = weights
        if self.method == "cvt":
            if "density" not in self._kept:
                self._kept["density"] = flat.density_of(tones)
            density = weights * self._kept["density"]
        if self.method == "slic" and wish is None:
            points = flat.rows_of_points(self.shape, count)
        else:
            if "curve" not in self._kept:
                self._kept["curve"] = flat.along_curve(self.shape)
            points = flat.points_by_density(density, count, self._kept["curve"], self.seed)
        return flat.settled(points, tones, density, compactness, self.threads)
