"""The naive versions of k-means as a comparison knows them: how to run one, what it shows here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import UsageError
from pochade.kmeans.naive import NAIVE, NaiveVersion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.comparing.worker import Fit
    from pochade.types import Points

FLOAT16_MOST = 65_504
"""The largest number of float16; what is larger is infinity."""

SUMMARIES = {
    "jax-notebook": "k-means as a JAX notebook does it, in float16",
    "torch-cdist": "k-means as a first PyTorch program does it",
    "opencl-numpy": "labels by an OpenCL kernel, means by a NumPy loop",
}


def naive_version(name: str) -> NaiveVersion | None:
    """The version of that name, or None."""
    return next((version for version in NAIVE if version.name == name), None)


def naive_fit(name: str, points: Points, start: NDArray[np.float64], *, iters: int) -> Fit:
    """Load what a version needs.

    Raises:
        UsageError: there is no such version.
        EngineUnavailableError: its library is not installed.
    """
    from pochade.comparing.worker import Fit, Fitted

    version = naive_version(name)
    if version is None:
        raise UsageError(f"there is no naive version {name!r}")
    import_module(f"pochade.kmeans.engines.{version.engine}").library()

    def fit() -> Fitted:
        found = version.run(points, len(start), iters=iters, init=start)
        return Fitted(found.centers, found.labels, found.n_iter)

    return Fit(fit)


def what_it_shows(name: str, sizes: NDArray[Any]) -> str:
    """What a naive version does to this very picture, in a sentence; nothing where it is harmless.

    Args:
        name: of the version.
        sizes: pixels of each cluster of the exact result.

    >>> what_it_shows("jax-notebook", np.array([70_000, 9]))
    'Here 1 of 2 clusters has more than 65,504 pixels.'
    """
    large = int((sizes > FLOAT16_MOST).sum())
    if name != "jax-notebook" or not large:
        return ""
    verb = "has" if large == 1 else "have"
    return f"Here {large} of {len(sizes)} clusters {verb} more than {FLOAT16_MOST:,} pixels."
