"""The JAX engine: the programs of `jax_programs`, compiled once for each (k, d), on any device.

Points go in blocks of one fixed shape, the last one filled up with points of weight 0, and k is a
number that the program is told: so that pictures of any size run in the same compiled program.
Up to `jax_points.HELD_BYTES` of points are also one table for a whole loop without a way back.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pochade.errors import DeviceMemoryError, EngineUnavailableError
from pochade.kmeans.engines.choice import EngineChoice
from pochade.kmeans.engines.jax_points import JaxPoints
from pochade.kmeans.engines.jax_programs import DIFFERENCES, Programs
from pochade.kmeans.engines.protocol import (
    Capabilities,
    Centers64,
    Labels32,
    Poll,
    StepStats,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pochade.types import Pixels, Points, Weights


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
