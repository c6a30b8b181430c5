"""The `table` operation: pictures to tables of pixels, tables to pictures, clustering."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from pochade.apps.batch import (
    attempt,
    complain,
    exit_code,
    expanded,
    limits_of,
    refuse_standard_output,
    still_notes,
)
from pochade.apps.file_options import STANDARD
from pochade.apps.operations import ReportOptions
from pochade.apps.outputs import make_folder, refuse_existing
from pochade.apps.session import Session, printable
from pochade.apps.table_files import TABLES, TableFileOptions, TableTarget, picture_format, plan
from pochade.errors import PochadeError, UsageError
from pochade.table_options import TableOptions

if TYPE_CHECKING:
    from pochade.table_result import TableResult


@dataclass(slots=True, eq=False, repr=False)
class Outcome:
    """What became of one input; filled in as far as it gets."""

    target: TableTarget
    input: dict[str, Any] = field(default_factory=dict)
    result: TableResult | None = None
    output_bytes: int | None = None
    picture: dict[str, Any] | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    error: PochadeError | None = None
    entry: dict[str, Any] = field(default_factory=dict)


def run(
    options: TableOptions, files: TableFileOptions, report: ReportOptions, session: Session
) -> int:
    """Turn every input into its table or picture; the exit code tells whether all went well."""
    from pochade.apps.table_report import entry_of

    check_use(options)
    files = replace(files, inputs=expanded(files.inputs))
    targets = plan(files)
    if any(target.path == STANDARD for target in targets):
        refuse_standard_output(report, session)
    outcomes = []
    for target in targets:
        outcome = Outcome(target)
        attempt(outcome, lambda one: convert(one, options, files, session))
        tell(outcome, report, session)
        outcome.entry = entry_of(outcome) if report.json else {}
        outcome.result = None  # let go of before the next is read
        outcomes.append(outcome)
    code = exit_code(outcomes)
    if report.json:
        from pochade.apps.json_report import report_text

        entries = [outcome.entry for outcome in outcomes]
        session.print(report_text("table", options, entries, code, key="tables"))
    return code


def check_use(options: TableOptions) -> None:
    """Raise UsageError where options about clustering would be without effect."""
    if options.k is not None or "scaled" in options.additions:
        return
    set_ = {
        "--columns": options.columns is not None,
        "--scale": options.scale != "none",
        "--weight": bool(options.weight),
        "--position-weight": options.position_weight is not None,
        "--init": options.init is not None,
        "--iters": options.iters is not None,
    }
    unused = [name for name, given in set_.items() if given]
    if unused:
        raise UsageError(
            f"{unused[0]} concerns clustering; give -k too, or --add scaled for the scaled columns"
        )


def convert(
    outcome: Outcome, options: TableOptions, files: TableFileOptions, session: Session
) -> None:
    """Read, cluster and write one input."""
    picture = read(outcome, options, files, session)
    make(outcome, picture, options, session)
    write(outcome, files, session)


def read(outcome: Outcome, options: TableOptions, files: TableFileOptions, session: Session) -> Any:
    """The picture (h, w, c) that the input is or has the pixels of, unless nothing may be written.

    Settles what the result is: a picture's is a table, a table's a picture, unless told otherwise.
    """
    from pochade.io.open import open_image
    from pochade.io.table_read import open_table, read_picture
    from pochade.quantize_inputs import as_image

    source = outcome.target.source
    if outcome.target.path:
        refuse_existing(outcome.target.path, force=files.force)
    if files.picture is not None:
        refuse_existing(files.picture, force=files.force)
    session.begin(f"reading {source}")
    begin = perf_counter()
    limits = limits_of(files)
    opened = None if "://" in source else open_table(source, limits)
    if opened is None:
        outcome.target = outcome.target.settled(False)
        refuse_existing(outcome.target.path, force=files.force)
        found = open_image(source, limits=limits, resize=options.resize)
        outcome.notes += still_notes(found)
        outcome.input = {"kind": "picture", "format": found.format, "bytes": found.byte_size}
        width, height = found.size
        pixels = found.pixels
    else:
        with opened:
            outcome.target = outcome.target.settled(True)
            refuse_existing(outcome.target.path, force=files.force)
            pixels, notes = read_picture(opened, size=options.shape, missing=options.missing)
        outcome.notes += notes
        outcome.input = {"kind": "table", "format": opened.kind, "bytes": opened.byte_size}
        height, width = pixels.shape[:2]
        if options.resize is not None:
            pixels = as_image(pixels, resize=options.resize)
    outcome.input |= {"width": width, "height": height}
    outcome.seconds["read"] = perf_counter() - begin
    return pixels


def make(outcome: Outcome, picture: Any, options: TableOptions, session: Session) -> None:
    """The table, clustered where a k is given."""
    from pochade.table import make_table

    session.begin(f"clustering {outcome.target.source}" if options.k else "counting")
    begin = perf_counter()
    outcome.result = make_table(picture, options, cancel=session.stopped)
    outcome.notes += outcome.result.notes
    outcome.seconds["cluster"] = perf_counter() - begin


def write(outcome: Outcome, files: TableFileOptions, session: Session) -> None:
    """Write the table or the picture, and the picture besides where one was asked for."""
    from pochade.io.table_write import write_table
    from pochade.io.write import atomic_write
    from pochade.table_result import watched

    result, target = outcome.result, outcome.target
    assert result is not None
    begin = perf_counter()
    if files.out_dir is not None:
        make_folder(target.path)
    session.begin(f"writing {target.path}")
    if target.format in TABLES.values():
        blocks = watched(result.blocks(), len(result), session.progress, session.stopped)
        write_table(
            target.path,
            blocks,
            result.columns,
            result.metadata(),
            format=target.format,
            overwrite=files.force,
        )
        outcome.output_bytes = size_of(target.path)
    else:
        data = result.picture_bytes(target.format)
        atomic_write(target.path, data, overwrite=files.force)
        outcome.output_bytes = len(data)
    if files.picture is not None:
        data = result.picture_bytes(picture_format(files.picture))
        atomic_write(files.picture, data, overwrite=files.force)
        outcome.picture = {"path": printable(files.picture), "bytes": len(data)}
    outcome.seconds["write"] = perf_counter() - begin


def size_of(path: str) -> int | None:
    """Bytes of a file that was written; None for standard output."""
    import os

    return None if path == STANDARD else os.stat(path).st_size  # noqa: PTH116


def tell(outcome: Outcome, report: ReportOptions, session: Session) -> None:
    """Say what became of one input, as it comes."""
    source = outcome.target.source
    if outcome.error is not None:
        complain(source, outcome.error, report, session)
        return
    for note in outcome.notes:
        session.say(f"{source}: {note}")
    if report.json or report.quiet or outcome.target.path == STANDARD:
        return
    from pochade.apps.table_report import details, summary

    session.print(summary(outcome))
    if outcome.picture is not None:
        session.print(f"{outcome.picture['path']}: {outcome.picture['bytes']:,} bytes")
    if report.verbose:
        for line in details(outcome):
            session.say(line)
