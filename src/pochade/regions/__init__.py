"""Region trees: merge neighbouring regions once, cut the tree at any level of detail.

`build_tree` merges pixels (or superpixels) into a binary partition tree, `build_segmentation_tree`
makes the one for outlining objects, `cut` takes a level of either as a label image.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "Cut": "pochade.regions.cuts",
    "RegionTree": "pochade.regions.tree",
    "boundary_edges": "pochade.regions.strength",
    "boundary_strength": "pochade.regions.strength",
    "build_segmentation_tree": "pochade.regions.segmentation",
    "build_tree": "pochade.regions.build",
    "cut": "pochade.regions.cuts",
    "load_tree": "pochade.regions.files",
    "region_means": "pochade.regions.strength",
}

if TYPE_CHECKING:
    from pochade.regions.build import build_tree
    from pochade.regions.cuts import Cut, cut
    from pochade.regions.files import load_tree
    from pochade.regions.segmentation import build_segmentation_tree
    from pochade.regions.strength import boundary_edges, boundary_strength, region_means
    from pochade.regions.tree import RegionTree

__all__ = [
    "Cut",
    "RegionTree",
    "boundary_edges",
    "boundary_strength",
    "build_segmentation_tree",
    "build_tree",
    "cut",
    "load_tree",
    "region_means",
]


def __getattr__(name: str) -> Any:
    """Load a name from its module on first use (PEP 562)."""
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'pochade.regions' has no attribute {name!r}")
