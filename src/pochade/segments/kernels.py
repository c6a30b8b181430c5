"""The kernels of label images, or their NumPy reference where nothing was compiled."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pochade.segments import reference

kernels: Any
try:
    kernels = import_module("pochade._native")
except ImportError:  # installed without a compiler
    kernels = reference
