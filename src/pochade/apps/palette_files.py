"""The options that `pochade palette` has beside those of the library: what is read and written."""

from __future__ import annotations

from dataclasses import dataclass

from pochade.apps import file_options
from pochade.errors import UsageError
from pochade.options import check
from pochade.palette_options import PALETTE_FORMATS


@dataclass(frozen=True, slots=True, kw_only=True)
class PaletteFileOptions:
    """Which pictures or palette files are read, and where the palettes go."""

    inputs: tuple[str, ...] = file_options.inputs(
        "Pictures: files, - for standard input, or https addresses; or palette files, to convert."
    )
    output: str | None = file_options.output(
        "Palette file to write; - is standard output. Its ending decides the format: .json .hex "
        ".css .scss .less .js (Tailwind) .gpl .ase .aco .act .pal .txt (Paint.NET) .svg .png."
    )
    out_dir: str | None = file_options.out_dir(
        "Folder for palette files, one for each input, named after it (.json unless --format)."
    )
    force: bool = file_options.force()
    format: str | None = file_options.form(
        PALETTE_FORMATS,
        "Format of the palette file where the ending does not tell; alone, it prints the file.",
    )
    shared_palette: bool = file_options.shared_palette()
    max_pixels: int | None = file_options.max_pixels()
    allow_huge: bool = file_options.allow_huge()

    def __post_init__(self) -> None:
        check(self)
        file_options.check_sources(self.inputs)
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
