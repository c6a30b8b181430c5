"""A way to run the command line within the test's process, and pictures to run it on."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from pochade.apps.cli.__main__ import main
from pochade.apps.session import Session


class Ran(NamedTuple):
    """What a command line left behind."""

    code: int
    out: str
    err: str


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def pochade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run a command line in an empty folder; `terminal=True` makes both streams terminals."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str | Path, terminal: bool = False) -> Ran:
        kind = Terminal if terminal else io.StringIO
        out, err = kind(), kind()
        code = main([str(word) for word in words], Session(out, err))
        return Ran(code, out.getvalue(), err.getvalue())

    return run


def picture(seed: int = 0, colors: int = 40, shape: tuple[int, int] = (24, 32)) -> np.ndarray:
    """A small random picture with about this many colours."""
    random = np.random.default_rng(seed)
    palette = random.integers(0, 256, (colors, 3), np.uint8)
    return palette[random.integers(0, colors, shape)]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A PNG of 32 x 24 pixels with 40 colours, in the folder that `pochade` runs in."""
    path = tmp_path / "photo.png"
    Image.fromarray(picture()).save(path)
    return path
