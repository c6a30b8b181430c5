"""k-means, once: one driver, many engines. NumPy is all that importing it loads."""

from pochade.kmeans.driver import KMeansResult, KMeansSettings, SplitMerge, kmeans
from pochade.kmeans.engines.registry import choose_engine, engines, get_engine

__all__ = [
    "KMeansResult",
    "KMeansSettings",
    "SplitMerge",
    "choose_engine",
    "engines",
    "get_engine",
    "kmeans",
]
