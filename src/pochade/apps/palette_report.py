"""The JSON report of `pochade palette`: its form is schema/palette-report.schema.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from pochade import __version__
from pochade.apps.report import plain
from pochade.apps.session import printable

if TYPE_CHECKING:
    from pochade.apps.palette import Sheet
    from pochade.palette_options import PaletteOptions

SCHEMA = "pochade.palette-report/1"


def report_text(sheets: Sequence[Sheet], options: PaletteOptions, code: int) -> str:
    """The JSON report."""
    import json

    return json.dumps(build(sheets, options, code), indent=2, allow_nan=False)


def build(sheets: Sequence[Sheet], options: PaletteOptions, code: int) -> dict[str, Any]:
    """The report as plain values."""
    return {
        "schema": SCHEMA,
        "pochade": __version__,
        "operation": "palette",
        "options": {item.name: plain(getattr(options, item.name)) for item in fields(options)},
        "palettes": [failed(one) if one.error else done(one) for one in sheets],
        "failed": sum(one.error is not None for one in sheets),
        "exit_code": code,
    }


def failed(sheet: Sheet) -> dict[str, Any]:
    """The entry of inputs that failed."""
    assert sheet.error is not None
    return {
        "inputs": [{"name": printable(name)} for name in sheet.inputs],
        "error": {
            "exit_code": sheet.error.exit_code,
            "message": printable(str(sheet.error)),
        },
    }


def done(sheet: Sheet) -> dict[str, Any]:
    """The entry of a palette."""
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
        "seconds": {stage: round(value, 6) for stage, value in sheet.seconds.items()},
        "notes": [printable(note) for note in sheet.notes],
    }
