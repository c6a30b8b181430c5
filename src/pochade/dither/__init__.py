"""Dithering: an image in the colours of a palette, its mean colours kept where the eye mixes them.

Error diffusion (Floyd-Steinberg, Sierra lite, Atkinson) and ordered dithering (Bayer 8 x 8, blue
noise 64 x 64). Errors and mixtures are reckoned in linear light, the nearest entry is exact in
sRGB or OKLab. See `dither`.
"""

from __future__ import annotations

from pochade.dither.dithering import METHODS, Method, dither
from pochade.dither.refit import refit_palette_for_dither
from pochade.dither.tables import Space

__all__ = ["METHODS", "Method", "Space", "dither", "refit_palette_for_dither"]
