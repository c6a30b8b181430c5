"""Starts the process of a job, waits for it, and reads what it left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.comparing.job import CENTERS, LABELS, REPORT, Job, Report
from pochade.errors import CancelledError, PochadeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The first line of standard input is the job and where to find modules; -P keeps the current
# folder from being one of the places.
BOOTSTRAP = (
    "import json, sys; words = json.loads(sys.stdin.buffer.readline()); "
    "sys.path[:] = words['path']; "
    "from pochade.comparing.worker import main; main(words['job'])"
)
# Under these names libraries look for the number of threads they may use.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
POLL = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a process left: its report and, where it has no error, centres and labels."""

    report: Report
    centers: NDArray[np.float64] | None = None
    labels: NDArray[Any] | None = None


def run_job(job: Job, *, limit: float, cancel: Callable[[], bool] | None) -> Found:
    """Run a job in a process of its own and return what it found.

    Args:
        job: its `out` folder must be there and empty.
        limit: seconds after which the process is ended.
        cancel: polled while waiting.

    Raises:
        CancelledError: `cancel` returned True.
        PochadeError: no process can be started.
    """
    words = json.dumps({"path": [str(Path(at).resolve()) for at in sys.path], "job": asdict(job)})
    log = Path(job.out) / "log.txt"
    with log.open("wb") as sink:
        process = _start(job, sink)
        try:
            _tell(process, words)
            ended = _wait(process, limit, cancel)
        finally:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
    return _result(job, process.returncode, log) if ended else Found(_late(limit))


def _start(job: Job, sink: Any) -> subprocess.Popen[bytes]:
    environment = dict(os.environ)
    if job.threads is not None:
        environment |= dict.fromkeys(THREADS, str(job.threads))
    command = [sys.executable, "-P", "-c", BOOTSTRAP]
    try:
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=sink, stderr=sink, env=environment, bufsize=0
        )
    except OSError as error:
        raise PochadeError(
            f"cannot start a process with {sys.executable}: {error.strerror}"
        ) from error


def _tell(process: subprocess.Popen[bytes], words: str) -> None:
    """Hand over the job; a process that ended already is found out when its result is read."""
    assert process.stdin is not None
    try:
        process.stdin.write(words.encode() + b"\n")
    except BrokenPipeError:
        return


def _wait(
    process: subprocess.Popen[bytes], limit: float, cancel: Callable[[], bool] | None
) -> bool:
    """Wait for the end; False where the limit was reached."""
    end = monotonic() + limit
    while True:
        try:
            process.wait(POLL)
        except subprocess.TimeoutExpired:
            if cancel is not None and cancel():
                raise CancelledError("the comparison was cancelled") from None
            if monotonic() > end:
                return False
        else:
            return True


def _result(job: Job, code: int, log: Path) -> Found:
    """Read what a process left."""
    path = Path(job.out) / REPORT
    if not path.exists():
        return Found(Report(error=_cause(code, log), exit_code=3 if code == -9 else 1))
    words = json.loads(path.read_text("utf-8"))
    words["warm"] = tuple(words["warm"])
    report = Report(**words)
    if report.error:
        return Found(report)
    out = Path(job.out)
    return Found(report, np.load(out / CENTERS), np.load(out / LABELS))


def _cause(code: int, log: Path) -> str:
    """Why a process ended without a report, as well as can be told."""
    if code == -9:
        return "the system ended it, which it does to programs that ask for too much memory"
    lines = log.read_text("utf-8", errors="replace").strip().splitlines()
    last = lines[-1].strip()[:300] if lines else ""
    return f"its process ended with {code}" + (f": {last}" if last else "")


def _late(limit: float) -> Report:
    return Report(error=f"stopped after {limit:g} seconds, the limit", exit_code=1)
