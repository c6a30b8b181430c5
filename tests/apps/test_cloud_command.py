"""`pochade cloud`: which files it writes, what it says, and the exit codes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from .conftest import Ran, picture

Run = Callable[..., Ran]


def test_the_page_goes_beside_the_input(pochade: Run, photo: Path):
    ran = pochade("cloud", photo)
    page = photo.with_name("photo-cloud.html")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{page}: 40 colours, {page.stat().st_size:,} bytes\n"
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_clusters_are_told(pochade: Run, photo: Path):
    ran = pochade("cloud", photo, "-k", "3", "-o", "a.html", "-v")
    assert "40 colours, 3 clusters" in ran.out
    assert "engine" in ran.err
    assert "time: read" in ran.err


@pytest.mark.parametrize(
    ("form", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("html", b"<!doctype")]
)
def test_the_name_decides_the_format(pochade: Run, photo: Path, form: str, start: bytes):
    if form != "html":
        pytest.importorskip("matplotlib")
    ran = pochade("cloud", photo, "-o", f"a.{form}", "-k", "2", "--cells", "--size", "400x300")
    assert ran.code == 0
    assert photo.with_name(f"a.{form}").read_bytes().startswith(start)
    if form == "png":
        with Image.open(photo.with_name("a.png")) as image:
            assert image.size == (400, 300)


def test_every_option_is_taken(pochade: Run, photo: Path):
    words = "-k auto --space lab --by cluster --cells --no-centroids --turn -20 --tilt 10"
    words += " --theme dark --effort fast --seed 3 --threads 1 --resize 16 --engine auto"
    ran = pochade("cloud", photo, *words.split(), "--title", "a <b>", "-o", "a.html")
    assert (ran.code, ran.err) == (0, "")
    page = photo.with_name("a.html").read_text("utf-8")
    assert "<title>a &lt;b&gt;</title>" in page
    assert '"turn":-20.0' in page
    ran = pochade("cloud", photo, "-k", "4", "--init", "random", "--iters", "1", "-o", "b.html")
    assert ran.code == 0


def test_nothing_is_written_over_without_force(pochade: Run, photo: Path):
    existing = photo.with_name("a.html")
    existing.write_bytes(b"mine")
    ran = pochade("cloud", photo, "-o", "a.html")
    assert ran.code == 4
    assert "-f" in ran.err
    assert existing.read_bytes() == b"mine"
    assert pochade("cloud", photo, "-o", "a.html", "-f").code == 0


def test_several_inputs_keep_their_folders(pochade: Run, photo: Path):
    for folder in ("a", "b"):
        photo.with_name(folder).mkdir()
        shutil.copy(photo, photo.with_name(folder) / "x.png")
    ran = pochade("cloud", "a/x.png", "b/x.png", "--out-dir", "out")
    assert ran.code == 0
    assert photo.with_name("out").joinpath("a", "x-cloud.html").exists()
    assert photo.with_name("out").joinpath("b", "x-cloud.html").exists()
    assert pochade("cloud", "a/x.png", "b/x.png", "-o", "y.html").code == 2


def test_one_bad_input_does_not_stop_the_others(pochade: Run, photo: Path):
    photo.with_name("bad.png").write_bytes(b"no picture")
    ran = pochade("cloud", "bad.png", "photo.png", "--json")
    assert ran.code == 1
    report = json.loads(ran.out)
    assert [("error" in one) for one in report["pictures"]] == [True, False]
    assert report["failed"] == 1
    assert pochade("cloud", "bad.png").code == 3


def test_all_transparent_is_bad_input(pochade: Run, photo: Path):
    Image.fromarray(np.zeros((3, 3, 4), np.uint8)).save(photo.with_name("clear.png"))
    ran = pochade("cloud", "clear.png")
    assert ran.code == 3
    assert ran.err == (
        "pochade: clear.png: every pixel is transparent: there is no colour to show\n"
    )
    assert not photo.with_name("clear-cloud.html").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("--by", "cluster"),
        ("--cells",),
        ("-k", "0"),
        ("--space", "hsv"),
        ("--size", "10"),
        ("-o", "a.pdf"),
        ("--tilt", "100"),
        ("-o", "a.html", "--out-dir", "b"),
    ],
)
def test_wrong_options_are_usage_errors(pochade: Run, photo: Path, words: tuple[str, ...]):
    ran = pochade("cloud", photo, *words)
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert "Traceback" not in ran.err
    assert list(photo.parent.iterdir()) == [photo]


@pytest.mark.parametrize("more", [(), ("-k", "3", "--space", "oklab")])
def test_the_report_fits_its_schema(pochade: Run, photo: Path, more: tuple[str, ...]):
    ran = pochade("cloud", photo, "--json", *more)
    text = files("pochade").joinpath("apps", "schema", "cloud-report.schema.json").read_text()
    report = json.loads(ran.out)
    jsonschema.validate(report, json.loads(text))
    (one,) = report["pictures"]
    assert one["colors"] == 40
    assert one["pixels"] == 24 * 32
    assert len(one["clusters"]) == (3 if more else 0)
    assert one["output"]["bytes"] == photo.with_name("photo-cloud.html").stat().st_size


def test_an_animation_is_told(pochade: Run, photo: Path):
    frames = [Image.fromarray(picture(seed)) for seed in (1, 2)]
    frames[0].save(photo.with_name("a.gif"), save_all=True, append_images=frames[1:])
    ran = pochade("cloud", "a.gif")
    assert ran.code == 0
    assert "only its first frame" in ran.err


def test_standard_output_is_not_for_terminals(pochade: Run, photo: Path):
    assert pochade("cloud", photo, "-o", "-", terminal=True).code == 4
    assert pochade("cloud", photo, "-o", "-", "--json").code == 2
