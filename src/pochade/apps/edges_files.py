"""Which files `pochade edges` reads and writes: options of the command line alone, and names."""

from __future__ import annotations

from dataclasses import dataclass

from pochade.apps import file_options
from pochade.apps.file_options import STANDARD
from pochade.options import check

TYPE_CHECKING = False  # on the way of every start
if TYPE_CHECKING:
    from pochade.apps.outputs import Target

FORMATS = (*file_options.FORMATS, "npy")
NUMBERS = ".npy"


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgesFileOptions:
    """Which pictures are read, and where and how the results are written."""

    inputs: tuple[str, ...] = file_options.inputs()
    output: str | None = file_options.output(
        "Where the result goes, a picture or (.npy) the numbers; - is standard output. Only with "
        "one input."
    )
    out_dir: str | None = file_options.out_dir()
    force: bool = file_options.force()
    format: str | None = file_options.form(FORMATS)
    max_pixels: int | None = file_options.max_pixels()
    allow_huge: bool = file_options.allow_huge()

    def __post_init__(self) -> None:
        check(self)
        file_options.check_sources(self.inputs)
        file_options.check_places(self.inputs, self.output, self.out_dir)


def plan(files: EdgesFileOptions) -> list[Target]:
    """A target for each input, in order; without -o PICTURE-edges.png beside PICTURE.jpg.

    Raises:
        UsageError: two results would have the same name, or a name does not tell its format.
    """
    from pochade.apps.outputs import SUFFIXES, explicit, one_each

    if files.output is not None or (files.inputs == (STANDARD,) and files.out_dir is None):
        output = files.output or STANDARD
        numbers = output.lower().endswith(NUMBERS)
        form = files.format or ("npy" if numbers else None)
        return [explicit(files.inputs[0], output, form)]
    form = files.format or FORMATS[0]
    return one_each(files.inputs, files.out_dir, "-edges" + SUFFIXES.get(form, NUMBERS), form)
