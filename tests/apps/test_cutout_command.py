"""`pochade cutout`: which files it writes, what it says, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from .conftest import Ran

pytest.importorskip("scipy")
Run = Callable[..., Ran]


@pytest.fixture
def thing(tmp_path: Path) -> Path:
    """A blue rectangle of 40 x 30 pixels on a light ground of 80 x 60."""
    pixels = np.full((60, 80, 3), 235, np.uint8)
    pixels[15:45, 20:60] = (20, 60, 160)
    path = tmp_path / "thing.png"
    Image.fromarray(pixels).save(path)
    return path


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"))


def test_the_result_goes_beside_the_input(pochade: Run, thing: Path):
    ran = pochade("cutout", "thing.png")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("thing-cutout.png: 25.")
    result = pixels(thing.with_name("thing-cutout.png"))
    assert result[0, 0].tolist() == [0, 0, 0, 0]
    assert result[30, 40].tolist() == [20, 60, 160, 255]


def test_an_existing_file_stays_without_f(pochade: Run, thing: Path):
    assert pochade("cutout", "thing.png", "-o", "a.webp").code == 0
    before = thing.with_name("a.webp").read_bytes()
    assert pochade("cutout", "thing.png", "-o", "a.webp").code == 4
    assert thing.with_name("a.webp").read_bytes() == before
    assert pochade("cutout", "thing.png", "-o", "a.webp", "-f").code == 0


def test_backgrounds_masks_and_trimaps(pochade: Run, thing: Path):
    ran = pochade("cutout", "thing.png", "-o", "a.jpg", "--background", "red", "--shadow")
    assert ran.code == 0
    red, green, blue, _ = pixels(thing.with_name("a.jpg"))[2, 2]
    assert red > 200
    assert max(green, blue) < 60
    assert pochade("cutout", "thing.png", "--result", "mask").code == 0
    assert pixels(thing.with_name("thing-mask.png"))[30, 40].tolist() == [255] * 4
    assert pochade("cutout", "thing.png", "--result", "trimap").code == 0
    assert thing.with_name("thing-trimap.png").exists()


def test_hints_on_the_command_line(pochade: Run, thing: Path):
    strokes = np.full((60, 80, 3), 128, np.uint8)
    strokes[28:32, 30:50] = 255
    strokes[2:6, 5:75] = 0
    Image.fromarray(strokes).save(thing.with_name("strokes.png"))
    words = ("--fg", "40,30", "--bg", "3,3", "--box", "15,10,50,40", "--strokes", "strokes.png")
    ran = pochade("cutout", "thing.png", "-o", "a.png", *words, "-v")
    assert ran.code == 0
    assert "what is marked" in ran.out
    assert (pixels(thing.with_name("a.png"))[15:45, 20:60, 3] > 127).all()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--fg", "80,3"), "outside the picture, which is 80 x 60"),
        (("--fg", "5,5", "--bg", "5,5"), "contradict each other"),
        (("--fg", "5"), "must be X,Y"),
        (("--box", "1,2,3"), "must be X,Y,W,H"),
        (("--min-confidence", "2"), "at most 1"),
        (("-o", "a.jpg"), "no soft transparency"),
        (("--background", "nowhere.png"), "neither a colour"),
    ],
)
def test_usage_errors_are_one_line(pochade: Run, thing: Path, words: tuple[str, ...], says: str):
    ran = pochade("cutout", "thing.png", *words)
    assert ran.code == 2
    assert says in " ".join(ran.err.split())
    assert not thing.with_name("thing-cutout.png").exists()


def test_one_colour_is_exit_99_and_the_others_go_on(pochade: Run, thing: Path):
    Image.new("RGB", (40, 40), (9, 9, 9)).save(thing.with_name("flat.png"))
    ran = pochade("cutout", "flat.png")
    assert ran.code == 99
    assert ran.err == "pochade: flat.png: cannot tell what to keep: the picture is of one colour\n"
    assert not thing.with_name("flat-cutout.png").exists()
    both = pochade("cutout", "flat.png", "thing.png", "--out-dir", "out")
    assert both.code == 1
    assert (thing.parent / "out" / "thing-cutout.png").exists()


def test_the_report_keeps_to_its_schema(pochade: Run, thing: Path):
    Image.new("RGB", (40, 40), (9, 9, 9)).save(thing.with_name("flat.png"))
    ran = pochade("cutout", "thing.png", "flat.png", "--out-dir", "out", "--json")
    report = json.loads(ran.out)
    schema = files("pochade.apps") / "schema" / "cutout-report.schema.json"
    jsonschema.validate(report, json.loads(schema.read_text("utf-8")))
    done, failed = report["pictures"]
    assert done["bounds"][2:] == [pytest.approx(40, abs=8), pytest.approx(30, abs=8)]
    assert done["confidence"] > 0.8
    assert failed["error"]["exit_code"] == 99
    assert failed["error"]["confidence"] == 0
