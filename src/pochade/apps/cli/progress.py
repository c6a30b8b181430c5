"""The progress bar: the only module that imports rich by itself, and only when one is shown."""

from __future__ import annotations

import threading

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pochade.apps.session import Session, printable


def show(worker: threading.Thread, session: Session) -> None:
    """Show how far `session` is, on standard error, until the worker ends; then wipe it away."""
    console = Console(file=session.err)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(printable(session.stage), total=None)
        session.bar = True
        while worker.is_alive():
            share = session.share
            bar.update(
                task,
                description=printable(session.stage),
                total=None if share is None else 1.0,
                completed=share or 0.0,
            )
            worker.join(0.1)
        session.bar = False
