"""How far a pixel is from an anchor: in space, in units of the anchor's own reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.painting.anchors import Anchors

SMALLEST: Final = 1 / 1024
"""An anchor's reach is at least this part of the frame's side, and at most the side."""
LONGEST: Final = 16.0
"""Areas count as at most so many times longer than wide."""


def reaches(anchors: Anchors, local: float) -> NDArray[np.float64]:
    """What counts as a distance of 1 from each anchor: n float64, in pixels of the frame.

    Args:
        anchors: at least one.
        local: 0: the mean spacing for all; 1: each anchor's own size, which others do not change;
            between: a geometric mean.
    """
    side = float(np.sqrt(anchors.frame[0] * anchors.frame[1]))
    own = np.clip(anchors.sizes.astype(np.float64), SMALLEST * side, side)
    return np.asarray(own**local * anchors.spacing ** (1 - local))


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
    reach = reaches(anchors, local)
    long = np.clip(anchors.elongations.astype(np.float64), 1, LONGEST) ** stretch
    along, across = 1 / (reach**2 * long), long / reach**2
    down, right = np.sin(anchors.angles, dtype=np.float64), np.cos(anchors.angles, dtype=np.float64)
    a = down**2 * along + right**2 * across
    b = down * right * (along - across) + 0.0  # not -0.0
    c = right**2 * along + down**2 * across
    return np.stack([a, b, c], axis=1).astype(np.float32)
