"""Where `pochade` starts. Imports as little as it can before it knows what is wanted."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

from pochade import __version__
from pochade.apps.session import Session
from pochade.errors import UsageError

TYPE_CHECKING = False  # `typing` is not loaded for this alone
if TYPE_CHECKING:
    from pochade.apps.operations import Request


def main(words: list[str] | None = None, session: Session | None = None) -> int:
    """Run one command line (`sys.argv` unless given) and return its exit code."""
    words = sys.argv[1:] if words is None else words
    session = session or Session()
    try:
        return understand_and_run(words, session)
    except UsageError as error:
        session.complain(f"{error} (pochade --help explains)")
        return UsageError.exit_code
    except KeyboardInterrupt:
        session.complain("interrupted")
        return 130
    except BrokenPipeError:
        return 141
    except Exception as error:
        from pochade.apps.cli.run import defect

        return defect(error, session, debug="--debug" in words)


def understand_and_run(words: list[str], session: Session) -> int:
    """Run one command line; where it asks for the version or help, print that."""
    if words == ["--version"]:
        session.print(f"pochade {__version__}")
        return 0
    request = understand(words)
    if request is None:
        return 0
    from pochade.apps.cli.run import run

    return run(request, session)


def understand(words: list[str]) -> Request | None:
    """The request that a command line makes; None where it asked for help, which is now printed.

    Raises:
        UsageError: with one sentence on what is wrong.
    """
    from pochade.apps.cli import lean

    request = lean.read(words)
    if request is not None:
        return request
    from pochade.apps.cli import full

    return full.read(words)


def hurry(words: list[str]) -> None:
    """Settings of this process that save a short run time and cost a long one nothing.

    NumPy's BLAS would start a thread for each core while it is imported, which takes as long as
    decoding a photo; nothing here multiplies matrices worth it, except scikit-learn, and what
    `compare` starts, which inherits these settings. And most of what a short run makes stays until
    its end, so that looking for garbage as often as Python does finds none.
    """
    if words[1:2] != ["compare"] and not any(word.startswith("--engine") for word in words):
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(50_000, 20, 100)


def start() -> NoReturn:
    """Run the command line of this process and end it.

    Ends without taking the interpreter apart: everything written has been flushed or synced by
    then, and tearing down NumPy alone takes as long as a tenth of a typical run.
    """
    hurry(sys.argv)
    code = main()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            code = code or 141
        except OSError:
            code = code or 4
    os._exit(code)


if __name__ == "__main__":
    start()
