"""Anchors from coarse to fine: one hierarchy of a picture, any number of anchors from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pochade.errors import UsageError
from pochade.painting.flat_hierarchy import FlatHierarchy
from pochade.painting.levels import FINEST, METHODS, Hierarchy, count_of, level_of
from pochade.painting.nested import NESTED
from pochade.painting.nested_hierarchy import NestedHierarchy
from pochade.painting.nodes import node_table, spans_of
from pochade.painting.working import work_on
from pochade.quantize_inputs import thread_count

if TYPE_CHECKING:
    from pochade.painting.anchors import Guide
    from pochade.types import Image

__all__ = ["METHODS", "Hierarchy", "build_hierarchy", "count_of", "level_of"]


def build_hierarchy(
    image: Image,
    guide: Guide | None,
    *,
    method: str = "tree",
    finest: int = FINEST,
    seed: int = 0,
    threads: int | None = None,
) -> Hierarchy:
    """Find the anchors of a picture, at every level of detail.

    Args:
        image: h w 3 uint8, sRGB. It is reduced to some 400,000 pixels first, so the places are the
            same whatever the resolution of a photo.
        guide: where the tones of the anchors come from; None takes them from the picture.
        method: 'tree': regions merged from pixels (Ward's cost), the shapes of things; 'split':
            the picture divided along its widest spread of place and colour; 'quadtree': rectangles
            divided where the error is largest; 'slic': areas of even size that follow edges; 'cvt':
            denser where more happens, edges or not; 'random'.
        finest: the most anchors.
        seed: for 'cvt' and 'random'. Same seed, same bytes.
        threads: number of threads; None takes all that this process may use. The result does not
            depend on it.

    Returns:
        A hierarchy from which the anchors of any level take a few milliseconds.

    Raises:
        UsageError: an option makes no sense, or the array is no picture.

    >>> import numpy as np
    >>> picture = np.zeros((4, 6, 3), np.uint8); picture[:, 3:] = 200
    >>> anchors = build_hierarchy(picture, None).anchors(count=2)
    >>> sorted(zip(anchors.positions.tolist(), anchors.colors[:, 0].tolist()))
    [([2.0, 1.5], 0.0), ([2.0, 4.5], 200.0)]
    """
    if method not in METHODS:
        raise UsageError(f"there is no method {method!r} for anchors; use {', '.join(METHODS)}")
    if finest < 1:
        raise UsageError(f"a painting needs at least 1 anchor, not {finest}")
    workers = thread_count(threads)
    working = work_on(image, guide, threads=workers)
    shape = (working.pixels.shape[0], working.pixels.shape[1])
    if method not in NESTED:
        return FlatHierarchy.of(working, method=method, finest=finest, seed=seed, threads=workers)
    leaves, parents, priorities = NESTED[method](working, finest, workers)
    spans = spans_of(parents)
    return NestedHierarchy(
        method=method,
        frame=working.frame,
        shape=shape,
        leaves=leaves,
        parents=parents,
        priorities=priorities,
        table=node_table(working, leaves, spans),
        _kept={"spans": spans},
    )
