"""Pictures to files: the format by the name's ending, written whole or not at all.

Lossless formats read back to exactly the pixels given. Metadata is dropped unless it is passed in.
"""

from __future__ import annotations

import os
from typing import Final

import numpy as np

from pochade.errors import UsageError
from pochade.io.indexed import MAX_COLORS
from pochade.io.png import encode_indexed
from pochade.io.save_options import DEFAULTS, SaveOptions
from pochade.io.write import STDOUT, atomic_write
from pochade.types import Image, Labels, Palette

__all__ = [
    "DEFAULTS",
    "FORMATS",
    "INDEXED_FORMATS",
    "LOSSLESS_FORMATS",
    "SaveOptions",
    "format_of",
    "save_full",
    "save_indexed",
]

FORMATS: Final = {
    ".png": "png",
    ".gif": "gif",
    ".webp": "webp",
    ".bmp": "bmp",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".avif": "avif",
}
INDEXED_FORMATS: Final = ("png", "gif", "webp", "bmp", "tiff")
"""Formats that keep the exact colours of an indexed picture (WebP without loss, unindexed)."""

LOSSLESS_FORMATS: Final = ("png", "webp", "bmp", "tiff")
"""Formats that keep any full-colour picture exactly."""


def format_of(path: str | os.PathLike[str], *, choices: tuple[str, ...] | None = None) -> str:
    """The format that a file name's ending asks for.

    >>> format_of("a/B.JPG"), format_of("-.tif")
    ('jpeg', 'tiff')

    Args:
        path: a file name; its ending decides, in upper or lower case.
        choices: the formats that are possible here; default is all.

    Raises:
        UsageError: no or an unknown ending; the message names the choices.
    """
    from pathlib import PurePath

    suffix = PurePath(path).suffix.lower()
    possible = [end for end, name in FORMATS.items() if choices is None or name in choices]
    if suffix not in possible:
        found = f"the ending {suffix!r}" if suffix else "no ending"
        raise UsageError(f"{os.fspath(path)!r} has {found}; use one of {', '.join(possible)}.")
    return FORMATS[suffix]


def save_indexed(
    path: str | os.PathLike[str] | None,
    labels: Labels,
    palette: Palette,
    *,
    format: str | None = None,
    overwrite: bool = False,
    options: SaveOptions = DEFAULTS,
) -> bytes:
    """Write a picture of few colours as PNG, GIF, BMP or TIFF with a palette, or as lossless WebP.

    More than 256 colours in use are written in full colour, except as GIF, which has no such form.

    Args:
        path: the file, "-" for standard output (then `format` is needed), or None to only encode.
        labels: h w integers below k.
        palette: k 3 or k 4 uint8.
        format: one of `INDEXED_FORMATS`; default is by the ending of `path`.
        overwrite: replace an existing file.
        options: see `SaveOptions`.

    Returns:
        The encoded file.

    Raises:
        UsageError: an unknown ending or format, or labels and palette that do not fit it.
        OutputError: the file exists already or cannot be written.
    """
    name = _choose_format(path, format, INDEXED_FORMATS)
    if name == "png" and len(palette) <= MAX_COLORS:
        metadata = options.metadata
        if metadata is not None:
            from pochade.io.exif import upright

            metadata = upright(metadata)
        data = encode_indexed(
            labels,
            palette,
            effort=options.effort,
            threads=options.threads,
            metadata=metadata,
            optimize=options.optimize,
            optimize_level=options.optimize_level,
        )
    else:
        from pochade.io.encoders import encode_other_indexed

        data = encode_other_indexed(labels, palette, name, options)
    if path is not None:
        atomic_write(path, data, overwrite=overwrite)
    return data


def save_full(
    path: str | os.PathLike[str] | None,
    image: Image,
    *,
    format: str | None = None,
    overwrite: bool = False,
    options: SaveOptions = DEFAULTS,
) -> bytes:
    """Write a full-colour picture in any format of `FORMATS`.

    PNG, WebP, BMP and TIFF keep every pixel exactly; JPEG and AVIF lose a little; GIF is possible
    only for at most 256 colours. JPEG has no alpha: the picture is laid on `options.background`.

    Args:
        path: the file, "-" for standard output (then `format` is needed), or None to only encode.
        image: h w 3 or h w 4 uint8, straight alpha.
        format: one of the formats; default is by the ending of `path`.
        overwrite: replace an existing file.
        options: see `SaveOptions`.

    Returns:
        The encoded file.

    Raises:
        UsageError: an unknown ending or format, or an image that the format cannot hold.
        OutputError: the file exists already or cannot be written.
    """
    name = _choose_format(path, format, tuple(dict.fromkeys(FORMATS.values())))
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] not in {3, 4} or image.dtype != np.uint8 or not image.size:
        raise UsageError("an image must be a non-empty h x w x 3 or h x w x 4 array of uint8.")
    from pochade.io.encoders import encode_full

    data = encode_full(image, name, options)
    if path is not None:
        atomic_write(path, data, overwrite=overwrite)
    return data


def _choose_format(
    path: str | os.PathLike[str] | None, format: str | None, choices: tuple[str, ...]
) -> str:
    if format is not None:
        name = FORMATS.get("." + format.lower().removeprefix("."), format)
        if name not in choices:
            raise UsageError(f"format {format!r} is not one of {', '.join(choices)}.")
        return name
    if path is None or os.fspath(path) == STDOUT:
        raise UsageError(f"name the format, one of {', '.join(choices)}, as there is no ending.")
    return format_of(path, choices=choices)
