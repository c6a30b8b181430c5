"""What a reader needs to judge figures by: the machine and the versions."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

import numpy as np

BUSY = 0.75
"""Load for each processor, before a comparison begins, from which its times are doubtful."""
CPU_INFO = "/proc/cpuinfo"


def machine(threads: int | None) -> dict[str, str]:
    """Facts by name, in the order to show them."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    used = min(threads or cores or 1, cores or 1)
    return {
        "processor": _processor(),
        "threads": f"{used} of {cores}",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pochade": _version(),
    }


def busy() -> str:
    """Say that other programs keep the machine busy, or nothing."""
    if not hasattr(os, "getloadavg"):
        return ""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load < BUSY * cores:
        return ""
    return (
        f"other programs keep this machine busy (load {load:.1f} on {cores} processors): times say "
        "little, most of all those of engines with several threads"
    )


def _version() -> str:
    """The version of pochade that is installed."""
    try:
        return version("pochade")
    except PackageNotFoundError:
        return "from its sources"


def _processor() -> str:
    """The processor's own name where it can be had."""
    try:
        with open(CPU_INFO, encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"
