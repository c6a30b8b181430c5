"""What an artist does to a painting, one thing at a time; each as data that a file can hold.

Places are shares of the picture's width and height, 0 to 1, (x, y) from its top left corner, so
that they are the same at any size. An anchor is named by its number in `Painting.ids`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Final

from pochade.errors import UsageError
from pochade.paint_options import MOST_TUBES
from pochade.quantize_options import hex_color

LARGEST_ID: Final = 1 << 52


@dataclass(frozen=True, slots=True)
class Set:
    """Turn a knob: a field of `PaintSettings`, or one of `Look` as 'look.NAME'.

    Attributes:
        knob: its name.
        value: what it is set to.
    """

    kind: ClassVar[str] = "set"
    knob: str
    value: Any

    def __post_init__(self) -> None:
        if not isinstance(self.knob, str) or not self.knob:
            raise UsageError(f"a knob has a name, not {self.knob!r}")
        if not isinstance(self.value, (str, int, float, bool, type(None))):
            raise UsageError(f"{self.knob} cannot be set to {self.value!r:.60}")


@dataclass(frozen=True, slots=True)
class Dab:
    """Ask for more or less detail around a place.

    Attributes:
        x, y: centre.
        radius: share of the longer side, above 0 and at most 1; it fades out towards it.
        amount: -1 (as coarse as can be) to 1 (as fine as can be).
    """

    kind: ClassVar[str] = "dab"
    x: float
    y: float
    radius: float
    amount: float = 0.5

    def __post_init__(self) -> None:
        _place(self)
        _number(self, "radius", 1e-4, 1)
        _number(self, "amount", -1, 1)


@dataclass(frozen=True, slots=True)
class Add:
    """Lay a colour where there was no anchor.

    Attributes:
        x, y: where.
        color: '#rrggbb'.
        size: square root of the area that it stands for, as a share of the longer side; None takes
            the mean of the painting.
    """

    kind: ClassVar[str] = "add"
    x: float
    y: float
    color: str
    size: float | None = None

    def __post_init__(self) -> None:
        _place(self)
        object.__setattr__(self, "color", _color(self.color))
        if self.size is not None:
            _number(self, "size", 1e-5, 1)


@dataclass(frozen=True, slots=True)
class Move:
    """Move an anchor, its colour with it."""

    kind: ClassVar[str] = "move"
    anchor: int
    x: float
    y: float

    def __post_init__(self) -> None:
        _anchor(self)
        _place(self)


@dataclass(frozen=True, slots=True)
class Remove:
    """Take an anchor away; its neighbours' colours take its place."""

    kind: ClassVar[str] = "remove"
    anchor: int

    def __post_init__(self) -> None:
        _anchor(self)


@dataclass(frozen=True, slots=True)
class Recolor:
    """Give an anchor another colour, '#rrggbb'."""

    kind: ClassVar[str] = "recolor"
    anchor: int
    color: str

    def __post_init__(self) -> None:
        _anchor(self)
        object.__setattr__(self, "color", _color(self.color))


@dataclass(frozen=True, slots=True)
class UsePalette:
    """Paint in these colours alone ('#rrggbb' each); none of them: in all colours."""

    kind: ClassVar[str] = "palette"
    colors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        given: Any = self.colors
        if isinstance(given, str) or not isinstance(given, Sequence):
            raise UsageError("a palette is a list of colours such as '#e4002b'")
        if len(self.colors) > MOST_TUBES:
            raise UsageError(f"a palette has at most {MOST_TUBES} colours, not {len(self.colors)}")
        object.__setattr__(self, "colors", tuple(_color(color) for color in self.colors))


Event = Set | Dab | Add | Move | Remove | Recolor | UsePalette
KINDS: Final[dict[str, type[Any]]] = {
    one.kind: one for one in (Set, Dab, Add, Move, Remove, Recolor, UsePalette)
}


def as_data(event: Event) -> dict[str, Any]:
    """An event as JSON can hold it.

    >>> as_data(Dab(0.5, 0.25, 0.1))
    {'event': 'dab', 'x': 0.5, 'y': 0.25, 'radius': 0.1, 'amount': 0.5}
    """
    data: dict[str, Any] = {"event": event.kind}
    for item in fields(event):
        value = getattr(event, item.name)
        data[item.name] = list(value) if isinstance(value, tuple) else value
    return data


def from_data(data: object) -> Event:
    """The event of `as_data`.

    Raises:
        UsageError: it is none, or a value is out of its range.

    >>> from_data({"event": "remove", "anchor": 5})
    Remove(anchor=5)
    """
    if not isinstance(data, Mapping):
        raise UsageError("an event is an object with a name")
    kind = data.get("event")
    found = KINDS.get(kind) if isinstance(kind, str) else None
    if found is None:
        raise UsageError(f"an event is one of {', '.join(KINDS)}, not {kind!r:.40}")
    values = {str(name): value for name, value in data.items() if name != "event"}
    unknown = set(values) - {item.name for item in fields(found)}
    if unknown:
        raise UsageError(f"the event {kind} has no {sorted(unknown)[0]!r:.40}")
    if isinstance(values.get("colors"), list):
        values["colors"] = tuple(values["colors"])
    try:
        event: Event = found(**values)
    except TypeError:
        raise UsageError(f"the event {kind} needs {_needs(found)}") from None
    return event


def _needs(kind: type[Any]) -> str:
    return ", ".join(item.name for item in fields(kind))


def _number(event: Any, name: str, least: float, most: float) -> None:
    value = getattr(event, name)
    right = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not right or not math.isfinite(value) or not least <= value <= most:
        raise UsageError(
            f"{name} of {event.kind} must be from {least:g} to {most:g}, not {value!r}"
        )
    object.__setattr__(event, name, float(value))


def _place(event: Any) -> None:
    _number(event, "x", 0, 1)
    _number(event, "y", 0, 1)


def _anchor(event: Any) -> None:
    value = event.anchor
    if isinstance(value, bool) or not hasattr(value, "__index__") or abs(int(value)) > LARGEST_ID:
        raise UsageError(f"an anchor is named by a whole number, not {value!r:.40}")
    object.__setattr__(event, "anchor", int(value))


def _color(word: Any) -> str:
    try:
        return hex_color(word)[:7]
    except (ValueError, AttributeError):
        raise UsageError(f"a colour is written as '#e4002b', not {word!r:.40}") from None
