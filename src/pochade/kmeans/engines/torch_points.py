"""One data set of the PyTorch engine: block after block, and the loop on the device.

Never imports torch: the engine has it.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import reduce
from threading import local
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from pochade.kmeans.engines.protocol import Centers64, Iterated, Labels32, Poll, StepStats
from pochade.kmeans.engines.torch_wide import (
    WideBlock,
    origin_of,
    wide_block,
    wide_centers,
    wide_stats,
    wide_totals,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from pochade.kmeans.engines.torch import TorchEngine
    from pochade.types import Pixels, Points, Weights

T = TypeVar("T")

WIDE_BYTES = 1 << 27
"""Points of at most so many bytes in float64 stay prepared for the next pass."""


class Block(NamedTuple):
    """Some points on the device: (b, d) float32 and (b,) float64 weights, or None for all 1."""

    points: Any
    weights: Any


class TorchPoints:
    """One data set; see `Held`."""

    def __init__(
        self,
        engine: TorchEngine,
        points: Points | Pixels,
        weights: Weights | None,
        threads: int,
        poll: Poll | None,
        *,
        keep: bool,
    ) -> None:
        self._engine = engine
        self._points = points
        self._weights = weights
        self._threads = threads
        self._poll = poll
        self._kept: Block | None = None
        self._rooms = local()
        # The size of blocks that are prepared in float64, their origin, and each by its start.
        self._wide: tuple[int, NDArray[np.float64], dict[int, WideBlock]] | None = None
        if keep:
            with engine.working(1):
                self._kept = self._moved(slice(None))

    def step(self, centers: Centers64) -> StepStats:
        """Return the statistics of every point's nearest centre."""
        with self._engine.working(len(centers)):
            return _stats(self._pass(self._centers(centers)))

    def assign(self, centers: Centers64) -> tuple[Labels32, float]:
        """Return every point's nearest centre and the weighted inertia."""
        labels = np.empty(len(self._points), np.int32)
        inertia = 0.0
        with self._engine.working(len(centers)):
            there = self._centers(centers)

            def look(rows: slice) -> float:
                block = self._moved(rows)
                found, square = self._engine.nearest(block.points, there)
                labels[rows] = found.cpu().numpy()
                return float(self._engine.total(square, block.weights))

            for part in self._each(len(centers), look):
                inertia += part
        return labels, inertia

    def iterate(
        self, centers: Centers64, *, max_iter: int, shift_limit: float, unit: bool
    ) -> Iterated:
        """See `Held.iterate`: centres and sums stay on the device until it ends."""
        torch = self._engine.torch
        with self._engine.working(len(centers)):
            there = self._centers(centers)
            found = self._pass(there)
            n_iter, converged = 0, False
            while n_iter < max_iter and not converged and bool((found[1] > 0).all()):
                moved = found[0] / found[1][:, None]
                if unit:
                    length = torch.linalg.vector_norm(moved, dim=1, keepdim=True)
                    moved = torch.where(length > 0, moved / length, there)
                shift = float(self._engine.total((moved - there).square().flatten(), None))
                there = moved
                found = self._pass(there)
                n_iter += 1
                converged = shift <= shift_limit and bool((found[1] > 0).all())
            moved = there.cpu().numpy().astype(np.float64)
            return Iterated(moved, _stats(found), n_iter, converged)

    def _pass(self, centers: Any) -> tuple[Any, Any, Any]:
        """Sums, counts and inertia of all points, blocks added in order; on the device."""
        if self._engine.wide_products(self._points.shape[1]):
            return self._wide_pass(centers)

        def work(rows: slice) -> tuple[Any, Any, Any]:
            block = self._moved(rows)
            labels, square = self._engine.nearest(block.points, centers)
            sums, counts = self._engine.sums(block, labels, len(centers))
            return sums, counts, self._engine.total(square, block.weights)

        return reduce(_added, self._each(len(centers), work))

    def _wide_pass(self, centers: Any) -> tuple[Any, Any, Any]:
        """The same, in float64; blocks are prepared once, where they are not too many."""
        torch, size = self._engine.torch, self._engine.rows(len(centers))
        keep = self._points.size * 16 <= WIDE_BYTES
        if self._wide is None or self._wide[0] != size:
            self._wide = (size, origin_of(self._points), {})
        _, origin, kept = self._wide

        there = wide_centers(torch, centers, origin)

        def work(rows: slice) -> tuple[Any, float]:
            block = kept.get(rows.start)
            if block is None:
                weights = None if self._weights is None else self._weights[rows]
                block = wide_block(torch, self._points[rows], weights, origin)
                if keep:
                    kept[rows.start] = block
            return wide_totals(torch, block, there, self._scratch(size, len(centers)))

        total, inertia = reduce(_both, self._each(len(centers), work))
        return wide_stats(total, inertia, there)

    def _scratch(self, rows: int, k: int) -> Any:
        """Room for (rows, k) float64, one for each thread: pages are costly to get anew."""
        room = getattr(self._rooms, "scores", None)
        if room is None or room.shape != (rows, k):
            room = self._engine.torch.empty((rows, k), dtype=self._engine.torch.float64)
            self._rooms.scores = room
        return room

    def _each(self, k: int, work: Callable[[slice], T]) -> Iterator[T]:
        """What `work` makes of each block, in order.

        On a processor the threads take whole blocks, so that they wait for each other only at the
        end, and a block's numbers do not depend on how many threads there are.
        """
        torch = self._engine.torch
        threads = self._threads if self._engine.device.type == "cpu" else 1
        if min(threads, -(-len(self._points) // self._engine.rows(k))) <= 1:
            yield from map(work, self._blocks(k))
            return

        def alone(rows: slice) -> T:
            with torch.inference_mode():
                return work(rows)

        # In OpenMP the number of threads belongs to the thread that starts them.
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            waiting: deque[Future[T]] = deque()
            for rows in self._blocks(k):
                waiting.append(pool.submit(alone, rows))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _centers(self, centers: Centers64) -> Any:
        torch = self._engine.torch
        kind = torch.float64 if self._engine.wide else torch.float32
        return torch.tensor(centers, dtype=kind, device=self._engine.device)

    def _blocks(self, k: int) -> Iterator[slice]:
        size = self._engine.rows(k)
        for start in range(0, len(self._points), size):
            if self._poll is not None:
                self._poll()
            yield slice(start, start + size)

    def _moved(self, rows: slice) -> Block:
        """Some points as tensors on the device, copied: what is given is never written to."""
        if self._kept is not None:
            weights = self._kept.weights
            return Block(self._kept.points[rows], None if weights is None else weights[rows])
        torch, device = self._engine.torch, self._engine.device
        points = torch.from_numpy(self._points[rows].astype(np.float32)).to(device)
        if self._weights is None:
            return Block(points, None)
        kind = np.float64 if self._engine.wide else np.float32
        return Block(points, torch.from_numpy(self._weights[rows].astype(kind)).to(device))


def _added(total: tuple[Any, Any, Any], part: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    return total[0] + part[0], total[1] + part[1], total[2] + part[2]


def _both(total: tuple[Any, float], part: tuple[Any, float]) -> tuple[Any, float]:
    return total[0] + part[0], total[1] + part[1]


def _stats(found: tuple[Any, Any, Any]) -> StepStats:
    sums, counts, inertia = found
    wide = sums.cpu().numpy().astype(np.float64)
    return StepStats(wide, counts.cpu().numpy().astype(np.float64), float(inertia))
