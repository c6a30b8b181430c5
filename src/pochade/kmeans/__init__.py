"""k-means, once: one driver, many engines. Each name loads its module when it is first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "KMeansResult": "pochade.kmeans.driver",
    "KMeansSettings": "pochade.kmeans.driver",
    "SplitMerge": "pochade.kmeans.engines.protocol",
    "choose_engine": "pochade.kmeans.engines.registry",
    "get_engine": "pochade.kmeans.engines.registry",
    "kmeans": "pochade.kmeans.driver",
}

if TYPE_CHECKING:
    from pochade.kmeans.driver import KMeansResult, KMeansSettings, kmeans
    from pochade.kmeans.engines.protocol import SplitMerge
    from pochade.kmeans.engines.registry import choose_engine, get_engine

__all__ = [
    "KMeansResult",
    "KMeansSettings",
    "SplitMerge",
    "choose_engine",
    "get_engine",
    "kmeans",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use."""
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'pochade.kmeans' has no attribute {name!r}")
