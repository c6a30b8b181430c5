"""The PyTorch engine: blocks of points against all centres, on a processor or a graphics card.

Up to `DIFFERENCES` dimensions the products are in float64 on a processor, where that costs hardly
more. Elsewhere they are float32, and the two centres that they find nearest are measured again as
plain differences, so that what x.x - 2 x.c + c.c loses decides no label. Sums are float64, added in
an order that does not depend on threads. Only one block's distances are ever stored.
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
    Labels32,
    Poll,
    StepStats,
)
from pochade.kmeans.engines.reference import sums_by_label
from pochade.kmeans.engines.torch_points import Block, TorchPoints
from pochade.kmeans.engines.torch_products import product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pochade.types import Pixels, Points, Weights

DIFFERENCES = 16
"""Beyond so many dimensions a processor's products are float32, too."""

ONE_HOT = 256
"""Up to so many centres a card adds by a product with a table of 0 and 1."""

# Distances of one block: within a processor's cache, and enough to keep a card busy.
_CELLS = {"cpu": 1 << 17, "cuda": 1 << 28}
_LEAST_ROWS = 1024
_MOST_ROWS = 1 << 20


class TorchEngine:
    """See the module. One device, one size of block."""

    def __init__(self, choice: EngineChoice) -> None:
        self._torch = library()
        self._choice = choice
        self._device = _device(self._torch, choice.device)
        kind = self._device.type
        # MPS has no float64: there the labels come back and NumPy adds.
        self.wide = kind != "mps"
        # A processor's float64 products cost hardly more than float32 ones, a card's do.
        self._wide_products = DIFFERENCES if kind == "cpu" else 0
        self._one_hot = 0 if kind == "cpu" else ONE_HOT

    def describe(self) -> Capabilities:
        """Return what this engine can do, and on which device it does."""
        from dataclasses import replace

        name = devices()[str(self._device)]
        return replace(describe(), device=f"{self._device}" + (f" ({name})" if name else ""))

    def assign(self, points: Points, centers: Centers64, *, threads: int) -> tuple[Labels32, float]:
        """Return the nearest centre of each point and the plain inertia."""
        return self._hold(points, None, threads, None, keep=False).assign(centers)

    def step(
        self, points: Points, weights: Weights | None, centers: Centers64, *, threads: int
    ) -> StepStats:
        """Return the statistics of `points` at `centers`."""
        return self._hold(points, weights, threads, None, keep=False).step(centers)

    def open(
        self,
        points: Points | Pixels,
        weights: Weights | None,
        *,
        threads: int,
        poll: Poll | None = None,
    ) -> TorchPoints:
        """Return the points on the device: a card keeps them all, a processor reads them there."""
        return self._hold(points, weights, threads, poll, keep=self._device.type != "cpu")

    def rows(self, k: int) -> int:
        """Points of a block, for k centres."""
        if self._choice.block:
            return self._choice.block
        cells = _CELLS.get(self._device.type, 1 << 24)
        rows = 1 << max(0, (cells // max(1, k)).bit_length() - 1)
        return min(_MOST_ROWS, max(_LEAST_ROWS, rows))

    def _hold(
        self,
        points: Points | Pixels,
        weights: Weights | None,
        threads: int,
        poll: Poll | None,
        *,
        keep: bool,
    ) -> TorchPoints:
        return TorchPoints(self, points, weights, threads, poll, keep=keep)

    # What follows works on one block and on tensors.

    def nearest(self, points: Any, centers: Any) -> tuple[Any, Any]:
        """The label (b,) and the squared distance (b,) float64 of each point; centers float64."""
        torch = self._torch
        if self.wide_products(points.shape[1]):
            wide = points.double()
            origin = centers.mean(dim=0).round()
            moved = centers - origin
            square = moved.square().sum(dim=1)
            scores = torch.addmm(square, wide - origin, moved.T, alpha=-2)
            labels = scores.min(dim=1).indices
            return labels, (wide - centers[labels]).square().sum(dim=1)
        narrow = centers.float()
        labels = self._by_product(points, narrow)
        gap = points - narrow[labels]
        square = gap.square().sum(dim=1)
        return labels, square.double() if self.wide else square

    def _by_product(self, points: Any, centers: Any) -> Any:
        torch = self._torch
        origin = centers.mean(dim=0).round()
        moved = centers - origin
        near = points - origin
        precision = self._choice.precision
        scores = product(torch, near, moved.T, precision)
        torch.sub(0.5 * moved.square().sum(dim=1), scores, out=scores)
        first = scores.min(dim=1).indices
        if precision != "float32" or len(centers) == 1:
            return first
        scores.scatter_(1, first[:, None], torch.inf)
        second = scores.min(dim=1).indices
        one = (near - moved[first]).square().sum(dim=1)
        two = (near - moved[second]).square().sum(dim=1)
        other = (two < one) | ((two == one) & (second < first))
        return torch.where(other, second, first)

    def sums(self, block: Block, labels: Any, k: int) -> tuple[Any, Any]:
        """The weighted sum (k, d) and the weight (k,) of each label, float64 tensors."""
        torch = self._torch
        if not self.wide:
            weights = None if block.weights is None else block.weights.cpu().numpy()
            host = labels.cpu().numpy().astype(np.int32)
            sums, counts = sums_by_label(block.points.cpu().numpy(), weights, host, k)
            return torch.from_numpy(sums), torch.from_numpy(counts)
        points = block.points.double()
        weights = block.weights
        if weights is None:
            weights = torch.ones(len(points), dtype=torch.float64, device=points.device)
        else:
            points *= weights[:, None]
        table = torch.cat([points, weights[:, None]], dim=1)
        shape = (k, table.shape[1])
        if k <= self._one_hot:
            rows = torch.arange(k, device=table.device)
            total = (labels[None] == rows[:, None]).double() @ table
        else:
            # On a card this sorts the labels first, so that the order of the sum is fixed.
            total = torch.zeros(shape, dtype=torch.float64, device=table.device)
            total.index_put_((labels,), table, accumulate=True)
        return total[:, :-1], total[:, -1]

    def total(self, values: Any, weights: Any) -> Any:
        """The weighted sum of (b,) values, in an order that does not depend on threads."""
        if weights is not None:
            values = values * weights
        if self._device.type == "cuda":
            return values.sum()
        return float(values.cpu().numpy().astype(np.float64).sum())

    @contextmanager
    def working(self, k: int) -> Iterator[None]:
        """One thread for each block, and a short sentence where memory is too small."""
        torch = self._torch
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            with torch.inference_mode():
                yield
        except RuntimeError as error:
            full = "can't allocate memory" in str(error)  # a processor's way to say it
            if not full and not isinstance(error, torch.OutOfMemoryError):
                raise
            smaller = max(1, self.rows(k) // 4)
            name = f"torch:{self._device}"
            raise DeviceMemoryError(
                f"{name} ran out of memory at {k} centres; use the engine "
                f"'{name},block={smaller}', or a smaller block still."
            ) from None
        finally:
            torch.set_num_threads(before)

    def wide_products(self, d: int) -> bool:
        """Whether products of points of d dimensions are float64."""
        return d <= self._wide_products

    @property
    def device(self) -> Any:
        """The torch.device."""
        return self._device

    @property
    def torch(self) -> Any:
        """The module."""
        return self._torch


def library() -> Any:
    """Return the module torch.

    Raises:
        EngineUnavailableError: it is not installed.
    """
    try:
        import torch
    except (ImportError, OSError) as error:
        raise EngineUnavailableError(
            f"PyTorch does not load ({error}); install it with `pip install 'pochade[torch]'`."
        ) from None
    return torch


def devices() -> dict[str, str]:
    """The devices that are here and their names, the fastest first; imports PyTorch."""
    torch = library()
    found = {
        f"cuda:{index}": str(torch.cuda.get_device_name(index))
        for index in range(torch.cuda.device_count())
    }
    if torch.backends.mps.is_available():
        found["mps"] = ""
    return found | {"cpu": ""}


def _device(torch: Any, wanted: str) -> Any:
    found = devices()
    name = wanted or next(iter(found))
    if name not in found:
        name = f"{name}:0"
    if name not in found:
        raise EngineUnavailableError(
            f"the engine 'torch' finds no device {wanted!r} here; there is {', '.join(found)}."
        )
    return torch.device(name)


@cache
def describe() -> Capabilities:
    """Return what the engine can do, without importing PyTorch."""
    try:
        installed = version("torch") if find_spec("torch") else ""
    except PackageNotFoundError:
        installed = "unknown"
    return Capabilities(
        name="torch",
        summary="PyTorch: matrix products, on a graphics card where there is one",
        devices=("cpu", "cuda", "mps"),
        dtypes=("float32",),
        weights=True,
        fused=True,
        deterministic=True,
        install="pip install 'pochade[torch]'",
        available=bool(installed),
        reason="PyTorch is installed" if installed else "PyTorch is not installed",
        version=f"torch {installed}" if installed else "",
        options=("device", "block", "precision"),
    )


def load(choice: EngineChoice) -> TorchEngine:
    """Return the engine; imports PyTorch."""
    return TorchEngine(choice)
