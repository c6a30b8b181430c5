"""Which anchors of a hierarchy a painting has: a level, more or fewer of them where dabs ask.

A dab changes the cut where it lies and nowhere else: what is divided elsewhere stays divided, so
that only what is under the brush has to be painted again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pochade.paint_options import LEVELS, PaintSettings
from pochade.painting.detail_map import STEPS, DetailMap
from pochade.painting.working import at_pixels

if TYPE_CHECKING:
    from pochade.painting.anchors import Anchors
    from pochade.painting.classic import Classic
    from pochade.painting.levels import Hierarchy
    from pochade.painting.nested_hierarchy import NestedHierarchy

FINER: Final = 256.0
"""An area counts so many times as much where the map is highest as where it is lowest."""

Ids = NDArray[np.int64]


def wanted_of(settings: PaintSettings) -> dict[str, float | int]:
    """The level or the count that settings ask a hierarchy for; 'auto' must have been settled."""
    if settings.anchors is not None:
        return {"count": settings.anchors}
    return {"level": level_number(float(settings.level))}


def level_number(share: float) -> float:
    """The level, 1 to 12, that a slider from 0 to 1 stands for.

    >>> level_number(0.0), level_number(0.5), level_number(1.0)
    (1.0, 6.5, 12.0)
    """
    return 1 + (LEVELS - 1) * share


def cut(
    hierarchy: Hierarchy | Classic,
    settings: PaintSettings,
    mask: DetailMap | None,
    dabs: DetailMap | None,
) -> tuple[Anchors, Ids]:
    """The anchors, and a number for each that is the same at all levels.

    Args:
        hierarchy: of the picture.
        settings: with a level that is a number, or with a count.
        mask: where there is to be more detail at the same number of anchors; or None.
        dabs: where anchors are to be added or taken away; or None.
    """
    from pochade.painting.nested_hierarchy import NestedHierarchy

    wanted = wanted_of(settings)
    if isinstance(hierarchy, NestedHierarchy) and dabs is not None and dabs.any():
        nodes = _dabbed(hierarchy, wanted, mask, dabs)
        return hierarchy.at(nodes), nodes.astype(np.int64)
    detail = _sum(mask, dabs)
    nodes = hierarchy.nodes(**wanted, detail=detail)  # type: ignore[arg-type]
    anchors = hierarchy.anchors(**wanted, detail=detail)  # type: ignore[arg-type]
    return anchors, nodes.astype(np.int64)


def _sum(mask: DetailMap | None, dabs: DetailMap | None) -> NDArray[np.float32] | None:
    """Both maps together as a hierarchy takes them, 0 to 1; None where they change nothing."""
    if mask is None or dabs is None:
        both = mask if dabs is None else dabs
    else:
        both = np.clip(mask.astype(np.int16) + dabs, -STEPS, STEPS).astype(np.int8)
    if both is None or not both.any():
        return None
    return np.asarray((both.astype(np.float32) + STEPS) / (2 * STEPS), np.float32)


def _dabbed(
    hierarchy: NestedHierarchy,
    wanted: dict[str, float | int],
    mask: DetailMap | None,
    dabs: DetailMap,
) -> NDArray[np.int32]:
    """The nodes of the cut without dabs, divided further or less far where dabs lie."""
    from pochade.painting.nodes import raised

    parents, spans = hierarchy.parents, hierarchy.spans
    base = hierarchy.nodes(**wanted, detail=_sum(mask, None))  # type: ignore[arg-type]
    divided = np.zeros(len(parents), bool)
    _divide_above(divided, parents, base)
    before = hierarchy.priorities * np.float32(FINER**0.5)  # as raised, as without a map they are
    if mask is not None:
        before = raised(spans, hierarchy.priorities * _weights(hierarchy, _sum(mask, None)))
    after = raised(spans, hierarchy.priorities * _weights(hierarchy, _sum(mask, dabs)))
    n = hierarchy.finest
    # The least value that was divided; of a picture in one piece, more than any.
    limit = before[divided].min() if divided.any() else before[n:].max(initial=0.0)
    changed = after != before
    changed[:n] = False
    divided = np.where(changed, after > limit, divided)
    up = np.flatnonzero(divided)
    _divide_above(divided, parents, up)
    chosen = np.flatnonzero(divided[parents] & ~divided)
    if not divided.any():
        chosen = np.array([len(parents) - 1])
    return chosen.astype(np.int32)


def _divide_above(
    divided: NDArray[np.bool_], parents: NDArray[np.int32], nodes: NDArray[np.integer]
) -> None:
    """Mark everything that contains one of the nodes as divided."""
    up = np.unique(parents[nodes[nodes != len(parents) - 1]])
    while len(up):
        up = up[~divided[up]]
        divided[up] = True
        up = np.unique(parents[up])


def _weights(hierarchy: NestedHierarchy, detail: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """(2n-1,): by what each node's priority is multiplied: its mean of the map decides."""
    if detail is None:
        return np.full(len(hierarchy.parents), FINER**0.5, np.float32)
    # Whole numbers, so that means of areas that a dab does not touch are the same to the last bit.
    wish = np.rint(at_pixels(detail, hierarchy.shape).reshape(-1) * (2 * STEPS)).astype(np.int64)
    leaf = hierarchy.leaves.reshape(-1)
    sums = np.stack([np.bincount(leaf, wish), np.bincount(leaf)], axis=1).astype(np.int64)
    spans = hierarchy.spans
    running = np.concatenate([np.zeros((1, 2), np.int64), np.cumsum(sums[spans.order], axis=0)])
    both = running[spans.past] - running[spans.first]
    share = (both[:, 0] + both[:, 1] // 2) // both[:, 1]
    steps = (FINER ** (np.arange(2 * STEPS + 1) / (2 * STEPS))).astype(np.float32)
    return np.asarray(steps[share], np.float32)
