"""The JSON report of `pochade palette`: its form is schema/palette-report.schema.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pochade.apps.json_report import reason, rounded
from pochade.apps.session import printable

if TYPE_CHECKING:
    from pochade.apps.palette import Sheet


def entry(sheet: Sheet) -> dict[str, Any]:
    """The entry of a palette in the report, or of inputs that failed."""
    if sheet.error is not None:
        names = [{"name": printable(name)} for name in sheet.inputs]
        return {"inputs": names, "error": reason(sheet.error)}
    result = sheet.result
    assert result is not None
    inputs: list[dict[str, Any]] = [
        {
            "name": printable(picture.name),
            "format": picture.format,
            "width": picture.size[0],
            "height": picture.size[1],
            "frames": len(picture.frames),
        }
        for picture in sheet.pictures
    ]
    output = None
    if sheet.path:
        output = {
            "path": printable(sheet.path),
            "format": sheet.format,
            "bytes": len(sheet.data),
        }
    return {
        "inputs": inputs
        or [{"name": printable(name), "format": "palette"} for name in sheet.inputs],
        "frame": sheet.frame,
        "output": output,
        **result.as_dict(),
        "engine": {"name": result.engine, "reason": result.reason} if result.engine else None,
        "seconds": rounded(sheet.seconds),
        "notes": [printable(note) for note in sheet.notes],
    }
