"""The JSON report of `sweep`; its form is fixed by schema/sweep-report.schema.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pochade.apps.json_report import failed, finite, rounded
from pochade.apps.session import printable
from pochade.apps.sweep_table import steps

if TYPE_CHECKING:
    from pochade.apps.sweep import Outcome
    from pochade.kmeans.scores import Score
    from pochade.sweep_result import SweepResult, SweepStep


def entry(outcome: Outcome) -> dict[str, Any]:
    """The entry of an input in the report."""
    if outcome.error is not None:
        return failed(outcome.source, outcome.error)
    result, picture = outcome.result, outcome.picture
    assert result is not None
    assert picture is not None
    height, width = result.source.shape[:2]
    choice = result.choice
    return {
        "input": {
            "name": printable(picture.name),
            "format": picture.format,
            "mode": picture.mode,
            "width": picture.size[0],
            "height": picture.size[1],
            "bytes": picture.byte_size,
            "colors": len(result.picture.counts.colors),
        },
        "width": width,
        "height": height,
        "chosen": {
            "k": choice.k,
            "rule": choice.rule,
            "reason": choice.reason,
            "ks": list(choice.ks),
            "scores": [float(score) for score in choice.scores],
            "errors": [float(error) for error in choice.errors],
        },
        "rows": rows(result),
        "outputs": [
            {
                "kind": one.output.kind,
                "format": one.output.form,
                "path": printable(one.output.path),
                "bytes": one.bytes,
            }
            for one in outcome.written
        ],
        "engine": {"name": result.engine, "reason": result.reason},
        "seconds": rounded(outcome.seconds),
        "notes": [printable(note) for note in outcome.notes],
    }


def rows(result: SweepResult) -> list[dict[str, Any]]:
    """A row for each k, or each k and number of iterations."""
    scores = dict(zip(result.results, result.silhouettes, strict=True))
    return [row(step, scores.get(step)) for step in steps(result)]


def row(step: SweepStep, score: Score | None) -> dict[str, Any]:
    """The figures of one step; the silhouette is that of the most iterations."""
    return {
        "k": int(step.k),
        "iterations": {"most": step.iters, "done": int(step.n_iter)},
        "inertia": float(step.inertia),
        "mse": float(step.mse),
        "psnr": finite(step.psnr),
        "ciede2000_mean": float(step.ciede2000),
        "bytes": step.bytes,
        "silhouette": None if score is None else {"mean": score.value, "error": score.error},
        "seconds": round(step.seconds, 6),
        "palette": [
            {"color": "#" + bytes(color).hex(), "share": round(share, 9)}
            for color, share in zip(step.palette.tolist(), step.shares.tolist(), strict=True)
        ],
    }
