"""How far a pixel is from an anchor: in space, in units of the anchor's own reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.painting.anchors import Anchors

WIDEST: Final = 16.0
"""An anchor's reach is at most so many times the mean spacing, and at least its inverse."""


def reaches(anchors: Anchors, local: float) -> NDArray[np.float32]:
    """What counts as a distance of 1 from each anchor: n float32, in pixels of the frame.

    Args:
        anchors: at least one.
        local: 0: the mean spacing for all; 1: each anchor's own size; between: a geometric mean.
    """
    spacing = anchors.spacing
    if local == 1:
        # Sizes as they are: an anchor that is added must not move the others by a rounding error.
        reach = np.clip(anchors.sizes, spacing / WIDEST, spacing * WIDEST)
        return np.asarray(reach, np.float32)
    own = np.clip(anchors.sizes / spacing, 1 / WIDEST, WIDEST).astype(np.float64)
    return np.asarray(spacing * own**local, np.float32)


def forms(anchors: Anchors, local: float, stretch: float) -> NDArray[np.float32]:
    """The squared distance in space from each anchor, as a quadratic form.

    Args:
        anchors: at least one.
        local: see `reaches`.
        stretch: 0: circles; 1: ellipses as elongated as the anchors' areas; between: less.

    Returns:
        n 3 float32 (a, b, c): a pixel dy rows and dx columns away (in pixels of the frame) is at
        the squared distance a dy^2 + 2 b dy dx + c dx^2.

    >>> from pochade.painting.anchors import Anchors
    >>> one = Anchors([[2, 2]], [[0, 0, 0]], [[0, 0, 0]], [4], [0], [4], (4, 4))
    >>> forms(one, 1.0, 0.0).tolist(), forms(one, 1.0, 1.0).tolist()
    ([[0.0625, 0.0, 0.0625]], [[0.25, 0.0, 0.015625]])
    """
    reach = reaches(anchors, local).astype(np.float64)
    long = np.clip(anchors.elongations.astype(np.float64), 1, WIDEST) ** stretch
    along, across = 1 / (reach**2 * long), long / reach**2
    down, right = np.sin(anchors.angles, dtype=np.float64), np.cos(anchors.angles, dtype=np.float64)
    a = down**2 * along + right**2 * across
    b = down * right * (along - across) + 0.0  # not -0.0
    c = right**2 * along + down**2 * across
    return np.stack([a, b, c], axis=1).astype(np.float32)
