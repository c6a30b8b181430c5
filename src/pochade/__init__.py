"""pochade: see, reduce and paint pictures by clustering.

Importing this package loads NumPy and nothing else; each public name loads its module when it is
first used.

>>> import numpy as np, pochade
>>> picture = np.zeros((2, 2, 3), np.uint8); picture[0] = 255
>>> pochade.quantize(picture, 2).palette.shape
(2, 3)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "quantize": "pochade.quantize",
}

__all__ = ["__version__", *_PUBLIC]

if TYPE_CHECKING:
    pass


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use (PEP 562)."""
    if name in _PUBLIC:
        value = getattr(import_module(_PUBLIC[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'pochade' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
