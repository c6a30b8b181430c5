"""A painting as a drawing: a smooth path for each anchor, filled with a gradient, and dabs.

Regions are the pixels that an anchor has the largest share in; each is filled with the linear
gradient that comes nearest to the painting there. Paths are drawn large areas first, twice: with
broad lines in their own paint underneath, so that no ground shows between neighbours, then with
thin ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pochade.painting.laying import knobs_of
from pochade.painting.shrink import size_within

if TYPE_CHECKING:
    from pochade.painting.document import Painting
    from pochade.types import Image

AREA: Final = 400_000
"""Pixels in which the regions are found, at most."""
SMOOTH: Final = 1.5
UNDER: Final = 4
OVERLAP: Final = 0.8
"""Widths of the lines around each path, in pixels of the drawing's own size."""
PLAIN: Final = 3.0
"""Areas whose gradient differs by less than this many levels end to end are filled flat."""
SMALLEST: Final = 12
"""Areas of fewer pixels join the neighbour most like them."""
VISIBLE: Final = 128
"""Alpha from which on a transparent photo is drawn."""
SEEN: Final = ' clip-path="url(#seen)"'
STROKE: Final = 1.5
"""Width of a stroke, in sizes of its anchor: enough that most neighbours touch."""


def svg_of(
    painting: Painting, *, strokes: bool = False, size: tuple[int, int] | None = None
) -> str:
    """The painting as an SVG document.

    Args:
        painting: as for `render`; brush and surface, which have no paths, are left out.
        strokes: one dab of paint for each anchor over the regions, large ones first.
        size: (rows, cols) that the document says; its lines are as sharp at any.

    Raises:
        UsageError: no size.
    """
    from pochade.painting.render import checked_size

    size = checked_size(size) if size else painting.size
    small = size_within(painting.size, AREA)
    canvas = _canvas(painting, small)
    body = _regions(painting, canvas)
    if strokes:
        body += _strokes(painting, canvas)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[1]}" height="{size[0]}" '
        f'viewBox="0 0 {small[1]} {small[0]}" preserveAspectRatio="none">'
    )
    return "\n".join([head, *body, "</svg>"]) + "\n"


def _canvas(painting: Painting, size: tuple[int, int]) -> Image:
    from pochade.painting.render import blended

    return blended(painting, size, (0, 0, *size), None)


def regions_of(painting: Painting, size: tuple[int, int]) -> NDArray[np.int32]:
    """(rows, cols) int32: the anchor that has the largest share in each pixel.

    A blend from one neighbour is the colour of the nearest anchor, so colours that count anchors
    tell which it is.
    """
    from pochade.painting.blend import blend

    anchors = painting.painted
    number = np.arange(len(anchors))
    digits = np.stack([number % 256, number // 256, number // 65536], axis=1).astype(np.float32)
    knobs = knobs_of(painting.settings) | {"neighbours": 1, "kernel": "inverse"}
    found = blend(anchors.with_colors(digits), painting.guide, size, **knobs).astype(np.int32)
    return np.asarray(found[..., 0] + 256 * found[..., 1] + 65536 * found[..., 2], np.int32)


def _regions(painting: Painting, canvas: Image) -> list[str]:
    """Definitions and paths of all regions, large ones first."""
    from pochade.segments.contours import smoothed, trace
    from pochade.segments.kernels import kernels
    from pochade.segments.measure import region_means
    from pochade.segments.merge import without_small
    from pochade.segments.vector import region_paths

    size = (canvas.shape[0], canvas.shape[1])
    labels, count = kernels.label_components(regions_of(painting, size))
    means = region_means(labels, int(count), canvas)
    labels, means = without_small(labels, means, SMALLEST)
    count = len(means)
    paths = region_paths(smoothed(trace(labels), SMOOTH), count)
    fills = gradients(labels, count, canvas)
    order = np.argsort(-np.bincount(labels.reshape(-1), minlength=count), kind="stable")
    definitions, rows = [], []
    for label in order.tolist():
        definition, paint = fills[label]
        definitions += [definition] * bool(definition)
        rows.append(f'<path fill="{paint}" stroke="{paint}" d="{paths[label]}"/>')
    clip, attribute = _clip(painting, size)
    group = ['<g id="regions" stroke-linejoin="round">', *rows, "</g>"]
    twice = [f'<use href="#regions" stroke-width="{wide}"/>' for wide in (UNDER, OVERLAP)]
    return ["<defs>", *definitions, *clip, *group, "</defs>", f"<g{attribute}>", *twice, "</g>"]


def _clip(painting: Painting, size: tuple[int, int]) -> tuple[list[str], str]:
    """What is visible of a transparent photo, as a clip path, and the attribute that names it."""
    if painting.subject.alpha is None:
        return [], ""
    from pochade.painting.render import alpha_at
    from pochade.segments.contours import smoothed, trace
    from pochade.segments.kernels import kernels
    from pochade.segments.vector import region_paths

    seen = (alpha_at(painting, size, (0, 0, *size)) >= VISIBLE).astype(np.int32)
    labels, count = kernels.label_components(seen)
    first = np.unique(labels.reshape(-1), return_index=True)[1]
    paths = region_paths(smoothed(trace(labels), SMOOTH), int(count))
    shown = [path for path, at in zip(paths, first.tolist(), strict=True) if seen.reshape(-1)[at]]
    path = "".join(shown)
    clip = f'<clipPath id="seen"><path clip-rule="evenodd" d="{path or "M0 0"}"/></clipPath>'
    return [clip], SEEN


def gradients(labels: NDArray[np.int32], count: int, canvas: Image) -> list[tuple[str, str]]:
    """For each region the definition of a gradient ('' where it is flat), and its paint.

    The plane in x and y that comes nearest to each channel; its direction of the greatest change,
    all channels together, is that of the gradient.
    """
    flat = labels.reshape(-1)
    y, x = (axis.reshape(-1) + 0.5 for axis in np.indices(labels.shape))
    colors = canvas.reshape(-1, 3).astype(np.float64)

    def mean(values: NDArray[Any]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(flat, values, count) / area, np.float64)

    area = np.bincount(flat, minlength=count).astype(np.float64)
    at = np.stack([mean(x), mean(y)], axis=1)
    down, right = y - at[flat, 1], x - at[flat, 0]
    # A pixel is a square, not a point: a twelfth of its side squared in either direction.
    spread = np.empty((count, 2, 2))
    spread[:, 0, 0], spread[:, 1, 1] = mean(right * right) + 1 / 12, mean(down * down) + 1 / 12
    spread[:, 0, 1] = spread[:, 1, 0] = mean(right * down)
    means = np.stack([mean(band) for band in colors.T], axis=1)
    both = np.stack(
        [[mean(right * band), mean(down * band)] for band in colors.T], axis=0
    )  # channel, x or y, region
    slopes = np.linalg.solve(spread[:, None], both.transpose(2, 0, 1)[..., None])[..., 0]
    _, vectors = np.linalg.eigh(np.einsum("rci,rcj->rij", slopes, slopes))
    way = vectors[:, :, 1]
    way *= np.where(way[:, :1] + 1e-9 * way[:, 1:] < 0, -1, 1)
    along = right * way[flat, 0] + down * way[flat, 1]
    low, high = np.zeros(count), np.zeros(count)
    np.minimum.at(low, flat, along)
    np.maximum.at(high, flat, along)
    rise = np.einsum("rci,ri->rc", slopes, way)
    ends = [np.clip(np.rint(means + rise * end[:, None]), 0, 255) for end in (low, high)]
    return [
        _paint(label, (ends[0][label], ends[1][label]), means[label], at[label], way[label],
               (float(low[label]), float(high[label])))
        for label in range(count)
    ]  # fmt: skip


def _paint(
    label: int,
    ends: tuple[NDArray[np.float64], NDArray[np.float64]],
    mean: NDArray[np.float64],
    at: NDArray[np.float64],
    way: NDArray[np.float64],
    reach: tuple[float, float],
) -> tuple[str, str]:
    from pochade.segments.vector import hex_of

    if float(np.abs(ends[1] - ends[0]).max()) < PLAIN:
        return "", hex_of(np.rint(mean).astype(np.uint8))
    x1, y1, x2, y2 = (*(at + way * reach[0]), *(at + way * reach[1]))
    first, last = (hex_of(end.astype(np.uint8)) for end in ends)
    definition = (
        f'<linearGradient id="g{label}" gradientUnits="userSpaceOnUse" '
        f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}">'
        f'<stop stop-color="{first}"/><stop offset="1" stop-color="{last}"/></linearGradient>'
    )
    return definition, f"url(#g{label})"


def _strokes(painting: Painting, canvas: Image) -> list[str]:
    """One dab for each anchor, large ones first, to lie over the regions."""
    from pochade.segments.vector import hex_of

    anchors = painting.painted
    rows, cols = canvas.shape[:2]
    scale = np.array([rows / anchors.frame[0], cols / anchors.frame[1]], np.float32)
    at = anchors.positions * scale
    pixel = np.minimum(at.astype(int), [rows - 1, cols - 1])
    colors = canvas[pixel[:, 0], pixel[:, 1]]
    size = anchors.sizes * np.float32(np.sqrt(scale.prod())) * np.float32(STROKE / 2)
    longer = np.sqrt(np.minimum(anchors.elongations, 6))
    attribute = "" if painting.subject.alpha is None else SEEN
    out = [f"<g{attribute}>"]
    for number in np.argsort(-anchors.sizes, kind="stable").tolist():
        half = (float(size[number] * longer[number]), float(size[number] / longer[number]))
        path = _dab(
            float(at[number, 1]), float(at[number, 0]), float(anchors.angles[number]), *half
        )
        out.append(f'<path fill="{hex_of(colors[number])}" d="{path}"/>')
    return [*out, "</g>"]


def _dab(x: float, y: float, angle: float, long: float, wide: float) -> str:
    """A dab of a brush: blunt where it was put down, tapering to where it was lifted."""
    along, across = (
        (np.cos(angle) * long, np.sin(angle) * long),
        (
            -np.sin(angle) * wide,
            np.cos(angle) * wide,
        ),
    )

    def place(a: float, b: float) -> str:
        return f"{x + a * along[0] + b * across[0]:.1f} {y + a * along[1] + b * across[1]:.1f}"

    sides = [
        (place(-1.05, -0.75), place(-0.75, -1.0), place(-0.2, -1.0)),
        (place(0.5, -1.0), place(1.0, -0.6), place(1.1, 0.05)),
        (place(1.05, 0.55), place(0.5, 0.95), place(-0.2, 1.0)),
        (place(-0.75, 1.0), place(-1.05, 0.75), place(-1.05, 0)),
    ]
    return f"M{place(-1.05, 0)}" + "".join(f"C{a} {b} {c}" for a, b, c in sides) + "Z"
