"""The PyTorch engine."""

from __future__ import annotations

from typing import Any

from pochade.errors import EngineUnavailableError


def library() -> Any:
    """Return the module torch.

    Raises:
        EngineUnavailableError: it is not installed.
    """
    try:
        import torch
    except ImportError:
        raise EngineUnavailableError(
            "PyTorch is not installed; install it with `pip install 'pochade[torch]'`."
        ) from None
    return torch
