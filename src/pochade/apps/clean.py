"""The `clean` operation: pictures in, clean pictures, previews and a report out."""

from __future__ import annotations

import os
from collections import Counter
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
from pochade.apps.clean_files import CleanFileOptions
from pochade.apps.file_options import FORMATS, STANDARD
from pochade.apps.operations import ReportOptions
from pochade.apps.outputs import (
    SUFFIXES,
    Target,
    explicit,
    make_folder,
    output_stems,
    refuse_existing,
)
from pochade.apps.session import Session, printable
from pochade.clean_options import CleanOptions
from pochade.errors import UsageError

if TYPE_CHECKING:
    from pochade.clean_result import CleanResult


@dataclass(slots=True, eq=False, repr=False)
class Cleaning(FileOutcome):
    """What became of one input.

    Attributes:
        cleaned: what was found and made.
        preview: the file of the preview, "" for none.
    """

    cleaned: CleanResult | None = None
    preview: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything worth saying besides what was found."""
        assert self.picture is not None
        notes = still_notes(self.picture)
        if self.target.format in ("jpeg", "avif") and self.path:
            notes += (f"{self.target.format.upper()} does not keep the pixels exactly; PNG does",)
        return notes


def run(
    options: CleanOptions, files: CleanFileOptions, report: ReportOptions, session: Session
) -> int:
    """Clean every input and say what was found; the exit code tells whether all went well."""
    files = replace(files, inputs=expanded(files.inputs))
    cleanings = plan(files)
    if any(one.target.path == STANDARD for one in cleanings):
        refuse_standard_output(report, session)
    outcomes = []
    for one in cleanings:
        attempt(one, lambda _, one=one: clean_one(one, options, files, session))  # type: ignore[misc]
        tell(one, report, session)
        # A result is let go of before the next picture is read.
        if report.json:
            from pochade.apps.clean_report import entry

            outcomes.append(entry(one))
        one.cleaned = one.picture = None
    code = exit_code(cleanings)
    if report.json:
        from pochade.apps.json_report import report_text

        session.print(report_text("clean", options, outcomes, code))
    return code


def plan(files: CleanFileOptions) -> list[Cleaning]:
    """Where everything goes, before any work is done.

    Raises:
        UsageError: two results would have the same name, or a name does not tell its format.
    """
    inputs = files.inputs
    if files.preview is not None and len(inputs) == 1:
        form = explicit(inputs[0], files.preview, None).format
        if form not in ("png", "webp", "bmp", "tiff", "jpeg", "avif"):
            raise UsageError(f"a preview has too many colours for {form}; name a .png file")
    if files.output is not None or (inputs == (STANDARD,) and unnamed(files)):
        target = explicit(inputs[0], files.output or STANDARD, files.format)
        return [Cleaning(target, preview=files.preview or "")]
    form = files.format or FORMATS[0]
    stems = output_stems(inputs, files.out_dir)
    paths = [f"{stem}-clean{SUFFIXES[form]}" for stem in stems]
    previews = [files.preview or ""] * len(inputs)
    if files.preview is not None and len(inputs) > 1:
        previews = [f"{stem}-preview.png" for stem in output_stems(inputs, files.preview)]
    if files.preview is not None and files.out_dir is None:
        paths = [""] * len(inputs)
    twice = [name for name, count in Counter((*paths, *previews)).items() if name and count > 1]
    if twice:
        raise UsageError(f"two inputs would both become {twice[0]}; give them one by one, with -o")
    return [
        Cleaning(Target(source, form, path), preview=preview)
        for source, path, preview in zip(inputs, paths, previews, strict=True)
    ]


def unnamed(files: CleanFileOptions) -> bool:
    """Whether no option says where anything goes."""
    return files.out_dir is None and files.preview is None


def clean_one(
    one: Cleaning, options: CleanOptions, files: CleanFileOptions, session: Session
) -> None:
    """Read, clean and write one picture.

    Raises:
        PochadeError: what went wrong with it.
    """
    from pochade.clean import clean_with

    source = one.target.source
    for path in filter(None, (one.target.path, one.preview)):
        refuse_existing(path, force=files.force)
    begin = perf_counter()
    one.picture = open_still(source, files, session)
    read = perf_counter()
    session.begin(f"cleaning {source}")
    # A preview alone shows also what would take all of a picture.
    wanted = options if one.target.path else replace(options, result="mask")
    one.cleaned = clean_with(
        wanted, one.picture.pixels, progress=session.progress, cancel=session.stopped
    )
    done = perf_counter()
    one.seconds |= {"read": read - begin, "clean": done - read}
    write(one, files, session)
    one.seconds["write"] = perf_counter() - done


def write(one: Cleaning, files: CleanFileOptions, session: Session) -> None:
    """Encode and write the result and the preview, as far as they are wanted."""
    from pochade.clean_result import encoded
    from pochade.io.write import atomic_write

    assert one.cleaned is not None
    assert one.picture is not None
    path = one.target.path
    if one.preview:
        from pochade.plot.clean_preview import preview_file

        session.begin(f"writing {one.preview}")
        data = preview_file(one.cleaned, explicit(one.target.source, one.preview, None).format)
        if len(files.inputs) > 1:
            make_folder(one.preview)
        atomic_write(one.preview, data, overwrite=files.force)
    if path:
        session.begin(f"writing {path}")
        metadata = one.picture.metadata if files.keep_metadata else None
        one.data = encoded(one.cleaned, one.target.format, metadata=metadata)
        put(path, one.data, files)
        one.path = path


def tell(one: Cleaning, report: ReportOptions, session: Session) -> None:
    """Say what became of one input, as it comes."""
    source = one.target.source
    if one.error is not None:
        complain(source, one.error, report, session)
        return
    for note in one.notes:
        session.say(f"{source}: {note}")
    if report.json or report.quiet:
        return
    if one.path == STANDARD:
        for line in lines(one, verbose=report.verbose):
            session.say(line)
        return
    for line in lines(one, verbose=report.verbose):
        session.print(line)


def lines(one: Cleaning, *, verbose: bool) -> Iterator[str]:
    """What is said about one result: a line for it and one for each detector that found some.

    Where none did, and with -v, every detector says why.
    """
    assert one.cleaned is not None
    result = one.cleaned
    named = [os.fspath(name) for name in (one.path, one.preview) if name and name != STANDARD]
    where = " and ".join(named) or one.target.source
    total = result.flags.size
    found = f"{result.count:,} of {total:,} pixels" if result.count else "nothing to clean"
    share = f" ({result.share:.2%})" if result.count else ""
    yield f"{printable(where)}: {found}{share}"
    for finding in result.reasons.values():
        if verbose or finding.threshold is not None or not finding.automatic:
            yield f"  {finding.sentence}"
    if verbose:
        yield "  " + times(one.seconds)
