"""The page of a comparison: one file of HTML, no script, no network.

Everything is in the markup: the table can be read aloud, printed and copied. The page's policy
allows its own style, by its hash, and pictures that are part of it, and nothing else.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from math import ceil, floor, log10
from typing import TYPE_CHECKING, NamedTuple

from pochade.plot.cloud_page import fill, fingerprint, thumbnail
from pochade.plot.compare_words import (
    NOTHING,
    decibels,
    duration,
    in_short,
    large,
    naive_words,
    palette_words,
    percent,
    rand,
    size,
    times,
)
from pochade.plot.contact_sheet import reduced
from pochade.plot.sweep import STRIP_UP_TO

if TYPE_CHECKING:
    from pochade.compare_result import CompareResult, EngineRun

UNTITLED = "One picture, every engine"
SHOWN = 640
"""Pixels of a picture's longest side on the page, at most."""
LEAST_TIME = 1e-5
"""Seconds at which the scale of times begins at the latest."""
SPACES = {"srgb": "sRGB", "lab": "L*a*b*", "oklab": "OKLab", "linear": "linear sRGB"}


class Column(NamedTuple):
    """A column of the table: its heading, and what it means."""

    name: str
    meaning: str


def columns(result: CompareResult) -> list[Column]:
    """The columns, in order."""
    standard = result.yardstick or "the yardstick"
    runs = result.options.repeats
    return [
        Column("Engine", "What did the arithmetic."),
        Column(
            "Cold",
            "Time to the first result in a fresh process: its library is imported, kernels are "
            "compiled, the picture is clustered. Starting Python, loading NumPy and reading the "
            "picture are left out, because all engines need them.",
        ),
        Column(
            "Warm",
            f"Median time of {runs} {'run' if runs == 1 else 'runs'} after that, in the same "
            "process: what each further picture takes. Fewer runs where they took long.",
        ),
        Column("Speed", f"How many times faster than {standard}, warm."),
        Column(
            "Memory",
            "The most memory that the process held up to its first result, beyond NumPy and the "
            "picture. Most of it is often the library. Memory of a GPU is not counted.",
        ),
        Column("Iterations", "How often the centres were moved. All were asked for the same."),
        Column(
            "Inertia",
            "The sum over all pixels of the squared distance to their colour: what k-means makes "
            "small. It is worked out anew from each engine's centres and labels, in float64, by "
            "the same code for all.",
        ),
        Column(
            "PSNR",
            "How near the reduced picture is to the original, in decibels: higher is nearer. One "
            "dB can just be seen.",
        ),
        Column(
            "Palette",
            f"How many colours are those of {standard}, each matched with one of its colours so "
            "that the whole difference is least (optimal assignment). ΔE is the mean CIEDE2000 "
            "difference of the pairs; 1 can just be seen.",
        ),
        Column(
            "Labels",
            f"Whether the same pixels are together as with {standard}: the adjusted Rand index. 1 "
            "is the same partition, 0 is what chance would give.",
        ),
        Column(
            "Other pixels",
            f"The share of the pixels that have another colour than with {standard}.",
        ),
    ]


def cells(run: EngineRun, result: CompareResult) -> list[str]:
    """One row of the table as text, without the engine's name; of a run with a result."""
    assert run.seconds is not None
    assert run.errors is not None
    agrees = run.agreement
    same = run.name == result.yardstick
    return [
        duration(run.seconds.cold),
        duration(run.seconds.warm),
        times(result.speed(run)),
        size(run.memory.peak if run.memory is not None else None),
        str(run.n_iter),
        large(run.errors.inertia),
        decibels(run.errors.psnr),
        "yardstick" if same else palette_words(run),
        NOTHING if same or agrees is None else rand(agrees.labels),
        NOTHING if same or agrees is None else percent(agrees.differing),
    ]


def page(result: CompareResult, title: str = "") -> str:
    """The page as text."""
    scale = _Scale.of(result)
    style = _text("page.css") + "".join(scale.rules(result))
    policy = (
        f"default-src 'none'; style-src '{fingerprint(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    # what is text is escaped here; the rest is markup made of escaped parts
    plain = {
        "policy": policy,
        "version": result.machine["pochade"],
        "title": title or UNTITLED,
        "summary": summary(result),
        "caption": f"Times, memory and agreement with {result.yardstick or 'nothing'}",
        "original": thumbnail(result.source),
        "size": f"{result.source.shape[1]:,} x {result.source.shape[0]:,} pixels",
        "described": title or "The picture",
    }
    markup = {
        "style": style,
        "short": _items(in_short(result)),
        "times": "".join(scale.rows(result)),
        "ticks": "".join(scale.ticks()),
        "head": "".join(_heading(column) for column in columns(result)),
        "rows": "".join(_row(run, result) for run in result.runs),
        "pictures": "".join(_figure(run, result) for run in result.done),
        "meanings": "".join(
            f"<dt>{escape(name)}</dt><dd>{escape(meaning)}</dd>"
            for name, meaning in columns(result)[1:]
        ),
        "who": "".join(_who(run) for run in result.runs),
        "machine": "".join(
            f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
            for name, value in result.machine.items()
        ),
        "notes": _items([_sentence(note) for note in result.notes]),
    }
    return fill(_text("page.html"), {name: escape(word) for name, word in plain.items()} | markup)


def summary(result: CompareResult) -> str:
    """What was asked of every engine, in a sentence."""
    options = result.options
    colors = "1 colour" if result.k == 1 else f"{result.k:,} colours"
    what = "pixel" if options.data == "pixels" else "counted colour"
    count = f"{result.points:,} {what}{'' if result.points == 1 else 's'}"
    iterations = f"{options.iters:,} iteration{'' if options.iters == 1 else 's'}"
    return (
        f"Plain k-means: {colors}, {iterations}, {count}, distances in {SPACES[options.space]}. "
        f"All began with the same {options.init} centres (seed {options.seed})."
    )


class _Scale(NamedTuple):
    """A logarithmic scale of times, in whole powers of ten."""

    first: int
    last: int

    @classmethod
    def of(cls, result: CompareResult) -> _Scale:
        """The scale that holds every time of a comparison."""
        found = [
            max(LEAST_TIME, value)
            for run in result.done
            if run.seconds is not None
            for value in (run.seconds.cold, run.seconds.warm)
            if value is not None
        ]
        if not found:
            return cls(-3, 0)
        first = floor(log10(min(found)))
        return cls(first, max(first + 1, ceil(log10(max(found)))))

    def place(self, seconds: float) -> float:
        """Where a time stands, 0 to 100."""
        share = (log10(max(LEAST_TIME, seconds)) - self.first) / (self.last - self.first)
        return 100 * min(1.0, max(0.0, share))

    def rules(self, result: CompareResult) -> Iterator[str]:
        """The places as rules of the style, since the policy allows no style in the markup."""
        for power in range(self.first, self.last + 1):
            place = self.place(10.0**power)
            yield f".tick{power - self.first}{{left:{place:.2f}%}}\n"
        for at, run in enumerate(result.done):
            assert run.seconds is not None
            cold = self.place(run.seconds.cold)
            warm = cold if run.seconds.warm is None else self.place(run.seconds.warm)
            low, high = min(cold, warm), max(cold, warm)
            yield f"#cold{at}{{left:{cold:.2f}%}}#warm{at}{{left:{warm:.2f}%}}"
            yield f"#span{at}{{left:{low:.2f}%;width:{high - low:.2f}%}}\n"

    def rows(self, result: CompareResult) -> Iterator[str]:
        """A line for each engine with a result."""
        for at, run in enumerate(result.done):
            assert run.seconds is not None
            warm = run.seconds.warm
            first = f'<i class="warm" id="warm{at}"></i>' if warm is not None else ""
            marks = "".join(
                f'<i class="grid tick{power}"></i>' for power in range(self.last - self.first + 1)
            )
            yield (
                f'<div class="{"lane naive" if run.naive else "lane"}">'
                f"<b>{escape(run.name)}</b>"
                f'<div class="track">{marks}<i class="span" id="span{at}"></i>'
                f'<i class="cold" id="cold{at}"></i>{first}</div>'
                f"<span>{escape(duration(warm))} warm, {escape(duration(run.seconds.cold))} cold"
                "</span></div>"
            )

    def ticks(self) -> Iterator[str]:
        """The words under the scale."""
        for power in range(self.first, self.last + 1):
            yield f'<i class="tick{power - self.first}">{escape(_power(power))}</i>'


def _power(power: int) -> str:
    """A power of ten in seconds.

    >>> [_power(power) for power in (-5, -3, -1, 0, 2)]
    ['10 µs', '1 ms', '100 ms', '1 s', '100 s']
    """
    unit, least = ("s", 0) if power >= 0 else ("ms", -3) if power >= -3 else ("µs", -6)
    return f"{10 ** (power - least):,} {unit}"


def _heading(column: Column) -> str:
    return f'<th scope="col" role="columnheader">{escape(column.name)}</th>'


def _row(run: EngineRun, result: CompareResult) -> str:
    """A row of the table; one cell with the reason where there is no result."""
    mark = ' <small class="tag">naive</small>' if run.naive else ""
    head = f'<th scope="row" role="rowheader">{escape(run.name)}{mark}</th>'
    names = [column.name for column in columns(result)][1:]
    kind = " ".join(["naive"] * run.naive + [run.state])
    if not run.done:
        what = "not here" if run.state == "missing" else "no result"
        body = (
            f'<td class="why" role="cell" colspan="{len(names)}">{what}: {escape(run.reason)}</td>'
        )
    else:
        body = "".join(
            f'<td role="cell" data-label="{escape(name)}">{escape(text)}</td>'
            for name, text in zip(names, cells(run, result), strict=True)
        )
    return f'<tr class="{kind}" role="row">{head}{body}</tr>\n'


def _figure(run: EngineRun, result: CompareResult) -> str:
    """A picture with its palette and what to see in it."""
    name = escape(run.name)
    words = naive_words(run, result) if run.naive else alike(run, result)
    words = words[:1].upper() + words[1:]
    kind = ' class="naive"' if run.naive else ""
    mark = ' <small class="tag">naive</small>' if run.naive else ""
    assert run.errors is not None
    return (
        f'<figure{kind}><img src="{picture(run)}" alt="The picture as {name} reduces it">'
        f"{strip(run)}<figcaption><b>{name}</b>{mark} {escape(decibels(run.errors.psnr))}"
        f"<br>{escape(words)}</figcaption></figure>\n"
    )


def alike(run: EngineRun, result: CompareResult) -> str:
    """How an engine's picture compares with the yardstick's, in a sentence."""
    if run.name == result.yardstick or run.agreement is None:
        return "The yardstick."
    share = run.agreement.differing
    if not share:
        return f"The same picture as {result.yardstick}, to the pixel."
    return f"{percent(share)} of the pixels differ from {result.yardstick}."


def picture(run: EngineRun) -> str:
    """What an engine made of the picture, as a data address: exact colours, fewer pixels."""
    from pochade.io.save import save_indexed

    h, w = run.labels.shape
    width = max(1, round(SHOWN * min(1.0, w / h)))
    data = save_indexed(None, reduced(run.labels, width), run.palette, format="png")
    return "data:image/png;base64," + base64.b64encode(data).decode()


def strip(run: EngineRun) -> str:
    """The palette as a strip, entries in the order of the yardstick's; nothing where too many."""
    if len(run.palette) > STRIP_UP_TO:
        return ""
    names = ["#" + bytes(entry).hex() for entry in run.palette.tolist()]
    parts = "".join(
        f'<rect x="{at}" width="1.02" height="1" fill="{name}"><title>{name}</title></rect>'
        for at, name in enumerate(names)
    )
    listed = ", ".join(names[:16]) + (" and more" if len(names) > 16 else "")
    return (
        f'<svg class="strip" viewBox="0 0 {len(names)} 1" preserveAspectRatio="none" role="img" '
        f'aria-label="Palette: {listed}">{parts}</svg>'
    )


def _who(run: EngineRun) -> str:
    """What an engine is, its version, how to get it."""
    words = _sentence(run.summary)
    if run.version:
        words += f" {run.version}."
    if run.device:
        words += f" Device: {run.device}."
    if run.seconds is not None and run.memory is not None:
        words += (
            f" Loading took {duration(run.seconds.load)} and {size(run.memory.library)}, the first "
            f"run {duration(run.seconds.first)}, {len(run.seconds.repeats)} more runs followed."
        )
    if not run.repeatable:
        words += " Not every run gave the same bytes."
    lesson = f" {run.lesson}" if run.lesson else ""
    return f"<dt>{escape(run.name)}</dt><dd>{escape(words + lesson)}</dd>"


def _items(sentences: Iterator[str] | list[str]) -> str:
    """A list of sentences; nothing where there is none."""
    items = "".join(f"<li>{escape(text)}</li>" for text in sentences)
    return f"<ul>{items}</ul>" if items else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _text(name: str) -> str:
    return files("pochade").joinpath("plot", "compare", name).read_text("utf-8")
