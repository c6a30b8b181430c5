"""Solving: the colours with which anchors paint a picture best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pochade.painting import kernels
from pochade.painting.blend import LOCAL, STRETCH, scene_of
from pochade.painting.shrink import shrink, size_within
from pochade.painting.solve_reference import solve_reference
from pochade.quantize_inputs import thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.painting.anchors import Anchors, Guide

AREA: Final = 400_000
"""Pixels that colours are solved for, at most."""
EACH: Final = 48
"""Pixels for each anchor, at most: more change colours by less than a level."""
FEWEST: Final = 60_000
ROUNDS: Final = 16


def solve_colors(
    anchors: Anchors,
    image: NDArray[Any],
    guide: Guide | None,
    *,
    neighbours: int = 8,
    softness: float = 0.35,
    edges: float = 12.0,
    kernel: str = "continuous",
    local: float = LOCAL,
    stretch: float = STRETCH,
    ridge: float = 0.02,
    area: int | None = None,
    threads: int | None = None,
) -> Anchors:
    """Find the colours of the anchors with which `blend` comes closest to the picture.

    Least squares in sRGB over the pixels of a small copy, with a pull towards the colours that the
    anchors have (Tikhonov), so that an anchor that hardly shows keeps its own. Conjugate gradients
    divided by the diagonal, a fixed number of rounds from these colours on.

    Args:
        anchors: at least one.
        image: (h, w, 3) uint8 or float32 sRGB, 0 to 255: what to come close to; the anchors'
            frame, at any size.
        guide: as in `blend`, as are the next six.
        neighbours: how many mix.
        softness: of the mixture.
        edges: CIELAB units.
        kernel: 'continuous' or 'inverse'.
        local: 0 to 1.
        stretch: 0 to 1.
        ridge: strength of the pull, in proportion to the pixels for each anchor; above 0.
        area: pixels of the copy, at most; None: enough for the number of anchors.
        threads: the result does not depend on it.

    Returns:
        The same anchors with other colours, which may lie a little outside 0..255.

    Raises:
        ValueError: see `blend`; a ridge that is not above 0.
    """
    if not 0 < ridge <= 1e6:
        raise ValueError(f"ridge must be a number above 0, not {ridge!r}")
    workers = thread_count(threads)
    size = solved_size(image.shape[:2], len(anchors), area)
    scene = scene_of(
        anchors, guide, size, neighbours=neighbours, softness=softness, edges=edges,
        kernel=kernel, local=local, stretch=stretch, window=None,
    )  # fmt: skip
    wanted = shrink(image, size, threads=workers)
    if not kernels.there():
        return anchors.with_colors(solve_reference(scene, wanted, ridge, ROUNDS))
    return anchors.with_colors(kernels.solve(scene, wanted, ridge, ROUNDS, workers))


def solved_size(shape: tuple[int, int], n: int, area: int | None = None) -> tuple[int, int]:
    """(rows, cols) of the copy that n colours are solved for, of a picture of `shape`.

    >>> solved_size((1000, 1000), 100), solved_size((1000, 1000), 3000)
    ((245, 244), (379, 379))
    """
    return size_within(shape, min(AREA, max(FEWEST, EACH * n)) if area is None else area)
