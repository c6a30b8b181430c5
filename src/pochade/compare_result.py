"""What `compare` returns."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.errors import OutputError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pochade.color.working import WorkingSpace
    from pochade.compare_options import CompareOptions
    from pochade.comparing.measure import Agreement, Clustering, Errors
    from pochade.types import Image, Palette

SUFFIXES = (".html", ".htm", ".png")


class Seconds(NamedTuple):
    """Wall time of one engine.

    Attributes:
        load: until it was ready: its library imported, its device found.
        first: the first run, compilation included.
        repeats: every run after it; empty where there was no time for one.
    """

    load: float
    first: float
    repeats: tuple[float, ...]

    @property
    def cold(self) -> float:
        """From a process that has not used it to the first result."""
        return self.load + self.first

    @property
    def warm(self) -> float | None:
        """The median of the runs after the first; None where there was none."""
        return median(self.repeats) if self.repeats else None


class Memory(NamedTuple):
    """Memory of one engine's process beyond NumPy and the data, in bytes; not that of a GPU.

    Attributes:
        library: what loading the engine took.
        peak: the most at any time up to the first result, the library included.
    """

    library: int
    peak: int


@dataclass(frozen=True, kw_only=True, eq=False)
class EngineRun:
    """What one engine, or one naive version, did. In a notebook it shows its picture.

    Attributes:
        name: of the engine, such as "native".
        naive: whether it is k-means as tutorials write it.
        state: "done", "missing" (not installed here) or "failed".
        reason: why it is missing or failed, and what to do or install; else empty.
        exit_code: that the command line would give for the failure; 0 without one.
        summary: what it is.
        lesson: of a naive version, why it is slow or wrong.
        version: of its library.
        device: what it ran on, where the engine says so.
        seconds: wall times; None unless done.
        memory: None unless done, or where the system does not tell.
        n_iter: Lloyd iterations done.
        repeatable: whether every run gave the same bytes.
        clusters: centres, palette and labels; entry i is what best matches the yardstick's entry
            i (see `CompareResult.yardstick`). None unless done.
        errors: how far the result is from the picture.
        agreement: with the yardstick; None unless done.
    """

    name: str
    naive: bool
    state: str
    reason: str
    exit_code: int
    summary: str
    lesson: str
    version: str
    device: str = ""
    seconds: Seconds | None = None
    memory: Memory | None = None
    n_iter: int = 0
    repeatable: bool = True
    clusters: Clustering | None = field(default=None, repr=False)
    errors: Errors | None = None
    agreement: Agreement | None = None

    @property
    def done(self) -> bool:
        """Whether there is a result."""
        return self.clusters is not None

    @property
    def palette(self) -> Palette:
        """(k, c) uint8, in the order of the yardstick's; k may be smaller than asked for."""
        return self._found.palette

    @property
    def centers(self) -> NDArray[np.float64]:
        """(k, d) float64: the entries before rounding, as points of the working space."""
        return self._found.centers

    @property
    def labels(self) -> NDArray[Any]:
        """(h, w) uint8, or uint16 beyond 256 entries: the entry of each pixel, (row, col)."""
        return self._found.labels

    @property
    def image(self) -> Image:
        """(h, w, c) uint8: the picture in its palette's colours; made anew at each use."""
        return np.take(self.palette, self.labels, axis=0)

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """(k,) share of the pixels that each entry covers."""
        counts = np.bincount(self.labels.reshape(-1), minlength=len(self.palette))
        return np.asarray(counts / self.labels.size, np.float64)

    @property
    def _found(self) -> Clustering:
        if self.clusters is None:
            raise UsageError(f"{self.name} has no result: {self.reason}")
        return self.clusters

    def _repr_png_(self) -> bytes | None:
        """The picture, for notebooks."""
        if self.clusters is None:
            return None
        from pochade.io.save import save_indexed

        return save_indexed(None, self.labels, self.palette, format="png")


@dataclass(frozen=True, kw_only=True, eq=False)
class CompareResult:
    """One picture by every engine, from one start. In a notebook it shows its panel.

    Attributes:
        runs: one for each engine, in the order of the table.
        source: (h, w, c) uint8, the picture that was clustered.
        k: centres of the start: fewer than asked for where the picture has fewer colours.
        points: how many points were clustered: pixels, or counted colours.
        space: where distances are measured.
        options: every setting that was used.
        yardstick: name of the run that the others are compared with: "reference" where it is
            among them, else the first that is done; empty where none is.
        start: (k, d) float64, the centres that all were given.
        machine: what it ran on, by name.
        notes: sentences worth showing.
    """

    runs: tuple[EngineRun, ...]
    source: Image = field(repr=False)
    k: int
    points: int
    space: WorkingSpace
    options: CompareOptions
    yardstick: str
    start: NDArray[np.float64] = field(repr=False)
    machine: dict[str, str]
    notes: tuple[str, ...]

    def __getitem__(self, name: str) -> EngineRun:
        """The run of that engine.

        Raises:
            KeyError: it does not take part.
        """
        for run in self.runs:
            if run.name == name:
                return run
        raise KeyError(name)

    @property
    def done(self) -> tuple[EngineRun, ...]:
        """The runs that have a result."""
        return tuple(run for run in self.runs if run.done)

    def speed(self, run: EngineRun) -> float | None:
        """How many times faster than the yardstick a run is, warm; None where one has no time."""
        if not self.yardstick or run.seconds is None or not run.seconds.warm:
            return None
        own = self[self.yardstick].seconds
        return own.warm / run.seconds.warm if own is not None and own.warm else None

    def table(self) -> dict[str, list[Any]]:
        """The figures as columns, a row for each run; None where there is none.

        `pandas.DataFrame(result.table())` makes a data frame of it.
        """
        rows = [self._row(run) for run in self.runs]
        return {name: [row[name] for row in rows] for name in rows[0]}

    def _row(self, run: EngineRun) -> dict[str, Any]:
        seconds, used, errors, agrees = run.seconds, run.memory, run.errors, run.agreement
        return {
            "engine": run.name,
            "state": run.state,
            "cold": seconds and seconds.cold,
            "warm": seconds and seconds.warm,
            "memory": used and used.peak,
            "iterations": run.n_iter if run.done else None,
            "inertia": errors and errors.inertia,
            "psnr": errors and errors.psnr,
            "palette_ciede2000": agrees and agrees.difference,
            "labels_rand": agrees and agrees.labels,
        }

    def page(self, title: str = "") -> str:
        """A page with table and pictures: HTML of one file, everything in it, no network needed."""
        from pochade.plot.compare_page import page

        return page(self, title)

    def panel(self) -> bytes:
        """A sheet of all pictures with their figures, and the original: a PNG."""
        from pochade.plot.compare_panel import panel

        return panel(self)

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the page (.html) or the sheet of pictures (.png).

        Args:
            path: where to write.
            overwrite: replace an existing file. It is replaced whole or not at all.

        Returns:
            The path written.

        Raises:
            OutputError: the file exists, or cannot be written.
            UsageError: another ending.
        """
        from pathlib import Path

        from pochade.io.write import atomic_write

        suffix = Path(path).suffix.lower()
        if suffix not in SUFFIXES:
            raise UsageError(f"{path} must end in .html (the page) or .png (the pictures)")
        if not overwrite and os.path.lexists(path):
            raise OutputError(f"{path} exists already; use overwrite=True to replace it")
        data = self.panel() if suffix == ".png" else self.page().encode()
        atomic_write(path, data, overwrite=overwrite)
        return Path(path)

    def _repr_png_(self) -> bytes:
        """The panel, for notebooks."""
        return self.panel()
