"""Colour quantization: any picture in, its best k-colour picture out.

The colours of a picture are counted first; weighted k-means over the counted colours is the exact
k-means over all pixels, at a fraction of the work (`pochade.palette_fit`). Every pixel then takes
the palette entry nearest to its colour, at full resolution.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.color.working import WorkingSpace, working_space
from pochade.errors import UsageError
from pochade.histogram import BinnedColors, ColorCounts, bin_colors, count_colors, map_nearest
from pochade.kmeans.palette_search import SearchSettings
from pochade.palette_fit import PaletteFit, assign_colors, fit_palette
from pochade.palette_task import FitSettings
from pochade.quantize_inputs import (
    as_image,
    as_palette,
    as_weights,
    protected_colors,
    thread_count,
    with_same_channels,
)
from pochade.quantize_options import QuantizeOptions
from pochade.quantize_result import QuantizeResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image, Palette

DEFAULT_K = 16

# The fast effort: bits a channel of the grid; one pixel in so many (more in large pictures) is
# sampled, in pictures of at least so many pixels; and a picture that fills fewer cells than this is
# counted exactly instead.
FAST_BITS = 5
FAST_STEP = 3
FAST_SAMPLED_FROM = 1 << 17
FAST_LEAST_CELLS = 512

Progress = Callable[[float], None]
Cancel = Callable[[], bool]


def quantize(
    image: Any,
    k: int | str | None = None,
    *,
    effort: str = "default",
    space: str = "srgb",
    seed: int = 0,
    threads: int | None = None,
    engine: str = "auto",
    init: str | None = None,
    iters: int | None = None,
    palette: Any = None,
    protect: Sequence[str | Sequence[int]] = (),
    guard: bool = True,
    weights: Any = None,
    quality: tuple[float, float] | None = None,
    target_de: float | None = None,
    max_bytes: int | None = None,
    dither: str = "none",
    dither_strength: float = 0.9,
    serpentine: bool = True,
    edge_aware: bool = True,
    resize: str | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> QuantizeResult:
    """Reduce a picture to its best k colours.

    Args:
        image: (h, w, c) uint8 array with c = 3 or 4 (straight alpha), or anything that
            `pochade.io.open_image` takes: a path, bytes, a PIL image, an https URL.
        k: number of colours, 1 to 65,536, or `"auto"`, `"auto:knee"`, `"auto:variance"`,
            `"auto:silhouette"`, `"auto:gap"`, `"auto:bic"` (docs/choose-k.md). None is 16, or up to
            256 when a target (`quality`, `target_de`, `max_bytes`) is given; a k given beside a
            target is its upper limit.
        effort: `"fast"` (binned colours; pixels are mapped through a colour table, so a few take
            the second-nearest entry), `"default"` (all colours, exact mapping) or `"max"`
            (restarts and a deep search).
        space: where distances are measured: `"srgb"`, `"oklab"` (perceptual), `"lab"`, `"linear"`.
        seed: where random choices start. Same seed, same bytes, on any number of threads.
        threads: number of threads; None takes all that this process may use.
        engine: `"auto"`, or one that `pochade engines` lists, as in `"torch:cuda"`.
        init: `"kmeans++"`, `"random"` or `"wu"`: plain k-means from this start, nothing else.
        iters: plain k-means with at most this many iterations, nothing else.
        palette: use these colours: (k, c) uint8, a sequence of `"#rrggbb"`, or a palette file.
        protect: colours that must be in the palette exactly, as `"#rrggbb"` or (r, g, b[, a]).
        guard: give small but distinct areas of colour an entry of their own.
        weights: (h, w) mask, uint8 or float, or a picture: pixels count by its brightness.
        quality: (least, most), 0..100: as few colours as reach `most`; below `least` is an error.
        target_de: as few colours as bring the mean CIEDE2000 difference to this or less.
        max_bytes: as many colours as fit into an indexed PNG of this size.
        dither: `"none"`, `"floyd-steinberg"`, `"sierra-lite"`, `"atkinson"`, `"bayer"`,
            `"blue-noise"`.
        dither_strength: share of the error that is spread, 0..1.
        serpentine: error diffusion walks the rows to and fro.
        edge_aware: dithering leaves flat areas flat.
        resize: `"WxH"` or a longest side, before anything else (see `pochade.io.resize`).
        progress: called with the share of the work done, 0..1.
        cancel: polled during the work; returning True raises CancelledError.

    Returns:
        The palette (most used colour first), centers, labels and picture; see `QuantizeResult`.
        Exactly k colours where the picture has that many. Ties go to the lower palette index.

    Raises:
        UsageError: an option makes no sense.
        InputError: the picture cannot be read.
        QualityNotReachedError: the lower `quality`, `target_de` or `max_bytes` cannot be reached.
        CancelledError: `cancel` returned True.

    >>> import numpy as np
    >>> picture = np.array([[[255, 0, 0], [250, 0, 0], [0, 0, 255]]], np.uint8)
    >>> quantize(picture, 2).palette.tolist()
    [[252, 0, 0], [0, 0, 255]]
    """
    options = QuantizeOptions(
        k=k,
        effort=effort,
        space=space,
        seed=seed,
        threads=threads,
        engine=engine,
        init=init,
        iters=iters,
        palette=palette,
        protect=protect,
        guard=guard,
        weights=weights,
        quality=quality,
        target_de=target_de,
        max_bytes=max_bytes,
        dither=dither,
        dither_strength=dither_strength,
        serpentine=serpentine,
        edge_aware=edge_aware,
        resize=resize,
    )
    return quantize_many([image], options=options, progress=progress, cancel=cancel)[0]


def quantize_many(
    images: Sequence[Any],
    k: int | str | None = None,
    *,
    options: QuantizeOptions | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[QuantizeResult, ...]:
    """Reduce several pictures, or the frames of an animation, to one shared palette.

    Args:
        images: pictures as for `quantize`; they may differ in size. If one has alpha, all get it.
        k: number of colours, as for `quantize`; overrides the one in `options`.
        options: the other settings.
        progress: as for `quantize`.
        cancel: as for `quantize`.

    Returns:
        One result for each picture, in order, all with the same palette.

    Raises:
        UsageError: no picture, or an option that makes no sense.
    """
    chosen = options or QuantizeOptions()
    if k is not None:
        chosen = replace(chosen, k=k)
    if not len(images):
        raise UsageError("there is no picture to quantize")
    pictures = with_same_channels([as_image(image, resize=chosen.resize) for image in images])
    search = SearchSettings(
        effort=chosen.effort,
        init=chosen.init,
        iters=chosen.iters,
        engine=chosen.engine,
        seed=chosen.seed,
        threads=thread_count(chosen.threads),
        progress=progress,
        cancel=cancel,
    )
    settings = FitSettings(search=search, guard=chosen.guard)
    return _Job(pictures, chosen, settings).run()


class _Job:
    """One call: the pictures, how to treat them, and the steps in order."""

    def __init__(
        self, pictures: list[Image], options: QuantizeOptions, settings: FitSettings
    ) -> None:
        self.pictures = pictures
        self.options = options
        self.settings = settings
        self.threads = settings.search.threads
        channels = pictures[0].shape[2]
        self.space: WorkingSpace = working_space(options.space, alpha=channels == 4)
        self.protect = protected_colors(options.protect, channels)
        self.masks = as_weights(options.weights, pictures)

    def run(self) -> tuple[QuantizeResult, ...]:
        """The results, one for each picture."""
        if self.options.palette is not None:
            return self._with_given_palette()
        binned = self._binned()
        if binned is not None:
            return self._results(*self._fast(binned), None)
        counts = count_colors(self.pictures, weights=self.masks, threads=self.threads)
        fit = self._fit(counts)
        if self.options.dither == "none":
            labels = [
                counts.labels_for(picture, fit.labels, threads=self.threads)
                for picture in self.pictures
            ]
        else:
            labels = [self._dithered(picture, fit.palette) for picture in self.pictures]
        return self._results(fit, labels, counts)

    def _binned(self) -> BinnedColors | None:
        """The colours in a grid, where the fast effort may use one; None asks for exact counts.

        A grid serves one opaque picture in sRGB. A picture whose colours are few is counted after
        all: cells would merge colours that k has room for.
        """
        options = self.options
        if options.effort != "fast" or len(self.pictures) > 1 or self.masks is not None:
            return None
        if self.space.alpha or options.space != "srgb" or not isinstance(options.k, int | None):
            return None
        if _has_target(options) or options.init is not None or options.iters is not None:
            return None
        k = options.k or DEFAULT_K
        picture = self.pictures[0]
        pixels = picture.shape[0] * picture.shape[1]
        step = 1 if pixels < FAST_SAMPLED_FROM else min(16, max(FAST_STEP, pixels >> 20))
        binned = bin_colors(picture, bits=FAST_BITS, step=step, threads=self.threads)
        return binned if len(binned) >= max(FAST_LEAST_CELLS, 4 * k) else None

    def _fast(self, binned: BinnedColors) -> tuple[PaletteFit, list[NDArray[Any]]]:
        """A palette for the means of the cells, and pixels mapped by their cell."""
        picture = self.pictures[0]
        k = self.options.k or DEFAULT_K
        fit = fit_palette(
            np.rint(binned.means).astype(np.uint8),
            binned.weights,
            int(k),
            self.space,
            self.settings,
            protect=self.protect,
            points=binned.means,
        )
        if self.options.dither != "none":
            return fit, [self._dithered(picture, fit.palette)]
        labels = binned.labels_for(picture, fit.labels, palette=fit.palette, threads=self.threads)
        return fit, [labels]

    def _fit(self, counts: ColorCounts) -> PaletteFit:
        """The palette for the counted colours, with as many entries as the options want."""
        options = self.options
        colors, weights = counts.colors, counts.weights

        def fit(k: int) -> PaletteFit:
            return fit_palette(colors, weights, k, self.space, self.settings, protect=self.protect)

        if not isinstance(options.k, str) and not _has_target(options):
            k = options.k or DEFAULT_K
            if len(self.protect) > k:
                raise UsageError(f"{len(self.protect)} protected colours do not fit into {k}")
            return fit(k)
        from pochade.auto_k import fit_by_options

        least = max(1, len(self.protect))
        return fit_by_options(
            options, colors, weights, fit, least=least, size=lambda f: self._png_bytes(counts, f)
        )

    def _png_bytes(self, counts: ColorCounts, fit: PaletteFit) -> int:
        """Size of all pictures as indexed PNGs with this palette."""
        from pochade.io.png import encode_indexed

        size = 0
        for picture in self.pictures:
            if self.options.dither == "none":
                labels = counts.labels_for(picture, fit.labels, threads=self.threads)
            else:
                labels = self._dithered(picture, fit.palette)
            size += len(encode_indexed(labels, fit.palette, threads=self.threads))
        return size

    def _dithered(self, picture: Image, palette: Palette) -> NDArray[Any]:
        from pochade.dither import METHODS, dither

        options = self.options
        method = next(name for name in METHODS if name == options.dither)
        return dither(
            picture,
            palette,
            method=method,
            strength=options.dither_strength,
            serpentine=options.serpentine,
            edge_aware=options.edge_aware,
            space="oklab" if options.space in ("oklab", "lab") else "auto",
            threads=self.threads,
            seed=options.seed,
        )

    def _with_given_palette(self) -> tuple[QuantizeResult, ...]:
        """Pixels go to the nearest colour of the palette that the caller gave."""
        options, threads = self.options, self.threads
        palette = as_palette(options.palette, self.pictures[0].shape[2])
        labels: list[NDArray[Any]] = []
        for picture in self.pictures:
            if options.dither != "none":
                labels.append(self._dithered(picture, palette))
            elif options.space == "srgb" and picture.shape[2] == 3:
                labels.append(map_nearest(picture, palette, threads=threads))
            else:
                counts = count_colors([picture], threads=threads)
                of_colors = assign_colors(
                    counts.colors, palette, self.space, engine=options.engine, threads=threads
                )
                labels.append(counts.labels_for(picture, of_colors, threads=threads))
        centers = self.space.centers(self.space.points(palette))
        none = np.empty(0, np.int32)
        fit = PaletteFit(palette, centers, none, "given palette", "colours were given", 0)
        return self._results(fit, labels, None)

    def _results(
        self, fit: PaletteFit, labels: list[NDArray[Any]], counts: ColorCounts | None
    ) -> tuple[QuantizeResult, ...]:
        masks: Sequence[NDArray[np.float32] | None] = self.masks or [None] * len(labels)
        alone = len(labels) == 1 and counts is not None
        return tuple(
            QuantizeResult(
                palette=fit.palette,
                centers=fit.centers,
                labels=of_picture,
                source=picture,
                weights=mask,
                space=self.space,
                options=self.options,
                engine=fit.engine,
                reason=fit.reason,
                n_iter=fit.n_iter,
                notes=fit.notes,
                counted=len(counts.colors) if alone and counts is not None else None,
            )
            for picture, of_picture, mask in zip(self.pictures, labels, masks, strict=True)
        )


def _has_target(options: QuantizeOptions) -> bool:
    """Whether the number of colours follows from a target."""
    targets = (options.quality, options.target_de, options.max_bytes)
    return any(target is not None for target in targets)
