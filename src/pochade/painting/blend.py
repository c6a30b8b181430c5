"""Blending: every pixel is a mixture of the colours of its nearest anchors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pochade.painting import kernels
from pochade.painting.blend_reference import Scene, blend_reference
from pochade.painting.metric import forms
from pochade.quantize_inputs import thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.painting.anchors import Anchors, Guide

Window = tuple[int, int, int, int]

KERNELS: Final = ("continuous", "inverse")
MOST_NEIGHBOURS: Final = 32
LOCAL: Final = 1.0
"""How far an anchor's own size counts in its distance, rather than the mean spacing."""
STRETCH: Final = 1.0
"""How far the elongation of an anchor's area counts."""
TOUCH: Final = 0.5
"""With the kernel 'inverse', the least distance, in pixels of the frame."""


def blend(
    anchors: Anchors,
    guide: Guide | None,
    size: tuple[int, int],
    *,
    neighbours: int = 8,
    softness: float = 0.35,
    edges: float = 12.0,
    kernel: str = "continuous",
    local: float = LOCAL,
    stretch: float = STRETCH,
    window: Window | None = None,
    as_floats: bool = False,
    threads: int | None = None,
) -> NDArray[Any]:
    """Paint anchors: mix the colours of the nearest, near meaning both in place and in colour.

    The squared distance of a pixel from an anchor is |dx|^2 / reach^2 + |dLab|^2 / edges^2: the
    distance in the plane in units of the anchor's size, and that of the guide's colour from the
    anchor's tone. So an anchor beyond an edge is far, and colours do not mix across it. With the
    kernel 'continuous' a neighbour weighs (1 - d / R)^2 / (d^2 + softness^2), R being the distance
    of the first anchor that is no neighbour: no cusps at anchors, no jumps where neighbours change.
    The kernel 'inverse' is 1 / d for the nearest (as in the program that this began with).

    Args:
        anchors: at least one.
        guide: where colours may mix; None for anchors alone, by place, size and direction.
        size: (rows, cols) of the picture; need not have the frame's proportions.
        neighbours: anchors that mix in a pixel, 1 to 32.
        softness: larger than 0; 0.1 shows anchors as spots, 1 melts them into each other.
        edges: CIELAB units that count as much as an anchor's own reach; less is harder.
        kernel: 'continuous' or 'inverse'.
        local: 1: distances in units of each anchor's own size; 0: of the mean spacing.
        stretch: 1: circles of equal distance are as elongated as the anchors' areas; 0: round.
        window: (top, left, bottom, right) of the part of the picture to make: the same bytes as
            that part of the whole.
        as_floats: neither round nor clip.
        threads: the result does not depend on it.

    Returns:
        (rows, cols, 3) uint8 sRGB of the window, or float32, 0 to 255 and sometimes a little
        beyond.

    Raises:
        ValueError: no anchors, or a knob out of its range.

    >>> from pochade.painting.anchors import Anchors
    >>> two = Anchors([[1, 1], [1, 3]], [[0, 0, 0], [200, 200, 200]], np.zeros((2, 3)), [2, 2],
    ...     [0, 0], [1, 1], (2, 4))
    >>> blend(two, None, (1, 4))[0, :, 0].tolist()
    [20, 43, 157, 180]
    """
    scene = scene_of(
        anchors, guide, size, neighbours=neighbours, softness=softness, edges=edges,
        kernel=kernel, local=local, stretch=stretch, window=window,
    )  # fmt: skip
    if not kernels.there():
        painted = blend_reference(scene)
        return painted if as_floats else to_bytes(painted)
    return kernels.blend(scene, np.float32 if as_floats else np.uint8, thread_count(threads))


def scene_of(
    anchors: Anchors,
    guide: Guide | None,
    size: tuple[int, int],
    *,
    neighbours: int,
    softness: float,
    edges: float,
    kernel: str,
    local: float,
    stretch: float,
    window: Window | None,
) -> Scene:
    """What `blend` was given, checked, as numbers.

    Raises:
        ValueError: see `blend`.
    """
    rows, cols = size
    if len(anchors) == 0:
        raise ValueError("a painting needs at least one anchor")
    if rows < 1 or cols < 1:
        raise ValueError(f"the size must be at least 1 x 1, not {rows} x {cols}")
    if not 1 <= neighbours <= MOST_NEIGHBOURS:
        raise ValueError(f"neighbours must be from 1 to {MOST_NEIGHBOURS}, not {neighbours}")
    for name, value, least, most in (
        ("softness", softness, 1e-3, 1e3),
        ("edges", edges, 1e-2, 1e6),
        ("local", local, 0, 1),
        ("stretch", stretch, 0, 1),
    ):
        if not least <= value <= most:
            raise ValueError(f"{name} must be a number from {least:g} to {most:g}, not {value!r}")
    if kernel not in KERNELS:
        raise ValueError(f"there is no kernel {kernel!r}; use {' or '.join(KERNELS)}")
    part = (0, 0, rows, cols) if window is None else window
    if not (0 <= part[0] < part[2] <= rows and 0 <= part[1] < part[3] <= cols):
        raise ValueError(f"the window {part} is not a part of {rows} x {cols} pixels")
    tones = anchors.tones / np.float32(edges)
    return Scene(
        places=anchors.positions,
        forms=forms(anchors, local, stretch),
        tones=tones if guide is not None else np.zeros_like(tones),
        colors=anchors.colors,
        guide=guide,
        edges=edges,
        frame=anchors.frame,
        size=(rows, cols),
        window=part,
        neighbours=neighbours,
        soft=softness * softness,
        inverse=kernel == "inverse",
        touch=TOUCH / anchors.spacing,
    )


def to_bytes(painted: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Round, halves up, and clip.

    >>> to_bytes(np.float32([-3, 0.5, 1.5, 300])).tolist()
    [0, 1, 2, 255]
    """
    rounded: NDArray[np.uint8] = np.clip(painted + np.float32(0.5), 0, 255).astype(np.uint8)
    return rounded
