"""The naive versions of k-means as a comparison knows them: what each shows, what it would need."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.comparing.worker import Fit
    from pochade.types import Points


class NaiveVersion(NamedTuple):
    """One way in which tutorials write k-means.

    Attributes:
        name: as on the command line.
        library: the module that it needs.
        install: the command that installs it.
        summary: what it is.
        lesson: why it is slow or wrong, in sentences for a student.
        bytes_per_distance: memory for each pair of a point and a centre, about.
    """

    name: str
    library: str
    install: str
    summary: str
    lesson: str
    bytes_per_distance: float

    @property
    def here(self) -> bool:
        """Whether its library is installed."""
        return find_spec(self.library) is not None

    def bytes_needed(self, n: int, k: int) -> int:
        """The memory that its table of distances takes, about."""
        return int(self.bytes_per_distance * n * k)


NAIVE = (
    NaiveVersion(
        "naive-jax",
        "jax",
        "pip install 'pochade[jax]'",
        "JAX, as in a notebook: all differences at once, means in float16",
        "Float16 ends at 65,504: a cluster of more pixels has an infinite size, its mean is 0, and "
        "it turns black. Smaller clusters are off by up to a third of a level, because every "
        "pixel is divided and rounded before the sum. And it holds a difference for every pixel, "
        "centre and channel at once, so that a large picture does not fit into memory.",
        16.0,
    ),
    NaiveVersion(
        "naive-torch",
        "torch",
        "pip install 'pochade[torch]'",
        "PyTorch, as in a tutorial: torch.cdist, then a mean for each cluster in a loop",
        "It stores the distance of every pixel to every centre and takes a root that nobody needs. "
        "Then it walks over all pixels once more for each cluster, to pick out its own.",
        5.0,
    ),
    NaiveVersion(
        "naive-opencl",
        "pyopencl",
        "pip install 'pochade[opencl]'",
        "OpenCL kernel for the labels, NumPy loop for the means",
        "Only half of the work is on the device. Labels come back in every iteration, and the means "
        "are taken with a mask over all pixels for each cluster, which is most of the time: a "
        "faster device changes little.",
        0.0,
    ),
)


def naive_version(name: str) -> NaiveVersion | None:
    """The version of that name, or None."""
    return next((version for version in NAIVE if version.name == name), None)


def naive_fit(name: str, points: Points, start: NDArray[np.float64], *, iters: int) -> Fit:
    """Load what a version needs; what is returned runs it.

    Raises:
        UsageError: there is no such version.
    """
    version = naive_version(name)
    if version is None:
        raise UsageError(f"there is no naive version {name!r}")
    run: Callable[..., object] = _load(version)
    del run, points, start, iters
    raise NotImplementedError


def _load(version: NaiveVersion) -> Callable[..., object]:
    raise NotImplementedError
