"""Runs one engine in a process of its own: cold once, then warm, and writes what it measured.

A process of its own, so that each engine pays for its own imports and compilation, and its memory
can be told from that of the others. Reading the data and loading NumPy, which all of them need,
is done before the clock starts.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np

from pochade.comparing import memory
from pochade.comparing.job import CENTERS, LABELS, PIXELS, REPORT, START, WEIGHTS, Job, Report
from pochade.errors import PochadeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Points, Weights


LIMIT_SHARE = 0.8
"""Of the limit, how much may be used up by warm runs."""
STDIN = 0


class Data(NamedTuple):
    """What every engine is given."""

    points: Points
    weights: Weights | None
    start: NDArray[np.float64]


class Fitted(NamedTuple):
    """What a run gave: (k, d) float64 centres, (n,) labels, iterations done."""

    centers: NDArray[np.float64]
    labels: NDArray[Any]
    n_iter: int


class Fit(NamedTuple):
    """A loaded engine: what runs it from the start to labels, and its device, if it says."""

    run: Callable[[], Fitted]
    device: str = ""


def main(words: dict[str, Any]) -> NoReturn:
    """Do a job given as the fields of a `Job`, and end the process.

    Its report is a file, written last.
    """
    job = Job(**words)
    confine(job.threads)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        report = measure(job)
    except Exception as error:
        report = Report(error=sentence(error), exit_code=code_of(error))
    path = Path(job.out) / REPORT
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(report)), "utf-8")
    part.replace(path)
    os._exit(0)  # no library takes itself apart first, which some do slowly


def confine(threads: int | None) -> None:
    """Keep this process to so many processors, which every library then takes for all there are."""
    if threads is not None and hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, allowed[:threads])


def measure(job: Job) -> Report:
    """Run the job and save what it found."""
    from pochade.kmeans.driver import kmeans  # common to all: not part of anyone's cold start

    del kmeans
    data = read(job)
    memory.forget_peak()
    before = memory.now()
    begin = perf_counter()
    fit = prepare(job, data)
    load = perf_counter() - begin
    loaded = memory.now()
    begin = perf_counter()
    found = fit.run()
    first = perf_counter() - begin
    most = memory.peak()
    folder = Path(job.out)
    np.save(folder / CENTERS, found.centers)
    np.save(folder / LABELS, _small(found.labels, len(found.centers)))
    report = Report(
        load=load,
        first=first,
        library=_grown(before, loaded),
        peak=_grown(before, most),
        n_iter=found.n_iter,
        device=fit.device,
    )
    return warm(job, report, found, fit.run)


def warm(job: Job, report: Report, found: Fitted, run: Callable[[], Fitted]) -> Report:
    """Run again, as often as asked for and patience allows."""
    taken: list[float] = []
    same = True
    spent = report.load + report.first
    while (
        len(taken) < job.repeats
        and sum(taken) < job.patience
        and spent + sum(taken) + report.first < LIMIT_SHARE * job.limit
    ):
        begin = perf_counter()
        again = run()
        taken.append(perf_counter() - begin)
        same = same and np.array_equal(again.centers, found.centers, equal_nan=True)
        same = same and np.array_equal(again.labels, found.labels)
    return replace(report, warm=tuple(taken), repeatable=same)


def read(job: Job) -> Data:
    """The points, made of 8-bit colours, with what belongs to them."""
    from pochade.color.working import working_space

    folder = Path(job.folder)
    pixels = np.load(folder / PIXELS)
    space = working_space(job.space, alpha=pixels.shape[1] == 4)
    path = folder / WEIGHTS
    weights = np.load(path) if path.exists() else None
    return Data(space.points(pixels), weights, np.load(folder / START))


def prepare(job: Job, data: Data) -> Fit:
    """Load the engine."""
    if job.naive:
        from pochade.comparing.naive import naive_fit

        return naive_fit(job.name, data.points, data.start, iters=job.iters)
    from pochade.kmeans.driver import kmeans
    from pochade.kmeans.engines.registry import choose_engine

    k, d = data.start.shape
    engine, _ = choose_engine(job.name, k=k, d=d)

    def fit() -> Fitted:
        found = kmeans(
            data.points,
            k,
            weights=data.weights,
            init=data.start,
            max_iter=job.iters,
            tol=0.0,
            engine=job.name,
            threads=job.threads,
        )
        return Fitted(found.centers, found.labels, found.n_iter)

    return Fit(fit, engine.describe().device)


def sentence(error: Exception) -> str:
    """What went wrong, in one line."""
    text = " ".join(str(error).split())
    if isinstance(error, PochadeError):
        return text
    if isinstance(error, MemoryError):
        return f"out of memory: {text}" if text else "out of memory"
    return f"{type(error).__name__}: {text[:300]}"


def code_of(error: Exception) -> int:
    """The exit code that belongs to an error."""
    if isinstance(error, PochadeError):
        return error.exit_code
    return 3 if isinstance(error, MemoryError) else 1


def _small(labels: NDArray[Any], k: int) -> NDArray[Any]:
    """Labels in as few bytes as k needs."""
    return labels.astype(np.uint8 if k <= 256 else np.uint16)


def _grown(before: int | None, after: int | None) -> int | None:
    """Bytes from one reading to another; None where the system does not tell."""
    return None if before is None or after is None else max(0, after - before)


def _end_with_parent() -> None:
    """Wait for the other end of standard input to close, then end: nobody wants the result."""
    while os.read(STDIN, 4096):
        pass
    os._exit(1)
