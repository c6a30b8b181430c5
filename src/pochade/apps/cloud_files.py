"""Which pictures `cloud` reads, and where it writes: declared, checked and planned."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from pochade.errors import UsageError
from pochade.options import byte_count, check, option

CLOUD_FORMATS = ("html", "png", "svg")


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudFileOptions:
    """Which pictures are read, and where and how their clouds are written."""

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
        "Where the cloud goes: .html is a page, .png and .svg are still pictures; - is standard "
        "output. Only with one input.",
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
        "Format of the result where the name of -o does not tell (html unless given).",
        choices=CLOUD_FORMATS,
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


class CloudTarget(NamedTuple):
    """Where one cloud goes: the input it is made from, html, png or svg, and the file or "-"."""

    source: str
    format: str
    path: str


def plan_clouds(files: CloudFileOptions) -> list[CloudTarget]:
    """A target for each input, in order; PICTURE-cloud.html beside the input unless told otherwise.

    Raises:
        UsageError: two results would have the same name, or a name does not tell its format.
    """
    from pochade.apps.outputs import STANDARD, output_stems

    if files.output is not None or (files.inputs == (STANDARD,) and files.out_dir is None):
        output = files.output or STANDARD
        return [CloudTarget(files.inputs[0], cloud_format(output, files.format), output)]
    form = files.format or CLOUD_FORMATS[0]
    paths = [f"{stem}-cloud.{form}" for stem in output_stems(files.inputs, files.out_dir)]
    twice = next((path for path, count in Counter(paths).items() if count > 1), None)
    if twice is not None:
        both = [name for name, path in zip(files.inputs, paths, strict=True) if path == twice]
        raise UsageError(f"{' and '.join(both)} would both become {twice}; give them one by one")
    return [
        CloudTarget(source, form, path) for source, path in zip(files.inputs, paths, strict=True)
    ]


def cloud_format(output: str, form: str | None) -> str:
    """The format for `-o`: by --format, else by the name; a page on standard output.

    >>> cloud_format("a.SVG", None), cloud_format("-", None)
    ('svg', 'html')
    """
    if form is not None:
        return form
    if output == "-":
        return CLOUD_FORMATS[0]
    suffix = output.rpartition(".")[2].lower()
    if suffix not in CLOUD_FORMATS:
        raise UsageError(
            f"{output} does not end in a known format; use one of .html, .png, .svg, "
            "or give --format"
        )
    return suffix
