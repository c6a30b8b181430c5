"""The JAX notebook in float16."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pochade.kmeans.engines.jax import library
from pochade.kmeans.naive.run import NaiveRun, opened


def jax_float16_notebook(
    points: ArrayLike, k: int, *, iters: int = 10, seed: int = 0, init: ArrayLike | None = None
) -> NaiveRun:
    """k-means as a notebook does it: pixels in float16, one array operation after the other.

    Each point is divided by the size of its cluster, in float16, before the shares are added. A
    size above 65,504 is infinity there and the mean becomes 0, black; an empty cluster's, too. Ends
    early when no label changes.

    Args:
        points: (n, d), from 0 to 255.
        k: number of centres.
        iters: iterations at most.
        seed: of the random points that it starts from.
        init: (k, d) to start from instead.

    Raises:
        EngineUnavailableError: JAX is not installed.
    """
    jax = library()
    jnp = jax.numpy
    table, start = opened(points, k, seed, init)
    data = jnp.asarray(table, jnp.float16)
    means = jnp.asarray(start, jnp.float16)
    labels, done = None, 0
    for _ in range(iters):
        differences = data[:, None, :].astype(jnp.float32) - means[None].astype(jnp.float32)
        nearest = jnp.argmin(jnp.sum(differences**2, axis=2), axis=1)
        sizes = jnp.bincount(nearest, length=k).astype(jnp.float16)
        shares = data / sizes[nearest][:, None]
        summed = jax.ops.segment_sum(shares.astype(jnp.float32), nearest, num_segments=k)
        means = summed.astype(jnp.float16)
        done += 1
        same = labels is not None and bool(jnp.array_equal(nearest, labels))
        labels = nearest
        if same:
            break
    found = np.zeros(len(table), np.int32) if labels is None else np.asarray(labels, np.int32)
    return NaiveRun(np.asarray(means, np.float64), found, done)
