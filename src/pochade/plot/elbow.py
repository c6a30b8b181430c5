"""The plot of a sweep: error and silhouette over k, the chosen k marked, the palettes below."""

from __future__ import annotations

import os
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import EngineUnavailableError, UsageError
from pochade.plot.contact_sheet import shown

if TYPE_CHECKING:
    from pochade.sweep_result import SweepResult

FORMS = {".png": "png", ".svg": "svg"}
INK, FAINT, MARK = "#202020", "#8a8a8a", "#c83c14"
MOST_BARS = 2000
"""Palettes are drawn below the curves where they have no more entries than this in all."""


def plot_form(path: Any) -> str:
    """The form of plot that a file name asks for.

    >>> plot_form("elbow.SVG")
    'svg'

    Raises:
        UsageError: its ending is none of the known ones.
    """
    form = FORMS.get(os.path.splitext(os.fspath(path))[1].lower())  # noqa: PTH122
    if form is None:
        raise UsageError(f"{path} is no plot's name; end it in {' or '.join(FORMS)}")
    return form


def require_matplotlib() -> None:
    """Raise EngineUnavailableError where matplotlib is not installed."""
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise EngineUnavailableError(
            "the plot needs matplotlib, which is not installed; pip install 'pochade[plot]'"
        )


def elbow_plot(result: SweepResult, form: str) -> bytes:
    """The plot as a PNG or SVG file. The same result gives the same bytes.

    Raises:
        EngineUnavailableError: matplotlib is not installed.
        UsageError: another form.
    """
    if form not in FORMS.values():
        raise UsageError(f"a plot is png or svg, not {form!r}")
    require_matplotlib()
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    settings: Any = {"svg.hashsalt": "pochade", "font.family": "DejaVu Sans", "font.size": 10}
    with matplotlib.rc_context(settings):
        bars = sum(len(step.palette) for step in result.results) <= MOST_BARS
        figure = Figure(figsize=(7.5, 7.2 if bars else 5.6), layout="constrained")
        FigureCanvasAgg(figure)
        ratios = [3, 3, 1.6] if bars else [3, 3]
        axes = figure.subplots(len(ratios), 1, sharex=True, height_ratios=ratios)
        draw_error(axes[0], result)
        draw_silhouette(axes[1], result)
        if bars:
            draw_palettes(axes[2], result)
        finish(axes, result)
        data = BytesIO()
        metadata = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        figure.savefig(data, format=form, dpi=150, metadata=metadata)
    return data.getvalue()


def draw_error(axes: Any, result: SweepResult) -> None:
    """The root of the mean squared distance on a logarithmic scale: where the knee is read."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    total = result.source.shape[0] * result.source.shape[1]
    space = result.picture.space
    least = (space.least_variance * space.dimensions) ** 0.5
    errors = [max((step.inertia / total) ** 0.5, least) for step in result.results]
    axes.plot(errors, color=INK, marker="o", markersize=4)
    axes.set_yscale("log")
    axes.set_ylim(min(errors) / 1.15, max(errors) * 1.15)
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 4, 5, 7), numticks=12))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_ylabel(f"error\n(RMS distance, {space.name}, log)")
    place = result.ks.index(result.chosen)
    axes.annotate(
        f"k = {result.chosen} ({result.choice.rule})",
        (place, errors[place]),
        xytext=(10, 18),
        textcoords="offset points",
        color=MARK,
        fontweight="bold",
    )
    axes.plot([place], [errors[place]], color=MARK, marker="o", markersize=9)


def draw_silhouette(axes: Any, result: SweepResult) -> None:
    """The mean silhouette with two standard errors; a single cluster has none."""
    scores = result.silhouettes
    values = [
        score.value if len(step.palette) > 1 else np.nan
        for score, step in zip(scores, result.results, strict=True)
    ]
    errors = [2 * score.error for score in scores]
    axes.errorbar(
        range(len(values)), values, yerr=errors, color=INK, marker="o", markersize=4, capsize=3
    )
    place = result.ks.index(result.chosen)
    axes.plot([place], [values[place]], color=MARK, marker="o", markersize=9, zorder=3)
    sampled = any(score.error for score in scores)
    axes.set_ylabel("mean silhouette\n(± 2 standard errors)" if sampled else "mean silhouette")


def draw_palettes(axes: Any, result: SweepResult) -> None:
    """The palette of each k as a column, the most used colour at the bottom."""
    for place, step in enumerate(result.results):
        bottom = 0.0
        for color, share in zip(step.palette.tolist(), step.shares.tolist(), strict=True):
            face = "#" + bytes(shown(color)).hex()
            axes.bar(place, share, 0.8, bottom, color=face, edgecolor="none")
            bottom += share
    axes.set_ylabel("palette\nby share")
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def finish(axes: Any, result: SweepResult) -> None:
    """What all parts share: the line at the chosen k, quiet frames, ticks at some ks."""
    place = result.ks.index(result.chosen)
    for one in axes:
        one.axvline(place, color=MARK, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        one.spines[["top", "right"]].set_visible(False)
        one.tick_params(color=FAINT)
    for one in axes[:2]:
        one.grid(axis="y", color="#e6e6e6", linewidth=0.8)
        one.set_axisbelow(True)
    count = len(result.ks)
    every = -(-count // 20)
    places = sorted({*range(0, count, every), place})
    axes[-1].set_xticks(places, [str(result.ks[at]) for at in places])
    axes[-1].set_xlim(-0.6, count - 0.4)
    axes[-1].set_xlabel("number of colours k")
