"""The kernels' own threads: kept between calls, safe to share, and made anew after a fork."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from pochade.histogram import count_colors

pytest.importorskip("pochade._native")

PICTURE = np.random.default_rng(0).integers(0, 256, (700, 800, 3), dtype=np.uint8)


def counted(threads):
    found = count_colors([PICTURE], threads=threads)
    return found.colors.tobytes() + found.counts.tobytes()


def test_many_calls_at_many_thread_counts():
    expected = counted(1)
    for threads in (2, 7, 3, 16, 2):
        assert counted(threads) == expected


def test_calls_from_several_python_threads_at_once():
    expected = counted(1)
    seen = []
    callers = [
        threading.Thread(target=lambda: seen.extend(counted(3) for _ in range(4))) for _ in range(4)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert seen == [expected] * 16


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*")  # Python warns, and so does JAX where it is loaded
def test_a_forked_child_has_threads_of_its_own():
    expected = counted(3)
    child = os.fork()
    if child == 0:
        os._exit(0 if counted(3) == expected else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert counted(3) == expected
