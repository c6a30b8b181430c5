"""The one place that imports SciPy: shortest ways and the smallest cut of a graph.

PyMaxflow, which is faster, is under the GPL; SciPy's Dinic is fast enough for a few thousand
regions.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import EngineUnavailableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Capacities are whole numbers in SciPy: the largest becomes this, so that sums stay in 32 bits.
LARGEST_CAPACITY = 1 << 22


def _scipy() -> tuple[Any, Any]:
    try:
        return import_module("scipy.sparse"), import_module("scipy.sparse.csgraph")
    except ImportError:
        raise EngineUnavailableError(
            "cutting out needs SciPy, which is not installed: pip install 'pochade[cutout]'"
        ) from None


def distances(
    pairs: NDArray[np.int64],
    steps: NDArray[np.float64],
    n: int,
    starts: NDArray[np.int64],
    offsets: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """(n,) length of the shortest way from any start to each node; infinite where there is none.

    Args:
        pairs: (m, 2) nodes that touch, each pair once.
        steps: (m,) what the step between them costs, not negative.
        n: number of nodes.
        starts: (s,) nodes.
        offsets: (s,) what starting at each costs; 0 unless given.
    """
    sparse, graphs = _scipy()
    if not len(starts):
        return np.full(n, np.inf)
    # A node of its own that touches every start; zero would mean no edge.
    least = 1e-9
    begin = np.full(len(starts), least) if offsets is None else offsets + least
    rows = np.concatenate([pairs[:, 0], np.full(len(starts), n)])
    columns = np.concatenate([pairs[:, 1], starts])
    values = np.concatenate([np.maximum(steps, least), begin])
    matrix = sparse.coo_matrix((values, (rows, columns)), shape=(n + 1, n + 1)).tocsr()
    found: NDArray[np.float64] = graphs.dijkstra(matrix, directed=False, indices=n)[:n]
    return found


def all_distances(
    pairs: NDArray[np.int64], steps: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    """(n, n) length of the shortest way between any two nodes; for a few hundred nodes."""
    sparse, graphs = _scipy()
    values = np.maximum(steps, 1e-9)
    matrix = sparse.coo_matrix((values, (pairs[:, 0], pairs[:, 1])), shape=(n, n)).tocsr()
    found: NDArray[np.float64] = graphs.dijkstra(matrix, directed=False)
    return found


def highest_steps(
    pairs: NDArray[np.int64], steps: NDArray[np.float64], n: int, starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(n,) the highest step on the way from any start to each node on which that is the lowest.

    0 for the starts, infinite where there is no way. For a few hundred nodes.

    Args:
        pairs: (m, 2) nodes that touch, each pair once.
        steps: (m,) height of the step between them, not negative.
        n: number of nodes.
        starts: (s,) nodes.

    >>> line = np.array([[0, 1], [1, 2], [0, 2]])
    >>> highest_steps(line, np.array([5.0, 2.0, 9.0]), 3, np.array([0])).tolist()
    [0.0, 5.0, 5.0]
    """
    sparse, graphs = _scipy()
    out = np.full(n + 1, np.inf)
    if not len(starts):
        return out[:n]
    # Ways along a tree of least total height have the lowest highest steps. A node of its own
    # touches every start; as zero would mean no edge, all steps are higher by one.
    rows = np.concatenate([pairs[:, 0], np.full(len(starts), n)])
    columns = np.concatenate([pairs[:, 1], starts])
    heights = np.concatenate([steps + 1, np.ones(len(starts))])
    graph = sparse.coo_matrix((heights, (rows, columns)), shape=(n + 1, n + 1)).tocsr()
    tree = graphs.minimum_spanning_tree(graph)
    order, before = graphs.breadth_first_order(tree, n, directed=False)
    ends = tree.tocoo()
    above = np.where(before[ends.col] == ends.row, ends.col, ends.row)
    step = np.zeros(n + 1)
    step[above] = ends.data - 1
    out[n] = 0.0
    for node in order[1:].tolist():
        out[node] = max(out[before[node]], step[node])
    return out[:n]


def smallest_cut(
    pairs: NDArray[np.int64],
    weights: NDArray[np.float64],
    inside: NDArray[np.float64],
    outside: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """(n,) bool: the labelling (True: inside) of least cost.

    The cost is the sum of `outside` over the nodes inside, of `inside` over those outside, and of
    `weights` over the pairs that are parted. Of labellings of equal cost, the one with the fewest
    nodes inside.

    Args:
        pairs: (m, 2) nodes, each pair once.
        weights: (m,) cost of parting them, not negative.
        inside: (n,) what speaks for inside: the cost of calling the node outside.
        outside: (n,) what speaks for outside.
    """
    sparse, graphs = _scipy()
    n = len(inside)
    both = np.minimum(inside, outside)  # is paid in any case
    inside, outside = inside - both, outside - both
    top = max(float(weights.max(initial=0)), float(inside.max()), float(outside.max()), 1e-12)
    scale = LARGEST_CAPACITY / top
    source, sink = n, n + 1
    nodes = np.arange(n)
    # Both directions of each edge are stored, also where one has no capacity: SciPy would
    # otherwise add them on every call.
    ends = [
        (pairs[:, 0], pairs[:, 1], weights),
        (pairs[:, 1], pairs[:, 0], weights),
        (np.full(n, source), nodes, inside),
        (nodes, np.full(n, source), np.zeros(n)),
        (nodes, np.full(n, sink), outside),
        (np.full(n, sink), nodes, np.zeros(n)),
    ]
    rows, columns, values = (np.concatenate(part) for part in zip(*ends, strict=True))
    capacities = np.rint(values * scale).astype(np.int32)
    graph = sparse.csr_matrix((capacities, (rows, columns)), shape=(n + 2, n + 2))
    flow = graphs.maximum_flow(graph, source, sink).flow
    rest = graph - flow
    rest.data = (rest.data > 0).astype(np.int8)
    rest.eliminate_zeros()
    reached = graphs.breadth_first_order(rest, source, return_predecessors=False)
    found = np.zeros(n + 2, bool)
    found[reached] = True
    return found[:n]


def components(pairs: NDArray[np.int64], n: int) -> NDArray[np.int32]:
    """(n,) number of the connected part that each node is in, from 0 in the order of nodes."""
    sparse, graphs = _scipy()
    ones = np.ones(len(pairs), np.int8)
    matrix = sparse.coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    found: NDArray[np.int32] = graphs.connected_components(matrix, directed=False)[1]
    return found
