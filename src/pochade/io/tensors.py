"""Tensors in one file: the safetensors format, written and read by NumPy alone.

Eight bytes with the length of a header (little endian), the header, which is JSON and says for each
tensor its type, shape and place, then the tensors one after the other. There is nothing in it that
could be executed. Source: the format's description at github.com/huggingface/safetensors.

A file is believed in nothing: lengths are compared with what is there before memory is taken.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

DTYPES: Final = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U16": "<u2",
    "U8": "|u1",
    "U32": "<u4",
    "U64": "<u8",
    "BOOL": "|b1",
}
LONGEST_HEADER: Final = 1 << 16
MOST_SIDES: Final = 8
ALIGNMENT: Final = 8


def dump_tensors(tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """Encode arrays; the same arrays give the same bytes, whatever their order.

    >>> import numpy as np
    >>> load_tensors(dump_tensors({"a": np.arange(3, dtype=np.int16)}))["a"].tolist()
    [0, 1, 2]
    """
    header: dict[str, Any] = {}
    parts = []
    place = 0
    # The largest items first, as the format's own writer has it: each is then aligned.
    order = sorted(tensors.items(), key=lambda item: (-np.asarray(item[1]).itemsize, item[0]))
    names = {np.dtype(code): name for name, code in DTYPES.items()}
    for name, given in order:
        array = np.asarray(given)
        little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
        data = little.tobytes()
        header[name] = {
            "dtype": names[array.dtype.newbyteorder("<")],
            "shape": list(array.shape),
            "data_offsets": [place, place + len(data)],
        }
        parts.append(data)
        place += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    return b"".join([struct.pack("<Q", len(text)), text, *parts])


def load_tensors(data: bytes | memoryview) -> dict[str, NDArray[Any]]:
    """Decode tensors; the arrays cannot be written to and share the memory of `data`.

    Raises:
        ValueError: with half a sentence that says what is wrong, such as "a tensor has no shape".
    """
    view = memoryview(data)
    if len(view) < 8:
        raise ValueError("it ends too early")
    (length,) = struct.unpack("<Q", view[:8])
    if length > LONGEST_HEADER or length > len(view) - 8:
        raise ValueError("its header is longer than it may be")
    try:
        header = json.loads(bytes(view[8 : 8 + length]))
    except (ValueError, RecursionError):
        raise ValueError("its header cannot be read") from None
    if not isinstance(header, dict):
        raise ValueError("its header is none")
    header.pop("__metadata__", None)
    body = view[8 + length :]
    return _all_of(header, body)


def _all_of(header: dict[str, Any], body: memoryview) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    end = 0
    for name, said in sorted(header.items(), key=lambda item: _begin(item[1])):
        begin, stop, dtype, shape = _place(said)
        if begin != end or stop > len(body):
            raise ValueError(f"the tensor {name!r:.40} is not where it says")
        size = dtype.itemsize
        for side in shape:
            size *= side
        if size != stop - begin:
            raise ValueError(f"the tensor {name!r:.40} is not as long as it says")
        array = np.frombuffer(body[begin:stop], dtype)
        array = array.reshape(shape).astype(dtype.newbyteorder("="), copy=False)
        array.flags.writeable = False
        found[name] = array
        end = stop
    if end != len(body):
        raise ValueError("there is something behind its last tensor")
    return found


def _begin(said: Any) -> int:
    return _place(said)[0]


def _place(said: Any) -> tuple[int, int, np.dtype[Any], tuple[int, ...]]:
    if not isinstance(said, dict):
        raise ValueError("a tensor is not described")
    code, shape, place = said.get("dtype"), said.get("shape"), said.get("data_offsets")
    if not isinstance(code, str) or code not in DTYPES:
        raise ValueError(f"a tensor is of the unknown type {code!r:.20}")
    if shape is None or not _whole(shape) or len(shape) > MOST_SIDES:
        raise ValueError("a tensor has no shape")
    if place is None or not _whole(place) or len(place) != 2 or place[0] > place[1]:
        raise ValueError("a tensor has no place")
    return place[0], place[1], np.dtype(DTYPES[code]), tuple(shape)


def _whole(numbers: Any) -> bool:
    if not isinstance(numbers, list):
        return False
    return all(type(value) is int and 0 <= value < 1 << 48 for value in numbers)
