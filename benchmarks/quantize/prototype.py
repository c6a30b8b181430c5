"""The research prototype 'unique + split-merge .5', compiled and run beside our own modes.

Its source is not part of this repository; without it (POCHADE_PROTOTYPES) its rows are left out.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.quantize.pictures import PROTOTYPES


def load():
    """The prototype as (picture, k) -> (palette, labels), or None without source or compiler."""
    source = PROTOTYPES / "quantize.c"
    if not source.exists():
        return None
    library = Path(tempfile.mkdtemp()) / "prototype.so"
    command = ["gcc", "-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
    try:
        subprocess.run([*command, str(source), "-o", str(library), "-lm"], check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    functions = ctypes.CDLL(str(library))
    return lambda picture, k: _quantize(functions, picture, k)


def _quantize(functions, picture, k):
    n = picture.shape[0] * picture.shape[1]
    capacity = 1 << 17
    inverse = np.empty(n, np.uint32)
    planes = [np.empty(min(n + 64, 1 << 24) + 64, np.float32) for _ in range(4)]

    def at(array):
        return array.ctypes.data_as(ctypes.c_void_p)

    while True:
        m = functions.uniq(at(picture), n, *map(at, planes), at(inverse), capacity)
        if m >= 0:
            break
        capacity *= 4
    points = (*map(at, planes), m)
    centers = np.zeros((k, 3), np.float32)
    k = functions.wu(*points, 5, k, 1, at(centers))
    labels = np.empty(m + 32, np.int32)

    def lloyd(iterations):
        functions.lloyd(*points, at(centers), k, iterations, ctypes.c_double(1e-4), at(labels))

    lloyd(3)
    ctypes.c_double.in_dll(functions, "THR").value = 0.5
    final = ctypes.c_double()
    functions.swapsearch(*points, at(centers), k, 10, ctypes.c_double(0.2), 3, ctypes.byref(final))
    lloyd(8)
    palette = np.clip(np.rint(centers[:k]), 0, 255).astype(np.float32)
    functions.assign_f(*(at(plane) for plane in planes[:3]), m, at(palette), k, at(labels))
    out = np.empty(n, np.uint8)
    functions.map_inv(at(inverse), n, at(labels), at(out))
    return palette.astype(np.uint8), out.reshape(picture.shape[:2])
