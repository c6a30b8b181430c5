"""`pochade paint`: which files it writes, what it says, and the exit codes."""

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

Run = Callable[..., Ran]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Four fields with a little noise, 60 x 40 pixels."""
    random = np.random.default_rng(0)
    image = np.zeros((40, 60, 3))
    image[:20, :30], image[:20, 30:] = (200, 40, 30), (30, 60, 180)
    image[20:, :30], image[20:, 30:] = (230, 220, 90), (40, 150, 60)
    image += random.normal(0, 6, image.shape)
    path = tmp_path / "photo.png"
    Image.fromarray(np.clip(image, 0, 255).astype(np.uint8)).save(path)
    return path


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_the_painting_goes_beside_the_photo(pochade: Run, photo: Path):
    ran = pochade("paint", "photo.png", "--level", "0.2")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("photo-painted.png: 60x40, level 0.20, ")
    assert ran.err == ""
    assert pixels(photo.with_name("photo-painted.png")).shape == (40, 60, 3)
    again = pochade("paint", "photo.png", "--level", "0.2")
    assert again.code == 4
    assert "exists already" in again.err


def test_auto_is_settled_and_told(pochade: Run, photo: Path):
    ran = pochade("paint", "photo.png", "-v", "-o", "a.png")
    assert ran.code == 0, ran.err
    assert "score" in ran.out
    assert "time: read" in ran.out


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        ("a.png", b"\x89PNG"),
        ("a.jpg", b"\xff\xd8"),
        ("a.webp", b"RIFF"),
        ("a.tif", b"II*\0"),
        ("a.svg", b"<svg "),
        ("a.pochade", b"PK"),
        ("a.gif", b"GIF89a"),
        ("a.apng", b"\x89PNG"),
    ],
)
def test_the_ending_decides(pochade: Run, photo: Path, name: str, begin: bytes):
    ran = pochade("paint", "photo.png", "--anchors", "20", "-o", name, "--frames", "3")
    assert ran.code == 0, ran.err
    assert photo.with_name(name).read_bytes().startswith(begin)


@pytest.mark.parametrize(
    ("words", "size"),
    [
        (("--size", "90"), (90, 60)),
        (("--size", "90x30"), (45, 30)),
        (("--scale", "2"), (120, 80)),
        (("--size", "6cm", "--dpi", "127"), (300, 200)),
    ],
)
def test_any_size(pochade: Run, photo: Path, words, size):
    ran = pochade("paint", "photo.png", "--anchors", "20", "-o", "a.png", *words)
    assert ran.code == 0, ran.err
    with Image.open(photo.with_name("a.png")) as image:
        assert image.size == size
        assert "icc_profile" in image.info
        if "6cm" in words:
            assert round(image.info["dpi"][0]) == 127
        else:
            assert "dpi" not in image.info


def test_a_project_is_begun_continued_undone_and_drawn(pochade: Run, photo: Path):
    first = pochade(
        "paint", "photo.png", "--anchors", "30", "--project", "p.pochade", "-o", "1.png"
    )
    assert first.code == 0, first.err
    assert "p.pochade: project" in first.out
    second = pochade(
        "paint", "photo.png", "--project", "p.pochade", "-o", "2.png", "--softness", "0.1",
        "--set", "look.relief=0.5", "--dab", "30,20,12,1",
    )  # fmt: skip
    assert second.code == 0, second.err
    folder = photo.parent
    assert not np.array_equal(pixels(folder / "1.png"), pixels(folder / "2.png"))
    drawn = pochade("paint", "p.pochade", "-o", "3.png")
    assert drawn.code == 0, drawn.err
    assert np.array_equal(pixels(folder / "3.png"), pixels(folder / "2.png"))
    back = pochade("paint", "photo.png", "--project", "p.pochade", "--undo", "3", "-o", "4.png")
    assert back.code == 0, back.err
    assert np.array_equal(pixels(folder / "4.png"), pixels(folder / "1.png"))
    on = pochade("paint", "p.pochade", "--redo", "3", "-o", "5.png")
    assert np.array_equal(pixels(folder / "5.png"), pixels(folder / "2.png")), on.err
    nothing = pochade("paint", "p.pochade", "--undo", "9", "-o", "6.png")
    assert nothing.code == 2
    assert "nothing to undo" in nothing.err


def test_a_project_of_another_photo_is_refused(pochade: Run, photo: Path):
    pochade("paint", "photo.png", "--anchors", "9", "--project", "p.pochade", "-o", "1.png")
    Image.fromarray(pixels(photo)[::-1]).save(photo.with_name("other.png"))
    ran = pochade("paint", "other.png", "--project", "p.pochade", "-o", "2.png")
    assert ran.code == 2
    assert "another photo" in ran.err


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"GIF89a"])
def test_a_broken_project_is_one_line_and_exit_3(pochade: Run, photo: Path, data: bytes):
    photo.with_name("p.pochade").write_bytes(data)
    for words in (("p.pochade", "-o", "1.png"), ("photo.png", "--project", "p.pochade")):
        ran = pochade("paint", *words)
        assert ran.code == 3
        assert ran.err.count("\n") == 1
        assert "p.pochade" in ran.err


def test_the_sheet_and_the_making(pochade: Run, photo: Path):
    ran = pochade(
        "paint", "photo.png", "--anchors", "40", "--contact-sheet", "sheet.png", "--making", "made",
        "--frames", "4",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    frames = sorted((photo.parent / "made").iterdir())
    assert [frame.name for frame in frames] == [f"frame-{n:04d}.png" for n in range(4)]
    assert np.array_equal(pixels(frames[-1]), pixels(photo.with_name("photo-painted.png")))
    assert photo.with_name("sheet.png").read_bytes().startswith(b"\x89PNG")


def test_several_photos_and_one_that_is_none(pochade: Run, photo: Path):
    photo.with_name("bad.png").write_bytes(b"nothing")
    ran = pochade("paint", "photo.png", "bad.png", "--anchors", "9", "--out-dir", "out")
    assert ran.code == 1
    assert (photo.parent / "out" / "photo-painted.png").exists()
    assert "bad.png" in ran.err


def test_a_clip_from_numbered_pictures_and_from_an_animation(pochade: Run, photo: Path):
    folder = photo.parent
    for number in range(3):
        image = pixels(photo).copy()
        image[5:15, 5 + 15 * number : 15 + 15 * number] = 255
        Image.fromarray(image).save(folder / f"f{number}.png")
    words = [f"f{number}.png" for number in range(3)]
    ran = pochade("paint", *words, "--clip", "--anchors", "60", "--out-dir", "out", "--json")
    assert ran.code == 0, ran.err
    [entry] = json.loads(ran.out)["pictures"]
    assert len(entry["outputs"]) == 3
    assert entry["painted_anew"][0] == 1
    assert all(0 < share < 1 for share in entry["painted_anew"][1:])
    one = pochade("paint", *words, "--clip", "--anchors", "60", "-o", "clip.webp")
    assert one.code == 0, one.err
    two = pochade("paint", "clip.webp", "--clip", "--anchors", "60", "-o", "again.gif")
    assert two.code == 0, two.err
    with Image.open(folder / "again.gif") as film:
        assert film.n_frames == 3
    wrong = pochade("paint", *words, "--clip", "-o", "clip.svg")
    assert wrong.code == 2
    other = pochade("paint", "f0.png", "clip.webp", "--clip", "--out-dir", "x")
    assert other.code == 2
    assert "clip.webp is an animation" in other.err
    whole = pochade("paint", "out", "--clip", "--anchors", "60", "-o", "folder.gif")
    assert whole.code == 0, whole.err
    assert whole.out.startswith("folder.gif: 3 frames")
    (folder / "empty").mkdir()
    assert pochade("paint", "empty", "--clip", "-o", "none.gif").code == 3


def test_the_report_follows_its_schema(pochade: Run, photo: Path):
    name = "schema/paint-report.schema.json"
    schema = json.loads((files("pochade.apps") / name).read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    photo.with_name("bad.png").write_bytes(b"nothing")
    for words in (
        ("photo.png", "-o", "a.png", "--project", "p.pochade"),
        ("p.pochade", "-o", "b.svg"),
        ("photo.png", "bad.png", "--anchors", "9", "--out-dir", "out"),
        ("photo.png", "--clip", "-o", "c.gif", "--level", "0.1"),
    ):
        ran = pochade("paint", *words, "--json")
        report = json.loads(ran.out)
        jsonschema.validate(report, schema)
        assert report["exit_code"] == ran.code
    assert pochade("paint", "photo.png", "--json", "-o", "-").code == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("photo.png", "--level", "2"), "level must be auto or a number from 0 to 1"),
        (("photo.png", "--preset", "ultra"), "not one of"),
        (("photo.png", "--set", "softness"), "KNOB=VALUE"),
        (("photo.png", "--set", "shine=1", "--anchors", "9"), "no knob 'shine'"),
        (("photo.png", "--dab", "1,2,3"), "X,Y,RADIUS,AMOUNT"),
        (("photo.png", "--dab", "900,2,3,1", "--anchors", "9"), "outside the photo"),
        (("photo.png", "--undo", "1", "--anchors", "9"), "nothing to undo"),
        (("photo.png", "--size", "9", "--scale", "2"), "exclude each other"),
        (("photo.png", "--size", "huge"), "longest side"),
        (("photo.png", "-o", "a.doc"), "ending"),
        (("photo.png", "photo.png", "--project", "p.pochade", "--out-dir", "x"), "one photo"),
        (("photo.png", "--clip", "--dab", "1,2,3,1"), "no project"),
        ((), "no input given"),
    ],
)
def test_words_that_make_no_sense(pochade: Run, photo: Path, words, message: str):
    ran = pochade("paint", *words)
    assert ran.code == 2
    assert message in ran.err
    assert ran.err.count("\n") == 1


def test_a_picture_is_not_thrown_at_a_terminal(pochade: Run, photo: Path):
    ran = pochade("paint", "photo.png", "--anchors", "9", "-o", "-", terminal=True)
    assert ran.code == 4
    assert "terminal" in ran.err
