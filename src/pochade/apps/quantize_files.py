"""Which pictures `quantize` reads, and where and how it writes."""

from __future__ import annotations

from dataclasses import dataclass

from pochade.apps import file_options
from pochade.options import check, option
from pochade.shared_options import EFFORTS


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOptions:
    """Which pictures are read, and where and how the results are written."""

    inputs: tuple[str, ...] = file_options.inputs()
    output: str | None = file_options.output()
    out_dir: str | None = file_options.out_dir()
    force: bool = file_options.force()
    format: str | None = file_options.form()
    full_color: bool = option(
        False,
        "Write the reduced picture with full-colour pixels instead of a palette.",
        group="Files",
    )
    keep_metadata: bool = file_options.keep_metadata()
    skip_if_larger: bool = option(
        False,
        "Write nothing, and exit 98, where the result would be larger than the input.",
        group="Files",
    )
    optimize: bool = option(
        False,
        "Squeeze the PNG once more, without loss, through oxipng (the png extra).",
        group="Files",
    )
    png_effort: str | None = option(
        None,
        "How hard to try for a small file (as --effort unless given).",
        choices=EFFORTS,
        group="Files",
    )
    max_pixels: int | None = file_options.max_pixels()
    allow_huge: bool = file_options.allow_huge()
    shared_palette: bool = file_options.shared_palette()

    def __post_init__(self) -> None:
        check(self)
        file_options.check_sources(self.inputs)
        file_options.check_places(self.inputs, self.output, self.out_dir)
