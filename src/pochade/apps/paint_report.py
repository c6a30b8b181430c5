"""The JSON report of `paint`; its form is fixed by schema/paint-report.schema.json."""

from __future__ import annotations

from dataclasses import asdict, fields, make_dataclass
from typing import TYPE_CHECKING, Any

from pochade.apps.json_report import failed, rounded
from pochade.apps.session import printable

if TYPE_CHECKING:
    from pochade.apps.paint import Painting


def chosen(*options: Any) -> Any:
    """Every setting of all, as one dataclass; the look's begin with look_."""
    values: dict[str, Any] = {}
    for one in options:
        prefix = "look_" if type(one).__name__ == "Look" else ""
        values |= {prefix + item.name: getattr(one, item.name) for item in fields(one)}
    return make_dataclass("PaintChoices", values)(**values)


def entry(one: Painting) -> dict[str, Any]:
    """The entry of one input."""
    if one.error is not None:
        return failed(one.target.source, one.error)
    result, picture = one.result, one.picture
    assert result is not None
    document = result.document
    about: dict[str, Any] = {"name": printable(one.target.source)}
    if picture is not None:
        about |= {
            "format": picture.format,
            "mode": picture.mode,
            "width": picture.size[0],
            "height": picture.size[1],
            "frames": len(picture.frames),
            "bytes": picture.byte_size,
        }
    return {
        "input": about,
        "outputs": [
            {"path": printable(part.path), "kind": part.kind, "format": part.form, "bytes": size}
            for part, size in zip(one.parts, one.sizes, strict=True)
        ],
        "width": one.drawn[1],
        "height": one.drawn[0],
        "sha256": document.subject.digest,
        "level": result.level,
        "anchors": len(result.anchors),
        "events": len(document.log),
        "scores": {
            str(level): {name: round(value, 6) for name, value in asdict(score).items()}
            for level, score in result.scores.items()
        },
        "seconds": rounded(one.seconds),
        "notes": [printable(note) for note in one.notes],
    }
