"""The spaces that clustering works in: colours to points in which squared distance is the error.

A working space turns 8-bit colours into float32 points and centres back into 8-bit colours.

With alpha, a point has one more coordinate, chosen so that the squared distance between two points
is the mean of the squared errors seen over a black and over a white background. For sRGB with
`a` in 0..1 this is exact: over black the error is ``d(a c)``, over white ``d(a c) - 255 da``, and
the mean of their squares summed over the channels equals the squared length of
``(d(a (c - 127.5)), sqrt(3) * 127.5 * da)``. Whatever hides under alpha 0 is one single point.

`oklab` measures in OKLab with the chroma compressed, because OKLab on its own overstates
differences between strong colours: CIEDE2000 divides chroma differences by ``1 + 0.045 C`` (Luo,
Cui & Rigg 2001). Here a chroma `C` is drawn in to ``b ln(1 + a C) / a``, whose slope falls in the
same way, so that plain k-means can go on using straight distances. `b` and `a` were chosen on Kodak
photos for a mean OKLab difference and a mean CIEDE2000 below the peers' at an SSIM not below
theirs (``python -m benchmarks.quantize perceptual`` prints the trade).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.color.convert import SpaceName
    from pochade.types import Centers, Palette, Pixels, Points

SPACES: tuple[SpaceName, ...] = ("srgb", "oklab", "lab", "linear")

CHROMA_GAIN = 1.75
CHROMA_BEND = 10.0

# The lightness range of each space: alpha's coordinate and the grey that black and white surround.
_LIGHTNESS = {"srgb": 255.0, "linear": 1.0, "lab": 100.0, "oklab": 1.0}


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
        """Coordinates of a point: 3, or 4 with alpha."""
        return 4 if self.alpha else 3

    @property
    def extent(self) -> float:
        """Distance between black and white."""
        lightness = _LIGHTNESS[self.name]
        return lightness * float(np.sqrt(3)) if self.name in ("srgb", "linear") else lightness

    def points(self, colors: Pixels) -> Points:
        """The points (m, 3 or 4) float32 of 8-bit colours (m, 3 or 4)."""
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
    return _compress_chroma(values) if name == "oklab" else values


def _gather(name: str, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `_spread`, up to the space's own coordinates."""
    return _expand_chroma(points) if name == "oklab" else points


def _compress_chroma(oklab: Points) -> Points:
    chroma = np.hypot(oklab[:, 1], oklab[:, 2])
    bent = np.log1p(CHROMA_BEND * chroma) * np.float32(CHROMA_GAIN / CHROMA_BEND)
    factor = np.where(chroma > 1e-6, bent / np.maximum(chroma, 1e-6), np.float32(CHROMA_GAIN))
    result = oklab.copy()
    result[:, 1:] *= factor[:, None]
    return result


def _expand_chroma(points: NDArray[np.float64]) -> NDArray[np.float64]:
    bent = np.hypot(points[:, 1], points[:, 2])
    chroma = np.expm1(bent * (CHROMA_BEND / CHROMA_GAIN)) / CHROMA_BEND
    factor = np.where(bent > 1e-6, chroma / np.maximum(bent, 1e-6), 1 / CHROMA_GAIN)
    result = points.copy()
    result[:, 1:] *= factor[:, None]
    return result


def _offset(name: str) -> NDArray[Any]:
    """The grey half-way between black and white: its three coordinates."""
    half = _LIGHTNESS[name] / 2
    return np.array([half, half, half] if name in ("srgb", "linear") else [half, 0, 0])


def _alpha_scale(name: str) -> float:
    half = _LIGHTNESS[name] / 2
    return float(np.sqrt(3) * half) if name in ("srgb", "linear") else half


def _with_alpha(name: str, values: Points, alpha: NDArray[np.uint8]) -> Points:
    share = alpha.astype(np.float32)[:, None] / np.float32(255)
    seen = (values - _offset(name).astype(np.float32)) * share
    return np.concatenate([seen, share * np.float32(_alpha_scale(name))], axis=1)


def _without_alpha(
    name: str, points: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    share = np.clip(points[:, 3:] / _alpha_scale(name), 0, 1)
    color = points[:, :3] / np.maximum(share, 1 / 512) + _offset(name)
    return color, share
