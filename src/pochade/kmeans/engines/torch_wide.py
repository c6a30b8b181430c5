"""One pass in float64, for points of few dimensions on a processor.

PyTorch finds the least of each row far faster than where it is. So the row's least is compared with
the row, which gives a table of 0 and 1, and that table times the points is the sums: no index is
ever looked for. Only in rows where centres tie is the first of them found.

Never imports torch: it is handed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Pixels, Points, Weights


class WideBlock(NamedTuple):
    """Some points, moved by a whole number so that those of colours stay exact; all float64.

    Attributes:
        table: (b, d + 1), the points and a column of 1.
        square: (b,), their squared lengths.
        weighted: (b, d + 2), the points times their weights, the weights and a column of 1; None
            where all weigh 1.
    """

    table: Any
    square: Any
    weighted: Any


def origin_of(points: Points | Pixels) -> NDArray[np.float64]:
    """A whole number for each column, about the middle of the points."""
    some = points[:: max(1, len(points) // 1024)]
    middle: NDArray[np.float64] = np.rint(some.mean(axis=0, dtype=np.float64))
    return middle


def wide_block(
    torch: Any, points: Points | Pixels, weights: Weights | None, origin: NDArray[np.float64]
) -> WideBlock:
    """The block of these points; nothing given is written to."""
    table = np.ones((len(points), points.shape[1] + 1))
    np.subtract(points, origin, out=table[:, :-1])
    square = np.square(table[:, :-1]).sum(axis=1)
    weighted = None
    if weights is not None:
        wide = np.column_stack([table, table[:, -1]])
        wide[:, :-1] *= weights[:, None]
        weighted = torch.from_numpy(wide)
    return WideBlock(torch.from_numpy(table), torch.from_numpy(square), weighted)


class WideCenters(NamedTuple):
    """Centres ready for `wide_totals`; float64.

    Attributes:
        factors: (d + 1, k): the table times these are squared distances, less the points' squares.
        origin: (d,) what was taken away.
    """

    factors: Any
    origin: Any


def wide_centers(torch: Any, centers: Any, origin: NDArray[np.float64]) -> WideCenters:
    """Prepare (k, d) float64 centres."""
    middle = torch.from_numpy(origin)
    moved = centers - middle
    factors = torch.cat([-2 * moved, moved.square().sum(dim=1, keepdim=True)], dim=1)
    return WideCenters(factors.T.contiguous(), middle)


def wide_totals(
    torch: Any, block: WideBlock, centers: WideCenters, scratch: Any
) -> tuple[Any, float]:
    """The sums of a block's points by nearest centre, and its inertia.

    Args:
        torch: the module.
        block: the points.
        centers: the centres.
        scratch: room for the scores, (b or more, k) float64.

    Returns:
        (columns, k) float64: sums of the moved points, counts, and numbers of points where there
        are weights; and the weighted sum of squared distances.
    """
    scores = torch.mm(block.table, centers.factors, out=scratch[: len(block.table)])
    least = scores.amin(dim=1)
    scores.eq_(least[:, None])
    weighted = block.table if block.weighted is None else block.weighted
    columns = weighted.T
    total = columns @ scores
    # The column of 1 counts points: more than there are means that centres tie.
    if float(total[-1].sum()) != len(least):
        tied = (scores.sum(dim=1) > 1).nonzero()[:, 0]
        first = scores[tied].argmax(dim=1)
        scores[tied] = 0
        scores[tied, first] = 1
        total = columns @ scores
    error = (least + block.square).clamp_(min=0).numpy()
    if block.weighted is not None:
        error = error * columns[-2].numpy()
    return total, float(error.sum())


def wide_stats(total: Any, inertia: float, centers: WideCenters) -> tuple[Any, Any, float]:
    """The sums (k, d), counts (k,) and inertia, of added totals."""
    d = len(centers.origin)
    counts = total[d]
    return total[:d].T + counts[:, None] * centers.origin, counts, inertia
