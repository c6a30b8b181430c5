"""The brush: how a painting is laid down, and on what."""

from __future__ import annotations

from pochade.painting.brush.finish import finish, reach
from pochade.painting.brush.tubes import limit_colors

__all__ = ["finish", "limit_colors", "reach"]
