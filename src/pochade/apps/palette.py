"""The `palette` operation: pictures or palette files in, swatches or palette files out."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Literal

from pochade.apps.batch import (
    attempt,
    complain,
    exit_code,
    expanded,
    limits_of,
    put,
    times,
)
from pochade.apps.file_options import STANDARD
from pochade.apps.operations import ReportOptions
from pochade.apps.outputs import output_stems, refuse_existing, refuse_twice
from pochade.apps.palette_files import PaletteFileOptions
from pochade.apps.session import Session, printable
from pochade.errors import OutputError, PochadeError, UsageError
from pochade.palette_options import PaletteOptions

if TYPE_CHECKING:
    from pochade.io.picture import Picture
    from pochade.palette.result import PaletteResult


@dataclass(slots=True, eq=False, repr=False)
class Sheet:
    """One palette to be: its inputs, where it goes, and what became of it."""

    inputs: tuple[str, ...]
    path: str = ""
    format: str = ""
    frame: int | None = None
    pictures: list[Picture] = field(default_factory=list)
    result: PaletteResult | None = None
    data: bytes = b""
    seconds: dict[str, float] = field(default_factory=dict)
    error: PochadeError | None = None

    @property
    def title(self) -> str:
        """What it is called: the first input's name without folder and ending."""
        return os.path.splitext(os.path.basename(self.inputs[0]))[0]  # noqa: PTH119, PTH122

    @property
    def name(self) -> str:
        """How messages call it."""
        name = self.inputs[0] if len(self.inputs) == 1 else f"{len(self.inputs)} pictures"
        return name if self.frame is None else f"{name}, frame {self.frame + 1}"

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything worth saying about it."""
        assert self.result is not None
        found = [note for picture in self.pictures for note in picture.notes]
        found += self.result.notes
        if self.format and self.result.colors.shape[1] == 4:
            from pochade.io.palette_writing import FORMATS

            if not FORMATS[self.format].alpha:
                found.append(f"{self.format} files hold no transparency: it was left out")
        return tuple(found)


def run(
    options: PaletteOptions, files: PaletteFileOptions, report: ReportOptions, session: Session
) -> int:
    """Find, show and write palettes; the exit code tells whether all went well."""
    files = replace(files, inputs=expanded(files.inputs))
    sheets = plan(files)
    if any(sheet.path == STANDARD for sheet in sheets):
        refuse_standard_output(sheets[0].format, report, session)
    finished: list[Sheet] = []
    for sheet in sheets:
        made = make(sheet, options, files, session)
        for one in made:
            tell(one, report, session)
        finished += made
    code = exit_code(finished)
    if report.json:
        from pochade.apps.json_report import report_text
        from pochade.apps.palette_report import entry

        entries = [entry(one) for one in finished]
        session.print(report_text("palette", options, entries, code, key="palettes"))
    return code


def plan(files: PaletteFileOptions) -> list[Sheet]:
    """A sheet for each palette to be made, with its file where one is wanted.

    Raises:
        UsageError: two palettes would have the same file, or a name does not tell its format.
    """
    groups = [files.inputs] if files.shared_palette else [(name,) for name in files.inputs]
    if files.out_dir is not None:
        from pochade.io.palette_writing import FORMATS

        form = files.format or "json"
        stems = output_stems(files.inputs, files.out_dir)
        suffix = FORMATS[form].suffix
        refuse_twice(files.inputs, stems, suffix)
        return [
            Sheet(group, stem + suffix, form) for group, stem in zip(groups, stems, strict=True)
        ]
    if files.output is None and files.format is None:
        return [Sheet(group) for group in groups]
    path = files.output or STANDARD
    return [Sheet(group, path, files.format or format_for(path)) for group in groups]


def format_for(path: str) -> str:
    """The format that `-o` asks for by its ending."""
    from pochade.io.palette_writing import palette_format_of

    if path == STANDARD:
        raise UsageError("name the format of what goes to standard output, such as --format css")
    return palette_format_of(path)


def refuse_standard_output(form: str, report: ReportOptions, session: Session) -> None:
    """Raise where a palette file on standard output would meet a report or a terminal."""
    from pochade.io.palette_writing import FORMATS

    if report.json:
        raise UsageError("--json and a palette both want standard output; name a file with -o")
    if session.out.isatty() and not FORMATS[form].text:
        raise OutputError(
            f"standard output is a terminal and {form} is no text; name a file with -o"
        )


def make(
    sheet: Sheet, options: PaletteOptions, files: PaletteFileOptions, session: Session
) -> list[Sheet]:
    """Find and write one palette, or one for each frame; an error of these inputs is kept."""
    made = [sheet]

    def steps(one: Sheet) -> None:
        if one.path and options.frames != "each":
            refuse_existing(one.path, force=files.force)
        made[:] = find(one, options, files, session)
        for found in made:
            write(found, files)

    attempt(sheet, steps)
    return made if sheet.error is None else [sheet]


def find(
    sheet: Sheet, options: PaletteOptions, files: PaletteFileOptions, session: Session
) -> list[Sheet]:
    """The palette of the inputs, or those of their frames."""
    from pochade.palette.make import from_pictures, read_palette

    begin = perf_counter()
    if len(sheet.inputs) == 1 and is_palette_file(sheet.inputs[0]):
        refuse_picture_options(sheet.inputs[0], options)
        found = read_palette(sheet.inputs[0], names=options.names)
        sheet.result = arranged(found, options.order)
        sheet.seconds["read"] = perf_counter() - begin
        return [sheet]
    read(sheet, options, files, session)
    sheet.seconds["read"] = perf_counter() - begin
    session.begin(f"looking at {sheet.name}")
    every = [frame for picture in sheet.pictures for frame in picture.frames]
    apart = options.frames == "each"
    if apart and sheet.path == STANDARD and len(every) > 1:
        raise UsageError("--frames each makes several palettes: name a file with -o")
    made = []
    for place, group in enumerate([[frame] for frame in every] if apart else [every]):
        begin = perf_counter()
        one = numbered(sheet, place) if apart and len(every) > 1 else sheet
        one.result = from_pictures(
            group, options, progress=session.progress, cancel=session.stopped
        )
        one.seconds["palette"] = perf_counter() - begin
        made.append(one)
    return made


def read(
    sheet: Sheet, options: PaletteOptions, files: PaletteFileOptions, session: Session
) -> None:
    """Open the pictures of a sheet."""
    from pochade.io.open import open_image

    limits = limits_of(files)
    frames: Literal["all", "first"] = "first" if options.frames == "first" else "all"
    for name in sheet.inputs:
        session.begin(f"reading {name}")
        sheet.pictures.append(open_image(name, limits=limits, frames=frames))


def numbered(sheet: Sheet, place: int) -> Sheet:
    """The sheet of one frame, with the frame's number in the name of its file."""
    path = sheet.path
    if path and path != STANDARD:
        stem, suffix = os.path.splitext(path)  # noqa: PTH122
        path = f"{stem}-{place + 1:03}{suffix}"
    return replace(sheet, path=path, frame=place, seconds=dict(sheet.seconds))


def is_palette_file(name: str) -> bool:
    """Whether an input is a palette file rather than a picture: by its content, then its ending."""
    from pochade.io.palette_files import looks_like_palette

    return name != STANDARD and "://" not in name[:20] and looks_like_palette(name)


def refuse_picture_options(name: str, options: PaletteOptions) -> None:
    """Raise where options are given that make no sense for a palette file."""
    plain = PaletteOptions()
    for item in ("k", "region", "mask", "frames"):
        if getattr(options, item) != getattr(plain, item):
            shown = "-k" if item == "k" else f"--{item}"
            raise UsageError(f"{printable(name)} is a palette file: {shown} is for pictures")


def arranged(found: PaletteResult, order: str) -> PaletteResult:
    """The colours of a palette file in the order asked for; `share` leaves them as they are."""
    from pochade.palette.order import ordered

    places = ordered(found.colors, found.shares, order)
    names = found.given_names or ()
    return replace(
        found,
        colors=found.colors[places],
        given_names=tuple(names[place] for place in places.tolist()),
    )


def write(sheet: Sheet, files: PaletteFileOptions) -> None:
    """Encode the palette and write its file, where one is wanted."""
    if not sheet.path:
        return
    assert sheet.result is not None
    begin = perf_counter()
    refuse_existing(sheet.path, force=files.force)
    sheet.data = sheet.result.encode(sheet.format, title=sheet.title)
    put(sheet.path, sheet.data, files)
    sheet.seconds["write"] = perf_counter() - begin


def tell(sheet: Sheet, report: ReportOptions, session: Session) -> None:
    """Say what became of one palette, as it comes."""
    if sheet.error is not None:
        complain(sheet.name, sheet.error, report, session)
        return
    for note in sheet.notes:
        session.say(f"{sheet.name}: {note}")
    if report.json or (report.quiet and sheet.path) or sheet.path == STANDARD:
        return
    from pochade.apps.swatch_table import show

    assert sheet.result is not None
    if sheet.path:
        count = len(sheet.result)
        colors = f"{count:,} colour{'' if count == 1 else 's'}"
        session.print(f"{printable(sheet.path)}: {colors}, {len(sheet.data):,} bytes")
    if not sheet.path or report.verbose:
        show(sheet.result, session, heading=printable(sheet.name))
    if report.verbose:
        session.print(times(sheet.seconds))
        for name, role in sheet.result.roles.items():
            player = "none" if role.index is None else sheet.result.hex[role.index]
            session.print(f"{name.replace('_', ' ')}: {player}, {role.reason}")
