"""Palettes in SVG: the fills of its shapes, with their titles as names."""

from __future__ import annotations

import contextlib
import re
from typing import Final

from pochade.errors import InputError, PochadeError, UsageError
from pochade.io.swatches import OPAQUE, Collector, Color, Swatches, hex_color

_SHAPES: Final = frozenset({"rect", "circle", "ellipse", "path", "polygon", "polyline"})
_LABELS: Final = ("{http://www.inkscape.org/namespaces/inkscape}label", "data-name", "id")
_STYLE: Final = re.compile(r"(?:^|;)\s{0,9}([\w-]{1,40})\s{0,9}:([^;]{0,200})")
_RGB: Final = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", re.ASCII)
_OWN_CLASS: Final = "swatch"


def read_svg(data: bytes, name: str) -> Swatches:
    """The fill of every shape in the order of the file, named by its title, label or id.

    Where some shapes have the class "swatch", as in the sheets that pochade writes, only those
    count. Gradients, patterns and shapes without a fill of their own are passed over.

    Raises:
        InputError: it defines entities.
        UsageError: it is no SVG (with the line), or no shape in it has a colour.
    """
    from xml.etree.ElementTree import ParseError, fromstring

    if b"<!ENTITY" in data:
        raise InputError(f"{name} defines XML entities; save it without them.")
    own, other = Collector(name, certain=False), Collector(name, certain=False)
    try:
        root = fromstring(data)
    except ParseError as error:
        line = error.position[0]
        raise UsageError(f"{name} is no palette, line {line}: this is no SVG.") from None
    except (ValueError, LookupError):  # an encoding that expat does not know
        raise UsageError(f"{name} is no palette: this is no SVG that can be read.") from None
    if _kind(root.tag) != "svg":
        raise UsageError(f"{name} is no palette: its XML is {_kind(root.tag)[:20]!r}, not 'svg'.")
    for element in root.iter():
        color = _fill(dict(element.attrib)) if _kind(element.tag) in _SHAPES else None
        if color is None:
            continue
        labels = [child.text or "" for child in element if _kind(child.tag) == "title"]
        labels += [found for key in _LABELS if (found := element.get(key))]
        mine = _OWN_CLASS in (element.get("class") or "").split()
        (own if mine else other).add(color, labels[0] if labels else "")
    with contextlib.suppress(PochadeError):
        return own.swatches()
    return other.swatches()


def _kind(tag: object) -> str:
    """The name of an element without its namespace."""
    return str(tag).rpartition("}")[2]


def _fill(attributes: dict[str, str]) -> Color | None:
    """The colour that a shape is filled with by its own attributes or style, if any."""
    style = dict(_STYLE.findall(attributes.get("style", "")[:2000]))
    words = {**attributes, **{key: value.strip() for key, value in style.items()}}
    color = _color(words.get("fill", "").strip())
    if color is None:
        return None
    alpha = color[3] / OPAQUE
    for key in ("fill-opacity", "opacity"):
        with contextlib.suppress(ValueError):
            alpha *= min(1.0, max(0.0, float(words.get(key, "1"))))
    red, green, blue, _ = color
    return red, green, blue, round(OPAQUE * alpha)


def _color(word: str) -> Color | None:
    if word.startswith("#"):
        return hex_color(word[1:])
    match = _RGB.fullmatch(word)
    if match:
        red, green, blue = (min(255, int(value)) for value in match.groups())
        return red, green, blue, OPAQUE
    if not word.isalpha() or word in ("none", "inherit", "currentColor", "transparent"):
        return None
    from pochade.io.palette_files import parse_color

    with contextlib.suppress(UsageError):
        return parse_color(word)
    return None
