"""Palette files of every kind, good and bad; colours as users type them."""

from __future__ import annotations

import contextlib
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pochade.errors import InputError, LimitError, PochadeError, UsageError
from pochade.io import swatches
from pochade.io.palette_files import (
    READERS,
    parse_color,
    parse_palette,
    read_palette,
    read_swatches,
)
from pochade.io.png import encode_indexed

RED, GREEN, SEA = (255, 0, 0, 255), (0, 255, 0, 255), (0, 128, 160, 255)


def is_refused(data: bytes, name: str) -> bool:
    """Whether it is refused, in one line; any other error fails the test."""
    try:
        found = parse_palette(data, name)
    except PochadeError as error:
        return "\n" not in str(error)
    return found.palette().dtype != np.uint8


def utf16(text: str) -> bytes:
    return (text + "\0").encode("utf-16-be")


def ase(*entries: tuple[str, bytes, tuple[float, ...]]) -> bytes:
    blocks = [struct.pack(">HI", 0xC001, 2 + 4) + struct.pack(">H", 2) + utf16("g")]
    for label, model, values in entries:
        body = struct.pack(">H", len(label) + 1) + utf16(label) + model
        body += struct.pack(f">{len(values)}fH", *values, 0)
        blocks.append(struct.pack(">HI", 1, len(body)) + body)
    return b"ASEF" + struct.pack(">HHI", 1, 0, len(blocks)) + b"".join(blocks)


def aco(*entries: tuple[int, tuple[int, int, int, int], str]) -> bytes:
    one = b"".join(struct.pack(">5H", space, *values) for space, values, _ in entries)
    two = b"".join(
        struct.pack(">5HI", space, *values, len(label) + 1) + utf16(label)
        for space, values, label in entries
    )
    count = len(entries)
    return struct.pack(">HH", 1, count) + one + struct.pack(">HH", 2, count) + two


def riff(*colors: tuple[int, int, int, int]) -> bytes:
    body = struct.pack("<HH", 0x300, len(colors)) + b"".join(bytes([*c[:3], 0]) for c in colors)
    data = b"PAL " + b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(data)) + data


TEXTS = {
    "a.hex": "ff0000\n#00FF00\r\n\n0080a0",
    "a.txt": "; a comment\n// another\n# a third\nff0000, #00ff00 0x0080A0",
    "paint.txt": "; paint.net Palette File\nFFFF0000\nFF00FF00\nFF0080A0",
    "a.gpl": "GIMP Palette\nName: x\nColumns: 3\n# c\n255 0 0\tRed\n0 255   0 Lime\n  0 128 160\n",
    "sprite.gpl": "GIMP Palette\nChannels: RGBA\n255 0 0 255 Red\n0 255 0 255\n0 128 160 255 x y",
    "a.pal": "JASC-PAL\r\n0100\r\n3\r\n255 0 0\r\n0 255 0\r\n0 128 160\r\n",
    "a.json": '["#f00", "00ff00", [0, 128, 160]]',
    "b.json": '{"palette": [{"hex": "#ff0000", "name": "Red"}, {"rgb": [0, 255, 0]}, "0080a0"]}',
    "a.css": ":root { --red: #F00; /* #123456 */ --g: rgb(0, 255, 0); color: #0080a0; } // #abc",
    "a.scss": "$red: #ff0000;\n$g: #0f0;\nurl(http://a#b)\n$sea: #0080A0;",
    "no-ending": "#ff0000 #00ff00\n#0080a0",
    "other.dat": '["#ff0000", "#00ff00", "#0080a0"]',
}
BINARIES = {
    "b.pal": riff(RED, GREEN, SEA),
    "a.act": bytes([255, 0, 0, 0, 255, 0, 0, 128, 160]).ljust(768, b"\0") + b"\0\3\xff\xff",
    "a.ase": ase(
        ("Red", b"RGB ", (1, 0, 0)),
        ("g", b"CMYK", (1, 0, 1, 0)),
        ("", b"RGB ", (0, 128 / 255, 160 / 255)),
    ),
    "a.aco": aco(
        (0, (65535, 0, 0, 0), "Red"),
        (1, (21845, 65535, 65535, 0), ""),
        (0, (0, 32896, 41120, 0), ""),
    ),
}


@pytest.mark.parametrize("name", [*TEXTS, *BINARIES])
def test_every_kind(tmp_path: Path, name: str) -> None:
    data = BINARIES[name] if name in BINARIES else TEXTS[name].encode()
    (tmp_path / name).write_bytes(data)
    found = read_swatches(tmp_path / name)
    assert found.colors == (RED, GREEN, SEA)
    palette = read_palette(tmp_path / name)
    assert palette.tolist() == [[255, 0, 0], [0, 255, 0], [0, 128, 160]]
    assert palette.dtype == np.uint8


def test_names() -> None:
    assert parse_palette(TEXTS["a.gpl"].encode(), "a.gpl").names == ("Red", "Lime", "")
    assert parse_palette(TEXTS["a.css"].encode(), "a.css").names == ("red", "g", "")
    assert parse_palette(TEXTS["b.json"].encode(), "b.json").names == ("Red", "", "")
    assert parse_palette(BINARIES["a.ase"], "a.ase").names == ("Red", "g", "")
    assert parse_palette(BINARIES["a.aco"], "a.aco").names == ("Red", "", "")


def test_marks_win_over_endings() -> None:
    for data in (TEXTS["a.gpl"].encode(), TEXTS["a.pal"].encode(), BINARIES["a.ase"], riff(RED)):
        assert parse_palette(data, "wrong.css").colors[0] == RED
    assert parse_palette("\ufeff#f00".encode(), "a.hex").colors == (RED,)
    assert parse_palette("#f00".encode("utf-16"), "a.hex").colors == (RED,)


def test_repeats_and_alpha() -> None:
    found = parse_palette(b"f00 00f8 #ff0000", "a.hex")
    assert found.colors == (RED, (0, 0, 255, 136))
    assert found.palette().shape == (2, 4)


def test_lab_and_gray() -> None:
    found = parse_palette(
        ase(
            ("w", b"LAB ", (1, 0, 0)), ("r", b"LAB ", (0.5429, 80.8, 69.9)), ("g", b"Gray", (0.5,))
        ),
        "a.ase",
    )
    white, red, gray = (np.array(color[:3], int) for color in found.colors)
    assert np.abs(white - 255).max() <= 1
    assert np.abs(red - [255, 0, 0]).max() <= 3
    assert gray.tolist() == [128, 128, 128]
    found = parse_palette(aco((7, (10000, 0, 0, 0), ""), (8, (0, 0, 0, 0), "")), "a.aco")
    assert all(min(color) >= 254 for color in found.colors)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.gpl", "GIMP Palette\n\n1 2 3\n1 2 x\n", r"a\.gpl, line 4: 'x' is not a number"),
        ("a.gpl", "GIMP Palette\n1 2 256", r"a\.gpl, line 2: '256' is not"),
        ("a.gpl", "GIMP Palette\n1 2", r"a\.gpl, line 2: expected R G B"),
        ("a.gpl", "GIMP Palette\n", r"a\.gpl: there is no colour"),
        ("a.hex", "ff0000\nred", r"a\.hex, line 2: 'red' is no hex colour"),
        ("a.pal", "JASC-PAL\n0100\n1\n1 2", r"a\.pal, line 4: expected"),
        ("a.json", '["#f00", 5]', r"a\.json, entry 2"),
        ("a.css", "#fff rgb(1,2,300)", r"a\.css, line 1: '300'"),
    ],
)
def test_broken_palettes_name_the_line(name: str, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_palette(text.encode(), name)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("notes.txt", b"Dear diary"),
        ("a.hex", b""),
        ("a.json", b"{"),
        ("a.json", b'{"a": 1}'),
        ("a.json", b"[" * 100_000),
        ("a.json", b'["red"]'),
        ("a.css", b"body { margin: 0 }"),
        ("a.gpl", b"1 2 3"),
        ("a.pal", b"x"),
        ("a.act", b"x"),
        ("a.ase", b"xxxxxxxxxxxxx"),
        ("a.aco", b"\0\7\0\1"),
        ("a.txt", bytes(100)),
        ("unknown", b"just words"),
        ("song.pal", b"RIFF\0\0\0\0WAVEfmt "),
    ],
)
def test_files_that_are_no_palette(name: str, data: bytes) -> None:
    with pytest.raises(UsageError) as caught:
        parse_palette(data, name)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", BINARIES)
def test_binary_files_cut_anywhere(name: str) -> None:
    data = BINARIES[name]
    for size in range(0, len(data), max(1, len(data) // 80)):
        if is_refused(data[:size], name):
            continue
        # Photoshop's first part is a whole file by itself.
        assert name == "a.aco"
        assert size >= 34


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(READERS)), st.binary(max_size=200), st.sampled_from(range(40)))
def test_no_bytes_raise_anything_else(suffix: str, tail: bytes, keep: int) -> None:
    sources = [*(text.encode() for text in TEXTS.values()), *BINARIES.values()]
    for head in sources[:: 1 + keep % 5]:
        is_refused(head[:keep] + tail, "a" + suffix)


def test_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swatches, "MAX_COLORS", 5)
    with pytest.raises(InputError, match="more than 5 colours"):
        parse_palette(b"000 111 222 333 444 555", "a.hex")
    (tmp_path / "big.hex").write_bytes(b"#fff\n" * 900_000)
    with pytest.raises(LimitError, match="4 MiB"):
        read_palette(tmp_path / "big.hex")
    for path in (tmp_path, tmp_path / "none.gpl", "a\0b"):
        with pytest.raises(InputError, match="cannot read the palette"):
            read_palette(path)


def test_css_takes_linear_time() -> None:
    for text in ("--" * 500_000, "rgb(" + "1 " * 500_000, "/*" * 500_000, "$a: " * 300_000):
        with pytest.raises(UsageError):
            parse_palette(text.encode(), "a.css")


def test_our_own_report() -> None:
    report = {"schema": 1, "k": 2, "palette": ["#ff0000", "#00ff00"], "seed": 0}
    assert parse_palette(json.dumps(report).encode(), "r.json").colors == (RED, GREEN)


def test_indexed_png_keeps_its_order(tmp_path: Path) -> None:
    palette = np.array([[9, 9, 9, 0], [200, 1, 2, 255], [3, 4, 5, 128]], np.uint8)
    png = encode_indexed(np.array([[0, 1, 2]]), palette)
    (tmp_path / "a.png").write_bytes(png)
    assert sorted(read_swatches(tmp_path / "a.png").colors) == sorted(map(tuple, palette.tolist()))
    Image.new("P", (3, 3)).save(tmp_path / "b.png")
    for size in range(8, len(png), 3):
        (tmp_path / "cut.png").write_bytes(png[:size])
        with contextlib.suppress(PochadeError):
            read_swatches(tmp_path / "cut.png")


def test_pictures(tmp_path: Path) -> None:
    image = np.zeros((5, 4, 4), np.uint8)
    image[0, 0] = (1, 2, 3, 255)
    image[1] = (9, 9, 9, 0)
    Image.fromarray(image).save(tmp_path / "few.png")
    assert read_swatches(tmp_path / "few.png").colors == ((0, 0, 0, 0), (1, 2, 3, 255))
    many = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(many).save(tmp_path / "many.png")
    with pytest.raises(UsageError, match="more than 256 colours"):
        read_palette(tmp_path / "many.png")


@pytest.mark.parametrize(
    ("text", "color"),
    [
        ("#e4002b", (228, 0, 43, 255)),
        ("e4002b", (228, 0, 43, 255)),
        (" #F80 ", (255, 136, 0, 255)),
        ("#f808", (255, 136, 0, 136)),
        ("#ff880080", (255, 136, 0, 128)),
        ("rgb(1, 2, 3)", (1, 2, 3, 255)),
        ("hsl(120, 100%, 50%)", (0, 255, 0, 255)),
        ("RebeccaPurple", (102, 51, 153, 255)),
    ],
)
def test_colours_as_typed(text: str, color: tuple[int, int, int, int]) -> None:
    assert parse_color(text) == color


@pytest.mark.parametrize(
    "text", ["", "#", "#12", "#12345", "nored", "rgb(1,2,300)", "#gggggg", "x" * 999]
)
def test_no_colours(text: str) -> None:
    with pytest.raises(UsageError, match="is no colour"):
        parse_color(text)
