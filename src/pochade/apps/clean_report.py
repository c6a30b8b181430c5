"""The JSON report of `clean`; its form is fixed by schema/clean-report.schema.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from pochade import __version__
from pochade.apps.report import failed, plain
from pochade.apps.session import printable

if TYPE_CHECKING:
    from pochade.apps.clean import Cleaning
    from pochade.clean_options import CleanOptions
    from pochade.clean_result import Finding

SCHEMA = "pochade.clean-report/1"


def report_text(entries: Sequence[dict[str, Any]], options: CleanOptions, code: int) -> str:
    """The JSON report."""
    import json

    report = {
        "schema": SCHEMA,
        "pochade": __version__,
        "operation": "clean",
        "options": {item.name: plain(getattr(options, item.name)) for item in fields(options)},
        "pictures": list(entries),
        "failed": sum("error" in one for one in entries),
        "exit_code": code,
    }
    return json.dumps(report, indent=2, allow_nan=False)


def entry(one: Cleaning) -> dict[str, Any]:
    """The entry of one input."""
    if one.error is not None:
        return failed(one)
    picture, result = one.picture, one.cleaned
    assert picture is not None
    assert result is not None
    height, width = result.flags.shape
    return {
        "input": {
            "name": printable(picture.name),
            "format": picture.format,
            "mode": picture.mode,
            "width": picture.size[0],
            "height": picture.size[1],
            "frames": len(picture.frames),
            "bytes": picture.byte_size,
        },
        "output": output(one, width, height),
        "preview": printable(one.preview) if one.preview else None,
        "count": result.count,
        "share": round(result.share, 9),
        "detectors": [detector(name, finding) for name, finding in result.reasons.items()],
        "seconds": {stage: round(value, 6) for stage, value in one.seconds.items()},
        "notes": [printable(note) for note in one.notes],
    }


def output(one: Cleaning, width: int, height: int) -> dict[str, Any] | None:
    """The file written; None where only a preview was."""
    if not one.path:
        return None
    assert one.cleaned is not None
    return {
        "path": printable(one.path),
        "format": one.target.format,
        "result": one.cleaned.options.result,
        "width": width,
        "height": height,
        "bytes": len(one.data),
    }


def detector(name: str, finding: Finding) -> dict[str, Any]:
    """What one detector found."""
    from pochade.noise.marks import COLORS

    return {
        "detector": name,
        "threshold": plain(finding.threshold),
        "automatic": finding.automatic,
        "count": finding.count,
        "why": finding.why,
        "color": "#" + bytes(COLORS[name]).hex(),
    }
