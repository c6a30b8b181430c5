"""The program as a process of its own: streams, signals, pipes, defects."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pochade.apps.cli import run as runner
from pochade.apps.operations import Operation, ReportOptions, Request
from pochade.apps.session import Session
from pochade.errors import CancelledError

from .conftest import picture

PROGRAM = (sys.executable, "-m", "pochade")
posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals and pipes")


def png(array: np.ndarray) -> bytes:
    data = io.BytesIO()
    Image.fromarray(array).save(data, "PNG")
    return data.getvalue()


def test_from_standard_input_to_standard_output():
    done = subprocess.run(
        [*PROGRAM, "quantize", "-", "-k", "4", "-o", "-"],
        input=png(picture()),
        capture_output=True,
        check=True,
    )
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert len(image.convert("RGB").getcolors()) == 4
    assert done.stderr == b""


def test_standard_input_alone_goes_to_standard_output():
    done = subprocess.run(
        [*PROGRAM, "quantize", "-"], input=png(picture()), capture_output=True, check=True
    )
    assert done.stdout.startswith(b"\x89PNG")


@posix
def test_a_broken_pipe_is_quiet(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(png(picture(shape=(400, 400), colors=5000)))
    process = subprocess.Popen(
        [*PROGRAM, "quantize", "a.png", "-k", "256", "-o", "-"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141


@posix
def test_ctrl_c_ends_within_a_second(tmp_path: Path):
    """A long job, interrupted: exit 130, one line, no file left behind."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (1500, 1500, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.bmp")
    process = subprocess.Popen(
        [*PROGRAM, "sweep", "noise.bmp", "-k", "2:64", "--threads", "1"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(2.5)
    assert process.poll() is None, "the job is meant to be long"
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert time.monotonic() - begin < 3.0  # one second, on a machine with other work
    assert process.returncode == 130
    assert (out, err) == ("", "pochade: interrupted\n")
    assert [path.name for path in tmp_path.iterdir()] == ["noise.bmp"]


@posix
def test_ctrl_c_takes_what_was_started_along(tmp_path: Path):
    """A comparison starts processes and lays out their data: both are gone when it is."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (1500, 1500, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.bmp")
    (tmp_path / "scratch").mkdir()
    process = subprocess.Popen(
        [*PROGRAM, "compare", "noise.bmp", "-k", "256", "--engines", "reference"],
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path / "scratch")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 60
    while not list((tmp_path / "scratch").glob("*/out/log.txt")):
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert (out, err) == ("", "pochade: interrupted\n")
    assert list((tmp_path / "scratch").iterdir()) == []


def test_version_and_help():
    done = subprocess.run([*PROGRAM, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("pochade 0.")
    done = subprocess.run(
        [*PROGRAM, "quantize", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
        encoding="utf-8",
    )
    assert "--dither-strength" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str):
    done = subprocess.run(
        [*PROGRAM, "completion", shell], capture_output=True, text=True, check=True
    )
    assert "--dither" in done.stdout or "dither" in done.stdout
    assert "quantize" in done.stdout


def row(function: str) -> Request:
    operation = Operation("test", "A test.", (ReportOptions,), f"{__name__}:{function}")
    return Request(operation, (ReportOptions(),))


def fails(report: ReportOptions, session: Session) -> int:
    raise ZeroDivisionError("in a\nkernel")


def stops(report: ReportOptions, session: Session) -> int:
    raise CancelledError("asked to")


def full(report: ReportOptions, session: Session) -> int:
    raise MemoryError


def breaks(report: ReportOptions, session: Session) -> int:
    raise BrokenPipeError


@pytest.mark.parametrize(
    ("function", "code", "says"),
    [
        ("fails", 70, "pochade: this is a defect of pochade, please report it: ZeroDivisionError"),
        ("stops", 130, ""),
        ("full", 3, "pochade: not enough memory"),
        ("breaks", 141, ""),
    ],
)
def test_every_end_has_its_code_and_at_most_one_line(function: str, code: int, says: str):
    out, err = io.StringIO(), io.StringIO()
    assert runner.run(row(function), Session(out, err)) == code
    assert err.getvalue().startswith(says)
    assert err.getvalue().count("\n") == (1 if says else 0)
    assert out.getvalue() == ""


def test_debug_shows_where():
    err = io.StringIO()
    request = row("fails")
    request = request._replace(options=(ReportOptions(debug=True),))
    runner.run(request, Session(io.StringIO(), err))
    assert "Traceback" in err.getvalue()


def test_a_bar_is_shown_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch):
    """After BAR_AFTER seconds, and wiped away at the end."""
    from .conftest import Terminal

    monkeypatch.setattr(runner, "BAR_AFTER", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    for kind, expected in [(Terminal, True), (io.StringIO, False)]:
        err = kind()
        assert runner.run(row("slow"), Session(io.StringIO(), err)) == 0
        assert bool(err.getvalue()) is expected
        assert ("working" in err.getvalue()) is expected


def slow(report: ReportOptions, session: Session) -> int:
    session.begin("working")
    for step in range(6):
        session.progress(step / 6)
        time.sleep(0.1)
    return 0


@posix
def test_a_kill_leaves_the_old_or_the_new_file_whole(tmp_path: Path):
    """kill -9 at moments spread over the run; what a killed run left goes with a later one."""
    (tmp_path / "a.png").write_bytes(png(picture(shape=(300, 300), colors=3000)))
    command = [*PROGRAM, "quantize", "a.png", "-k", "64", "-q", "-f", "-o", "out.png"]
    output = tmp_path / "out.png"
    begin = time.monotonic()
    subprocess.run(command, cwd=tmp_path, check=True)
    seconds, new = time.monotonic() - begin, output.read_bytes()
    for part in np.linspace(0.3, 1.0, 8):
        output.write_bytes(b"the old file")
        process = subprocess.Popen(command, cwd=tmp_path)
        time.sleep(part * seconds)
        process.kill()
        process.wait()
        assert output.read_bytes() in {b"the old file", new}
    left = tmp_path / ".pochade-0123456789abcdef.tmp"
    left.touch()
    os.utime(left, (1, 1))
    subprocess.run(command, cwd=tmp_path, check=True)
    assert not left.exists()


@posix
def test_a_real_terminal_gets_no_picture(tmp_path: Path):
    pty = pytest.importorskip("pty")
    (tmp_path / "a.png").write_bytes(png(picture()))
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [*PROGRAM, "quantize", "a.png", "-o", "-"],
            cwd=tmp_path,
            stdout=theirs,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 4
    assert "terminal" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_device_as_standard_output(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(png(picture()))
    with Path("/dev/full").open("wb") as full_device:
        done = subprocess.run(
            [*PROGRAM, "quantize", "a.png", "-o", "-"],
            cwd=tmp_path,
            stdout=full_device,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)
    assert "full" in done.stderr
