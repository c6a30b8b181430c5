"""`pochade clean`: which files it writes, what it says, and the exit codes."""

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
def noisy(tmp_path: Path) -> Path:
    """A grey ramp of 80 x 60 pixels with 25 white ones."""
    image = np.repeat(np.arange(30, 190, 2, dtype=np.uint8)[None, :, None], 60, axis=0)
    image = np.repeat(image, 3, axis=2)
    random = np.random.default_rng(4)
    image[random.permutation(np.arange(1, 59))[:25], random.permutation(np.arange(1, 79))[:25]] = (
        255
    )
    path = tmp_path / "noisy.png"
    Image.fromarray(image).save(path)
    return path


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"))


def test_the_result_goes_beside_the_input(pochade: Run, noisy: Path):
    ran = pochade("clean", "noisy.png", "--white", "250")
    assert ran.code == 0
    result = pixels(noisy.with_name("noisy-clean.png"))
    assert result[..., :3].max() < 195
    assert "noisy-clean.png: 25 of 4,800 pixels (0.52%)" in ran.out
    assert "near-white: 250 (25 pixels), as given" in ran.out
    assert ran.err == ""


def test_thresholds_are_found_and_explained(pochade: Run, noisy: Path):
    ran = pochade("clean", "noisy.png", "-v")
    assert ran.code == 0
    assert pixels(noisy.with_name("noisy-clean.png"))[..., :3].max() < 195
    assert "isolated pixels: 12 (25 pixels), beyond 12 levels" in ran.out
    assert "hue: nothing to clean, the picture has only greys" in ran.out
    assert "time: read" in ran.out


def test_a_clean_picture_is_said_to_be_clean(pochade: Run, noisy: Path):
    assert pochade("clean", "noisy.png", "-o", "once.png").code == 0
    ran = pochade("clean", "once.png", "-o", "twice.png")
    assert ran.code == 0
    assert ran.out == "twice.png: nothing to clean\n"
    once, twice = (pixels(noisy.with_name(name)) for name in ("once.png", "twice.png"))
    assert np.array_equal(once, twice)


def test_mask_and_transparent(pochade: Run, noisy: Path):
    assert pochade("clean", "noisy.png", "--white", "250", "--result=mask", "-o", "m.png").code == 0
    mask = pixels(noisy.with_name("m.png"))[..., 0]
    assert set(np.unique(mask)) == {0, 255}
    assert np.count_nonzero(mask) == 25
    words = ("clean", "noisy.png", "--white", "250", "--result", "transparent")
    assert pochade(*words, "-o", "t.png").code == 0
    assert np.array_equal(pixels(noisy.with_name("t.png"))[..., 3] == 0, mask == 255)
    ran = pochade(*words, "-o", "t.jpg")
    assert ran.code == 2
    assert "transparency" in ran.err


def test_a_preview_alone_writes_nothing_else(pochade: Run, noisy: Path):
    ran = pochade("clean", "noisy.png", "--white", "250", "--preview", "p.png")
    assert ran.code == 0
    assert sorted(path.name for path in noisy.parent.iterdir()) == ["noisy.png", "p.png"]
    preview = pixels(noisy.with_name("p.png"))
    assert preview.shape[0] > 60  # the legend
    assert np.count_nonzero((preview[:60, :80] == [255, 72, 72, 255]).all(axis=2)) >= 25
    assert len(set(preview[0, 0, :3].tolist())) == 1
    # What would take all of a picture can be looked at, but not done.
    assert pochade("clean", "noisy.png", "--white", "0", "--preview", "all.png").code == 0
    ran = pochade("clean", "noisy.png", "--white", "0", "-o", "all-gone.png")
    assert ran.code == 3
    assert "nothing would be left" in ran.err
    assert not noisy.with_name("all-gone.png").exists()


def test_several_inputs(pochade: Run, noisy: Path):
    other = noisy.with_name("other.png")
    other.write_bytes(noisy.read_bytes())
    words = ("clean", "noisy.png", "gone.png", "other.png", "--out-dir", "out", "--preview", "look")
    ran = pochade(*words)
    assert ran.code == 1
    assert "gone.png" in ran.err
    names = sorted(str(path.relative_to(noisy.parent)) for path in noisy.parent.rglob("o*/*.png"))
    assert names == ["out/noisy-clean.png", "out/other-clean.png"]
    assert {path.name for path in (noisy.parent / "look").iterdir()} == {
        "noisy-preview.png",
        "other-preview.png",
    }
    assert pochade("clean", "noisy.png", "other.png", "-o", "a.png").code == 2


def test_nothing_is_written_over_without_force(pochade: Run, noisy: Path):
    for flag, name in [("-o", "a.png"), ("--preview", "b.png")]:
        existing = noisy.with_name(name)
        existing.write_bytes(b"mine")
        ran = pochade("clean", "noisy.png", flag, name)
        assert ran.code == 4
        assert "-f" in ran.err
        assert existing.read_bytes() == b"mine"
        assert pochade("clean", "noisy.png", flag, name, "-f").code == 0
        assert existing.read_bytes() != b"mine"


@pytest.mark.parametrize(
    "words",
    [
        ["--white", "256"],
        ["--white", "wat"],
        ["--saturation", "90-10"],
        ["--saturation", "10"],
        ["--hue", "0-400"],
        ["--isolated", "2"],
        ["--rare", "200%"],
        ["--grain", "0"],
        ["--result", "hole"],
        ["--preview", "-"],
        ["--preview", "x.gif"],
        ["-o", "same.png", "--preview", "same.png"],
        ["-o", "-", "--json"],
    ],
)
def test_what_makes_no_sense_is_exit_2_and_one_line(pochade: Run, noisy: Path, words: list[str]):
    ran = pochade("clean", "noisy.png", *words)
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("pochade: ")
    assert [path.name for path in noisy.parent.iterdir()] == ["noisy.png"]


def schema() -> dict[str, object]:
    path = files("pochade").joinpath("apps", "schema", "clean-report.schema.json")
    found: dict[str, object] = json.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return found


@pytest.mark.parametrize(
    "words",
    [
        ["noisy.png"],
        ["noisy.png", "gone.png", "--auto", "--saturation", "0-50"],
        ["noisy.png", "--white", "250", "--preview", "p.png"],
        ["noisy.png", "--hue", "10-20", "--result", "transparent", "-o", "a.webp"],
    ],
)
def test_the_report_keeps_to_its_schema(pochade: Run, noisy: Path, words: list[str]):
    ran = pochade("clean", *words, "--json")
    report = json.loads(ran.out)
    jsonschema.validate(report, schema())
    assert report["exit_code"] == ran.code
    assert report["failed"] == ("gone.png" in words)
    first = report["pictures"][0]
    assert first["count"] == (0 if "--hue" in words else 25)
    if first["output"] is None:
        assert first["preview"] == "p.png"
    else:
        path = noisy.parent / first["output"]["path"]
        assert path.stat().st_size == first["output"]["bytes"]


def test_quiet_says_nothing(pochade: Run, noisy: Path):
    ran = pochade("clean", noisy, "-q")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
