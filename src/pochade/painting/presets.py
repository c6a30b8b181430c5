"""Looks by name, each a plain settings file (TOML), and looks from files of one's own."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pochade.errors import InputError, UsageError
from pochade.options import declared
from pochade.painting.look_options import NAMES, PRESETS, Look

FOLDER = Path(__file__).parents[1] / "data" / "looks"
LARGEST_FILE = 1 << 16
KNOBS = ("softness", "abstraction")
"""What the table [paint] may hold, each from 0 to 1."""


def load_preset(name: str) -> Look:
    """The look of a preset ('oil', 'ink wash', ...) or of a settings file (a path to a .toml).

    >>> load_preset("poster").colors
    16

    Raises:
        UsageError: there is no preset of that name, or a value is out of its range.
        InputError: the file cannot be read, or is no settings file.
    """
    return _look(*_table(name))


def preset_knobs(name: str) -> dict[str, float]:
    """What a preset suggests for `softness` and `abstraction`, where it does.

    >>> sorted(preset_knobs("oil"))
    ['abstraction', 'softness']

    Raises:
        UsageError, InputError: as `load_preset`.
    """
    table, where = _table(name)
    knobs: dict[str, float] = {}
    for key, value in table.get("paint", {}).items():
        if key not in KNOBS:
            raise InputError(f"{where}: [paint] has no setting {key!r}, only {', '.join(KNOBS)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise InputError(f"{where}: {key} must be a number from 0 to 1, not {value!r}")
        knobs[key] = float(value)
    return knobs


def write_preset(look: Look, knobs: dict[str, float] | None = None) -> str:
    """A settings file as text: what differs from a look without brush and surface."""
    plain = Look()
    lines = ["[look]"]
    for name in NAMES:
        value = getattr(look, name)
        if value != getattr(plain, name):
            lines.append(f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value!r}")
    if knobs:
        lines += ["", "[paint]", *(f"{key} = {value!r}" for key, value in knobs.items())]
    return "\n".join(lines) + "\n"


def _table(name: str) -> tuple[dict[str, Any], str]:
    """A settings file as a table, and what to call it in messages."""
    spoken = str(name).strip().lower().replace(" ", "-").replace("_", "-")
    spoken = {"watercolor": "watercolour", "ink": "ink-wash"}.get(spoken, spoken)
    own = spoken not in PRESETS
    if own and not str(name).endswith(".toml"):
        from difflib import get_close_matches

        near = get_close_matches(spoken, PRESETS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UsageError(
            f"preset {name!r} is not one of {', '.join(PRESETS)}, nor a .toml file{hint}"
        )
    path = Path(name) if own else FOLDER / f"{spoken}.toml"
    where = str(path) if own else spoken
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InputError(f"{where}: cannot be read: {error.strerror or error}") from None
    if len(data) > LARGEST_FILE:
        raise InputError(f"{where}: larger than {LARGEST_FILE} bytes, so no settings of a look")
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{where}: is not TOML: {error}") from None
    wrong = [key for key in table if key not in ("look", "paint")]
    wrong += [key for key, value in table.items() if not isinstance(value, dict)]
    if wrong or "look" not in table:
        raise InputError(f"{where}: settings of a look have a table [look] and may have [paint]")
    return table, where


def _look(table: dict[str, Any], where: str) -> Look:
    defaults = {item.name: item.default for item in declared(Look)}
    values = {}
    for key, value in table["look"].items():
        if key not in defaults:
            raise InputError(f"{where}: a look has no setting {key!r}")
        wanted = type(defaults[key])
        whole = wanted is float and isinstance(value, int) and not isinstance(value, bool)
        if not whole and type(value) is not wanted:
            raise InputError(f"{where}: {key} must be of type {wanted.__name__}, not {value!r}")
        values[key] = wanted(value)
    try:
        return Look(**values)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None
