"""Writes src/pochade/data/color-maps.npy: matplotlib's perceptually uniform colour maps in 8 bits.

viridis, inferno, magma and plasma are by Stefan van der Walt and Nathaniel Smith (with Eric Firing
for viridis) and released under CC0: https://bids.github.io/colormap/. Needs matplotlib.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib import colormaps

from pochade.edges_options import COLOR_MAPS

TARGET = Path(__file__).parents[1] / "src/pochade/data/color-maps.npy"


def main() -> None:
    """All maps, in the order of `COLOR_MAPS`, as (4, 256, 3) uint8."""
    tables = [np.array(colormaps[name].colors) for name in COLOR_MAPS]
    np.save(TARGET, np.rint(np.stack(tables) * 255).astype(np.uint8))
    print(TARGET)


if __name__ == "__main__":
    main()
