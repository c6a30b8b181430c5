"""Tensors in a file: read as the format's own package reads them, and refused where they lie."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.io.tensors import DTYPES, dump_tensors, load_tensors

names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=8)


@st.composite
def tensors(draw):
    out = {}
    for name in draw(
        st.lists(names.filter(lambda n: n != "__metadata__"), max_size=4, unique=True)
    ):
        dtype = np.dtype(draw(st.sampled_from(list(DTYPES.values()))))
        shape = tuple(draw(st.lists(st.integers(0, 4), max_size=3)))
        count = int(np.prod(shape))
        values = draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))
        out[name] = np.array(values, dtype).reshape(shape)
    return out


@settings(deadline=None)
@given(tensors())
def test_what_is_written_is_read(given_tensors):
    again = load_tensors(dump_tensors(given_tensors))
    assert set(again) == set(given_tensors)
    for name, array in given_tensors.items():
        assert again[name].dtype == array.dtype
        assert np.array_equal(again[name], array)
        assert again[name].shape == array.shape


@settings(deadline=None)
@given(tensors())
def test_the_format_s_own_package_agrees(given_tensors):
    package = pytest.importorskip("safetensors.numpy")
    theirs = package.load(dump_tensors(given_tensors))
    ours = load_tensors(package.save(given_tensors))
    for name, array in given_tensors.items():
        assert np.array_equal(theirs[name], array)
        assert np.array_equal(ours[name], array)


def made(header, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


ONE = {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"abc", "ends too early"),
        (struct.pack("<Q", 1 << 62) + b"{}", "longer than it may be"),
        (made(b"{"), "cannot be read"),
        (made(b"[]"), "header is none"),
        (made(b"[" * 60_000), "cannot be read"),
        (made({"a": 5}), "not described"),
        (made({"a": ONE | {"dtype": "O"}}, b"ab"), "unknown type"),
        (made({"a": ONE | {"dtype": ["U8"]}}, b"ab"), "unknown type"),
        (made({"a": ONE | {"shape": [-2]}}, b"ab"), "no shape"),
        (made({"a": ONE | {"shape": [True, 2]}}, b"ab"), "no shape"),
        (made({"a": ONE | {"shape": [1] * 9 + [2]}}, b"ab"), "no shape"),
        (made({"a": ONE | {"data_offsets": [2, 0]}}, b"ab"), "no place"),
        (made({"a": ONE | {"data_offsets": [0]}}, b"ab"), "no place"),
        (made({"a": ONE}, b"a"), "not where it says"),
        (made({"a": ONE, "b": ONE}, b"abcd"), "not where it says"),
        (made({"a": ONE | {"shape": [3]}}, b"ab"), "not as long"),
        (made({"a": ONE | {"shape": [1 << 40, 1 << 40]}}, b"ab"), "not as long"),
        (made({"a": ONE}, b"abc"), "behind its last tensor"),
    ],
)
def test_files_that_lie(data, message):
    with pytest.raises(ValueError, match=message):
        load_tensors(data)


def test_the_order_of_tensors_does_not_matter():
    one, other = np.arange(3), np.ones((2, 2), np.float32)
    assert dump_tensors({"a": one, "b": other}) == dump_tensors({"b": other, "a": one})


def test_nothing_that_is_read_can_be_written_to():
    array = load_tensors(dump_tensors({"a": np.arange(3)}))["a"]
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1
