"""The spaces that clustering works in: colours to points in which squared distance is the error.

A working space turns 8-bit colours into float32 points and centres back into 8-bit colours.

With alpha, a point has one more coordinate, chosen so that the squared distance between two points
is the mean of the squared errors seen over a black and over a white background. For sRGB with
`a` in 0..1 this is exact: over black the error is ``d(a c)``, over white ``d(a c) - 255 da``, and
the mean of their squares summed over the channels equals the squared length of
``(d(a (c - 127.5)), sqrt(3) * 127.5 * da)``. Whatever hides under alpha 0 is one single point.

In other spaces the same is done with that space's black, white and the grey between them.

`oklab` is the space to look at: OKLab bent by `color.perceptual`, with the mean distance as the
error instead of its square, since that is what the mean of a colour difference formula measures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.color import perceptual
from pochade.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.color.convert import SpaceName
    from pochade.types import Centers, Palette, Pixels, Points

SPACES: tuple[SpaceName, ...] = ("srgb", "oklab", "lab", "linear")

# White in each space; black is the origin.
_WHITE: dict[SpaceName, tuple[float, ...]] = {
    "srgb": (255, 255, 255),
    "linear": (1, 1, 1),
    "lab": (100, 0, 0),
    "oklab": (1, 0, 0, perceptual.BLUE),
}


class WorkingSpace(NamedTuple):
    """How 8-bit colours become points, and centres become colours again.

    Attributes:
        name: srgb, linear, lab or oklab.
        alpha: whether colours have a fourth channel, alpha, and points a last coordinate for it.
    """

    name: SpaceName
    alpha: bool

    @property
    def dimensions(self) -> int:
        """Coordinates of a point: 3, in oklab 4, and one more with alpha."""
        return len(_WHITE[self.name]) + self.alpha

    @property
    def extent(self) -> float:
        """Distance between black and white."""
        return _length(self.name)

    @property
    def least_variance(self) -> float:
        """The variance that rounding to 8 bits leaves along an axis, 1/12 in sRGB's units.

        Where an axis of another space is stretched, about that.
        """
        return (self.extent / _length("srgb")) ** 2 / 12

    @property
    def by_distance(self) -> bool:
        """Whether palettes for this space lessen the mean distance, not the mean squared one."""
        return self.name == "oklab"

    def points(self, colors: Pixels) -> Points:
        """The points (m, dimensions) float32 of 8-bit colours (m, 3 or 4)."""
        values = _spread(self.name, colors[:, :3])
        return _with_alpha(self.name, values, colors[:, 3]) if self.alpha else values

    def centers(self, points: Points | Centers) -> NDArray[np.float64]:
        """Points as coordinates of the named space, float64; with alpha, straight and in 0..1."""
        values = np.asarray(points, np.float64)
        if not self.alpha:
            return _gather(self.name, values)
        color, alpha = _without_alpha(self.name, values)
        return np.concatenate([_gather(self.name, color), alpha], axis=1)

    def palette(self, points: Points | Centers) -> Palette:
        """The 8-bit colours (k, 3 or 4) nearest to points; alpha 0 is always (0, 0, 0, 0)."""
        centers = self.centers(points)
        if self.name == "srgb":
            colors = np.rint(centers[:, :3]).clip(0, 255).astype(np.uint8)
        else:
            from pochade.color.convert import to_srgb8

            colors = to_srgb8(centers[:, :3].astype(np.float32), self.name)
        if not self.alpha:
            return colors
        alpha = np.clip(np.rint(centers[:, 3:] * 255), 0, 255).astype(np.uint8)
        palette = np.concatenate([colors, alpha], axis=1)
        palette[palette[:, 3] == 0] = 0
        return palette


def working_space(name: str, *, alpha: bool) -> WorkingSpace:
    """The working space of that name.

    Raises:
        UsageError: when there is no such space.
    """
    for known in SPACES:
        if name == known:
            return WorkingSpace(known, alpha)
    raise UsageError(f"unknown colour space {name!r}: choose one of {', '.join(SPACES)}")


def _spread(name: SpaceName, colors: Pixels) -> Points:
    """Colours without alpha, as points."""
    if name == "srgb":
        return colors.astype(np.float32)
    from pochade.color.convert import convert

    values = convert(colors, "srgb", name)
    return perceptual.spread(values, colors[:, 2]) if name == "oklab" else values


def _gather(name: SpaceName, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `_spread`, up to the space's own coordinates."""
    return perceptual.gather(points) if name == "oklab" else points


def _length(name: SpaceName) -> float:
    """Distance between black and white."""
    return float(np.sqrt(np.square(_WHITE[name]).sum()))


def _grey(name: SpaceName) -> NDArray[np.float64]:
    """The point half-way between black and white."""
    return np.array(_WHITE[name]) / 2


def _with_alpha(name: SpaceName, values: Points, alpha: NDArray[np.uint8]) -> Points:
    share = alpha.astype(np.float32)[:, None] / np.float32(255)
    seen = (values - _grey(name).astype(np.float32)) * share
    return np.concatenate([seen, share * np.float32(_length(name) / 2)], axis=1)


def _without_alpha(
    name: SpaceName, points: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    share = np.clip(points[:, -1:] / (_length(name) / 2), 0, 1)
    color = points[:, :-1] / np.maximum(share, 1 / 512) + _grey(name)
    return color, share
