"""`pochade edges`: which files it writes, what it says, and the exit codes."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import fields
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

import pochade as library
from pochade.edges_options import EdgesOptions

from .conftest import Ran, picture

Run = Callable[..., Ran]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_python_and_command_line_have_the_same_options():
    parameters = inspect.signature(library.edges).parameters
    names = {item.name for item in fields(EdgesOptions)}
    assert parameters.keys() - names == {"image"}
    for item in fields(EdgesOptions):
        assert parameters[item.name].default == item.default, item.name
        assert parameters[item.name].kind is inspect.Parameter.KEYWORD_ONLY


def test_the_result_goes_beside_the_input(pochade: Run, photo: Path):
    ran = pochade("edges", photo)
    result = photo.with_name("photo-edges.png")
    assert (ran.code, ran.err) == (0, "")
    assert str(result) in ran.out
    assert "32x24" in ran.out
    assert np.array_equal(pixels(result), library.edges(photo).image)


def test_options_reach_the_function(pochade: Run, photo: Path):
    words = ["--window", "3,7", "--space", "lab", "--lightness", "0.3", "--noise", "auto"]
    words += ["--contrast", "local", "--look", "color", "--color-map", "magma", "--invert"]
    assert pochade("edges", photo, "-o", "a.png", *words).code == 0
    expected = library.edges(
        photo,
        window=(3, 7),
        space="lab",
        lightness=0.3,
        noise="auto",
        contrast="local",
        look="color",
        color_map="magma",
        invert=True,
    )
    assert np.array_equal(pixels(photo.with_name("a.png")), expected.image)
    assert pochade("edges", photo, "-o", "b.npy", "--grid", "--window=3").code == 0
    grid = np.load(photo.with_name("b.npy"))
    assert np.array_equal(grid, library.edges(photo, window=3, grid=True).strength)


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.webp", "a.bmp", "a.tif", "a.jpg", "a.avif"])
def test_output_decides_the_format(pochade: Run, photo: Path, name: str):
    form = {"jpg": "JPEG", "tif": "TIFF"}.get(name[2:], name[2:].upper())
    for look in ("grey", "overlay"):
        ran = pochade("edges", photo, "-f", "-o", name, "--look", look)
        assert ran.code == 0
        with Image.open(photo.with_name(name)) as image:
            assert (image.format, image.size) == (form, (32, 24))


def test_several_inputs(pochade: Run, photo: Path, tmp_path: Path):
    for name in ("x/a.png", "y/a.png"):
        (tmp_path / name).parent.mkdir()
        Image.fromarray(picture(1)).save(tmp_path / name)
    assert pochade("edges", "x/a.png", "y/a.png", "--out-dir", "out").code == 0
    assert (tmp_path / "out/x/a-edges.png").exists()
    assert (tmp_path / "out/y/a-edges.png").exists()
    assert pochade("edges", "x/a.png", "y/a.png", "-o", "b.png").code == 2
    Image.fromarray(picture(1)).save(photo.with_suffix(".bmp"))
    ran = pochade("edges", "photo.png", "photo.bmp")
    assert ran.code == 2
    assert "photo-edges.png" in ran.err


def test_nothing_is_written_over_without_force(pochade: Run, photo: Path):
    existing = photo.with_name("photo-edges.png")
    existing.write_bytes(b"mine")
    ran = pochade("edges", "photo.png")
    assert ran.code == 4
    assert "-f" in ran.err
    assert existing.read_bytes() == b"mine"
    assert pochade("edges", "photo.png", "-f").code == 0
    assert pixels(existing).shape == (24, 32, 3)


def test_a_small_picture_does_not_stop_the_others(pochade: Run, photo: Path):
    Image.new("RGB", (1, 1)).save(photo.with_name("dot.png"))
    ran = pochade("edges", "dot.png", "missing.png", "photo.png", "--json")
    assert ran.code == 1
    report = json.loads(ran.out)
    codes = [entry.get("error", {}).get("exit_code") for entry in report["pictures"]]
    assert codes == [2, 3, None]
    ran = pochade("edges", "dot.png")
    assert ran.code == 2
    assert ran.err == (
        "pochade: dot.png: the window of 5 pixels is larger than the picture of 1x1; "
        "take a smaller one\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ["--window", "4"],
        ["--window", "5;9"],
        ["--lightness", "0.5"],
        ["--noise", "some"],
        ["--look", "gray"],
        ["-o", "a.xyz"],
        ["--low", "3", "--high", "2"],
        ["--edge-color", "red"],
        ["--max-pixels", "many"],
    ],
)
def test_a_usage_error_is_one_line_and_exit_2(pochade: Run, photo: Path, words: list[str]):
    ran = pochade("edges", "photo.png", *words)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("pochade: ")
    assert ran.err.count("\n") == 1
    assert not list(photo.parent.glob("*-edges*"))


def test_limits_and_streams(pochade: Run, photo: Path):
    assert pochade("edges", "photo.png", "--max-pixels", "500").code == 3
    assert pochade("edges", "photo.png", "-o", "-", "--json").code == 2
    assert pochade("edges", "photo.png", "-o", "-", terminal=True).code == 4


def test_quiet_and_verbose(pochade: Run, photo: Path):
    assert pochade("edges", "photo.png", "-q") == (0, "", "")
    ran = pochade("edges", "photo.png", "-f", "-v", "--look", "binary")
    assert "thin edges in lab with 0.5 of the lightness: from" in ran.err
    assert "pixels of thin edges" in ran.out
    ran = pochade("edges", "photo.png", "-f", "-v")
    assert "white is" in ran.err
    ran = pochade("edges", "photo.png", "-f", "--noise", "auto")
    assert "noise taken away" in ran.err


def schema() -> dict[str, object]:
    path = files("pochade").joinpath("apps", "schema", "edges-report.schema.json")
    found: dict[str, object] = json.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return found


@pytest.mark.parametrize(
    "words",
    [
        ["photo.png"],
        ["photo.png", "missing.png", "--look", "overlay", "--window", "3,5"],
        ["flat.png", "-o", "a.npy", "--look", "ridges"],
        ["alpha.png", "--look", "binary", "--border", "valid", "--noise", "auto"],
        ["alpha.png", "--look", "color", "--grid", "--space", "oklab"],
    ],
)
def test_the_report_keeps_to_its_schema(pochade: Run, photo: Path, words: list[str]):
    Image.fromarray(np.full((9, 9, 3), [1, 2, 3], np.uint8)).save(photo.with_name("flat.png"))
    alpha = np.dstack([picture(2), np.full((24, 32), 255, np.uint8)])
    alpha[:5, :, 3] = 0
    Image.fromarray(alpha).save(photo.with_name("alpha.png"))
    ran = pochade("edges", *words, "--json")
    report = json.loads(ran.out)
    jsonschema.validate(report, schema())
    assert report["exit_code"] == ran.code
    for entry in report["pictures"]:
        if "error" not in entry:
            path = photo.parent / entry["output"]["path"]
            assert entry["output"]["bytes"] == path.stat().st_size


def test_the_report_counts(pochade: Run, photo: Path):
    ran = pochade("edges", "photo.png", "--json", "--look", "binary", "--min-length", "1")
    (entry,) = json.loads(ran.out)["pictures"]
    result = library.edges(photo, min_length=1)
    assert entry["thin"]["pixels"] == int(result.thin.sum())
    assert entry["thin"]["high"] == result.thresholds.high
    assert entry["thin"]["reason"] == result.thresholds.reason
    assert entry["strength"]["max"] == float(result.strength.max())
    assert entry["strength"]["median"] == pytest.approx(float(np.median(result.strength)))
    assert entry["white"] is None


def test_an_animation_gives_its_first_frame(pochade: Run, tmp_path: Path):
    frames = [Image.fromarray(picture(seed)) for seed in range(3)]
    frames[0].save(tmp_path / "move.gif", save_all=True, append_images=frames[1:])
    ran = pochade("edges", "move.gif")
    assert ran.code == 0
    assert "first frame" in ran.err
