"""Every palette file that is written comes back field by field, whatever the names are."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from pochade.errors import InputError, OutputError, UsageError
from pochade.io.palette_files import parse_palette, read_swatches
from pochade.io.palette_text_out import quoted, slugs
from pochade.io.palette_writing import (
    FORMATS,
    encode_palette,
    palette_format_of,
    swatches_of,
)
from pochade.io.swatches import Color, Swatches, clean_name
from pochade.palette_options import PALETTE_FORMATS

NASTY = (
    "</style><script>alert(1)</script>",
    "*/ } body { color: red",
    "<!-- & ]]> \"quoted\" 'too' `${x}`",
    "\\u003c \\",
    "#ff0000",
    "12 12 12",
    "Name: x",
    "blåbär 蓝 🫐 \u202e\x1b[31m\0\r\n",
    '"',
    "a\\",
    "// rgb(1, 2, 3)",
    "color-1",
    "--x",
)
DECLARATION = (
    r"""\s*(--|\$|@|')[a-z][a-z0-9-]*(': '|: )#[0-9a-f]{6}'?[,;]( /\* "(?:(?!\*/).)*" \*/)?"""
)
names_of_any_kind = st.one_of(st.text(max_size=40), st.sampled_from(NASTY), st.just(""))
colors = st.tuples(*[st.integers(0, 255)] * 3, st.one_of(st.just(255), st.integers(0, 255)))
palettes = st.lists(
    st.tuples(colors, names_of_any_kind), min_size=1, max_size=40, unique_by=lambda entry: entry[0]
)


def written(entries: list[tuple[Color, str]], form: str) -> tuple[Swatches, bytes]:
    table = np.array([color for color, _ in entries], np.uint8)
    swatches = swatches_of(table, [name for _, name in entries])
    return swatches, encode_palette(swatches, form, title="</style> */ a 'title'")


def read_back(data: bytes, form: str, folder: Path) -> Swatches:
    name = "palette" + FORMATS[form].suffix
    if form != "png":
        return parse_palette(data, name)
    (folder / name).write_bytes(data)
    return read_swatches(folder / name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("palettes")


@pytest.mark.parametrize("form", FORMATS)
@settings(deadline=None, max_examples=60)
@given(entries=palettes)
@example(entries=[((n, 0, 0, 255), name) for n, name in enumerate(NASTY)])
def test_what_is_written_is_read_back(form: str, folder: Path, entries: list[tuple[Color, str]]):
    known = FORMATS[form]
    if not known.alpha:
        opaque = {(*color[:3], 255): name for color, name in reversed(entries)}
        entries = list(opaque.items())
    swatches, data = written(entries, form)
    found = read_back(data, form, folder)
    assert found.colors == swatches.colors
    assert found.names == (swatches.names if known.named else ("",) * len(swatches.colors))
    # A second time, and byte for byte: nothing creeps in or gets lost.
    again = encode_palette(found, form, title="</style> */ a 'title'")
    assert again == data


@given(st.text(max_size=300))
def test_names_are_cleaned_once(name: str):
    cleaned = clean_name(name)
    assert clean_name(cleaned) == cleaned
    assert cleaned.isprintable()
    assert len(cleaned) <= 200


@given(st.lists(names_of_any_kind, max_size=30))
def test_slugs_are_identifiers_and_differ(names: list[str]):
    found = slugs(names)
    assert len(set(found)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", slug) for slug in found)


@given(st.text(max_size=60))
def test_quoted_names_are_harmless_and_readable(name: str):
    text = quoted(name)
    assert json.loads(text) == name
    assert "*/" not in text
    assert "<" not in text
    assert "\n" not in text


@pytest.mark.parametrize("form", ["svg", "css", "scss", "less", "tailwind", "tailwind-css", "gpl"])
def test_no_name_leaves_its_place(form: str):
    _, data = written([((n, 0, 0, 255), name) for n, name in enumerate(NASTY)], form)
    text = data.decode()
    assert "\x1b" not in text
    assert "</style" not in text or form == "gpl"  # plain text, which nothing interprets
    if form == "svg":
        root = ElementTree.fromstring(data)
        kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert kinds == {"svg", "title", "path", "rect", "text"}
    elif form != "gpl":
        lines = [line for line in text.splitlines() if "#" in line]
        assert len(lines) >= len(NASTY)
        for line in lines:
            assert re.fullmatch(DECLARATION, line) or line.startswith('/* "'), line


def test_adobe_swatch_exchange_byte_for_byte():
    data = encode_palette(swatches_of(np.array([[255, 0, 51]], np.uint8), ["Ab"]), "ase")
    assert data == (
        b"ASEF\0\1\0\0\0\0\0\1"  # mark, version 1.0, one block
        b"\0\1\0\0\0\x1a"  # a colour of 26 bytes
        b"\0\3\0A\0b\0\0"  # three units of UTF-16, the zero included
        b"RGB \x3f\x80\0\0\0\0\0\0\x3e\x4c\xcc\xcd\0\2"  # 1.0, 0.0, 0.2; a normal colour
    )


def test_photoshop_swatches_byte_for_byte():
    data = encode_palette(swatches_of(np.array([[255, 0, 51]], np.uint8), ["Ab"]), "aco")
    values = b"\0\0\xff\xff\0\0\x33\x33\0\0"
    assert data == b"\0\1\0\1" + values + b"\0\2\0\1" + values + b"\0\0\0\3\0A\0b\0\0"


def test_old_readers_find_version_one_of_photoshop_swatches():
    table = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)
    data = encode_palette(swatches_of(table, ["x", "y"]), "aco")
    assert parse_palette(data[:24], "a.aco").palette().tolist() == table.tolist()


def test_text_forms_byte_for_byte():
    swatches = swatches_of(np.array([[255, 0, 51], [0, 0, 0]], np.uint8), ["Hot Pink", "black"])
    assert encode_palette(swatches, "pal") == b"JASC-PAL\r\n0100\r\n2\r\n255 0 51\r\n0 0 0\r\n"
    assert encode_palette(swatches, "hex") == b"ff0033\n000000\n"
    assert encode_palette(swatches, "gpl", title="t") == (
        b"GIMP Palette\nName: t\nColumns: 0\n#\n255   0  51\tHot Pink\n  0   0   0\tblack\n"
    )
    assert encode_palette(swatches, "css") == (
        b':root {\n  --hot-pink: #ff0033; /* "Hot Pink" */\n  --black: #000000;\n}\n'
    )
    assert encode_palette(swatches, "tailwind-css").splitlines()[1:3] == [
        b'  --color-hot-pink: #ff0033; /* "Hot Pink" */',
        b'  --color-black: #000000; /* "black" */',
    ]
    assert b"$hot-pink: #ff0033;" in encode_palette(swatches, "scss")
    assert b"'hot-pink': '#ff0033'," in encode_palette(swatches, "tailwind")
    assert encode_palette(swatches, "paint.net").splitlines()[0] == b"; paint.net Palette File"


def test_riff_and_colour_table_have_the_sizes_that_others_expect():
    table = np.arange(30, dtype=np.uint8).reshape(10, 3)
    riff = encode_palette(swatches_of(table), "riff-pal")
    assert struct.unpack("<I", riff[4:8])[0] == len(riff) - 8
    assert riff[8:16] == b"PAL data"
    act = encode_palette(swatches_of(table), "act")
    assert len(act) == 772
    assert act[-4:] == b"\0\x0a\xff\xff"


def test_pictures_of_swatches(tmp_path: Path):
    table = np.array([[n, 255 - n, 7] for n in range(11)], np.uint8)
    (tmp_path / "a.png").write_bytes(encode_palette(swatches_of(table), "png"))
    with Image.open(tmp_path / "a.png") as image:
        image.verify()
    with Image.open(tmp_path / "a.png") as image:
        pixels = np.asarray(image.convert("RGB"))
    assert pixels.shape == (2 * 96, 6 * 96, 3)
    assert pixels[10, 10 + 96 * 3].tolist() == table[3].tolist()
    # Five tiles fill the row of six.
    assert [row.tolist() for row in pixels[100, 60::116]] == table[6:].tolist()


def test_the_ending_decides():
    for name, form in FORMATS.items():
        first = next(other for other in FORMATS if FORMATS[other].suffix == form.suffix)
        assert palette_format_of("x" + form.suffix.upper()) == first, name
    with pytest.raises(UsageError, match=r"\.xyz.*\.ase"):
        palette_format_of("a.xyz")


def test_the_options_know_every_format():
    assert tuple(FORMATS) == PALETTE_FORMATS


def test_too_many_or_too_few():
    many = swatches_of(np.array([[n >> 8, n & 255, 0] for n in range(257)], np.uint8))
    for form in ("png", "act"):
        with pytest.raises(UsageError, match="at most 256"):
            encode_palette(many, form)
    with pytest.raises(UsageError, match="no colour"):
        encode_palette(Swatches((), ()), "css")
    with pytest.raises(UsageError, match="is no palette format"):
        encode_palette(many, "psd")
    assert issubclass(OutputError, OSError)


SVGS = {
    # As Inkscape, Illustrator and Coolors write them.
    "inkscape": '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" '
    'xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"><g>'
    '<rect id="rect1" inkscape:label="Sea" style="fill:#0080a0;fill-opacity:1;stroke:none"/>'
    '<path d="M0 0" style="fill:url(#g)"/><circle style="fill: rgb(255, 0, 0)"/></g></svg>',
    "illustrator": '<svg xmlns="http://www.w3.org/2000/svg"><rect data-name="Sea" fill="#0080A0"/>'
    '<polygon fill="red"/><rect fill="none"/><text fill="#123456">x</text></svg>',
}


@pytest.mark.parametrize("name", SVGS)
def test_svg_of_other_programs(name: str):
    found = parse_palette(SVGS[name].encode(), "a.svg")
    assert found.colors == ((0, 128, 160, 255), (255, 0, 0, 255))
    assert found.names[0] == "Sea"


def test_svg_that_is_none():
    bomb = b'<!DOCTYPE s [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>'
    with pytest.raises(InputError, match="entities"):
        parse_palette(bomb, "a.svg")
    for text in ("<svg", "<html/>", "<svg/>", "", '<?xml version="1.0" encoding="utf-99"?><svg/>'):
        with pytest.raises(UsageError):
            parse_palette(text.encode(), "a.svg")


def test_tailwind_of_other_hands():
    text = (
        "/** @type {import('tailwindcss').Config} */\nexport default {\n  theme: { colors: {\n"
        '    transparent: \'transparent\',\n    "sea-blue": "#0080a0", // deep\n'
        "    brand: { 500: '#f00', dark: `rgb(1, 2, 3)` },\n  } }\n}\n"
    )
    found = parse_palette(text.encode(), "tailwind.config.js")
    assert found.names == ("sea-blue", "500", "dark")
    assert found.colors == ((0, 128, 160, 255), (255, 0, 0, 255), (1, 2, 3, 255))


@pytest.mark.parametrize(
    ("text", "color"),
    [
        ("rgba(89.99999999999999, 200, 250, 1)", (90, 200, 250, 255)),
        ("rgb(100% 0% 50% / 0.5)", (255, 0, 128, 128)),
        ("hsl(210deg, 100%, 50%)", (0, 128, 255, 255)),
        ("oklch(62.8% 0.2577 29.23)", (255, 0, 0, 255)),
        ("oklab(100% 0 0 / 20%)", (255, 255, 255, 51)),
        ("oklch(0.985 0 none)", (250, 250, 250, 255)),
    ],
)
def test_colour_functions_of_style_sheets(text: str, color: tuple[int, ...]):
    found = parse_palette(f"@theme {{ --color-x: {text}; }}".encode(), "a.css")
    assert found.colors == (color,)
    assert found.names == ("color-x",)


def test_computed_colours_are_passed_over():
    text = b"--a: rgb(var(--x)); --b: hsl(from red h s l); --c: rgb(1 2); --d: #123;"
    assert parse_palette(text, "a.css").names == ("d",)


def test_lines_are_counted_through_comments():
    with pytest.raises(InputError, match="line 4"):
        parse_palette(b"/* a\n comment */\n--a: #fff;\n--b: rgb(1, 2, 300);", "a.css")
