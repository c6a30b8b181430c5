"""Colour arrays, and how to walk over big ones in pieces, so that temporaries stay small."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.floating[Any]]
"""float32 or float64: colours (..., 3) or single values; each function says which."""

CHUNK = 1 << 16
"""Colours in one piece: a few MB of float64 temporaries."""


def pieces(shape: tuple[int, ...], size: int = CHUNK) -> Iterator[tuple[slice | int, ...]]:
    """Indices that split leading axes so that each piece has at most `size` entries.

    `shape` leaves out the last (channel) axis. The split depends on the shape only. The whole
    is one piece when it is small enough, also for a single colour (shape ()).
    """
    if math.prod(shape) <= size:
        yield ()
        return
    inner = math.prod(shape[1:])
    if inner > size:
        for i in range(shape[0]):
            for rest in pieces(shape[1:], size):
                yield (i, *rest)
        return
    step = max(1, size // inner)
    for start in range(0, shape[0], step):
        yield (slice(start, min(start + step, shape[0])),)


def is_flat(*arrays: NDArray[Any]) -> bool:
    """Whether all arrays are C-contiguous and of one shape, so that they may be seen as n x c."""
    return all(a.flags.c_contiguous and a.shape == arrays[0].shape for a in arrays)


def flat(array: NDArray[Any]) -> NDArray[Any]:
    """A contiguous array (..., c) as a view n x c."""
    return array.reshape(-1, array.shape[-1]) if array.size else np.zeros((0, 3), array.dtype)
