"""`pochade compare`: what it prints and writes, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from pochade.comparing import processes
from pochade.kmeans.engines.registry import engines
from pochade.plot.cloud_page import fingerprint

from .conftest import Ran, picture

Run = Callable[..., Ran]
HERE = [record.name for record in engines() if record.available and record.name != "reference"]
OTHER = HERE[0] if HERE else "sklearn"
FAST = ("--engines", f"reference,{OTHER}", "--repeats", "1", "-k", "3")
ONE = ("--engines", "reference", "--repeats", "1", "-k", "3")

pytestmark = pytest.mark.skipif(not HERE, reason="no engine but reference is installed")


class Page(HTMLParser):
    """What a page holds: tags that are open at the end, addresses, tables, texts."""

    VOID = ("meta", "link", "img", "br", "rect")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sources: list[str] = []
        self.policy = ""
        self.style = ""
        self.scopes: list[str] = []
        self.rows: list[list[str]] = []
        self.alts: list[str] = []
        self.words = ""
        self.tags: set[str] = set()
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        self.sources += [found[name] for name in ("src", "href") if name in found]
        self.inline += [name for name in found if name == "style" or name.startswith("on")]
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"]
        if tag == "th":
            self.scopes.append(found.get("scope", ""))
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
        if tag == "img":
            self.alts.append(found.get("alt", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            self.style += data
            return
        if self.rows and "table" in self.open and data.strip():
            self.rows[-1][-1] += data.strip()
        self.words += data


def test_a_table(pochade: Run, photo: Path):
    ran = pochade("compare", "photo.png", *FAST)
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0].split()[:3] == ["engine", "cold", "warm"]
    assert [line.split()[0] for line in lines[1:3]] == ["reference", OTHER]
    assert "yardstick" in lines[1]
    assert lines[2].endswith("3 of 3 equal")
    assert f"{OTHER} gives the same picture as reference, to the pixel." in ran.out
    assert [path.name for path in photo.parent.iterdir()] == ["photo.png"]


def test_quiet_and_verbose(pochade: Run, photo: Path):
    quiet = pochade("compare", "photo.png", *ONE, "-q")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    loud = pochade("compare", "photo.png", *ONE, "-v")
    assert "reference: readable NumPy" in loud.err
    assert "time: read" in loud.err


def test_colours_on_a_terminal(pochade: Run, photo: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.delenv("NO_COLOR", raising=False)
    ran = pochade("compare", "photo.png", *ONE, terminal=True)
    assert "\x1b[38;2;" in ran.out
    assert "█" in ran.out
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in pochade("compare", "photo.png", *ONE, terminal=True).out


def test_the_report_has_its_form(pochade: Run, photo: Path):
    ran = pochade("compare", "photo.png", "gone.png", *FAST, "--json")
    report = json.loads(ran.out)
    schema = json.loads(
        files("pochade.apps").joinpath("schema", "compare-report.schema.json").read_text()
    )
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(report, schema)
    assert (ran.code, report["exit_code"], report["failed"]) == (1, 1, 1)
    found, gone = report["pictures"]
    assert gone["error"]["exit_code"] == 3
    assert found["points"] == 32 * 24
    assert found["yardstick"] == "reference"
    first, second = found["engines"]
    assert first["agreement"]["labels_adjusted_rand"] == 1
    assert second["seconds"]["cold"] > 0
    assert sum(entry["share"] for entry in second["palette"]) == pytest.approx(1)
    assert second["inertia"] == pytest.approx(first["inertia"])


def test_a_page_that_stands_alone(pochade: Run, tmp_path: Path):
    name = "<b>&'x\".png"
    Image.fromarray(picture()).save(tmp_path / name)
    ran = pochade("compare", name, *FAST, "-o", "page.html", "--panel", "panel.png")
    assert ran.code == 0, ran.err
    page = Page((tmp_path / "page.html").read_text("utf-8"))
    assert page.open == []
    assert all(source.startswith("data:") for source in page.sources)
    assert "script" not in page.tags
    assert page.inline == []
    assert f"style-src '{fingerprint(page.style)}'" in page.policy
    assert "default-src 'none'" in page.policy
    assert f"k-means engines on {name}" in page.words
    # a row for each engine, a cell for each column, each heading with its scope
    assert [row[0] for row in page.rows] == ["Engine", "reference", OTHER]
    assert {len(row) for row in page.rows} == {11}
    assert page.scopes == ["col"] * 11 + ["row"] * 2
    assert len(page.alts) == 3
    assert all(page.alts)
    with Image.open(tmp_path / "panel.png") as panel:
        assert panel.format == "PNG"
    again = pochade("compare", name, *ONE, "-o", "page.html")
    assert again.code == 4
    assert "-f" in again.err
    assert pochade("compare", name, *ONE, "-o", "page.html", "-f").code == 0


def test_a_page_on_standard_output(pochade: Run, photo: Path, capfdbinary: pytest.CaptureFixture):
    assert pochade("compare", "photo.png", *ONE, "-o", "-").code == 0
    assert capfdbinary.readouterr().out.startswith(b"<!doctype html>")
    assert pochade("compare", "photo.png", *ONE, "-o", "-", terminal=True).code == 4
    assert pochade("compare", "photo.png", *ONE, "-o", "-", "--json").code == 2


def test_several_into_a_folder(pochade: Run, photo: Path, tmp_path: Path):
    grey = np.random.default_rng(3).integers(0, 65536, (5, 6)).astype(np.uint16)
    Image.fromarray(grey).save(tmp_path / "deep.png")
    ran = pochade("compare", "photo.png", "deep.png", *ONE, "--out-dir", "out")
    assert ran.code == 0, ran.err
    found = {path.name for path in (tmp_path / "out").iterdir()}
    assert found == {"photo-compare.html", "deep-compare.html"}
    assert "photo.png: 32 x 24" in ran.out


@pytest.mark.parametrize(
    "words",
    [
        ["--engines", "nope"],
        ["--engines", ""],
        ["-k", "0"],
        ["-k", "auto"],
        ["-o", "a.png"],
        ["--panel", "a.html"],
        ["--panel", "-"],
        ["--iters", "0"],
        ["--naive", "--data", "colors"],
        ["-o", "a.html", "--out-dir", "b"],
        ["--panel", "a.png", "--out-dir", "b"],
        ["--engines", "reference:cuda"],
    ],
)
def test_usage_errors(pochade: Run, photo: Path, words: list[str]):
    ran = pochade("compare", "photo.png", *words)
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert ran.out == ""
    assert [path.name for path in photo.parent.iterdir()] == ["photo.png"]


def test_inputs_that_cannot_be_read(pochade: Run, photo: Path):
    assert pochade("compare").code == 2
    assert pochade("compare", "gone.png", *ONE).code == 3


@pytest.mark.parametrize(
    ("script", "code"), [("import os; os.kill(os.getpid(), 9)", 3), ("raise SystemExit(7)", 1)]
)
def test_an_engine_that_fails_is_told_of(
    pochade: Run, photo: Path, monkeypatch: pytest.MonkeyPatch, script: str, code: int
):
    """The page is written all the same; the exit code says that something is missing."""
    good = processes.BOOTSTRAP
    failing = f"{good.replace('; from', '; exec(fail(words)); from')}"
    failing = (
        "fail = lambda words: "
        f"{script!r} if words['job']['name'] == {OTHER!r} else 'pass'\n{failing}"
    )
    monkeypatch.setattr(processes, "BOOTSTRAP", failing)
    ran = pochade("compare", "photo.png", *FAST, "-o", "page.html", "--json")
    assert ran.code == code
    report = json.loads(ran.out)
    schema = json.loads(
        files("pochade.apps").joinpath("schema", "compare-report.schema.json").read_text()
    )
    jsonschema.validate(report, schema)
    assert [one["state"] for one in report["pictures"][0]["engines"]] == ["done", "failed"]
    assert report["pictures"][0]["error"]["exit_code"] == code
    assert OTHER in ran.err
    page = Page(photo.with_name("page.html").read_text("utf-8"))
    assert page.rows[2][0] == OTHER
    assert page.rows[2][1].startswith("no result: ")
