"""Palettes in text files: hex lists, GIMP, JASC, JSON, CSS and SCSS.

One function a format, each of the file's bytes and its name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from pochade.errors import UsageError
from pochade.io.css_colors import FUNCTION, function_color
from pochade.io.swatches import OPAQUE, Collector, Color, Swatches, hex_color, shown

GIMP_MARK: Final = "GIMP Palette"
JASC_MARK: Final = "JASC-PAL"
PAINT_NET_MARK: Final = "paint.net"
_JSON_KEYS: Final = ("palette", "colors", "colours", "swatches")
_JSON_COLOR_KEYS: Final = ("hex", "rgb", "rgba", "color", "colour", "value")
_CSS_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)|(?<!:)//[^\n]*", re.DOTALL)
_CSS_COLOR: Final = re.compile(
    r"#(?P<hex>[0-9a-fA-F]{3,8})(?![\w-])|(?<![\w-])" + FUNCTION,
    re.ASCII,
)
_CSS_VARIABLES: Final = ("--", "$", "@")
_CSS_NAME_REACH: Final = 240
# Behind a colour: a comment with the name as a JSON string, as pochade writes where the variable
# cannot be the name.
_CSS_REAL_NAME: Final = re.compile(
    r"""['"]?\s{0,3}[;,]?[ \t]{0,9}/\*[ \t]{0,9}("(?:[^"\\\n]|\\.){0,1500}")[ \t]{0,9}\*/"""
)
_SCRIPT_KEY: Final = re.compile(
    r"""(?:'([^'\n]{1,240})'|"([^"\n]{1,240})"|([\w$-]{1,240}))\s{0,9}:$"""
)


def text_of(data: bytes, name: str) -> str:
    """The file as text: UTF-8, UTF-16 with its mark, or else Latin-1.

    Raises:
        UsageError: it holds zero bytes, so it is no text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if "\0" in text:
        raise UsageError(f"{name} is no palette: it is no text and no binary palette that is read.")
    return text


def read_hex_list(data: bytes, name: str) -> Swatches:
    """Hex colours separated by white space or commas, each with or without "#".

    Lines starting with ";", "//" or "# " are comments. 8 digits are RRGGBBAA, but AARRGGBB in
    Paint.NET's files, which say so in a comment.

    Raises:
        InputError: a word is no colour (with the line number).
        UsageError: the first word is none, or there is nothing: this is no palette.
    """
    text = text_of(data, name)
    alpha_first = PAINT_NET_MARK in text[:200].lower()
    found = Collector(name, certain=False)
    for number, line in _lines(text):
        if line.startswith((";", "//", "# ")) or line == "#":
            continue
        for word in re.split(r"[\s,;]+", line):
            bare = word.strip("\"'").removeprefix("#").removeprefix("0x")
            if not bare:
                continue
            color = hex_color(bare)
            if color is None:
                raise found.problem(f", line {number}", f"{shown(word)} is no hex colour")
            if alpha_first and len(bare) == 8:
                alpha, red, green, blue = color
                color = red, green, blue, alpha
            found.add(color)
    return found.swatches()


def read_gimp(data: bytes, name: str) -> Swatches:
    """A GIMP palette (.gpl): after the header, lines of R G B and a name; Aseprite's also with A.

    Raises:
        InputError: a line is no colour, or there are none.
        UsageError: the header is missing: this is no palette.
    """
    lines = list(_lines(text_of(data, name)))
    if not lines or not lines[0][1].startswith(GIMP_MARK):
        raise UsageError(f"{name} is no palette: a GIMP palette starts with {GIMP_MARK!r}.")
    found = Collector(name)
    channels = 3
    for number, line in lines[1:]:
        if line.startswith("#") or re.match(r"(Name|Columns)\s*:", line):
            continue
        if line.startswith("Channels:"):
            channels = 4 if "RGBA" in line else 3
            continue
        words = line.split(maxsplit=channels)
        if len(words) < channels:
            raise found.problem(f", line {number}", "expected R G B and a name")
        values = found.channels(words[:channels], number)
        found.add(_with_alpha(values), words[channels] if len(words) > channels else "")
    return found.swatches()


def read_jasc(data: bytes, name: str) -> Swatches:
    """A JASC palette (.pal of Paint Shop Pro): mark, version, count, then R G B lines.

    Raises:
        InputError: a line is no colour, or there are none.
        UsageError: the header is wrong: this is no palette.
    """
    lines = list(_lines(text_of(data, name)))
    if len(lines) < 3 or lines[0][1] != JASC_MARK:
        raise UsageError(f"{name} is no palette: a .pal starts with {JASC_MARK!r} or 'RIFF'.")
    found = Collector(name)
    for number, line in lines[3:]:
        words = line.split()
        if len(words) not in {3, 4}:
            raise found.problem(f", line {number}", "expected R G B")
        found.add(_with_alpha(found.channels(words, number)))
    told = lines[2][1]
    if not (told.isascii() and told.isdecimal()) or int(told[:9]) != len(lines) - 3:
        there = f"{len(lines) - 3:,} colours"
        raise found.problem("", f"its third line tells {told[:20]!r} colours, but it has {there}")
    return found.swatches()


def read_css(data: bytes, name: str) -> Swatches:
    """Every colour of a CSS, SCSS or Less file, named by its variable if it has one.

    Hex colours, rgb(), hsl(), oklab() and oklch(); colour names are too often other words.

    A comment behind it that holds a JSON string is its name instead.

    Raises:
        InputError: an rgb() value is above 255.
        UsageError: there are none: this is no palette.
    """
    return _in_code(data, name, _css_name)


def read_script(data: bytes, name: str) -> Swatches:
    """Every colour, as in `read_css`, of a Tailwind configuration or other JavaScript, by its key.

    Raises:
        InputError: an rgb() value is above 255.
        UsageError: there are none: this is no palette.
    """
    return _in_code(data, name, _script_name)


def _in_code(data: bytes, name: str, label_of: Callable[[str], str]) -> Swatches:
    """The colours outside comments; `label_of` finds a name in the text before one."""
    whole = text_of(data, name)
    text = _CSS_COMMENT.sub(_blank, whole)
    found = Collector(name, certain=False)
    for match in _CSS_COLOR.finditer(text):
        behind = _CSS_REAL_NAME.match(whole, match.end())
        if behind:
            label = _json_text(behind[1])
        else:
            label = label_of(text[max(0, match.start() - _CSS_NAME_REACH) : match.start()])
        try:
            number = match["hex"]
            color = hex_color(number) if number else function_color(match["kind"], match["body"])
        except ValueError as error:
            line = text.count("\n", 0, match.start()) + 1
            message = f"'{error}' is not a number from 0 to 255"
            raise found.problem(f", line {line}", message) from None
        if color is not None:
            found.add(color, label)
    return found.swatches()


def read_json(data: bytes, name: str) -> Swatches:
    """A JSON list of colours, or an object with one under "palette" or "colors".

    A colour is a hex string, a list of 3 or 4 numbers from 0 to 255, or an object with one of
    those under "hex", "rgb" or "color" and perhaps a "name". pochade's own reports are read too.

    Raises:
        InputError: an entry is no colour.
        UsageError: it is no JSON (with the line number), or its first entry is no colour.
    """
    found = Collector(name, certain=False)
    try:
        value = json.loads(text_of(data, name))
    except json.JSONDecodeError as error:
        raise found.problem(f", line {error.lineno}", f"this is no JSON ({error.msg})") from None
    except (RecursionError, ValueError):
        raise found.problem("", "this JSON cannot be read") from None
    if isinstance(value, dict):
        value = next((value[key] for key in _JSON_KEYS if isinstance(value.get(key), list)), None)
    if not isinstance(value, list):
        raise found.problem("", "there is no list of colours, nor one under 'palette' or 'colors'")
    for place, entry in enumerate(value, 1):
        color, label = _json_color(entry)
        if color is None:
            raise found.problem(f", entry {place}", "this is no colour")
        found.add(color, label)
    return found.swatches()


def _blank(comment: re.Match[str]) -> str:
    """Blanks in the place of a comment, so that what follows keeps its place and its line."""
    return re.sub(r"[^\n]", " ", comment[0])


def _json_text(word: str) -> str:
    """What a JSON string says; nothing, if it is none."""
    try:
        return str(json.loads(word))
    except ValueError:
        return ""


def _script_name(before: str) -> str:
    """The key whose value begins behind this text: "sea" of "'sea': '"."""
    match = _SCRIPT_KEY.search(before.rstrip().rstrip("'\"`").rstrip())
    return next((part for part in match.groups() if part), "") if match else ""


def _css_name(before: str) -> str:
    """The variable that is given the colour behind this text: "sea" of "$sea: "."""
    words = before.rstrip().removesuffix(":").split()
    if not before.rstrip().endswith(":") or not words:
        return ""
    word = words[-1].split("{")[-1].split(";")[-1]
    return word.lstrip("-$@") if word.startswith(_CSS_VARIABLES) else ""


def _json_color(entry: Any) -> tuple[Color | None, str]:
    """One entry of a JSON list and its name."""
    label = ""
    if isinstance(entry, dict):
        label = entry["name"] if isinstance(entry.get("name"), str) else ""
        entry = next((entry[key] for key in _JSON_COLOR_KEYS if key in entry), None)
    if isinstance(entry, str):
        return hex_color(entry.removeprefix("#")), label
    if isinstance(entry, list) and len(entry) in {3, 4}:
        whole = all(type(value) is int and 0 <= value <= 255 for value in entry)
        return (_with_alpha(entry) if whole else None), label
    return None, label


def _with_alpha(values: list[int]) -> Color:
    red, green, blue, alpha = (*values, OPAQUE)[:4]
    return red, green, blue, alpha


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that are not empty, stripped, with their numbers from 1."""
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped:
            yield number, stripped
