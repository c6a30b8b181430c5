"""Where the colours of a palette are in the pictures that it was taken from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.color.working import working_space
from pochade.histogram import count_colors
from pochade.palette.places import find_places
from pochade.palette.result import Location
from pochade.palette_fit import assign_colors
from pochade.quantize_inputs import thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.palette.gather import Source
    from pochade.palette_options import PaletteOptions
    from pochade.types import Palette


def locate(
    sources: Sequence[Source], colors: Palette, options: PaletteOptions
) -> tuple[Location | None, ...]:
    """A pixel well inside an area of each colour, in the picture that has most pixels of it.

    Ties go to the earlier picture. None for a colour that no pixel is nearest to.
    """
    best: list[tuple[int, Location] | None] = [None] * len(colors)
    for number, source in enumerate(sources):
        labels = label_pixels(source, colors, options)
        for place, found in enumerate(find_places(source.pixels, labels, colors)):
            if found is None:
                continue
            (x, y, depth), pixels = found
            before = best[place]
            if before is None or pixels > before[0]:
                at = Location(
                    picture=number, x=x + source.corner[0], y=y + source.corner[1], depth=depth
                )
                best[place] = (pixels, at)
    return tuple(None if found is None else found[1] for found in best)


def label_pixels(source: Source, colors: Palette, options: PaletteOptions) -> NDArray[Any]:
    """The nearest colour of every pixel, (h, w); k where a pixel does not count.

    Those are the fully transparent ones and those of weight 0.
    """
    threads = thread_count(options.threads)
    pixels = np.ascontiguousarray(source.pixels[:, :, :3])
    counts = count_colors([pixels], threads=threads)
    space = working_space(options.space, alpha=False)
    of_colors = assign_colors(counts.colors, colors, space, engine=options.engine, threads=threads)
    labels = counts.labels_for(pixels, of_colors, threads=threads)
    # One label beyond the palette's has to fit.
    labels = labels.astype(np.uint16 if len(colors) < 65535 else np.uint32, copy=True)
    if source.pixels.shape[2] == 4:
        labels[source.pixels[:, :, 3] == 0] = len(colors)
    if source.weights is not None:
        labels[source.weights == 0] = len(colors)
    return labels
