"""pochade: see, reduce and paint pictures by clustering.

Importing this package loads NumPy and nothing else; each public name loads its module when it is
first used.

>>> import numpy as np, pochade
>>> picture = np.zeros((2, 2, 3), np.uint8); picture[0] = 255
>>> pochade.quantize(picture, 2).palette.shape
(2, 3)
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "cloud": "pochade.plot.cloud",
    "CloudResult": "pochade.plot.cloud_result",
    "quantize": "pochade.quantize",
    "quantize_many": "pochade.quantize",
    "QuantizeResult": "pochade.quantize_result",
    "sweep": "pochade.sweep",
    "choose_k": "pochade.sweep",
    "SweepResult": "pochade.sweep_result",
    "KChoice": "pochade.k_rules",
    "palette": "pochade.palette.make",
    "palette_many": "pochade.palette.make",
    "read_palette": "pochade.palette.make",
    "PaletteResult": "pochade.palette.result",
    "recolor": "pochade.recolor",
    "RecolorResult": "pochade.recolor",
    "clean": "pochade.clean",
    "CleanResult": "pochade.clean_result",
    "cutout": "pochade.cutout",
    "CutoutResult": "pochade.cutout_result",
    "compare": "pochade.compare",
    "CompareResult": "pochade.compare_result",
    "EngineRun": "pochade.compare_result",
    "segment": "pochade.segment",
    "SegmentLook": "pochade.segment_options",
    "SegmentResult": "pochade.segment_result",
    "open_image": "pochade.io.open",
    "table": "pochade.table",
    "TableResult": "pochade.table_result",
    "edges": "pochade.edges",
    "EdgesResult": "pochade.edges_result",
    "PochadeError": "pochade.errors",
    "UsageError": "pochade.errors",
    "EngineUnavailableError": "pochade.errors",
    "InputError": "pochade.errors",
    "LimitError": "pochade.errors",
    "OutputError": "pochade.errors",
    "LargerThanInputError": "pochade.errors",
    "QualityNotReachedError": "pochade.errors",
    "CancelledError": "pochade.errors",
    "CannotTellError": "pochade.errors",
}

__all__ = [
    "CancelledError",
    "CannotTellError",
    "CleanResult",
    "CloudResult",
    "CompareResult",
    "CutoutResult",
    "EdgesResult",
    "EngineRun",
    "EngineUnavailableError",
    "InputError",
    "KChoice",
    "LargerThanInputError",
    "LimitError",
    "OutputError",
    "PaletteResult",
    "PochadeError",
    "QualityNotReachedError",
    "QuantizeResult",
    "RecolorResult",
    "SegmentLook",
    "SegmentResult",
    "SweepResult",
    "TableResult",
    "UsageError",
    "__version__",
    "choose_k",
    "clean",
    "cloud",
    "compare",
    "cutout",
    "edges",
    "open_image",
    "palette",
    "palette_many",
    "quantize",
    "quantize_many",
    "read_palette",
    "recolor",
    "segment",
    "sweep",
    "table",
]

if TYPE_CHECKING:
    from pochade.clean import clean
    from pochade.clean_result import CleanResult
    from pochade.compare import compare
    from pochade.compare_result import CompareResult, EngineRun
    from pochade.cutout import cutout
    from pochade.cutout_result import CutoutResult
    from pochade.edges import edges
    from pochade.edges_result import EdgesResult
    from pochade.errors import (
        CancelledError,
        CannotTellError,
        EngineUnavailableError,
        InputError,
        LargerThanInputError,
        LimitError,
        OutputError,
        PochadeError,
        QualityNotReachedError,
        UsageError,
    )
    from pochade.io.open import open_image
    from pochade.k_rules import KChoice
    from pochade.palette.make import palette, palette_many, read_palette
    from pochade.palette.result import PaletteResult
    from pochade.plot.cloud import cloud
    from pochade.plot.cloud_result import CloudResult
    from pochade.quantize import quantize, quantize_many
    from pochade.quantize_result import QuantizeResult
    from pochade.recolor import RecolorResult, recolor
    from pochade.segment import segment
    from pochade.segment_options import SegmentLook
    from pochade.segment_result import SegmentResult
    from pochade.sweep import choose_k, sweep
    from pochade.sweep_result import SweepResult
    from pochade.table import table
    from pochade.table_result import TableResult


class _Package(ModuleType):
    """A package whose public functions are not hidden by the modules they live in.

    `pochade.quantize` is a function in the module of the same name. Importing a submodule binds it
    to its name in the package, which would put the module in the function's place.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _PUBLIC and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use (PEP 562)."""
    if name in _PUBLIC:
        value = getattr(import_module(_PUBLIC[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'pochade' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
