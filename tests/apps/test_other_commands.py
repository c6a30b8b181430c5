"""`pochade engines` and `pochade demo`."""

from __future__ import annotations

import builtins
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import pochade as package
from pochade.apps import demo, engines
from pochade.kmeans.engines.registry import ENGINE_NAMES

from .conftest import Ran

Run = Callable[..., Ran]


def test_engines_as_a_table(pochade: Run):
    ran = pochade("engines")
    assert ran.code == 0
    for name in ENGINE_NAMES:
        assert name in ran.out
    assert "kernels:" in ran.out
    assert "numpy" in ran.out


def test_engines_as_json(pochade: Run):
    found = json.loads(pochade("engines", "--json").out)
    assert [record["name"] for record in found["engines"]] == list(ENGINE_NAMES)
    assert found["auto"]["engine"] in ENGINE_NAMES
    assert found["kernels"]["instruction_set"] in ("baseline", "v3", "v4", None)


def test_missing_kernels_are_named(monkeypatch: pytest.MonkeyPatch):
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name == "pochade" and "_native" in (rest[2] or ()):  # type: ignore[operator]
            raise ImportError("cannot import name '_native'")
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.delitem(sys.modules, "pochade._native", raising=False)
    found = engines.kernels()
    assert found["compiled"] is False
    assert "wheel" in found["reason"]


def test_demo(pochade: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(demo, "KS", (4, 16))
    ran = pochade("demo", "--out-dir", "results")
    assert ran.code == 0
    folder = tmp_path / "results"
    for photo in demo.PHOTOS:
        for k in demo.KS:
            with Image.open(folder / f"{photo}-k{k}.png") as image:
                assert len(image.convert("RGB").getcolors()) == k
    with Image.open(folder / "contact-sheet.png") as sheet:
        assert sheet.width > 900
    assert "contact-sheet.png" in ran.out
    assert "CIEDE2000" in ran.out
    assert pochade("demo", "--out-dir", "results").code == 4
    found = json.loads(pochade("demo", "--out-dir", "results", "-f", "--json").out)
    assert len(found["results"]) == len(demo.PHOTOS) * len(demo.KS)


def test_bundled_photos_are_small_and_credited():
    folder = Path(package.__file__).parent / "data" / "demo"
    credits_page = (folder / "CREDITS.md").read_text("utf-8")
    assert "CC0" in credits_page
    for photo in demo.PHOTOS:
        assert (folder / f"{photo}.jpg").stat().st_size <= 100_000
        assert f"{photo}.jpg" in credits_page
