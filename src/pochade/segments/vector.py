"""Regions as SVG and GeoJSON, put together from shared lines."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.segments.contours import Contours, curves

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEAM = 0.6
"""Width of the stroke that each area has in its own colour: renderers blend the edges of areas
with what is below, and hairlines of the ground would show between two that merely touch."""


def hex_of(color: Any) -> str:
    """#rrggbb of the first three channels."""
    return "#" + bytes(int(value) for value in color[:3]).hex()


def path_parts(contours: Contours) -> tuple[list[str], list[str]]:
    """The drawing commands of each chain forwards and backwards, without its first point."""
    forwards, backwards = [], []
    for line in contours.chains():
        handles = curves(line)
        forwards.append(_commands(line, handles))
        backwards.append(_commands(line[::-1], handles[::-1, ::-1]))
    return forwards, backwards


def _commands(line: NDArray[np.float64], handles: NDArray[np.float64]) -> str:
    # Where both handles lie in the ends the part is straight.
    straight = (handles[:, 0] == line[:-1]).all(axis=1) & (handles[:, 1] == line[1:]).all(axis=1)
    words = []
    both = np.concatenate([handles.reshape(len(handles), 4), line[1:]], axis=1)
    for plain, (a, b, c, d, x, y) in zip(straight.tolist(), both.tolist(), strict=True):
        if plain:
            words.append(f"L{_n(x)} {_n(y)}")
        else:
            words.append(f"C{_n(a)} {_n(b)} {_n(c)} {_n(d)} {_n(x)} {_n(y)}")
    return "".join(words)


def _n(value: float) -> str:
    """A coordinate with at most two decimals."""
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def region_paths(contours: Contours, count: int) -> list[str]:
    """The path data of each region 0..count-1: its rings, made of the shared chains."""
    forwards, backwards = path_parts(contours)
    out: list[list[str]] = [[] for _ in range(count)]
    for region, codes in contours.rings_of():
        first = int(codes[0])
        a, b = contours.offsets[first // 2], contours.offsets[first // 2 + 1] - 1
        x, y = contours.points[b if first & 1 else a]
        parts = [(backwards if code & 1 else forwards)[code // 2] for code in codes.tolist()]
        out[region].append(f"M{_n(x)} {_n(y)}{''.join(parts)}Z")
    return ["".join(parts) for parts in out]


def flat_svg(contours: Contours, colors: NDArray[np.uint8], shape: tuple[int, int]) -> str:
    """An SVG of the regions in flat colours, one path with the id r0, r1, ... for each."""
    h, w = shape
    rows = [svg_head(w, h)]
    rows.append(f'<g stroke-width="{SEAM}" stroke-linejoin="round" fill-rule="evenodd">')
    for label, path in enumerate(region_paths(contours, len(colors))):
        color = hex_of(colors[label])
        clear = "" if len(colors[label]) < 4 else _opacity(int(colors[label][3]))
        rows.append(f'<path id="r{label}" fill="{color}" stroke="{color}"{clear} d="{path}"/>')
    rows.append("</g>\n</svg>\n")
    return "\n".join(rows)


def _opacity(alpha: int) -> str:
    return "" if alpha == 255 else f' opacity="{alpha / 255:.3f}"'


def lines_svg(contours: Contours, shape: tuple[int, int], color: str, width: float) -> str:
    """An SVG of the borders alone, each line once; the frame of the picture is not drawn."""
    h, w = shape
    rows = [svg_head(w, h)]
    style = f'fill="none" stroke="{color}" stroke-width="{_n(width)}"'
    rows.append(f'<g {style} stroke-linejoin="round" stroke-linecap="round">')
    rows += [f'<path d="{path}"/>' for path in line_paths(contours)]
    rows.append("</g>\n</svg>\n")
    return "\n".join(rows)


def line_paths(contours: Contours) -> list[str]:
    """The path data of each line between two regions."""
    forwards, _ = path_parts(contours)
    out = []
    for chain, path in enumerate(forwards):
        if min(contours.left[chain], contours.right[chain]) >= 0:
            x, y = contours.points[contours.offsets[chain]]
            out.append(f"M{_n(x)} {_n(y)}{path}")
    return out


def svg_head(width: float, height: float, size: str = "") -> str:
    """The opening tag; `size` is width and height with their units, pixels unless given."""
    size = size or f'width="{_n(width)}" height="{_n(height)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {_n(width)} {_n(height)}">'


def geojson(contours: Contours, properties: list[dict[str, Any]]) -> str:
    """A GeoJSON FeatureCollection, a Polygon for each region, with its row as properties.

    Coordinates are x, y in pixels from the upper left corner, y downwards. Rings are closed, the
    outer one first; it runs anticlockwise in terms of the numbers (RFC 7946), holes clockwise.
    """
    rings: list[list[NDArray[np.float64]]] = [[] for _ in properties]
    for region, codes in contours.rings_of():
        rings[region].append(contours.ring_points(codes)[::-1])
    features = []
    for label, row in enumerate(properties):
        ordered = sorted(rings[label], key=ring_area, reverse=True)
        lists = [[[_number(x), _number(y)] for x, y in ring.tolist()] for ring in ordered]
        geometry = {"type": "Polygon", "coordinates": lists}
        features.append({"type": "Feature", "id": label, "properties": row, "geometry": geometry})
    rows = ",\n".join(json.dumps(one, allow_nan=False) for one in features)
    return f'{{"type": "FeatureCollection", "features": [\n{rows}\n]}}\n'


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else round(value, 3)


def ring_area(ring: NDArray[np.float64]) -> float:
    """The signed area of a closed ring; positive where it runs from the x to the y axis."""
    total = 0.0
    for (ax, ay), (bx, by) in pairwise((ring - ring[0]).tolist()):
        total += ax * by - ay * bx
    return total / 2
