"""One picture in every number of colours of a range, in one pass.

The picture's colours are counted once and put into an engine once. What each k found helps its
neighbours (`pochade.kmeans.sweep`), and a rule says which k to take (`pochade.k_rules`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.color.working import working_space
from pochade.histogram import count_colors
from pochade.k_rules import KChoice
from pochade.kmeans.engines.registry import choose_engine
from pochade.kmeans.palette_search import SearchSettings
from pochade.kmeans.sweep import SweepData, Swept, iterate_centers, sweep_centers
from pochade.palette_fit import PaletteFit, fit_around, fixed_entries
from pochade.palette_task import FitSettings, FitTask, open_away, open_task
from pochade.quantize_inputs import as_image, thread_count
from pochade.sweep_options import DEFAULT_KS, SweepOptions
from pochade.sweep_result import SweepResult, SweepStep, SweptPicture

if TYPE_CHECKING:
    from pochade.types import Palette

# Plain k-means without a number of iterations stops by itself long before this.
PLAIN_ITERATIONS = 300

Progress = Callable[[float], None]
Cancel = Callable[[], bool]


def sweep(
    image: Any,
    k: str | int | Sequence[int] = DEFAULT_KS,
    *,
    rule: str = "knee",
    target_de: float | None = None,
    space: str = "srgb",
    iters: int | Sequence[int] = (),
    init: str | None = None,
    effort: str = "default",
    engine: str = "auto",
    seed: int = 0,
    threads: int | None = None,
    resize: str | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> SweepResult:
    """Reduce a picture to every number of colours of a range, and choose one.

    The palettes are those of k-means alone: unlike `quantize`, no entry is set aside for small
    areas, and in every space the mean squared distance is the error.

    Args:
        image: (h, w, c) uint8 array with c = 3 or 4 (straight alpha), or anything that
            `pochade.io.open_image` takes: a path, bytes, a PIL image, an https URL.
        k: numbers of colours: "2:15", "4:64:4", "2,4,8", one number, or a sequence of numbers.
            Those beyond the number of colours in the picture are left out, with a note.
        rule: what chooses among them: `"knee"`, `"silhouette"`, `"gap"` or `"bic"`.
        target_de: choose the smallest k of this mean CIEDE2000 difference or less, instead.
        space: where distances are measured: `"srgb"`, `"oklab"`, `"lab"`, `"linear"`.
        iters: plain k-means with so many iterations; a sequence makes a grid of k by iterations.
        init: plain k-means from this start: `"kmeans++"`, `"random"` or `"wu"`.
        effort: `"fast"`, `"default"` or `"max"`.
        engine: `"auto"`, or one that `pochade engines` lists, as in `"torch:cuda"`.
        seed: where random choices start. Same seed, same bytes, on any number of threads.
        threads: number of threads; None takes all that this process may use.
        resize: `"WxH"` or a longest side, before anything else (see `pochade.io.resize`).
        progress: called with the share of the work done, 0..1.
        cancel: polled during the work; returning True raises CancelledError.

    Returns:
        A result for each k, the choice, and ways to see and save them; see `SweepResult`. The
        inertia never rises with k (except for plain k-means, which may end anywhere).

    Raises:
        UsageError: an option makes no sense.
        InputError: the picture cannot be read.
        CancelledError: `cancel` returned True.

    >>> import numpy as np
    >>> picture = np.array([[[255, 0, 0], [250, 0, 0], [0, 0, 255], [0, 9, 255]]], np.uint8)
    >>> [round(step.inertia, 1) for step in sweep(picture, "1:3").results]
    [128854.5, 53.0, 12.5]
    """
    options = SweepOptions(
        k=k,
        rule=rule,
        target_de=target_de,
        space=space,
        iters=(iters,) if isinstance(iters, int) else tuple(iters),
        init=init,
        effort=effort,
        engine=engine,
        seed=seed,
        threads=threads,
        resize=resize,
    )
    return run_sweep(image, options, progress=progress, cancel=cancel)


def choose_k(
    image: Any,
    k: str | int | Sequence[int] = DEFAULT_KS,
    *,
    rule: str = "knee",
    target_de: float | None = None,
    space: str = "srgb",
    effort: str = "default",
    engine: str = "auto",
    seed: int = 0,
    threads: int | None = None,
    resize: str | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> KChoice:
    """The number of colours that suits a picture, by a rule; docs/choose-k.md compares the rules.

    Args:
        image: as for `sweep`.
        k: the numbers to choose from, as for `sweep`.
        rule: `"knee"` (where more colours stop paying), `"silhouette"` (sampled), `"gap"` or
            `"bic"`.
        target_de: the smallest k of this mean CIEDE2000 difference or less, instead.
        space: as for `sweep`, and so are the others.
        effort: see there.
        engine: see there.
        seed: see there.
        threads: see there.
        resize: see there.
        progress: see there.
        cancel: see there.

    Returns:
        The k, and the score of each k that was looked at.

    >>> import numpy as np
    >>> rows = np.array([40, 120, 200])[:, None, None]
    >>> picture = np.random.default_rng(0).normal(rows, 4, (3, 400, 3)).astype(np.uint8)
    >>> choose_k(picture, "2:6", rule="silhouette").k
    3
    """
    found = sweep(
        image,
        k,
        rule=rule,
        target_de=target_de,
        space=space,
        effort=effort,
        engine=engine,
        seed=seed,
        threads=threads,
        resize=resize,
        progress=progress,
        cancel=cancel,
    )
    return found.choice


def run_sweep(
    image: Any,
    options: SweepOptions,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> SweepResult:
    """`sweep` with its options in one object."""
    pixels = as_image(image, resize=options.resize)
    threads = thread_count(options.threads)
    counts = count_colors([pixels], threads=threads)
    space = working_space(options.space, alpha=pixels.shape[2] == 4)
    picture = SweptPicture(pixels, counts, space, threads)
    search = SearchSettings(
        effort=options.effort,
        init=options.init,
        iters=max(options.iters, default=None),
        engine=options.engine,
        seed=options.seed,
        threads=threads,
        progress=progress,
        cancel=cancel,
    )
    settings = FitSettings(search=search, guard=False)
    chosen, reason = choose_engine(options.engine, k=1, d=space.dimensions)
    ks, note = possible_ks(options.ks, picture.visible)
    job = _Job(picture, options, settings)
    rows = job.grid(ks) if options.plain else (job.searched(ks),)
    return SweepResult(
        results=rows[-1],
        grid=rows if options.iters else (),
        picture=picture,
        options=options,
        engine=chosen.describe().name,
        reason=reason,
        notes=(note,) if note else (),
    )


def possible_ks(ks: Sequence[int], visible: int) -> tuple[tuple[int, ...], str]:
    """The ks that make a difference, and a note where some are left out.

    Args:
        ks: rising.
        visible: number of colours in the picture, full transparency not counted.

    >>> possible_ks((2, 4, 8), 5)
    ((2, 4, 5), 'the picture has only 5 colours: k = 5 keeps them all, larger k are left out')
    """
    if ks[-1] <= visible:
        return tuple(ks), ""
    fewer = tuple(k for k in ks if k < visible)
    plural = "colour" if visible == 1 else "colours"
    keeps = "keeps it" if visible == 1 else "keeps them all"
    note = f"the picture has only {visible} {plural}: k = {visible} {keeps}, larger k are left out"
    return (*fewer, visible), note


class _Prepared(NamedTuple):
    """The colours of a picture in an engine, and what stays fixed."""

    task: FitTask
    fixed: Palette
    data: SweepData


class _Job:
    """One call: the counted picture, and how to search."""

    def __init__(self, picture: SweptPicture, options: SweepOptions, settings: FitSettings) -> None:
        self.picture = picture
        self.options = options
        self.settings = settings

    def searched(self, ks: Sequence[int]) -> tuple[SweepStep, ...]:
        """The best of each k."""
        below = [k for k in ks if k < self.picture.visible]
        steps: list[SweepStep] = []
        if below:
            prepared = self._prepared(below[-1])
            free = self._free(below, prepared.fixed)
            swept = {
                one.k: one
                for one in sweep_centers(prepared.data, sorted(set(free)), self.settings.search)
            }
            steps = [self._step(prepared, swept[f], k) for k, f in zip(below, free, strict=True)]
        return (*steps, *(self._whole(k, None) for k in ks[len(below) :]))

    def grid(self, ks: Sequence[int]) -> tuple[tuple[SweepStep, ...], ...]:
        """Plain k-means: a row for each number of iterations, in each a step for each k."""
        iterations = sorted({int(n) for n in self.options.iters}) or [PLAIN_ITERATIONS]
        below = [k for k in ks if k < self.picture.visible]
        columns: list[list[SweepStep]] = []
        if below:
            prepared = self._prepared(below[-1])
            search = self.settings.search
            for place, k in enumerate(below):
                (free,) = self._free([k], prepared.fixed)
                runs = iterate_centers(prepared.data, free, iterations, search)
                columns.append(
                    [
                        self._step(prepared, run, k, asked)
                        for run, asked in zip(runs, iterations, strict=True)
                    ]
                )
                if search.progress is not None:
                    search.progress((place + 1) / len(below))
        whole = [[self._whole(k, asked) for asked in iterations] for k in ks[len(below) :]]
        return tuple(zip(*columns, *whole, strict=True))

    def _prepared(self, most: int) -> _Prepared:
        """Everything that all ks share."""
        counts, space = self.picture.counts, self.picture.space
        task = open_task(counts.colors, counts.weights, most, space, self.settings)
        fixed, fused = fixed_entries(counts.colors), task.engine.describe().fused
        if not len(fixed):
            held = np.empty((0, space.dimensions), np.float32)
            data = SweepData(task.session, task.points, task.weights, task.session, held, fused)
            return _Prepared(task, fixed, data)
        held = space.points(fixed)
        points, weights, session = open_away(task, held, most)
        data = SweepData(task.session, points, weights, session, held, fused)
        return _Prepared(task, fixed, data)

    def _free(self, ks: Sequence[int], fixed: Palette) -> list[int]:
        """Of each k, the entries that are not fixed; transparency leaves at least one."""
        return [max(1, k - len(fixed)) for k in ks]

    def _step(
        self, prepared: _Prepared, swept: Swept, k: int, asked: int | None = None
    ) -> SweepStep:
        whole = len(swept.centers) + len(prepared.fixed)
        fit = fit_around(prepared.task, swept.centers, prepared.fixed, whole)
        return self._made(fit, k, swept.inertia, swept.n_iter, swept.seconds, asked)

    def _whole(self, k: int, asked: int | None) -> SweepStep:
        """The step that keeps every colour."""
        colors, space = self.picture.counts.colors, self.picture.space
        order = np.argsort(-self.picture.counts.weights, kind="stable")
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        palette = np.ascontiguousarray(colors[order])
        centers = space.centers(space.points(palette))
        fit = PaletteFit(palette, centers, rank, "", "", 0)
        return self._made(fit, k, 0.0, 0, 0.0, asked)

    def _made(
        self,
        fit: PaletteFit,
        k: int,
        inertia: float,
        n_iter: int,
        seconds: float,
        asked: int | None,
    ) -> SweepStep:
        few = len(fit.palette) <= 256
        return SweepStep(
            k=k,
            palette=fit.palette,
            centers=fit.centers,
            color_labels=fit.labels.astype(np.uint8 if few else np.uint16),
            inertia=inertia,
            n_iter=n_iter,
            iters=asked,
            seconds=seconds,
            picture=self.picture,
        )
