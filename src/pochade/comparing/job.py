"""What a process is asked to run, and what it says about it. Both pass as JSON."""

from __future__ import annotations

from dataclasses import dataclass

PIXELS, WEIGHTS, START = "pixels.npy", "weights.npy", "start.npy"
LABELS, CENTERS, REPORT = "labels.npy", "centers.npy", "report.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One engine, or one naive version, on data that lie in a folder.

    Attributes:
        folder: where `PIXELS` (n, 3 or 4) uint8, `START` (k, d) float64 and, where points count
            for more than one, `WEIGHTS` (n,) float32 are.
        out: the folder for `LABELS`, `CENTERS` and `REPORT`.
        name: the engine, or the naive version.
        naive: which of the two.
        space: the working space that makes points of the pixels.
        iters: Lloyd iterations.
        repeats: warm runs.
        patience: seconds after which no other warm run is begun.
        limit: seconds after which the process is ended; no warm run is begun that would meet it.
        threads: processors to use; None for all.
    """

    folder: str
    out: str
    name: str
    naive: bool
    space: str
    iters: int
    repeats: int
    patience: float
    limit: float
    threads: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a process measured. `error` is one sentence where it did not get to a result.

    Attributes:
        load: seconds until the engine was ready: its library imported, its device found.
        first: seconds of the first run, compilation included.
        warm: seconds of each run after it.
        library: bytes that loading took; None where the system does not tell.
        peak: bytes beyond what was held before loading, at the most, in the first run.
        n_iter: iterations done.
        repeatable: whether every run gave the same bytes.
        device: what it ran on, where the engine tells.
        exit_code: of `error`, as the command line would have it; 0 without one.
    """

    load: float = 0.0
    first: float = 0.0
    warm: tuple[float, ...] = ()
    library: int | None = None
    peak: int | None = None
    n_iter: int = 0
    repeatable: bool = True
    device: str = ""
    error: str = ""
    exit_code: int = 0
