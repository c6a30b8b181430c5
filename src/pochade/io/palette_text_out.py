"""Palettes as text: hex lists, GIMP, JASC, Paint.NET, JSON, style sheets and Tailwind.

In style sheets a colour's variable is its name in letters, digits and hyphens. Where that is not
the name itself, the name stands behind it in a comment, as a JSON string without "/" and "<", so
that nothing in a name can end the comment or a surrounding <style> or <script>. The readers take
the name from there.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from pochade.io.swatches import OPAQUE, Color, Swatches

_NOT_PLAIN: Final = re.compile(r"[^a-z0-9]+")
_MAX_SLUG: Final = 60


def hex_of(color: Color) -> str:
    """#rrggbb, or #rrggbbaa where the colour is not opaque."""
    return "#" + bytes(color if color[3] != OPAQUE else color[:3]).hex()


def slugs(names: Sequence[str]) -> list[str]:
    """Names as identifiers: a to z, digits and hyphens, a letter first, none twice.

    >>> slugs(["Dark Blue", "dark blue", "100%", "", "Grün"])
    ['dark-blue', 'dark-blue-2', 'color-100', 'color-4', 'grun']
    """
    found: list[str] = []
    taken: set[str] = set()
    for place, name in enumerate(names, 1):
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        slug = _NOT_PLAIN.sub("-", plain)[:_MAX_SLUG].strip("-") or f"color-{place}"
        slug = slug if slug[0].isalpha() else f"color-{slug}"
        unique, count = slug, 1
        while unique in taken:
            count += 1
            unique = f"{slug}-{count}"
        taken.add(unique)
        found.append(unique)
    return found


def quoted(name: str) -> str:
    r"""A name as a JSON string that is harmless in comments, style sheets, scripts and pages.

    >>> print(quoted("a */ b </style>"))
    "a *\/ b \u003c\/style>"
    """
    return json.dumps(name, ensure_ascii=False).replace("/", "\\/").replace("<", "\\u003c")


def write_hex(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """One colour a line without "#", as Lospec has them."""
    del title, captions
    return _lines(hex_of(color)[1:] for color in swatches.colors)


def write_paint_net(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """Paint.NET's palette.txt: a comment that says so, then AARRGGBB."""
    del captions
    lines = ["; paint.net Palette File", f"; {title or 'palette'}"]
    rows = (f"{alpha:02X}{r:02X}{g:02X}{b:02X}" for r, g, b, alpha in swatches.colors)
    return _lines([*lines, *rows])


def write_gimp(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """GIMP's palette (.gpl), with Aseprite's fourth column where a colour is not opaque."""
    del captions
    lines = ["GIMP Palette"]
    translucent = any(color[3] != OPAQUE for color in swatches.colors)
    # Aseprite looks for its line directly behind the first one.
    lines += ["Channels: RGBA"] if translucent else []
    lines += [f"Name: {title or 'pochade'}", "Columns: 0", "#"]
    for color, name in zip(swatches.colors, swatches.names, strict=True):
        values = " ".join(f"{value:3}" for value in color[: 4 if translucent else 3])
        lines.append(f"{values}\t{name}" if name else values)
    return _lines(lines)


def write_jasc(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """JASC's palette (.pal of Paint Shop Pro): mark, version, count, R G B; lines end in CR LF."""
    del title, captions
    rows = (" ".join(str(value) for value in color[:3]) for color in swatches.colors)
    return _lines(["JASC-PAL", "0100", str(len(swatches.colors)), *rows], end="\r\n")


def write_json(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """An object with the colours under "palette", each with hex, rgb and name."""
    del captions
    found: dict[str, Any] = {"title": title} if title else {}
    found["palette"] = [
        {"hex": hex_of(color), "rgb": list(color[:3]), "name": name}
        for color, name in zip(swatches.colors, swatches.names, strict=True)
    ]
    return (json.dumps(found, indent=2, ensure_ascii=False) + "\n").encode()


def write_css(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """Custom properties of :root."""
    del captions
    return _lines([*_head(title), ":root {", *_declarations(swatches, "  --"), "}"])


def write_theme(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """Tailwind 4: theme variables, from which it makes bg-NAME, text-NAME and so on."""
    del captions
    return _lines([*_head(title), "@theme {", *_declarations(swatches, "  --color-"), "}"])


def write_scss(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """Sass variables, and a map of them to loop over."""
    del captions
    names = slugs(swatches.names)
    pairs = [f'  "{slug}": ${slug},' for slug in names]
    map_name = "palette" if "palette" not in names else "all-colors"
    return _lines(
        [*_head(title), *_declarations(swatches, "$"), "", f"${map_name}: (", *pairs, ");"]
    )


def write_less(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """Less variables."""
    del captions
    return _lines([*_head(title), *_declarations(swatches, "@")])


def write_tailwind(swatches: Swatches, title: str, captions: Sequence[str]) -> bytes:
    """Tailwind 3: a configuration that adds the colours to the theme."""
    del captions
    rows = []
    for color, name, slug in zip(
        swatches.colors, swatches.names, slugs(swatches.names), strict=True
    ):
        comment = "" if slug == name else f" /* {quoted(name)} */"
        rows.append(f"        '{slug}': '{hex_of(color)}',{comment}")
    opening = ["module.exports = {", "  theme: {", "    extend: {", "      colors: {"]
    closing = ["      },", "    },", "  },", "};"]
    return _lines([*_head(title), *opening, *rows, *closing])


def _declarations(swatches: Swatches, prefix: str) -> list[str]:
    """Lines such as `--sea: #0080a0;`, with the name in a comment where it differs."""
    lines = []
    shown = prefix.strip().lstrip("-$@")
    for color, name, slug in zip(
        swatches.colors, swatches.names, slugs(swatches.names), strict=True
    ):
        comment = "" if shown + slug == name else f" /* {quoted(name)} */"
        lines.append(f"{prefix}{slug}: {hex_of(color)};{comment}")
    return lines


def _head(title: str) -> list[str]:
    return [f"/* {quoted(title)} */"] if title else []


def _lines(lines: Any, end: str = "\n") -> bytes:
    return "".join(line + end for line in lines).encode()
