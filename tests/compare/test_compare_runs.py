"""`pochade.compare`: engines in processes of their own, from Python."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import pochade
from pochade.compare_options import CompareOptions
from pochade.comparing import memory, processes
from pochade.comparing.contestants import contestants
from pochade.comparing.job import Job
from pochade.errors import (
    CancelledError,
    EngineUnavailableError,
    OutputError,
    PochadeError,
    UsageError,
)
from pochade.kmeans.engines import registry
from pochade.kmeans.engines.registry import engines
from pochade.kmeans.naive import NAIVE

HERE = [record.name for record in engines() if record.available]
BOTH = [name for name in HERE if name in ("reference", "native")]


def picture(colors: int = 60, shape: tuple[int, int] = (24, 32), seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    palette = random.integers(0, 256, (colors, 3), np.uint8)
    return palette[random.integers(0, colors, shape)]


def test_every_engine_that_is_here_gives_the_same_picture():
    found = pochade.compare(picture(), 5, repeats=2)
    assert found.runs[0].name == found.yardstick == "reference"
    assert {run.name for run in found.done} == set(HERE)
    for run in found.done:
        assert run.seconds is not None
        assert len(run.seconds.repeats) == 2
        assert run.seconds.cold == run.seconds.load + run.seconds.first > 0
        assert run.agreement is not None
        assert run.agreement.shift < 1e-4
        assert run.agreement.labels > 0.99
        assert run.n_iter <= 10
    for name in BOTH:
        assert found[name].repeatable
        assert (found[name].image == found["reference"].image).all()
    for run in found.runs:
        assert run.done == (run.name in HERE)
        assert run.done or "not" in run.reason


def test_the_reference_is_plain_kmeans():
    """What a process gives back is what the driver gives here."""
    from pochade.kmeans import kmeans

    image = picture()
    found = pochade.compare(image, 6, engines=["reference"], iters=3, repeats=1)
    pixels = image.reshape(-1, 3).astype(np.float32)
    here = kmeans(pixels, 6, init=found.start, max_iter=3, tol=0, engine="reference")
    run = found["reference"]
    assert run.n_iter == here.n_iter == 3
    assert run.errors is not None
    assert run.errors.inertia == pytest.approx(here.inertia, rel=1e-12)
    assert sorted(run.centers.tolist()) == sorted(here.centers.tolist())
    assert run.shares.tolist() == sorted(run.shares.tolist(), reverse=True)
    assert (run.image == run.palette[run.labels]).all()


def test_counted_colours_give_the_same_result():
    image = picture(colors=30)
    every = pochade.compare(image, 4, engines=BOTH, repeats=1)
    counted = pochade.compare(image, 4, engines=BOTH, repeats=1, data="colors")
    assert (every.points, counted.points) == (24 * 32, 30)
    assert (every["reference"].image == counted["reference"].image).all()
    with pytest.raises(UsageError, match="weights"):
        pochade.compare(image, 4, data="colors", naive=True)
    with pytest.raises(UsageError, match="weights"):
        pochade.compare(image, 4, data="colors", engines=["torch-cdist"])


@pytest.mark.parametrize(
    ("image", "k"),
    [
        (np.full((1, 1, 3), 9, np.uint8), 1),
        (np.full((3, 5, 3), 9, np.uint8), 1),
        (np.zeros((2, 2, 4), np.uint8), 1),
        (np.array([[[0, 0, 0, 255], [9, 9, 9, 0], [8, 8, 8, 0], [255, 0, 0, 99]]], np.uint8), 3),
    ],
)
def test_fewer_colours_than_asked_for(image: np.ndarray, k: int):
    found = pochade.compare(image, 8, engines=BOTH, repeats=1)
    assert found.k == k
    assert f"k = {k}" in found.notes[0]
    for run in found.done:
        assert run.errors is not None
        assert (run.errors.inertia, run.errors.psnr) == (0, float("inf"))
    assert "exact" in found.page()
    assert found.panel().startswith(b"\x89PNG")


def test_more_than_256_colours():
    found = pochade.compare(picture(900, (40, 50)), 300, engines=BOTH, iters=2, repeats=1)
    assert found["reference"].labels.dtype == np.uint16
    assert len(found["reference"].palette) == 300
    assert "data:image/png" in found.page()


def test_other_spaces_and_starts():
    for space in ("oklab", "lab", "linear"):
        found = pochade.compare(picture(), 3, engines=BOTH, space=space, repeats=1, iters=2)
        assert found.done[-1].agreement is not None
        assert found.done[-1].agreement.shift < 1e-5
    for init in ("random", "wu"):
        found = pochade.compare(picture(), 3, engines=["reference"], init=init, repeats=1)
        assert found.start.shape == (3, 3)


@pytest.mark.parametrize("version", NAIVE, ids=lambda version: version.name)
def test_naive_versions(version):
    if version.engine not in HERE:
        pytest.skip(f"{version.engine} is not installed")
    found = pochade.compare(picture(), 4, engines=["reference", version.name], repeats=1)
    run = found[version.name]
    if run.state == "missing":
        pytest.skip(run.reason)
    assert run.naive
    assert run.lesson
    assert run.agreement is not None
    assert run.agreement.difference < 2  # a small picture is nearly right
    assert "naive" in found.page()


def test_float16_turns_a_large_cluster_black():
    if "jax" not in HERE:
        pytest.skip("jax is not installed")
    image = np.full((300, 300, 3), 200, np.uint8)
    image[:20] = 30  # 84,000 pixels are left, more than float16 can count
    found = pochade.compare(image, 2, engines=["reference", "jax-notebook"], repeats=1, iters=2)
    assert found["reference"].palette.tolist() == [[200] * 3, [30] * 3]
    assert [0, 0, 0] in found["jax-notebook"].palette.tolist()
    page = found.page()
    assert "Here 1 of 2 clusters has more than 65,504 pixels." in page
    assert "turn black" in page


def test_a_version_that_would_fill_the_memory_is_not_run(monkeypatch: pytest.MonkeyPatch):
    if "torch" not in HERE:
        pytest.skip("torch is not installed")
    monkeypatch.setattr(memory, "available", lambda: 1000)
    found = pochade.compare(picture(), 4, engines=["reference", "torch-cdist"], repeats=1)
    run = found["torch-cdist"]
    assert (run.state, run.exit_code) == ("failed", 3)
    assert "so it was not run" in run.reason
    with pytest.raises(UsageError, match="no result"):
        _ = run.palette
    assert found.table()["warm"][1] is None
    assert "no result" in found.page()


def test_engines_that_are_not_there(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(UsageError, match="no engine 'nope'"):
        pochade.compare(picture(), engines=["nope"])
    absent = dataclasses.replace(
        registry.engines()[2], available=False, reason="it is not installed", install="pip it"
    )
    monkeypatch.setattr(
        "pochade.comparing.contestants.engines", lambda: [*registry.engines()[:2], absent]
    )
    with pytest.raises(EngineUnavailableError, match="pip it"):
        pochade.compare(picture(), engines=["sklearn"])
    (missing,) = [one for one in contestants(CompareOptions(), k=2, d=3) if one.name == "sklearn"]
    assert "pip it" in missing.missing


def test_a_named_device_that_is_not_there():
    with pytest.raises(UsageError, match="native"):
        pochade.compare(picture(), engines=["native:cuda"], repeats=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"k": 0},
        {"k": 5000},
        {"k": 2.5},
        {"iters": 0},
        {"repeats": 0},
        {"limit": 0},
        {"init": "best"},
        {"data": "rows"},
        {"space": "cmyk"},
        {"threads": 0},
        {"engines": "native"},
    ],
)
def test_options_that_make_no_sense(wrong: dict):
    with pytest.raises(UsageError):
        pochade.compare(picture(), **wrong)


def test_cancelling():
    with pytest.raises(CancelledError):
        pochade.compare(picture(), engines=["reference"], cancel=lambda: True)


def test_progress():
    shares: list[float] = []
    pochade.compare(picture(), 2, engines=BOTH, repeats=1, progress=shares.append)
    assert shares == [(at + 1) / len(BOTH) for at in range(len(BOTH))]


def test_saving(tmp_path: Path):
    found = pochade.compare(picture(), 2, engines=["reference"], repeats=1)
    assert found.save(tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert found.save(tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(OutputError):
        found.save(tmp_path / "a.png")
    found.save(tmp_path / "a.png", overwrite=True)
    with pytest.raises(UsageError):
        found.save(tmp_path / "a.pdf")
    assert found._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(KeyError):
        _ = found["native"]


def job(out: Path) -> Job:
    return Job(
        folder=str(out),
        out=str(out),
        name="reference",
        naive=False,
        space="srgb",
        iters=1,
        repeats=1,
        patience=1.0,
        limit=9.0,
        threads=1,
    )


@pytest.mark.parametrize(
    ("script", "words", "code"),
    [
        ("import os; os.kill(os.getpid(), 9)", "too much memory", 3),
        ("raise SystemExit('no luck')", "ended with 1: no luck", 1),
        ("import time; time.sleep(60)", "stopped after 1 seconds", 1),
    ],
)
def test_a_process_that_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str, code: int
):
    monkeypatch.setattr(processes, "BOOTSTRAP", script)
    found = processes.run_job(job(tmp_path), limit=1.0, cancel=None)
    assert words in found.report.error
    assert found.report.exit_code == code


def test_a_process_says_what_went_wrong(tmp_path: Path):
    found = processes.run_job(job(tmp_path), limit=60.0, cancel=None)
    assert "FileNotFoundError" in found.report.error  # there is no picture in the folder


def test_no_python_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.executable", str(tmp_path / "nothing"))
    with pytest.raises(PochadeError, match="cannot start a process"):
        processes.run_job(job(tmp_path), limit=1.0, cancel=None)


def test_a_peak_of_memory_is_seen():
    if memory.now() is None:
        pytest.skip("this system does not tell")
    before = memory.now()
    held = np.ones(40_000_000, np.uint8)
    most = memory.peak()
    del held
    assert before is not None
    assert most is not None
    assert most - before > 30_000_000


def test_the_file_of_the_process_is_on_no_path_of_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A json.py where the user happens to be is not imported."""
    (tmp_path / "json.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.chdir(tmp_path)
    found = pochade.compare(picture(), 2, engines=["reference"], repeats=1)
    assert found["reference"].done
