"""The JSON report of `segment`; its form is fixed by schema/segment-report.schema.json."""

from __future__ import annotations

from dataclasses import fields, make_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.apps.json_report import failed, rounded
from pochade.apps.session import printable

if TYPE_CHECKING:
    from pochade.apps.segment import Segmenting
    from pochade.segment_options import SegmentLook, SegmentOptions


def settings(options: SegmentOptions, look: SegmentLook) -> Any:
    """Every setting of both, as one dataclass."""
    values = {item.name: getattr(one, item.name) for one in (options, look) for item in fields(one)}
    return make_dataclass("SegmentSettings", values)(**values)


def entry(one: Segmenting) -> dict[str, Any]:
    """The entry of one input."""
    if one.error is not None:
        return failed(one.target.source, one.error)
    picture, found = one.picture, one.found
    assert picture is not None
    assert found is not None
    height, width = found.labels.shape
    area = np.bincount(found.labels.reshape(-1), minlength=found.count)
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
        "outputs": [
            {
                "path": printable(part.path),
                "kind": part.kind,
                "format": part.format,
                "bytes": size,
            }
            for part, size in zip(one.parts, one.sizes, strict=True)
        ],
        "width": width,
        "height": height,
        "regions": found.count,
        "threshold": found.threshold,
        "area": {
            "smallest": int(area.min()),
            "median": float(np.median(area)),
            "largest": int(area.max()),
        },
        "seconds": rounded(one.seconds),
        "notes": [printable(note) for note in one.notes],
    }
