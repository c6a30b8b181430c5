"""Palettes from files: a dozen kinds, told apart by their content and then by their ending."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

import numpy as np

from pochade.errors import InputError, LimitError, UsageError
from pochade.io import palette_binary, palette_svg, palette_text
from pochade.io.png import SIGNATURE
from pochade.io.swatches import (
    MAX_FILE_BYTES,
    NAMES_KEY,
    OPAQUE,
    Collector,
    Color,
    Reader,
    Swatches,
    hex_color,
)
from pochade.types import Palette

READERS: Final[dict[str, Reader]] = {
    ".hex": palette_text.read_hex_list,
    ".txt": palette_text.read_hex_list,
    ".gpl": palette_text.read_gimp,
    ".json": palette_text.read_json,
    ".css": palette_text.read_css,
    ".scss": palette_text.read_css,
    ".sass": palette_text.read_css,
    ".less": palette_text.read_css,
    ".js": palette_text.read_script,
    ".cjs": palette_text.read_script,
    ".mjs": palette_text.read_script,
    ".ts": palette_text.read_script,
    ".svg": palette_svg.read_svg,
    ".pal": palette_text.read_jasc,
    ".act": palette_binary.read_act,
    ".ase": palette_binary.read_ase,
    ".aco": palette_binary.read_aco,
}
"""The reader for each ending, where the content does not speak for itself."""

_MARKS: Final[tuple[tuple[bytes, Reader], ...]] = (
    (palette_text.GIMP_MARK.encode(), palette_text.read_gimp),
    (palette_text.JASC_MARK.encode(), palette_text.read_jasc),
    (palette_binary.RIFF_MARK, palette_binary.read_riff),
    (palette_binary.ASE_MARK, palette_binary.read_ase),
)

KINDS: Final = (
    "hex list (.hex, .txt), GIMP (.gpl), JSON, CSS, SCSS or Less, Tailwind (.js), SVG, "
    "JASC or RIFF (.pal), Adobe .act, .ase or .aco, or a picture of at most 256 colours"
)
MAX_PICTURE_COLORS: Final = 256
# Keyword, then: not compressed, no language, no translated keyword.
_PNG_NAMES: Final = NAMES_KEY.encode() + b"\0\0\0\0\0"
_MAX_COLOR_TEXT: Final = 100


def read_palette(path: str | os.PathLike[str]) -> Palette:
    """The colours of a palette file: k 3 uint8, or k 4 where one is not opaque.

    What is read is listed at `read_swatches`.

    Raises:
        UsageError: the file holds no palette of a kind that is read.
        InputError: it cannot be read, or is broken; the message names the line where there is one.
    """
    return read_swatches(path).palette()


def read_swatches(path: str | os.PathLike[str]) -> Swatches:
    """The colours and names of a palette file, in its order, without repeats.

    Read are hex lists, Paint.NET and GIMP palettes, JSON, CSS, SCSS, Less, Tailwind's
    configuration, SVG, JASC and RIFF .pal, Adobe .act, .ase and .aco, and pictures: the palette of
    an indexed PNG, otherwise the distinct colours of the picture if they are at most 256, in the
    order of their numbers.

    Raises:
        UsageError: the file holds no palette of a kind that is read.
        InputError: it cannot be read, or is broken; the message names the line where there is one.
        LimitError: it is larger than `swatches.MAX_FILE_BYTES`, or a picture over a limit.
    """
    file = Path(path)
    name = str(path)
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot read the palette {name}: {reason}.") from error
    if data.startswith(SIGNATURE):
        indexed = _png_palette(data, name)
        if indexed is not None:
            return indexed
    if _is_picture(data):
        return _picture_colors(file, name)
    if len(data) > MAX_FILE_BYTES:
        raise LimitError(f"the palette {name} is larger than {MAX_FILE_BYTES >> 20} MiB.")
    return parse_palette(data, name)


def looks_like_palette(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a palette and no picture: by its mark, else by its ending.

    False where it cannot be read: whoever opens it next says why.
    """
    from pochade.io.sniff import HEAD, sniff

    try:
        with Path(path).open("rb") as stream:
            head = stream.read(HEAD)
    except (OSError, ValueError):
        return False
    if any(head.removeprefix(b"\xef\xbb\xbf").startswith(mark) for mark, _ in _MARKS):
        return not head.startswith(b"RIFF") or head[8:12] == b"PAL "
    suffix = Path(path).suffix.lower()
    with contextlib.suppress(InputError):
        return suffix in READERS and sniff(head) is None
    return False


def parse_palette(data: bytes, name: str) -> Swatches:
    """The colours of a palette file that is no picture.

    Args:
        data: the file.
        name: its name: the ending helps where the content does not tell, and messages name it.

    Raises:
        UsageError: it is no palette of a kind that is read.
        InputError: it is one, but broken.
    """
    for mark, reader in _MARKS:
        if data.removeprefix(b"\xef\xbb\xbf").startswith(mark):
            return reader(data, name)
    suffix = Path(name).suffix.lower()
    if suffix in READERS:
        return READERS[suffix](data, name)
    return _guess(data, name)


def parse_color(text: str) -> Color:
    """R, G, B, A of a colour as users type it.

    >>> parse_color("#e4002b"), parse_color("rgb(1, 2, 3)"), parse_color("Teal")
    ((228, 0, 43, 255), (1, 2, 3, 255), (0, 128, 128, 255))

    Args:
        text: "#rgb", "#rgba", "#rrggbb", "#rrggbbaa" (the "#" may be missing), "rgb(…)",
            "hsl(…)" or a CSS colour name.

    Raises:
        UsageError: it is none of these.
    """
    stripped = text.strip()
    color = hex_color(stripped.removeprefix("#"))
    if color is not None:
        return color
    if len(stripped) <= _MAX_COLOR_TEXT and not stripped.startswith("#"):
        from PIL import ImageColor

        values: tuple[int, ...] = ()
        with contextlib.suppress(ValueError, TypeError):
            values = ImageColor.getrgb(stripped)
        if len(values) in {3, 4} and all(0 <= value <= 255 for value in values):
            red, green, blue, alpha = (*values, OPAQUE)[:4]
            return red, green, blue, alpha
    shown = stripped[:40].encode("unicode_escape").decode()
    raise UsageError(
        f"'{shown}' is no colour; write it as '#e4002b', 'rgb(228, 0, 43)' or 'crimson'."
    )


def _guess(data: bytes, name: str) -> Swatches:
    """A file with an unknown ending: whichever text reader makes sense of it."""
    readers: list[Reader] = [palette_text.read_hex_list, palette_text.read_css]
    if data.lstrip()[:1] in {b"[", b"{"}:
        readers.insert(0, palette_text.read_json)
    for reader in readers:
        try:
            return reader(data, name)
        except (InputError, UsageError):
            continue
    raise UsageError(f"{name} is no palette that is read: {KINDS}.")


def _is_picture(data: bytes) -> bool:
    from pochade.io.sniff import HEAD, sniff

    return sniff(data[:HEAD]) is not None


def _png_palette(data: bytes, name: str) -> Swatches | None:
    """PLTE and tRNS of an indexed PNG, in file order; None for other kinds of PNG."""
    if data[25:26] != b"\x03":
        return None
    colors = alphas = names = b""
    place = len(SIGNATURE)
    while place + 8 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        kind = data[place + 4 : place + 8]
        body = data[place + 8 : place + 8 + min(size, 3 * MAX_PICTURE_COLORS)]
        if kind == b"PLTE":
            colors = body
        elif kind == b"tRNS":
            alphas = body
        elif kind == b"iTXt" and data[place + 8 :].startswith(_PNG_NAMES):
            names = data[place + 8 + len(_PNG_NAMES) : place + 8 + size]
        elif kind == b"IDAT":
            break
        place += 12 + size
    if not colors or len(colors) % 3:
        raise InputError(f"{name} is an indexed PNG without a whole palette.")
    found = Collector(name)
    labels = _png_names(names, len(colors) // 3)
    for entry, label in enumerate(labels):
        red, green, blue = colors[3 * entry : 3 * entry + 3]
        found.add((red, green, blue, alphas[entry] if entry < len(alphas) else OPAQUE), label)
    return found.swatches()


def _png_names(text: bytes, count: int) -> list[str]:
    """The names in the text chunk of our own swatch pictures; empty ones in any other PNG."""
    import json

    try:
        found = json.loads(text) if text else []
    except (ValueError, RecursionError):
        found = []
    right = isinstance(found, list) and len(found) == count
    return [str(word) for word in found] if right else [""] * count


def _picture_colors(file: Path, name: str) -> Swatches:
    """The distinct colours of a picture, if they are few; all that is transparent is one."""
    from pochade.io.open import open_image

    pixels = open_image(file).frames[0]
    colors: set[int] = set()
    wide = np.full((*pixels.shape[:2], 4), OPAQUE, np.uint8)
    wide[..., : pixels.shape[2]] = pixels
    wide[wide[..., 3] == 0] = 0
    packed = wide.view(">u4")[..., 0]
    for row in packed:
        colors.update(np.unique(row).tolist())
        if len(colors) > MAX_PICTURE_COLORS:
            raise UsageError(
                f"the picture {name} has more than {MAX_PICTURE_COLORS} colours, too many for a "
                "palette; quantize it first."
            )
    found = Collector(name)
    for color in sorted(colors):
        red, green, blue, alpha = color.to_bytes(4, "big")
        found.add((red, green, blue, alpha))
    return found.swatches()
