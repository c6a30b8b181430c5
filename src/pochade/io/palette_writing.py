"""Palettes to files: what `palette_files` reads, in the forms that other programs read too."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from pochade.errors import UsageError
from pochade.io import palette_binary_out as binary
from pochade.io import palette_drawing as drawing
from pochade.io import palette_text_out as text
from pochade.io.swatches import MAX_COLORS, OPAQUE, Swatches, clean_name
from pochade.types import Palette

Writer: TypeAlias = Callable[[Swatches, str, Sequence[str]], bytes]
"""A function of the colours with their names, a title, and a caption for each colour or none."""


class PaletteFormat(NamedTuple):
    """One form of palette file.

    Attributes:
        suffix: the ending that such files have.
        writer: makes one.
        what: who reads it, for messages and help.
        alpha: it keeps transparency.
        named: it keeps names.
        most: the most colours it holds.
        text: it is text, which a terminal can show.
    """

    suffix: str
    writer: Writer
    what: str
    alpha: bool = False
    named: bool = True
    most: int = MAX_COLORS
    text: bool = True


FORMATS: Final[dict[str, PaletteFormat]] = {
    "json": PaletteFormat(".json", text.write_json, "programs", alpha=True),
    "hex": PaletteFormat(".hex", text.write_hex, "Lospec, Aseprite", alpha=True, named=False),
    "css": PaletteFormat(".css", text.write_css, "style sheets", alpha=True),
    "scss": PaletteFormat(".scss", text.write_scss, "Sass", alpha=True),
    "less": PaletteFormat(".less", text.write_less, "Less", alpha=True),
    "tailwind": PaletteFormat(".js", text.write_tailwind, "Tailwind 3", alpha=True),
    "tailwind-css": PaletteFormat(".css", text.write_theme, "Tailwind 4", alpha=True),
    "gpl": PaletteFormat(".gpl", text.write_gimp, "GIMP, Inkscape, Krita", alpha=True),
    "ase": PaletteFormat(".ase", binary.write_ase, "Adobe programs", text=False),
    "aco": PaletteFormat(".aco", binary.write_aco, "Photoshop", text=False),
    "act": PaletteFormat(".act", binary.write_act, "Photoshop", named=False, most=256, text=False),
    "pal": PaletteFormat(".pal", text.write_jasc, "Paint Shop Pro", named=False),
    "riff-pal": PaletteFormat(
        ".pal", binary.write_riff, "Windows programs", named=False, text=False
    ),
    "paint.net": PaletteFormat(".txt", text.write_paint_net, "Paint.NET", alpha=True, named=False),
    "svg": PaletteFormat(".svg", drawing.write_svg, "browsers, Inkscape, Illustrator", alpha=True),
    "png": PaletteFormat(
        ".png", drawing.write_png, "anything that shows pictures", alpha=True, most=256, text=False
    ),
}
"""Every form by its name; where two share an ending, the first is meant by the ending alone."""


def palette_format_of(path: str | os.PathLike[str]) -> str:
    """The form that a file name's ending asks for.

    >>> palette_format_of("brand.ASE"), palette_format_of("tailwind.config.js")
    ('ase', 'tailwind')

    Raises:
        UsageError: no or an unknown ending; the message names the choices.
    """
    suffix = os.path.splitext(os.fspath(path))[1].lower()  # noqa: PTH122
    for name, form in FORMATS.items():
        if form.suffix == suffix:
            return name
    endings = ", ".join(dict.fromkeys(form.suffix for form in FORMATS.values()))
    found = f"the ending {suffix!r}" if suffix else "no ending"
    raise UsageError(
        f"{os.fspath(path)!r} has {found}; use one of {endings}, or name the format: "
        f"{', '.join(FORMATS)}"
    )


def swatches_of(colors: Palette, names: Sequence[str] = ()) -> Swatches:
    """Colours (k, 3 or 4) uint8 and their names, if any, ready to be written.

    Names lose what cannot be printed, as they do when they are read.
    """
    rows = np.asarray(colors, np.uint8)
    if rows.shape[1] == 3:
        rows = np.concatenate([rows, np.full((len(rows), 1), OPAQUE, np.uint8)], axis=1)
    found = tuple((int(r), int(g), int(b), int(a)) for r, g, b, a in rows.tolist())
    cleaned = tuple(clean_name(name) for name in names) or ("",) * len(found)
    return Swatches(found, cleaned)


def encode_palette(
    swatches: Swatches, form: str, *, title: str = "", captions: Sequence[str] = ()
) -> bytes:
    """A palette file in memory.

    Args:
        swatches: the colours and their names, cleaned as `swatches_of` does.
        form: a name of `FORMATS`.
        title: what the palette is called, where the form has a place for that.
        captions: a line for each colour, where the form is a picture with words (svg).

    Raises:
        UsageError: an unknown form, no colours, or more than it holds.
    """
    if form not in FORMATS:
        raise UsageError(f"{form!r} is no palette format; use one of {', '.join(FORMATS)}")
    known = FORMATS[form]
    if not swatches.colors:
        raise UsageError("there is no colour to write")
    if len(swatches.colors) > known.most:
        raise UsageError(
            f"a {form} palette holds at most {known.most:,} colours, not {len(swatches.colors):,}"
        )
    return known.writer(swatches, clean_name(title), captions)
