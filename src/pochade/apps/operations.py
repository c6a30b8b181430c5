"""Every operation of the program: one row each. Adding one is a dataclass, a function and a row.

The rows are data: options and function are named, not imported, so that a run loads those of its
own operation only. Both parsers of the command line, the completion scripts, the reference in
docs/ and its tests are made from `OPERATIONS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

from pochade.errors import UsageError
from pochade.options import check, option

SHELLS = ("bash", "zsh", "fish")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What is said, and where; the same for every operation."""

    json: bool = option(
        False, "Print one JSON object on standard output instead of text.", group="Report"
    )
    verbose: bool = option(False, "Say more: engine, times, errors.", short="-v", group="Report")
    quiet: bool = option(False, "Say nothing but errors.", short="-q", group="Report")
    debug: bool = option(False, "Show the traceback of an error.", group="Report")

    def __post_init__(self) -> None:
        if self.verbose and self.quiet:
            raise UsageError("-v and -q exclude each other; give one of them")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """`engines` needs nothing beyond the report options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """Where `demo` puts its results."""

    out_dir: str = option("demo-output", "Folder for the results.", metavar="DIR", group="Files")
    force: bool = option(False, "Write over the results of another run.", short="-f", group="Files")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionOptions:
    """The shell that `completion` writes for."""

    shell: tuple[str, ...] = option(
        (),
        "The shell to write for.",
        metavar="SHELL",
        choices=SHELLS,
        repeat=True,
        positional=True,
        group="Files",
    )

    def __post_init__(self) -> None:
        check(self)
        if len(self.shell) != 1:
            raise UsageError(f"name one shell: {', '.join(SHELLS)}")


REPORT = "pochade.apps.operations:ReportOptions"


def named(name: str) -> Any:
    """What "module:name" names."""
    module, _, found = name.partition(":")
    return getattr(import_module(module), found)


class Operation(NamedTuple):
    """One row: the word on the command line, its summary, its options and its function.

    Attributes:
        name: The word after `pochade`.
        summary: One line for the help page.
        parts: "module:Class" of dataclasses whose declarations together are its options.
        function: "module:function", called with one instance of each of `options`, in order, and
            a `pochade.apps.session.Session`; returns the exit code.
        details: A paragraph for the operation's own help page.
    """

    name: str
    summary: str
    parts: tuple[str, ...]
    function: str
    details: str = ""

    @property
    def options(self) -> tuple[type, ...]:
        """The dataclasses themselves, imported when they are first asked for."""
        return tuple(named(part) for part in self.parts)


class Request(NamedTuple):
    """A command line, understood: the operation and an instance of each of its dataclasses."""

    operation: Operation
    options: tuple[Any, ...]

    @property
    def report(self) -> ReportOptions:
        """The report options among them."""
        for found in self.options:
            if isinstance(found, ReportOptions):
                return found
        return ReportOptions()


OPERATIONS = (
    Operation(
        name="quantize",
        summary="Reduce pictures to their best k colours.",
        parts=(
            "pochade.quantize_options:QuantizeOptions",
            "pochade.apps.quantize_files:FileOptions",
            REPORT,
        ),
        function="pochade.apps.quantize:run",
        details=(
            "Without -o the result of PICTURE.jpg is PICTURE-k16.png beside it. "
            "--iters or --init alone means plain k-means with just that."
        ),
    ),
    Operation(
        name="sweep",
        summary="See a picture in every number of colours of a range, and choose one.",
        parts=("pochade.sweep_options:SweepOptions", "pochade.apps.sweep_files:SweepFiles", REPORT),
        function="pochade.apps.sweep:run",
        details=(
            "Prints what each k costs; --gif, --panel and --elbow show it. "
            "--iters 25,50,100 makes a grid of k by iterations of plain k-means."
        ),
    ),
    Operation(
        name="table",
        summary="Turn pictures into tables of pixels, and back; cluster on any columns.",
        parts=(
            "pochade.table_options:TableOptions",
            "pochade.apps.table_files:TableFileOptions",
            REPORT,
        ),
        function="pochade.apps.table:run",
        details=(
            "A picture becomes a table (x, y, r, g, b and, if it has alpha, a), a table a picture; "
            "the name of -o decides otherwise. Without -o the result of PICTURE.jpg is PICTURE.csv "
            "beside it, that of TABLE.csv TABLE.png. Parquet needs the table extra."
        ),
    ),
    Operation(
        name="cloud",
        summary="Show a picture's colours as points in a colour space.",
        parts=(
            "pochade.cloud_options:CloudOptions",
            "pochade.apps.cloud_files:CloudFileOptions",
            REPORT,
        ),
        function="pochade.apps.cloud:run",
        details=(
            "Without -o the cloud of PICTURE.jpg is PICTURE-cloud.html beside it: a page that "
            "needs no network. .png and .svg need the plot extra."
        ),
    ),
    Operation(
        name="palette",
        summary="Show the colours of pictures, write palette files, and convert them.",
        parts=(
            "pochade.palette_options:PaletteOptions",
            "pochade.apps.palette_files:PaletteFileOptions",
            REPORT,
        ),
        function="pochade.apps.palette:run",
        details=(
            "Without -o the colours are shown: share, name, a place in the picture, the text "
            "colour that can be read on each, and roles. A palette file as input is converted."
        ),
    ),
    Operation(
        name="recolor",
        summary="Give pictures the colours of another picture or of a palette.",
        parts=(
            "pochade.recolor_options:RecolorOptions",
            "pochade.apps.recolor_files:RecolorFileOptions",
            REPORT,
        ),
        function="pochade.apps.recolor:run",
        details="Without -o the result of PICTURE.jpg is PICTURE-recolored.png beside it.",
    ),
    Operation(
        name="clean",
        summary="Find noise pixels and take them out of pictures.",
        parts=(
            "pochade.clean_options:CleanOptions",
            "pochade.apps.clean_files:CleanFileOptions",
            REPORT,
        ),
        function="pochade.apps.clean:run",
        details=(
            "Without a detector all of them find their own thresholds, or that there is nothing to "
            "clean. Without -o the result of PICTURE.jpg is PICTURE-clean.png beside it."
        ),
    ),
    Operation(
        name="edges",
        summary="Find edges by the standard deviation of small windows.",
        parts=(
            "pochade.edges_options:EdgesOptions",
            "pochade.apps.edges_files:EdgesFileOptions",
            REPORT,
        ),
        function="pochade.apps.edges:run",
        details=(
            "Without -o the result of PICTURE.jpg is PICTURE-edges.png beside it. "
            "-o NAME.npy writes the strengths themselves (of --look ridges and binary, those)."
        ),
    ),
    Operation(
        name="segment",
        summary="Divide pictures into regions: flat paintings, outlines, numbered sheets, tables.",
        parts=(
            "pochade.segment_options:SegmentOptions",
            "pochade.segment_options:SegmentLook",
            "pochade.apps.segment_files:SegmentFileOptions",
            REPORT,
        ),
        function="pochade.apps.segment:run",
        details=(
            "Without -o the flat repaint of PICTURE.jpg is PICTURE-flat.png beside it. The ending "
            "of -o tells what is wanted: flat.png, regions.svg, regions.geojson, table.csv, "
            "labels.npy; --kind tells more: --kind numbers -o sheet.svg."
        ),
    ),
    Operation(
        name="cutout",
        summary="Take the background away from pictures, with or without hints.",
        parts=(
            "pochade.cutout_options:CutoutOptions",
            "pochade.apps.cutout_files:CutoutFileOptions",
            REPORT,
        ),
        function="pochade.apps.cutout:run",
        details=(
            "Without -o the result of PICTURE.jpg is PICTURE-cutout.png beside it. Where the "
            "picture does not show what to keep, nothing is written and the exit code is 99. "
            "Needs the cutout extra."
        ),
    ),
    Operation(
        name="compare",
        summary="Compare the engines on a picture: time, memory, error, agreement.",
        parts=(
            "pochade.compare_options:CompareOptions",
            "pochade.apps.compare_files:CompareFiles",
            REPORT,
        ),
        function="pochade.apps.compare:run",
        details=(
            "Every engine gets the same points and the same start, in a process of its own. Prints "
            "a table; -o OUT.html writes a page with the pictures side by side. --naive includes "
            "k-means as tutorials write it."
        ),
    ),
    Operation(
        name="engines",
        summary="List what can do the arithmetic here, and why not.",
        parts=("pochade.apps.operations:EngineOptions", REPORT),
        function="pochade.apps.engines:run",
    ),
    Operation(
        name="demo",
        summary="Run the main job on bundled photos and say what was measured.",
        parts=("pochade.apps.operations:DemoOptions", REPORT),
        function="pochade.apps.demo:run",
    ),
    Operation(
        name="completion",
        summary="Print a completion script for bash, zsh or fish.",
        parts=("pochade.apps.operations:CompletionOptions", REPORT),
        function="pochade.apps.cli.full:print_completion",
        details='For bash, for example: eval "$(pochade completion bash)".',
    ),
)


def operation(name: str) -> Operation | None:
    """The row of that name, or None."""
    return next((row for row in OPERATIONS if row.name == name), None)
