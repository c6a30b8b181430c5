"""The `segment` operation: pictures in; pictures, drawings, tables and a report out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

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
from pochade.apps.file_options import STANDARD
from pochade.apps.operations import ReportOptions
from pochade.apps.outputs import Target, output_stems, refuse_existing
from pochade.apps.segment_files import SegmentFileOptions
from pochade.apps.session import Session, printable
from pochade.errors import UsageError
from pochade.segment_options import PAINTINGS, SegmentLook, SegmentOptions

if TYPE_CHECKING:
    from pochade.segment_result import SegmentResult

TEXT = ("svg", "geojson", "csv", "json")
"""Formats that a terminal can show."""


class Part(NamedTuple):
    """One file to write: its place, format and kind."""

    path: str
    format: str
    kind: str


@dataclass(slots=True, eq=False, repr=False)
class Segmenting(FileOutcome):
    """What became of one input.

    Attributes:
        parts: the files that are wanted.
        sizes: bytes of those that were written.
        found: the regions.
    """

    parts: tuple[Part, ...] = ()
    sizes: list[int] = field(default_factory=list)
    found: SegmentResult | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything worth saying besides what was found."""
        assert self.picture is not None
        notes = still_notes(self.picture)
        return notes + (self.found.notes if self.found is not None else ())


def run(
    options: SegmentOptions,
    look: SegmentLook,
    files: SegmentFileOptions,
    report: ReportOptions,
    session: Session,
) -> int:
    """Divide every input and write what is wanted; the exit code tells whether all went well."""
    files = replace(files, inputs=expanded(files.inputs))
    check_kinds(options, look, files)
    outcomes = plan(files)
    kinds = {part.kind for part in outcomes[0].parts}
    if options.cost is None and kinds <= set(PAINTINGS):
        options = replace(options, cost="ward")
    if any(part.path == STANDARD for one in outcomes for part in one.parts):
        part = outcomes[0].parts[0]
        if report.json or part.format not in TEXT:
            refuse_standard_output(report, session)
    entries = []
    for one in outcomes:
        attempt(
            one,
            lambda _, one=one: segment_one(one, options, look, files, session),  # type: ignore[misc]
        )
        tell(one, report, session)
        if report.json:
            from pochade.apps.segment_report import entry

            entries.append(entry(one))
        one.found = one.picture = None  # let go of before the next picture is read
    code = exit_code(outcomes)
    if report.json:
        from pochade.apps.json_report import report_text
        from pochade.apps.segment_report import settings

        session.print(report_text("segment", settings(options, look), entries, code))
    return code


def check_kinds(options: SegmentOptions, look: SegmentLook, files: SegmentFileOptions) -> None:
    """Raise UsageError for what no picture could make possible, before any is read."""
    needy = [kind for kind in files.kind if kind in ("tree", "strength")]
    tree_file = files.output is not None and files.output.lower().endswith(".npz")
    if options.method != "tree" and (needy or tree_file):
        kind = needy[0] if needy else "tree"
        raise UsageError(f"{kind} comes from a region tree, which {options.method} does not build")
    if look.paints is not None:
        from pochade.segments.paints import owned_paints

        owned_paints(look.paints)


def plan(files: SegmentFileOptions) -> list[Segmenting]:
    """Where everything goes, before any work is done.

    Raises:
        UsageError: two results would have the same name, or a name does not tell its format.
    """
    from pochade.segment_files import FORMS, form_of, kind_of

    inputs = files.inputs
    alone = inputs == (STANDARD,) and files.out_dir is None and len(files.kind) < 2
    if files.output is not None or alone:
        path = files.output or STANDARD
        kind = files.kind[0] if files.kind else None
        form = files.format
        if form is None:
            form = FORMS[kind or "flat"][0] if path == STANDARD else form_of(path)
        part = Part(path, form, kind_of(form, kind))
        return [Segmenting(Target(inputs[0], form, path), parts=(part,))]
    wanted = []
    for kind in dict.fromkeys(files.kind or (kind_of(files.format or "png", None),)):
        fits = files.format is not None and (len(files.kind) < 2 or files.format in FORMS[kind])
        form = files.format if fits and files.format is not None else FORMS[kind][0]
        wanted.append((kind_of(form, kind), form))
    outcomes = []
    for source, stem in zip(inputs, output_stems(inputs, files.out_dir), strict=True):
        parts = tuple(Part(name(stem, kind, form), form, kind) for kind, form in wanted)
        outcomes.append(Segmenting(Target(source, parts[0].format, parts[0].path), parts=parts))
    names = Counter(part.path for one in outcomes for part in one.parts)
    twice = next((path for path, count in names.items() if count > 1), None)
    if twice is not None:
        raise UsageError(f"two inputs would both become {twice}; give them one by one, with -o")
    return outcomes


def name(stem: str, kind: str, form: str) -> str:
    """The file of a kind: STEM-KIND and the format's ending.

    >>> name("a/photo", "numbers", "svg"), name("photo", "svg", "svg")
    ('a/photo-numbers.svg', 'photo-regions.svg')
    """
    suffix = {"tiff": "tif", "jpeg": "jpg"}.get(form, form)
    word = "regions" if kind in ("svg", "geojson", "table") else kind
    return f"{stem}-{word}.{suffix}"


def segment_one(
    one: Segmenting,
    options: SegmentOptions,
    look: SegmentLook,
    files: SegmentFileOptions,
    session: Session,
) -> None:
    """Read, divide and write one picture.

    Raises:
        PochadeError: what went wrong with it.
    """
    from pochade.segment import segment_with

    source = one.target.source
    for part in one.parts:
        refuse_existing(part.path, force=files.force)
    begin = perf_counter()
    one.picture = open_still(source, files, session, resize=files.resize)
    read = perf_counter()
    session.begin(f"dividing {source}")
    one.found = segment_with(
        options, one.picture.pixels, progress=session.progress, cancel=session.stopped
    )
    done = perf_counter()
    one.seconds |= {"read": read - begin, "segment": done - read}
    for part in one.parts:
        write(one, part, look, files, session)
    one.seconds["write"] = perf_counter() - done


def write(
    one: Segmenting, part: Part, look: SegmentLook, files: SegmentFileOptions, session: Session
) -> None:
    """Encode and write one file."""
    assert one.found is not None
    session.begin(f"writing {part.path}")
    data = one.found.encode(part.format, part.kind, look)
    put(part.path, data, files)
    one.path = part.path
    one.sizes.append(len(data))


def tell(one: Segmenting, report: ReportOptions, session: Session) -> None:
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


def lines(one: Segmenting, *, verbose: bool) -> Iterator[str]:
    """What is said about one result: a line for each file, and with -v how it came about."""
    found = one.found
    assert found is not None
    regions = f"{found.count:,} region{'' if found.count == 1 else 's'}"
    for part, size in zip(one.parts, one.sizes, strict=True):
        if part.path != STANDARD:
            yield f"{printable(part.path)}: {regions}, {size:,} bytes"
    if verbose:
        if found.threshold is not None:
            yield f"  cost at the cut: {found.threshold:.6g}"
        area = found.table.area
        yield f"  pixels a region: {int(area.min()):,} to {int(area.max()):,}"
        yield "  " + times(one.seconds)
