"""The loop around torch.cdist."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pochade.kmeans.engines.torch import library
from pochade.kmeans.naive.run import NaiveRun, opened


def torch_cdist_loop(
    points: ArrayLike, k: int, *, iters: int = 10, seed: int = 0, init: ArrayLike | None = None
) -> NaiveRun:
    """k-means as a first PyTorch program does it: `torch.cdist`, then a mean for each cluster.

    All n x k distances are held, and each of the k means looks through all labels. An empty cluster
    keeps its centre. Ends early when the centres no longer move.

    Args:
        points: (n, d).
        k: number of centres.
        iters: iterations at most.
        seed: of the random points that it starts from.
        init: (k, d) to start from instead.

    Raises:
        EngineUnavailableError: PyTorch is not installed.
    """
    torch = library()
    table, start = opened(points, k, seed, init)
    data = torch.from_numpy(table)
    centers = torch.from_numpy(start.astype(np.float32))
    labels, done = torch.zeros(len(table), dtype=torch.int64), 0
    for _ in range(iters):
        labels = torch.argmin(torch.cdist(data, centers), dim=1)
        moved = centers.clone()
        for cluster in range(k):
            members = data[labels == cluster]
            if len(members) > 0:
                moved[cluster] = members.mean(dim=0)
        done += 1
        still = torch.allclose(moved, centers)
        centers = moved
        if still:
            break
    return NaiveRun(centers.numpy().astype(np.float64), labels.numpy().astype(np.int32), done)
