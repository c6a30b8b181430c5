"""Who takes part in a comparison: engines, and with `naive` the naive versions."""

from __future__ import annotations

from typing import NamedTuple

from pochade.compare_options import CompareOptions
from pochade.comparing.naive import SUMMARIES, naive_version
from pochade.errors import EngineUnavailableError, UsageError
from pochade.kmeans.engines.choice import parse_choice
from pochade.kmeans.engines.protocol import Capabilities
from pochade.kmeans.engines.registry import engines
from pochade.kmeans.naive import NAIVE, NaiveVersion

YARDSTICK = "reference"
"""The engine that the others are compared with, where it takes part."""


class Contestant(NamedTuple):
    """One row of a comparison.

    Attributes:
        name: as on the command line, an engine with its device and settings.
        naive: a naive version, not an engine.
        summary: what it is.
        lesson: of a naive version, why it is slow or wrong.
        version: of its library, where it is here.
        missing: why it cannot run here and what to do, or nothing.
        install: the command that installs it.
    """

    name: str
    naive: bool
    summary: str
    lesson: str
    version: str
    missing: str
    install: str


def contestants(options: CompareOptions, *, k: int, d: int) -> list[Contestant]:
    """Who takes part, in order: as named, else the yardstick first and all other engines.

    Args:
        options: with the names, or none.
        k: centres.
        d: dimensions.

    Raises:
        UsageError: there is no engine of that name, k or d is beyond its limits, or a naive version
            is to know weights.
        EngineUnavailableError: a named one is not installed.
    """
    known = {record.name: record for record in engines()}
    names = list(options.engines) or sorted(known, key=lambda name: name != YARDSTICK)
    found = [_contestant(name, known, k, d) for name in names]
    more = NAIVE if options.naive else ()
    found += [_naive(version, known) for version in more if version.name not in names]
    if options.data == "colors" and any(one.naive for one in found):
        raise UsageError("the naive versions know no weights: leave them out, or take pixels")
    for one in found:
        if one.missing and one.name in options.engines:
            raise EngineUnavailableError(f"{one.name} is not available: {one.missing}")
    return found


def _contestant(name: str, known: dict[str, Capabilities], k: int, d: int) -> Contestant:
    version = naive_version(name)
    if version is not None:
        return _naive(version, known)
    engine = parse_choice(name).name
    if engine not in known:
        names = ", ".join([*known, *(one.name for one in NAIVE)])
        raise UsageError(f"there is no engine {engine!r}; there are {names}")
    record = known[engine]
    missing = _missing(record)
    for limit, value, what in ((record.max_k, k, "clusters"), (record.max_d, d, "dimensions")):
        if limit is not None and value > limit and not missing:
            missing = f"it takes at most {limit} {what}, not {value}"
    return Contestant(
        name=name,
        naive=False,
        summary=record.summary,
        lesson="",
        version=record.version,
        missing=missing,
        install=record.install,
    )


def _naive(version: NaiveVersion, known: dict[str, Capabilities]) -> Contestant:
    """A naive version; what its engine's library lacks, it lacks."""
    record = known[version.engine]
    lesson = version.fault[:1].upper() + version.fault[1:] + "."
    return Contestant(
        name=version.name,
        naive=True,
        summary=SUMMARIES[version.name],
        lesson=lesson,
        version=record.version,
        missing=_missing(record),
        install=record.install,
    )


def _missing(record: Capabilities) -> str:
    """Why an engine is not here and how to get it; nothing where it is."""
    if record.available:
        return ""
    return f"{record.reason}; {record.install}" if record.install else record.reason
