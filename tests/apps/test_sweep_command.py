"""`pochade sweep`: what it prints and writes, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

import pochade as package
from pochade.plot import elbow

from .conftest import Ran, picture

Run = Callable[..., Ran]


def rows(out: str) -> list[list[str]]:
    """The table's rows, without its head."""
    lines = [line.split() for line in out.splitlines()]
    return [line for line in lines if line and line[0].rstrip("*").isdecimal()]


def test_a_table_of_every_k(pochade: Run, photo: Path):
    ran = pochade("sweep", "photo.png", "-k", "2:6")
    assert ran.code == 0
    assert [row[0].rstrip("*") for row in rows(ran.out)] == ["2", "3", "4", "5", "6"]
    assert sum("*" in row[0] for row in rows(ran.out)) == 1
    assert "by the rule knee" in ran.out
    assert ran.err == ""
    assert [path.name for path in photo.parent.iterdir()] == ["photo.png"]


def test_quiet_says_nothing(pochade: Run, photo: Path):
    assert pochade("sweep", "photo.png", "-q", "-k", "2:60") == (0, "", "")


def test_verbose_says_more_on_standard_error(pochade: Run, photo: Path):
    ran = pochade("sweep", "photo.png", "-k", "2:4", "-v")
    assert "engine" in ran.err
    assert "time: read" in ran.err


def test_colours_on_a_terminal(pochade: Run, photo: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    ran = pochade("sweep", "photo.png", "-k", "2:4", terminal=True)
    assert "█" in ran.out
    assert "\x1b[38;2;" in ran.out
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in pochade("sweep", "photo.png", "-k", "2:4", terminal=True).out


def test_everything_written(pochade: Run, photo: Path):
    pytest.importorskip("matplotlib")
    words = ["--gif", "a.gif", "-o", "a.webp", "--panel", "p.png", "--elbow", "e.svg"]
    ran = pochade("sweep", "photo.png", "-k", "2:5", *words, "--labels", "--loop", "2")
    assert ran.code == 0, ran.err
    for name in ("a.gif", "a.webp", "p.png", "e.svg"):
        assert photo.with_name(name).stat().st_size > 0
        assert f"{name}: " in ran.out
    with Image.open("a.gif") as animation:
        assert animation.n_frames == 5
        assert animation.info["duration"] == 600
    again = pochade("sweep", "photo.png", "-k", "2:5", "--gif", "a.gif")
    assert again.code == 4
    assert "-f" in again.err
    assert pochade("sweep", "photo.png", "-k", "2:5", "--gif", "a.gif", "-f").code == 0


def test_a_gif_says_that_its_end_is_not_exact(pochade: Run, tmp_path: Path):
    random = np.random.default_rng(0)
    Image.fromarray(random.integers(0, 256, (30, 30, 3), np.uint8)).save(tmp_path / "many.png")
    ran = pochade("sweep", "many.png", "-k", "2:3", "--gif", "a.gif")
    assert "at most 256 colours" in ran.err
    assert pochade("sweep", "many.png", "-k", "2:3", "--gif", "a.png").err == ""


def test_a_range_beyond_the_colours_says_so(pochade: Run, photo: Path):
    ran = pochade("sweep", "photo.png", "-k", "30:60")
    assert ran.code == 0
    assert "only 40 colours" in ran.err
    assert rows(ran.out)[-1][0].rstrip("*") == "40"
    assert "exact" in ran.out.splitlines()[-2]


def test_several_into_a_folder(pochade: Run, photo: Path, tmp_path: Path):
    Image.fromarray(picture(4)).save(tmp_path / "other.png")
    ran = pochade("sweep", "photo.png", "other.png", "-k", "2:3", "--out-dir", "out")
    assert ran.code == 0, ran.err
    found = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"photo-sweep.gif", "photo-panel.png", "other-sweep.gif", "other-panel.png"} <= found
    assert "photo.png: 32 x 24" in ran.out
    ran = pochade("sweep", "photo.png", "-k", "2:3", "--out-dir", "out2", "--format", "apng")
    assert (tmp_path / "out2" / "photo-sweep.png").exists()


def test_without_matplotlib(pochade: Run, photo: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(package.EngineUnavailableError):
        elbow.require_matplotlib()
    ran = pochade("sweep", "photo.png", "-k", "2:3", "--engine", "native", "--elbow", "e.png")
    assert ran.code == 2
    assert "pip install 'pochade[plot]'" in ran.err
    assert not photo.with_name("e.png").exists()


def test_a_grid(pochade: Run, photo: Path):
    ran = pochade("sweep", "photo.png", "-k", "4,8", "--iters", "1,50", "--panel", "grid.png")
    assert ran.code == 0
    assert [row[0].rstrip("*") for row in rows(ran.out)] == ["4", "4", "8", "8"]
    assert "of 50" in ran.out
    assert "iterations" in ran.out


def test_on_standard_output(pochade: Run, photo: Path, capfdbinary: pytest.CaptureFixture[bytes]):
    ran = pochade("sweep", "photo.png", "-k", "2:3", "-o", "-")
    assert ran.code == 0
    assert ran.out == ""
    assert capfdbinary.readouterr().out.startswith(b"GIF89a")
    assert pochade("sweep", "photo.png", "-o", "-", "--json").code == 2
    assert pochade("sweep", "photo.png", "-o", "-", terminal=True).code == 4


def schema() -> dict[str, object]:
    path = files("pochade").joinpath("apps", "schema", "sweep-report.schema.json")
    found: dict[str, object] = json.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return found


@pytest.mark.parametrize(
    "words",
    [
        ["-k", "2:4"],
        ["-k", "38:60", "--rule", "silhouette"],
        ["-k", "2:4", "--rule", "gap", "--gif", "a.gif"],
        ["-k", "2:4", "--rule", "bic", "--space", "oklab"],
        ["-k", "2:9", "--target-de", "9", "--resize", "16"],
        ["-k", "2,4", "--iters", "1,9", "--panel", "p.png"],
    ],
)
def test_the_report_keeps_to_its_schema(pochade: Run, photo: Path, words: list[str]):
    ran = pochade("sweep", "photo.png", "missing.png", "--json", *words[:2], *words[2:4])
    assert ran.code in (1, 2)
    ran = pochade("sweep", "photo.png", "--json", *words)
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    jsonschema.validate(report, schema())
    (found,) = report["pictures"]
    assert found["chosen"]["k"] in found["chosen"]["ks"]
    assert len(found["chosen"]["scores"]) == len(found["chosen"]["ks"])
    for row in found["rows"]:
        assert sum(entry["share"] for entry in row["palette"]) == pytest.approx(1, abs=1e-6)
    assert len(found["outputs"]) == sum(word.startswith(("--gif", "--panel")) for word in words)


def test_a_failed_input_among_others(pochade: Run, photo: Path):
    ran = pochade("sweep", "photo.png", "missing.png", "-k", "2:3", "--json")
    assert ran.code == 1
    report = json.loads(ran.out)
    jsonschema.validate(report, schema())
    assert report["failed"] == 1
    assert report["pictures"][1]["error"]["exit_code"] == 3
    assert "missing.png" in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["photo.png", "-k", "15:2"], "did you mean 2:15"),
        (["photo.png", "-k", "0:5"], "from 1 to 65,536, not 0"),
        (["photo.png", "-k", "a:b"], "a range such as 2:15"),
        (["photo.png", "-k", ""], "a range such as 2:15"),
        (["photo.png", "-k", "1:9999"], "too many"),
        (["photo.png", "--rule", "elbow"], "knee"),
        (["photo.png", "--iters", "25,x"], "25,50,100"),
        (["photo.png", "--iters", "0"], "at least 1"),
        (["photo.png", "--gif", "a.jpg"], ".gif, .png"),
        (["photo.png", "--panel", "a.jpg"], ".png"),
        (["photo.png", "--elbow", "a.pdf"], ".svg"),
        (["photo.png", "--gif", "-"], "only -o takes -"),
        (["photo.png", "--frame-time", "-1"], "at least 0"),
        (["photo.png", "--gif", "a.gif", "--out-dir", "x"], "exclude each other"),
        (["photo.png", "photo.png", "--gif", "a.gif"], "--out-dir instead"),
        (["photo.png", "photo.png", "--out-dir", "x"], "would both become"),
        (["-", "-"], "only once"),
        ([], "no input given"),
    ],
)
def test_one_line_and_exit_2(pochade: Run, photo: Path, words: list[str], said: str):
    ran = pochade("sweep", *words)
    assert ran.code == 2
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert ran.out == ""
    assert [path.name for path in photo.parent.iterdir()] == ["photo.png"]


def test_a_broken_picture(pochade: Run, photo: Path):
    photo.write_bytes(photo.read_bytes()[:60])
    ran = pochade("sweep", "photo.png")
    assert ran.code == 3
    assert ran.err.count("\n") == 1
