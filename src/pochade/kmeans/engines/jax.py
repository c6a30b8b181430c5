"""The JAX engine."""

from __future__ import annotations

from typing import Any

from pochade.errors import EngineUnavailableError


def library() -> Any:
    """Return the module jax.

    Raises:
        EngineUnavailableError: it is not installed.
    """
    try:
        import jax
    except ImportError:
        raise EngineUnavailableError(
            "JAX is not installed; install it with `pip install 'pochade[jax]'`."
        ) from None
    return jax
