"""A painting is a document: what it is of, how it is painted, and what the artist did to it.

`apply` takes a painting and an event and returns the painting after it; nothing is ever changed in
place, so that a painting can be kept, compared and gone back to. The anchors follow from the
document, and are found when they are first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import numpy as np

from pochade.errors import UsageError
from pochade.options import declared
from pochade.paint_options import PaintSettings
from pochade.painting import detail_map, edits, events
from pochade.painting.anchors import Anchors, Guide
from pochade.painting.cut import Ids
from pochade.painting.detail_map import DetailMap
from pochade.painting.edits import Edits
from pochade.painting.events import Event
from pochade.painting.laying import Bench, Laid, lay, lay_again, seen_guide
from pochade.painting.look_options import Look
from pochade.painting.subject import Subject

RESOLVING: Final = (
    "level", "anchors", "abstraction", "method", "solve", "anchors_only", "seed",
    "classic", "patch", "shrink", "variance", "threshold",
)  # fmt: skip
"""Knobs that change which anchors there are, or their colours. Softness, neighbours and the kernel
do so as well where colours are solved."""
BLENDING: Final = ("softness", "neighbours", "kernel")


@dataclass(frozen=True, slots=True, eq=False)
class Intent:
    """What is to be painted, apart from what it is of.

    Attributes:
        settings: the knobs; the level is a number here.
        look: the brush and the surface.
        palette: '#rrggbb' each; empty for all colours.
        mask: where there is to be more detail at the same number of anchors, or None.
        dabs: where anchors were added or taken away, or None.
        edits: what was done to single anchors.
    """

    settings: PaintSettings
    look: Look
    palette: tuple[str, ...] = ()
    mask: DetailMap | None = field(repr=False, default=None)
    dabs: DetailMap | None = field(repr=False, default=None)
    edits: Edits = field(repr=False, default_factory=Edits)


@dataclass(frozen=True, eq=False)
class Painting:
    """A painting. Make one with `start`, change it with `apply`, draw it with `render`.

    Attributes:
        bench: the subject, and what was made of it so far.
        origin: how it began.
        intent: how it is now: the origin after the events of the log.
        log: what was done, in order.
        undone: what was taken back and can be done again, the next one last.
        given: its anchors where they were read from a file; None where they are to be found.
        previous: the painting before the last event, where it is known.
    """

    bench: Bench
    origin: Intent
    intent: Intent
    log: tuple[Event, ...] = ()
    undone: tuple[Event, ...] = ()
    given: Laid | None = field(repr=False, default=None)
    previous: Painting | None = field(repr=False, default=None)

    @property
    def subject(self) -> Subject:
        """What is painted."""
        return self.bench.subject

    @property
    def settings(self) -> PaintSettings:
        """The knobs as they are now."""
        return self.intent.settings

    @property
    def size(self) -> tuple[int, int]:
        """(rows, cols) of the photo."""
        return self.subject.size

    @cached_property
    def laid(self) -> Laid:
        """Anchors as they were found, before edits. Found when first asked for."""
        if self.given is not None:
            return self.given
        # Dabs build on the anchors before them; a long row of them is gone through without
        # recursion.
        waiting: list[Painting] = []
        one: Painting = self
        while one.previous is not None and "laid" not in one.__dict__ and one.given is None:
            if not isinstance(one.log[-1], events.Dab) and not _same_anchors(one):
                break
            waiting.append(one)
            one = one.previous
        found = one.__dict__.get("laid") or one.given or _lay(one)
        one.__dict__["laid"] = found
        for later in reversed(waiting):
            if isinstance(later.log[-1], events.Dab):
                found = _lay(later, found)
            later.__dict__["laid"] = found
        return found

    @cached_property
    def _edited(self) -> tuple[Anchors, Ids]:
        laid, intent = self.laid, self.intent
        guide = self.guide
        return edits.edited(laid.anchors, laid.ids, intent.edits, guide)

    @property
    def anchors(self) -> Anchors:
        """The anchors with the artist's edits, in all colours."""
        return self._edited[0]

    @property
    def ids(self) -> Ids:
        """The number of each anchor, by which events name it: n int64."""
        return self._edited[1]

    @cached_property
    def painted(self) -> Anchors:
        """The anchors in the colours that they are painted in: those of the palette, if any."""
        if not self.intent.palette:
            return self.anchors
        return in_palette(self.anchors, self.intent.palette, self.settings.seed)

    @property
    def guide(self) -> Guide | None:
        """The guide that is looked at; None with `anchors_only`."""
        return seen_guide(self.bench, self.settings)

    def at(self, x: float, y: float) -> int:
        """The number of the anchor nearest to a place (shares of width and height)."""
        at = edits.position(x, y, self.anchors.frame)
        away = np.square(self.anchors.positions - at).sum(axis=1)
        return int(self.ids[int(away.argmin())])


def _lay(painting: Painting, before: Laid | None = None) -> Laid:
    intent = painting.intent
    args = (painting.bench, intent.settings, intent.mask, intent.dabs)
    return lay(*args) if before is None else lay_again(*args, before)


def _same_anchors(painting: Painting) -> bool:
    """Whether the last event left the anchors that were found as they were."""
    event = painting.log[-1]
    if not isinstance(event, events.Set):
        return True
    if event.knob in RESOLVING:
        return False
    settings = painting.settings
    return not (event.knob in BLENDING and (settings.solve or settings.classic))


def begin(bench: Bench, intent: Intent, laid: Laid | None = None) -> Painting:
    """Begin a painting.

    Args:
        bench: of the subject.
        intent: its level must be a number (`pochade.paint` settles 'auto').
        laid: the anchors, where they were found for the same intent before.

    Raises:
        UsageError: the level is 'auto', or a colour is none.
    """
    if intent.settings.level == "auto" and intent.settings.anchors is None:
        raise UsageError("a painting has a level from 0 to 1; auto is settled before it begins")
    intent = replace(intent, palette=events.UsePalette(intent.palette).colors)
    return Painting(bench, intent, intent, given=laid)


def start(
    subject: Subject,
    settings: PaintSettings,
    look: Look | None = None,
    *,
    threads: int | None = None,
) -> Painting:
    """Begin a painting of a subject in all colours; raises as `begin`."""
    return begin(Bench(subject, threads), Intent(settings, look or Look()))


def apply(painting: Painting, event: Event) -> Painting:
    """The painting after an event; the one given stays as it is.

    Raises:
        UsageError: a knob that there is not or a value out of its range, or an anchor that the
            painting does not have.
    """
    if isinstance(event, events.Move | events.Remove | events.Recolor):
        edits.check_anchor(event.anchor, painting.ids)
    return _applied(painting, event)


def _applied(painting: Painting, event: Event) -> Painting:
    """`apply` without asking whether there is such an anchor."""
    intent = changed(painting.intent, event, len(painting.log), painting.size)
    return Painting(
        bench=painting.bench,
        origin=painting.origin,
        intent=intent,
        log=(*painting.log, event),
        previous=painting,
    )


def changed(intent: Intent, event: Event, number: int, size: tuple[int, int]) -> Intent:
    """What is to be painted after an event, the `number`-th from 0, on a picture of `size`."""
    if isinstance(event, events.Set):
        return _with_knob(intent, event)
    if isinstance(event, events.UsePalette):
        return replace(intent, palette=event.colors)
    if isinstance(event, events.Dab):
        if intent.settings.classic:
            raise UsageError("the classic rule has no dabs: set classic to false first")
        dabs = detail_map.empty(size) if intent.dabs is None else intent.dabs
        return replace(intent, dabs=detail_map.dabbed(dabs, event))
    return replace(intent, edits=intent.edits.then(event, -1 - number))


def _with_knob(intent: Intent, event: events.Set) -> Intent:
    if event.knob.startswith("look."):
        name = event.knob.removeprefix("look.")
        return replace(intent, look=_set(intent.look, name, event.value, "look."))
    values: dict[str, Any] = {event.knob: event.value}
    if event.knob == "level":
        values["anchors"] = None  # a level that is set wins over a number
        if event.value == "auto":
            raise UsageError("level is set to a number from 0 to 1; auto is for a new painting")
    return replace(intent, settings=_set(intent.settings, event.knob, event.value, "", values))


def _set(
    options: Any, name: str, value: Any, prefix: str, values: Mapping[str, Any] | None = None
) -> Any:
    known = {item.name: item for item in declared(type(options))}
    if name not in known:
        names = ", ".join(prefix + one for one in known)
        raise UsageError(f"there is no knob {prefix + name!r:.60}; use one of {names}")
    now = known[name].default
    wrong = isinstance(now, bool) != isinstance(value, bool)
    if wrong:
        raise UsageError(f"{prefix}{name} cannot be set to {value!r:.60}")
    return replace(options, **(values or {name: value}))


def undo(painting: Painting) -> Painting:
    """The painting before its last event.

    Raises:
        UsageError: nothing was done.
    """
    if not painting.log:
        raise UsageError("there is nothing to undo")
    before = painting.previous
    if before is None:
        before = replay(painting, painting.log[:-1])
    undone = (*painting.undone, painting.log[-1])
    return _with_undone(before, undone)


def redo(painting: Painting) -> Painting:
    """The painting with the last event that was undone.

    Raises:
        UsageError: nothing was undone, or something else was done since.
    """
    if not painting.undone:
        raise UsageError("there is nothing to do again")
    after = _applied(painting, painting.undone[-1])
    return _with_undone(after, painting.undone[:-1])


def _with_undone(painting: Painting, undone: tuple[Event, ...]) -> Painting:
    found = replace(painting, undone=undone)
    if "laid" in painting.__dict__:
        found.__dict__["laid"] = painting.__dict__["laid"]
    return found


def replay(painting: Painting, log: tuple[Event, ...] | None = None) -> Painting:
    """The painting from its beginning on, event by event: the same bytes."""
    one = Painting(painting.bench, painting.origin, painting.origin)
    for event in painting.log if log is None else log:
        one = _applied(one, event)
    return one


def in_palette(anchors: Anchors, palette: tuple[str, ...], seed: int) -> Anchors:
    """The anchors in colours that the tubes of a palette give."""
    from pochade.painting.brush import limit_colors

    tubes = np.stack([edits.rgb(color) for color in palette]).astype(np.uint8)
    return limit_colors(anchors, tubes, seed=seed)
