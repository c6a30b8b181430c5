"""A few tubes of colour: whatever is painted is one of them, or mixed of two."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pochade.color.convert import convert
from pochade.painting.anchors import Anchors
from pochade.painting.brush.noise import Floats, lattice

PIECE = 1 << 14
STIRRED, SIDE_BY_SIDE = 0.08, 0.2
"""What a mixture costs, as a share of how far apart its two tubes are: near ones mix cleaner, on
the palette and, more so, in the eye."""
MIXING = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Tubes:
    """The colours at hand.

    Attributes:
        colors: k 3 float32, sRGB 0 to 255.
        mixing: 0 takes the nearest tube, 1 any mixture of two.
    """

    colors: Floats = field(repr=False)
    mixing: float = MIXING

    def mixed(self, wanted: Floats, chances: Floats | None = None) -> Floats:
        """What these tubes give for each wanted colour: n 3 float32, sRGB 0 to 255.

        Args:
            wanted: n 3, sRGB 0 to 255.
            chances: n numbers in [0, 1). Where given, a mixture becomes one of its two tubes with
                the chance of its share, so that the mixture is seen from afar.

        Ties go to the tube that comes first.
        """
        tubes = convert(self.colors / np.float32(255), "srgb", "oklab")
        points = convert(np.clip(wanted, 0, 255) / np.float32(255), "srgb", "oklab")
        result = np.empty((len(points), 3), np.float32)
        for start in range(0, len(points), PIECE):
            part = slice(start, start + PIECE)
            chance = None if chances is None else chances[part]
            result[part] = self._piece(points[part], tubes, chance)
        mixed: Floats = np.clip(convert(result, "oklab", "srgb") * np.float32(255), 0, 255)
        return mixed

    def _piece(self, points: Floats, tubes: Floats, chances: Floats | None) -> Floats:
        cost_of = STIRRED if chances is None else SIDE_BY_SIDE
        first = np.zeros(len(points), np.intp)
        second = np.zeros(len(points), np.intp)
        share = np.zeros(len(points), np.float32)
        best = np.full(len(points), np.inf, np.float32)
        for i in range(len(tubes)):
            for j in range(i, len(tubes)):
                step = tubes[j] - tubes[i]
                square = float((step * step).sum())
                t = np.zeros(len(points), np.float32)
                if square > 0:
                    t = np.clip(((points - tubes[i]) * step).sum(1) / np.float32(square), 0, 1)
                    t = t * np.float32(self.mixing) + np.round(t) * np.float32(1 - self.mixing)
                gap = points - tubes[i] - t[:, None] * step
                mess = np.float32(square * cost_of * cost_of) * 4 * t * (1 - t)
                cost = (gap * gap).sum(1) + mess
                better = cost < best
                best = np.where(better, cost, best)
                first, second = np.where(better, i, first), np.where(better, j, second)
                share = np.where(better, t, share).astype(np.float32)
        if chances is not None:
            share = (chances < share).astype(np.float32)
        mixed: Floats = tubes[first] + share[:, None] * (tubes[second] - tubes[first])
        return mixed


def as_tubes(palette: Any, mixing: float = MIXING) -> Tubes:
    """Tubes from (k, 3 or 4) uint8, colours, a palette result or a palette file.

    Raises:
        UsageError: it is no palette.
    """
    from pochade.quantize_inputs import as_palette

    colors = np.asarray(as_palette(palette, 3), np.float32)[:, :3]
    return Tubes(np.ascontiguousarray(colors), mixing)


def limit_colors(
    anchors: Anchors, palette: Any, *, mixing: float = MIXING, seed: int = 0
) -> Anchors:
    """The anchors in colours that a few tubes give, to be blended as any others.

    Args:
        anchors: of any picture.
        palette: what `as_tubes` takes.
        mixing: 0 takes the nearest tube, 1 any mixture of two.
        seed: of the small differences that keep neighbours from all taking the same tube.
    """
    tubes = as_tubes(palette, mixing)
    at = np.round(anchors.positions * 8).astype(np.int64)
    noise = lattice(at[:, 1], at[:, 0], seed + 91) - np.float32(0.5)
    wanted = anchors.colors + noise[:, None] * np.float32(12)
    return anchors.with_colors(tubes.mixed(wanted))
