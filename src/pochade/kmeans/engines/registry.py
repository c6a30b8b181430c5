"""Engines by name. Nothing heavy is imported until an engine is asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from pochade.errors import EngineUnavailableError, UsageError
from pochade.kmeans.engines.automatic import suggest
from pochade.kmeans.engines.choice import EngineChoice, parse_choice
from pochade.kmeans.engines.protocol import Capabilities, Engine

# Each module offers `describe()`, which is cheap, and `load()`, which may import what the engine
# needs; `load(choice)` where the record names settings.
_MODULES = MappingProxyType(
    {
        "native": "pochade.kmeans.engines.native",
        "reference": "pochade.kmeans.engines.reference",
        "sklearn": "pochade.kmeans.engines.sklearn",
        "jax": "pochade.kmeans.engines.jax",
        "torch": "pochade.kmeans.engines.torch",
        "opencl": "pochade.kmeans.engines.opencl",
    }
)

ENGINE_NAMES: tuple[str, ...] = tuple(_MODULES)
"""Every engine that pochade knows, installed or not."""


def engines() -> list[Capabilities]:
    """Return what each known engine can do and whether it is available here.

    >>> [record.name for record in engines()]
    ['native', 'reference', 'sklearn', 'jax', 'torch', 'opencl']
    """
    return [_capabilities(name) for name in _MODULES]


def get_engine(name: str) -> Engine:
    """Return the named engine; never another one in its place.

    Args:
        name: an engine's name; after it may come a device and settings, as in "torch:cuda:1" or
            "jax,block=4096" (see `EngineChoice`).

    Raises:
        UsageError: there is no engine of that name, or it has no such setting.
        EngineUnavailableError: it is not installed here, or the device is not there; the message
            says how to install it, or which devices there are.
    """
    choice = parse_choice(name)
    if choice.name not in _MODULES:
        known = ", ".join(["auto", *_MODULES])
        raise UsageError(f"there is no engine {choice.name!r}; the engines are {known}.")
    record = _capabilities(choice.name)
    if not record.available:
        raise EngineUnavailableError(
            f"the engine {choice.name!r} is not available: {record.reason}; install it with "
            f"`{record.install}`, or use another engine."
        )
    for setting in choice.settings:
        if setting not in record.options:
            raise UsageError(
                f"the engine {choice.name!r} takes no {setting}, which {name!r} asks for."
            )
    return _load(choice)


def devices_of(name: str) -> dict[str, str]:
    """Return the devices that an installed engine finds here, with their names where they have one.

    Imports what the engine needs.

    Raises:
        EngineUnavailableError: it finds none, or does not load.
    """
    record = _capabilities(name)
    if "device" not in record.options:
        return dict.fromkeys(record.devices, "")
    found: dict[str, str] = _module(name).devices()
    return found


def choose_engine(name: str = "auto", *, k: int = 1, d: int = 1, n: int = 1) -> tuple[Engine, str]:
    """Return an engine for k clusters of n d-dimensional points, and why it was chosen.

    `auto` takes the first of what `automatic.suggest` names that is available and whose limits
    allow k and d. Any other name is that engine or an error.

    Raises:
        UsageError: no engine of that name, or k or d is beyond its limits.
        EngineUnavailableError: it is not installed here.
    """
    if name != "auto":
        engine = get_engine(name)
        limit = _beyond(_capabilities(parse_choice(name).name), k, d)
        if limit:
            raise UsageError(f"the engine {name!r} {limit}; use another engine.")
        device = engine.describe().device
        return engine, "asked for by name" + (f", on {device}" if device else "")
    passed_over: list[str] = []
    for suggestion in suggest(n, k, d):
        candidate = suggestion.engine.partition(":")[0]
        record = _capabilities(candidate)
        problem = _beyond(record, k, d) if record.available else record.reason
        if not problem:
            try:
                return get_engine(suggestion.engine), "; ".join([suggestion.reason, *passed_over])
            except EngineUnavailableError as error:
                problem = str(error)
        if suggestion.tell:
            passed_over.append(f"{candidate}: {problem}")
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
def _load(choice: EngineChoice) -> Engine:
    module = _module(choice.name)
    takes = _capabilities(choice.name).options
    engine: Engine = module.load(choice) if takes else module.load()
    return engine
