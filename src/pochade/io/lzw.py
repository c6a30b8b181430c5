"""The LZW coder of GIF (GIF89a specification, appendix F; Welch 1984)."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final

_MAX_CODES: Final = 4096


def lzw_encode(labels: bytes, bits: int) -> bytes:
    """Code labels below 2**bits as GIF does, without the sub-blocks around.

    Codes grow from bits + 1 to 12 bits, least significant bit first; when all 4096 are taken
    the table starts anew. In C++ where the kernels are, with the same bytes.

    Args:
        labels: one byte a pixel.
        bits: GIF's minimum code size, 2 to 8.
    """
    try:
        kernel: Callable[[bytes, int], bytes] = import_module("pochade._native").lzw_encode
    except ImportError:
        return lzw_encode_reference(labels, bits)
    return kernel(labels, bits)


def lzw_encode_reference(labels: bytes, bits: int) -> bytes:
    """`lzw_encode` in plain Python: the readable form, and the fallback without kernels."""
    clear = 1 << bits
    end = clear + 1
    out = bytearray()
    buffer = 0
    held = 0
    width = bits + 1
    next_code = end + 1
    table: dict[int, int] = {}

    def emit(code: int) -> None:
        nonlocal buffer, held
        buffer |= code << held
        held += width
        while held >= 8:
            out.append(buffer & 255)
            buffer >>= 8
            held -= 8

    emit(clear)
    prefix = -1
    for label in labels:
        if prefix < 0:
            prefix = label
            continue
        key = prefix << 8 | label
        code = table.get(key)
        if code is not None:
            prefix = code
            continue
        emit(prefix)
        prefix = label
        if next_code == _MAX_CODES:
            emit(clear)
            table.clear()
            width = bits + 1
            next_code = end + 1
            continue
        table[key] = next_code
        # The decoder knows this code one step later, so the width grows when it is exceeded.
        if next_code == 1 << width:
            width += 1
        next_code += 1
    if prefix >= 0:
        emit(prefix)
        if next_code == 1 << width and width < 12:
            width += 1
    emit(end)
    if held:
        out.append(buffer & 255)
    return bytes(out)
