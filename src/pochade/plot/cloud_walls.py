"""The walls between clusters: where colours stop belonging to one centre and begin with another.

In the space in which they were sought, the cells of k-means are the Voronoi cells of its centres.
Their walls are found on a grid over the cube of sRGB colours with surface nets (S. F. F. Gibson,
"Constrained elastic surface nets", 1998): every grid cell whose corners belong to different centres
gets one vertex, in the mean of the places where its edges change hands, and every grid edge that
changes hands gets a quad between the four cells around it. So walls are made the same way for flat
and for bent spaces, end at the surface of the cube, and are kept in sRGB, from where they can be
shown in any space.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.color.working import working_space
from pochade.palette_fit import assign_colors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Palette

MOST_WALLED = 256
"""Clusters between which walls are drawn; those of more would be finer than the grid."""

STEPS = 33
"""Grid cells along a side of the cube; the outermost are thin, and their vertices lie on it."""


class Walls(NamedTuple):
    """A mesh of the walls.

    Attributes:
        vertices: (v, 3) float32, sRGB 0..255.
        quads: (q, 4) int32: vertices around each quad.
        sides: (q, 2) int32: the clusters on its two sides, the lower label first.
    """

    vertices: NDArray[np.float32]
    quads: NDArray[np.int32]
    sides: NDArray[np.int32]


def find_walls(palette: Palette, space: str, *, steps: int = STEPS, threads: int = 1) -> Walls:
    """The walls between the cells of a palette's entries.

    Args:
        palette: (k, 3) uint8.
        space: working space of distances: "srgb", "lab" or "oklab".
        steps: grid cells along a side, at least 3.
        threads: how many threads may work; the result is the same.

    >>> walls = find_walls(np.array([[0, 0, 0], [200, 0, 0]], np.uint8), "srgb")
    >>> set(walls.vertices[:, 0].round(3).tolist())
    {100.0}
    """
    nodes = _nodes(steps)
    labels = _labels(nodes, palette, space, threads)
    sums = np.zeros((steps, steps, steps, 3), np.float64)
    hits = np.zeros((steps, steps, steps), np.int32)
    edges = []
    for axis in range(3):
        found = _crossings(nodes, labels, palette, space, axis)
        edges.append(found)
        for cell in _cells_around(found.at, axis):
            inside = ((cell >= 0) & (cell < steps)).all(axis=1)
            where = tuple(cell[inside].T)
            np.add.at(sums, where, found.points[inside])
            np.add.at(hits, where, 1)
    used = np.argwhere(hits > 0)
    vertices = sums[tuple(used.T)] / hits[tuple(used.T)][:, None]
    # What ends at the surface of the cube ends on it.
    vertices[used == 0] = 0
    vertices[used == steps - 1] = 255
    number = np.full(hits.shape, -1, np.int32)
    number[tuple(used.T)] = np.arange(len(used), dtype=np.int32)
    quads, sides = [np.empty((0, 4), np.int32)], [np.empty((0, 2), np.int32)]
    for axis, found in enumerate(edges):
        around = np.stack(_cells_around(found.at, axis), axis=1)
        inside = ((around >= 0) & (around < steps)).all(axis=(1, 2))
        quads.append(number[tuple(np.moveaxis(around[inside], 2, 0))])
        sides.append(np.sort(found.sides[inside], axis=1))
    return Walls(vertices.astype(np.float32), np.concatenate(quads), np.concatenate(sides))


class _Crossings(NamedTuple):
    """Edges along one axis whose ends have different labels.

    at: (e, 3) node at the lower end; points: (e, 3) where the change is; sides: (e, 2) labels.
    """

    at: NDArray[np.intp]
    points: NDArray[np.float64]
    sides: NDArray[np.int32]


def _nodes(steps: int) -> NDArray[np.uint8]:
    """Values of the nodes along a side: `steps` + 1, the first and last grid cells one wide."""
    inner = np.linspace(1, 254, steps - 1)
    return np.concatenate([[0], np.rint(inner), [255]]).astype(np.uint8)


def _labels(
    nodes: NDArray[np.uint8], palette: Palette, space: str, threads: int
) -> NDArray[np.int32]:
    grid = np.stack(np.meshgrid(nodes, nodes, nodes, indexing="ij"), axis=-1)
    working = working_space(space, alpha=False)
    labels = assign_colors(grid.reshape(-1, 3), palette, working, threads=threads)
    return labels.reshape(grid.shape[:3])


def _crossings(
    nodes: NDArray[np.uint8], labels: NDArray[np.int32], palette: Palette, space: str, axis: int
) -> _Crossings:
    """Where along the edges of one axis the nearer centre changes.

    The difference of the squared distances to two centres is linear along a straight line in a
    flat space, so its zero is exact in sRGB, and close elsewhere.
    """
    count = labels.shape[axis]
    low = np.take(labels, range(count - 1), axis=axis)
    high = np.take(labels, range(1, count), axis=axis)
    at = np.argwhere(low != high)
    sides = np.stack([low[tuple(at.T)], high[tuple(at.T)]], axis=1)
    step = np.zeros(3, np.intp)
    step[axis] = 1
    begin, end = nodes[at], nodes[at + step]
    working = working_space(space, alpha=False)
    entries = working.points(palette).astype(np.float64)
    first, second = entries[sides[:, 0]], entries[sides[:, 1]]
    gaps = []
    for colors in (begin, end):
        points = working.points(np.ascontiguousarray(colors)).astype(np.float64)
        gaps.append(((points - first) ** 2).sum(axis=1) - ((points - second) ** 2).sum(axis=1))
    total = gaps[1] - gaps[0]
    share = np.divide(-gaps[0], total, out=np.full(len(at), 0.5), where=total > 0).clip(0, 1)
    points = begin + (end.astype(np.float64) - begin) * share[:, None]
    return _Crossings(at, points, sides.astype(np.int32))


def _cells_around(at: NDArray[np.intp], axis: int) -> list[NDArray[np.intp]]:
    """The four grid cells around each edge, in turn: (e, 3) each; some are outside the grid."""
    first, second = [other for other in range(3) if other != axis]
    cells = []
    for back in ((0, 0), (1, 0), (1, 1), (0, 1)):
        cell = at.copy()
        cell[:, first] -= back[0]
        cell[:, second] -= back[1]
        cells.append(cell)
    return cells
