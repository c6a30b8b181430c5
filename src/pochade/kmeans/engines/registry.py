"""Engines by name. Nothing heavy is imported until an engine is asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from pochade.errors import EngineUnavailableError, UsageError
from pochade.kmeans.engines.protocol import Capabilities, Engine

# In the order in which 'auto' prefers them: on the three or four dimensions of colours NumPy is as
# quick as scikit-learn's kernel and needs nothing installed. Each module offers `describe()`, which is cheap, and
# `load()`, which may import what the engine needs.
_MODULES = MappingProxyType(
    {
        "native": "pochade.kmeans.engines.native",
        "reference": "pochade.kmeans.engines.reference",
        "sklearn": "pochade.kmeans.engines.sklearn",
    }
)

ENGINE_NAMES: tuple[str, ...] = tuple(_MODULES)
"""Every engine that pochade knows, installed or not, in the order of preference."""


def engines() -> list[Capabilities]:
    """Return what each known engine can do and whether it is available here.

    >>> [record.name for record in engines()]
    ['native', 'reference', 'sklearn']
    """
    return [_capabilities(name) for name in _MODULES]


def get_engine(name: str) -> Engine:
    """Return the named engine; never another one in its place.

    Raises:
        UsageError: there is no engine of that name.
        EngineUnavailableError: it is not installed here; the message says how to install it.
    """
    if name not in _MODULES:
        known = ", ".join(["auto", *_MODULES])
        raise UsageError(f"there is no engine {name!r}; the engines are {known}.")
    record = _capabilities(name)
    if not record.available:
        raise EngineUnavailableError(
            f"the engine {name!r} is not available: {record.reason}; install it with "
            f"`{record.install}`, or use another engine."
        )
    return _load(name)


def choose_engine(name: str = "auto", *, k: int = 1, d: int = 1) -> tuple[Engine, str]:
    """Return an engine for k clusters of d-dimensional points, and why it was chosen.

    `auto` takes the first available engine, in the order of `ENGINE_NAMES`, whose limits allow k
    and d. Any other name is that engine or an error.

    Raises:
        UsageError: no engine of that name, or k or d is beyond its limits.
        EngineUnavailableError: it is not installed here.
    """
    if name != "auto":
        engine = get_engine(name)
        limit = _beyond(_capabilities(name), k, d)
        if limit:
            raise UsageError(f"the engine {name!r} {limit}; use another engine.")
        return engine, "asked for by name"
    passed_over = []
    for candidate in _MODULES:
        record = _capabilities(candidate)
        problem = _beyond(record, k, d) if record.available else record.reason
        if problem:
            passed_over.append(f"{candidate}: {problem}")
            continue
        reason = "the first choice" if not passed_over else "; ".join(passed_over)
        return _load(candidate), reason
    raise EngineUnavailableError(f"no engine is available: {'; '.join(passed_over)}.")


def _beyond(record: Capabilities, k: int, d: int) -> str:
    """Say which limit of the engine is exceeded, or nothing."""
    if record.max_k is not None and k > record.max_k:
        return f"takes at most {record.max_k} clusters, not {k}"
    if record.max_d is not None and d > record.max_d:
        return f"takes points of at most {record.max_d} dimensions, not {d}"
    return ""


@cache
def _module(name: str) -> Any:
    return import_module(_MODULES[name])


@cache
def _capabilities(name: str) -> Capabilities:
    record: Capabilities = _module(name).describe()
    return record


@cache
def _load(name: str) -> Engine:
    engine: Engine = _module(name).load()
    return engine
