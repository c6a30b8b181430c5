"""What `sweep` returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pochade.color.working import WorkingSpace
    from pochade.histogram import ColorCounts
    from pochade.k_rules import KChoice
    from pochade.kmeans.scores import Score
    from pochade.sweep_options import SweepOptions
    from pochade.types import Image, Palette

FRAME_TIME = 600.0
"""Milliseconds that an animation shows each k, unless told otherwise."""
HOLD = 2000.0
"""Milliseconds that it shows the original at the end."""


class SweptPicture(NamedTuple):
    """A picture and its counted colours, which all steps of a sweep share.

    Attributes:
        pixels: (h, w, c) uint8, not copied.
        counts: its distinct colours.
        space: where distances are measured.
        threads: how many the kernels may use.
    """

    pixels: Image
    counts: ColorCounts
    space: WorkingSpace
    threads: int

    @property
    def visible(self) -> int:
        """Number of colours, full transparency not counted; at least 1."""
        colors = self.counts.colors
        clear = colors.shape[1] == 4 and bool((colors[:, 3] == 0).any())
        return max(1, len(colors) - int(clear))

    @property
    def variance(self) -> float:
        """Mean squared distance of the pixels to their mean: the error of a single colour."""
        weights = self.counts.weights.astype(np.float64)
        columns = self.space.points(self.counts.colors).T
        means = [np.average(column, weights=weights) for column in columns]
        return sum(
            float(np.average(np.square(column - mean), weights=weights))
            for column, mean in zip(columns, means, strict=True)
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class SweepStep:
    """The picture in k colours. In a notebook it shows itself.

    Attributes:
        k: number of colours asked for. A picture with transparency has an entry for it among
            them, or on top where every visible colour is kept (and beside a single one).
        palette: (len, c) uint8, the most used colour first.
        centers: (len, d) float64: the entries before rounding, in the chosen space.
        color_labels: (m,) the entry of each counted colour.
        inertia: sum over pixels of the squared distance to their centre, before rounding to 8
            bits, in the working space: what k-means lessens.
        n_iter: Lloyd steps done; of a search, those of its last loop.
        iters: the most iterations allowed, for plain k-means with `iters`; else None.
        seconds: wall time of this k.
        picture: what was reduced, shared by all steps.
    """

    k: int
    palette: Palette
    centers: NDArray[np.float64]
    color_labels: NDArray[Any] = field(repr=False)
    inertia: float
    n_iter: int
    iters: int | None
    seconds: float
    picture: SweptPicture = field(repr=False)

    @property
    def labels(self) -> NDArray[Any]:
        """(h, w) uint8, or uint16 beyond 256 entries; made anew at each use, to save memory."""
        shared = self.picture
        return shared.counts.labels_for(shared.pixels, self.color_labels, threads=shared.threads)

    @property
    def image(self) -> Image:
        """(h, w, c) uint8: the picture in its palette's colours; made anew at each use."""
        return np.take(self.palette, self.labels, axis=0)

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """(len(palette),) share of the pixels that each entry covers."""
        counts = self.picture.counts.counts.astype(np.float64)
        sums = np.bincount(self.color_labels, counts, minlength=len(self.palette))
        return np.asarray(sums / counts.sum(), np.float64)

    @cached_property
    def mse(self) -> float:
        """Mean over pixels of the summed squared RGB error; with alpha, over black and white."""
        from pochade.auto_k import mean_squared_error

        counts = self.picture.counts
        return mean_squared_error(counts.colors, counts.weights, self.palette, self.color_labels)

    @property
    def psnr(self) -> float:
        """Peak signal to noise ratio in dB; infinite where every colour is kept."""
        return 10 * float(np.log10(3 * 255**2 / self.mse)) if self.mse else float("inf")

    @cached_property
    def ciede2000(self) -> float:
        """Mean CIEDE2000 difference over pixels."""
        from pochade.auto_k import mean_difference

        counts = self.picture.counts
        return mean_difference(counts.colors, counts.weights, self.palette, self.color_labels)

    @cached_property
    def bytes(self) -> int:
        """Size of the picture as an indexed PNG; with full-colour pixels beyond 256 entries."""
        return len(self._encoded("png"))

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the picture; the suffix decides the format (.png .gif .webp .bmp .tif).

        Raises:
            OutputError: the file exists, or cannot be written.
            UsageError: the suffix names no format.
        """
        from pathlib import Path

        from pochade.io.save import save_indexed

        save_indexed(path, self.labels, self.palette, overwrite=overwrite)
        return Path(path)

    def _encoded(self, form: str) -> Any:
        from pochade.io.save import SaveOptions, save_indexed

        options = SaveOptions(threads=self.picture.threads)
        return save_indexed(None, self.labels, self.palette, format=form, options=options)

    def _repr_png_(self) -> Any:
        """The picture, for notebooks."""
        return self._encoded("png")


@dataclass(frozen=True, kw_only=True, eq=False)
class SweepResult:
    """A picture in many numbers of colours. In a notebook it shows its panel.

    Figures that take time (bytes, colour differences, silhouettes) are worked out when first asked
    for, and then kept.

    Attributes:
        results: a step for each k, rising; with several `iters`, those of the most iterations.
        grid: with `iters`, a row for each number of iterations, rising; each row as `results`.
        picture: what was reduced.
        options: every setting that was used.
        engine: name of the engine that did the arithmetic.
        reason: why that engine.
        notes: sentences worth showing, such as that the picture has fewer than k colours.
    """

    results: tuple[SweepStep, ...]
    grid: tuple[tuple[SweepStep, ...], ...]
    picture: SweptPicture = field(repr=False)
    options: SweepOptions
    engine: str
    reason: str
    notes: tuple[str, ...]

    @property
    def ks(self) -> tuple[int, ...]:
        """The numbers of colours, rising."""
        return tuple(step.k for step in self.results)

    @property
    def source(self) -> Image:
        """(h, w, c) uint8, the picture before."""
        return self.picture.pixels

    def __getitem__(self, k: int) -> SweepStep:
        """The step of k colours.

        Raises:
            KeyError: this k was not swept.
        """
        for step in self.results:
            if step.k == k:
                return step
        raise KeyError(k)

    @cached_property
    def choice(self) -> KChoice:
        """The k that the rule of the options chooses, and its scores."""
        from pochade import k_rules

        options = self.options
        if options.target_de is not None:
            differences = [step.ciede2000 for step in self.results]
            return k_rules.by_target(self.ks, differences, options.target_de)
        if options.rule == "silhouette":
            return k_rules.by_silhouette(self.ks, self.silhouettes)
        if options.rule == "gap":
            return k_rules.by_gap(self.ks, self.gaps)
        if options.rule == "bic":
            return k_rules.by_bic(self.ks, self.bics)
        total = float(self.picture.counts.weights.sum(dtype=np.float64))
        space = self.picture.space
        return k_rules.by_knee(
            self.ks,
            [step.inertia / total for step in self.results],
            whole=self.picture.variance,
            last=options.ks[-1],
            floor=space.least_variance * space.dimensions,
        )

    @property
    def chosen(self) -> int:
        """The k that the rule of the options chooses."""
        return self.choice.k

    @cached_property
    def silhouettes(self) -> tuple[Score, ...]:
        """For each k the mean silhouette over a sample of pixels, and its standard error."""
        from pochade.kmeans.scores import silhouettes

        counts = self.picture.counts
        points = self.picture.space.points(counts.colors)
        labelings = [step.color_labels for step in self.results]
        seed = self.options.seed
        return tuple(silhouettes(points, counts.weights, labelings, seed=seed))

    def table(self) -> dict[str, list[Any]]:
        """The figures as columns, a row for each step (of the grid, where there is one).

        `pandas.DataFrame(result.table())` makes a data frame of it.
        """
        rows = self.grid or (self.results,)
        steps = [row[place] for place in range(len(self.results)) for row in rows]
        columns: dict[str, list[Any]] = {"k": [step.k for step in steps]}
        if self.grid:
            columns["iters"] = [step.iters for step in steps]
            columns["n_iter"] = [step.n_iter for step in steps]
        for name in ("inertia", "psnr", "ciede2000", "bytes", "seconds"):
            columns[name] = [getattr(step, name) for step in steps]
        return columns

    def save_gif(
        self,
        path: str | Path,
        *,
        frame_time: float = FRAME_TIME,
        hold: float = HOLD,
        loop: int = 0,
        labels: bool = False,
        overwrite: bool = False,
    ) -> Path:
        """Write an animation of all ks that ends on the original.

        A GIF has at most 256 colours a frame: its last frame is the original in the best 256, with
        a palette of its own. APNG and WebP keep it exactly.

        Args:
            path: the file; .gif, .png or .apng, or .webp decides the form.
            frame_time: milliseconds for each k.
            hold: milliseconds for the original.
            loop: how often it plays; 0 is for ever.
            labels: write "k = 8" under each frame, on a strip of its own.
            overwrite: replace an existing file. It is replaced whole or not at all.

        Returns:
            The path written.

        Raises:
            OutputError: the file exists, or cannot be written.
            UsageError: an unknown suffix, or times out of range.
        """
        from pochade.plot.frames import Timing, animation, form_of

        timing = Timing(frame_time, hold, loop, labels)
        form = form_of(path)
        return _written(path, lambda: animation(self, form, timing), overwrite=overwrite)

    save = save_gif

    def panel(self, path: str | Path | None = None, *, overwrite: bool = False) -> bytes:
        """A sheet of all pictures with k, PSNR and bytes under each, and the original: a PNG.

        With several `iters`, a row for each.

        Args:
            path: where to write it, or None.
            overwrite: replace an existing file.
        """
        from pochade.plot.sweep import panel

        data = panel(self)
        if path is not None:
            _written(path, lambda: data, overwrite=overwrite)
        return data

    def elbow(
        self, path: str | Path | None = None, *, format: str = "png", overwrite: bool = False
    ) -> bytes:
        """A plot of error and silhouette over k with the chosen k marked. Needs the `plot` extra.

        Args:
            path: where to write it (.png or .svg), or None.
            format: "png" or "svg", where there is no path.
            overwrite: replace an existing file.

        Raises:
            EngineUnavailableError: matplotlib is not installed.
        """
        from pochade.plot.elbow import elbow_plot, plot_form

        data = elbow_plot(self, format if path is None else plot_form(path))
        if path is not None:
            _written(path, lambda: data, overwrite=overwrite)
        return data

    @cached_property
    def bics(self) -> tuple[float, ...]:
        """For each k the Bayesian information criterion; larger is better."""
        from pochade.kmeans.scores import bic

        least, d = self.picture.space.least_variance, self.picture.space.dimensions
        total = float(self.picture.counts.counts.sum())
        return tuple(
            bic(step.inertia, (step.shares * total).tolist(), d, least_variance=least)
            for step in self.results
        )

    @cached_property
    def gaps(self) -> tuple[Score, ...]:
        """For each k the gap statistic and its standard error."""
        from pochade.kmeans.palette_search import SearchSettings
        from pochade.kmeans.scores import gaps

        counts, options = self.picture.counts, self.options
        settings = SearchSettings(
            engine=options.engine, seed=options.seed, threads=self.picture.threads
        )
        found = gaps(
            self.picture.space.points(counts.colors),
            counts.weights,
            self.ks,
            [step.inertia for step in self.results],
            settings,
            least_variance=self.picture.space.least_variance,
        )
        return tuple(found)

    def _repr_png_(self) -> bytes:
        """The panel, for notebooks."""
        return self.panel()


def _written(path: str | Path, make: Callable[[], bytes], *, overwrite: bool) -> Path:
    """Make a file and write it, unless it is there already and may not be replaced."""
    import os
    from pathlib import Path

    from pochade.errors import OutputError
    from pochade.io.write import atomic_write

    if not overwrite and os.path.lexists(path):
        raise OutputError(f"{path} exists already; use overwrite=True to replace it")
    atomic_write(path, make(), overwrite=overwrite)
    return Path(path)
