"""The JSON report of `clean`; its form is fixed by schema/clean-report.schema.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pochade.apps.json_report import failed, plain, rounded
from pochade.apps.session import printable

if TYPE_CHECKING:
    from pochade.apps.clean import Cleaning
    from pochade.clean_result import Finding


def entry(one: Cleaning) -> dict[str, Any]:
    """The entry of one input."""
    if one.error is not None:
        return failed(one.target.source, one.error)
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
        "seconds": rounded(one.seconds),
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
