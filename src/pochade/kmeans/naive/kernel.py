"""The OpenCL kernel with its update in NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pochade.kmeans.engines.opencl import open_context
from pochade.kmeans.naive.run import NaiveRun, opened

SOURCE = """
__kernel void nearest(__global const float *points, __global const float *centers,
                      __global int *labels, const int k, const int d) {
    const int i = get_global_id(0);
    float best = INFINITY;
    for (int j = 0; j < k; j++) {
        float total = 0.0f;
        for (int c = 0; c < d; c++) {
            const float gap = points[i * d + c] - centers[j * d + c];
            total += gap * gap;
        }
        if (total < best) {
            best = total;
            labels[i] = j;
        }
    }
}
"""


def opencl_kernel_numpy_update(
    points: ArrayLike, k: int, *, iters: int = 10, seed: int = 0, init: ArrayLike | None = None
) -> NaiveRun:
    """k-means with its assignment in an OpenCL kernel and its means in NumPy, k masks of them.

    Every iteration carries the labels back and looks through all points once for each cluster. An
    empty cluster keeps its centre. Does all its iterations, moved or not.

    Args:
        points: (n, d).
        k: number of centres.
        iters: iterations.
        seed: of the random points that it starts from.
        init: (k, d) to start from instead.

    Raises:
        EngineUnavailableError: PyOpenCL is not installed, or there is no OpenCL device.
    """
    cl, context = open_context()
    table, start = opened(points, k, seed, init)
    queue = cl.CommandQueue(context)
    kernel = cl.Kernel(cl.Program(context, SOURCE).build(), "nearest")
    read, flags = cl.mem_flags.READ_ONLY | cl.mem_flags.COPY_HOST_PTR, cl.mem_flags
    on_device = cl.Buffer(context, read, hostbuf=table)
    labels = np.zeros(len(table), np.int32)
    found = cl.Buffer(context, flags.WRITE_ONLY, labels.nbytes)
    centers = start.astype(np.float32)
    sizes = np.int32(k), np.int32(table.shape[1])
    for _ in range(iters):
        there = cl.Buffer(context, read, hostbuf=centers)
        kernel(queue, (len(table),), None, on_device, there, found, *sizes)
        cl.enqueue_copy(queue, labels, found)
        queue.finish()
        for cluster in range(k):
            members = table[labels == cluster]
            if len(members) > 0:
                centers[cluster] = members.mean(axis=0)
    return NaiveRun(centers.astype(np.float64), labels, iters)
