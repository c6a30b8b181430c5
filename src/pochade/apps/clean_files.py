"""Which pictures `clean` reads, and where and how it writes."""

from __future__ import annotations

from dataclasses import dataclass

from pochade.apps import file_options
from pochade.errors import UsageError
from pochade.options import check, option


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanFileOptions:
    """Which pictures `clean` reads, and where and how the results are written."""

    inputs: tuple[str, ...] = file_options.inputs()
    output: str | None = file_options.output()
    out_dir: str | None = file_options.out_dir()
    preview: str | None = option(
        None,
        "A picture that marks what would go, with a legend; with several inputs the folder for "
        "them. Without -o or --out-dir nothing else is written.",
        metavar="FILE",
        group="Files",
    )
    force: bool = file_options.force()
    format: str | None = file_options.form()
    keep_metadata: bool = file_options.keep_metadata()
    max_pixels: int | None = file_options.max_pixels()
    allow_huge: bool = file_options.allow_huge()

    def __post_init__(self) -> None:
        check(self)
        file_options.check_sources(self.inputs)
        file_options.check_places(self.inputs, self.output, self.out_dir)
        if self.preview is not None and self.preview in (self.output, "-"):
            raise UsageError("the preview needs a file of its own; name another with --preview")
