"""Reading and writing pictures: `open_image` is the only decoder entry of the product."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "DEFAULT_LIMITS": "pochade.io.limits",
    "Limits": "pochade.io.limits",
    "Metadata": "pochade.io.picture",
    "Picture": "pochade.io.picture",
    "Resize": "pochade.io.resize",
    "open_image": "pochade.io.open",
    "parse_resize": "pochade.io.resize",
}

if TYPE_CHECKING:
    from pochade.io.limits import DEFAULT_LIMITS, Limits
    from pochade.io.open import open_image
    from pochade.io.picture import Metadata, Picture
    from pochade.io.resize import Resize, parse_resize

__all__ = [
    "DEFAULT_LIMITS",
    "Limits",
    "Metadata",
    "Picture",
    "Resize",
    "open_image",
    "parse_resize",
]


def __getattr__(name: str) -> Any:
    """Load a name from its module on first use (PEP 562): start-up pays for what it uses."""
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'pochade.io' has no attribute {name!r}")
