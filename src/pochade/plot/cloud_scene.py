"""Where a cloud's points are on a picture of it: scene, camera and axes, as in the page.

The scene has x to the right, y up and z towards the viewer, in a box of about -1.3 to 1.3, and
keeps the proportions of the space: red, blue and green (away from the viewer) for sRGB; a, L and b
(away from the viewer) for L*a*b* and OKLab.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.plot.cloud_result import coordinates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Scene = NDArray[np.float32]

DISTANCE = 6.9
HALF_LENS = np.tan(np.pi / 12)
EDGE_STEPS = 24


class Axis(NamedTuple):
    """One axis: its name, both ends in coordinates of the space, and (value, text) of its ticks."""

    name: str
    begin: tuple[float, float, float]
    end: tuple[float, float, float]
    ticks: tuple[tuple[float, str], ...]


class Space(NamedTuple):
    """How a space is shown: its name, axes, and how near the camera may come."""

    name: str
    axes: tuple[Axis, ...]
    near: float


_BYTES = ((128.0, "128"), (255.0, "255"))
_EIGHTIES = ((-80.0, "−80"), (80.0, "80"))
_FIFTHS = ((-0.2, "−0.2"), (0.2, "0.2"))

SPACES = {
    "srgb": Space(
        "sRGB",
        (
            Axis("R", (0, 0, 0), (255, 0, 0), ((0.0, "0"), *_BYTES)),
            Axis("G", (0, 0, 0), (0, 255, 0), _BYTES),
            Axis("B", (0, 0, 0), (0, 0, 255), _BYTES),
        ),
        1.0,
    ),
    "lab": Space(
        "L*a*b*",
        (
            Axis("L*", (0, 0, 0), (100, 0, 0), ((0.0, "0"), (50.0, "50"), (100.0, "100"))),
            Axis("a*", (0, -90, 0), (0, 100, 0), _EIGHTIES),
            Axis("b*", (0, 0, -110), (0, 0, 100), _EIGHTIES),
        ),
        0.88,
    ),
    "oklab": Space(
        "OKLab",
        (
            Axis("L", (0, 0, 0), (1, 0, 0), ((0.0, "0"), (0.5, "0.5"), (1.0, "1"))),
            Axis("a", (0, -0.25, 0), (0, 0.3, 0), _FIFTHS),
            Axis("b", (0, 0, -0.33), (0, 0, 0.22), _FIFTHS),
        ),
        0.94,
    ),
}


def to_scene(points: NDArray[np.floating], space: str) -> Scene:
    """Points (..., 3) of a space as float32 places in the scene.

    >>> to_scene(np.array([[255.0, 0.0, 127.5]]), "srgb").tolist()
    [[1.0, 0.0, 1.0]]
    """
    first, second, third = np.moveaxis(np.asarray(points, np.float32), -1, 0)
    if space == "srgb":
        placed = (first / 127.5 - 1, third / 127.5 - 1, 1 - second / 127.5)
    elif space == "lab":
        placed = (second / 85, (first - 50) / 85, -third / 85)
    else:
        placed = (second * 2.6, first * 2.6 - 1.3, -third * 2.6)
    return np.stack(placed, axis=-1)


def cube_edges(space: str) -> tuple[Scene, NDArray[np.uint8]]:
    """The edges of the sRGB cube: (288, 2, 3) segments in the scene, (288, 3) colours."""
    steps = np.linspace(0, 255, EDGE_STEPS + 1)
    lines = []
    for axis in range(3):
        for corner in range(4):
            line = np.empty((EDGE_STEPS + 1, 3))
            line[:, axis] = steps
            line[:, [other for other in range(3) if other != axis]] = (
                255 * (corner & 1),
                255 * (corner >> 1),
            )
            lines.append(line)
    colors = np.rint(np.stack(lines)).astype(np.uint8)
    at = to_scene(coordinates(colors.reshape(-1, 3), space), space).reshape(*colors.shape)
    segments = np.stack([at[:, :-1], at[:, 1:]], axis=2).reshape(-1, 2, 3)
    middle = (colors[:, :-1].astype(int) + colors[:, 1:]) // 2
    return segments, middle.reshape(-1, 3).astype(np.uint8)


class Camera:
    """A view of the scene: turned about the upright axis, then tilted; with perspective."""

    def __init__(self, width: int, height: int, space: str, turn: float, tilt: float) -> None:
        self.width, self.height = width, height
        self.distance = DISTANCE * SPACES[space].near * max(1.0, height / width)
        turned, tilted = np.radians(turn), np.radians(tilt)
        cos_t, sin_t = np.cos(turned), np.sin(turned)
        cos_p, sin_p = np.cos(tilted), np.sin(tilted)
        self._axes = np.array(
            [
                [cos_t, 0, sin_t],
                [sin_t * sin_p, cos_p, -cos_t * sin_p],
                [-sin_t * cos_p, sin_p, cos_t * cos_p],
            ],
            np.float32,
        )

    def project(self, scene: Scene) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Places (..., 3) of the scene as (..., 2) pixels (x, y), and their (...) depths."""
        seen = scene @ self._axes.T
        depth = np.float32(self.distance) - seen[..., 2]
        unit = np.float32(self.height / 2 / HALF_LENS)
        x = self.width / 2 + unit * seen[..., 0] / depth
        y = self.height / 2 - unit * seen[..., 1] / depth
        return np.stack([x, y], axis=-1), depth

    def pixels(self, length: float, depth: NDArray[np.float32]) -> NDArray[np.float32]:
        """How many pixels a length of the scene takes at these depths."""
        return np.asarray(length * self.height / 2 / HALF_LENS / depth, np.float32)
