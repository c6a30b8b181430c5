"""atomic_write: whole or not at all, never over a file by accident, no litter."""

from __future__ import annotations

import errno
import io
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pochade.errors import OutputError
from pochade.io import write
from pochade.io.write import atomic_write, is_temporary_name, sweep_stale

SRC = Path(__file__).parents[2] / "src"
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX modes, links and signals")
not_root = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere"
)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_new_file_and_overwrite(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    atomic_write(target, b"one")
    with pytest.raises(OutputError, match="exists already; use -f"):
        atomic_write(target, b"two")
    assert target.read_bytes() == b"one"
    atomic_write(target, lambda file: file.write(b"two"), overwrite=True)
    assert target.read_bytes() == b"two"
    assert names(tmp_path) == ["a.png"]


@pytest.mark.parametrize("data", [b"", b"x" * 3_000_000, bytearray(b"ab"), memoryview(b"cd")])
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    atomic_write(tmp_path / "a", data, sync=False)
    assert (tmp_path / "a").read_bytes() == bytes(data)


def test_refusals_name_the_file_and_leave_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    for path, words in (
        (tmp_path / "folder", "it is a folder"),
        (tmp_path / "none" / "a.png", "folder does not exist"),
        (tmp_path / "file" / "a.png", "folder|path"),
        (str(tmp_path / "new") + "/", "folder"),
        ("", "no file name"),
        (str(tmp_path / "a\0b"), "no file name"),
        (tmp_path / ("n" * 300), "name is too long"),
    ):
        with pytest.raises(OutputError, match=words) as caught:
            atomic_write(path, b"x", overwrite=True)
        assert "\n" not in str(caught.value)
        assert caught.value.exit_code == 4
    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize("error", [ValueError("odd"), KeyboardInterrupt(), OSError("encoder")])
def test_a_failing_writer_leaves_the_old_file(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")

    def fail(file: io.BufferedIOBase) -> None:
        file.write(b"half")
        raise error

    expected = OutputError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        atomic_write(target, fail, overwrite=True)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EACCES, "denied"), (errno.EROFS, "read-only")],
)
def test_system_errors_become_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(write.os, "fsync", fail)
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(OutputError, match=words):
        atomic_write(tmp_path / "a", b"new", overwrite=True)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


@posix
def test_a_file_size_limit_is_reported(tmp_path: Path) -> None:
    code = (
        "import resource, sys\n"
        "from pochade.errors import OutputError\n"
        "from pochade.io.write import atomic_write\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: atomic_write(sys.argv[1], bytes(1_000_000), overwrite=True)\n"
        "except OutputError as error: print(error); sys.exit(4)\n"
    )
    target = tmp_path / "a"
    target.write_bytes(b"old")
    done = run_python(code, str(target))
    assert done.returncode == 4, done.stderr
    assert "larger than this system allows" in done.stdout
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


@posix
def test_a_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    try:
        mounted = os.geteuid() == 0 and not subprocess.run(mount, check=False).returncode
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("mounting a small disk needs root")
    try:
        (disk / "a").write_bytes(b"old")
        with pytest.raises(OutputError, match="disk is full"):
            atomic_write(disk / "a", bytes(1_000_000), overwrite=True)
        assert (disk / "a").read_bytes() == b"old"
        assert names(disk) == ["a"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@posix
def test_modes(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        atomic_write(tmp_path / "new", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640
    (tmp_path / "new").chmod(0o600)
    atomic_write(tmp_path / "new", b"y", overwrite=True)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


@posix
def test_symbolic_links(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(OutputError, match="exists"):
        atomic_write(tmp_path / "link", b"new")
    atomic_write(tmp_path / "link", b"new", overwrite=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
    (tmp_path / "dangling").symlink_to("later")
    atomic_write(tmp_path / "dangling", b"x")
    assert (tmp_path / "later").read_bytes() == b"x"
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OutputError, match="round in circles"):
        atomic_write(tmp_path / "loop", b"x")


@posix
def test_devices_and_pipes_are_written_to(tmp_path: Path) -> None:
    atomic_write("/dev/null", b"x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    atomic_write(pipe, lambda file: file.write(b"through"))
    reader.join(5)
    assert got == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@not_root
def test_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="permission denied"):
            atomic_write(tmp_path / "a", b"x")
    finally:
        tmp_path.chmod(0o700)


def test_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no links")

    monkeypatch.setattr(write.os, "link", no_link)
    atomic_write(tmp_path / "a", b"one")
    assert (tmp_path / "a").read_bytes() == b"one"
    assert names(tmp_path) == ["a"]


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "a"

    def writer(file: io.BufferedIOBase) -> None:
        target.write_bytes(b"theirs")
        file.write(b"ours")

    with pytest.raises(OutputError, match="exists"):
        atomic_write(target, writer)
    assert target.read_bytes() == b"theirs"
    assert names(tmp_path) == ["a"]


def test_only_one_of_many_writers_wins(tmp_path: Path) -> None:
    target = tmp_path / "a"
    outcomes: list[int | None] = []
    start = threading.Barrier(8)

    def writer(number: int) -> None:
        start.wait()
        try:
            atomic_write(target, bytes([number]) * 100_000)
            outcomes.append(number)
        except OutputError:
            outcomes.append(None)

    threads = [threading.Thread(target=writer, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [outcome for outcome in outcomes if outcome is not None]
    assert target.read_bytes() == bytes([winner]) * 100_000
    assert names(tmp_path) == ["a"]


def test_stale_files_are_swept_and_others_are_not(tmp_path: Path) -> None:
    old = tmp_path / ".pochade-0123456789abcdef.tmp"
    new = tmp_path / ".pochade-fedcba9876543210.tmp"
    other = tmp_path / ".pochade-notes.tmp"
    folder = tmp_path / ".pochade-00000000000000ff.tmp"
    for path in (old, new, other):
        path.write_bytes(b"")
    folder.mkdir()
    for path in (old, other, folder):
        os.utime(path, (1, 1))
    atomic_write(tmp_path / "a", b"x")
    assert names(tmp_path) == sorted([new.name, other.name, folder.name, "a"])
    assert sweep_stale(tmp_path, now=time.time() + 7200) == 1
    assert sweep_stale(tmp_path / "none") == 0
    assert is_temporary_name(old.name)
    assert not is_temporary_name(other.name)


@posix
def test_kill_at_any_time_leaves_a_whole_file(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pochade.io.write import atomic_write\n"
        "print('ready', flush=True)\n"
        "turn = 0\n"
        "while True:\n"
        "    atomic_write(sys.argv[1], bytes([turn % 256]) * 2_000_000, overwrite=True)\n"
        "    turn += 1\n"
    )
    target = tmp_path / "a"
    target.write_bytes(bytes(2_000_000))
    for attempt in range(15):
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(target)], env=environment(), stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.003 * attempt)
        child.kill()
        child.wait()
        child.stdout.close()
        content = target.read_bytes()
        assert len(content) == 2_000_000
        assert content == content[:1] * 2_000_000
    assert all(name == "a" or is_temporary_name(name) for name in names(tmp_path))
    sweep_stale(tmp_path, now=time.time() + 7200)
    assert names(tmp_path) == ["a"]


def test_stdout_gets_the_bytes(tmp_path: Path) -> None:
    code = (
        "from pochade.io.write import atomic_write\natomic_write('-', bytes(range(256)) * 1000)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, check=True
    )
    assert done.stdout == bytes(range(256)) * 1000


def test_stdout_closed_early_is_an_error_without_a_traceback_at_exit() -> None:
    code = (
        "import sys\n"
        "from pochade.errors import OutputError\n"
        "from pochade.io.write import atomic_write\n"
        "sys.stdin.readline()\n"
        "try: atomic_write('-', bytes(1_000_000))\n"
        "except OutputError as error: print(error, file=sys.stderr); sys.exit(4)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        child.stdin.write(b"\n")
        child.stdin.close()
        message = child.stderr.read().decode()
        assert child.wait() == 4
    assert message.count("\n") == 1
    assert message.startswith("cannot write standard output")


def test_a_terminal_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    with pytest.raises(OutputError, match="terminal"):
        atomic_write("-", b"x")


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SRC)}


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
