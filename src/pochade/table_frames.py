"""Pixel tables as data frames of other libraries, which are loaded here alone."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pochade.errors import EngineUnavailableError

if TYPE_CHECKING:
    from pochade.pixels.blocks import Block


def pandas_frame(columns: Block) -> Any:
    """A pandas.DataFrame of these columns, which are not copied where pandas allows it."""
    return _library("pandas").DataFrame(columns, copy=False)


def polars_frame(columns: Block) -> Any:
    """A polars.DataFrame of these columns."""
    return _library("polars").DataFrame(columns)


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise EngineUnavailableError(
            f"this needs {name}, which is not installed; run: pip install {name}"
        ) from error
