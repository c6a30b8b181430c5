"""The example scripts run, and make what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import pochade
from pochade.metrics import label_agreement, psnr

EXAMPLES = Path(__file__).parents[2] / "examples"
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
SCRIPTS = ("matcha_panel", "portrait", "rainbow_bands", "sweep_gif")


@pytest.fixture
def script() -> Callable[[str], ModuleType]:
    def load(name: str) -> ModuleType:
        spec = spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def colors(picture: np.ndarray) -> int:
    return len(np.unique(picture.reshape(-1, 3), axis=0))


def test_panel(script, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    script("matcha_panel").main(["--size", "120", "--out-dir", str(tmp_path)])
    said = capsys.readouterr().out
    small, three = pixels(tmp_path / "resized.png"), pixels(tmp_path / "k3.png")
    assert small.shape == three.shape == (80, 120, 3)
    assert colors(three) == 3
    assert f"{colors(small):,} different colours" in said
    # The centroids are printed, and the picture in three colours is made of them.
    printed = [line for line in said.splitlines() if line.startswith("centroid: ")]
    means = [
        [float(word) for word in line.split("(")[1].split(")")[0].split(",")] for line in printed
    ]
    nearest = np.unique(three.reshape(-1, 3), axis=0).astype(float)
    for mean in means:
        assert np.abs(nearest - mean).max(axis=1).min() <= 1
    own, clustered = pixels(tmp_path / "cloud-own.png"), pixels(tmp_path / "cloud-k3.png")
    assert own.shape == clustered.shape == (900, 1200, 3)
    assert not np.array_equal(own, clustered)
    assert "<canvas" in (tmp_path / "cloud-k3.html").read_text("utf-8")
    panel = pixels(tmp_path / "panel.png")
    assert panel.shape[1] > 5 * 120
    assert [line.split()[0] for line in said.splitlines() if " dB" in line] == [
        str(k) for k in range(2, 11)
    ]


def test_panel_takes_any_picture(script, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """With alpha, with fewer colours than ks, and with a name of one's own."""
    few = np.zeros((6, 8, 4), np.uint8)
    few[..., 3], few[:3, :, 0], few[:, :4, 1] = 255, 200, 90
    few[0, 0, 3] = 0
    Image.fromarray(few).save(tmp_path / "few.png")
    out = tmp_path / "out"
    script("matcha_panel").main([str(tmp_path / "few.png"), "--size", "8x6", "--out-dir", str(out)])
    assert "6 x 8 x 4" in capsys.readouterr().out
    assert (out / "panel.png").exists()


@pytest.mark.parametrize("name", ["matcha_panel", "portrait", "sweep_gif"])
def test_one_pixel_is_a_picture(script, name: str, tmp_path: Path):
    Image.fromarray(np.full((1, 1, 3), 90, np.uint8)).save(tmp_path / "one.png")
    out = tmp_path / "out"
    script(name).main([str(tmp_path / "one.png"), "--out-dir", str(out)])
    assert all(pixels(path).any() for path in out.glob("*.png"))
    assert list(out.glob("*.png"))


def test_rainbow(script, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    module = script("rainbow_bands")
    module.main(["--out-dir", str(tmp_path)])
    said = capsys.readouterr().out
    noisy, truth, white = module.draw(640)
    assert np.array_equal(pixels(tmp_path / "noisy.png"), noisy)
    assert len(np.unique(truth)) == 8
    cleaned = pixels(tmp_path / "cleaned.png")
    assert (cleaned[white].min(axis=1) < 240).all()  # the white is gone
    kept = cleaned[~white] == noisy[~white]
    assert kept.mean() > 0.99  # and the rainbow stays
    for name in ("bands-cleaned", "bands-pipeline"):
        flat = pixels(tmp_path / f"{name}.png")
        found = np.unique(flat.reshape(-1, 3), axis=0, return_inverse=True)[1].reshape(truth.shape)
        assert label_agreement(found, truth) > 0.98, name
    flat = pixels(tmp_path / "bands-noisy.png")
    found = np.unique(flat.reshape(-1, 3), axis=0, return_inverse=True)[1].reshape(truth.shape)
    assert label_agreement(found, truth) < 0.97  # what the cleaning is for
    assert np.array_equal(pochade.table(tmp_path / "pixels.csv").image, cleaned)
    counts = {line.split()[0]: line.split()[1:] for line in said.splitlines()[-9:-1]}
    assert list(counts) == list(module.NAMES)
    assert sum(int(row[0].replace(",", "")) for row in counts.values()) == truth.size
    for found_pixels, drawn in counts.values():
        drawn_pixels = int(drawn.replace(",", ""))
        assert abs(int(found_pixels.replace(",", "")) - drawn_pixels) < 0.02 * drawn_pixels
    shown = (EXAMPLES / "README.md").read_text("utf-8").split("```text\n")[1].split("```")[0]
    words, now = (re.sub(NUMBER, "0", text) for text in (shown, said.rsplit("written to")[0]))
    assert words.split() == now.split()
    figures = (
        [float(text.replace(",", "")) for text in NUMBER.findall(said_or_shown)]
        for said_or_shown in (shown, said)
    )
    for there, here in zip(*figures, strict=False):
        assert here == pytest.approx(there, rel=0.02)


def test_sweep(script, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    script("sweep_gif").main(["--size", "72", "--out-dir", str(tmp_path)])
    said = capsys.readouterr().out
    original = pochade.open_image(script("sweep_gif").PHOTO, resize="72").pixels
    height, width = original.shape[:2]
    frames = {}
    for name in ("sweep.gif", "sweep.png"):
        with Image.open(tmp_path / name) as animation:
            assert animation.n_frames == 15, name
            for number in range(15):
                animation.seek(number)
                frames[name, number] = np.asarray(animation.convert("RGB"))[:height, :width]
        # Each frame of k colours is the picture in k colours; they only get better.
        assert [colors(frames[name, place]) for place in (0, 3, 13)] == [2, 5, 15]
        quality = [psnr(original, frames[name, number]) for number in range(14)]
        assert quality == sorted(quality)
    assert np.array_equal(frames["sweep.png", 14], original)
    assert psnr(original, frames["sweep.gif", 14]) > 30
    assert np.array_equal(frames["sweep.gif", 3], pixels(tmp_path / "k5.png"))
    assert colors(pixels(tmp_path / "k2.png")) == 2
    assert "<svg" in (tmp_path / "elbow.svg").read_text("utf-8")
    assert pixels(tmp_path / "cloud.png").shape == (900, 1200, 3)
    assert "native" in said or "reference" in said
    # The engines start from the same pixels, and two clusters leave little room to differ.
    shares = [
        line.split("; ")[-1]
        for line in said.splitlines()
        if line.startswith("k = ") and "agree" in line
    ]
    assert len(shares) == 3
    assert float(shares[0].split("%")[0]) > 99


def test_portrait(script, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    script("portrait").main(["-k", "9", "--size", "120", "--out-dir", str(tmp_path)])
    said = capsys.readouterr().out
    original = pixels(tmp_path / "original.png")
    assert original.shape == (120, 90, 3)
    once, rest = (pixels(tmp_path / f"k9-{name}.png") for name in ("one-iteration", "converged"))
    assert colors(once) == colors(rest) == 9
    assert psnr(original, once) < psnr(original, rest) < 40
    assert pixels(tmp_path / "side-by-side.png").shape == (120, 5 * 90, 3)
    chosen = int(said.splitlines()[0].split("k = ")[1])
    assert (tmp_path / f"k{chosen}-one-iteration.png").exists()
    assert f"k = {chosen}" in said.splitlines()[5]


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_says_what_a_script_is_for(name: str):
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--out-dir" in done.stdout


@pytest.mark.parametrize("name", ["matcha_panel", "portrait", "sweep_gif"])
def test_a_picture_that_is_not_there_is_one_sentence(name: str, tmp_path: Path):
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), "no-such.jpg"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"{name}.py: no-such.jpg")


def test_the_pictures_are_credited_and_small():
    credits = (EXAMPLES / "CREDITS.md").read_text("utf-8")
    pictures = [path for path in EXAMPLES.iterdir() if path.suffix in (".jpg", ".png")]
    assert pictures
    for path in pictures:
        assert f"`{path.name}`" in credits
        assert path.stat().st_size < 120_000


def test_the_scripts_are_short_and_told_of():
    page = (EXAMPLES / "README.md").read_text("utf-8")
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {*SCRIPTS, "pochade_notebook"}
    for name in SCRIPTS:
        assert len((EXAMPLES / f"{name}.py").read_text("utf-8").splitlines()) < 120
        assert f"[`{name}.py`]({name}.py)" in page
