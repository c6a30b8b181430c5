"""Colour spaces and colour differences, float32, in bounded memory.

`convert` and `to_srgb8` go between 'srgb', 'linear', 'lab' and 'oklab'; `cie76`, `ciede2000` and
`oklab_difference` measure. Each space is a file of two pure functions, to linear sRGB and from it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

_HOME = {
    "SPACES": "pochade.color.convert",
    "SpaceName": "pochade.color.convert",
    "cie76": "pochade.color.difference",
    "ciede2000": "pochade.color.difference",
    "convert": "pochade.color.convert",
    "oklab_difference": "pochade.color.difference",
    "to_srgb8": "pochade.color.convert",
}

if TYPE_CHECKING:
    from pochade.color.convert import SPACES, SpaceName, convert, to_srgb8
    from pochade.color.difference import cie76, ciede2000, oklab_difference

__all__ = [
    "SPACES",
    "SpaceName",
    "cie76",
    "ciede2000",
    "convert",
    "oklab_difference",
    "to_srgb8",
]


class _Package(ModuleType):
    """A package in which `convert` is the function, not the module of that name it lives in."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    """Load a name from its module on first use (PEP 562): a picture kept in sRGB needs none."""
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'pochade.color' has no attribute {name!r}")
