"""Starting is quick. Budgets are generous, as other programs may run beside the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from time import perf_counter

import pytest

SLACK = 3.0
"""How much slower than the budget a busy machine may be."""


def seconds(*words: str) -> float:
    """The least time that Python with these arguments takes in a few runs.

    Processor time where the system tells it, as that depends little on what else is running.
    """

    # Compiled modules are kept from the first run on, as they are where pochade is installed.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def once() -> float:
        before, begin = os.times(), perf_counter()
        subprocess.run([sys.executable, *words], capture_output=True, check=True, env=env)
        after, end = os.times(), perf_counter()
        if os.name == "nt":
            return end - begin
        user = after.children_user - before.children_user
        return user + after.children_system - before.children_system

    once()
    return min(once() for _ in range(5))


@pytest.mark.parametrize(
    ("words", "budget"),
    [
        (("-c", "import pochade"), 0.100),
        (("-m", "pochade", "--version"), 0.100),
        (("-m", "pochade", "--help"), 0.200),
    ],
    ids=["import", "version", "help"],
)
def test_start_is_within_its_budget(words: tuple[str, ...], budget: float):
    assert seconds(*words) < budget * SLACK
