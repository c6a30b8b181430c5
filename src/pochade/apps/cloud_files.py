"""Which pictures `cloud` reads, and where it writes: declared, checked and planned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pochade.apps import file_options
from pochade.errors import UsageError
from pochade.options import check

if TYPE_CHECKING:
    from pochade.apps.outputs import Target

CLOUD_FORMATS = ("html", "png", "svg")


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudFileOptions:
    """Which pictures are read, and where and how their clouds are written."""

    inputs: tuple[str, ...] = file_options.inputs()
    output: str | None = file_options.output(
        "Where the cloud goes: .html is a page, .png and .svg are still pictures; - is standard "
        "output. Only with one input."
    )
    out_dir: str | None = file_options.out_dir()
    force: bool = file_options.force()
    format: str | None = file_options.form(CLOUD_FORMATS)
    max_pixels: int | None = file_options.max_pixels()
    allow_huge: bool = file_options.allow_huge()

    def __post_init__(self) -> None:
        check(self)
        file_options.check_sources(self.inputs)
        file_options.check_places(self.inputs, self.output, self.out_dir)


def plan_clouds(files: CloudFileOptions) -> list[Target]:
    """A target for each input, in order; PICTURE-cloud.html beside the input unless told otherwise.

    Raises:
        UsageError: two results would have the same name, or a name does not tell its format.
    """
    from pochade.apps.file_options import STANDARD
    from pochade.apps.outputs import Target, one_each

    if files.output is not None or (files.inputs == (STANDARD,) and files.out_dir is None):
        output = files.output or STANDARD
        return [Target(files.inputs[0], cloud_format(output, files.format), output)]
    form = files.format or CLOUD_FORMATS[0]
    return one_each(files.inputs, files.out_dir, f"-cloud.{form}", form)


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
