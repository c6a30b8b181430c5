"""Which part of a picture differs between two states of a painting: a bound that is never short.

A pixel is the mixture of its nearest anchors. It changes only where an anchor that is new, gone or
different is among the nearest, before or after. Square tiles are judged as the blend itself judges
them: from bounds on how near an anchor can be to any pixel of the tile, and on how far the last of
its neighbours.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pochade.painting.blend import LOCAL, STRETCH, scene_of
from pochade.painting.blend_reference import LEAST, ROUNDING
from pochade.painting.guide_reference import crisp_radius
from pochade.painting.laying import knobs_of
from pochade.painting.look_options import Look

if TYPE_CHECKING:
    from pochade.painting.anchors import Guide
    from pochade.painting.blend_reference import Scene
    from pochade.painting.document import Painting
    from pochade.painting.laying import Bench

_native: Any
try:
    _native = import_module("pochade._native")
except ImportError:
    _native = None

Window = tuple[int, int, int, int]
Boxes = tuple[NDArray[np.float32], NDArray[np.float32]]

BLOCK: Final = 8
"""Side of the squares in which the colours of a guide are summed up."""

LEAST_TILES: Final = (32, 16, 8)
"""Sides of the smallest tiles, in pixels: the first that is no more than anchors are apart."""
MANY: Final = 0.3
"""Share of changed anchors from which on all is drawn again."""
FIRST_TILES: Final = 8
"""The largest tiles are at most so many a side."""


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
    if changed_new.mean() > MANY:
        return whole  # looking for it would take longer than drawing it
    boxes = None if after.guide is None else boxes_of(after.bench, after.guide)
    found = Search(new, boxes, changed_new, None).run()
    return Search(old, boxes, changed_old, found).run()


def _knobs(painting: Painting) -> dict[str, object]:
    seed = painting.settings.seed if painting.intent.look != Look() else 0
    return {**knobs_of(painting.settings), "seed": seed}


def _scene(painting: Painting, size: tuple[int, int]) -> Scene:
    knobs = knobs_of(painting.settings)
    given: dict[str, Any] = {"softness": 0.35, "edges": 12.0, "local": LOCAL, "stretch": STRETCH}
    return scene_of(painting.painted, painting.guide, size, window=None, **given | knobs)


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


def boxes_of(bench: Bench, guide: Guide) -> Boxes:
    """The least and the greatest colours of a guide in squares of BLOCK pixels; kept for it."""
    if bench.boxes and bench.boxes[0][0] is guide:
        kept: Boxes = bench.boxes[0][1]
        return kept
    rows, cols = guide.lab.shape[:2]
    pad = ((0, -rows % BLOCK), (0, -cols % BLOCK), (0, 0))
    even = np.pad(guide.lab, pad, mode="edge")
    squares = even.reshape(even.shape[0] // BLOCK, BLOCK, even.shape[1] // BLOCK, BLOCK, 3)
    made: Boxes = squares.min(axis=3).min(axis=1), squares.max(axis=3).max(axis=1)
    bench.boxes[:] = [(guide, made)]
    return made


class Search:
    """The rectangle around all pixels that one of some anchors may have a share in.

    Tiles are quartered as long as one of these anchors may be among the nearest of their pixels;
    anchors that cannot be among them are not asked about their quarters. What lies within the
    rectangle found so far need not be looked at.
    """

    def __init__(
        self, scene: Scene, boxes: Boxes | None, changed: NDArray[np.bool_], found: Window | None
    ) -> None:
        self.scene, self.boxes, self.changed, self.found = scene, boxes, changed, found
        apart = (scene.size[0] * scene.size[1] / len(scene.places)) ** 0.5
        self.least = next((side for side in LEAST_TILES if side <= apart), LEAST_TILES[-1])
        self.first = self.least
        while self.first * FIRST_TILES < max(scene.size):
            self.first *= 2
        shape = scene.size if scene.guide is None else scene.guide.lab.shape[:2]
        self.guide = (int(shape[0]), int(shape[1]))
        # At its own size the guide is read as it is. Enlarging reads two pixels to each side,
        # looks for the sides of edges beyond, and overshoots a little (Catmull and Rom's cubic).
        self.over = 0.0 if self.guide == scene.size else 0.25
        self.reach = tuple(
            3 + int(np.ceil(crisp_radius(max(1.0, want / have)) * have / want)) if self.over else 0
            for want, have in zip(scene.size, self.guide, strict=True)
        )

    def run(self) -> Window | None:
        """The rectangle, which includes the one that it began with."""
        if not self.changed.any():
            return self.found
        if _native is not None and hasattr(_native, "paint_dirty"):
            return self.run_native()
        rows, cols = self.scene.size
        step = self.first
        everything = np.arange(len(self.scene.places))
        tiles = [(top, left) for top in range(0, rows, step) for left in range(0, cols, step)]
        level = [(top, left, everything) for top, left in tiles]
        while level:
            level = [part for tile in level for part in self._quarters(*tile, step)]
            step //= 2
        return self.found

    def run_native(self) -> Window | None:
        """The same by the kernel."""
        scene = self.scene
        low, high = self.boxes or (np.zeros((0, 0, 3), np.float32),) * 2
        how = {
            "block": BLOCK,
            "over": self.over,
            "edges": float(scene.edges),
            "neighbours": scene.neighbours,
            "least": self.least,
            "first": self.first,
            "rounding": ROUNDING**2,
            "slack": LEAST,
        }
        top, left, bottom, right = _native.paint_dirty(
            scene.places,
            scene.forms,
            np.ascontiguousarray(scene.tones),
            self.changed.view(np.uint8),
            low,
            high,
            scene.size,
            scene.frame,
            self.guide,
            self.reach,
            how,
            self.found or (0, 0, 0, 0),
        )
        return (top, left, bottom, right) if bottom > top else None

    def _quarters(
        self, top: int, left: int, which: NDArray[np.intp], step: int
    ) -> list[tuple[int, int, NDArray[np.intp]]]:
        """The parts of a tile to look at next; widens the rectangle where there are none."""
        rows, cols = self.scene.size
        part = (top, left, min(top + step, rows), min(left + step, cols))
        if _within(part, self.found):
            return []
        nearest, farthest = self._bounds(part, which)
        n = self.scene.neighbours
        limit = np.inf
        if len(which) > n:
            limit = float(np.partition(farthest, n)[n]) * ROUNDING**2 + LEAST
        near = nearest <= limit
        if not (near & self.changed[which]).any():
            return []
        if step <= self.least:
            self.found = _joined(part, self.found)
            return []
        which, half = which[near], step // 2
        corners = [(top + down, left + right) for down in (0, half) for right in (0, half)]
        return [(y, x, which) for y, x in corners if y < rows and x < cols]

    def _bounds(
        self, part: Window, which: NDArray[np.intp]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Squared distances of anchors: no pixel of the part is nearer, and none farther."""
        scene = self.scene
        scale = [have / want for have, want in zip(scene.frame, scene.size, strict=True)]
        low = [(part[axis] + 0.5) * scale[axis] for axis in (0, 1)]
        high = [(part[axis + 2] - 0.5) * scale[axis] for axis in (0, 1)]
        a, b, c = scene.forms[which].T
        places = scene.places[which]
        down = np.float32((low[0] + high[0]) / 2) - places[:, 0]
        right = np.float32((low[1] + high[1]) / 2) - places[:, 1]
        y, x = np.float32((high[0] - low[0]) / 2), np.float32((high[1] - low[1]) / 2)
        space = np.sqrt(np.maximum(a * down * down + 2 * b * down * right + c * right * right, 0))
        corner = np.sqrt(a * (y * y) + 2 * abs(b) * (y * x) + c * (x * x))
        nearest = np.square(np.maximum(space - corner, 0))
        farthest = np.square(space + corner)
        if scene.guide is not None and self.boxes is not None:
            least, most = self._colors(self.boxes, part)
            above, below = scene.tones[which] - most, least - scene.tones[which]
            nearest += np.square(np.maximum(np.maximum(above, below), 0)).sum(axis=1)
            farthest += np.square(np.maximum(abs(above), abs(below))).sum(axis=1)
        return nearest, farthest

    def _colors(
        self, boxes: Boxes, part: Window
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The least and the greatest colour of the guide in a part, in units of `edges`."""
        spans = []
        for axis in (0, 1):
            want, have, reach = self.scene.size[axis], self.guide[axis], self.reach[axis]
            first, last = part[axis] * have // want, -(-part[axis + 2] * have // want)
            spans.append(slice(max(0, first - reach), min(have, last + reach)))
        rows, cols = (slice(span.start // BLOCK, -(-span.stop // BLOCK)) for span in spans)
        least = boxes[0][rows, cols].min(axis=(0, 1))
        most = boxes[1][rows, cols].max(axis=(0, 1))
        over = np.float32(self.over) * (most - least)
        edges = np.float32(self.scene.edges)
        return (least - over) / edges, (most + over) / edges


def _within(part: Window, found: Window | None) -> bool:
    if found is None:
        return False
    inside = part[0] >= found[0] and part[1] >= found[1]
    return inside and part[2] <= found[2] and part[3] <= found[3]


def _joined(part: Window, found: Window | None) -> Window:
    if found is None:
        return part
    top, left = min(part[0], found[0]), min(part[1], found[1])
    return top, left, max(part[2], found[2]), max(part[3], found[3])
