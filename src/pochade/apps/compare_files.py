"""The options of `pochade compare` that concern files; those of the library: compare_options."""

from __future__ import annotations

from dataclasses import dataclass

from pochade.apps import file_options
from pochade.apps.file_options import STANDARD
from pochade.errors import UsageError
from pochade.options import check, option

PAGES = (".html", ".htm")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareFiles:
    """Which pictures are read, and what is written about them."""

    inputs: tuple[str, ...] = file_options.inputs()
    output: str | None = file_options.output(
        "Write a page with the table and all pictures, as .html, which needs no network; - is "
        "standard output. Only with one input."
    )
    panel: str | None = option(
        None,
        "Write a sheet of all pictures with time and PSNR under each, as .png.",
        metavar="FILE",
        group="Files",
    )
    out_dir: str | None = file_options.out_dir("Folder for STEM-compare.html of every input.")
    force: bool = file_options.force()
    max_pixels: int | None = file_options.max_pixels()
    allow_huge: bool = file_options.allow_huge()

    def __post_init__(self) -> None:
        check(self)
        file_options.check_sources(self.inputs)
        file_options.check_places(self.inputs, self.output, self.out_dir)
        if self.panel is not None and (len(self.inputs) > 1 or self.out_dir is not None):
            raise UsageError("--panel takes one input and no --out-dir; run it for each picture")
        if self.panel == STANDARD:
            raise UsageError("--panel needs a file's name; only -o takes - (the page)")
        if self.panel is not None and not self.panel.lower().endswith(".png"):
            raise UsageError(f"the panel is a PNG: {self.panel} does not end in .png")
        page = self.output
        if page is not None and page != STANDARD and not page.lower().endswith(PAGES):
            raise UsageError(f"the page is HTML: {page} does not end in .html; see also --panel")
