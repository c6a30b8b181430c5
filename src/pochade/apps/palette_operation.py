"""The options that `pochade palette` has beside those of the library: what is read and written."""

from __future__ import annotations

from dataclasses import dataclass

from pochade.errors import UsageError
from pochade.options import byte_count, check, option
from pochade.palette_options import PALETTE_FORMATS


@dataclass(frozen=True, slots=True, kw_only=True)
class PaletteFileOptions:
    """Which pictures or palette files are read, and where the palettes go."""

    inputs: tuple[str, ...] = option(
        (),
        "Pictures: files, - for standard input, or https addresses; or palette files, to convert.",
        metavar="IN...",
        repeat=True,
        positional=True,
        group="Files",
    )
    output: str | None = option(
        None,
        "Palette file to write; - is standard output. Its ending decides the format: .json .hex "
        ".css .scss .less .js (Tailwind) .gpl .ase .aco .act .pal .txt (Paint.NET) .svg .png.",
        short="-o",
        metavar="FILE",
        group="Files",
    )
    out_dir: str | None = option(
        None,
        "Folder for palette files, one for each input, named after it (.json unless --format).",
        metavar="DIR",
        group="Files",
    )
    force: bool = option(False, "Write over existing files.", short="-f", group="Files")
    format: str | None = option(
        None,
        "Format of the palette file where the ending does not tell; alone, it prints the file.",
        choices=PALETTE_FORMATS,
        group="Files",
    )
    shared_palette: bool = option(
        False,
        "Find one palette for all inputs together.",
        group="Colours",
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
        if self.output is not None and self.out_dir is not None:
            raise UsageError("-o and --out-dir exclude each other; give one of them")
        several = len(self.inputs) > 1 and not self.shared_palette
        if several and self.output is not None:
            raise UsageError(
                "-o takes one input; with several, give --out-dir, or --shared-palette for one "
                "palette of them all"
            )
        if several and self.format is not None and self.out_dir is None:
            raise UsageError("--format with several inputs needs --out-dir")
        if self.shared_palette and self.out_dir is not None:
            raise UsageError("--shared-palette makes one palette: name its file with -o")
        if self.inputs.count("-") > 1:
            raise UsageError("standard input (-) can be read only once")
