"""The figures of a comparison as words, the same on the terminal, the page and the panel."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import TYPE_CHECKING

from pochade.comparing.naive import what_it_shows

if TYPE_CHECKING:
    from pochade.compare_result import CompareResult, EngineRun

NOTHING = "–"


def duration(seconds: float | None) -> str:
    """A time in three digits and a unit that suits it.

    >>> duration(0.0163), duration(5.894), duration(75.0), duration(0.00002), duration(None)
    ('16.3 ms', '5.89 s', '75.0 s', '0.020 ms', '–')
    """
    if seconds is None:
        return NOTHING
    if seconds >= 1:
        return f"{_three(seconds)} s"
    return f"{_three(seconds * 1000)} ms"


def _three(value: float) -> str:
    """At least three digits, none after the point beyond 100."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def size(count: int | None) -> str:
    """Bytes in MB or GB.

    >>> size(167_178_240), size(3_360_000_000), size(4096), size(None)
    ('167 MB', '3.36 GB', '0.0 MB', '–')
    """
    if count is None:
        return NOTHING
    if count >= 10**9:
        return f"{count / 1e9:.2f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 10**7 else f"{count / 1e6:.1f} MB"


def times(speed: float | None) -> str:
    """How many times faster.

    >>> times(62.31), times(1.04), times(0.147), times(0.0031), times(None)
    ('62 x', '1.0 x', '0.15 x', '0.0031 x', '–')
    """
    if speed is None:
        return NOTHING
    if speed < 1:
        return f"{speed:.2f} x" if speed >= 0.1 else f"{speed:.2g} x"
    return f"{speed:,.0f} x" if speed >= 10 else f"{speed:.1f} x"


def decibels(psnr: float) -> str:
    """A PSNR; that of equal pictures is infinite.

    >>> decibels(23.759), decibels(float("inf"))
    ('23.76 dB', 'exact')
    """
    return f"{psnr:.2f} dB" if isfinite(psnr) else "exact"


def large(value: float) -> str:
    """An inertia.

    >>> large(224260938.08), large(100.0)
    ('224,260,938', '100')
    """
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def percent(share: float) -> str:
    """A share; what is not nothing is not shown as 0, nor what is not all as 100.

    >>> percent(0.0), percent(0.0099), percent(0.0000001), percent(1.0), percent(0.9999999)
    ('0 %', '0.99 %', '< 0.01 %', '100 %', '> 99.99 %')
    """
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    if share < 0.0001:
        return "< 0.01 %"
    return (
        "> 99.99 %"
        if share > 0.9999
        else f"{100 * share:.2g} %"
        if share < 0.1
        else (f"{100 * share:.1f} %")
    )


def rand(value: float) -> str:
    """An adjusted Rand index; only the same partition is 1.

    >>> rand(1.0), rand(0.99999), rand(0.97966), rand(-0.01)
    ('1', '0.9999', '0.9796', '-0.0100')
    """
    if value == 1:
        return "1"
    # cut off, not rounded: nothing but the same partition is told as 1
    return f"{min(int(value * 10_000) / 10_000, 0.9999):.4f}" if value > 0 else f"{value:.4f}"


def palette_words(run: EngineRun) -> str:
    """How far the palette agrees: entries that are equal, and the difference of the others."""
    agrees = run.agreement
    if agrees is None:
        return NOTHING
    total = max(agrees.matched, len(run.palette))
    words = f"{agrees.equal} of {total} equal"
    return words if agrees.equal == total else f"{words}, ΔE {agrees.difference:.2f}"


def in_short(result: CompareResult) -> Iterator[str]:
    """What a reader should take home, in sentences."""
    done = [run for run in result.done if not run.naive]
    timed = [run for run in done if run.seconds is not None and run.seconds.warm]
    if len(timed) > 1:
        yield _fastest(result, timed)
    yield from _alike(result, done)
    yield from _naive(result)
    for run in result.runs:
        if run.state == "failed":
            yield f"{run.name} has no result: {run.reason}."


def _fastest(result: CompareResult, timed: list[EngineRun]) -> str:
    def warm(run: EngineRun) -> float:
        assert run.seconds is not None
        return run.seconds.warm or 0.0

    def cold(run: EngineRun) -> float:
        assert run.seconds is not None
        return run.seconds.cold

    best, first = min(timed, key=warm), min(timed, key=cold)
    words = f"{best.name} is the fastest engine: {duration(warm(best))} warm"
    speed = result.speed(best)
    if speed is not None and best.name != result.yardstick:
        words += f", {times(speed).removesuffix(' x')} times as fast as {result.yardstick}"
    if first is best:
        return f"{words}, and {duration(cold(best))} cold."
    return f"{words}; cold, {first.name} is the first with a result, after {duration(cold(first))}."


def _alike(result: CompareResult, done: list[EngineRun]) -> Iterator[str]:
    """Whether the engines agree."""
    others = [run for run in done if run.name != result.yardstick]
    if not others:
        return
    other = [run for run in others if run.agreement is not None and run.agreement.differing > 0]
    if not other:
        who = "All engines give" if len(others) > 1 else f"{others[0].name} gives"
        yield f"{who} the same picture as {result.yardstick}, to the pixel."
    for run in other:
        assert run.agreement is not None
        yield (
            f"{run.name} colours {percent(run.agreement.differing)} of the pixels otherwise "
            f"than {result.yardstick}."
        )


def _naive(result: CompareResult) -> Iterator[str]:
    """What the naive versions show on this picture."""
    for run in result.done:
        if run.naive:
            yield f"{run.name} is not an engine: {naive_words(run, result)}"


def naive_words(run: EngineRun, result: CompareResult) -> str:
    """The fault of a naive version, and what it does here."""
    words = run.lesson[:1].lower() + run.lesson[1:]
    if result.yardstick and not result[result.yardstick].naive:
        standard = result[result.yardstick]
        sizes = standard.shares * standard.labels.size
        shown = what_it_shows(run.name, sizes)
        words += f" {shown}" if shown else ""
        words += "".join(f" {text}" for text in seen(run, standard))
    if "n x k" in words:
        k, d = result.start.shape
        words += f" (Here n = {result.points:,} points, k = {k:,} centres, d = {d} channels.)"
    return words


def seen(run: EngineRun, standard: EngineRun) -> Iterator[str]:
    """What a naive version's picture lost beside the exact one, in sentences."""
    agrees, errors, exact = run.agreement, run.errors, standard.errors
    if agrees is None or errors is None or exact is None:
        return
    black = blackened(run, standard)
    if black:
        yield f"{percent(black)} of the pixels turn black."
    lost = exact.psnr - errors.psnr
    if isfinite(lost) and lost > 0.05:
        yield f"It loses {lost:.1f} dB."
    elif agrees.differing and agrees.equal == len(standard.palette):
        yield (
            f"It ends with new means but old labels, so that {percent(agrees.differing)} of the "
            "pixels keep the colour of the step before."
        )


def blackened(run: EngineRun, standard: EngineRun) -> float:
    """The share of the pixels that are black here, beyond those that are so in the exact result."""

    def black(one: EngineRun) -> float:
        dark = ~one.palette[:, :3].any(axis=1)
        if one.palette.shape[1] == 4:
            dark &= one.palette[:, 3] > 0
        return float(one.shares[dark].sum())

    return max(0.0, black(run) - black(standard))
