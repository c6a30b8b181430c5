"""What `table` says about a result: one line, some lines, or an entry of the JSON report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pochade.apps.batch import times
from pochade.apps.json_report import failed, rounded
from pochade.apps.session import printable
from pochade.apps.table_files import TABLES

if TYPE_CHECKING:
    from pochade.apps.table import Outcome
    from pochade.table_result import TableResult


def summary(outcome: Outcome) -> str:
    """One line about a result."""
    result = outcome.result
    assert result is not None
    if outcome.target.format in TABLES.values():
        rows = "row" if len(result) == 1 else "rows"
        what = f"{len(result):,} {rows} of {', '.join(result.columns)}"
    else:
        height, width = result.source.shape[:2]
        what = f"{width}x{height} pixels"
    groups = f", {result.k} cluster{'s' if result.k > 1 else ''}" if result.clusters else ""
    size = "" if outcome.output_bytes is None else f", {outcome.output_bytes:,} bytes"
    return f"{printable(outcome.target.path)}: {what}{groups}{size}"


def details(outcome: Outcome) -> Iterator[str]:
    """What -v adds: engine, scaling, clusters, times."""
    result = outcome.result
    assert result is not None
    clusters, scaling = result.clusters, result.scaling
    if clusters is not None:
        yield f"engine {clusters.engine}: {clusters.reason}; {clusters.n_iter} iterations"
        rows = zip(scaling.columns, scaling.mean, scaling.scale, scaling.weight, strict=True)
        yield "points: " + ", ".join(
            f"({name} - {mean:.6g}) / {scale:.6g} * {weight:g}"
            for name, mean, scale, weight in rows
        )
        yield f"inertia {clusters.inertia:.6g}"
        for row in cluster_rows(result)[:32]:
            values = ", ".join(f"{name} {value:.5g}" for name, value in row["center"].items())
            yield f"cluster {row['label']}: {row['color']}, {row['share']:.2%}: {values}"
    yield times(outcome.seconds)


def entry_of(outcome: Outcome) -> dict[str, Any]:
    """The entry of one input."""
    name = printable(outcome.target.source)
    result = outcome.result
    if outcome.error is not None:
        return failed(outcome.target.source, outcome.error)
    assert result is not None
    height, width = result.source.shape[:2]
    table = outcome.target.format in TABLES.values()
    return {
        "input": {"name": name, **outcome.input},
        "output": {
            "path": printable(outcome.target.path),
            "format": outcome.target.format,
            "width": width,
            "height": height,
            "rows": len(result) if table else None,
            "columns": list(result.columns) if table else None,
            "bytes": outcome.output_bytes,
        },
        "picture": outcome.picture,
        "clustering": clustering(result),
        "seconds": rounded(outcome.seconds),
        "notes": [printable(note) for note in outcome.notes],
    }


def clustering(result: TableResult) -> dict[str, Any] | None:
    """What clustering found; None where none was asked for."""
    clusters, scaling = result.clusters, result.scaling
    if clusters is None:
        return None
    rows = zip(scaling.columns, scaling.mean, scaling.scale, scaling.weight, strict=True)
    return {
        "columns": [
            {"name": name, "mean": float(mean), "scale": float(scale), "weight": float(weight)}
            for name, mean, scale, weight in rows
        ],
        "clusters": cluster_rows(result),
        "left_out": int(len(result) - clusters.pixels.sum()),
        "inertia": clusters.inertia,
        "iterations": int(clusters.n_iter),
        "engine": {"name": clusters.engine, "reason": clusters.reason},
    }


def cluster_rows(result: TableResult) -> list[dict[str, Any]]:
    """Each cluster: its label, centre in the columns' units, mean colour, pixels and share."""
    clusters = result.clusters
    assert clusters is not None
    names = result.scaling.columns
    return [
        {
            "label": label,
            "center": dict(zip(names, map(float, clusters.centers[label]), strict=True)),
            "color": "#" + bytes(clusters.palette[label].tolist()).hex(),
            "pixels": int(clusters.pixels[label]),
            "share": round(float(result.shares[label]), 9),
        }
        for label in range(len(clusters.centers))
    ]
