"""Clips of `paint`: an animation or numbered pictures in, the same painted without flicker out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from pochade.apps.batch import limits_of, put, stop_if_asked, times
from pochade.apps.file_options import STANDARD
from pochade.apps.operations import ReportOptions
from pochade.apps.outputs import output_stems, refuse_existing, refuse_twice
from pochade.apps.paint_files import PaintFileOptions
from pochade.apps.session import Session, printable
from pochade.errors import InputError, UsageError
from pochade.paint_options import PaintOptions, PaintSettings
from pochade.painting.look_options import Look

if TYPE_CHECKING:
    from pochade.painting.clip import Frame
    from pochade.types import Image

FRAME_TIME = 100.0
"""Milliseconds of a frame that comes as a picture of its own."""
MOVING = {"gif": "gif", "webp": "webp", "apng": "apng", "png": "apng"}


def run_clip(
    settings: PaintSettings,
    options: PaintOptions,
    look: Look,
    files: PaintFileOptions,
    report: ReportOptions,
    session: Session,
) -> int:
    """Paint the frames; 0, as a clip is whole or not at all.

    Raises:
        PochadeError: what went wrong.
    """
    begin = perf_counter()
    files = replace(files, inputs=frame_files(files.inputs))
    form, paths = places(files)
    for path in paths:
        refuse_existing(path, force=files.force)
    shares: list[float] = []
    durations: list[float] = []
    frames = painted(settings, (options, look), files, session, (shares, durations))
    if form is None:
        sizes = write_numbered(frames, paths, files)
    else:
        sizes = [write_moving(list(frames), form, durations, paths[0], files)]
    seconds = {"all": perf_counter() - begin}
    again = sum(shares) / max(1, len(shares))
    if report.json:
        session.print(
            report_of((settings, options, look), files, form, (paths, sizes, shares), seconds)
        )
    elif not report.quiet:
        what = f"{len(shares):,} frames, {100 * again:.0f}% of their pixels painted anew"
        where = printable(paths[0]) if form else f"{printable(paths[0])} and so on"
        session.print(f"{where}: {what}, {sum(sizes):,} bytes")
        if report.verbose:
            session.print("  " + times(seconds))
    return 0


def places(files: PaintFileOptions) -> tuple[str | None, list[str]]:
    """The form and file of an animation, or None and the files of numbered pictures.

    Raises:
        UsageError: the name of -o is that of no animation.
    """
    if files.output is not None:
        ending = files.output.rpartition(".")[2].lower()
        form = files.format if files.format in MOVING else MOVING.get(ending)
        if form is None or files.output == STANDARD:
            raise UsageError(
                f"a clip is written as .gif, .webp or .apng, not {files.output}; or give --out-dir "
                "for numbered pictures"
            )
        return MOVING[form], [files.output]
    if len(files.inputs) == 1:
        stem = output_stems(files.inputs, files.out_dir)[0]
        return "gif", [f"{stem}-painted.gif"]
    form = files.format or "png"
    ending = {"jpeg": ".jpg", "tiff": ".tif"}.get(form, f".{form}")
    paths = [f"{stem}-painted{ending}" for stem in output_stems(files.inputs, files.out_dir)]
    refuse_twice(files.inputs, paths)
    return None, paths


def frame_files(inputs: tuple[str, ...]) -> tuple[str, ...]:
    """The inputs, each folder replaced by the pictures in it, frame-2 before frame-10.

    Raises:
        InputError: a folder without pictures.
    """
    from pathlib import Path

    from pochade.io.save import FORMATS

    found: list[str] = []
    for name in inputs:
        if not Path(name).is_dir():
            found.append(name)
            continue
        names = [str(path) for path in Path(name).iterdir() if path.suffix.lower() in FORMATS]
        if not names:
            raise InputError(f"{name} is a folder without pictures")
        found += sorted(names, key=in_order)
    return tuple(found)


def in_order(name: str) -> list[tuple[int, str]]:
    """What names are sorted by: numbers in them by their value.

    >>> sorted(["f10", "f9", "e11"], key=in_order)
    ['e11', 'f9', 'f10']
    """
    parts = re.findall(r"\d+|\D+", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def pictures(files: PaintFileOptions, *, one_each: bool) -> Iterator[tuple[Image, float]]:
    """Every frame and how long it is shown, in milliseconds.

    Raises:
        UsageError: an input moves by itself, and each is to be one frame.
    """
    from pochade.io.open import open_image

    for source in files.inputs:
        found = open_image(source, limits=limits_of(files), frames="all", resize=files.resize)
        if one_each and len(found.frames) > 1:
            raise UsageError(f"{printable(source)} is an animation; as a clip of its own give -o")
        for pixels, duration in zip(found.frames, found.durations, strict=True):
            yield pixels, duration or FRAME_TIME


def painted(
    settings: PaintSettings,
    chosen: tuple[PaintOptions, Look],
    files: PaintFileOptions,
    session: Session,
    told: tuple[list[float], list[float]],
) -> Iterator[Image]:
    """The painted frames; `told` is given the share painted anew and the duration of each."""
    from pochade.paint import intent_of
    from pochade.painting.clip import first_frame, next_frame
    from pochade.painting.print_size import drawn_size
    from pochade.painting.render import render
    from pochade.painting.subject import make_subject

    options, look = chosen
    before: Frame | None = None
    size = (0, 0)
    numbered = files.output is None and len(files.inputs) > 1
    for number, (pixels, duration) in enumerate(pictures(files, one_each=numbered), start=1):
        stop_if_asked(session, "painting a clip")
        session.begin(f"painting frame {number}")
        subject = make_subject(pixels, lay_on_color=options.lay_on)
        if before is None:
            intent = intent_of(subject, settings, options, look)
            before = first_frame(subject, intent, options.threads)
            size = drawn_size(subject.size, files.size, files.scale, files.dpi)
        elif subject.size != before.painting.size:
            rows, cols = subject.size
            wanted = before.painting.size
            raise UsageError(
                f"frame {number} has {cols}x{rows} pixels and the first {wanted[1]}x{wanted[0]}: "
                "all frames of a clip must have one size"
            )
        else:
            before = next_frame(before, subject)
        told[0].append(before.changed)
        told[1].append(duration)
        yield render(before.painting, size, threads=options.threads)


def write_numbered(frames: Iterator[Image], paths: list[str], files: PaintFileOptions) -> list[int]:
    """Each frame to a file of its own, as it comes; their bytes."""
    from pochade.paint_files import encode_picture, form_of
    from pochade.painting.print_size import told_dpi

    sizes = []
    for path, frame in zip(paths, frames, strict=True):
        data = encode_picture(
            frame, form_of(path), dpi=told_dpi(files.size, files.dpi), quality=files.quality
        )
        put(path, data, files)
        sizes.append(len(data))
    return sizes


def write_moving(
    frames: list[Image], form: str, durations: list[float], path: str, files: PaintFileOptions
) -> int:
    """All frames as one animation; its bytes."""
    from pochade.paint_files import encode_frames

    data = encode_frames(frames, form, durations)
    put(path, data, files)
    return len(data)


def report_of(
    chosen: tuple[Any, ...],
    files: PaintFileOptions,
    form: str | None,
    written: tuple[list[str], list[int], list[float]],
    seconds: dict[str, float],
) -> str:
    """The JSON report of a clip."""
    from pochade.apps.json_report import report_text, rounded
    from pochade.apps.paint_report import chosen as settings_of

    paths, sizes, shares = written
    kind = form or files.format or "png"
    entry = {
        "input": {"name": printable(files.inputs[0]), "frames": len(shares)},
        "outputs": [
            {"path": printable(path), "kind": "clip", "format": kind, "bytes": size}
            for path, size in zip(paths, sizes, strict=True)
        ],
        "painted_anew": [round(share, 6) for share in shares],
        "seconds": rounded(seconds),
        "notes": [],
    }
    return report_text("paint", settings_of(*chosen), [entry], 0)
