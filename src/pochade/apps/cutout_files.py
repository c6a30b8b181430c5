"""Which pictures `cutout` reads, and where and how it writes."""

from __future__ import annotations

from dataclasses import dataclass

from pochade.apps import file_options
from pochade.options import check

CUTOUT_FORMATS = ("png", "webp", "tiff", "avif", "jpeg", "bmp")


@dataclass(frozen=True, slots=True, kw_only=True)
class CutoutFileOptions:
    """Which pictures `cutout` reads, and where and how the results are written."""

    inputs: tuple[str, ...] = file_options.inputs()
    output: str | None = file_options.output()
    out_dir: str | None = file_options.out_dir()
    force: bool = file_options.force()
    format: str | None = file_options.form(CUTOUT_FORMATS)
    keep_metadata: bool = file_options.keep_metadata()
    max_pixels: int | None = file_options.max_pixels()
    allow_huge: bool = file_options.allow_huge()

    def __post_init__(self) -> None:
        check(self)
        file_options.check_sources(self.inputs)
        file_options.check_places(self.inputs, self.output, self.out_dir)
