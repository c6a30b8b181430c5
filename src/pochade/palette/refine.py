"""Steps that bring what the eye wants and what squared error wants nearer to each other.

A palette for the eye (OKLab) has a higher squared error than need be, and one for squared error
looks worse than need be. A step or two of Lloyd's algorithm in which one space says which colour is
nearest, and sRGB where the mean is, gives back most of the one for a little of the other
(`python -m benchmarks.palette` has the figures).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pochade.color.working import working_space
from pochade.kmeans.engines.registry import choose_engine
from pochade.kmeans.opening import open_session

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.palette.gather import Gathered
    from pochade.palette_fit import PaletteFit
    from pochade.types import Palette


def refined(
    fit: PaletteFit,
    gathered: Gathered,
    spaces: tuple[str, ...],
    *,
    engine: str,
    threads: int,
) -> PaletteFit:
    """The palette after one step for each of `spaces`, with labels of OKLab.

    In each step every colour of the palette becomes the mean of the pixels that are nearest to it
    in that space. A step after which two colours would be equal is not taken.
    """
    chosen, _ = choose_engine(engine, k=len(fit.palette), d=4)
    seen = working_space("oklab", alpha=False)
    sessions = {
        name: open_session(
            chosen,
            working_space(name, alpha=False).points(gathered.colors),
            None,
            threads=threads,
        )
        for name in dict.fromkeys((*spaces, "oklab"))
    }

    def nearest(palette: Palette, name: str) -> NDArray[np.int32]:
        points = working_space(name, alpha=False).points(palette)
        return sessions[name].assign(points.astype(np.float64))[0]

    palette = fit.palette
    for name in spaces:
        stepped = _means(palette, nearest(palette, name), gathered)
        if len({tuple(row) for row in stepped.tolist()}) == len(palette):
            palette = stepped
    return fit._replace(
        palette=palette,
        centers=seen.centers(seen.points(palette)),
        labels=nearest(palette, "oklab"),
    )


def _means(palette: Palette, labels: NDArray[np.int32], gathered: Gathered) -> Palette:
    """The mean of what each colour serves; itself where it serves nothing."""
    values = gathered.colors if gathered.means is None else gathered.means
    count = len(palette)
    mass = np.bincount(labels, weights=gathered.weights, minlength=count)
    used = mass > 0
    means = palette.astype(np.float64)
    for channel in range(3):
        sums = np.bincount(labels, gathered.weights * values[:, channel], minlength=count)
        means[used, channel] = sums[used] / mass[used]
    return np.rint(means).clip(0, 255).astype(np.uint8)
