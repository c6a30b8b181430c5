"""OKLab bent until straight distances come near to what is seen, and what is measured.

K-means needs points whose squared distance is the error. OKLab (B. Ottosson, "A perceptual color
space for image processing", 2020) nearly is such a space, but CIEDE2000 (M. R. Luo, G. Cui, B.
Rigg, "The development of the CIE 2000 colour-difference formula", Color Research & Application 26,
2001) knows better, and so OKLab is bent in three ways here, and given one more axis:

- OKLab's lightness is steep near black. It is replaced by Ottosson's own estimate with a toe
  ("Okhsv and Okhsl", 2021), which follows L*.
- The eye sees a difference in chroma C less, the stronger the colour: CIEDE2000 divides by
  ``1 + 0.045 C``. Here a chroma C becomes ``C / (1 + CHROMA_BEND C)``, whose slope falls likewise.
- Differences in hue and chroma count for more beside lightness than OKLab has them: `RED_GREEN`
  and `YELLOW_BLUE`. CIEDE2000 stretches a* near the greys (its G), so the first is larger.
- Blue as stored is a fourth coordinate. The eye hardly sees blue, so a palette made for the eye
  alone lets that channel drift to twice the error of the others; yet pictures are also looked at
  channel by channel (as SSIM is measured here), in other light, and edited. `BLUE` is the length of
  that axis; black to white is 1 in lightness.

Sums, products, quotients and square roots only: the same bytes on every machine. The numbers were
chosen on Kodak photos, for a mean CIEDE2000 and a mean OKLab difference well below those of the
peers at an SSIM not below theirs (`python -m benchmarks.quantize perceptual`). They trade against
each other: more chroma lowers CIEDE2000, less chroma or more blue raises SSIM.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Points

RED_GREEN = 2.3
YELLOW_BLUE = 1.3
CHROMA_BEND = 2.05
BLUE = 0.55

# Ottosson's toe: x such that L (L + K1) / (K3 (L + K2)) is OKLab's lightness of L.
_K1 = 0.206
_K2 = 0.03
_K3 = (1 + _K1) / (1 + _K2)

# What a chroma may be bent to: centres are means of colours, and stay far below.
_LEAST_SLOPE = 0.05


def spread(oklab: Points, blue: NDArray[np.uint8]) -> Points:
    """Points (m, 4) float32 of colours: OKLab (m, 3) float32 and blue as stored, (m,) uint8.

    Black is at the origin, white at (1, 0, 0, BLUE).
    """
    points = np.empty((len(oklab), 4), np.float32)
    bent = np.float32(_K3) * oklab[:, 0] - np.float32(_K1)
    root = np.sqrt(bent * bent + np.float32(4 * _K2 * _K3) * oklab[:, 0].clip(0))
    points[:, 0] = (bent + root) / 2
    red_green = oklab[:, 1] * np.float32(RED_GREEN)
    yellow_blue = oklab[:, 2] * np.float32(YELLOW_BLUE)
    chroma = np.sqrt(red_green * red_green + yellow_blue * yellow_blue)
    slope = 1 / (1 + np.float32(CHROMA_BEND) * chroma)
    points[:, 1] = red_green * slope
    points[:, 2] = yellow_blue * slope
    points[:, 3] = blue * np.float32(BLUE / 255)
    return points


def gather(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """OKLab (k, 3) of points (k, 4), float64. Blue follows from the other three."""
    lightness = points[:, 0].clip(0)
    chroma = np.sqrt(points[:, 1] ** 2 + points[:, 2] ** 2)
    slope = 1 / (1 - CHROMA_BEND * chroma).clip(_LEAST_SLOPE)
    oklab = np.empty((len(points), 3))
    oklab[:, 0] = lightness * (lightness + _K1) / (_K3 * (lightness + _K2))
    oklab[:, 1] = points[:, 1] * slope / RED_GREEN
    oklab[:, 2] = points[:, 2] * slope / YELLOW_BLUE
    return oklab
