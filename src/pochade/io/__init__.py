"""Reading and writing pictures: `open_image` is the only decoder entry of the product."""

from __future__ import annotations

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
