"""Strengths of edges: what every window has, borders, grids, spaces, alpha, noise, contrast."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pochade
from pochade import edge_windows
from pochade.edge_lines import mean_around
from pochade.edge_windows import deviation, deviation_reference, grid_deviation
from pochade.errors import OutputError, UsageError


def noise(shape: tuple[int, ...], seed: int = 0, dtype: type = np.uint8) -> np.ndarray:
    top = np.iinfo(dtype).max + 1
    return np.random.default_rng(seed).integers(0, top, shape, dtype)


def oracle(picture: np.ndarray, window: int, *, reflect: bool = True) -> np.ndarray:
    """np.std of every window in float64, and its norm over the channels."""
    if reflect:
        half = window // 2
        picture = np.pad(picture, ((half, half), (half, half), (0, 0)), mode="symmetric")
    views = np.lib.stride_tricks.sliding_window_view(picture, (window, window), axis=(0, 1))
    deviations = np.std(views.astype(np.float64), axis=(3, 4))
    return np.sqrt(np.square(deviations).sum(axis=2))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("window", [3, 5, 7, 9, 13, 15, 21])
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6])
def test_every_window_has_its_standard_deviation(dtype: type, window: int, channels: int):
    picture = noise((31, 43, channels), window, dtype)
    for reflect in (True, False):
        found = deviation(picture, window, reflect=reflect)
        assert found.dtype == np.float32
        np.testing.assert_allclose(
            found, oracle(picture, window, reflect=reflect), rtol=1.2e-7, atol=1e-9
        )


@pytest.mark.parametrize("window", [3, 5, 9, 13, 15, 33])
@pytest.mark.parametrize("shape", [(40, 1100, 3), (700, 35, 1), (1, 60, 3), (37, 1, 4), (35, 9, 7)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_kernel_and_the_reference_give_the_same_bytes(
    window: int, shape: tuple[int, ...], dtype: type
):
    picture = noise(shape, 1, dtype)
    for threads in (1, 3):
        found = deviation(picture, window, unit=3.0, threads=threads)
        assert np.array_equal(found, deviation_reference(picture, window, unit=3.0))
    if min(shape[:2]) >= window:
        found = deviation(picture, window, reflect=False)
        assert np.array_equal(found, deviation_reference(picture, window, reflect=False))


def test_the_largest_numbers_do_not_overflow():
    board = np.indices((300, 310)).sum(axis=0)[..., None] % 2
    for dtype in (np.uint8, np.uint16):
        top = np.iinfo(dtype).max
        picture = np.repeat(board * top, 4, axis=2).astype(dtype)
        for window in (3, 13, 15, 255):
            odd = window * window // 2
            share = odd / (window * window)
            exact = 2 * top * np.sqrt(share * (1 - share))
            found = deviation(picture, window)
            np.testing.assert_allclose(found[150, 150], exact, rtol=1e-7)


def test_running_sums_do_not_drift():
    picture = noise((2000, 24, 3))
    picture[600:] = 77
    assert (deviation(picture, 5)[602:] == 0).all()
    picture = noise((2000, 24, 3), dtype=np.uint16)
    picture[600:] = 40_001
    assert (deviation(picture, 5)[602:] == 0).all()


@pytest.mark.parametrize("window", [3, 5, 9])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_grid_is_the_sliding_map_at_the_centres_of_its_patches(window: int, dtype: type):
    picture = noise((47, 64, 3), 2, dtype)
    grid = pochade.edges(picture, window=window, grid=True).strength
    assert grid.shape == (47 // window, 64 // window)
    sliding = pochade.edges(picture, window=window).strength
    centres = sliding[window // 2 :: window, window // 2 :: window]
    assert np.array_equal(grid, centres[: grid.shape[0], : grid.shape[1]])


def test_the_grid_is_what_the_seed_computed():
    """The notebook splits into patches, takes the deviation of each and its norm over channels."""
    picture = noise((20, 35, 3), 3)
    patches = picture.reshape(4, 5, 7, 5, 3).astype(np.float64)
    expected = np.linalg.norm(patches.std(axis=(1, 3)), axis=-1)
    np.testing.assert_allclose(grid_deviation(picture, 5), expected, rtol=1.2e-7)


def test_valid_is_the_inner_part_of_reflect():
    picture = noise((30, 40, 3), 4)
    whole = pochade.edges(picture, window=7).strength
    inner = pochade.edges(picture, window=7, border="valid").strength
    assert inner.shape == (24, 34)
    assert np.array_equal(inner, whole[3:-3, 3:-3])


def test_several_windows_give_the_greatest():
    picture = noise((30, 40, 3), 5)
    maps = [pochade.edges(picture, window=w).strength for w in (3, 5, 9)]
    assert np.array_equal(pochade.edges(picture, window=(3, 5, 9)).strength, np.max(maps, axis=0))
    valid = pochade.edges(picture, window=(3, 9), border="valid").strength
    assert np.array_equal(valid, np.maximum(maps[0], maps[2])[4:-4, 4:-4])


def test_a_line_of_pixels():
    line = noise((1, 50, 3), 6)
    for picture in (line, line.transpose(1, 0, 2)):
        found = pochade.edges(picture)
        np.testing.assert_allclose(found.strength, oracle(picture, 5), rtol=1.2e-7)
        assert found.thin.shape == picture.shape[:2]


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((1, 1, 3), {}),
        ((4, 3, 3), {}),
        ((1, 9, 3), {"border": "valid"}),
        ((9, 4, 3), {"grid": True}),
        ((20, 20, 3), {"window": (3, 21)}),
    ],
)
def test_a_window_larger_than_the_picture_is_a_usage_error(
    shape: tuple[int, ...], options: dict[str, object]
):
    with pytest.raises(UsageError, match=rf"larger than the picture of {shape[1]}x{shape[0]}"):
        pochade.edges(noise(shape), **options)


def test_a_window_as_large_as_the_longer_side():
    assert pochade.edges(noise((3, 5, 3))).strength.shape == (3, 5)
    assert pochade.edges(noise((5, 5, 3)), border="valid").strength.shape == (1, 1)


def test_one_colour_has_no_edges():
    result = pochade.edges(np.full((20, 30, 3), 99, np.uint8), look="overlay")
    assert not result.strength.any()
    assert not result.ridges.any()
    assert not result.thin.any()
    assert (result.image == 99).all()
    assert "no edge" in result.notes[0]
    for look in ("grey", "ridges", "binary"):
        flat = pochade.edges(np.full((20, 30, 3), 99, np.uint8), look=look)
        assert not flat.image.any()


def test_grey_of_every_shape():
    grey = noise((20, 30))
    flat = pochade.edges(grey).strength
    assert np.array_equal(flat, pochade.edges(grey[..., None]).strength)
    three = pochade.edges(np.repeat(grey[..., None], 3, axis=2)).strength
    np.testing.assert_allclose(three, np.sqrt(3) * flat, rtol=1e-6)


def test_sixteen_bits_are_kept():
    eight = noise((20, 30, 3), 7)
    np.testing.assert_allclose(
        pochade.edges(eight.astype(np.uint16) * 257).strength,
        pochade.edges(eight).strength,
        rtol=1e-6,
    )
    faint = np.full((20, 30), 1000, np.uint16)
    faint[:, 15:] += 1
    strength = pochade.edges(faint).strength
    assert strength[10, 15] == pytest.approx(np.sqrt(0.4 * 0.6) / 257, rel=1e-6)
    assert strength[10, 5] == 0
    as_floats = pochade.edges(faint / np.float64(65535)).strength
    np.testing.assert_allclose(as_floats, strength, rtol=1e-6)


def test_arrays_of_every_layout():
    picture = noise((20, 31, 3), 24, np.uint16)
    expected = pochade.edges(picture).strength
    for other in (picture.astype(">u2"), np.asfortranarray(picture), picture[::-1][::-1]):
        assert np.array_equal(pochade.edges(other).strength, expected)
    picture.flags.writeable = False
    assert np.array_equal(pochade.edges(picture).strength, expected)
    mask = noise((20, 31)) > 128
    as_bytes = np.repeat(mask[..., None] * np.uint8(255), 3, axis=2)
    assert np.array_equal(pochade.edges(mask).strength, pochade.edges(as_bytes).strength)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((0, 5, 3), np.uint8),
        np.zeros((5, 5, 0), np.uint8),
        np.zeros(5, np.uint8),
        np.zeros((5, 5, 3, 1), np.uint8),
        np.full((9, 9, 3), 300, np.int64),
        np.full((9, 9), np.nan),
        np.zeros((9, 9), complex),
        None,
    ],
)
def test_what_is_no_picture_is_a_usage_error(wrong: object):
    with pytest.raises(UsageError):
        pochade.edges(wrong)


def test_floats_out_of_range_are_refused():
    with pytest.raises(UsageError, match=r"0\.\.1"):
        pochade.edges(np.full((9, 9), 7.0))


def over(picture: np.ndarray, background: float) -> np.ndarray:
    share = picture[..., 3:] / 255
    return picture[..., :3] * share + background * (1 - share)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_alpha_is_the_mean_of_black_and_white_behind(dtype: type):
    picture = noise((24, 33, 4), 8)
    black, white = (np.square(oracle(over(picture, b), 5)) for b in (0, 255))
    given = picture if dtype == np.uint8 else picture.astype(np.uint16) * 257
    np.testing.assert_allclose(
        pochade.edges(given).strength, np.sqrt((black + white) / 2), atol=0.01
    )


def test_what_hides_under_alpha_0_is_nothing():
    picture = noise((20, 30, 4), 9)
    picture[..., 3] = 0
    assert not pochade.edges(picture).strength.any()
    for color in (0, 255):
        shape = np.full((20, 30, 4), color, np.uint8)
        shape[..., 3] = 0
        shape[5:15, 10:20, 3] = 255
        assert pochade.edges(shape).strength[10, 10] > 50


def test_full_alpha_changes_nothing():
    picture = noise((20, 30, 4), 10)
    picture[..., 3] = 255
    assert np.array_equal(pochade.edges(picture).strength, pochade.edges(picture[..., :3]).strength)


@pytest.mark.parametrize(("space", "tolerance"), [("lab", 0.01), ("oklab", 1e-4)])
def test_other_spaces(space: str, tolerance: float):
    from pochade.color import convert

    picture = noise((20, 30, 3), 11)
    values = convert(picture, "srgb", space)  # type: ignore[arg-type]
    found = pochade.edges(picture, space=space).strength
    np.testing.assert_allclose(found, oracle(values, 5), atol=tolerance)
    half = pochade.edges(picture, space=space, lightness=0.5).strength
    np.testing.assert_allclose(half, oracle(values * [0.5, 1, 1], 5), atol=tolerance)
    wide = pochade.edges(picture.astype(np.uint16) * 257, space=space).strength
    np.testing.assert_allclose(wide, found, atol=tolerance)


def test_without_lightness_grey_has_no_edges():
    grey = np.repeat(noise((20, 30, 1), 12), 3, axis=2)
    assert pochade.edges(grey, space="lab", lightness=0).strength.max() < 0.02


def test_alpha_in_lab():
    from pochade.color import convert

    picture = noise((20, 30, 4), 13)
    values = convert(picture[..., :3].copy(), "srgb", "lab")
    share = picture[..., 3:] / 255
    black = oracle(values * share, 5)
    white = oracle(values * share + np.array([100, 0, 0]) * (1 - share), 5)
    found = pochade.edges(picture, space="lab").strength
    np.testing.assert_allclose(found, np.sqrt((black**2 + white**2) / 2), atol=0.02)


def test_any_number_of_bands():
    picture = noise((20, 30, 7), 14)
    result = pochade.edges(picture, look="overlay")
    np.testing.assert_allclose(result.strength, oracle(picture, 5), rtol=1.2e-7)
    assert result.image.shape == (20, 30, 3)
    with pytest.raises(UsageError, match="7 channels are no colours"):
        pochade.edges(picture, space="lab")


@pytest.mark.parametrize("sigma", [3.0, 9.0])
@pytest.mark.parametrize("window", [3, 5, 11])
def test_noise_is_found_in_noise(sigma: float, window: int):
    random = np.random.default_rng(15)
    picture = np.rint(random.normal(128, sigma, (300, 400, 3))).clip(0, 255).astype(np.uint8)
    size = window * window
    exact = np.sqrt(3 * (size - 1) / size) * sigma
    (found,) = pochade.edges(picture, window=window, noise="auto").noise
    assert found == pytest.approx(exact, rel=0.04)
    picture[::40] //= 2  # many edges
    (found,) = pochade.edges(picture, window=window, noise="auto").noise
    assert found == pytest.approx(exact, rel=0.12)
    assert not pochade.edges(picture[1:40], window=window).thin.any()


def test_noise_is_taken_away_as_variances_are():
    picture = noise((40, 60, 3), 16)
    plain = pochade.edges(picture).strength
    less = pochade.edges(picture, noise=100.0)
    expected = np.sqrt(np.maximum(plain.astype(np.float64) ** 2 - 1e4, 0))
    np.testing.assert_allclose(less.strength, expected, rtol=1e-4, atol=1e-2)
    assert less.noise == (100.0,)
    assert (less.strength == 0).any()


def test_a_picture_with_flat_parts_has_no_noise():
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:, 30:] = 200
    result = pochade.edges(picture, noise="auto")
    assert result.noise == (0.0,)
    assert np.array_equal(result.strength, pochade.edges(picture).strength)


def test_mean_contrast_lights_the_dark():
    bright = np.full((40, 80), 200, np.uint8)
    bright[:, ::8] = 100
    bright[:, 40:] //= 4
    plain = pochade.edges(bright, window=9).strength
    even = pochade.edges(bright, window=9, contrast="mean").strength
    before = plain[20, 60] / plain[20, 20]
    after = even[20, 60] / even[20, 20]
    assert before == pytest.approx(0.25, abs=0.01)
    assert after == pytest.approx(0.8, abs=0.08)
    grid = pochade.edges(bright, window=9, contrast="mean", grid=True).strength
    np.testing.assert_allclose(grid, even[4::9, 4::9][:4, :8], rtol=1e-5)
    valid = pochade.edges(bright, window=9, contrast="mean", border="valid").strength
    np.testing.assert_allclose(valid, even[4:-4, 4:-4], rtol=1e-5)


def test_local_contrast_lifts_the_faint():
    picture = np.zeros((90, 200), np.uint8)
    picture[:, :100] = noise((90, 100), 17)
    picture[:, 100:] = noise((90, 100), 18) // 20
    plain = pochade.edges(picture).strength
    local = pochade.edges(picture, contrast="local").strength
    factor = local[:, 20:180] / np.maximum(plain[:, 20:180], 1e-9)
    assert factor.max() <= np.sqrt(2) * 1.00001
    assert factor[:, -40:].min() > 1.35
    assert factor[:, :40].max() < 1


def test_mean_around_is_a_mean():
    values = noise((20, 30), 19).astype(np.float32)
    padded = np.pad(values.astype(np.float64), 3, mode="symmetric")
    views = np.lib.stride_tricks.sliding_window_view(padded, (7, 7))
    np.testing.assert_allclose(mean_around(values, 7), views.mean(axis=(2, 3)), rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"window": 4}, "odd"),
        ({"window": 1}, "from 3 to 255"),
        ({"window": 257}, "from 3 to 255"),
        ({"window": ()}, "window must be"),
        ({"window": "5"}, "window must be"),
        ({"window": 5.0}, "whole number"),
        ({"window": (3, 5), "grid": True}, "patches of one size"),
        ({"grid": True, "look": "overlay"}, "another look"),
        ({"grid": True, "border": "valid"}, "no border"),
        ({"lightness": 0.5}, "lab or oklab"),
        ({"noise": -1}, "from 0 on"),
        ({"noise": "some"}, "or auto"),
        ({"low": 5, "high": 4}, "low must not be above high"),
        ({"surround": 1.5}, "at most 1"),
        ({"look": "gray"}, "did you mean 'grey'"),
        ({"space": "rgb"}, "did you mean 'srgb'"),
        ({"edge_color": "red"}, "#ff2a00"),
        ({"color_map": "jet"}, "viridis"),
    ],
)
def test_wrong_options_are_explained(options: dict[str, object], says: str):
    with pytest.raises(UsageError, match=says) as caught:
        pochade.edges(noise((9, 9, 3)), **options)
    assert "\n" not in str(caught.value)


def test_a_picture_from_a_file(tmp_path: Path):
    from PIL import Image

    picture = noise((20, 30, 3), 20)
    Image.fromarray(picture).save(tmp_path / "a.png")
    expected = pochade.edges(picture).strength
    assert np.array_equal(pochade.edges(tmp_path / "a.png").strength, expected)
    assert np.array_equal(pochade.edges(Image.fromarray(picture)).strength, expected)
    assert pochade.edges(picture, resize="15").strength.shape == (10, 15)


def test_saving(tmp_path: Path):
    from PIL import Image

    picture = noise((20, 30, 3), 21)
    for look in ("grey", "color", "ridges", "binary", "overlay"):
        result = pochade.edges(picture, look=look)
        for name in ("a.png", "a.webp", "a.bmp", "a.tif"):
            path = result.save(tmp_path / name, overwrite=True)
            with Image.open(path) as image:
                assert np.array_equal(np.asarray(image.convert("RGB")), result.image), (look, name)
        for name in ("a.jpg", "a.gif", "a.avif"):
            with Image.open(result.save(tmp_path / name, overwrite=True)) as image:
                assert image.size == (30, 20)
        assert result._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(OutputError):
        result.save(tmp_path / "a.png")
    with pytest.raises(UsageError):
        result.save(tmp_path / "a.xyz")


def test_numbers_are_saved_as_they_are(tmp_path: Path):
    picture = noise((20, 30, 3), 22)
    for look, name in (("grey", "strength"), ("ridges", "ridges"), ("binary", "thin")):
        result = pochade.edges(picture, look=look)
        found = np.load(result.save(tmp_path / f"{look}.npy"))
        assert found.dtype == getattr(result, name).dtype
        assert np.array_equal(found, getattr(result, name))


def test_without_kernels_the_result_is_the_same(monkeypatch: pytest.MonkeyPatch):
    picture = noise((60, 90, 3), 23) // 12
    picture[20:40, 30:60] += 120
    with_kernels = pochade.edges(picture)
    found = (with_kernels.strength, with_kernels.ridges, with_kernels.thin)
    for module in ("edge_windows", "edge_lines"):
        monkeypatch.setattr(f"pochade.{module}.kernels", lambda: None)
    without = pochade.edges(picture)
    assert found[2].any()
    for one, other in zip(found, (without.strength, without.ridges, without.thin), strict=True):
        assert np.array_equal(one, other)


SCRIPT = """
import hashlib
import numpy as np
import pochade
from pochade import _native

random = np.random.default_rng(0)
digest = hashlib.sha256()
for dtype in (np.uint8, np.uint16):
    picture = random.integers(0, np.iinfo(dtype).max, (300, 700, 3), dtype) // 3
    picture[100:200, 200:500] *= 2
    for threads in (1, 2, 5):
        for window in (3, 5, 9, 15):
            result = pochade.edges(picture, window=window, threads=threads)
            digest.update(result.strength.tobytes() + result.ridges.tobytes())
            digest.update(result.thin.tobytes())
            if threads > 1:
                one = pochade.edges(picture, window=window, threads=1)
                assert np.array_equal(one.strength, result.strength)
                assert np.array_equal(one.ridges, result.ridges)
print(_native.isa(), digest.hexdigest())
"""


def test_same_bytes_on_every_instruction_set_and_number_of_threads():
    if edge_windows.kernels() is None:
        pytest.skip("the kernels are not built")
    digests = {}
    for wanted in ("baseline", "v3", "v4"):
        environment = os.environ | {"POCHADE_ISA": wanted}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        isa, digest = done.stdout.split()
        digests[isa] = digest
    assert len(set(digests.values())) == 1, digests
