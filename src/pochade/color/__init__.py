"""Colour spaces and colour differences, float32, in bounded memory.

`convert` and `to_srgb8` go between 'srgb', 'linear', 'lab' and 'oklab'; `cie76`, `ciede2000` and
`oklab_difference` measure. Each space is a file of two pure functions, to linear sRGB and from it.
"""

from __future__ import annotations

from pochade.color.convert import SPACES, SpaceName, convert, to_srgb8
from pochade.color.difference import cie76, ciede2000, oklab_difference

__all__ = [
    "SPACES",
    "SpaceName",
    "cie76",
    "ciede2000",
    "convert",
    "oklab_difference",
    "to_srgb8",
]
