"""k-means the way first programs write it, kept to be measured beside the engines.

Each version is written afresh after what a seed of this project did: a JAX notebook in float16, a
loop around `torch.cdist`, an OpenCL kernel with its update in NumPy. Their faults are theirs and
are kept, since `pochade compare` is there to show them; nothing else in pochade uses this package.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pochade.kmeans.naive.cdist import torch_cdist_loop
from pochade.kmeans.naive.kernel import opencl_kernel_numpy_update
from pochade.kmeans.naive.notebook import jax_float16_notebook
from pochade.kmeans.naive.run import NaiveRun

__all__ = [
    "NAIVE",
    "NaiveRun",
    "NaiveVersion",
    "jax_float16_notebook",
    "opencl_kernel_numpy_update",
    "torch_cdist_loop",
]


class NaiveVersion(NamedTuple):
    """One naive version and what is known about it.

    Attributes:
        name: short, for flags and tables.
        engine: the engine of the same library, which has to be installed.
        run: called as run(points, k, iters=..., seed=..., init=...).
        fault: why it is slow or wrong, in one sentence.
        peak_bytes: called as peak_bytes(n, k, d): about the memory that it asks for at once.
    """

    name: str
    engine: str
    run: Callable[..., NaiveRun]
    fault: str
    peak_bytes: Callable[[int, int, int], int]


NAIVE = (
    NaiveVersion(
        "jax-notebook",
        "jax",
        jax_float16_notebook,
        "all n x k x d differences are stored at once, and means are sums of float16 shares, "
        "which are 0 in clusters of more than 65,504 points",
        # The differences and their squares, in float32, and float16 copies of the points.
        lambda n, k, d: n * k * (8 * d + 4) + 8 * n * d,
    ),
    NaiveVersion(
        "torch-cdist",
        "torch",
        torch_cdist_loop,
        "all n x k distances are stored, with a square root each, and every cluster reads all "
        "points again",
        lambda n, k, d: 4 * n * (k + 2 * d) + 9 * n,
    ),
    NaiveVersion(
        "opencl-numpy",
        "opencl",
        opencl_kernel_numpy_update,
        "the labels come back in every iteration, and NumPy reads all points again for every "
        "cluster, which takes longer than the kernel",
        lambda n, k, d: 4 * n * (2 * d + 2) + n,
    ),
)
