"""Which pictures `segment` reads, and what it writes about them."""

from __future__ import annotations

from dataclasses import dataclass

from pochade.apps import file_options
from pochade.errors import UsageError
from pochade.options import check, option
from pochade.segment_options import KINDS
from pochade.shared_options import resize

FORMATS = (*file_options.FORMATS, "svg", "geojson", "csv", "json", "npy", "npz")


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFileOptions:
    """Which pictures are read, and what is written about them."""

    inputs: tuple[str, ...] = file_options.inputs()
    output: str | None = file_options.output(
        "Where the result goes; - is standard output. The ending decides what it is: .svg, "
        ".geojson, .csv or .json (the table), .npy (labels), .npz (the tree), or a picture."
    )
    kind: tuple[str, ...] = option(
        (),
        "What is written: the flat repaint unless told by this or by the name of -o. May be "
        "repeated without -o; each kind then gets a file of its own.",
        choices=KINDS,
        repeat=True,
        metavar="KIND",
        group="Files",
    )
    out_dir: str | None = file_options.out_dir()
    force: bool = file_options.force()
    format: str | None = file_options.form(
        FORMATS,
        "Format of the result where the name of -o does not tell (the kind's first unless given).",
    )
    resize: str | None = resize()
    max_pixels: int | None = file_options.max_pixels()
    allow_huge: bool = file_options.allow_huge()

    def __post_init__(self) -> None:
        check(self)
        file_options.check_sources(self.inputs)
        file_options.check_places(self.inputs, self.output, self.out_dir)
        if self.output is not None and len(self.kind) > 1:
            raise UsageError("-o takes one kind; with several, give --out-dir instead")
