"""How much memory this process holds, and the most it has held. No library is needed for it.

On Linux from /proc, where the peak can be set back (a peak by `getrusage` would include that of
the program which started this one); elsewhere what the system offers.
"""

from __future__ import annotations

import sys
from typing import Any

STATUS = "/proc/self/status"
KIB = 1024


def now() -> int | None:
    """Bytes of this process in memory; None where the system does not tell."""
    found = _status("VmRSS:")
    if found is not None:
        return found
    return _windows("WorkingSetSize") if sys.platform == "win32" else peak()


def peak() -> int | None:
    """The most bytes that it held since it began, or since `forget_peak`; None if unknown."""
    found = _status("VmHWM:")
    if found is not None:
        return found
    if sys.platform == "win32":
        return _windows("PeakWorkingSetSize")
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * KIB


def forget_peak() -> None:
    """Begin the peak anew from what is held now, where the system can."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:  # noqa: PTH123
            file.write("5")
    except OSError:
        return


def available() -> int | None:
    """Bytes of memory that could still be had on this machine; None if unknown."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123
            lines = file.readlines()
    except OSError:
        return None
    found = [int(line.split()[1]) * KIB for line in lines if line.startswith("MemAvailable:")]
    return min([*found, *_group_room()]) if found else None


def _group_room() -> list[int]:
    """What the control group of this process (a container) leaves, if it has a limit."""
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:  # noqa: PTH123
            most = file.read().strip()
        with open("/sys/fs/cgroup/memory.current", encoding="ascii") as file:  # noqa: PTH123
            used = int(file.read())
    except (OSError, ValueError):
        return []
    return [max(0, int(most) - used)] if most.isdecimal() else []


def _status(key: str) -> int | None:
    """One of the lines "key number kB" about this process."""
    try:
        with open(STATUS, encoding="ascii", errors="replace") as file:  # noqa: PTH123
            for line in file:
                if line.startswith(key):
                    return int(line.split()[1]) * KIB
    except OSError:
        pass
    return None


def _windows(name: str) -> int | None:
    """A counter of Windows' PROCESS_MEMORY_COUNTERS."""
    import ctypes
    from ctypes import wintypes

    size = ctypes.c_size_t
    fields: list[tuple[str, Any]] = [
        ("cb", wintypes.DWORD),
        ("PageFaultCount", wintypes.DWORD),
        ("PeakWorkingSetSize", size),
        ("WorkingSetSize", size),
        *((f"Quota{at}", size) for at in range(4)),
        ("PagefileUsage", size),
        ("PeakPagefileUsage", size),
    ]
    kind: Any = type("Counters", (ctypes.Structure,), {"_fields_": fields})
    counters = kind()
    counters.cb = ctypes.sizeof(counters)
    library: Any = ctypes
    kernel = library.WinDLL("kernel32")
    kernel.GetCurrentProcess.restype = wintypes.HANDLE
    ask = kernel.K32GetProcessMemoryInfo
    ask.argtypes = [wintypes.HANDLE, ctypes.POINTER(kind), wintypes.DWORD]
    if not ask(kernel.GetCurrentProcess(), ctypes.byref(counters), counters.cb):
        return None
    return int(getattr(counters, name))
