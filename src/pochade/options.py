"""How an option is declared: once, on a field of a frozen dataclass.

The command line (both of its parsers), the Python API, the generated reference and, later, the
web forms all read these declarations, so a flag, its help, its choices and its range exist once.
This module and the dataclasses that use it import nothing heavy: they are on the way of every
start of the program.

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True, kw_only=True)
... class Blur:
...     radius: int = option(2, "Radius in pixels.", parse=whole_number, minimum=1)
...     def __post_init__(self):
...         check(self)
>>> Blur(radius=0)
Traceback (most recent call last):
...
pochade.errors.UsageError: radius must be at least 1, not 0
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field, fields
from typing import Any, NamedTuple

from pochade.errors import UsageError


class Option(NamedTuple):
    """What is known about one option besides its name, type and default.

    Attributes:
        help: One or two sentences for the help page and the reference.
        parse: From the text on the command line to the value; raises ValueError with a sentence.
            None for a switch (a bool field).
        short: One-letter flag, such as "-k", or "".
        long: Long flag where it differs from the field's name, such as "--dither", or "".
        metavar: What stands for the value in the reference.
        choices: All values allowed, when they are few and known.
        minimum: Smallest number allowed.
        maximum: Largest number allowed.
        repeat: The flag may be given several times; the field is a tuple.
        positional: Not a flag but the words that are left over.
        group: Heading under which the help lists it.
    """

    help: str
    parse: Callable[[str], Any] | None
    short: str
    long: str
    metavar: str
    choices: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    repeat: bool
    positional: bool
    group: str


def option(
    default: Any,
    help: str,
    *,
    parse: Callable[[str], Any] | None = None,
    short: str = "",
    long: str = "",
    metavar: str = "",
    choices: tuple[str, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
    repeat: bool = False,
    positional: bool = False,
    group: str = "",
) -> Any:
    """A dataclass field with a default and the declaration of an option; see `Option`."""
    declared = Option(
        help=help,
        parse=parse or (None if isinstance(default, bool) else text),
        short=short,
        long=long,
        metavar=metavar,
        choices=choices,
        minimum=minimum,
        maximum=maximum,
        repeat=repeat,
        positional=positional,
        group=group,
    )
    return field(default=default, metadata={"option": declared})


class Declared(NamedTuple):
    """One option as found on a class: field name, long flag, default and declaration."""

    name: str
    flag: str
    default: Any
    option: Option


def declared(options_class: type) -> Iterator[Declared]:
    """The options of one dataclass, in the order of its fields."""
    for item in fields(options_class):
        found = item.metadata.get("option")
        if found is not None:
            flag = found.long or "--" + item.name.replace("_", "-")
            yield Declared(name=item.name, flag=flag, default=item.default, option=found)


def check(options: Any) -> None:
    """Check every declared choice and range of a dataclass instance.

    A value equal to its default (None, mostly) is always allowed.

    Raises:
        UsageError: naming the option, what is allowed and what was given.
    """
    for item in declared(type(options)):
        value = getattr(options, item.name)
        if value is item.default:
            continue
        rules = item.option
        if rules.choices:
            for word in value if rules.repeat else (value,):
                check_choice(item.name, word, rules.choices)
        if rules.minimum is not None or rules.maximum is not None:
            check_range(item.name, value, rules.minimum, rules.maximum)


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise UsageError unless `value` is one of `choices`; offers the nearest one."""
    if isinstance(value, str) and value in choices:
        return
    from difflib import get_close_matches

    near = get_close_matches(str(value), choices, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise UsageError(f"{spoken(name)} {value!r} is not one of {', '.join(choices)}{hint}")


def check_range(name: str, value: Any, minimum: float | None, maximum: float | None) -> None:
    """Raise UsageError unless `value` is a number and minimum <= value <= maximum."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise UsageError(f"{spoken(name)} must be a number, not {value!r}")
    if minimum is not None and not value >= minimum:
        raise UsageError(f"{spoken(name)} must be at least {minimum:g}, not {value}")
    if maximum is not None and not value <= maximum:
        raise UsageError(f"{spoken(name)} must be at most {maximum:g}, not {value}")


def spoken(name: str) -> str:
    """A field's name as a reader of messages knows it: words apart."""
    return name.replace("_", " ")


def text(word: str) -> str:
    """The word itself, if there is one."""
    if not word:
        raise ValueError("is empty")
    return word


def whole_number(word: str) -> int:
    """A whole number in plain decimal digits.

    >>> whole_number("16")
    16
    """
    if not word.removeprefix("-").isdecimal() or not word.isascii():
        raise ValueError(f"must be a whole number, not {word!r}")
    return int(word[:20])


def number(word: str) -> float:
    """A finite decimal number.

    >>> number("0.75")
    0.75
    """
    try:
        value = float(word)
    except ValueError:
        value = float("nan")
    if not -1e300 < value < 1e300:
        raise ValueError(f"must be a number, not {word!r}")
    return value


def byte_count(word: str) -> int:
    """A number of bytes: digits, then nothing, k or M (thousands and millions), also KiB and MiB.

    >>> byte_count("20k"), byte_count("1.5M"), byte_count("4KiB")
    (20000, 1500000, 4096)
    """
    units = {"": 1, "b": 1, "k": 1000, "kb": 1000, "m": 10**6, "mb": 10**6}
    units |= {"kib": 1024, "mib": 1024**2}
    digits = word.rstrip("bBkKmMiI")
    unit = units.get(word[len(digits) :].lower())
    try:
        value = number(digits)
    except ValueError:
        unit = None
    if unit is None or value <= 0:
        raise ValueError(f"must be a size such as 20000, 20k or 1M, not {word!r}")
    return int(value * unit)


def between(word: str) -> tuple[int, int]:
    """A range MIN-MAX of whole numbers from 0 to 100; MIN- ends at 100.

    >>> between("65-80"), between("70-")
    ((65, 80), (70, 100))
    """
    low, dash, high = word.partition("-")
    ok = dash and low.isdecimal() and (high.isdecimal() or not high) and word.isascii()
    if not ok or len(word) > 7:
        raise ValueError(f"must be MIN-MAX, such as 65-80, not {word!r}")
    return int(low), int(high or 100)
