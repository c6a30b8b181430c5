"""What may not be in the repository: paths of one machine, and big or stray files."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Written in pieces, so that this file does not contain what it forbids.
MACHINE = re.compile(
    r"(?<![\w.])/(?:" + "work|ro" + r"ot|home/\w+|Us" + r"ers/\w+|tmp/(?:venv|wt))/"
)
LARGEST = 600_000


def tracked() -> list[Path]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is not a git checkout")
    done = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    names = done.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_no_path_of_one_machine():
    wrong = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        wrong += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in MACHINE.finditer(text)]
    assert not wrong, "\n".join(wrong)


def test_no_big_file():
    big = [str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size > LARGEST]
    assert not big


def test_nothing_built_is_tracked():
    built = {".so", ".pyd", ".pyc", ".o", ".whl"}
    assert not [path for path in tracked() if path.suffix in built]
