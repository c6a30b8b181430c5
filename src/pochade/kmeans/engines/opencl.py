"""The OpenCL engine: nearest centres by a kernel, sums by NumPy in float64.

The kernel takes plain differences, four centres at a time; points lie column by column, so that
neighbouring work items read neighbouring numbers. OpenCL 1.2 knows no float64, so labels and
distances come back, and one count for each column adds what they label.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pochade.errors import DeviceMemoryError, EngineUnavailableError
from pochade.kmeans.engines.choice import EngineChoice
from pochade.kmeans.engines.protocol import (
    CHUNK_ROWS,
    Capabilities,
    Centers64,
    Labels32,
    Poll,
    Session,
    StepStats,
)
from pochade.kmeans.engines.reference import sums_by_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pochade.types import Pixels, Points, Weights

KERNEL = """
#pragma OPENCL FP_CONTRACT OFF

__kernel void nearest(__global const float *points, __global const float4 *centers,
                      __global int *labels, __global float *squares,
                      const int n, const int k, const int d) {
    const int i = get_global_id(0);
    if (i >= n)
        return;
    int label = 0;
    float best = INFINITY;
    for (int four = 0; four * 4 < k; four++) {
        float4 square = (float4)(0.0f);
        for (int c = 0; c < d; c++) {
            const float4 gap = points[c * n + i] - centers[four * d + c];
            square += gap * gap;
        }
        /* Centres past the last are infinitely far. */
        if (square.s0 < best) { best = square.s0; label = four * 4; }
        if (square.s1 < best) { best = square.s1; label = four * 4 + 1; }
        if (square.s2 < best) { best = square.s2; label = four * 4 + 2; }
        if (square.s3 < best) { best = square.s3; label = four * 4 + 3; }
    }
    labels[i] = label;
    squares[i] = best;
}
"""

VENDORS = Path("/etc/OpenCL/vendors")
"""Where a system's package names its OpenCL drivers."""

_TOO_LARGE = ("MEM_OBJECT_ALLOCATION_FAILURE", "OUT_OF_RESOURCES", "OUT_OF_HOST_MEMORY")


class OpenCLEngine:
    """See the module. One device and its compiled kernel."""

    def __init__(self, choice: EngineChoice) -> None:
        self._cl, self._device = open_device(choice.device)
        self._context = self._cl.Context([self._device])
        self._queue = self._cl.CommandQueue(self._context)
        self._program = self._cl.Program(self._context, KERNEL).build()
        self._rows = choice.block or CHUNK_ROWS

    def describe(self) -> Capabilities:
        """Return what this engine can do, and on which device it does."""
        from dataclasses import replace

        return replace(describe(), device=self._device.name.strip())

    def assign(self, points: Points, centers: Centers64, *, threads: int) -> tuple[Labels32, float]:
        """Return the nearest centre of each point and the plain inertia."""
        labels, squares = self._nearest(points, centers)
        return labels, float(squares.sum(dtype=np.float64))

    def step(
        self, points: Points, weights: Weights | None, centers: Centers64, *, threads: int
    ) -> StepStats:
        """Return the statistics of `points` at `centers`."""
        labels, squares = self._nearest(points, centers)
        sums, counts = sums_by_label(points, weights, labels, len(centers))
        wide = squares.astype(np.float64)
        return StepStats(sums, counts, float((wide if weights is None else wide * weights).sum()))

    def open(
        self,
        points: Points | Pixels,
        weights: Weights | None,
        *,
        threads: int,
        poll: Poll | None = None,
    ) -> Session | None:
        """Return None: the driver feeds this engine chunks."""
        return None

    def _nearest(self, points: Points, centers: Centers64) -> tuple[Labels32, NDArray[np.float32]]:
        n, k, d = len(points), *centers.shape
        labels, squares = np.empty(n, np.int32), np.empty(n, np.float32)
        fours = np.full((-(-k // 4) * 4, d), np.inf, np.float32)
        fours[:k] = centers
        table = np.ascontiguousarray(fours.reshape(-1, 4, d).transpose(0, 2, 1))
        with self._working(k):
            # A kernel object keeps its arguments: one for each call, so that threads may share us.
            kernel = self._cl.Kernel(self._program, "nearest")
            there = self._buffer(table)
            for start in range(0, n, self._rows):
                rows = slice(start, start + self._rows)
                columns = np.ascontiguousarray(points[rows].T, np.float32)
                self._run(kernel, columns, there, labels[rows], squares[rows], k)
        return labels, squares

    def _run(
        self,
        kernel: Any,
        columns: Points,
        centers: Any,
        labels: Labels32,
        squares: NDArray[np.float32],
        k: int,
    ) -> None:
        """Label one block of points (d, b), writing into `labels` and `squares`."""
        cl, queue = self._cl, self._queue
        d, n = columns.shape
        out = [cl.Buffer(self._context, cl.mem_flags.WRITE_ONLY, 4 * n) for _ in range(2)]
        sizes = np.int32(n), np.int32(k), np.int32(d)
        points = self._buffer(columns)
        kernel(queue, (n,), None, points, centers, *out, *sizes)
        cl.enqueue_copy(queue, labels, out[0])
        cl.enqueue_copy(queue, squares, out[1])
        for buffer in (points, *out):
            buffer.release()

    def _buffer(self, table: NDArray[np.float32]) -> Any:
        flags = self._cl.mem_flags
        return self._cl.Buffer(self._context, flags.READ_ONLY | flags.COPY_HOST_PTR, hostbuf=table)

    @contextmanager
    def _working(self, k: int) -> Iterator[None]:
        """A short sentence where the device's memory is too small."""
        try:
            yield
        except self._cl.Error as error:
            if not any(word in str(error) for word in _TOO_LARGE):
                raise
            smaller = max(1, self._rows // 4)
            raise DeviceMemoryError(
                f"opencl on {self._device.name.strip()} ran out of memory at {k} centres; use the "
                f"engine 'opencl,block={smaller}', or a smaller block still."
            ) from None


def library() -> Any:
    """Return the module pyopencl.

    The loader that PyOpenCL's own packages bring looks for drivers beside itself; unless
    OCL_ICD_VENDORS says otherwise, it is told where the system's are.

    Raises:
        EngineUnavailableError: it is not installed.
    """
    if VENDORS.is_dir():
        os.environ.setdefault("OCL_ICD_VENDORS", str(VENDORS))
    try:
        import pyopencl
    except (ImportError, OSError) as error:
        raise EngineUnavailableError(
            f"PyOpenCL does not load ({error}); install it with `pip install 'pochade[opencl]'`."
        ) from None
    return pyopencl


def open_device(wanted: str = "") -> tuple[Any, Any]:
    """Return the module pyopencl and a device: the one asked for, or the fastest kind there is.

    Raises:
        EngineUnavailableError: PyOpenCL is not installed, or there is no such device.
    """
    cl = library()
    found = _found(cl)
    name = wanted or next(iter(found))
    if name not in found:
        name = f"{name}:0"
    if name not in found:
        raise EngineUnavailableError(
            f"the engine 'opencl' finds no device {wanted!r} here; there is {', '.join(found)}."
        )
    return cl, found[name]


def open_context(device: str = "") -> tuple[Any, Any]:
    """Return the module pyopencl and a context of a device; see `open_device`."""
    cl, one = open_device(device)
    return cl, cl.Context([one])


def devices() -> dict[str, str]:
    """The devices that are here and their names, the fastest kind first; imports PyOpenCL.

    Raises:
        EngineUnavailableError: there is none.
    """
    return {short: device.name.strip() for short, device in _found(library()).items()}


def _found(cl: Any) -> dict[str, Any]:
    """The devices by short name, gpu:0, gpu:1, other:0, cpu:0: at least one."""
    try:
        platforms = cl.get_platforms()
    except cl.Error:  # no platform at all is an error there
        platforms = []
    kinds: dict[str, list[Any]] = {"gpu": [], "other": [], "cpu": []}
    for platform in platforms:
        for device in _devices_of(cl, platform):
            gpu, cpu = (device.type & kind for kind in (cl.device_type.GPU, cl.device_type.CPU))
            kinds["gpu" if gpu else "cpu" if cpu else "other"].append(device)
    found = {f"{kind}:{i}": one for kind in kinds for i, one in enumerate(kinds[kind])}
    if not found:
        raise EngineUnavailableError(
            "the engine 'opencl' finds no device here; install a driver, for a processor on Debian "
            "or Ubuntu with `apt install pocl-opencl-icd`, and name the folder of its .icd file in "
            f"OCL_ICD_VENDORS where it is not {VENDORS}."
        )
    return found


def _devices_of(cl: Any, platform: Any) -> list[Any]:
    try:
        return list(platform.get_devices())
    except cl.Error:  # a driver without a device
        return []


@cache
def describe() -> Capabilities:
    """Return what the engine can do, without importing PyOpenCL."""
    try:
        installed = version("pyopencl") if find_spec("pyopencl") else ""
    except PackageNotFoundError:
        installed = "unknown"
    return Capabilities(
        name="opencl",
        summary="an OpenCL 1.2 kernel for the labels, NumPy sums",
        devices=("cpu", "gpu"),
        dtypes=("float32",),
        weights=True,
        fused=False,
        deterministic=True,
        install="pip install 'pochade[opencl]'",
        available=bool(installed),
        reason="PyOpenCL is installed" if installed else "PyOpenCL is not installed",
        version=f"pyopencl {installed}" if installed else "",
        options=("device", "block"),
    )


def load(choice: EngineChoice) -> OpenCLEngine:
    """Return the engine; imports PyOpenCL and builds its kernel."""
    return OpenCLEngine(choice)
