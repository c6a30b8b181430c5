"""What `quantize` says about a result: one line, some lines, or an entry of the JSON report.

The report's form is fixed by schema/quantize-report.schema.json.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pochade.apps.batch import times
from pochade.apps.json_report import failed, finite, rounded
from pochade.apps.session import printable

if TYPE_CHECKING:
    from pochade.apps.quantize import Outcome
    from pochade.metrics import Metrics
    from pochade.quantize_result import QuantizeResult

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def summary(outcome: Outcome) -> str:
    """One line about a result."""
    result = outcome.result
    colors = f"{result.k:,} colour{'' if result.k == 1 else 's'}"
    size = f"{len(outcome.data):,} bytes"
    before = outcome.picture.byte_size if outcome.picture else None
    if before:
        size += f" ({len(outcome.data) / before:.0%} of the input)"
    return f"{printable(outcome.path)}: {colors}, {size}"


def details(outcome: Outcome) -> Iterator[str]:
    """What -v adds: engine, time, errors."""
    result, metrics = outcome.result, measure(outcome)
    yield f"engine {result.engine}: {result.reason}; {result.n_iter} iterations"
    yield times(outcome.seconds)
    yield (
        f"error: mean squared {metrics.mse:.2f}, PSNR {metrics.psnr:.2f} dB, "
        f"SSIM {metrics.ssim:.4f}, CIEDE2000 mean {metrics.ciede2000_mean:.3f}, "
        f"95 % below {metrics.ciede2000_p95:.3f}; {result.source_colors:,} colours before"
    )


def measure(outcome: Outcome) -> Metrics:
    """How far the result is from the picture; of an animation, the first frame's."""
    from pochade.metrics import compare
    from pochade.quantize_inputs import thread_count

    result = outcome.result
    threads = thread_count(result.options.threads)
    return compare(result.source, result.image, threads=threads)


def entry(outcome: Outcome) -> dict[str, Any]:
    """The entry of an input in the report."""
    if outcome.error is not None:
        return failed(outcome.target.source, outcome.error)
    result, picture = outcome.result, outcome.picture
    assert picture is not None
    metrics = measure(outcome)
    height, width = result.labels.shape
    return {
        "input": {
            "name": printable(picture.name),
            "format": picture.format,
            "mode": picture.mode,
            "width": picture.size[0],
            "height": picture.size[1],
            "frames": len(picture.frames),
            "bytes": picture.byte_size,
            "colors": result.source_colors,
        },
        "output": {
            "path": printable(outcome.path),
            "format": outcome.target.format,
            "width": width,
            "height": height,
            "bytes": len(outcome.data),
            "colors": int((result.shares > 0).sum()),
            "bit_depth": bit_depth(outcome.data),
        },
        "palette": palette_entries(result),
        "metrics": {
            name: finite(getattr(metrics, name))
            for name in ("mse", "psnr", "ssim", "ciede2000_mean", "ciede2000_p95", "oklab_mean")
        },
        "inertia": finite(result.inertia),
        "iterations": int(result.n_iter),
        "engine": {"name": result.engine, "reason": result.reason},
        "seconds": rounded(outcome.seconds),
        "notes": [printable(note) for note in outcome.notes],
    }


def palette_entries(result: QuantizeResult) -> list[dict[str, Any]]:
    """The palette with the share of the pixels that each entry covers."""
    return [
        {"color": "#" + bytes(color.tolist()).hex(), "share": round(float(share), 9)}
        for color, share in zip(result.palette, result.shares, strict=True)
    ]


def bit_depth(data: bytes) -> int | None:
    """Bits for each pixel of an indexed PNG; None for anything else.

    The header chunk is always the first: depth and colour type are bytes 24 and 25 of the file
    (PNG specification, section 11.2.2), and colour type 3 is an index.
    """
    if data[:8] != PNG_SIGNATURE or data[25] != 3:
        return None
    return data[24]
