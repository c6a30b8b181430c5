"""The options about files that every operation has, each declared once; and the checks they share.

force: bool = file_options.force()
"""

from __future__ import annotations

from typing import Any

from pochade.errors import UsageError
from pochade.options import byte_count, option

STANDARD = "-"
FORMATS = ("png", "gif", "webp", "bmp", "tiff", "jpeg", "avif")


def inputs(
    help: str = "Pictures: files, - for standard input, or https addresses.",
) -> Any:
    """The words that are not flags."""
    return option((), help, metavar="IN...", repeat=True, positional=True, group="Files")


def output(
    help: str = "Where the result goes; - is standard output. Only with one input.",
) -> Any:
    """`-o`."""
    return option(None, help, short="-o", metavar="FILE", group="Files")


def out_dir(
    help: str = "Folder for the results; folders below the one common to all inputs are kept.",
) -> Any:
    """`--out-dir`."""
    return option(None, help, metavar="DIR", group="Files")


def force() -> Any:
    """`-f`."""
    return option(False, "Write over existing files.", short="-f", group="Files")


def form(choices: tuple[str, ...] = FORMATS, help: str = "") -> Any:
    """`--format`; the first of the choices is what is written unless something else tells."""
    return option(
        None,
        help
        or f"Format of the result where the name of -o does not tell ({choices[0]} unless given).",
        choices=choices,
        group="Files",
    )


def keep_metadata() -> Any:
    """`--keep-metadata`."""
    return option(False, "Keep EXIF and resolution, which are dropped otherwise.", group="Files")


def shared_palette() -> Any:
    """`--shared-palette`."""
    return option(False, "Find one palette for all inputs together.", group="Colours")


def max_pixels() -> Any:
    """`--max-pixels`."""
    return option(
        None,
        "Refuse inputs of more pixels than this, such as 200M (100M unless given).",
        parse=byte_count,
        minimum=1,
        metavar="N",
        group="Files",
    )


def allow_huge() -> Any:
    """`--allow-huge`."""
    return option(
        False,
        "Take inputs of any number of pixels; for files that can be trusted.",
        group="Files",
    )


def check_sources(inputs: tuple[str, ...], what: str = "a picture") -> None:
    """Raise UsageError unless there are inputs, and each can be read."""
    if not inputs:
        raise UsageError(f"no input given; name {what}, or - for standard input")
    if not all(inputs):
        raise UsageError(f"an input has an empty name; name {what}, or - for standard input")
    if inputs.count(STANDARD) > 1:
        raise UsageError("standard input (-) can be read only once")


def check_places(inputs: tuple[str, ...], output: str | None, out_dir: str | None) -> None:
    """Raise UsageError unless every result has a place of its own."""
    if len(inputs) > 1 and output is not None:
        raise UsageError("-o takes one input; with several, give --out-dir instead")
    if output is not None and out_dir is not None:
        raise UsageError("-o and --out-dir exclude each other; give one of them")
