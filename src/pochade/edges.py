"""Edges by standard deviation: how much the colours differ within every window of a picture.

Where a window lies on an edge its colours differ much; where it lies in the flat, little. The map
of these strengths is exact (`pochade.edge_windows`), and its ridges are thin edges
(`pochade.edge_lines`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pochade.edge_planes import as_source
from pochade.edge_strength import measure
from pochade.edges_options import AUTO, EdgesOptions
from pochade.edges_result import EdgesResult, Setting
from pochade.quantize_inputs import thread_count


def edges(
    image: Any,
    *,
    window: int | Sequence[int] = 5,
    space: str | None = None,
    lightness: float | None = None,
    border: str = "reflect",
    grid: bool = False,
    noise: float | str = 0.0,
    contrast: str = "none",
    surround: float = 1.0,
    high: float | None = None,
    low: float | None = None,
    min_length: int = 8,
    look: str = "grey",
    color_map: str = "viridis",
    edge_color: str = "#ff2a00",
    white: float | None = None,
    line_width: int = 1,
    invert: bool = False,
    resize: str | None = None,
    threads: int | None = None,
) -> EdgesResult:
    """Find the edges of a picture by the standard deviation of its windows.

    Args:
        image: (h, w) or (h, w, c) uint8 or uint16 with any number of channels (4 are RGB and
            straight alpha), floats within 0..1, or anything that `pochade.io.open_image` takes (a
            path, bytes, a PIL image, an https URL; files are read as 8 bits). Where there is
            alpha, strengths are the mean of what they are over black and over white.
        window: side of the windows, odd, 3..255; of several the greatest strength is taken.
        space: `"srgb"`, `"lab"` or `"oklab"`. None is srgb for strengths, and for thin edges lab
            with half the lightness (unless `noise` is a number, which belongs to one space).
        lightness: factor of L in lab and oklab; None is 1.
        border: `"reflect"` (d c b a | a b c d | d c b a), or `"valid"`: only windows that lie
            inside, so that the map is window - 1 smaller each way.
        grid: one value for each patch of window x window pixels from the upper left corner on;
            what is left over at the right and the bottom is left out.
        noise: strength of noise to take away (as variances are: s' = sqrt(s^2 - noise^2)), or
            `"auto"`: as the flattest tenth of the windows have it.
        contrast: `"none"`; `"mean"`: strengths as if the picture were half-way bright everywhere;
            `"local"`: lifted, up to 1.41 times, where little is around, lowered where much is.
        surround: share of the mean strength around that is taken away before thinning, 0..1.
        high: what a thin edge must reach somewhere, in units of `EdgesResult.ridges`; None finds
            it.
        low: what it may go down to; None is 0.4 of `high`.
        min_length: thin edges of fewer pixels are dropped.
        look: what `.image` and `.save` show: `"grey"`, `"color"`, `"ridges"`, `"binary"` (thin
            edges) or `"overlay"` (thin edges over the input).
        color_map: `"viridis"`, `"inferno"`, `"magma"` or `"plasma"`.
        edge_color: of the overlay, `"#rrggbb"` or `"#rrggbbaa"`.
        white: strength shown as white (or the last colour); None is exceeded by 1 pixel in 200.
        line_width: pixels that binary and overlay draw thin edges wide.
        invert: dark on light.
        resize: `"WxH"` or a longest side, before anything else, in 8 bits (see
            `pochade.io.resize`).
        threads: number of threads; None takes all that this process may use. The result does not
            depend on it.

    Returns:
        The strengths, with thin edges when asked for; see `EdgesResult`.

    Raises:
        UsageError: an option makes no sense, or a window is larger than the picture (with a
            mirrored border, than its longer side).
        InputError: the picture cannot be read.

    >>> import numpy as np
    >>> picture = np.zeros((5, 6, 3), np.uint8); picture[:, 3:] = 255
    >>> edges(picture, window=3).strength[2].round().tolist()
    [0.0, 0.0, 208.0, 208.0, 0.0, 0.0]
    """
    options = EdgesOptions(
        window=window,
        space=space,
        lightness=lightness,
        border=border,
        grid=grid,
        noise=noise,
        contrast=contrast,
        surround=surround,
        high=high,
        low=low,
        min_length=min_length,
        look=look,
        color_map=color_map,
        edge_color=edge_color,
        white=white,
        line_width=line_width,
        invert=invert,
        resize=resize,
        threads=threads,
    )
    return find_edges(image, options)


def find_edges(image: Any, options: EdgesOptions) -> EdgesResult:
    """`edges` with its options as one object."""
    threads = thread_count(options.threads)
    source = as_source(image, resize=options.resize)
    setting, line_setting = settings(options, source.shape[2])
    strength, noise = measure(source, options, *setting, threads)
    notes = []
    if options.noise == AUTO:
        sizes = zip(options.windows, noise, strict=True)
        found = ", ".join(f"{value:.3g} in windows of {side}" for side, value in sizes)
        notes.append(f"noise taken away: {found}")
    if not strength.any():
        notes.append("every window is flat: there is no edge")
    return EdgesResult(
        strength=strength,
        noise=noise,
        source=source,
        setting=setting,
        line_setting=line_setting,
        options=options,
        threads=threads,
        notes=tuple(notes),
    )


def settings(options: EdgesOptions, channels: int) -> tuple[Setting, Setting]:
    """Space and lightness of the map and of the one for thin edges.

    Bands that are no colours have no other space than their own, and noise given as a number is
    one of the space of the strengths, so that thin edges come from the same map.

    >>> settings(EdgesOptions(), 3)[1]
    Setting(space='lab', lightness=0.5)
    """
    lightness = 1.0 if options.lightness is None else options.lightness
    plain: Any = Setting(options.space or "srgb", lightness)  # type: ignore[arg-type]
    noise_given = options.noise not in (AUTO, 0)
    if options.space is not None or noise_given or channels not in (1, 3, 4):
        return plain, plain
    return plain, Setting("lab", 0.5)
