"""Starting is quick. Budgets are generous, as other programs may run beside the tests."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from time import perf_counter

import pytest

SLACK = 3.0
"""How much slower than the budget a busy machine may be."""


def seconds(*words: str) -> float:
    """The median wall time of a few runs of Python with these arguments."""

    def once() -> float:
        begin = perf_counter()
        subprocess.run([sys.executable, *words], capture_output=True, check=True)
        return perf_counter() - begin

    once()
    return median(once() for _ in range(5))


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
