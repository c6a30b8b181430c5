"""The JSON report of `cutout`; its form is fixed by schema/cutout-report.schema.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pochade.apps.json_report import failed, rounded
from pochade.apps.session import printable
from pochade.errors import CannotTellError

if TYPE_CHECKING:
    from pochade.apps.cutout import Cutting


def entry(one: Cutting) -> dict[str, Any]:
    """The entry of one input."""
    if one.error is not None:
        found = failed(one.target.source, one.error)
        if isinstance(one.error, CannotTellError):
            found["error"]["confidence"] = round(one.error.confidence, 4)
        return found
    picture, cut = one.picture, one.cut
    assert picture is not None
    assert cut is not None
    height, width = cut.alpha.shape
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
        "output": {
            "path": printable(one.path),
            "format": one.target.format,
            "result": cut.options.result,
            "width": width,
            "height": height,
            "bytes": len(one.data),
        },
        "confidence": cut.confidence,
        "method": cut.method,
        "share": round(cut.share, 9),
        "bounds": None if cut.bounds is None else list(cut.bounds),
        "undecided": round(float(cut.undecided.mean()), 9),
        "seconds": rounded(one.seconds),
        "notes": [printable(note) for note in one.notes],
    }
