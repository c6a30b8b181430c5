"""Convert colours between spaces, of any number, in bounded memory.

Spaces: 'srgb', 'linear', 'lab', 'oklab'. Linear sRGB is the hub: a conversion is one function to it
and one from it, and a new space is one file and one line in `_SPACES`. The native kernels
give the same bytes on every instruction set and at any thread count. For colours of the sRGB gamut
they are within 5e-7 of the float64 formulas in OKLab (L of white = 1), 1.5e-4 in L*a*b* (L of
white = 100), 2e-6 in linear sRGB and 1.2e-5 in sRGB (0.003 of a byte; 3e-7 from linear). Without
the kernels NumPy evaluates the formulas in float64 and rounds once.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pochade.color import lab, oklab, srgb
from pochade.color.arrays import FloatArray, flat, is_flat, pieces
from pochade.errors import UsageError

SpaceName: TypeAlias = Literal["srgb", "linear", "lab", "oklab"]
Function: TypeAlias = Callable[[FloatArray], FloatArray]


def _same(colors: FloatArray) -> FloatArray:
    return colors


# name: (to linear sRGB, from linear sRGB), each (..., 3) -> (..., 3)
_SPACES: dict[str, tuple[Function, Function]] = {
    "srgb": (srgb.to_linear, srgb.from_linear),
    "linear": (_same, _same),
    "lab": (lab.to_linear, lab.from_linear),
    "oklab": (oklab.to_linear, oklab.from_linear),
}

SPACES: tuple[str, ...] = tuple(_SPACES)
"""The names of the spaces."""


def load_native() -> ModuleType | None:
    """The compiled kernels, or None where they were not built."""
    try:
        from pochade import _native
    except ImportError:
        return None
    return _native if hasattr(_native, "convert_colors") else None


def convert(
    colors: ArrayLike, source: SpaceName, target: SpaceName, *, threads: int = 1
) -> NDArray[np.float32]:
    """Convert colours from one space to another.

    Args:
        colors: (..., 3), any shape before the channels, one colour (3,) too. uint8 is 0..255 and
            only for source 'srgb'; anything else is taken as float32 in the source's own units:
            'srgb' and 'linear' 0..1, 'lab' L 0..100, 'oklab' L 0..1.
        source: the space the colours are in.
        target: the space wanted.
        threads: how many threads the kernels may use; the result does not depend on it.

    Returns:
        float32, shape of `colors`, in units of the target; nothing is clipped. A new array, with a
        few MB of temporaries beside it however large it is, views with gaps included.

    Raises:
        UsageError: an unknown space, a shape without three channels, or uint8 that is not sRGB.

    >>> convert([1.0, 1.0, 1.0], "srgb", "lab").round(3).tolist()
    [100.0, 0.0, 0.0]
    """
    array = _checked(colors, source)
    _check_space(target)
    if source == target and array.dtype != np.uint8:
        return array.astype(np.float32)
    result = np.empty(array.shape, np.float32)
    _run(array, source, result, target, threads)
    return result


def to_srgb8(colors: ArrayLike, source: SpaceName, *, threads: int = 1) -> NDArray[np.uint8]:
    """Convert colours to sRGB bytes: the nearest byte of each component, clipped to 0..255.

    From 'srgb' itself halves go to the even byte. From any other space the light is compared with
    the light halfway between two bytes, so the nearest byte is found without rounding errors of a
    power, and a light exactly halfway goes up. Every one of the 2^24 sRGB colours comes back
    exactly from every space. Colours outside the gamut are clipped component by component; not a
    number gives 0.

    Args, Raises: as in `convert`; uint8 sRGB is copied. Returns: uint8, shape of `colors`.

    >>> to_srgb8([[100.0, 0.0, 0.0], [120.0, 0.0, 0.0]], "lab").tolist()
    [[255, 255, 255], [255, 255, 255]]
    """
    array = _checked(colors, source)
    if array.dtype == np.uint8:
        return array.astype(np.uint8)
    result = np.empty(array.shape, np.uint8)
    _run(array, source, result, "srgb", threads)
    return result


def _check_space(name: str) -> None:
    if name not in _SPACES:
        raise UsageError(f"Unknown colour space {name!r}; use one of {', '.join(SPACES)}.")


def _checked(colors: ArrayLike, source: str) -> NDArray[Any]:
    _check_space(source)
    array = np.asarray(colors)
    if array.ndim == 0 or array.shape[-1] != 3:
        raise UsageError(
            f"Colours need three channels in the last axis, but the shape is {array.shape}; "
            "leave out an alpha channel with colors[..., :3]."
        )
    if array.dtype == np.uint8:
        if source != "srgb":
            raise UsageError(
                f"uint8 colours are sRGB 0..255, not {source!r}; pass float32 in its units instead."
            )
    elif array.dtype.kind not in "fiu":
        raise UsageError(f"Colours must be numbers, not {array.dtype}.")
    return array


def _run(array: NDArray[Any], source: str, result: NDArray[Any], target: str, threads: int) -> None:
    """Fill `result` (contiguous; uint8 means sRGB bytes) with the converted colours."""
    native = load_native()
    if array.size == 0:
        return
    if native is not None and array.dtype in (np.uint8, np.float32) and is_flat(array):
        native.convert_colors(flat(array), source, flat(result), target, threads)
        return
    for at in pieces(array.shape[:-1]):
        piece = array[at]
        if native is None:
            result[at] = _reference(piece, source, target, result.dtype == np.uint8)
            continue
        dtype = np.uint8 if array.dtype == np.uint8 else np.float32
        block = np.ascontiguousarray(piece, dtype)
        native.convert_colors(flat(block), source, flat(result[at]), target, threads)


def _reference(piece: NDArray[Any], source: str, target: str, to_bytes: bool) -> NDArray[Any]:
    """The formulas, in float64: the oracle of the kernels, and what is used without them."""
    if to_bytes and source == "srgb":
        values: NDArray[Any] = piece.astype(np.float32)
        scaled = np.rint(np.where(values > 0, values, 0) * np.float32(255))
        return np.minimum(scaled, 255).astype(np.uint8)
    if piece.dtype == np.uint8:
        if target == "srgb":
            return piece / 255
        light: FloatArray = srgb.linear_of_byte()[piece].astype(np.float64)
    else:
        light = _SPACES[source][0](piece.astype(np.float32).astype(np.float64))
    return srgb.bytes_from_linear(light) if to_bytes else _SPACES[target][1](light)
