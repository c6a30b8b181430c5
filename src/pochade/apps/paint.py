"""The `paint` operation: photos and projects in; paintings, drawings and animations out."""

from __future__ import annotations

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
    put,
    refuse_standard_output,
    still_notes,
    times,
)
from pochade.apps.file_options import STANDARD
from pochade.apps.operations import ReportOptions
from pochade.apps.outputs import Target, output_stems, refuse_existing, refuse_twice
from pochade.apps.paint_files import MAKING, PaintFileOptions
from pochade.apps.session import Session, printable
from pochade.paint_options import PaintOptions, PaintSettings
from pochade.painting.look_options import Look

if TYPE_CHECKING:
    from pochade.paint_result import PaintResult

SUFFIXES = {"jpeg": ".jpg", "tiff": ".tif"}


class Part(NamedTuple):
    """One more file: `kind` is painting, making, contact sheet or project."""

    kind: str
    form: str
    path: str


@dataclass(slots=True, eq=False, repr=False)
class Painting(FileOutcome):
    """What became of one input.

    Attributes:
        parts: the files that are wanted.
        sizes: bytes of each that was written; the first number of a folder is its frames' sum.
        result: the painting.
        drawn: (rows, cols) of the picture.
    """

    parts: tuple[Part, ...] = ()
    sizes: list[int] = field(default_factory=list)
    result: PaintResult | None = None
    drawn: tuple[int, int] = (0, 0)

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything worth saying besides what was written."""
        return () if self.picture is None else still_notes(self.picture)


def run(
    settings: PaintSettings,
    options: PaintOptions,
    look: Look,
    files: PaintFileOptions,
    report: ReportOptions,
    session: Session,
) -> int:
    """Paint every input; the exit code tells whether all went well."""
    files = replace(files, inputs=expanded(files.inputs))
    if files.clip:
        from pochade.apps.paint_clip import run_clip

        return run_clip(settings, options, look, files, report, session)
    check_once(options, look)
    outcomes = plan(files)
    if outcomes[0].parts[0].path == STANDARD:
        refuse_standard_output(report, session)
    entries = []
    for one in outcomes:
        attempt(
            one,
            lambda _, one=one: paint_one(  # type: ignore[misc]
                one, settings, (options, look), files, session
            ),
        )
        tell(one, report, session)
        if report.json:
            from pochade.apps.paint_report import entry

            entries.append(entry(one))
        one.result = one.picture = None  # let go of before the next photo is read
    code = exit_code(outcomes)
    if report.json:
        from pochade.apps.json_report import report_text
        from pochade.apps.paint_report import chosen

        session.print(report_text("paint", chosen(settings, options, look), entries, code))
    return code


def check_once(options: PaintOptions, look: Look) -> None:
    """Raise for a preset or a palette that no photo could make possible, before any is read."""
    from pochade.paint import chosen_look, tubes_of

    chosen_look(options.preset, look)
    if options.palette is not None:
        tubes_of(options.palette)


def plan(files: PaintFileOptions) -> list[Painting]:
    """Where everything goes, before any work is done.

    Raises:
        UsageError: two results would have the same name, or a name does not tell its form.
    """
    more = extra_parts(files)
    if files.output is not None or (files.inputs == (STANDARD,) and files.out_dir is None):
        path = files.output or STANDARD
        form = files.format or ("png" if path == STANDARD else form_of(path))
        parts = (Part("making" if form in MAKING else "painting", form, path), *more)
        return [Painting(Target(files.inputs[0], form, path), parts=parts)]
    form = files.format or "png"
    ending = SUFFIXES.get(form, f".{form}")
    stems = output_stems(files.inputs, files.out_dir)
    paths = [f"{stem}{'' if form == 'pochade' else '-painted'}{ending}" for stem in stems]
    refuse_twice(files.inputs, paths)
    kind = "making" if form in MAKING else "painting"
    return [
        Painting(Target(source, form, path), parts=(Part(kind, form, path), *more))
        for source, path in zip(files.inputs, paths, strict=True)
    ]


def form_of(path: str) -> str:
    """The form that a name's ending asks for, animations included."""
    from pochade import paint_files

    ending = path.rpartition(".")[2].lower()
    return ending if ending in MAKING else paint_files.form_of(path)


def extra_parts(files: PaintFileOptions) -> tuple[Part, ...]:
    """The files that are written besides the painting itself."""
    parts = []
    if files.contact_sheet is not None:
        parts.append(Part("contact sheet", "png", files.contact_sheet))
    if files.making is not None:
        ending = files.making.rpartition(".")[2].lower()
        form = {"gif": "gif", "webp": "webp", "apng": "apng", "png": "apng"}.get(ending, "folder")
        parts.append(Part("making", form, files.making))
    if files.project is not None:
        parts.append(Part("project", "pochade", files.project))
    return tuple(parts)


def paint_one(
    one: Painting,
    settings: PaintSettings,
    chosen: tuple[PaintOptions, Look],
    files: PaintFileOptions,
    session: Session,
) -> None:
    """Read, paint and write one photo or project.

    Raises:
        PochadeError: what went wrong with it.
    """
    from pochade.painting.print_size import drawn_size
    from pochade.painting.render import checked_size

    for part in one.parts:
        if part.kind != "project":  # going on with a project is what it is for
            refuse_existing(part.path, force=files.force)
    begin = perf_counter()
    from pochade.apps.paint_project import painted

    one.result = painted(one, settings, chosen, files, session)
    size = drawn_size(one.result.document.size, files.size, files.scale, files.dpi)
    one.drawn = checked_size(size)
    done = perf_counter()
    one.seconds["paint"] = done - begin - one.seconds.get("read", 0.0)
    for part in one.parts:
        write(one, part, files, session)
    one.seconds["write"] = perf_counter() - done


def write(one: Painting, part: Part, files: PaintFileOptions, session: Session) -> None:
    """Draw, encode and write one file."""
    result = one.result
    assert result is not None
    from pochade.painting.print_size import told_dpi

    session.begin(f"writing {part.path}")
    given = files.size is not None or files.scale is not None
    if part.kind == "contact sheet":
        data = result.contact_sheet()
    elif part.form == "folder":
        one.sizes.append(write_frames(one, part, files))
        return
    elif part.kind == "making":
        size = one.drawn if given else None
        data = result.making(part.form, frames=files.frames, size=size)
    elif part.kind == "project" or part.form == "pochade":
        data = result.encode("pochade", photo=files.photo_in_project)
    elif part.form == "svg":
        data = result.encode("svg", size=one.drawn, strokes=files.svg_dabs)
    else:
        dpi = told_dpi(files.size, files.dpi)
        data = result.encode(part.form, size=one.drawn, dpi=dpi, quality=files.quality)
    if part.kind == "project":
        from pochade.io.write import atomic_write

        atomic_write(part.path, data, overwrite=True)
    else:
        put(part.path, data, files)
    one.path = part.path
    one.sizes.append(len(data))


def write_frames(one: Painting, part: Part, files: PaintFileOptions) -> int:
    """The making as numbered PNGs in a folder; how many bytes they have together."""
    from pathlib import Path

    from pochade.apps.outputs import make_folder
    from pochade.io.write import atomic_write
    from pochade.paint_files import encode_picture, making_of

    assert one.result is not None
    given = files.size is not None or files.scale is not None
    pictures = making_of(one.result, frames=files.frames, size=one.drawn if given else None)
    names = [str(Path(part.path) / f"frame-{number:04d}.png") for number in range(len(pictures))]
    make_folder(names[0])
    for name in names:
        refuse_existing(name, force=files.force)
    total = 0
    for name, picture in zip(names, pictures, strict=True):
        data = encode_picture(picture, "png")
        atomic_write(name, data, overwrite=files.force)
        total += len(data)
    return total


def tell(one: Painting, report: ReportOptions, session: Session) -> None:
    """Say what became of one input, as it comes."""
    source = one.target.source
    if one.error is not None:
        complain(source, one.error, report, session)
        return
    for note in one.notes:
        session.say(f"{source}: {note}")
    if report.json or report.quiet:
        return
    speak = session.say if one.parts[0].path == STANDARD else session.print
    for line in lines(one, verbose=report.verbose):
        speak(line)


def lines(one: Painting, *, verbose: bool) -> Iterator[str]:
    """What is said about one painting: a line for each file, and with -v how it came about."""
    result = one.result
    assert result is not None
    anchors = len(result.anchors)
    level = "" if result.level is None else f"level {result.level:.2f}, "
    count = f"{level}{anchors:,} anchor{'' if anchors == 1 else 's'}"
    for part, size in zip(one.parts, one.sizes, strict=True):
        if part.path == STANDARD:
            continue
        what = part.kind if part.kind != "painting" else size_of(one, part)
        yield f"{printable(part.path)}: {what}, {count}, {size:,} bytes"
    if verbose:
        for number, score in result.scores.items():
            yield (
                f"  level {number}: score {score.score:.3f} (masses {score.masses:.2f}, edges "
                f"{score.edges:.2f}, simplification {score.simplification:.2f})"
            )
        yield "  " + times(one.seconds)


def size_of(one: Painting, part: Part) -> str:
    """What kind of painting, for a line."""
    if part.form == "pochade":
        return "project"
    size = f"{one.drawn[1]}x{one.drawn[0]}"
    return f"drawing of {size}" if part.form == "svg" else size
