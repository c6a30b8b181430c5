"""The quick parser: reads the common command lines, and leaves every other to `full`.

Loading a full command-line library takes as long as quantizing a photo. This one knows only exact
flags, each with its value in the next word or after `=`, switches, and words. On anything
else (an unknown flag, a value that does not parse, `--help`) it returns None, and the untouched
command line goes to `full`, which explains. A law in the tests holds the two to the same options
on every line that this one accepts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pochade.apps.operations import Operation, Request, operation
from pochade.options import Option, declared


class Flag(NamedTuple):
    """What a flag does: sets `name` of the dataclass at `place`, by a value or to `switch`."""

    place: int
    name: str
    option: Option
    switch: bool | None


def read(words: list[str]) -> Request | None:
    """The request that `words` (without the program's name) make, or None if unsure.

    Raises:
        UsageError: where every word is understood but the options do not fit together.
    """
    row = operation(words[0]) if words else None
    if row is None:
        return None
    values = collect(row, words[1:])
    if values is None:
        return None
    made = tuple(kind(**given) for kind, given in zip(row.options, values, strict=True))
    return Request(row, made)


def collect(row: Operation, words: list[str]) -> list[dict[str, Any]] | None:
    """The values given for each dataclass of `row`, or None if unsure."""
    flags = table(row)
    values: list[dict[str, Any]] = [{} for _ in row.options]
    rest = iter(words)
    for word in rest:
        if word == "-" or not word.startswith("-"):
            flag, given = flags.get(""), word
        else:
            name, equals, given = word.partition("=")
            flag = flags.get(name)
            if flag is not None and flag.switch is None and not equals:
                given = next(rest, "")
            elif flag is not None and flag.switch is not None and equals:
                return None
        if flag is None or not store(flag, given, values[flag.place]):
            return None
    return values


def table(row: Operation) -> dict[str, Flag]:
    """Every spelling of every flag of `row`; the leftover words are under the empty one."""
    flags: dict[str, Flag] = {}
    for place, kind in enumerate(row.options):
        for item in declared(kind):
            switch = item.option.parse is None
            flag = Flag(place, item.name, item.option, True if switch else None)
            if item.option.positional:
                flags[""] = flag
                continue
            flags[item.flag] = flag
            if item.option.short:
                flags[item.option.short] = flag
            if switch and item.default:
                flags["--no-" + item.flag[2:]] = flag._replace(switch=False)
    return flags


def store(flag: Flag, given: str, values: dict[str, Any]) -> bool:
    """Put what was given into `values`; False if it does not parse or comes a second time."""
    if flag.switch is not None:
        value: Any = flag.switch
    elif flag.option.parse is None or (given.startswith("-") and given != "-"):
        return False
    else:
        try:
            value = flag.option.parse(given)
        except ValueError:
            return False
    if flag.option.repeat:
        values[flag.name] = (*values.get(flag.name, ()), value)
        return True
    if flag.name in values:
        return False
    values[flag.name] = value
    return True
