"""A still picture of a cloud, PNG or SVG, without a browser.

Points and walls are drawn by `splat` at twice the size wanted and scaled down; matplotlib puts
axes, centres and words over and under them and writes the file. In an SVG points and walls are one
picture, so that its size is bounded, and all else stays lines and text.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.cloud_options import pixel_size
from pochade.errors import EngineUnavailableError
from pochade.plot.cloud_page import NAMES, summary
from pochade.plot.cloud_points import Shown, shown_points
from pochade.plot.cloud_result import coordinates
from pochade.plot.cloud_scene import SPACES, Camera, cube_edges, to_scene
from pochade.plot.cloud_walls import MOST_WALLED, find_walls
from pochade.plot.splat import covered, edge_light, splat
from pochade.quantize_inputs import thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.plot.cloud_result import CloudResult
    from pochade.types import Image

FINE = 2
DPI = 100
HAZE = 0.38
WALL_ALPHA = 0.16
MOST_NUMBERED, MOST_DOTS = 64, 1000
LEAST_SCALE = 0.7
"""Words of a picture of 900 pixels are at scale 1; smaller ones would not be read."""


class Theme(NamedTuple):
    """Colours of ground, words and ticks, 0 to 255."""

    ground: tuple[int, int, int]
    ink: tuple[int, int, int]
    faint: tuple[int, int, int]


LIGHT = Theme((244, 243, 240), (28, 28, 27), (102, 100, 95))
DARK = Theme((24, 25, 27), (236, 235, 232), (163, 161, 155))


def draw(result: CloudResult, form: str) -> bytes:
    """The cloud as a file: "png" or "svg".

    Raises:
        EngineUnavailableError: matplotlib is not installed.
    """
    plt = _matplotlib()
    width, height = pixel_size(result.options.size)
    theme = DARK if result.options.theme == "dark" else LIGHT
    camera = Camera(width, height, result.options.space, result.options.turn, result.options.tilt)
    picture = points_picture(result, shown_points(result), width, height, theme)
    # Text stays text in SVG; a fixed salt gives the same names, and so the same bytes.
    style: dict[str, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "pochade",
        "font.family": "sans-serif",
    }
    style |= {"font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"]}
    with plt.rc_context(style):
        ground = _unit(theme.ground)
        figure = plt.Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=ground)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        whole = (0, width, height, 0)
        axes.imshow(picture, extent=whole, interpolation="none", zorder=2, aspect="auto")
        axes.axis(whole)
        scale = max(LEAST_SCALE, min(width, height) / 900)
        _frame(axes, result, camera, theme, scale)
        if result.options.centroids and result.centroids is not None:
            _centroids(axes, result, camera, scale)
        _words(axes, result, theme, width, height, scale)
        data = BytesIO()
        # Dates and versions would make the same cloud different bytes.
        metadata = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        with warnings.catch_warnings():
            # A title may have letters that the font lacks: boxes in a PNG, left to the reader's
            # fonts in an SVG. No reason to warn the user about a font.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            figure.savefig(data, format=form, dpi=DPI, facecolor=ground, metadata=metadata)
    return data.getvalue()


def points_picture(
    result: CloudResult, shown: Shown, width: int, height: int, theme: Theme = LIGHT
) -> Image:
    """The points, and the walls if wanted: (height, width, 4) uint8, transparent elsewhere."""
    space = result.options.space
    camera = Camera(FINE * width, FINE * height, space, result.options.turn, result.options.tilt)
    at, depth = camera.project(to_scene(coordinates(shown.colors, space), space))
    share = shown.counts / shown.counts.mean()
    sizes = np.clip(share**0.2, 0.5, 2.4) * point_radius(len(shown.colors))
    radius = np.maximum(camera.pixels(1.0, depth) * sizes.astype(np.float32), 0.9)
    seen = splat(at, depth, radius, FINE * width, FINE * height)
    colors = shown.colors
    if result.options.by == "cluster" and shown.labels is not None:
        assert result.palette is not None
        colors = result.palette[shown.labels]
    filled = seen >= 0
    far = np.where(filled, depth[seen], np.float32(np.inf))
    rows, columns = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
    if not len(rows):
        return np.zeros((height, width, 4), np.uint8)  # all of it is beyond the edges
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    light = edge_light(far[box], FINE)[filled[box], None]
    haze = np.clip((far[filled, None] - np.float32(camera.distance - 1.4)) / 3.3, 0, 1) * HAZE
    layers = np.zeros((*seen.shape, 4), np.float32)
    layers[filled, :3] = (
        colors[seen[filled]] * light * (1 - haze) + np.array(theme.ground, np.float32) * haze
    )
    layers[filled, 3] = 255
    if result.options.cells and 1 < result.k <= MOST_WALLED:
        _glaze(result, camera, layers, far)
    return _halved(layers)


def point_radius(points: int) -> float:
    """The radius of a point in the scene: the more points, the smaller."""
    return float(np.clip(0.36 * points ** (-1 / 3), 0.0055, 0.09))


def _halved(layers: NDArray[np.float32]) -> Image:
    """Colours (already nothing where alpha is 0) and alpha at half the size, straight alpha."""
    height, width = layers.shape[0] // FINE, layers.shape[1] // FINE
    mean = layers.reshape(height, FINE, width, FINE, 4).mean(axis=(1, 3))
    alpha = np.maximum(mean[..., 3:] / 255, 1e-6)
    mean[..., :3] /= alpha
    return np.asarray(np.rint(mean).clip(0, 255), np.uint8)


def _frame(axes: Any, result: CloudResult, camera: Camera, theme: Theme, scale: float) -> None:
    """The edges of the cube of colours, the axes, and their names and ticks."""
    from matplotlib.collections import LineCollection

    space = result.options.space
    segments, colors = cube_edges(space)
    lines, depth = camera.project(segments)
    # What is behind the middle of the scene goes under the points.
    behind = depth.mean(axis=1) > camera.distance
    tint = colors * 0.5 / 255 + (0.45 if theme is DARK else 0.2)
    for part, order in ((behind, 1), (~behind, 3)):
        axes.add_collection(
            LineCollection(
                lines[part], colors=tint[part], linewidths=0.9 * scale, alpha=0.6, zorder=order
            )
        )
    for axis in SPACES[space].axes:
        ends = np.array([axis.begin, axis.end], float)
        along = int(np.flatnonzero(ends[0] != ends[1])[0])
        line, _ = camera.project(to_scene(ends, space))
        axes.plot(*line.T, color=_unit(theme.faint), linewidth=0.8 * scale, alpha=0.6, zorder=1)
        (x, y), _ = camera.project(to_scene(ends[1] + 0.09 * (ends[1] - ends[0]), space))
        words = {"ha": "center", "va": "center", "clip_on": True}
        axes.text(
            x,
            y,
            axis.name,
            color=_unit(theme.ink),
            fontsize=13 * scale,
            weight="bold",
            zorder=4,
            **words,
        )
        for value, text in axis.ticks:
            place = ends[0].copy()
            place[along] = value
            (x, y), _ = camera.project(to_scene(place, space))
            axes.text(x, y, text, color=_unit(theme.faint), fontsize=9 * scale, zorder=4, **words)


def _glaze(
    result: CloudResult, camera: Camera, layers: NDArray[np.float32], far: NDArray[np.float32]
) -> None:
    """Lay the walls between clusters over the points as tinted glass, in place.

    Args:
        result: the cloud, with clusters.
        camera: of the size of `layers`.
        layers: (h, w, 4) colours times alpha, and alpha, 0 to 255.
        far: (h, w) the depth of what is at each pixel: walls behind it are not seen.
    """
    assert result.palette is not None
    space = result.options.space
    walls = find_walls(result.palette, space, threads=thread_count(result.options.threads))
    corners, depth = camera.project(to_scene(_of_srgb(walls.vertices, space), space)[walls.quads])
    pairs, member = np.unique(walls.sides, axis=0, return_inverse=True)
    member = member.reshape(-1)
    away = np.bincount(member, weights=depth.mean(axis=1)) / np.bincount(member)
    flat = layers.reshape(-1, 4)
    for pair in np.argsort(-away, kind="stable"):
        place = covered(corners[member == pair], depth[member == pair], far)
        tint = np.append(result.palette[pairs[pair]].mean(axis=0), 255).astype(np.float32)
        flat[place] += (tint - flat[place]) * np.float32(WALL_ALPHA)


def _of_srgb(colors: NDArray[np.float32], space: str) -> NDArray[np.float32]:
    """SRGB colours of 0 to 255 with fractions as points of a space."""
    if space == "srgb":
        return colors
    from pochade.color.convert import convert

    name: Any = space
    return convert(colors / np.float32(255), "srgb", name)


def _centroids(axes: Any, result: CloudResult, camera: Camera, scale: float) -> None:
    """Black dots with the clusters' numbers, the nearer over the farther."""
    assert result.centroids is not None
    at, depth = camera.project(to_scene(result.centroids, result.options.space))
    order = np.argsort(-depth, kind="stable")
    ring = {"color": "black", "edgecolors": "white"}
    if result.k > MOST_NUMBERED:
        size = (5.0 * scale) ** 2
        dots = axes.scatter(*at[order].T, s=size, linewidths=0.7 * scale, zorder=5, **ring)
        dots.set_rasterized(result.k > MOST_DOTS)
        return
    for place, i in enumerate(order.tolist()):
        layer = 5 + place / result.k
        size = (13.0 * scale) ** 2
        axes.scatter(*at[i], s=size, linewidths=1.2 * scale, zorder=layer, **ring)
        words = {"ha": "center", "va": "center_baseline", "weight": "bold", "color": "white"}
        axes.text(*at[i], str(i + 1), fontsize=7.5 * scale, zorder=layer, **words)


def _words(
    axes: Any, result: CloudResult, theme: Theme, width: int, height: int, scale: float
) -> None:
    """Title, what is shown, and the clusters' colours in a column."""
    left, top = 22 * scale, 30 * scale
    about = f"{summary(result)} in {NAMES[result.options.space]}"
    if result.k:
        about += f", {result.k} {'cluster' if result.k == 1 else 'clusters'}"
    title = shortened(result.options.title or "", int(width / (11 * scale)))
    # A dollar sign would begin a formula.
    text = {"clip_on": True, "parse_math": False}
    if title:
        axes.text(
            left, top, title, color=_unit(theme.ink), fontsize=13 * scale, weight="bold", **text
        )
        top += 22 * scale
    axes.text(left, top, about, color=_unit(theme.faint), fontsize=10 * scale, **text)
    room = int((height - top - 40 * scale) / (22 * scale))
    if result.palette is None or result.k > max(0, room):
        return
    from matplotlib.patches import Rectangle

    for i, (color, share) in enumerate(zip(result.palette, result.shares, strict=True)):
        y = top + (30 + 22 * i) * scale
        box = Rectangle(
            (left, y - 8 * scale), 26 * scale, 15 * scale, facecolor=_unit(color), edgecolor="none"
        )
        axes.add_patch(box)
        label = f"{i + 1}   #{bytes(color.tolist()).hex()}   {share:.1%}"
        axes.text(
            left + 34 * scale,
            y,
            label,
            color=_unit(theme.faint),
            fontsize=9 * scale,
            va="center",
            **text,
        )


def shortened(text: str, most: int) -> str:
    """A title of at most so many letters, on one line.

    >>> shortened("a long name.jpg", 8)
    'a long …'
    """
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= most else line[: most - 1] + "…"


def _unit(color: Any) -> tuple[float, ...]:
    """A colour of 0 to 255 as matplotlib has it."""
    return tuple(float(value) / 255 for value in color)


def _matplotlib() -> Any:
    """What is needed of matplotlib.

    Raises:
        EngineUnavailableError: it is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise EngineUnavailableError(
            "a picture of a cloud needs matplotlib (pip install 'pochade[plot]'); "
            "a page (.html) does not"
        ) from None

    class Needed(NamedTuple):
        Figure: Any
        rc_context: Any

    return Needed(Figure, mpl.rc_context)
