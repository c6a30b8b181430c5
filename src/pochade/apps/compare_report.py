"""The JSON report of `compare`; its form is fixed by schema/compare-report.schema.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pochade.apps.json_report import failed, finite, reason, rounded
from pochade.apps.session import printable

if TYPE_CHECKING:
    from pochade.apps.compare import Outcome
    from pochade.compare_result import CompareResult, EngineRun


def entry(outcome: Outcome) -> dict[str, Any]:
    """The entry of an input in the report; with both engines and an error where some failed."""
    result, picture = outcome.result, outcome.picture
    if result is None or picture is None:
        assert outcome.error is not None
        return failed(outcome.source, outcome.error)
    height, width = result.source.shape[:2]
    found = {
        "input": {
            "name": printable(picture.name),
            "format": picture.format,
            "mode": picture.mode,
            "width": picture.size[0],
            "height": picture.size[1],
            "bytes": picture.byte_size,
        },
        "width": width,
        "height": height,
        "k": result.k,
        "points": result.points,
        "yardstick": result.yardstick or None,
        "engines": [engine(run, result) for run in result.runs],
        "machine": dict(result.machine),
        "outputs": [
            {"kind": one.output.kind, "path": printable(one.output.path), "bytes": one.bytes}
            for one in outcome.written
        ],
        "seconds": rounded(outcome.seconds),
        "notes": [printable(note) for note in outcome.notes],
    }
    if outcome.error is not None:
        found["error"] = reason(outcome.error)
    return found


def engine(run: EngineRun, result: CompareResult) -> dict[str, Any]:
    """The figures of one run; null where it has none."""
    return {
        "name": run.name,
        "naive": run.naive,
        "state": run.state,
        "reason": printable(run.reason),
        "summary": run.summary,
        "lesson": run.lesson,
        "version": run.version,
        "device": run.device,
        "seconds": _seconds(run),
        "speed": result.speed(run),
        "memory": None
        if run.memory is None
        else {"library": run.memory.library, "peak": run.memory.peak},
        "iterations": run.n_iter if run.done else None,
        "repeatable": run.repeatable if run.done else None,
        "inertia": None if run.errors is None else run.errors.inertia,
        "mse": None if run.errors is None else run.errors.mse,
        "psnr": None if run.errors is None else finite(run.errors.psnr),
        "agreement": _agreement(run),
        "palette": _palette(run),
    }


def _seconds(run: EngineRun) -> dict[str, Any] | None:
    taken = run.seconds
    if taken is None:
        return None
    return {
        "load": round(taken.load, 6),
        "first": round(taken.first, 6),
        "cold": round(taken.cold, 6),
        "warm": None if taken.warm is None else round(taken.warm, 6),
        "repeats": [round(value, 6) for value in taken.repeats],
    }


def _agreement(run: EngineRun) -> dict[str, Any] | None:
    agrees = run.agreement
    if agrees is None:
        return None
    return {
        "palette_equal": agrees.equal,
        "palette_matched": agrees.matched,
        "palette_ciede2000_mean": agrees.difference,
        "palette_ciede2000_max": agrees.largest,
        "centers_shift": agrees.shift,
        "labels_adjusted_rand": agrees.labels,
        "pixels_differing": agrees.differing,
    }


def _palette(run: EngineRun) -> list[dict[str, Any]] | None:
    if not run.done:
        return None
    return [
        {"color": "#" + bytes(color).hex(), "share": round(share, 9)}
        for color, share in zip(run.palette.tolist(), run.shares.tolist(), strict=True)
    ]
