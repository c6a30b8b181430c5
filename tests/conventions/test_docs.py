"""The documentation is in step with the program."""

from __future__ import annotations

import inspect
import re
import shlex
from dataclasses import fields
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

import pochade
from pochade.apps.cli import full, lean
from pochade.apps.operations import OPERATIONS
from pochade.compare_options import CompareOptions
from pochade.errors import UsageError
from pochade.options import declared
from pochade.palette_options import PaletteOptions
from pochade.quantize_options import QuantizeOptions
from pochade.recolor_options import RecolorOptions
from pochade.segment_options import SegmentOptions

ROOT = Path(__file__).parents[2]
COMMAND = re.compile(r"^\s*(?:\$ )?(pochade(?: .*)?)$")


def make_docs() -> ModuleType:
    loader = SourceFileLoader("make_docs", str(ROOT / "tools" / "make-docs"))
    spec = spec_from_loader("make_docs", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    found: dict[str, str] = make_docs().pages()
    return found


@pytest.mark.parametrize("name", ["cli.md", "engines.md", "report.md", "api.txt"])
def test_generated_pages_are_current(pages: dict[str, str], name: str):
    path = f"docs/reference/{name}"
    assert (ROOT / path).read_text("utf-8") == pages[path], "run `make docs` and look at the change"


def commands() -> list[tuple[str, str]]:
    """Every command line of pochade in a code block of the documentation."""
    found = []
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        inside = False
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            if line.lstrip().startswith("```"):
                inside = not inside
            match = COMMAND.match(line) if inside else None
            # A usage line is not a command: it has brackets, dots or bars.
            if match and not re.search(r"[\[\]]|\w\||\.\.\.", match[1]):
                found.append((str(path.relative_to(ROOT)), match[1]))
    return found


@pytest.mark.parametrize(("page", "command"), commands() or [("README.md", "pochade engines")])
def test_commands_in_the_documentation_are_right(page: str, command: str):
    words = shlex.split(command, comments=True)[1:]
    if words in ([], ["--help"], ["--version"]):
        return
    shell = [place for place, word in enumerate(words) if word in ("<", ">", "|", "&&")]
    words = words[: shell[0]] if shell else words
    try:
        request = lean.read(words) or full.read(words)
    except UsageError as error:
        pytest.fail(f"{page}: {command}: {error}")
    assert request is not None or "--help" in words


def test_every_option_is_explained():
    for row in OPERATIONS:
        for kind in row.options:
            for item in declared(kind):
                assert item.option.help.endswith("."), f"{row.name} {item.flag}"
                assert item.option.group, f"{row.name} {item.flag}"
                needs_word = item.option.parse is not None and not item.option.choices
                assert not needs_word or item.option.metavar, f"{row.name} {item.flag}"


def test_flags_are_unique():
    for row in OPERATIONS:
        flags = [
            flag
            for kind in row.options
            for item in declared(kind)
            for flag in (item.flag, item.option.short)
            if flag and not item.option.positional
        ]
        assert len(flags) == len(set(flags)), row.name


SAME = {
    "quantize": (QuantizeOptions, {"image", "progress", "cancel"}),
    "compare": (CompareOptions, {"image", "progress", "cancel"}),
    "palette": (PaletteOptions, {"image", "progress", "cancel"}),
    "recolor": (RecolorOptions, {"image"}),
    "segment": (SegmentOptions, {"image", "progress", "cancel"}),
}


@pytest.mark.parametrize("name", SAME)
def test_python_and_command_line_have_the_same_options(name: str):
    """A function takes what its options class declares, with the same defaults."""
    kind, more = SAME[name]
    parameters = inspect.signature(getattr(pochade, name)).parameters
    for item in fields(kind):
        assert item.name in parameters, item.name
        needed = item.default is None and parameters[item.name].default is inspect.Parameter.empty
        assert needed or parameters[item.name].default == item.default, item.name
    beyond = parameters.keys() - {item.name for item in fields(kind)}
    assert beyond == more


@pytest.mark.parametrize("name", [name for name in pochade.__all__ if name.islower()])
def test_options_are_keyword_only(name: str):
    """Beyond what a function is about, at most one more argument (k, n) goes by position."""
    value = getattr(pochade, name)
    if not inspect.isfunction(value):
        return
    positional = [
        parameter
        for parameter in inspect.signature(value).parameters.values()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        and parameter.default is not parameter.empty
    ]
    assert [parameter.name for parameter in positional] in ([], ["k"], ["n"])
    kinds = {parameter.kind for parameter in inspect.signature(value).parameters.values()}
    assert inspect.Parameter.VAR_KEYWORD not in kinds
