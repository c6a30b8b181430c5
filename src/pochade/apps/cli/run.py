"""Runs an operation: in a thread of its own, so that Ctrl-C and the progress bar need not wait.

A signal reaches Python code only in the main thread and only between two of its steps. A kernel
that works for ten seconds would hold it up for as long. So the main thread does nothing but wait.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from pochade.apps.operations import Request, named
from pochade.apps.session import Session
from pochade.errors import CancelledError, PochadeError

DEFECT = 70
BROKEN_PIPE = 141
BAR_AFTER = 1.0
"""Seconds without an end after which a terminal gets a progress bar."""
GRACE = 0.6
"""Seconds that an operation has to clean up after Ctrl-C before it is left behind."""


def run(request: Request, session: Session) -> int:
    """Run the operation of `request` to its end and return the exit code."""
    session.quiet = request.report.quiet
    codes: list[int] = []
    ended = threading.Event()

    def task() -> None:
        try:
            codes.append(work(request, session))
        finally:
            ended.set()

    worker = threading.Thread(target=task, name="pochade", daemon=True)
    try:
        worker.start()
        wait(worker, session)
    except KeyboardInterrupt:
        interrupt(ended, session)
        return CancelledError.exit_code
    return codes[0]


def work(request: Request, session: Session) -> int:
    """Call the operation's function; turn what it raises into a message and an exit code."""
    try:
        code: int = named(request.operation.function)(*request.options, session)
    except CancelledError:
        return CancelledError.exit_code
    except BrokenPipeError:
        return BROKEN_PIPE
    except Exception as error:
        return failure(error, session, debug=request.report.debug)
    return code


def wait(worker: threading.Thread, session: Session) -> None:
    """Wait for the operation, from the first second on with a progress bar on a terminal."""
    begin = time.monotonic()
    while worker.is_alive():
        worker.join(0.1)
        if time.monotonic() - begin < BAR_AFTER or session.quiet or not session.err.isatty():
            continue
        if worker.is_alive():
            from pochade.apps.cli.progress import show

            show(worker, session)


def interrupt(ended: threading.Event, session: Session) -> None:
    """After Ctrl-C: ask the operation to stop, and wait for it as long as is polite.

    It says itself when it has ended: Python 3.11 takes a thread whose `join` was interrupted for
    one that has stopped (bpo-45274), and would not wait.
    """
    session.stop()
    with suppress(KeyboardInterrupt):
        ended.wait(GRACE)
    session.complain("interrupted")


def failure(error: Exception, session: Session, *, debug: bool) -> int:
    """Say in one line what went wrong and return the exit code that goes with it."""
    if isinstance(error, MemoryError):
        session.complain("not enough memory; try --resize, or fewer --threads")
        return 3
    if not isinstance(error, PochadeError):
        return defect(error, session, debug=debug)
    if debug:
        show_traceback(error, session)
    session.complain(str(error))
    return error.exit_code


def defect(error: Exception, session: Session, *, debug: bool) -> int:
    """Own up to an error that pochade did not raise on purpose."""
    if debug:
        show_traceback(error, session)
    hint = "" if debug else " (--debug shows where)"
    session.complain(
        f"this is a defect of pochade, please report it: {type(error).__name__}: {error}{hint}"
    )
    return DEFECT


def show_traceback(error: Exception, session: Session) -> None:
    """The traceback, for those who asked for it."""
    import traceback

    session.err.write("".join(traceback.format_exception(error)))
