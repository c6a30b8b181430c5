"""One picture by every engine: the same data, the same start, the same arithmetic asked for.

Each engine runs in a process of its own (`pochade.comparing.worker`), one after the other. What
they found is then measured by one piece of code (`pochade.comparing.measure`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.color.working import WorkingSpace, working_space
from pochade.compare_options import DEFAULT_K, CompareOptions
from pochade.compare_result import CompareResult, EngineRun, Memory, Seconds
from pochade.comparing import memory
from pochade.comparing.contestants import YARDSTICK, Contestant, contestants
from pochade.comparing.job import PIXELS, START, WEIGHTS, Job
from pochade.comparing.machine import busy, machine
from pochade.comparing.measure import (
    Clustering,
    agreement,
    by_use,
    clustering,
    errors,
    in_order_of,
)
from pochade.comparing.naive import naive_version
from pochade.comparing.processes import Found, run_job
from pochade.errors import EngineUnavailableError, UsageError
from pochade.histogram import ColorCounts, count_colors
from pochade.kmeans.driver import draw_start
from pochade.kmeans.engines.registry import choose_engine, engines
from pochade.kmeans.opening import open_session
from pochade.plot.compare_words import size
from pochade.quantize_inputs import as_image, thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image

PATIENCE = 10.0
"""Seconds of warm runs after which no other is begun."""
MEMORY_SHARE = 0.8
"""A naive version may ask for this share of the memory that is to be had."""

Progress = Callable[[float], None]
Cancel = Callable[[], bool]


def compare(
    image: Any,
    k: int = DEFAULT_K,
    *,
    engines: Sequence[str] = (),
    naive: bool = False,
    iters: int = 10,
    init: str = "kmeans++",
    space: str = "srgb",
    data: str = "pixels",
    repeats: int = 5,
    limit: float = 300.0,
    seed: int = 0,
    threads: int | None = None,
    resize: str | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> CompareResult:
    """Cluster a picture's colours with every engine, and say how fast, how large, how alike.

    All get the same points and the same centres to start from, and do plain k-means: `iters`
    iterations, then the labels. Each runs in a fresh process, one after the other.

    Args:
        image: (h, w, c) uint8 array with c = 3 or 4 (straight alpha), or anything that
            `pochade.io.open_image` takes: a path, bytes, a PIL image, an https URL.
        k: number of colours, 1 to 4,096.
        engines: names of engines, as `"native"` or `"torch:cuda"`, and of naive versions; none:
            every engine. One that is not here is shown as missing, unless it is named.
        naive: include k-means as tutorials write it, to see why that is slow or wrong.
        iters: iterations; fewer are done only where nothing moves any more.
        init: the start, drawn once for all: `"kmeans++"`, `"random"` or `"wu"`.
        space: where distances are measured: `"srgb"`, `"oklab"`, `"lab"`, `"linear"`.
        data: `"pixels"`, every pixel a point, or `"colors"`, the counted colours with weights.
        repeats: warm runs, whose median is told; fewer where they take over ten seconds.
        limit: seconds after which an engine is stopped.
        seed: where random choices start.
        threads: processors that each may use; None: all.
        resize: `"WxH"` or a longest side, before anything else (see `pochade.io.resize`).
        progress: called with the share of the work done, 0..1.
        cancel: polled during the work; returning True raises CancelledError.

    Returns:
        A run for each engine, with times, memory, errors and agreement; see `CompareResult`. An
        engine that fails is among them, with the reason.

    Raises:
        UsageError: an option makes no sense, or names no engine.
        EngineUnavailableError: a named engine is not installed; the message says how to.
        InputError: the picture cannot be read.
        CancelledError: `cancel` returned True.

    >>> import numpy as np
    >>> picture = np.array([[[250, 0, 0], [240, 0, 0], [245, 0, 0], [0, 0, 250]]], np.uint8)
    >>> found = compare(picture, 2, engines=["reference"], repeats=1)
    >>> found["reference"].palette.tolist(), found["reference"].errors.inertia
    ([[245, 0, 0], [0, 0, 250]], 50.0)
    """
    options = CompareOptions(
        k=k,
        space=space,
        engines=engines if isinstance(engines, str) else tuple(engines),
        naive=naive,
        iters=iters,
        init=init,
        data=data,
        repeats=repeats,
        limit=limit,
        seed=seed,
        threads=threads,
        resize=resize,
    )
    return run_compare(image, options, progress=progress, cancel=cancel)


def run_compare(
    image: Any,
    options: CompareOptions,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> CompareResult:
    """`compare` with its options in one object."""
    picture = as_image(image, resize=options.resize)
    space = working_space(options.space, alpha=picture.shape[2] == 4)
    counts = count_colors([picture], threads=thread_count(options.threads))
    start = drawn_start(counts, space, options)
    task = _Task(picture, counts, space, start, options)
    wanted = contestants(options, k=len(start), d=space.dimensions)
    runs: list[EngineRun] = []
    doubt = busy()
    with tempfile.TemporaryDirectory(prefix="pochade-compare-") as folder:
        task.lay_out(Path(folder))
        for place, one in enumerate(wanted):
            runs.append(task.run(one, Path(folder), cancel))
            if progress is not None:
                progress((place + 1) / len(wanted))
    judged, yardstick = judge(runs, picture, space)
    return CompareResult(
        runs=tuple(judged),
        source=picture,
        k=len(start),
        points=task.points,
        space=space,
        options=options,
        yardstick=yardstick,
        start=start,
        machine=machine(options.threads),
        notes=(*task.notes(judged), *([doubt] if doubt else [])),
    )


def drawn_start(
    counts: ColorCounts, space: WorkingSpace, options: CompareOptions
) -> NDArray[np.float64]:
    """(k, d) centres to start from; fewer where the picture has fewer colours.

    Drawn from the counted colours: by weight, that is drawing from the pixels.
    """
    here = {record.name for record in engines() if record.available}
    engine, _ = choose_engine("native" if "native" in here else "reference")
    points, weights = space.points(counts.colors), counts.weights
    session = open_session(engine, points, weights, threads=thread_count(options.threads))
    k = min(options.k, len(points))
    return draw_start(session, points, weights, k, method=options.init, seed=options.seed)


class _Task(NamedTuple):
    """One picture, counted, and how it is to be clustered."""

    picture: Image
    counts: ColorCounts
    space: WorkingSpace
    start: NDArray[np.float64]
    options: CompareOptions

    @property
    def points(self) -> int:
        """How many points are clustered."""
        if self.options.data == "colors":
            return len(self.counts)
        height, width = self.picture.shape[:2]
        return int(height * width)

    def lay_out(self, folder: Path) -> None:
        """Put what every engine is given where the processes find it."""
        np.save(folder / START, self.start)
        if self.options.data == "colors":
            np.save(folder / PIXELS, self.counts.colors)
            np.save(folder / WEIGHTS, self.counts.weights)
        else:
            np.save(folder / PIXELS, self.picture.reshape(-1, self.picture.shape[2]))

    def run(self, one: Contestant, folder: Path, cancel: Cancel | None) -> EngineRun:
        """Run one engine to its end.

        Raises:
            EngineUnavailableError: it was named, and a device or setting is not there.
            CancelledError: `cancel` returned True.
        """
        if one.missing:
            return _without_result(one, "missing", one.missing, 0)
        too_much = self.too_much(one)
        if too_much:
            return _without_result(one, "failed", too_much, 3)
        out = folder / "out"
        out.mkdir()
        job = Job(
            folder=str(folder),
            out=str(out),
            name=one.name,
            naive=one.naive,
            space=self.options.space,
            iters=self.options.iters,
            repeats=self.options.repeats,
            patience=PATIENCE,
            limit=self.options.limit,
            threads=self.options.threads,
        )
        found = run_job(job, limit=self.options.limit, cancel=cancel)
        shutil.rmtree(out)
        error, code = found.report.error, found.report.exit_code
        if not error:
            return self.with_result(one, found)
        if code != UsageError.exit_code:
            return _without_result(one, "failed", error, code)
        # Only the process that loads an engine finds out that its device is not there.
        if one.name in self.options.engines:
            raise EngineUnavailableError(error)
        return _without_result(one, "missing", error, 0)

    def too_much(self, one: Contestant) -> str:
        """Say that a naive version would need more memory than there is, or nothing.

        Engines work in blocks; the naive versions would take down the machine with them.
        """
        version = naive_version(one.name)
        room = memory.available()
        if version is None or room is None:
            return ""
        need = version.peak_bytes(self.points, *self.start.shape)
        if need <= MEMORY_SHARE * room:
            return ""
        return f"it would hold {size(need)} at once, and {size(room)} are left, so it was not run"

    def with_result(self, one: Contestant, found: Found) -> EngineRun:
        """A run that came to its end; entries as the engine ordered them."""
        report = found.report
        assert found.centers is not None
        assert found.labels is not None
        labels = found.labels
        if self.options.data == "colors":
            labels = self.counts.labels_for(self.picture, labels)
        height, width = self.picture.shape[:2]
        clusters = clustering(found.centers, labels.reshape(height, width), self.space)
        known = report.library is not None and report.peak is not None
        return EngineRun(
            name=one.name,
            naive=one.naive,
            state="done",
            reason="",
            exit_code=0,
            summary=one.summary,
            lesson=one.lesson,
            version=one.version,
            device=report.device,
            seconds=Seconds(report.load, report.first, report.warm),
            memory=Memory(report.library or 0, report.peak or 0) if known else None,
            n_iter=report.n_iter,
            repeatable=report.repeatable,
            clusters=clusters,
        )

    def notes(self, runs: Sequence[EngineRun]) -> list[str]:
        """What a reader should know."""
        notes = []
        found, asked = len(self.start), self.options.k
        if found < asked:
            colors = "1 colour" if found == 1 else f"{found:,} colours"
            notes.append(f"the picture has only {colors}: k = {found}")
        for run in runs:
            if not run.repeatable:
                notes.append(f"{run.name} does not give the same bytes in every run")
        return notes


def _without_result(one: Contestant, state: str, reason: str, code: int) -> EngineRun:
    return EngineRun(
        name=one.name,
        naive=one.naive,
        state=state,
        reason=reason,
        exit_code=code,
        summary=one.summary,
        lesson=one.lesson,
        version=one.version,
    )


def judge(
    runs: Sequence[EngineRun], picture: Image, space: WorkingSpace
) -> tuple[list[EngineRun], str]:
    """The runs with their errors and agreement, and the name of the yardstick."""
    done = [run for run in runs if run.done]
    if not done:
        return list(runs), ""
    # the yardstick; else an engine before a naive version; else the first
    first = min(done, key=lambda run: (run.name != YARDSTICK, run.naive))
    assert first.clusters is not None
    standard = by_use(first.clusters)
    judged = []
    for run in runs:
        if run.clusters is None:
            judged.append(run)
            continue
        same = run is first
        mine, matched = (
            (standard, len(standard.centers)) if same else in_order_of(run.clusters, standard)
        )
        judged.append(_judged(run, mine, standard, matched, picture, space))
    return judged, first.name


def _judged(
    run: EngineRun,
    mine: Clustering,
    standard: Clustering,
    matched: int,
    picture: Image,
    space: WorkingSpace,
) -> EngineRun:
    return replace(
        run,
        clusters=mine,
        errors=errors(picture, mine, space),
        agreement=agreement(mine, standard, matched, space),
    )
