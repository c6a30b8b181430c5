"""Every file of the awkward corpus through `quantize`: its best few colours, or one sentence."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import pochade
from pochade.errors import InputError
from pochade.io import open_image
from pochade.io.save import save_indexed

ROOT = Path(
    os.environ.get("POCHADE_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data"
)
AWKWARD = ROOT / "awkward"
LARGE = ROOT / "large"
pytestmark = pytest.mark.skipif(not AWKWARD.is_dir(), reason="the awkward corpus is not here")

K = 16
SHARES = 8
"""The corpus is cut into so many tests, so that two processes have about the same to do."""
MOST_SECONDS = 10.0
MOST_MEGABYTES = 400
"""For the one process that reduces many files, interpreter and libraries included."""
LARGE_PIXELS = 1_000_000
"""Pictures with more numbers than this are made small first: checking them takes long."""


@cache
def files() -> tuple[Path, ...]:
    return tuple(path for path in sorted(AWKWARD.rglob("*")) if path.is_file())


def over(pixels: NDArray[Any], background: float) -> NDArray[np.float64]:
    """(n, 3) pixels over a grey background."""
    flat = pixels.reshape(-1, pixels.shape[2]).astype(np.float64)
    if flat.shape[1] == 3:
        return flat
    alpha = flat[:, 3:] / 255
    return flat[:, :3] * alpha + background * (1 - alpha)


def difference(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Mean over pixels of the squared difference, halfway between over black and over white."""
    errors = [np.square(over(a, level) - over(b, level)).sum(axis=1).mean() for level in (0, 255)]
    return float(np.mean(errors))


def visible_colors(pixels: NDArray[Any]) -> int:
    flat = pixels.reshape(-1, pixels.shape[2])
    if flat.shape[1] == 4:
        flat = flat[flat[:, 3] > 0]
    places = np.array([1, 256, 65_536, 16_777_216][: flat.shape[1]], np.uint32)
    return len(np.unique(flat @ places))


def pillows_difference(pixels: NDArray[Any]) -> float:
    """The same error for Pillow's fast octree, which nothing sensible should lose against."""
    image = Image.fromarray(pixels)
    reduced = image.quantize(K, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    return difference(np.asarray(reduced.convert(image.mode)), pixels)


def check_result(result: pochade.QuantizeResult, source: NDArray[Any], name: str) -> None:
    """Everything that is promised of any result."""
    transparent = source.shape[2] == 4 and bool((source[:, :, 3] == 0).any())
    found = visible_colors(source)
    assert result.image.shape == source.shape, name
    assert result.labels.max() < len(result.palette), name
    assert np.array_equal(result.palette[result.labels], result.image), name
    assert len(np.unique(result.palette, axis=0)) == len(result.palette), name
    if found <= K:
        assert len(result.palette) == found + transparent, name
        # Equal but for colours hidden under full transparency.
        assert difference(result.image, source) == 0, name
    else:
        assert len(result.palette) == K, name
        assert difference(result.image, source) <= pillows_difference(source) * 1.02 + 0.5, name
    if source.shape[2] == 4:
        alpha = source[:, :, 3]
        assert (result.image[alpha == 0] == 0).all(), name
        assert (result.image[alpha == 255][:, 3] > 128).all(), name


def check_png(result: pochade.QuantizeResult, name: str) -> None:
    """The indexed PNG has these pixels, with few bits, as another reader sees it."""
    data = save_indexed(None, result.labels, result.palette, format="png")
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode in {"P", "1", "L"}, name
        mode = "RGB" if result.palette.shape[1] == 3 else "RGBA"
        again = np.asarray(image.convert(mode))
    assert np.array_equal(again, result.image), name
    assert data[24] <= 8, name


@pytest.mark.parametrize("share", range(SHARES))
def test_every_file_is_reduced_or_refused(share: int, capfd: pytest.CaptureFixture[str]) -> None:
    """In time, without a warning, without a word from a C library on standard error."""
    reduced = 0
    for path in files()[share::SHARES]:
        begin = time.perf_counter()
        try:
            large = open_image(path).pixels.size > LARGE_PIXELS
            result = pochade.quantize(path, K, threads=2, resize="400" if large else None)
        except InputError as error:
            message = str(error)
            assert message.isprintable(), path
            assert path.name in message, path
            continue
        finally:
            assert time.perf_counter() - begin < MOST_SECONDS, path
        check_result(result, result.source, path.name)
        check_png(result, path.name)
        reduced += 1
    assert reduced > 50
    assert capfd.readouterr() == ("", "")


SETTINGS: list[dict[str, Any]] = [
    {"k": 1},
    {"k": 2, "space": "oklab"},
    {"k": 256, "effort": "fast"},
    {"k": 5, "effort": "max"},
    {"k": 8, "dither": "floyd-steinberg", "space": "lab"},
    {"k": 8, "dither": "blue-noise", "effort": "fast"},
    {"k": "auto", "space": "linear"},
    {"quality": (0, 80)},
    {"k": 6, "protect": ["#e4002b"], "resize": "40"},
    {"k": 7, "iters": 1, "init": "random"},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda s: "-".join(map(str, s.values())))
def test_other_settings_on_a_sample(settings: dict[str, Any]) -> None:
    place = SETTINGS.index(settings)
    k = settings.get("k")
    most = k if isinstance(k, int) else 16 if "init" in settings or "protect" in settings else 256
    for path in files()[place :: 4 * len(SETTINGS)]:
        try:
            result = pochade.quantize(path, threads=2, **settings)
        except InputError:
            continue
        assert np.array_equal(result.palette[result.labels], result.image), path
        transparent = result.source.shape[2] == 4 and bool((result.source[:, :, 3] == 0).any())
        assert len(result.palette) <= most + transparent, path
        assert np.isfinite(result.inertia), path


def linked(folder: Path) -> list[str]:
    """A third of the corpus under names that differ without their endings."""
    names = []
    for number, path in enumerate(files()[::3]):
        name = f"{number:03}-{path.stem[:40]}{path.suffix}"
        (folder / name).symlink_to(path)
        names.append(name)
    return names


# The peak memory is asked for from within: what `wait4` tells begins with the memory of the parent.
MEASURED = """
import sys
from pathlib import Path
from pochade.apps.cli.__main__ import main
code = main()
if sys.platform == "linux":
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
sys.exit(code)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_many_files_on_one_command_line(tmp_path: Path) -> None:
    """Exit 1, the good ones written, one line for each bad one, in bounded memory."""
    names = linked(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "quantize", *names, "-q", "--out-dir", "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert all(line.startswith("pochade: ") and line.isprintable() for line in lines)
    written = [path.stem for path in (tmp_path / "out").iterdir()]
    assert all(stem.endswith("-k16") for stem in written)
    told = [name for name in names for line in lines if f" {name}" in line]
    assert len(lines) == len(told) == len(set(told))
    assert len(written) + len(lines) == len(names)
    assert len(written) > 150
    if done.stdout:
        assert int(done.stdout) < MOST_MEGABYTES * 1024


@pytest.mark.parametrize("place", range(0, 700, 117))
def test_one_file_on_the_command_line(place: int, tmp_path: Path) -> None:
    path = files()[place]
    try:
        expected = pochade.quantize(path, 8).image
    except InputError:
        expected = None
    done = subprocess.run(
        [sys.executable, "-m", "pochade", "quantize", str(path), "-k", "8", "-q", "-o", "a.png"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    if expected is None:
        assert done.returncode == 3
        assert done.stderr.count("\n") == 1
        assert not (tmp_path / "a.png").exists()
    else:
        assert (done.returncode, done.stderr) == (0, "")
        with Image.open(tmp_path / "a.png") as image:
            again = np.asarray(image.convert("RGB" if expected.shape[2] == 3 else "RGBA"))
        assert np.array_equal(again, expected)


@pytest.mark.skipif(not LARGE.is_dir(), reason="the large photos are not here")
def test_large_photos_made_small() -> None:
    for path in sorted(LARGE.iterdir()):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            result = pochade.quantize(path, K, resize="300")
        assert max(result.image.shape) == 300
        check_result(result, result.source, path.name)
