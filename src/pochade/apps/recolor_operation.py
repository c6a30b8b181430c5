"""The options that `pochade recolor` has beside those of the library: what is read and written."""

from __future__ import annotations

from dataclasses import dataclass

from pochade.errors import UsageError
from pochade.options import byte_count, check, option

PICTURE_FORMATS = ("png", "gif", "webp", "bmp", "tiff", "jpeg", "avif")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecolorFileOptions:
    """Which pictures are read, and where and how the results are written."""

    inputs: tuple[str, ...] = option(
        (),
        "Pictures: files, - for standard input, or https addresses.",
        metavar="IN...",
        repeat=True,
        positional=True,
        group="Files",
    )
    output: str | None = option(
        None,
        "Where the result goes; - is standard output. Only with one input.",
        short="-o",
        metavar="FILE",
        group="Files",
    )
    out_dir: str | None = option(
        None,
        "Folder for the results; folders below the one common to all inputs are kept.",
        metavar="DIR",
        group="Files",
    )
    force: bool = option(False, "Write over existing files.", short="-f", group="Files")
    format: str | None = option(
        None,
        "Format of the result where the name of -o does not tell (png unless given).",
        choices=PICTURE_FORMATS,
        group="Files",
    )
    max_pixels: int | None = option(
        None,
        "Refuse inputs of more pixels than this, such as 200M (100M unless given).",
        parse=byte_count,
        minimum=1,
        metavar="N",
        group="Files",
    )
    allow_huge: bool = option(
        False,
        "Take inputs of any number of pixels; for files that can be trusted.",
        group="Files",
    )

    def __post_init__(self) -> None:
        check(self)
        if not self.inputs:
            raise UsageError("no input given; name a picture, or - for standard input")
        if not all(self.inputs):
            raise UsageError("an input has an empty name; name a picture, or - for standard input")
        if len(self.inputs) > 1 and self.output is not None:
            raise UsageError("-o takes one input; with several, give --out-dir instead")
        if self.output is not None and self.out_dir is not None:
            raise UsageError("-o and --out-dir exclude each other; give one of them")
        if self.inputs.count("-") > 1:
            raise UsageError("standard input (-) can be read only once")
