"""The artist's own hand: anchors added, moved, taken away and recoloured, on top of those found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pochade.color import convert
from pochade.errors import UsageError
from pochade.painting.anchors import Anchors, Guide
from pochade.painting.events import Add, Move, Recolor, Remove

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Edits:
    """What was done by hand. Anchors that a level does not have wait until one has them again.

    Attributes:
        removed: anchors taken away.
        moved: anchor to place (x, y), shares of width and height.
        colors: anchor to '#rrggbb'.
        added: anchors that were not found but made; their numbers are below 0.
    """

    removed: frozenset[int] = frozenset()
    moved: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    colors: Mapping[int, str] = field(default_factory=dict)
    added: Mapping[int, Add] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.removed or self.moved or self.colors or self.added)

    def then(self, event: Add | Move | Remove | Recolor, number: int) -> Edits:
        """The edits after one more; `number` is the number of an added anchor."""
        if isinstance(event, Add):
            return replace(self, added={**self.added, number: event})
        if isinstance(event, Move):
            return replace(self, moved={**self.moved, event.anchor: (event.x, event.y)})
        if isinstance(event, Recolor):
            return replace(self, colors={**self.colors, event.anchor: event.color})
        return replace(self, removed=self.removed | {event.anchor})


def edited(anchors: Anchors, ids: Ids, edits: Edits, guide: Guide | None) -> tuple[Anchors, Ids]:
    """Lay edits over the anchors that were found.

    At least one anchor is left: the last one cannot be taken away.
    """
    if not edits:
        return anchors, ids
    anchors, ids = _with_added(anchors, ids, edits, guide)
    gone = np.isin(ids, np.array(sorted(edits.removed), np.int64))
    if gone.all():
        gone[0] = False
    anchors, ids = anchors.take(~gone), ids[~gone]
    place = {int(number): index for index, number in enumerate(ids)}
    positions, colors = anchors.positions.copy(), anchors.colors.copy()
    tones = anchors.tones.copy()
    for number, (x, y) in edits.moved.items():
        if number in place:
            at = position(x, y, anchors.frame)
            positions[place[number]] = at
            tones[place[number]] = tone_at(at, anchors.frame, guide, colors[place[number]])
    for number, color in edits.colors.items():
        if number in place:
            colors[place[number]] = rgb(color)
    return replace(anchors, positions=positions, colors=colors, tones=tones), ids


def _with_added(
    anchors: Anchors, ids: Ids, edits: Edits, guide: Guide | None
) -> tuple[Anchors, Ids]:
    if not edits.added:
        return anchors, ids
    frame = anchors.frame
    places = np.array([position(one.x, one.y, frame) for one in edits.added.values()], np.float32)
    colors = np.array([rgb(one.color) for one in edits.added.values()], np.float32)
    mean = anchors.spacing
    sizes = [max(frame) * one.size if one.size else mean for one in edits.added.values()]
    pairs = zip(places, colors, strict=True)
    tones = np.array([tone_at(at, frame, guide, color) for at, color in pairs], np.float32)
    count = len(places)
    joined = Anchors(
        np.concatenate([anchors.positions, places]),
        np.concatenate([anchors.colors, colors]),
        np.concatenate([anchors.tones, tones]),
        np.concatenate([anchors.sizes, np.array(sizes, np.float32)]),
        np.concatenate([anchors.angles, np.zeros(count, np.float32)]),
        np.concatenate([anchors.elongations, np.ones(count, np.float32)]),
        frame,
        anchors.apart,
    )
    return joined, np.concatenate([ids, np.array(list(edits.added), np.int64)])


def position(x: float, y: float, frame: tuple[int, int]) -> NDArray[np.float32]:
    """(row, col) in pixels of the frame of a place given in shares of width and height."""
    inside = np.nextafter(np.array(frame, np.float32), np.float32(0))
    at = np.array([y * frame[0], x * frame[1]], np.float32)
    return np.asarray(np.minimum(at, inside), np.float32)


def tone_at(
    at: NDArray[Any], frame: tuple[int, int], guide: Guide | None, color: NDArray[Any]
) -> NDArray[np.float32]:
    """CIELAB of the guide at a place (row, col); without a guide, of the anchor's own colour."""
    if guide is None:
        pixel = np.clip(color, 0, 255).astype(np.float32).reshape(1, 1, 3) / 255
        return np.asarray(convert(pixel, "srgb", "lab").reshape(3), np.float32)
    rows, cols = guide.lab.shape[:2]
    row = min(rows - 1, int(float(at[0]) * rows / frame[0]))
    col = min(cols - 1, int(float(at[1]) * cols / frame[1]))
    return np.asarray(guide.lab[row, col], np.float32)


def rgb(color: str) -> NDArray[np.float32]:
    """Three numbers, 0 to 255, of '#rrggbb'."""
    return np.frombuffer(bytes.fromhex(color[1:7]), np.uint8).astype(np.float32)


def check_anchor(number: int, ids: Ids) -> None:
    """Raise UsageError unless there is an anchor of that number."""
    if not bool((ids == number).any()):
        raise UsageError(f"the painting has no anchor {number} at this level")
