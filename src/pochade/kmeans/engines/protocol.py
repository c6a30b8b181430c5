"""What a k-means engine is: two passes over points, a record of what it can do, no loop.

The loop, the starts, the empty clusters and the merging of partial sums live once, in
`pochade.kmeans`. An engine that can do whole stages faster than the driver can feed it says so by
returning a `Session` from `open`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pochade.types import Pixels, Points, Weights

Centers64: TypeAlias = NDArray[np.float64]
"""k d, float64: cluster centres."""

Labels32: TypeAlias = NDArray[np.int32]
"""n, int32: the index of each point's centre."""

Observer: TypeAlias = Callable[[int, float], None]
"""Called with (iteration from 1, weighted inertia) as a Lloyd loop proceeds; may raise to stop."""

Poll: TypeAlias = Callable[[], None]
"""Called now and then during long work; raises to stop it."""

CHUNK_ROWS = 65_536
"""Points per chunk. Fixed, and never a function of the thread count, so that sums merged in chunk
order are the same bytes whoever computed them."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do and whether it can do it here.

    `max_k` and `max_d` are None where there is no limit. `deterministic`: the same input gives the
    same bytes at any thread count. `fused`: whole stages run inside the engine. `reason` says in
    one sentence why the engine is or is not available; `install` is the command that installs it.
    `options` are the settings that may follow its name (see `registry.EngineChoice`), `device` the
    one that an opened engine works on, or "" where none was opened.
    """

    name: str
    summary: str
    devices: tuple[str, ...]
    dtypes: tuple[str, ...]
    weights: bool
    fused: bool
    deterministic: bool
    install: str
    max_k: int | None = None
    max_d: int | None = None
    available: bool = False
    reason: str = ""
    version: str = ""
    options: tuple[str, ...] = ()
    device: str = ""


class StepStats(NamedTuple):
    """What one pass over some points says about every centre; two of them can be merged.

    `sums` (k, d) is the weighted sum of each centre's points, `counts` (k,) their weight and
    `inertia` the weighted sum of squared distances; all float64.
    """

    sums: Centers64
    counts: NDArray[np.float64]
    inertia: float

    def merge(self, other: StepStats) -> StepStats:
        """Return the statistics of both sets of points together. Order matters for the last bit."""
        return StepStats(
            self.sums + other.sums, self.counts + other.counts, self.inertia + other.inertia
        )


class LloydRun(NamedTuple):
    """Where a Lloyd loop stopped: `inertia` belongs to `centers`; both are float64."""

    centers: Centers64
    inertia: float
    n_iter: int
    converged: bool


@dataclass(frozen=True, slots=True)
class SplitMerge:
    """Settings of the split-merge search (see `pochade.kmeans.improve`).

    At most `rounds` rounds; in the first, at most the `share` of the centres moves, and half as
    many after every round that did not help. Each round ends with `inner` Lloyd iterations. A
    centre is moved when the expected gain exceeds `threshold` times the expected cost: below 1
    because the Lloyd iterations that follow recover part of the cost.
    """

    rounds: int = 10
    share: float = 0.2
    inner: int = 3
    threshold: float = 0.5


class SearchPlan(NamedTuple):
    """A whole search for k centres; see `Session.search`.

    Attributes:
        starts: how many starts; the first is Wu's, the others k-means++.
        group: so many neighbouring points are averaged into one for the starts; 0 lets the engine
            choose, 1 uses all points. An engine that cannot group uses all points.
        rounds: split-merge rounds of each start.
        keep: the best starts that are refined on all points.
        fine_rounds: split-merge rounds of the refinement.
        first_steps: Lloyd iterations before each split-merge search.
        last_steps: Lloyd iterations at the end.
        inner: Lloyd iterations in each split-merge round.
        threshold: as in `SplitMerge`.
        bits: fineness of the grid that Wu's start is cut on, bits an axis.
        rounded: end on whole numbers from 0 to 255, for points that are 8-bit colours.
        seed: where the k-means++ starts begin.
    """

    starts: int = 1
    group: int = 0
    rounds: int = 10
    keep: int = 1
    fine_rounds: int = 0
    first_steps: int = 2
    last_steps: int = 4
    inner: int = 3
    threshold: float = 0.5
    bits: int = 5
    rounded: bool = False
    seed: int = 0


class Session(Protocol):
    """One data set held ready for many passes. All inertias are weighted; centres are float64.

    What the session's `poll` raises comes out of whichever method was running.
    """

    def kmeans_plus_plus(self, k: int, *, trials: int, seed: int) -> Centers64:
        """Return k points by greedy k-means++; fewer when there are fewer distinct points."""
        ...

    def wu(self, k: int) -> Centers64:
        """Return k means of a partition by planes; fewer when it cannot be cut further."""
        ...

    def step(self, centers: Centers64) -> StepStats:
        """Return the statistics of every point's nearest centre."""
        ...

    def assign(self, centers: Centers64) -> tuple[Labels32, float]:
        """Return every point's nearest centre (lowest index on ties) and the inertia."""
        ...

    def lloyd(
        self, centers: Centers64, *, max_iter: int, tol: float, observe: Observer | None
    ) -> LloydRun:
        """Iterate until the centres' summed squared move is at most `tol` x the mean variance.

        `observe` is called after each iteration or, by an engine that runs the whole loop in one
        call, once at its end. Being observed never changes the result.
        """
        ...

    def split_merge(self, centers: Centers64, plan: SplitMerge) -> Centers64:
        """Return centres that are no worse, after moving some from where they help little."""
        ...

    def search(self, k: int, plan: SearchPlan) -> tuple[Centers64, float]:
        """Return the best centres that the plan finds and their weighted inertia."""
        ...


class Iterated(NamedTuple):
    """Where a loop on a device stopped: see `Held.iterate`.

    Attributes:
        centers: (k, d) float64.
        stats: what they serve.
        n_iter: iterations done.
        converged: whether it stopped because nothing moved any more.
    """

    centers: Centers64
    stats: StepStats
    n_iter: int
    converged: bool


@runtime_checkable
class Held(Protocol):
    """One data set kept on a device, with the loop there; what else a session does, NumPy does."""

    def step(self, centers: Centers64) -> StepStats:
        """Return the statistics of every point's nearest centre."""
        ...

    def assign(self, centers: Centers64) -> tuple[Labels32, float]:
        """Return every point's nearest centre and the weighted inertia."""
        ...

    def iterate(
        self, centers: Centers64, *, max_iter: int, shift_limit: float, unit: bool
    ) -> Iterated:
        """Move centres to their means until `max_iter`, until all stay, or until one is empty.

        They stay when their summed squared move is at most `shift_limit`. With `unit`, means are
        scaled to length 1 (spherical k-means).
        """
        ...


class Engine(Protocol):
    """Two passes over a chunk of points. `threads` may change the speed, never the result."""

    def describe(self) -> Capabilities:
        """Return what this engine can do."""
        ...

    def assign(self, points: Points, centers: Centers64, *, threads: int) -> tuple[Labels32, float]:
        """Return the nearest centre of each of `points` (n, d) float32 and the plain inertia.

        Ties go to the lowest index. The inertia counts each point once.
        """
        ...

    def step(
        self, points: Points, weights: Weights | None, centers: Centers64, *, threads: int
    ) -> StepStats:
        """Return the statistics of `points` at `centers`, weighted by `weights` (None: all 1)."""
        ...

    def open(
        self,
        points: Points | Pixels,
        weights: Weights | None,
        *,
        threads: int,
        poll: Poll | None = None,
    ) -> Session | Held | None:
        """Return a session that runs whole stages, points held for the loop, or None.

        None: then the driver feeds chunks.
        """
        ...
