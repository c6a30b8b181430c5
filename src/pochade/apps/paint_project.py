"""One painting of `paint`: from a photo, from a project, or from both; and what is done to it."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from pochade.apps.batch import open_still
from pochade.errors import UsageError
from pochade.paint_options import PaintOptions, PaintSettings
from pochade.painting.look_options import Look

if TYPE_CHECKING:
    from pochade.apps.paint import Painting as Outcome
    from pochade.apps.paint_files import PaintFileOptions
    from pochade.apps.session import Session
    from pochade.paint_result import PaintResult
    from pochade.painting.document import Painting
    from pochade.painting.events import Event

SUFFIX = ".pochade"


def painted(
    one: Outcome,
    settings: PaintSettings,
    chosen: tuple[PaintOptions, Look],
    files: PaintFileOptions,
    session: Session,
) -> PaintResult:
    """The painting of one input after everything that the options ask for.

    Raises:
        UsageError: options that do not go together, or a project of another photo.
        InputError: a file cannot be read.
        CancelledError: the user wants to stop.
    """
    source = one.target.source
    if source.lower().endswith(SUFFIX):
        session.begin(f"reading {source}")
        if files.project is not None:
            raise UsageError("the input is a project already; leave out --project")
        return _continued(_opened(source, None, chosen[0]), settings, chosen, files)
    begin = perf_counter()
    one.picture = open_still(source, files, session, resize=files.resize)
    one.seconds["read"] = perf_counter() - begin
    session.begin(f"painting {source}")
    if files.project is not None and os.path.lexists(files.project):
        document = _opened(files.project, one.picture.pixels, chosen[0])
        return _continued(document, settings, chosen, files)
    from pochade.paint import paint_with

    if files.undo or files.redo:
        raise UsageError("a new painting has nothing to undo or redo")
    options, look = chosen
    result = paint_with(
        settings,
        options,
        look,
        one.picture.pixels,
        progress=session.progress,
        cancel=session.stopped,
    )
    return result.apply(*_asked(files, result.document))


def _opened(path: str, photo: Any, options: PaintOptions) -> Painting:
    from pochade.paint import open_project

    if photo is not None and options.lay_on is not None:
        raise UsageError("a project keeps what its photo was laid on; leave out --lay-on")
    return open_project(path, image=photo, threads=options.threads)


def _continued(
    document: Painting,
    settings: PaintSettings,
    chosen: tuple[PaintOptions, Look],
    files: PaintFileOptions,
) -> PaintResult:
    """A project after undoing, redoing, and the knobs that differ from their defaults."""
    from pochade.paint import chosen_look, tubes_of
    from pochade.paint_result import PaintResult
    from pochade.painting import events
    from pochade.painting.document import apply, redo, undo

    options, look = chosen
    if options.detail is not None or options.lay_on is not None:
        raise UsageError("a project keeps its detail map and what its photo was laid on; use --dab")
    for _ in range(files.undo):
        document = undo(document)
    for _ in range(files.redo):
        document = redo(document)
    asked: list[Event] = _differing(settings, PaintSettings(), "")
    wanted = chosen_look(options.preset, look)
    if options.preset is not None or look != Look():
        now = document.intent.look if options.preset is None else Look()
        base = replace(now, **_given(look)) if options.preset is None else wanted
        asked += _differing(base, document.intent.look, "look.")
    if options.palette is not None:
        asked.append(events.UsePalette(tubes_of(options.palette)))
    for event in [*asked, *_asked(files, document)]:
        document = apply(document, event)
    return PaintResult(document=document)


def _given(look: Look) -> dict[str, Any]:
    plain = Look()
    return {
        item.name: getattr(look, item.name)
        for item in fields(Look)
        if getattr(look, item.name) != getattr(plain, item.name)
    }


def _differing(values: Any, others: Any, prefix: str) -> list[Event]:
    """An event for each value of the one that the other has not."""
    from pochade.painting.events import Set

    return [
        Set(prefix + item.name, getattr(values, item.name))
        for item in fields(values)
        if getattr(values, item.name) != getattr(others, item.name)
    ]


def _asked(files: PaintFileOptions, document: Painting) -> list[Event]:
    """The events of --set and --dab."""
    from pochade.painting.events import Dab, Set

    rows, cols = document.size
    asked: list[Event] = [Set(name, value) for name, value in files.set]
    for x, y, radius, amount in files.dab:
        if not (0 <= x <= cols and 0 <= y <= rows):
            raise UsageError(f"the dab at {x:g},{y:g} lies outside the photo of {cols}x{rows}")
        asked.append(Dab(x / cols, y / rows, min(1.0, radius / max(rows, cols)), amount))
    return asked
