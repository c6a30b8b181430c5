"""Palettes: from pictures, or from palette files.

Counted colours are clustered as `quantize` does it; names, places and roles are found only when
they are asked for, by the result.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.color.working import working_space
from pochade.errors import UsageError
from pochade.kmeans.palette_search import SearchSettings
from pochade.palette.gather import Gathered, Source, gather, prepare
from pochade.palette.order import ordered
from pochade.palette.result import PaletteResult
from pochade.palette_fit import PaletteFit, fit_palette
from pochade.palette_options import DEFAULT_K, PaletteOptions
from pochade.palette_task import FitSettings
from pochade.quantize_inputs import as_image, thread_count
from pochade.quantize_options import QuantizeOptions

if TYPE_CHECKING:
    from pochade.types import Image

# Steps with OKLab after a search in sRGB, by effort; the effort that is not here searches in OKLab.
STEPS = {"fast": 2, "default": 8}

Progress = Callable[[float], None]
Cancel = Callable[[], bool]


def palette(
    image: Any,
    k: int | str = DEFAULT_K,
    *,
    order: str = "share",
    names: str = "all",
    space: str = "oklab",
    guard: bool = True,
    region: tuple[int, int, int, int] | None = None,
    mask: Any = None,
    frames: str = "all",
    effort: str = "default",
    engine: str = "auto",
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PaletteResult:
    """The k colours that a picture, or several pictures together, are best described by.

    Args:
        image: (h, w, c) uint8 array with c = 3 or 4 (straight alpha), or anything that
            `pochade.io.open_image` takes; or a list of those, which get one palette together.
        k: number of colours, 1 to 65,536, or a rule that finds it, as in `quantize`: `"auto"`,
            `"auto:knee"`, `"auto:variance"` and others.
        order: `"share"` (largest first), `"hue"` (greys first), `"lightness"` (dark to light) or
            `"walk"` (the shortest way from colour to colour).
        names: where names come from: `"all"`, `"css"`, `"xkcd"`, `"none"`.
        space: where distances are measured: `"oklab"` (perceptual), `"srgb"`, `"lab"`, `"linear"`.
        guard: give small but distinct areas of colour an entry of their own.
        region: x, y, w, h in pixels: only this rectangle of each picture counts.
        mask: (h, w) array, uint8 or float, or a picture: 0 is left out, brighter counts for more.
        frames: `"all"` frames of an animation together, or the `"first"`.
        effort: `"default"` gathers the colours of one opaque picture in a grid of 32 steps a
            channel, each cell with its exact mean, and samples every fourth pixel from a megapixel
            on; `"fast"` samples some 16,000 pixels and searches less; `"max"` counts every colour
            and searches long.
        engine: `"auto"`, or one that `pochade engines` lists, as in `"torch:cuda"`.
        seed: where random choices start. Same seed, same colours, on any number of threads.
        threads: number of threads; None takes all that this process may use.
        progress: called with the share of the work done, 0..1.
        cancel: polled during the work; returning True raises CancelledError.

    Returns:
        The colours with their shares; names, places, roles and text colours on demand, see
        `PaletteResult`. Exactly k colours where the picture has that many. What is fully
        transparent does not count; what is translucent counts by its alpha, as opaque.

    Raises:
        UsageError: an option makes no sense, or the region or mask leaves no pixel.
        InputError: a picture cannot be read, or is fully transparent.
        CancelledError: `cancel` returned True.

    >>> import numpy as np
    >>> flag = np.array([[[0, 0, 128], [255, 255, 255], [255, 255, 255], [200, 0, 0]]], np.uint8)
    >>> found = palette(flag, 3)
    >>> found.hex, found.shares.tolist()
    (('#ffffff', '#c80000', '#000080'), [0.5, 0.25, 0.25])
    >>> found.names
    ('white', 'rusty red', 'navy')
    """
    options = PaletteOptions(
        k=k,
        order=order,
        names=names,
        space=space,
        guard=guard,
        region=region,
        mask=mask,
        frames=frames,
        effort=effort,
        engine=engine,
        seed=seed,
        threads=threads,
    )
    if frames == "each":
        raise UsageError("frames='each' makes several palettes: use pochade.palette_many")
    images = [image] if not isinstance(image, list | tuple) else list(image)
    if not images:
        raise UsageError("there is no picture to take a palette from")
    pictures = [frame for one in images for frame in _frames(one, options.frames)]
    return from_pictures(pictures, options, progress=progress, cancel=cancel)


def palette_many(
    images: Sequence[Any],
    k: int | str | None = None,
    *,
    options: PaletteOptions | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[PaletteResult, ...]:
    """A palette for each of several pictures, or for each frame of animations.

    Args:
        images: pictures as for `palette`. For one palette of all of them, give the list to
            `palette` itself.
        k: number of colours, as for `palette`; overrides the one in `options`.
        options: the other settings; with `frames="each"` every frame gets a palette of its own.
        progress: called with the share of the pictures done, 0..1.
        cancel: as for `palette`.

    Returns:
        One result for each picture (or frame), in order.
    """
    chosen = options or PaletteOptions()
    if k is not None:
        chosen = replace(chosen, k=k)
    found = []
    for place, image in enumerate(images):
        if progress is not None:
            progress(place / len(images))
        every = _frames(image, "all" if chosen.frames == "each" else chosen.frames)
        groups = [[frame] for frame in every] if chosen.frames == "each" else [every]
        found += [from_pictures(group, chosen, cancel=cancel) for group in groups]
    return tuple(found)


def read_palette(path: str | os.PathLike[str], *, names: str = "all") -> PaletteResult:
    """The colours of a palette file, in its order, with its names.

    Args:
        path: a file of any kind that `pochade.io.palette_files` reads.
        names: where the names of colours come from that have none in the file.

    Returns:
        The result; its `shares` are None, as a palette file does not tell any.

    Raises:
        UsageError: it is no palette of a kind that is read.
        InputError: it cannot be read, or is broken.
    """
    from pochade.io.palette_files import read_swatches

    swatches = read_swatches(path)
    return PaletteResult(
        colors=swatches.palette(),
        shares=None,
        options=PaletteOptions(names=names),
        sources=(),
        engine="",
        reason="",
        notes=(),
        given_names=swatches.names,
    )


def from_pictures(
    pictures: Sequence[Image],
    options: PaletteOptions,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PaletteResult:
    """One palette for (h, w, c) uint8 arrays; see `palette`."""
    search = SearchSettings(
        effort=options.effort,
        engine=options.engine,
        seed=options.seed,
        threads=thread_count(options.threads),
        progress=progress,
        cancel=cancel,
    )
    sources = prepare(pictures, options)
    gathered = gather(sources, options, options.k, threads=search.threads)
    fit = _fit(gathered, options, FitSettings(search=search, guard=options.guard))
    return _result(fit, gathered, sources, options)


def _fit(gathered: Gathered, options: PaletteOptions, settings: FitSettings) -> PaletteFit:
    """As many colours as are wanted, or as the rule finds.

    For the eye (OKLab) a search in sRGB is followed by steps with OKLab, which takes half the time
    of a search in OKLab and errs less in both ways of measuring together; the effort `max` does
    search in OKLab, followed by a step in sRGB.
    """
    seen = options.space == "oklab"
    quick = seen and options.effort in STEPS
    space = working_space("srgb" if quick else options.space, alpha=False)
    # Means are points of sRGB themselves; other spaces take the colours that they round to.
    points = gathered.means if space.name == "srgb" else None

    def fit(k: int) -> PaletteFit:
        return fit_palette(gathered.colors, gathered.weights, k, space, settings, points=points)

    k = options.k
    if isinstance(k, str):
        from pochade.auto_k import k_by_rule

        search = QuantizeOptions(
            k=k,
            space=space.name,
            effort=options.effort,
            engine=options.engine,
            seed=options.seed,
            threads=options.threads,
        )
        k = k_by_rule(k, gathered.colors, gathered.weights, fit, search)
    found = fit(k)
    if not seen or found.n_iter == 0:  # every colour of the picture may be there as it is
        return found
    from pochade.palette.refine import refined

    steps = ("oklab",) * STEPS[options.effort] if quick else ("srgb",)
    threads = thread_count(options.threads)
    return refined(found, gathered, steps, engine=options.engine, threads=threads)


def _result(
    fit: PaletteFit, gathered: Gathered, sources: list[Source], options: PaletteOptions
) -> PaletteResult:
    served = np.bincount(fit.labels, weights=gathered.weights, minlength=len(fit.palette))
    shares = served / served.sum()
    order = ordered(fit.palette, shares, options.order)
    return PaletteResult(
        colors=np.ascontiguousarray(fit.palette[order]),
        shares=shares[order],
        options=options,
        sources=tuple(sources),
        engine=fit.engine,
        reason=fit.reason,
        notes=fit.notes,
        given_names=None,
    )


def _frames(image: Any, frames: str) -> list[Image]:
    """The picture, or the frames of an animation, as (h, w, c) uint8 arrays."""
    if frames == "first" or isinstance(image, np.ndarray):
        return [as_image(image)]
    from pochade.io.open import open_image

    return list(open_image(image, frames="all").frames)
