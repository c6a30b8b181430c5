"""The parameters `init`, `n_init` and `improve` as scikit-learn's users write them."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pochade.errors import UsageError
from pochade.kmeans.checks import check_centers, check_whole
from pochade.kmeans.driver import METHODS, Improve
from pochade.kmeans.engines.protocol import Centers64

Init: TypeAlias = str | ArrayLike | Callable[..., ArrayLike]

START_NAMES = MappingProxyType({"k-means++": "kmeans++", **{name: name for name in METHODS}})
"""What `init` may be called, and the driver's name for it."""


def starts(
    init: Init,
    n_init: int | str,
    table: NDArray[np.floating[Any]],
    k: int,
    random: Any,
    *,
    default: int = 10,
) -> list[tuple[Any, int]]:
    """Return (start, runs from it) pairs: a method's name, or an array in X's coordinates."""
    name = START_NAMES.get(init, "") if isinstance(init, str) else ""
    if isinstance(init, str) and not name:
        known = ", ".join(START_NAMES)
        raise UsageError(f"init must be one of {known}, an array or a callable, not {init!r}.")
    runs = n_init
    if runs == "auto":
        runs = default if name == "random" or callable(init) else 1
    runs = check_whole(runs, "n_init", least=1)
    if name:
        return [(name, runs)]
    if callable(init):
        return [(_given(init(table, k, random), table, k), 1) for _ in range(runs)]
    return [(_given(init, table, k), 1)]


def resolve_improve(improve: Any, start: object) -> Improve:
    """Return what 'auto' means for a start: a search from drawn centres, none from given ones."""
    if isinstance(improve, str) and improve == "auto":
        return "split-merge" if isinstance(start, str) else False
    chosen: Improve = improve
    return chosen


def _given(centers: ArrayLike, table: NDArray[np.floating[Any]], k: int) -> Centers64:
    return check_centers(centers, k, table.shape[1])
