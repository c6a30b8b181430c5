"""The options that `pochade recolor` has beside those of the library: what is read and written."""

from __future__ import annotations

from dataclasses import dataclass

from pochade.apps import file_options
from pochade.options import check


@dataclass(frozen=True, slots=True, kw_only=True)
class RecolorFileOptions:
    """Which pictures are read, and where and how the results are written."""

    inputs: tuple[str, ...] = file_options.inputs()
    output: str | None = file_options.output()
    out_dir: str | None = file_options.out_dir()
    force: bool = file_options.force()
    format: str | None = file_options.form()
    max_pixels: int | None = file_options.max_pixels()
    allow_huge: bool = file_options.allow_huge()

    def __post_init__(self) -> None:
        check(self)
        file_options.check_sources(self.inputs)
        file_options.check_places(self.inputs, self.output, self.out_dir)
