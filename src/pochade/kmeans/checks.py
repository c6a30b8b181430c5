"""What enters k-means, checked once at the boundary: everything below may trust it."""

from __future__ import annotations

import operator
import os
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pochade.errors import UsageError
from pochade.kmeans.engines.protocol import Centers64
from pochade.types import Points, Weights

MAX_THREADS = 1024


def check_points(points: ArrayLike, name: str = "points") -> Points:
    """Return `points` as a contiguous (n, d) float32 array: the same one when it is that already.

    Raises:
        UsageError: not numbers, not two-dimensional, empty, or not finite in float32.
    """
    array = _numbers(points, name)
    if array.ndim != 2 or 0 in array.shape:
        raise UsageError(
            f"{name} must be an (n, d) table with at least one row and one column, "
            f"but its shape is {array.shape}."
        )
    with np.errstate(over="ignore"):
        array = np.ascontiguousarray(array, np.float32)
    # min and max pass on a NaN and show an infinity, in a fraction of isfinite's time.
    if not (isfinite(array.min()) and isfinite(array.max())):
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise UsageError(
            f"{name} must be finite numbers within float32, but row {row} holds "
            f"{[float(value) for value in array[row][:4]]}."
        )
    return array


def check_weights(weights: ArrayLike | None, n: int) -> Weights | None:
    """Return `weights` as a contiguous (n,) float32 array, or None for None.

    Raises:
        UsageError: not n numbers, one of them negative or not finite, or all of them 0.
    """
    if weights is None:
        return None
    array = _numbers(weights, "weights")
    if array.shape != (n,):
        raise UsageError(
            f"weights must hold one number for each of the {n} points, "
            f"but its shape is {array.shape}."
        )
    with np.errstate(over="ignore"):
        array = np.ascontiguousarray(array, np.float32)
    largest = float(array.max())
    if not (array.min() >= 0 and isfinite(largest)):
        row = int(np.flatnonzero(~((array >= 0) & (array < np.inf)))[0])
        raise UsageError(
            f"weights must be finite and not negative, but weight {row} is {float(array[row])}."
        )
    if largest == 0:
        raise UsageError("weights are all 0; at least one point must count.")
    return array


def check_centers(centers: ArrayLike, k: int | None, d: int, name: str = "init") -> Centers64:
    """Return given centres as a contiguous (k, d) float64 array of their own.

    Raises:
        UsageError: not k (None: any number from 1) times d finite numbers within float32.
    """
    array = _numbers(centers, name)
    if array.ndim != 2 or array.shape[1] != d or len(array) != (k or max(1, len(array))):
        raise UsageError(
            f"{name} must be a ({k or 'k'}, {d}) array, one centre of {d} numbers for each "
            f"cluster, but its shape is {array.shape}."
        )
    if not (np.abs(array) <= np.finfo(np.float32).max).all():
        raise UsageError(f"{name} must hold finite numbers within float32.")
    return np.array(array, np.float64, order="C")


def check_whole(value: object, name: str, *, least: int, most: int | None = None) -> int:
    """Return `value` as an int of at least `least` and, where given, at most `most`.

    Raises:
        UsageError: not a whole number, or outside.
    """
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise UsageError(f"{name} must be a whole number, not {value!r}.") from None
    if number < least:
        raise UsageError(f"{name} must be at least {least}, not {number}.")
    if most is not None and number > most:
        raise UsageError(f"{name} must be at most {most}, not {number}.")
    return number


def check_tolerance(tol: object) -> float:
    """Return `tol` as a float; it must be finite and not negative.

    Raises:
        UsageError: it is not.
    """
    if not isinstance(tol, int | float | np.integer | np.floating) or not 0 <= float(tol) < np.inf:
        raise UsageError(f"tol must be a finite number of at least 0, not {tol!r}.")
    return float(tol)


def thread_count(threads: int | None) -> int:
    """Return `threads`, or for None the number of processors that this process may use.

    Raises:
        UsageError: not a whole number from 1 to 1024.
    """
    if threads is not None:
        return check_whole(threads, "threads", least=1, most=MAX_THREADS)
    if hasattr(os, "sched_getaffinity"):
        return min(MAX_THREADS, len(os.sched_getaffinity(0)))
    return min(MAX_THREADS, os.cpu_count() or 1)


def _numbers(values: ArrayLike, name: str) -> np.ndarray[Any, np.dtype[Any]]:
    """Return `values` as an array of real numbers, or raise UsageError."""
    try:
        array = np.asarray(values)
        if array.dtype == object:
            array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"{name} must be a table of numbers, all rows equally long.") from None
    if array.dtype.kind not in "buif":
        raise UsageError(f"{name} must be real numbers, not {array.dtype}.")
    return array
