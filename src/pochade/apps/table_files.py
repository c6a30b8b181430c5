"""Which files `pochade table` reads and writes: options of the command line alone, and names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import NamedTuple

from pochade.apps import file_options
from pochade.apps.file_options import STANDARD
from pochade.errors import UsageError
from pochade.options import check, option

TABLES = {".csv": "csv", ".parquet": "parquet"}
FORMATS = ("csv", "parquet", "png", "gif", "webp", "bmp", "tiff", "jpeg", "avif")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFileOptions:
    """Which pictures or tables are read, and where the results are written."""

    inputs: tuple[str, ...] = file_options.inputs(
        "Pictures or tables (.csv, .parquet): files, - for standard input; pictures also https."
    )
    output: str | None = file_options.output(
        "Where the result goes, a table or a picture by its ending; - is standard output. Only "
        "with one input."
    )
    picture: str | None = option(
        None,
        "Write the picture too: with -k in the mean colours of its clusters. Only with one input.",
        metavar="FILE",
        group="Files",
    )
    out_dir: str | None = file_options.out_dir()
    force: bool = file_options.force()
    format: str | None = file_options.form(
        FORMATS,
        "Format of the result where the name of -o does not tell (csv for a picture, png for a "
        "table unless given).",
    )
    max_pixels: int | None = file_options.max_pixels()
    allow_huge: bool = file_options.allow_huge()

    def __post_init__(self) -> None:
        check(self)
        file_options.check_sources(self.inputs, "a picture or a table")
        if len(self.inputs) > 1 and (self.output is not None or self.picture is not None):
            raise UsageError("-o and --picture take one input; with several, give --out-dir")
        if self.output is not None and self.out_dir is not None:
            raise UsageError("-o and --out-dir exclude each other; give one of them")
        if self.picture == STANDARD:
            raise UsageError("--picture needs the name of a file")


class TableTarget(NamedTuple):
    """Where one result goes.

    Attributes:
        source: The input.
        stem: What the result's name begins with where there is no -o.
        path: The file, or "-", or "" while it depends on what the input is.
        format: One of `FORMATS`, or "" while it does.
    """

    source: str
    stem: str
    path: str
    format: str

    def settled(self, from_table: bool) -> TableTarget:
        """The target for an input that is a table, or a picture: each becomes the other.

        >>> TableTarget("a.png", "out/a", "", "").settled(False).path
        'out/a.csv'
        """
        form = self.format or ("png" if from_table else "csv")
        suffix = {"jpeg": ".jpg", "tiff": ".tif"}.get(form, f".{form}")
        return TableTarget(self.source, self.stem, self.path or f"{self.stem}{suffix}", form)


def plan(files: TableFileOptions) -> list[TableTarget]:
    """A target for each input, in order.

    Raises:
        UsageError: two results would have the same name, or a name does not tell its format.
    """
    from pochade.apps.outputs import output_stems, refuse_twice

    if files.picture is not None:
        picture_format(files.picture)
    if files.output is not None or (files.inputs == (STANDARD,) and files.out_dir is None):
        output = files.output or STANDARD
        form = files.format or ("" if output == STANDARD else format_of(output))
        return [TableTarget(files.inputs[0], "", output, form)]
    stems = output_stems(files.inputs, files.out_dir)
    refuse_twice(files.inputs, stems)
    return [
        TableTarget(source, stem, "", files.format or "")
        for source, stem in zip(files.inputs, stems, strict=True)
    ]


def format_of(name: str) -> str:
    """The format that a file name's ending asks for: a table's or a picture's.

    >>> format_of("a.parquet"), format_of("a.JPG")
    ('parquet', 'jpeg')

    Raises:
        UsageError: it asks for none.
    """
    from pochade.apps.outputs import NAMED

    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122
    known = TABLES | NAMED
    if suffix not in known:
        raise UsageError(
            f"{name} does not end in a known format; use one of {', '.join(known)}, "
            "or give --format"
        )
    return known[suffix]


def picture_format(name: str) -> str:
    """The format of --picture.

    Raises:
        UsageError: the ending is not that of a picture.
    """
    form = format_of(name)
    if form in TABLES.values():
        raise UsageError(f"--picture {name} names a table; give a picture such as .png, or use -o")
    return form
