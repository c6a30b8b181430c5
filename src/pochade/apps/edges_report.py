"""What `edges` says about a result: one line, some lines, or an entry of the JSON report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.apps.batch import times
from pochade.apps.json_report import failed, rounded
from pochade.apps.session import printable
from pochade.edge_windows import flat_share

if TYPE_CHECKING:
    from pochade.apps.edges import Outcome
    from pochade.edges_result import EdgesResult

THIN = ("ridges", "binary", "overlay")


def summary(outcome: Outcome) -> str:
    """One line about a result."""
    result = outcome.result
    assert result is not None
    height, width = result.strength.shape
    what = f"{width}x{height}"
    if result.options.look in THIN:
        what += f", {int(result.thin.sum()):,} pixels of thin edges"
    else:
        what += f", strengths up to {float(result.strength.max()):.4g}"
    return f"{printable(outcome.target.path)}: {what}, {outcome.byte_size:,} bytes"


def details(outcome: Outcome) -> Iterator[str]:
    """What -v adds: how strong, what is white, thresholds and their reason, times."""
    result = outcome.result
    assert result is not None
    found = spread(result)
    yield (
        f"strength in {named(result.setting)}: median {found['median']:.4g}, "
        f"95 % below {found['p95']:.4g}, greatest {found['max']:.4g}"
    )
    if result.options.look in THIN:
        low, high, reason = result.thresholds
        yield f"thin edges in {named(result.line_setting)}: from {high:.4g} ({reason}) to {low:.4g}"
    if result.options.look not in ("binary", "overlay"):
        yield f"white is {result.white:.4g}"
    yield times(outcome.seconds)


def named(setting: tuple[str, float]) -> str:
    """Space and factor of lightness, in words."""
    space, lightness = setting
    return space if lightness == 1 else f"{space} with {lightness:g} of the lightness"


def spread(result: EdgesResult) -> dict[str, float]:
    """Figures of the strengths."""
    values = result.strength
    return {
        "mean": float(values.mean(dtype=np.float64)),
        "median": flat_share(values, 0.5),
        "p95": flat_share(values, 0.95),
        "max": float(values.max()),
    }


def entry_of(outcome: Outcome) -> dict[str, Any]:
    """The entry of one input."""
    if outcome.error is not None:
        return failed(outcome.target.source, outcome.error)
    result, picture = outcome.result, outcome.picture
    assert result is not None
    assert picture is not None
    height, width = result.strength.shape
    return {
        "input": {
            "name": printable(picture.name),
            "format": picture.format,
            "mode": picture.mode,
            "width": picture.size[0],
            "height": picture.size[1],
            "bytes": picture.byte_size,
        },
        "output": {
            "path": printable(outcome.target.path),
            "format": outcome.target.format,
            "width": width,
            "height": height,
            "bytes": outcome.byte_size,
        },
        "strength": {
            "space": result.setting.space,
            "lightness": float(result.setting.lightness),
            "windows": [int(side) for side in result.options.windows],
            "noise": [float(value) for value in result.noise],
            **spread(result),
        },
        "thin": thin(result) if result.options.look in THIN else None,
        "white": None if result.options.look in ("binary", "overlay") else float(result.white),
        "seconds": rounded(outcome.seconds),
        "notes": [printable(note) for note in outcome.notes],
    }


def thin(result: EdgesResult) -> dict[str, Any]:
    """What was found about thin edges."""
    low, high, reason = result.thresholds
    return {
        "space": result.line_setting.space,
        "lightness": float(result.line_setting.lightness),
        "low": float(low),
        "high": float(high),
        "reason": reason,
        "pixels": int(result.thin.sum()),
    }
