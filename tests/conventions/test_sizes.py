"""Small rooms: files of at most 400 lines (tests 600), functions of at most 60 and a docstring."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "benchmarks", "examples", "tools")
LONGEST_FILE = 400
LONGEST_TEST_FILE = 600
LONGEST_FUNCTION = 60

# What is longer, and why it is better in one piece.
LONG_FILES = {
    "src/pochade/quantize.py": "a quarter of it is the two docstrings that users read",
    "src/pochade/estimators.py": "the two shells share their checks; half of it is docstrings",
}
LONG_FUNCTIONS: dict[str, str] = {}


def sources(*suffixes: str) -> list[Path]:
    return sorted(
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.suffix in suffixes and path.is_file() and "node_modules" not in path.parts
    )


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function, from its `def` to its end, without its docstring."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        assert first.end_lineno is not None
        lines -= first.end_lineno - first.lineno + 1
    return lines


def test_files_are_short():
    long = {}
    for path in sources(".py", ".cpp", ".hpp", ".ts", ".svelte"):
        name = path.relative_to(ROOT).as_posix()
        most = LONGEST_TEST_FILE if name.startswith("tests/") else LONGEST_FILE
        count = len(path.read_text("utf-8").splitlines())
        if count > most and name not in LONG_FILES:
            long[name] = count
    assert not long, f"split these: {long}"


def test_functions_are_short():
    long = {}
    for path in sources(".py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if function and (count := length(node)) > LONGEST_FUNCTION:
                long[f"{path.relative_to(ROOT).as_posix()}:{node.name}"] = count
    long = {name: count for name, count in long.items() if name not in LONG_FUNCTIONS}
    assert not long, f"split these: {long}"


@pytest.mark.parametrize("name", ["utils", "helpers", "misc", "common"])
def test_no_module_is_a_drawer_for_everything(name: str):
    assert not list((ROOT / "src").rglob(f"{name}.py"))


def test_nothing_is_left_to_do():
    words = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
    left = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in sources(".py", ".cpp", ".hpp")
        for word in words
        if word in path.read_text("utf-8")
    ]
    assert not left
