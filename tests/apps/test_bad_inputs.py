"""Bad inputs on the command line: one line, the right exit code, nothing written."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from .conftest import Ran, picture

Run = Callable[..., Ran]
FORMATS = ("png", "jpg", "gif", "webp", "tif", "bmp", "ppm")


def encoded(suffix: str) -> bytes:
    stream = io.BytesIO()
    image = Image.fromarray(picture(shape=(60, 80), colors=3000))
    image.save(stream, {"jpg": "JPEG", "tif": "TIFF"}.get(suffix, suffix.upper()))
    return stream.getvalue()


def refused(ran: Ran, folder: Path, before: set[str]) -> None:
    assert ran.code == 3
    assert ran.out == ""
    assert ran.err.startswith("pochade: ")
    assert ran.err.count("\n") == 1
    assert ran.err[:-1].isprintable()
    assert {path.name for path in folder.iterdir()} == before


def refuse(pochade: Run, folder: Path, name: str) -> str:
    before = {path.name for path in folder.iterdir()}
    ran = pochade("quantize", name)
    refused(ran, folder, before)
    return ran.err


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file(pochade: Run, tmp_path: Path, suffix: str, share: float):
    data = encoded(suffix)
    (tmp_path / f"a.{suffix}").write_bytes(data[: int(len(data) * share)])
    assert f"a.{suffix}" in refuse(pochade, tmp_path, f"a.{suffix}")


def test_a_damaged_png(pochade: Run, tmp_path: Path):
    data = bytearray(encoded("png"))
    data[len(data) // 2] ^= 255
    (tmp_path / "a.png").write_bytes(data)
    assert "damaged" in refuse(pochade, tmp_path, "a.png")


def test_a_header_of_a_picture_too_large(pochade: Run, tmp_path: Path):
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    for side in (40_000, 1_000_000):
        header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
        (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
        assert "over the limit" in refuse(pochade, tmp_path, "a.png")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<!DOCTYPE html><p>404", "HTML"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"just words\n" * 9, "not a picture"),
        (b"%PDF-1.7\n", "PDF"),
    ],
)
def test_something_else_named_as_a_picture(pochade: Run, tmp_path: Path, data: bytes, says: str):
    (tmp_path / "a.jpg").write_bytes(data)
    assert says in refuse(pochade, tmp_path, "a.jpg")


def test_a_picture_with_the_wrong_ending_is_read(pochade: Run, tmp_path: Path):
    (tmp_path / "a.png").write_bytes(encoded("jpg"))
    assert pochade("quantize", "a.png", "-k", "4").code == 0


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/a.png",
        "ftp://example.org/a.png",
        "file:///etc/passwd",
        "https://127.0.0.1/a.png",
        "https://[::1]/a.png",
        "https://10.1.2.3/a.png",
        "https://169.254.169.254/latest",
        "https://localhost/a.png",
        "https://name:word@example.org/a.png",
    ],
)
def test_an_address_that_is_not_read(pochade: Run, tmp_path: Path, address: str):
    refuse(pochade, tmp_path, address)


NAMES = ["new\nline.png", "a\x1b[2Jb.png", "\u202egnp.png", "tab\tname.png", "\x9bc1.png"]


@pytest.mark.skipif(os.name == "nt", reason="no such names there")
@pytest.mark.parametrize("name", [*NAMES, os.fsdecode(b"not\xff\xfeutf-8.png"), "-dash.png"])
def test_odd_names(pochade: Run, tmp_path: Path, name: str):
    """Told on one clean line, once; and a good picture of that name is reduced."""
    ran = pochade("quantize", "--", name)
    assert ran.code == 3
    assert ran.err[:-1].isprintable()
    assert ran.err.count(".png") == 1
    (tmp_path / name).write_bytes(encoded("png"))
    ran = pochade("quantize", "-k", "4", "--json", "--", name)
    assert ran.code == 0
    assert (tmp_path / name.replace(".png", "-k4.png")).exists()
    ran.out.encode()
    ran = pochade("quantize", "-k", "4", "-f", "--", name)
    assert ran.out[:-1].isprintable()


def test_a_name_too_long_and_an_empty_one(pochade: Run, tmp_path: Path):
    refuse(pochade, tmp_path, "x" * 3000 + ".png")
    assert pochade("quantize", "").code == 2


def test_more_entries_than_a_format_holds(pochade: Run, tmp_path: Path):
    (tmp_path / "a.png").write_bytes(encoded("png"))
    ran = pochade("quantize", "a.png", "-k", "300", "-o", "b.gif")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "256" in ran.err
    for suffix in ("png", "webp", "bmp", "tif"):
        assert pochade("quantize", "a.png", "-k", "300", "-o", f"b.{suffix}").code == 0
        with Image.open(tmp_path / f"b.{suffix}") as image:
            assert len(image.convert("RGB").getcolors(9999)) == 300
