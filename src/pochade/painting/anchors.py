"""What a painting is made of: anchors, and the guide that says where colours may not mix."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Anchors:
    """n places of a picture, each with the colour that is laid there.

    All lengths are in pixels of `frame`, so a painting is drawn at another size by scaling. The
    corner of the picture is (0, 0) and the centre of its first pixel (0.5, 0.5).

    Attributes:
        positions: n 2 float32: (row, col), inside the frame.
        colors: n 3 float32: sRGB, 0 to 255 (may lie a little outside, where colours were solved).
        tones: n 3 float32: CIELAB colour of the guide for each anchor: where it stands in colour.
        sizes: n float32: square root of the area that each stands for, above 0.
        angles: n float32, radians in [0, pi): direction in which the area is longest; 0 is along a
            row, pi / 2 down a column.
        elongations: n float32: how many times longer than wide the area is, at least 1.
        frame: (rows, cols) of the picture they were found in.
        apart: what counts as the mean distance between anchors; None takes it from their number.
            A painting keeps it when anchors are added, so that they change nothing far away.
    """

    positions: Floats = field(repr=False)
    colors: Floats = field(repr=False)
    tones: Floats = field(repr=False)
    sizes: Floats = field(repr=False)
    angles: Floats = field(repr=False)
    elongations: Floats = field(repr=False)
    frame: tuple[int, int]
    apart: float | None = None

    def __post_init__(self) -> None:
        n = len(self.positions)
        shapes = {
            "positions": (n, 2),
            "colors": (n, 3),
            "tones": (n, 3),
            "sizes": (n,),
            "angles": (n,),
            "elongations": (n,),
        }
        for name, shape in shapes.items():
            given = np.ascontiguousarray(getattr(self, name), np.float32)
            if given.shape != shape:
                raise ValueError(f"anchors: {name} must have the shape {shape}, not {given.shape}")
            given.flags.writeable = False
            object.__setattr__(self, name, given)

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def spacing(self) -> float:
        """The mean distance between anchors, in pixels of the frame: sqrt(area / n), or `apart`."""
        if self.apart is not None:
            return self.apart
        rows, cols = self.frame
        return float(np.sqrt(rows * cols / max(1, len(self))))

    def take(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Anchors:
        """Return the chosen anchors, in the order of `which`."""
        return Anchors(
            self.positions[which],
            self.colors[which],
            self.tones[which],
            self.sizes[which],
            self.angles[which],
            self.elongations[which],
            self.frame,
            self.apart,
        )

    def with_colors(self, colors: Floats) -> Anchors:
        """Return the same anchors in other colours (n 3, sRGB 0 to 255)."""
        return replace(self, colors=colors)


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """The photo without its texture: colours mix across what looks alike in it, not over edges.

    Attributes:
        lab: h w 3 float32: CIELAB, usually smaller than the frame; it covers the whole frame.
        frame: (rows, cols) of the picture it was made from.
    """

    lab: Floats = field(repr=False)
    frame: tuple[int, int]
