"""Where strokes run: the direction of the picture's lines, everywhere, as smooth as a hand.

The structure tensor of the guide (W. Foerstner and E. Gülch 1987; for brush strokes: J. Kyprianidis
and H. Kang, "Image and video abstraction by coherence-enhancing filtering", 2011) is averaged over
a wide and a narrow neighbourhood. What has no direction of its own takes the one around it, and
where there is none at all, a slowly turning one, as a hand has.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pochade.painting.anchors import Anchors, Guide
from pochade.painting.brush.noise import Floats, clouds

Exact = NDArray[np.float64]
Directions = tuple[Floats, Floats, Floats]

AREA = 150_000
"""Pixels of the map of directions, at most: strokes are far wider than its cells."""
NARROW, WIDE = 6.0, 30.0
"""Spreads of the two averages, in thousandths of the side."""


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """A map of directions that covers the whole picture.

    Attributes:
        cos2: h w float32: cosine of twice the direction (from along a row, turning down) times how
            sure it is.
        sin2: h w float32: the sine.
        detail: h w float32: how much happens there, CIELAB units per thousandth of the side.
    """

    cos2: Floats = field(repr=False)
    sin2: Floats = field(repr=False)
    detail: Floats = field(repr=False)

    def at(self, rows: Floats, cols: Floats, size: tuple[int, int]) -> Directions:
        """Directions at places of a picture of `size`: cosine, sine (not below 0), how sure."""
        c, s = self._look(self.cos2, rows, cols, size), self._look(self.sin2, rows, cols, size)
        long = np.sqrt(c * c + s * s)
        turned = np.where(long > 0, c / np.where(long > 0, long, 1), 1)
        # Half the angle, without a library's sine: its last bits differ between machines.
        half = np.float32(0.5)
        sine = np.sqrt(np.maximum(0, (1 - turned) * half))
        cosine = np.sqrt(np.maximum(0, (1 + turned) * half))
        return np.where(s < 0, -cosine, cosine), sine, np.minimum(1, long)

    def detail_at(self, rows: Floats, cols: Floats, size: tuple[int, int]) -> Floats:
        """How much happens at places of a picture of `size`."""
        return self._look(self.detail, rows, cols, size)

    @staticmethod
    def _look(of: Floats, rows: Floats, cols: Floats, size: tuple[int, int]) -> Floats:
        return sample(of, rows * (of.shape[0] / size[0]), cols * (of.shape[1] / size[1]))


def find_flow(guide: Guide | None, anchors: Anchors, *, seed: int = 0) -> Flow:
    """The directions of a guide or, without one, of what the anchors themselves show."""
    lab = reduced(guide.lab) if guide is not None else from_anchors(anchors)
    h, w = lab.shape[:2]
    unit = float(np.sqrt(h * w)) / 1000
    padded = np.pad(soft(lab, 1.5 * unit), ((1, 1), (1, 1), (0, 0)), mode="edge")
    dy = (padded[2:, 1:-1] - padded[:-2, 1:-1]) * np.float32(0.5)
    dx = (padded[1:-1, 2:] - padded[1:-1, :-2]) * np.float32(0.5)
    # Doubled angles: the direction of a line, a quarter turn from that of the gradient.
    c = (dy * dy - dx * dx).sum(2)
    s = (-2 * dx * dy).sum(2)
    power = (dx * dx + dy * dy).sum(2)
    detail = np.sqrt(soft(power, 4 * unit)) * np.float32(unit)
    near, far = NARROW * unit, WIDE * unit
    # A strong edge has much weight beside it, but not so much that nothing else has a say.
    tame = 1 / np.sqrt(power + np.float32(4))
    c, s, power = c * tame, s * tame, power * tame
    c_all = soft(c, near) + np.float32(0.25) * soft(c, far)
    s_all = soft(s, near) + np.float32(0.25) * soft(s, far)
    p_all = soft(power, near) + np.float32(0.25) * soft(power, far)
    rows, cols = (np.mgrid[:h, :w] / (unit * 330)).astype(np.float32)
    hand = clouds(cols, rows, 2, seed + 71) * np.float32(3) - np.float32(0.9)
    weak = np.float32(0.12)
    bent = weak / (1 + hand * hand)
    c_all, s_all = c_all + bent * (1 - hand * hand), s_all - bent * 2 * hand
    c_all, s_all = c_all / (p_all + weak), s_all / (p_all + weak)
    return Flow(c_all.astype(np.float32), s_all.astype(np.float32), detail)


def reduced(lab: Floats) -> Floats:
    """The guide by whole blocks, at most about `AREA` pixels."""
    h, w = lab.shape[:2]
    step = max(1, round((h * w / AREA) ** 0.5))
    step = min(step, h, w)
    rows, cols = h // step * step, w // step * step
    blocks = lab[:rows, :cols].reshape(rows // step, step, cols // step, step, 3)
    small: Floats = blocks.mean(axis=(1, 3), dtype=np.float32)
    return small


def from_anchors(anchors: Anchors) -> Floats:
    """A coarse CIELAB picture of the anchors' tones, each spread over its surroundings."""
    rows, cols = anchors.frame
    step = max(1.0, anchors.spacing / 2, (rows * cols / AREA) ** 0.5)
    h, w = max(1, round(rows / step)), max(1, round(cols / step))
    y = np.minimum((anchors.positions[:, 0] * (h / rows)).astype(np.intp), h - 1)
    x = np.minimum((anchors.positions[:, 1] * (w / cols)).astype(np.intp), w - 1)
    sums = np.zeros((h, w, 4), np.float32)
    np.add.at(sums, (y, x), np.concatenate([anchors.tones, np.ones((len(y), 1), np.float32)], 1))
    # Wider spreads have next to no weight: they fill in where there is nothing nearer.
    total = np.zeros_like(sums)
    for sigma, weight in ((1.0, 1.0), (4.0, 1e-3), (16.0, 1e-6), (max(h, w) / 2, 1e-9)):
        total += soft(sums, sigma) * np.float32(weight)
    mean = total[..., :3] / np.maximum(total[..., 3:], np.float32(1e-30))
    return mean.astype(np.float32, copy=False)


def soft(of: Floats, sigma: float) -> Floats:
    """Three means over squares: close to a Gaussian of spread `sigma`, the edge repeated."""
    side = int(np.sqrt(4 * sigma * sigma + 1))
    half = side // 2
    if half < 1:
        return of
    result = of.astype(np.float64)
    for _ in range(3):
        for axis in (0, 1):
            result = _means(result, half, axis)
    return result.astype(np.float32)


def _means(of: Exact, half: int, axis: int) -> Exact:
    pads = [(half + 1, half) if i == axis else (0, 0) for i in range(of.ndim)]
    sums = np.cumsum(np.pad(of, pads, mode="edge"), axis=axis)
    count = of.shape[axis]
    width = 2 * half + 1
    ahead = np.take(sums, np.arange(width, width + count), axis=axis)
    mean: Exact = (ahead - np.take(sums, np.arange(count), axis=axis)) / width
    return mean


def sample(of: Floats, rows: Floats, cols: Floats) -> Floats:
    """The map between its four nearest cells; (0.5, 0.5) is the middle of the first."""
    h, w = of.shape[:2]
    y = np.clip(rows - 0.5, 0, h - 1)
    x = np.clip(cols - 0.5, 0, w - 1)
    y0, x0 = y.astype(np.intp), x.astype(np.intp)
    y1, x1 = np.minimum(y0 + 1, h - 1), np.minimum(x0 + 1, w - 1)
    tail = (1,) * (of.ndim - 2)
    dy = (y - y0).astype(np.float32).reshape(-1, *tail)
    dx = (x - x0).astype(np.float32).reshape(-1, *tail)
    top = of[y0, x0] + (of[y0, x1] - of[y0, x0]) * dx
    low = of[y1, x0] + (of[y1, x1] - of[y1, x0]) * dx
    mixed: Floats = top + (low - top) * dy
    return mixed
