"""Array aliases: what the names used everywhere mean, with shapes.

The shapes are documentation, checked where data enters the library:
`h` rows, `w` columns, `c` channels (3 RGB or 4 RGBA), `n` points, `d` dimensions, `k` clusters.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.uint8]
"""h w c, uint8, sRGB, straight (not premultiplied) alpha."""

Pixels: TypeAlias = NDArray[np.uint8]
"""n c, uint8."""

Points: TypeAlias = NDArray[np.float32]
"""n d, float32: colours in a working space."""

Weights: TypeAlias = NDArray[np.float32]
"""n, float32, not negative: how often each point counts."""

Centers: TypeAlias = NDArray[np.floating[Any]]
"""k d: cluster centres in a working space."""

Labels: TypeAlias = NDArray[np.integer[Any]]
"""n or h w: the index of each point's centre."""

Palette: TypeAlias = NDArray[np.uint8]
"""k c, uint8: the colours of an indexed picture."""
