"""The `engines` operation: what can do the arithmetic here, and why not."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pochade import __version__
from pochade.apps.operations import EngineOptions, ReportOptions
from pochade.apps.session import Session

if TYPE_CHECKING:
    from pochade.kmeans.engines.protocol import Capabilities

SCHEMA = "pochade.engines-report/1"


def run(options: EngineOptions, report: ReportOptions, session: Session) -> int:
    """Print the engines as a table, or as one JSON object."""
    del options
    found = survey()
    if report.json:
        import json

        session.print(json.dumps(found, indent=2))
        return 0
    for line in table(found, verbose=report.verbose):
        session.print(line)
    return 0


def survey() -> dict[str, Any]:
    """What is known about the engines, the kernels and NumPy of this installation."""
    from pochade.kmeans.engines.registry import choose_engine, engines

    # The main job: the counted colours of a photo.
    chosen, reason = choose_engine("auto", n=100_000, k=16, d=3)
    return {
        "schema": SCHEMA,
        "pochade": __version__,
        "kernels": kernels(),
        "numpy": numpy_build(),
        "auto": {"engine": chosen.describe().name, "reason": reason},
        "engines": [
            {name: list(value) if isinstance(value, tuple) else value for name, value in row}
            for row in (entry(record).items() for record in engines())
        ],
    }


def entry(record: Capabilities) -> dict[str, Any]:
    """What is known about one engine, the devices that it finds here among it.

    An engine whose library is installed but finds no device, or does not load, is not available.
    """
    from pochade.errors import EngineUnavailableError
    from pochade.kmeans.engines.registry import devices_of

    known = asdict(record)
    del known["device"]
    found: dict[str, str] = {}
    if record.available:
        try:
            found = devices_of(record.name)
        except EngineUnavailableError as error:
            known |= {"available": False, "reason": str(error).removesuffix("."), "install": ""}
    return known | {"found": found}


def kernels() -> dict[str, Any]:
    """Whether the C++ kernels are compiled in, and for which instruction set they run."""
    try:
        from pochade import _native
    except ImportError as error:
        return {
            "compiled": False,
            "instruction_set": None,
            "reason": (
                f"this is a build without kernels ({error}); install a wheel for this system "
                "with pip install --force-reinstall --only-binary :all: pochade, "
                "or build it with a C++17 compiler at hand"
            ),
        }
    return {"compiled": True, "instruction_set": _native.isa(), "reason": "compiled in"}


def numpy_build() -> dict[str, Any]:
    """NumPy's version and the library that its matrix products run in."""
    import numpy as np

    # `mode="dicts"` returns what `show_config()` prints.
    build: Any = np.show_config(mode="dicts")
    blas = build.get("Build Dependencies", {}).get("blas", {})
    simd = build.get("SIMD Extensions", {})
    return {
        "version": np.__version__,
        "blas": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip(),
        "simd": [*simd.get("baseline", []), *simd.get("found", [])],
    }


def table(found: dict[str, Any], *, verbose: bool) -> list[str]:
    """The survey as lines of text."""
    rows = [
        (
            record["name"] + (" *" if record["name"] == found["auto"]["engine"] else ""),
            "yes" if record["available"] else "no",
            record["version"],
            ", ".join(record["found"]),
            record["summary"] if record["available"] else missing(record),
        )
        for record in found["engines"]
    ]
    rows.insert(0, ("engine", "here", "version", "works on", "what it is, or how to get it"))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]])
        for row in rows
    ]
    kernel, numpy = found["kernels"], found["numpy"]
    where = f"instruction set {kernel['instruction_set']}" if kernel["compiled"] else "NOT compiled"
    lines += [
        "",
        f"* what auto takes for photos: {found['auto']['reason']}",
        "--engine NAME:DEVICE works on that device; where an engine takes them, "
        ",block=ROWS and ,precision=tf32 or bf16 follow.",
        f"kernels: {where}; {kernel['reason']}",
        f"numpy {numpy['version']}, matrix products by {numpy['blas']}",
    ]
    if verbose:
        lines += [f"{record['name']}: {abilities(record)}" for record in found["engines"]]
        lines.append(f"numpy's own loops use: {', '.join(numpy['simd'])}")
    return lines


def abilities(record: dict[str, Any]) -> str:
    """What an engine can do, in words."""
    limits = [
        f"at most {record[key]:,} {what}"
        for key, what in (("max_k", "centres"), ("max_d", "dimensions"))
        if record[key] is not None
    ]
    words = [
        f"{', '.join(record['dtypes'])} in",
        "weights" if record["weights"] else "no weights",
        "whole loops inside" if record["fused"] else "one pass at a time",
        "same bytes at any thread count" if record["deterministic"] else "bytes may differ",
        f"devices {', '.join(record['devices'])}",
        *(f"{short} is {name}" for short, name in record["found"].items() if name),
        *limits,
    ]
    if record["options"]:
        words.append(f"settings {', '.join(record['options'])}")
    return "; ".join(words)


def missing(record: dict[str, Any]) -> str:
    """Why an engine is not available, and how to get it."""
    return f"{record['reason']}; {record['install']}" if record["install"] else record["reason"]
