"""What all JSON reports have in common; the form of each is fixed by its schema/*.schema.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from math import isfinite
from typing import Any

from pochade import __version__
from pochade.apps.session import printable
from pochade.errors import PochadeError


def report_text(
    operation: str,
    options: Any,
    entries: Sequence[dict[str, Any]],
    code: int,
    *,
    key: str = "pictures",
) -> str:
    """The report of an operation: its options, an entry for each input under `key`, the exit code.

    Entries with "error" count as failed. The schema's version is 1 for all of them so far.
    """
    import json

    report = {
        "schema": f"pochade.{operation}-report/1",
        "pochade": __version__,
        "operation": operation,
        "options": {item.name: plain(getattr(options, item.name)) for item in fields(options)},
        key: list(entries),
        "failed": sum("error" in entry for entry in entries),
        "exit_code": code,
    }
    return json.dumps(report, indent=2, allow_nan=False)


def failed(source: str, error: PochadeError) -> dict[str, Any]:
    """The entry of an input that failed."""
    return {"input": {"name": printable(source)}, "error": reason(error)}


def reason(error: PochadeError) -> dict[str, Any]:
    """What went wrong."""
    return {"exit_code": error.exit_code, "message": printable(str(error))}


def rounded(seconds: dict[str, float]) -> dict[str, float]:
    """Times of the stages, in microseconds' accuracy."""
    return {stage: round(value, 6) for stage, value in seconds.items()}


def finite(value: float) -> float | None:
    """The number, or None (null) for the infinite PSNR of equal pictures, which JSON lacks."""
    return float(value) if isfinite(value) else None


def plain(value: Any) -> Any:
    """An option's value as JSON has it: what is not text, number or list is told as text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    return str(value)
