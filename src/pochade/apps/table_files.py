"""Which files `pochade table` reads and writes: options of the command line alone, and names."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from pochade.errors import UsageError
from pochade.options import byte_count, check, option

TABLES = {".csv": "csv", ".parquet": "parquet"}
FORMATS = ("csv", "parquet", "png", "gif", "webp", "bmp", "tiff", "jpeg", "avif")
STANDARD = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFileOptions:
    """Which pictures or tables are read, and where the results are written."""

    inputs: tuple[str, ...] = option(
        (),
        "Pictures or tables (.csv, .parquet): files, - for standard input; pictures also https.",
        metavar="IN...",
        repeat=True,
        positional=True,
        group="Files",
    )
    output: str | None = option(
        None,
        "Where the result goes, a table or a picture by its ending; - is standard output. Only "
        "with one input.",
        short="-o",
        metavar="FILE",
        group="Files",
    )
    picture: str | None = option(
        None,
        "Write the picture too: with -k in the mean colours of its clusters. Only with one input.",
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
        "Format of the result where the name of -o does not tell (csv for a picture, png for a "
        "table unless given).",
        choices=FORMATS,
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
            raise UsageError("no input given; name a picture or a table, or - for standard input")
        if not all(self.inputs):
            raise UsageError("an input has an empty name; name a picture or a table")
        if len(self.inputs) > 1 and (self.output is not None or self.picture is not None):
            raise UsageError("-o and --picture take one input; with several, give --out-dir")
        if self.output is not None and self.out_dir is not None:
            raise UsageError("-o and --out-dir exclude each other; give one of them")
        if self.inputs.count(STANDARD) > 1:
            raise UsageError("standard input (-) can be read only once")
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
    from pochade.apps.outputs import output_stems

    if files.picture is not None:
        picture_format(files.picture)
    if files.output is not None or (files.inputs == (STANDARD,) and files.out_dir is None):
        output = files.output or STANDARD
        form = files.format or ("" if output == STANDARD else format_of(output))
        return [TableTarget(files.inputs[0], "", output, form)]
    stems = output_stems(files.inputs, files.out_dir)
    twice = next((stem for stem, count in Counter(stems).items() if count > 1), None)
    if twice is not None:
        sources = [name for name, stem in zip(files.inputs, stems, strict=True) if stem == twice]
        raise UsageError(
            f"{' and '.join(sources)} would both become {twice}; give them one by one, with -o"
        )
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
