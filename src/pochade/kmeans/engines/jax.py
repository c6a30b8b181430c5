"""The JAX engine: the programs of `jax_programs`, compiled once for each (k, d), on any device.

Points go in blocks of one fixed shape, the last one filled up with points of weight 0, and k is a
number that the program is told: so that pictures of any size run in the same compiled program.
Up to `HELD_BYTES` of points are also held as one table for a whole loop without a way back.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import DeviceMemoryError, EngineUnavailableError
from pochade.kmeans.engines.choice import EngineChoice
from pochade.kmeans.engines.protocol import (
    Capabilities,
    Centers64,
    Iterated,
    Labels32,
    Poll,
    StepStats,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pochade.kmeans.engines.jax_programs import Programs
    from pochade.types import Pixels, Points, Weights

HELD_BYTES = 1 << 24
"""Points of at most so many bytes are held as one table: a million colours."""

# Iterations in one call of a program, where somebody wants to be asked in between.
TURNS = 16

# Rows of k for which one program serves: many centres are rarely two more or less.
_FEW_STEP, _MANY_STEP, _FEW = 8, 256, 256


class JaxEngine:
    """See the module. One device; its programs stay compiled as long as it lives."""

    def __init__(self, choice: EngineChoice) -> None:
        self._jax = library()
        self._choice = choice
        self._device = _device(self._jax, choice.device)
        self._programs: dict[bool, Programs] = {}

    @property
    def compiled(self) -> dict[tuple[str, int, int], int]:
        """How often each (program, rows for centres, d) was traced and compiled."""
        total: dict[tuple[str, int, int], int] = {}
        for programs in self._programs.values():
            total.update(programs.compiled)
        return total

    def describe(self) -> Capabilities:
        """Return what this engine can do, and on which device it does."""
        from dataclasses import replace

        return replace(describe(), device=device_name(self._device))

    def assign(self, points: Points, centers: Centers64, *, threads: int) -> tuple[Labels32, float]:
        """Return the nearest centre of each point and the plain inertia."""
        return JaxPoints(self, points, None, None, keep=False).assign(centers)

    def step(
        self, points: Points, weights: Weights | None, centers: Centers64, *, threads: int
    ) -> StepStats:
        """Return the statistics of `points` at `centers`."""
        return JaxPoints(self, points, weights, None, keep=False).step(centers)

    def open(
        self,
        points: Points | Pixels,
        weights: Weights | None,
        *,
        threads: int,
        poll: Poll | None = None,
    ) -> JaxPoints:
        """Return the points on the device: others than the processor keep them all."""
        return JaxPoints(self, points, weights, poll, keep=self._device.platform != "cpu")

    def programs(self, d: int) -> Programs:
        """The programs for points of d dimensions."""
        from pochade.kmeans.engines.jax_programs import DIFFERENCES, Programs

        products = d > DIFFERENCES
        if products not in self._programs:
            self._programs[products] = Programs(
                self._jax,
                self._device.platform,
                products=products,
                block=self._choice.block,
                precision=self._choice.precision,
            )
        return self._programs[products]

    @contextmanager
    def working(self, programs: Programs, k: int) -> Iterator[None]:
        """64-bit numbers for the sums, and a short sentence where memory is too small."""
        try:
            with self._jax.enable_x64(True), self._jax.default_device(self._device):
                yield
        except self._jax.errors.JaxRuntimeError as error:
            if "RESOURCE_EXHAUSTED" not in str(error):
                raise
            smaller = max(1, programs.block // 4)
            name = f"jax:{short_name(self._device)}"
            raise DeviceMemoryError(
                f"{name} ran out of memory at {k} centres; use the engine "
                f"'{name},block={smaller}', or a smaller block still."
            ) from None

    def put(self, table: Any) -> Any:
        """The array on the device."""
        return self._jax.device_put(table, self._device)


class JaxPoints:
    """One data set; see `Held`."""

    def __init__(
        self,
        engine: JaxEngine,
        points: Points | Pixels,
        weights: Weights | None,
        poll: Poll | None,
        *,
        keep: bool,
    ) -> None:
        self._engine = engine
        self._points = points
        self._weights = weights
        self._poll = poll
        self._programs = engine.programs(points.shape[1])
        self._held: tuple[Any, Any, Any] | None = None
        self._kept: list[tuple[Any, Any]] | None = None
        if keep:
            with engine.working(self._programs, 1):
                self._kept = [(engine.put(a), engine.put(b)) for _, a, b in self._blocks()]

    def step(self, centers: Centers64) -> StepStats:
        """Return the statistics of every point's nearest centre."""
        k, total = len(centers), None
        with self._engine.working(self._programs, k):
            there, count = self._centers(centers)
            for points, weights in self._moved():
                found = self._programs.step(points, weights, there, count)
                part = StepStats(*(np.asarray(value) for value in found))
                total = part if total is None else total.merge(part)
        assert total is not None
        return StepStats(total.sums[:k], total.counts[:k], float(total.inertia))

    def assign(self, centers: Centers64) -> tuple[Labels32, float]:
        """Return every point's nearest centre and the weighted inertia."""
        n, size = len(self._points), self._programs.block
        labels, inertia = np.empty(n, np.int32), 0.0
        with self._engine.working(self._programs, len(centers)):
            there, count = self._centers(centers)
            for start, (points, weights) in zip(range(0, n, size), self._moved(), strict=True):
                found, part = self._programs.assign(points, weights, there, count)
                labels[start : start + size] = np.asarray(found)[: n - start]
                inertia += float(part)
        return labels, inertia

    def iterate(
        self, centers: Centers64, *, max_iter: int, shift_limit: float, unit: bool
    ) -> Iterated:
        """See `Held.iterate`: one program for the whole loop, where the points are held."""
        k = len(centers)
        if self._points.nbytes > HELD_BYTES:
            return self._iterate_in_blocks(centers, max_iter, shift_limit, unit=unit)
        with self._engine.working(self._programs, k):
            there, count = self._centers(centers, np.float64)
            points, weights, blocks = self._table()
            done, most = 0, max_iter if self._poll is None else TURNS
            while True:
                if self._poll is not None:
                    self._poll()
                turns = min(most, max_iter - done)
                limits = np.int32(turns), np.float64(shift_limit), np.bool_(unit)
                found = self._programs.fit(points, weights, blocks, there, count, *limits)
                there, n_iter, converged = found[0], int(found[4]), bool(found[5])
                done += n_iter
                # Fewer turns than it was given: nothing moves, or a cluster is empty.
                if converged or n_iter < turns or done >= max_iter:
                    break
            moved, sums, counts, inertia = map(np.asarray, found[:4])
        stats = StepStats(sums[:k], counts[:k], float(inertia))
        return Iterated(moved[:k], stats, done, converged)

    def _iterate_in_blocks(
        self, centers: Centers64, max_iter: int, shift_limit: float, *, unit: bool
    ) -> Iterated:
        """The same loop with a pass at a time, for points that are many."""
        stats, n_iter, converged = self.step(centers), 0, False
        while n_iter < max_iter and not converged and (stats.counts > 0).all():
            moved = stats.sums / stats.counts[:, None]
            if unit:
                length = np.linalg.norm(moved, axis=1, keepdims=True)
                moved = np.where(length > 0, moved / np.where(length > 0, length, 1), centers)
            shift = float(np.square(moved - centers).sum())
            centers = moved
            stats = self.step(centers)
            n_iter += 1
            converged = shift <= shift_limit and bool((stats.counts > 0).all())
        return Iterated(centers, stats, n_iter, converged)

    def _centers(self, centers: Centers64, kind: Any = np.float32) -> tuple[Any, Any]:
        """The centres filled up to the rows that a program is compiled for, and their number."""
        k, d = centers.shape
        step = _FEW_STEP if k <= _FEW else _MANY_STEP
        table = np.zeros((-(-k // step) * step, d), kind)
        table[:k] = centers
        return self._engine.put(table), np.int32(k)

    def _blocks(self) -> Iterator[tuple[int, Any, Any]]:
        """The start of each block, its points and its weights; 0 where there is no point."""
        n, d, size = *self._points.shape, self._programs.block
        for start in range(0, n, size):
            rows = slice(start, start + size)
            points, weights = np.zeros((size, d), np.float32), np.zeros(size, np.float32)
            points[: n - start] = self._points[rows]
            weights[: n - start] = 1 if self._weights is None else self._weights[rows]
            yield start, points, weights

    def _moved(self) -> Iterator[tuple[Any, Any]]:
        """The blocks on the device."""
        if self._kept is not None:
            yield from self._kept
            return
        for _, points, weights in self._blocks():
            if self._poll is not None:
                self._poll()
            yield self._engine.put(points), self._engine.put(weights)

    def _table(self) -> tuple[Any, Any, Any]:
        """All blocks as one table of fixed shape on the device, and how many are used."""
        if self._held is None:
            size, d = self._programs.block, self._points.shape[1]
            most = max(1, -(-HELD_BYTES // (4 * size * d)))
            points, weights = np.zeros((most, size, d), np.float32), np.zeros((most, size), np.float32)
            used = 0
            for used, (_, some, theirs) in enumerate(self._blocks(), start=1):
                points[used - 1], weights[used - 1] = some, theirs
            self._held = self._engine.put(points), self._engine.put(weights), np.int32(used)
        return self._held


def library() -> Any:
    """Return the module jax.

    Raises:
        EngineUnavailableError: it is not installed.
    """
    try:
        import jax
    except (ImportError, OSError) as error:
        raise EngineUnavailableError(
            f"JAX does not load ({error}); install it with `pip install 'pochade[jax]'`."
        ) from None
    return jax


def short_name(device: Any) -> str:
    """The device as it is asked for, such as "cpu" or "gpu:1"."""
    return "cpu" if device.platform == "cpu" else f"{device.platform}:{device.id}"


def device_name(device: Any) -> str:
    """The device's name, with that of the card."""
    short = short_name(device)
    return short if short == "cpu" else f"{short} ({device.device_kind})"


def devices() -> dict[str, str]:
    """The devices that are here and their names, the fastest first; imports JAX."""
    found = _found(library())
    return {short: "" if short == "cpu" else one.device_kind for short, one in found.items()}


def _found(jax: Any) -> dict[str, Any]:
    found = {short_name(device): device for device in jax.devices()}
    return found | {"cpu": jax.devices("cpu")[0]}


def _device(jax: Any, wanted: str) -> Any:
    found = _found(jax)
    name = (wanted or next(iter(found))).replace("cuda", "gpu")
    if name not in found:
        name = f"{name}:0"
    if name not in found:
        raise EngineUnavailableError(
            f"the engine 'jax' finds no device {wanted!r} here; there is {', '.join(found)}."
        )
    return found[name]


@cache
def describe() -> Capabilities:
    """Return what the engine can do, without importing JAX."""
    try:
        installed = version("jax") if find_spec("jax") else ""
    except PackageNotFoundError:
        installed = "unknown"
    return Capabilities(
        name="jax",
        summary="JAX: programs compiled by XLA, one for each k and d",
        devices=("cpu", "gpu", "tpu"),
        dtypes=("float32",),
        weights=True,
        fused=True,
        deterministic=True,
        install="pip install 'pochade[jax]'",
        available=bool(installed),
        reason="JAX is installed" if installed else "JAX is not installed",
        version=f"jax {installed}" if installed else "",
        options=("device", "block", "precision"),
    )


def load(choice: EngineChoice) -> JaxEngine:
    """Return the engine; imports JAX."""
    return JaxEngine(choice)
