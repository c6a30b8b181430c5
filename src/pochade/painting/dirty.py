"""Which part of a picture differs between two states of a painting: a bound that is never short.

A pixel is the mixture of its nearest anchors. It changes only where an anchor that is new, gone or
different is among the nearest, before or after. Square tiles are judged as the blend itself judges
them: from bounds on how near an anchor can be to any pixel of the tile, and on how far the last of
its neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pochade.painting.blend import LOCAL, scene_of
from pochade.painting.blend_reference import LEAST, ROUNDING
from pochade.painting.guide_reference import crisp_radius
from pochade.painting.laying import knobs_of
from pochade.painting.look_options import Look

if TYPE_CHECKING:
    from pochade.painting.anchors import Guide
    from pochade.painting.blend_reference import Scene
    from pochade.painting.document import Painting

Window = tuple[int, int, int, int]

TILE: Final = 48
"""Side of a tile in pixels of the picture; at least that, at most TILES of them in all."""
TILES: Final = 600
PAIRS: Final = 1 << 20


def dirty(before: Painting, after: Painting, size: tuple[int, int]) -> Window | None:
    """(top, left, bottom, right) of all that may differ in a picture of `size`; None: nothing."""
    whole = (0, 0, *size)
    if before is after:
        return None
    if before.bench.subject is not after.bench.subject:
        return whole
    same_guide = before.guide is after.guide
    same_look = before.intent.look == after.intent.look
    if not same_guide or not same_look or _knobs(before) != _knobs(after):
        return whole
    old, new = _scene(before, size), _scene(after, size)
    changed_old, changed_new = _changed(before, after, old, new)
    if not changed_old.any() and not changed_new.any():
        return None
    if after.intent.look != Look() or max(len(old.places), len(new.places)) <= old.neighbours + 1:
        return whole  # strokes reach further than their anchors
    tiles = Tiles.of(size, old)
    touched = tiles.touched(old, changed_old) | tiles.touched(new, changed_new)
    return tiles.around(touched)


def _knobs(painting: Painting) -> dict[str, object]:
    seed = painting.settings.seed if painting.intent.look != Look() else 0
    return {**knobs_of(painting.settings), "seed": seed}


def _scene(painting: Painting, size: tuple[int, int]) -> Scene:
    knobs = knobs_of(painting.settings)
    return scene_of(
        painting.painted, painting.guide, size, local=LOCAL, stretch=None, window=None, **knobs
    )


def _changed(
    before: Painting, after: Painting, old: Scene, new: Scene
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which anchors of the old and of the new state are not the same in both."""
    order_old, order_new = np.argsort(before.ids), np.argsort(after.ids)
    common, at_old, at_new = np.intersect1d(
        before.ids[order_old], after.ids[order_new], assume_unique=True, return_indices=True
    )
    at_old, at_new = order_old[at_old], order_new[at_new]
    same = np.ones(len(common), bool)
    for name in ("places", "forms", "tones", "colors"):
        same &= (getattr(old, name)[at_old] == getattr(new, name)[at_new]).all(axis=1)
    gone, come = np.ones(len(before.ids), bool), np.ones(len(after.ids), bool)
    gone[at_old[same]] = False
    come[at_new[same]] = False
    if old.touch != new.touch and old.inverse:
        gone[:], come[:] = True, True
    return gone, come


class Tiles:
    """A picture in square tiles, each with the box that its pixels fill in place and colour.

    Attributes:
        size: (rows, cols) of the picture.
        step: side of a tile.
        middle: t 2 float32, in pixels of the frame.
        half: t 2 float32.
        low, high: t 3 float32: colours of the guide in units of `edges`.
    """

    def __init__(self, size: tuple[int, int], step: int, scene: Scene) -> None:
        self.size, self.step = size, step
        edges = []
        for side, length in zip(size, scene.frame, strict=True):
            first = np.arange(0, side, step)
            last = np.minimum(first + step, side) - 1
            edges.append((np.stack([first, last]) + 0.5) * (length / side))
        (top, bottom), (left, right) = edges
        self.shape = (len(top), len(left))
        low = np.stack(np.meshgrid(top, left, indexing="ij"), axis=-1).reshape(-1, 2)
        high = np.stack(np.meshgrid(bottom, right, indexing="ij"), axis=-1).reshape(-1, 2)
        self.middle, self.half = (low + high) / 2, (high - low) / 2
        count = len(low)
        self.low, self.high = np.zeros((count, 3)), np.zeros((count, 3))
        if scene.guide is not None:
            self._see(scene.guide, scene.edges)

    @classmethod
    def of(cls, size: tuple[int, int], scene: Scene) -> Tiles:
        """Tiles for a picture of a size."""
        step = max(TILE, int(np.ceil(np.sqrt(size[0] * size[1] / TILES))))
        return cls(size, step, scene)

    def _see(self, guide: Guide, edges: float) -> None:
        """The least and greatest colour of the guide in each tile, and in what it is made from."""
        rows, cols = guide.lab.shape[:2]
        # Enlarging reads two pixels to each side, overshoots a little, and looks for edges beyond.
        reach = [
            3 + int(np.ceil(crisp_radius(max(1.0, wanted / have)) * have / wanted))
            for wanted, have in zip(self.size, (rows, cols), strict=True)
        ]
        index = 0
        for row in range(self.shape[0]):
            top, bottom = _span(row, self.step, self.size[0], rows, reach[0])
            strip = guide.lab[top:bottom]
            least, most = strip.min(axis=0), strip.max(axis=0)
            for col in range(self.shape[1]):
                left, right = _span(col, self.step, self.size[1], cols, reach[1])
                self.low[index] = least[left:right].min(axis=0)
                self.high[index] = most[left:right].max(axis=0)
                index += 1
        over = 0.25 * (self.high - self.low)  # Catmull and Rom's overshoot, in two directions
        self.low, self.high = (self.low - over) / edges, (self.high + over) / edges

    def touched(self, scene: Scene, changed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The tiles in which one of the changed anchors may be among the nearest."""
        out = np.zeros(len(self.middle), bool)
        if not changed.any():
            return out
        step = max(1, PAIRS // len(scene.places))
        for first in range(0, len(out), step):
            part = slice(first, first + step)
            nearest, farthest = self._bounds(scene, part)
            n = scene.neighbours
            limit = np.partition(farthest, n, axis=1)[:, n] * ROUNDING**2 + LEAST
            out[part] = (nearest[:, changed] <= limit[:, None]).any(axis=1)
        return out

    def _bounds(
        self, scene: Scene, part: slice
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Squared distances t n: no pixel of the tile is nearer, and none farther."""
        a, b, c = scene.forms.T.astype(np.float32)
        middle, half = self.middle[part].astype(np.float32), self.half[part].astype(np.float32)
        down = middle[:, :1] - scene.places[:, 0]
        right = middle[:, 1:] - scene.places[:, 1]
        space = np.sqrt(np.maximum(a * down * down + 2 * b * down * right + c * right * right, 0))
        y, x = half[:, :1], half[:, 1:]
        corner = np.sqrt(a * y * y + 2 * abs(b) * y * x + c * x * x)
        nearest = np.square(np.maximum(space - corner, 0))
        farthest = np.square(space + corner)
        if scene.guide is None:
            return nearest, farthest
        low, high = self.low[part].astype(np.float32), self.high[part].astype(np.float32)
        for channel in range(3):
            tone = scene.tones[:, channel]
            above, below = tone - high[:, channel, None], low[:, channel, None] - tone
            nearest += np.square(np.maximum(np.maximum(above, below), 0))
            farthest += np.square(np.maximum(abs(above), abs(below)))
        return nearest, farthest

    def around(self, touched: NDArray[np.bool_]) -> Window | None:
        """The rectangle around some tiles."""
        rows, cols = np.nonzero(touched.reshape(self.shape))
        if not len(rows):
            return None
        bottom = min(self.size[0], (int(rows.max()) + 1) * self.step)
        right = min(self.size[1], (int(cols.max()) + 1) * self.step)
        return int(rows.min()) * self.step, int(cols.min()) * self.step, bottom, right


def _span(tile: int, step: int, side: int, have: int, reach: int) -> tuple[int, int]:
    """The rows (columns) of the guide that those of a tile are made from."""
    first, last = tile * step * have // side, -(-min((tile + 1) * step, side) * have // side)
    return max(0, first - reach), min(have, last + reach)
