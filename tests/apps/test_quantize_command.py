"""`pochade quantize`: which files it writes, what it says, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from .conftest import Ran, picture

Run = Callable[..., Ran]


def colors_of(path: Path) -> int:
    with Image.open(path) as image:
        return len(np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0))


def test_the_result_goes_beside_the_input(pochade: Run, photo: Path):
    ran = pochade("quantize", photo, "-k", "8")
    assert ran.code == 0
    result = photo.with_name("photo-k8.png")
    assert colors_of(result) == 8
    assert str(result) in ran.out
    assert "8 colours" in ran.out
    assert ran.err == ""


def test_k_is_16_unless_given(pochade: Run, photo: Path):
    assert pochade("quantize", "photo.png").code == 0
    assert colors_of(photo.with_name("photo-k16.png")) == 16


def test_the_name_has_the_number_that_was_found(pochade: Run, photo: Path):
    assert pochade("quantize", "photo.png", "-k", "auto:variance").code == 0
    (result,) = photo.parent.glob("photo-k*.png")
    assert result.stem == f"photo-k{colors_of(result)}"


def test_output_decides_the_format(pochade: Run, photo: Path):
    for name, form in [("a.png", "PNG"), ("a.gif", "GIF"), ("a.webp", "WEBP"), ("a.bmp", "BMP")]:
        assert pochade("quantize", "photo.png", "-k", "4", "-o", name).code == 0
        with Image.open(photo.with_name(name)) as image:
            assert image.format == form
        assert colors_of(photo.with_name(name)) == 4


def test_formats_without_a_palette_get_full_colour(pochade: Run, photo: Path):
    assert pochade("quantize", "photo.png", "-o", "a.jpg").code == 0
    assert pochade("quantize", "photo.png", "-o", "b.png", "--full-color").code == 0
    with Image.open(photo.with_name("b.png")) as image:
        assert image.mode == "RGB"


def test_an_unknown_ending_is_a_usage_error(pochade: Run, photo: Path):
    ran = pochade("quantize", "photo.png", "-o", "a.xyz")
    assert ran.code == 2
    assert ".png" in ran.err
    assert pochade("quantize", "photo.png", "-o", "a.xyz", "--format", "png").code == 0


def test_nothing_is_written_over_without_force(pochade: Run, photo: Path):
    existing = photo.with_name("a.png")
    existing.write_bytes(b"mine")
    ran = pochade("quantize", "photo.png", "-o", "a.png")
    assert ran.code == 4
    assert "-f" in ran.err
    assert existing.read_bytes() == b"mine"
    assert pochade("quantize", "photo.png", "-o", "a.png", "-f").code == 0
    assert colors_of(existing) == 16


def test_a_missing_folder_is_an_output_error(pochade: Run, photo: Path):
    assert pochade("quantize", "photo.png", "-o", "nowhere/a.png").code == 4


def test_several_inputs(pochade: Run, photo: Path, tmp_path: Path):
    for name in ("x/a.png", "y/a.png"):
        (tmp_path / name).parent.mkdir()
        Image.fromarray(picture(1)).save(tmp_path / name)
    assert pochade("quantize", "x/a.png", "y/a.png", "-k", "4", "--out-dir", "out").code == 0
    assert colors_of(tmp_path / "out/x/a-k4.png") == 4
    assert colors_of(tmp_path / "out/y/a-k4.png") == 4
    ran = pochade("quantize", "x/a.png", "y/a.png", "-o", "b.png")
    assert ran.code == 2
    assert "--out-dir" in ran.err


def test_results_that_would_share_a_name_are_refused(pochade: Run, photo: Path):
    Image.fromarray(picture(1)).save(photo.with_suffix(".bmp"))
    ran = pochade("quantize", "photo.png", "photo.bmp")
    assert ran.code == 2
    assert not list(photo.parent.glob("photo-k*"))


def test_a_bad_input_does_not_stop_the_others(pochade: Run, photo: Path):
    photo.with_name("bad.png").write_bytes(b"not a picture")
    ran = pochade("quantize", "bad.png", "missing.png", "photo.png", "-k", "4")
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 2
    assert "bad.png" in ran.err
    assert "missing.png" in ran.err
    assert photo.with_name("photo-k4.png").exists()


@pytest.mark.parametrize("name", ["missing.png", "bad.png", "folder", "empty.png"])
def test_a_bad_input_is_one_line_and_exit_3(pochade: Run, tmp_path: Path, name: str):
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n not quite")
    (tmp_path / "empty.png").touch()
    (tmp_path / "folder").mkdir()
    ran = pochade("quantize", name)
    assert ran.code == 3
    assert ran.out == ""
    assert ran.err.startswith("pochade: ")
    assert name in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["-k", "0"],
        ["--engine", "steam"],
        ["--palette", "photo.txt"],
        ["--effort", "fats"],
        ["--nope"],
    ],
)
def test_a_usage_error_is_one_line_and_exit_2(pochade: Run, photo: Path, words: list[str]):
    photo.with_name("photo.txt").write_text("no colours in here\n")
    ran = pochade("quantize", "photo.png", *words)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("pochade: ")
    assert ran.err.count("\n") == 1


def test_limits_on_pixels(pochade: Run, photo: Path):
    ran = pochade("quantize", "photo.png", "--max-pixels", "500")
    assert ran.code == 3
    assert pochade("quantize", "photo.png", "--max-pixels", "1k").code == 0
    assert pochade("quantize", "photo.png", "--max-pixels", "200M", "-f").code == 2
    assert pochade("quantize", "photo.png", "--max-pixels", "200M", "--allow-huge", "-f").code == 0


def test_file_names_cannot_command_the_terminal(pochade: Run):
    ran = pochade("quantize", "a\x1b[2Jb\n.png")
    assert ran.code == 3
    assert "\x1b" not in ran.err
    assert ran.err.count("\n") == 1


def test_binary_is_not_sent_to_a_terminal(pochade: Run, photo: Path):
    ran = pochade("quantize", "photo.png", "-o", "-", terminal=True)
    assert ran.code == 4
    assert "terminal" in ran.err


def test_a_picture_and_a_report_do_not_share_standard_output(pochade: Run, photo: Path):
    assert pochade("quantize", "photo.png", "-o", "-", "--json").code == 2


def test_quiet_and_verbose(pochade: Run, photo: Path):
    assert pochade("quantize", "photo.png", "-q") == (0, "", "")
    ran = pochade("quantize", "photo.png", "-v", "-f")
    assert "engine" in ran.err
    assert "CIEDE2000" in ran.err


def test_fewer_colours_than_asked_are_a_note(pochade: Run, tmp_path: Path):
    Image.fromarray(picture(colors=5)).save(tmp_path / "few.png")
    ran = pochade("quantize", "few.png")
    assert ran.code == 0
    assert "5" in ran.err
    assert colors_of(tmp_path / "few-k16.png") == 5
    assert pochade("quantize", "few.png", "-q", "-f").err == ""


def test_skip_if_larger_writes_nothing(pochade: Run, tmp_path: Path):
    Image.fromarray(picture(shape=(64, 64))).save(tmp_path / "small.jpg", quality=5)
    words = ("quantize", "small.jpg", "-k", "64", "--skip-if-larger")
    ran = pochade(*words)
    assert ran.code == 98
    assert [path.name for path in tmp_path.iterdir()] == ["small.jpg"]
    assert pochade(*words[:-1]).code == 0


def test_quality_out_of_reach_is_99(pochade: Run, photo: Path):
    ran = pochade("quantize", "photo.png", "-k", "2", "--quality", "99-100", "-o", "a.png")
    assert ran.code == 99
    assert not photo.with_name("a.png").exists()


def test_same_seed_same_bytes(pochade: Run, photo: Path):
    for name, threads in [("a.png", "1"), ("b.png", "2")]:
        pochade("quantize", photo, "-k", "6", "-o", name, "--threads", threads, "--seed", "7")
    assert photo.with_name("a.png").read_bytes() == photo.with_name("b.png").read_bytes()


def test_shared_palette(pochade: Run, photo: Path, tmp_path: Path):
    Image.fromarray(picture(9)).save(tmp_path / "other.png")
    words = ("quantize", "photo.png", "other.png", "--shared-palette", "-k", "8", "--json")
    ran = pochade(*words, "--out-dir", "out")
    first, second = json.loads(ran.out)["pictures"]
    assert [entry["color"] for entry in first["palette"]] == [
        entry["color"] for entry in second["palette"]
    ]
    assert colors_of(tmp_path / "out/photo-k8.png") <= 8


def schema() -> dict[str, object]:
    path = files("pochade").joinpath("apps", "schema", "quantize-report.schema.json")
    found: dict[str, object] = json.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return found


@pytest.mark.parametrize(
    "words",
    [
        ["photo.png", "-k", "4"],
        ["photo.png", "missing.png", "--palette", "palette.hex"],
        ["flat.png", "-o", "a.webp", "--protect", "#010203", "--quality", "50-80"],
        ["alpha.png", "-o", "a.gif", "--space", "oklab", "--dither", "bayer", "--resize", "8"],
    ],
)
def test_the_report_keeps_to_its_schema(pochade: Run, photo: Path, words: list[str]):
    photo.with_name("palette.hex").write_text("#ff0000\n#00ff00\n#0000ff\n")
    Image.fromarray(np.full((4, 4, 3), [1, 2, 3], np.uint8)).save(photo.with_name("flat.png"))
    alpha = np.dstack([picture(2), np.full((24, 32), 255, np.uint8)])
    alpha[:5, :, 3] = 0
    Image.fromarray(alpha).save(photo.with_name("alpha.png"))
    ran = pochade("quantize", *words, "--json")
    report = json.loads(ran.out)
    jsonschema.validate(report, schema())
    assert report["exit_code"] == ran.code
    done = [entry for entry in report["pictures"] if "error" not in entry]
    for entry in done:
        path = photo.parent / entry["output"]["path"]
        assert entry["output"]["bytes"] == path.stat().st_size
        assert sum(color["share"] for color in entry["palette"]) == pytest.approx(1, abs=1e-6)
    assert report["failed"] == len(report["pictures"]) - len(done)


def test_the_report_counts_colours_and_bits(pochade: Run, photo: Path):
    report = json.loads(pochade("quantize", "photo.png", "-k", "4", "--json").out)
    (entry,) = report["pictures"]
    assert entry["input"]["colors"] == 40
    assert entry["input"]["bytes"] == photo.stat().st_size
    assert entry["output"]["colors"] == 4
    assert entry["output"]["bit_depth"] == 2
    assert report["options"]["seed"] == 0
    before = np.asarray(Image.open(photo), np.float64)
    after = np.asarray(Image.open(photo.with_name("photo-k4.png")).convert("RGB"), np.float64)
    assert entry["metrics"]["mse"] == pytest.approx(np.square(before - after).sum(axis=2).mean())


def test_an_animation_stays_one_as_gif(pochade: Run, tmp_path: Path):
    frames = [Image.fromarray(picture(seed)) for seed in range(3)]
    frames[0].save(tmp_path / "move.gif", save_all=True, append_images=frames[1:], duration=70)
    assert pochade("quantize", "move.gif", "-k", "8", "-o", "out.gif").code == 0
    with Image.open(tmp_path / "out.gif") as image:
        assert image.n_frames == 3
        assert image.info["duration"] == 70
    ran = pochade("quantize", "move.gif", "-k", "8")
    assert ran.code == 0
    assert "first frame" in ran.err
