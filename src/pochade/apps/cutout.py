"""The `cutout` operation: pictures in, things without their background and a report out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

from pochade.apps.batch import (
    FileOutcome,
    attempt,
    complain,
    exit_code,
    expanded,
    open_still,
    put,
    refuse_standard_output,
    still_notes,
    times,
)
from pochade.apps.cutout_files import CUTOUT_FORMATS, CutoutFileOptions
from pochade.apps.file_options import STANDARD
from pochade.apps.operations import ReportOptions
from pochade.apps.outputs import (
    SUFFIXES,
    explicit,
    one_each,
    refuse_existing,
)
from pochade.apps.session import Session, printable
from pochade.cutout_options import CutoutOptions

if TYPE_CHECKING:
    from pochade.cutout_result import CutoutResult


@dataclass(slots=True, eq=False, repr=False)
class Cutting(FileOutcome):
    """What became of one input.

    Attributes:
        cut: what was found and made.
    """

    cut: CutoutResult | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything worth saying beside the result."""
        assert self.picture is not None
        assert self.cut is not None
        return (*still_notes(self.picture), *self.cut.notes)


def run(
    options: CutoutOptions, files: CutoutFileOptions, report: ReportOptions, session: Session
) -> int:
    """Cut out of every input and say what was found; the exit code tells whether all went well."""
    files = replace(files, inputs=expanded(files.inputs))
    cuttings = plan(files, options)
    if any(one.target.path == STANDARD for one in cuttings):
        refuse_standard_output(report, session)
    entries = []
    for one in cuttings:
        attempt(one, lambda _, one=one: cut_one(one, options, files, session))  # type: ignore[misc]
        tell(one, report, session)
        # A result is let go of before the next picture is read.
        if report.json:
            from pochade.apps.cutout_report import entry

            entries.append(entry(one))
        one.cut = one.picture = None
    code = exit_code(cuttings)
    if report.json:
        from pochade.apps.json_report import report_text

        session.print(report_text("cutout", options, entries, code))
    return code


def plan(files: CutoutFileOptions, options: CutoutOptions) -> list[Cutting]:
    """Where everything goes, before any work is done.

    Raises:
        UsageError: two results would have the same name, a name does not tell its format, or the
            format cannot hold the result.
    """
    from pochade.cutout_result import check_format

    if files.output is not None or (files.inputs == (STANDARD,) and files.out_dir is None):
        targets = [explicit(files.inputs[0], files.output or STANDARD, files.format)]
    else:
        form = files.format or CUTOUT_FORMATS[0]
        ending = f"-{options.result}{SUFFIXES[form]}"
        targets = one_each(files.inputs, files.out_dir, ending, form)
    for target in targets:
        check_format(target.format, options)
    return [Cutting(target) for target in targets]


def cut_one(
    one: Cutting, options: CutoutOptions, files: CutoutFileOptions, session: Session
) -> None:
    """Read, cut out and write one picture.

    Raises:
        PochadeError: what went wrong with it.
    """
    from pochade.cutout import cutout_with
    from pochade.cutout_result import encoded

    source, path = one.target.source, one.target.path
    refuse_existing(path, force=files.force)
    begin = perf_counter()
    one.picture = open_still(source, files, session)
    read = perf_counter()
    session.begin(f"cutting out of {source}")
    one.cut = cutout_with(
        options, one.picture.pixels, progress=session.progress, cancel=session.stopped
    )
    done = perf_counter()
    one.seconds |= {"read": read - begin, "cutout": done - read}
    session.begin(f"writing {path}")
    metadata = one.picture.metadata if files.keep_metadata else None
    one.data = encoded(one.cut, one.target.format, metadata=metadata)
    put(path, one.data, files)
    one.path = path
    one.seconds["write"] = perf_counter() - done


def tell(one: Cutting, report: ReportOptions, session: Session) -> None:
    """Say what became of one input, as it comes."""
    source = one.target.source
    if one.error is not None:
        complain(source, one.error, report, session)
        return
    for note in one.notes:
        session.say(f"{source}: {note}")
    if report.json or report.quiet:
        return
    speak = session.say if one.path == STANDARD else session.print
    for line in lines(one, verbose=report.verbose):
        speak(line)


def lines(one: Cutting, *, verbose: bool) -> Iterator[str]:
    """What is said about one result."""
    assert one.cut is not None
    found = one.cut
    where = printable(one.path if one.path != STANDARD else one.target.source)
    yield f"{where}: {found.share:.1%} of the picture, confidence {found.confidence:.2f}"
    if verbose:
        bounds = "nothing"
        if found.bounds is not None:
            bounds = "{2} x {3} pixels at {0},{1}".format(*found.bounds)
        yield f"  {found.method}; {bounds}; {found.undecided.mean():.2%} along the edge"
        yield "  " + times(one.seconds)
