"""`pochade palette` and `pochade recolor`: files, tables, reports and exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from pochade.apps.session import Session
from pochade.io.palette_writing import FORMATS

from .conftest import Ran, Terminal, picture

Run = Callable[..., Ran]


def schema(name: str) -> dict:
    text = files("pochade").joinpath(f"apps/schema/{name}-report.schema.json").read_text("utf-8")
    found: dict = json.loads(text)
    return found


@pytest.fixture
def flag(tmp_path: Path) -> Path:
    """Half white, a quarter red, a quarter blue."""
    pixels = np.full((8, 8, 3), 255, np.uint8)
    pixels[:, 4:6] = (255, 0, 0)
    pixels[:, 6:] = (0, 0, 255)
    Image.fromarray(pixels).save(tmp_path / "flag.png")
    return tmp_path / "flag.png"


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_without_a_file_the_colours_are_shown(pochade: Run, flag: Path):
    ran = pochade("palette", flag, "-k", "3")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == str(flag)
    assert lines[1].split() == ["colour", "share", "name", "at", "x,y", "text", "roles"]
    assert lines[2].startswith("#ffffff   50.0%  white  ")
    assert "dominant" in lines[2]
    assert "\x1b" not in ran.out
    assert ran.err == ""


def test_a_terminal_gets_colours(pochade: Run, flag: Path, monkeypatch: pytest.MonkeyPatch):
    ran = pochade("palette", flag, "-k", "3", terminal=True)
    assert "\x1b[" in ran.out
    assert "48;5;" in ran.out
    monkeypatch.setenv("COLORTERM", "truecolor")
    # Other colours: rich keeps what it once rendered for as long as the process lives.
    flag.with_name("a.hex").write_text("123456\n", "utf-8")
    assert "48;2;18;52;86" in pochade("palette", "a.hex", terminal=True).out
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)
        bare = pochade("palette", flag, "-k", "3", terminal=True)
        assert "\x1b" not in bare.out
        assert "#ffffff   50.0%  white" in bare.out
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    "name",
    [
        f"a{form.suffix}"
        for name, form in FORMATS.items()
        if name not in ("riff-pal", "tailwind-css")
    ],
)
def test_every_ending(pochade: Run, flag: Path, name: str, capfd: pytest.CaptureFixture[str]):
    ran = pochade("palette", flag, "-k", "3", "-o", name)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{name}: 3 colours, ")
    again = pochade("palette", name, "--format", "hex")
    assert again.code == 0
    assert sorted(capfd.readouterr().out.split()) == ["0000ff", "ff0000", "ffffff"]
    refused = pochade("palette", flag, "-o", name)
    assert refused.code == 4
    assert refused.err.count("\n") == 1
    assert pochade("palette", flag, "-o", name, "-f").code == 0


def test_formats_that_an_ending_does_not_tell(pochade: Run, flag: Path):
    assert pochade("palette", flag, "-o", "a.css", "--format", "tailwind-css").code == 0
    assert "@theme" in flag.with_name("a.css").read_text("utf-8")
    assert pochade("palette", flag, "-o", "b.pal", "--format", "riff-pal").code == 0
    assert flag.with_name("b.pal").read_bytes().startswith(b"RIFF")
    ran = pochade("palette", flag, "-o", "a.psd")
    assert ran.code == 2
    assert ".ase" in ran.err


def test_palette_files_are_converted_with_their_names(pochade: Run, tmp_path: Path):
    text = "GIMP Palette\nName: Brand\n#\n228   0  43\tBrand Red\n 12  34  56\tNight <b>\n"
    (tmp_path / "brand.gpl").write_text(text, "utf-8")
    assert pochade("palette", "brand.gpl", "-o", "brand.ase").code == 0
    assert pochade("palette", "brand.ase", "-o", "back.gpl").code == 0
    assert "228   0  43\tBrand Red\n 12  34  56\tNight <b>\n" in (tmp_path / "back.gpl").read_text()
    ran = pochade("palette", "brand.gpl", "--order", "lightness")
    assert ran.out.index("#0c2238") < ran.out.index("#e4002b")
    ran = pochade("palette", "brand.gpl", "-k", "3")
    assert ran.code == 2
    assert "-k is for pictures" in ran.err


def test_names_of_a_palette_file_do_not_command_the_terminal(pochade: Run, tmp_path: Path):
    text = '[{"hex": "#ff0000", "name": "\\u001b[2Jx\\u0007 [red]y[/red]"}]'
    (tmp_path / "a.json").write_text(text, "utf-8")
    ran = pochade("palette", "a.json", terminal=True)
    assert "\x1b[2J" not in ran.out
    assert "\x07" not in ran.out
    assert "[red]y[/red]" in ran.out


def test_transparency_that_a_format_lacks_is_told(pochade: Run, tmp_path: Path):
    (tmp_path / "a.hex").write_text("ff000080\n00ff00\n", "utf-8")
    ran = pochade("palette", "a.hex", "-o", "a.ase")
    assert ran.code == 0
    assert "no transparency" in ran.err
    assert pochade("palette", "a.hex", "-o", "a.css").err == ""


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.gpl", b"GIMP Palette\n1 2 x\n", 3),
        ("a.ase", b"ASEF\0\1\0\0\0\0\0\1\0\1", 3),
        ("a.json", b"{}", 2),
        ("a.css", b"body {}", 2),
        ("a.svg", b"<svg", 2),
        ("a.aco", b"\0\1\0\5", 3),
        ("a.pal", b"RIFF\0\0\0\0PAL ", 3),
        ("a.png", b"\x89PNG\r\n\x1a\nxx", 3),
        ("a.xyz", b"what", 3),
    ],
)
def test_broken_files_are_one_line(pochade: Run, tmp_path: Path, name: str, data: bytes, code: int):
    (tmp_path / name).write_bytes(data)
    ran = pochade("palette", name)
    assert ran.code == code
    assert ran.err.count("\n") == 1
    assert name in ran.err
    assert ran.out == ""


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["-o", "-"], 2, "--format"),
        (["--region", "0,0,99,1"], 2, "reaches beyond"),
        (["--region", "1,2"], 2, "X,Y,W,H"),
        (["--mask", "black.png"], 2, "zero everywhere"),
        (["flag.png", "--format", "css"], 2, "--out-dir"),
        (["flag.png", "-o", "a.css"], 2, "--shared-palette"),
        (["-o", "a.css", "--out-dir", "d"], 2, "exclude"),
        (["flag.png", "--shared-palette", "--out-dir", "d"], 2, "-o"),
        (["--json", "--format", "css"], 2, "--json"),
        (["-k", "0"], 2, "from 1"),
        (["--mask", "none.png"], 3, "none.png"),
    ],
)
def test_usage(pochade: Run, flag: Path, words: list[str], code: int, message: str):
    Image.new("L", (8, 8)).save(flag.with_name("black.png"))
    ran = pochade("palette", "flag.png", *words)
    assert ran.code == code
    assert message in ran.err
    assert ran.err.count("\n") == 1


def test_binary_is_not_put_on_a_terminal(pochade: Run, flag: Path):
    ran = pochade("palette", flag, "--format", "ase", terminal=True)
    assert ran.code == 4
    assert "terminal" in ran.err


def test_several_pictures(pochade: Run, flag: Path, photo: Path):
    ran = pochade("palette", flag, photo, "-k", "3", "--out-dir", "d", "--format", "gpl")
    assert ran.code == 0
    assert sorted(path.name for path in flag.with_name("d").iterdir()) == ["flag.gpl", "photo.gpl"]
    ran = pochade("palette", flag, photo, "-k", "5", "--shared-palette", "-o", "all.hex")
    assert ran.code == 0
    assert len(flag.with_name("all.hex").read_text().split()) == 5
    ran = pochade("palette", flag, "missing.png")
    assert ran.code == 1
    assert "#ffffff" in ran.out
    ran = pochade("palette", flag, flag, "--out-dir", "e")
    assert ran.code == 2


def test_frames_each(pochade: Run, tmp_path: Path):
    frames = [Image.new("RGB", (6, 6), color) for color in ("red", "lime")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=50)
    ran = pochade("palette", "a.gif", "--frames", "each", "-o", "a.hex")
    assert ran.code == 0
    assert (tmp_path / "a-001.hex").read_text() == "ff0000\n"
    assert (tmp_path / "a-002.hex").read_text() == "00ff00\n"
    ran = pochade("palette", "a.gif", "--frames", "each", "--json")
    report = json.loads(ran.out)
    assert [entry["frame"] for entry in report["palettes"]] == [0, 1]
    ran = pochade("palette", "a.gif", "--frames", "each", "--format", "css")
    assert ran.code == 2


def test_palette_reports_follow_their_schema(pochade: Run, flag: Path):
    flag.with_name("a.hex").write_text("fff\n", "utf-8")
    ran = pochade("palette", flag, "missing.png", "a.hex", "-k", "3", "--json", "-q")
    assert ran.code == 2  # -k is for pictures
    ran = pochade("palette", flag, "missing.png", "a.hex", "--json")
    assert ran.code == 1
    report = json.loads(ran.out)
    jsonschema.validate(report, schema("palette"))
    done, failed, converted = report["palettes"]
    assert done["palette"][0]["hex"] == "#ffffff"
    assert done["palette"][0]["location"]["picture"] == 0
    assert failed["error"]["exit_code"] == 3
    assert converted["palette"][0]["share"] is None
    assert converted["roles"]["dominant"]["color"] is None
    ran = pochade("palette", flag, "-o", "a.ase", "--json")
    report = json.loads(ran.out)
    jsonschema.validate(report, schema("palette"))
    assert report["palettes"][0]["output"]["bytes"] == flag.with_name("a.ase").stat().st_size


def test_quiet_and_verbose(pochade: Run, flag: Path):
    ran = pochade("palette", flag, "-o", "a.hex", "-q")
    assert (ran.out, ran.err) == ("", "")
    ran = pochade("palette", flag, "-v")
    assert "time: " in ran.out
    assert "light muted: #ffffff, " in ran.out
    assert "only 3 colours" in ran.err


def test_what_is_said_wipes_the_progress_bar_first():
    session = Session(Terminal(), Terminal())
    session.print("a")
    assert session.err.getvalue() == ""
    session.bar = True
    session.print("b")
    session.say("c")
    assert session.err.getvalue() == "\r\x1b[2K\r\x1b[2Kpochade: c\n"
    assert session.out.getvalue() == "a\nb\n"


# recolor


def test_recolor_writes_beside_the_input(pochade: Run, photo: Path):
    Image.fromarray(picture(1, 9)).save(photo.with_name("other.png"))
    ran = pochade("recolor", photo, "--like", "other.png")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(str(photo.with_name("photo-recolored.png")))
    with Image.open(photo.with_name("photo-recolored.png")) as image:
        assert (image.mode, image.size) == ("RGB", (32, 24))
    assert pochade("recolor", photo, "--like", "other.png").code == 4
    assert pochade("recolor", photo, "--like", "other.png", "-f").code == 0
    assert pochade("recolor", photo, "--like", "other.png", "-o", "x.jpg").code == 0


def test_recolor_with_a_palette_file_and_indexed(pochade: Run, photo: Path):
    photo.with_name("a.hex").write_text("000000\nffffff\n888888\n", "utf-8")
    ran = pochade("recolor", photo, "--like", "a.hex", "--indexed", "-o", "a.png", "-v")
    assert ran.code == 0
    assert " to #" in ran.out
    with Image.open(photo.with_name("a.png")) as image:
        assert image.mode == "P"


def test_recolor_report(pochade: Run, photo: Path):
    photo.with_name("a.hex").write_text("000000\nffffff\n", "utf-8")
    ran = pochade("recolor", photo, "none.png", "--like", "a.hex", "--json", "--out-dir", "d")
    assert ran.code == 1
    report = json.loads(ran.out)
    jsonschema.validate(report, schema("recolor"))
    assert report["pictures"][0]["like"] == ["#000000", "#ffffff"]
    assert sum(move["share"] for move in report["pictures"][0]["moves"]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([], 2, "--like"),
        (["--like", "none.png"], 3, "none.png"),
        (["--like", "a.hex", "--strength", "3"], 2, "at most 1"),
        (["--like", "a.hex", "-o", "a.xyz"], 2, ".png"),
        (["--like", "a.hex", "-o", "-", "--json"], 2, "--json"),
        (["--like", "a.hex", "--dither", "bayer"], 2, "indexed"),
        (["--like", "bad.gpl"], 3, "bad.gpl"),
    ],
)
def test_recolor_usage(pochade: Run, photo: Path, words: list[str], code: int, message: str):
    photo.with_name("a.hex").write_text("000000\n", "utf-8")
    photo.with_name("bad.gpl").write_text("GIMP Palette\nx y z\n", "utf-8")
    ran = pochade("recolor", "photo.png", *words)
    assert ran.code == code
    assert message in ran.err
    assert ran.err.count("\n") == 1
