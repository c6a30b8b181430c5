"""Indexed PNGs: exact pixels, small files, the same bytes on any number of threads."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from pochade.errors import EngineUnavailableError, UsageError
from pochade.io import deflate, png_order, png_rows
from pochade.io.indexed import count_labels, tidy
from pochade.io.png import encode_indexed

EFFORTS = ("fast", "default", "max")


def rgba(png: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGBA"))


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    found, place = [], 8
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        data = png[place + 8 : place + 8 + length]
        assert png[place + 8 + length : place + 12 + length] == struct.pack(
            ">I", zlib.crc32(kind + data)
        )
        found.append((kind, data))
        place += 12 + length
    return found


def opaque(palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.hstack([palette, np.full((len(palette), 1), 255, np.uint8)])


@st.composite
def pictures(draw: st.DrawFn) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    k = draw(st.integers(1, 256))
    channels = draw(st.sampled_from([3, 4]))
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    top = draw(st.integers(1, k))
    labels = random.integers(0, top, (height, width), dtype=np.uint8)
    if draw(st.booleans()):
        labels.sort(axis=1)
    palette = random.integers(0, draw(st.sampled_from([2, 256])), (k, channels), dtype=np.uint8)
    return labels, palette


@settings(deadline=None, max_examples=60)
@given(pictures(), st.sampled_from(EFFORTS))
def test_reads_back_exactly(picture: tuple[NDArray[np.uint8], NDArray[np.uint8]], effort) -> None:
    labels, palette = picture
    png = encode_indexed(labels, palette, effort=effort)
    full = palette if palette.shape[1] == 4 else opaque(palette)
    assert np.array_equal(rgba(png), full[labels])


@pytest.mark.parametrize("effort", EFFORTS)
def test_threads_do_not_change_the_bytes(effort: str) -> None:
    random = np.random.default_rng(0)
    labels = (random.normal(40, 12, (700, 1000)).clip(0, 99)).astype(np.uint8)
    palette = random.integers(0, 256, (100, 3), dtype=np.uint8)
    one, three = (encode_indexed(labels, palette, effort=effort, threads=n) for n in (1, 3))
    assert one == three


@pytest.mark.parametrize(
    ("k", "bits"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 4), (16, 4), (17, 8), (256, 8)]
)
def test_smallest_bit_depth(k: int, bits: int) -> None:
    labels = np.arange(k, dtype=np.uint8)[None]
    palette = np.random.default_rng(1).permutation(256)[:k].astype(np.uint8)
    png = encode_indexed(labels, np.stack([palette] * 3, axis=1))
    assert dict(chunks(png))[b"IHDR"][8:10] == bytes([bits, 3])


def test_unused_and_double_entries_are_dropped() -> None:
    palette = np.array([[9, 9, 9], [1, 2, 3], [1, 2, 3], [0, 0, 0]], np.uint8)
    png = encode_indexed(np.array([[1, 2, 3]]), palette)
    assert len(dict(chunks(png))[b"PLTE"]) == 6
    assert dict(chunks(png))[b"IHDR"][8] == 1


def test_transparency_table_is_short() -> None:
    palette = np.zeros((200, 4), np.uint8)
    palette[:, 0] = np.arange(200)
    palette[:, 3] = 255
    palette[150, 3] = 0
    palette[199, 3] = 7
    png = encode_indexed(np.arange(200)[None], palette)
    assert len(dict(chunks(png))[b"tRNS"]) == 2
    assert np.array_equal(rgba(png)[0], palette)


def test_no_transparency_no_table_and_only_needed_chunks() -> None:
    png = encode_indexed(np.zeros((2, 2), np.uint8), np.zeros((1, 4), np.uint8) + 255)
    assert [kind for kind, _ in chunks(png)] == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]


def test_more_than_256_entries_are_fine_when_few_are_used() -> None:
    palette = np.random.default_rng(2).integers(0, 256, (1000, 3), dtype=np.uint8)
    labels = np.array([[999, 500], [3, 999]])
    assert np.array_equal(rgba(encode_indexed(labels, palette)), opaque(palette)[labels])


@dataclass(frozen=True)
class Kept:
    exif: bytes | None
    dpi: tuple[float, float] | None


def test_metadata_only_on_request() -> None:
    exif = b"MM\0*\0\0\0\x08\0\0\0\0\0\0"
    labels, palette = np.zeros((3, 3), np.uint8), np.zeros((1, 3), np.uint8)
    png = encode_indexed(labels, palette, metadata=Kept(exif, (300.0, 150.0)))
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.info["dpi"] == pytest.approx((300, 150), abs=0.02)
        assert picture.info["exif"].endswith(exif)
    assert len(chunks(encode_indexed(labels, palette, metadata=Kept(None, None)))) == 4


@pytest.mark.parametrize(
    ("labels", "palette"),
    [
        (np.zeros((0, 3), np.uint8), np.zeros((1, 3), np.uint8)),
        (np.zeros(3, np.uint8), np.zeros((1, 3), np.uint8)),
        (np.zeros((2, 2)), np.zeros((1, 3), np.uint8)),
        (np.zeros((2, 2), np.uint8), np.zeros((1, 2), np.uint8)),
        (np.zeros((2, 2), np.uint8), np.zeros((1, 3))),
        (np.ones((2, 2), np.uint8), np.zeros((1, 3), np.uint8)),
        (np.full((2, 2), -1), np.zeros((1, 3), np.uint8)),
        (np.full((2, 2), 2**40), np.zeros((1, 3), np.uint8)),
        (np.arange(300)[None], np.arange(900, dtype=np.uint16).view(np.uint8).reshape(600, 3)[::2]),
    ],
)
def test_nonsense_is_refused(labels: NDArray, palette: NDArray) -> None:
    with pytest.raises(UsageError):
        encode_indexed(labels, palette)


def test_unknown_effort_and_level() -> None:
    labels, palette = np.zeros((2, 2), np.uint8), np.zeros((1, 3), np.uint8)
    with pytest.raises(UsageError, match="fast, default, max"):
        encode_indexed(labels, palette, effort="much")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="0 to 6"):
        encode_indexed(labels, palette, optimize=True, optimize_level=9)


def test_oxipng_makes_it_no_larger_and_keeps_pixels() -> None:
    pytest.importorskip("oxipng")
    random = np.random.default_rng(3)
    labels = (np.add.outer(np.arange(90), np.arange(70)) // 9 % 14).astype(np.uint8)
    palette = random.integers(0, 256, (14, 4), dtype=np.uint8)
    plain = encode_indexed(labels, palette)
    smaller = encode_indexed(labels, palette, optimize=True, optimize_level=2)
    assert len(smaller) <= len(plain)
    assert np.array_equal(rgba(smaller), palette[labels])
    assert dict(chunks(smaller))[b"IHDR"][9] == 3


def test_missing_oxipng_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "oxipng", None)
    with pytest.raises(EngineUnavailableError, match=r"pochade\[png\]"):
        encode_indexed(np.zeros((2, 2), np.uint8), np.zeros((1, 3), np.uint8), optimize=True)


def test_a_drawn_gradient_is_filtered() -> None:
    labels = np.add.outer(np.arange(300), np.arange(400)) % 256
    palette = np.stack([np.arange(256, dtype=np.uint8)] * 3, axis=1)
    png = encode_indexed(labels, palette)
    assert len(png) < 4000
    assert np.array_equal(rgba(png), opaque(palette)[labels])


# Rows


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(1, 9), st.sampled_from([1, 2, 4, 8]), st.integers(0, 99))
def test_packing_puts_the_first_pixel_in_the_high_bits(
    width: int, height: int, bits: int, seed: int
) -> None:
    labels = np.random.default_rng(seed).integers(0, 1 << bits, (height, width), dtype=np.uint8)
    rows = png_rows.pack(labels, bits)
    unpacked = np.unpackbits(rows, axis=1).reshape(height, -1, bits) @ (1 << np.arange(bits)[::-1])
    assert np.array_equal(unpacked[:, :width], labels)
    assert not unpacked[:, width:].any()


@pytest.mark.parametrize("kind", [*png_rows.FILTERS, "mixed"])
def test_filters_are_undone_by_pillow(kind: str) -> None:
    rows = np.random.default_rng(4).integers(0, 256, (20, 31), dtype=np.uint8)
    rows[5:9] = np.arange(31)
    data = png_rows.mixed(rows) if kind == "mixed" else png_rows.filtered(rows, kind)
    head = struct.pack(">IIBBBBB", 31, 20, 8, 0, 0, 0, 0)
    from pochade.io.png import SIGNATURE, chunk

    parts = [chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(data)), chunk(b"IEND", b"")]
    with Image.open(io.BytesIO(SIGNATURE + b"".join(parts))) as picture:
        assert np.array_equal(np.asarray(picture), rows)


# Orders


@given(pictures())
@settings(deadline=None, max_examples=30)
def test_orders_are_permutations_with_transparent_entries_first(picture) -> None:
    tidied = tidy(*picture)
    for order in (png_order.by_lightness, png_order.by_neighbours, png_order.by_popularity):
        chosen = order(tidied)
        assert sorted(chosen) == list(range(len(tidied.palette)))
        alpha = tidied.palette[chosen, 3] < 255
        assert not (np.diff(alpha.astype(int)) > 0).any()
        again = tidied.reordered(chosen)
        assert np.array_equal(again.pixels(), tidied.pixels())
        assert np.array_equal(count_labels(again.labels, len(again.palette)), again.counts)


def test_neighbours_in_the_picture_become_neighbours_in_the_palette() -> None:
    shuffled = np.random.default_rng(5).permutation(50).astype(np.uint8)
    labels = shuffled[np.arange(50)][None].repeat(40, axis=0)
    palette = np.random.default_rng(6).integers(0, 256, (50, 3), dtype=np.uint8)
    picture = tidy(labels, palette)
    ordered = picture.reordered(png_order.by_neighbours(picture))
    steps = np.abs(np.diff(ordered.labels[0].astype(int)))
    assert np.median(steps) == 1


# DEFLATE


@settings(deadline=None, max_examples=150)
@given(
    st.one_of(
        st.binary(max_size=600),
        st.builds(lambda part, times: part * times, st.binary(max_size=300), st.integers(0, 400)),
        st.builds(
            lambda seed, size, top: (
                np.random.default_rng(seed).integers(0, top, size, dtype=np.uint8).tobytes()
            ),
            st.integers(0, 2**32),
            st.integers(0, 80_000),
            st.integers(1, 256),
        ),
    ),
    st.sampled_from(EFFORTS),
)
def test_deflate_inflates_to_the_same(data: bytes, effort) -> None:
    assert zlib.decompress(deflate.compress(data, effort=effort)) == data


@pytest.mark.parametrize("size", [262143, 262144, 262145, 800_000, 4_500_000])
@pytest.mark.parametrize("effort", ["fast", "default"])
def test_deflate_of_many_chunks(size: int, effort: str) -> None:
    random = np.random.default_rng(size)
    data = random.normal(100, 6, size).astype(np.uint8).tobytes()
    streams = {deflate.compress(data, effort=effort, threads=n) for n in (1, 2, 5)}
    assert len(streams) == 1
    assert zlib.decompress(streams.pop()) == data
    streams = {deflate.compress_with_zlib(data, level=6, threads=n) for n in (1, 2, 5)}
    assert len(streams) == 1
    assert zlib.decompress(streams.pop()) == data


def test_long_matches_far_back_and_across_chunks() -> None:
    block = np.random.default_rng(7).integers(0, 256, 32000, dtype=np.uint8).tobytes()
    data = block * 20
    for effort in EFFORTS:
        stream = deflate.compress(data, effort=effort)
        assert zlib.decompress(stream) == data
        assert len(stream) < 60_000


def test_deflate_beats_zlib_on_index_data() -> None:
    random = np.random.default_rng(8)
    walk = np.cumsum(random.integers(-1, 2, 300_000)) // 3
    data = (walk % 256).astype(np.uint8).tobytes()
    sizes = [len(deflate.compress(data, effort=effort)) for effort in EFFORTS]
    assert sizes[0] > sizes[1] >= sizes[2]
    assert sizes[2] < len(zlib.compress(data, 9))


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_adler_sums_combine(first: bytes, second: bytes) -> None:
    joined = deflate.combine_adler32(zlib.adler32(first), zlib.adler32(second), len(second))
    assert joined == zlib.adler32(first + second)


def test_an_error_in_a_thread_is_raised() -> None:
    def fail(index: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        deflate.run_in_threads(fail, 4, 3)
