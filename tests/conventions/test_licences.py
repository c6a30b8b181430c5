"""pochade is MIT, and nothing that its default installation brings along is GPL, AGPL or LGPL."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
COPYLEFT = re.compile(r"\b[AL]?GPL|GNU (Affero|Lesser|General|Library)", re.IGNORECASE)


def closure() -> dict[str, str]:
    """Each default dependency, direct or not, with what it says about its licence."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    waiting = [Requirement(text) for text in project["dependencies"]]
    found: dict[str, str] = {}
    while waiting:
        requirement = waiting.pop()
        name = requirement.name.lower()
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:
            found[name] = "not installed"
            continue
        said = package.metadata
        classifiers = said.get_all("Classifier") or []
        found[name] = " | ".join(
            [
                said.get("License-Expression") or (said.get("License") or "")[:200],
                *(text for text in classifiers if text.startswith("License")),
            ]
        )
        waiting += [Requirement(text) for text in package.requires or []]
    return found


def test_default_dependencies_are_permissive():
    licences = closure()
    assert {"numpy", "pillow", "cyclopts", "rich"} <= licences.keys()
    # A wheel's expression may list what it bundles under an exception, such as GCC's runtime.
    wrong = {
        name: text
        for name, text in licences.items()
        if COPYLEFT.search(text.replace("GPL-3.0-or-later WITH GCC-exception-3.1", ""))
    }
    assert not wrong
    assert not [name for name, text in licences.items() if not text.strip(" |")]


def test_no_extra_brings_copyleft_quantizers():
    text = (ROOT / "pyproject.toml").read_text("utf-8").lower()
    for name in ("imagequant", "pngquant", "gifski", "connected-components-3d", "pykdtree"):
        assert f'"{name}' not in text


def test_pochade_itself_is_mit():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License")
