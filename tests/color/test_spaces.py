"""Colour spaces against two independent libraries, and the laws that they must keep."""

from __future__ import annotations

import importlib
import importlib.util
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from coloraide.everything import ColorAll
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pochade.color import SPACES, convert, to_srgb8
from pochade.color.convert import _reference
from pochade.errors import UsageError

# the package's function of the same name hides the module as an attribute
convert_module = importlib.import_module("pochade.color.convert")
ROOT = Path(__file__).resolve().parents[2]
CORNERS = np.array([[r, g, b] for r in (0, 255) for g in (0, 255) for b in (0, 255)], np.uint8)
GREYS = np.arange(256, dtype=np.uint8)[:, None].repeat(3, 1)
RANDOM = np.random.default_rng(5).integers(0, 256, (500, 3), np.uint8)
COLORS = np.concatenate([CORNERS, GREYS, RANDOM])
PEER = {"linear": "srgb-linear", "lab": "lab-d65", "oklab": "oklab", "srgb": "srgb"}
UNIT = {"linear": 1.0, "srgb": 1.0, "lab": 100.0, "oklab": 1.0}
PAIRS = [(a, b) for a in SPACES for b in SPACES]


@pytest.fixture(params=["kernels", "numpy"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "numpy":
        monkeypatch.setattr(convert_module, "load_native", lambda: None)
    elif convert_module.load_native() is None:
        pytest.skip("the kernels are not built")
    return str(request.param)


@pytest.mark.usefixtures("kernels")
class TestAgainstPeers:
    @pytest.mark.parametrize("space", SPACES)
    def test_coloraide(self, space: str) -> None:
        expected = [
            ColorAll("srgb", list(c / 255)).convert(PEER[space]).coords(nans=False) for c in COLORS
        ]
        found = convert(COLORS, "srgb", space)
        assert np.abs(found - np.array(expected)).max() < 1e-6 * UNIT[space]

    @pytest.mark.parametrize(("source", "target"), PAIRS)
    def test_coloraide_from_floats(self, source: str, target: str) -> None:
        colors = convert(COLORS, "srgb", source)
        expected = [
            ColorAll(PEER[source], [float(x) for x in c]).convert(PEER[target]).coords(nans=False)
            for c in colors
        ]
        found = convert(colors, source, target)
        # sRGB's slope at black is 12.92 and the cube root's there is steep: float32 input decides.
        assert np.abs(found - np.array(expected)).max() < 4e-6 * UNIT[target]

    def test_colour_science(self) -> None:
        colour = pytest.importorskip("colour")
        srgb = colour.models.RGB_COLOURSPACE_sRGB.copy()
        srgb.use_derived_matrix_RGB_to_XYZ = True
        xyz = colour.RGB_to_XYZ(COLORS / 255, srgb, apply_cctf_decoding=True)
        lab = colour.XYZ_to_Lab(xyz, srgb.whitepoint)
        assert np.abs(convert(COLORS, "srgb", "lab") - lab).max() < 1e-4
        # its OKLab keeps the ten digits of the article, which put white at (1, 0, 4e-5) from XYZ
        oklab = colour.XYZ_to_Oklab(xyz)
        assert np.abs(convert(COLORS, "srgb", "oklab") - oklab).max() < 2e-4

    def test_ottosson_published_matrix(self) -> None:
        published = [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
        from pochade.color.constants import LINEAR_TO_LMS

        assert np.abs(np.array(LINEAR_TO_LMS) - published).max() < 1e-7


@pytest.mark.usefixtures("kernels")
class TestLaws:
    @pytest.mark.parametrize("space", ["lab", "oklab"])
    def test_greys_have_no_chroma(self, space: str) -> None:
        assert not convert(GREYS, "srgb", space)[:, 1:].any()
        floats = np.linspace(0, 1, 1001, dtype=np.float32)[:, None].repeat(3, 1)
        assert not convert(floats, "srgb", space)[:, 1:].any()

    @pytest.mark.parametrize("space", SPACES)
    def test_ends(self, space: str) -> None:
        black, white = convert([[0, 0, 0], [1, 1, 1]], "srgb", space)
        expected = [1, 1, 1] if space in ("srgb", "linear") else [UNIT[space], 0, 0]
        assert not black.any()
        assert np.abs(white - expected).max() <= 2e-7 * UNIT[space]

    @pytest.mark.parametrize("space", SPACES)
    def test_every_seventh_color_comes_back(self, space: str) -> None:
        steps = np.r_[0:20, 20:256:7, 250:256].astype(np.uint8)
        grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1)
        assert np.array_equal(to_srgb8(convert(grid, "srgb", space), space), grid)

    @given(
        hnp.arrays(np.float32, (4, 3), elements=st.floats(-0.5, 1.5, width=32)),
        st.sampled_from(SPACES),
    )
    def test_round_trip_outside_the_gamut(self, linear: np.ndarray, space: str) -> None:
        back = convert(convert(linear, "linear", space), space, "linear")
        assert np.abs(back - linear).max() < 2e-5

    def test_shapes_and_layouts(self) -> None:
        picture = np.random.default_rng(0).integers(0, 256, (5, 7, 4), np.uint8)
        whole = convert(np.ascontiguousarray(picture[..., :3]), "srgb", "oklab")
        assert np.array_equal(convert(picture[..., :3], "srgb", "oklab"), whole)
        assert np.array_equal(convert(picture[::-1, ::2, :3], "srgb", "oklab"), whole[::-1, ::2])
        assert np.array_equal(convert(picture[2, 3, :3], "srgb", "oklab"), whole[2, 3])
        floats = whole.astype(np.float64)
        assert np.array_equal(to_srgb8(floats, "oklab"), picture[..., :3])
        assert convert(np.zeros((0, 4, 3), np.uint8), "srgb", "lab").shape == (0, 4, 3)
        locked = picture[..., :3].copy()
        locked.setflags(write=False)
        assert np.array_equal(convert(locked, "srgb", "oklab"), whole)

    @pytest.mark.parametrize("kind", ["bytes", "gaps", "one long row", "doubles"])
    def test_memory_is_bounded(self, kind: str) -> None:
        picture = np.zeros((700, 1000, 4), np.uint8)
        colors = {
            "bytes": picture[..., :3].copy(),
            "gaps": picture[:, ::-1, :3],
            "one long row": picture.reshape(1, 1, -1, 4)[..., :3],
            "doubles": np.zeros((700, 1000, 3)),
        }[kind]
        tracemalloc.start()
        try:
            result = convert(colors, "srgb", "oklab", threads=2)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < result.nbytes + 20e6

    def test_bytes_round_and_clip(self) -> None:
        halves = np.array([[0.5, 1.5, 2.5], [-3, 254.5, 900], [np.nan, np.inf, -np.inf]]) / 255
        expected = [[0, 2, 2], [0, 254, 255], [0, 255, 0]]
        assert to_srgb8(halves.astype(np.float32), "srgb").tolist() == expected
        bad = [[np.nan, np.inf, -np.inf], [-1, 2, 1]]
        assert to_srgb8(bad, "linear").tolist() == [[0, 255, 0], [0, 255, 255]]

    @given(st.integers(0, 254))
    def test_bytes_change_halfway(self, byte: int) -> None:
        half = ((byte + 0.5) / 255 + 0.055) / 1.055
        light = half**2.4 if byte >= 10 else (byte + 0.5) / 255 / 12.92
        around = np.array([[light * (1 - 1e-6), light * (1 + 1e-6), light]], np.float32)
        assert to_srgb8(around, "linear")[0, :2].tolist() == [byte, byte + 1]


class TestKernels:
    @pytest.mark.parametrize(("source", "target"), PAIRS)
    def test_close_to_the_formulas(self, source: str, target: str) -> None:
        if convert_module.load_native() is None:
            pytest.skip("the kernels are not built")
        colors = np.random.default_rng(1).integers(0, 256, (5000, 3), np.uint8)
        given = convert(colors, "srgb", source)
        gap = np.abs(convert(given, source, target) - _reference(given, source, target, False))
        assert gap.max() <= {"oklab": 5e-7, "lab": 1.5e-4, "linear": 2e-6, "srgb": 1.2e-5}[target]

    def test_threads_do_not_matter(self) -> None:
        picture = np.random.default_rng(2).integers(0, 256, (300, 200, 3), np.uint8)
        one = convert(picture, "srgb", "lab", threads=1)
        assert np.array_equal(one, convert(picture, "srgb", "lab", threads=3))

    def test_special_floats_do_not_crash(self) -> None:
        values = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-45, 1e-38, 1e38, -1e38])
        colors = np.array(np.meshgrid(values, values, values), np.float32).reshape(3, -1).T
        with np.errstate(all="ignore"):
            for source, target in PAIRS:
                assert convert(colors, source, target).shape == colors.shape
                assert to_srgb8(colors, source).dtype == np.uint8


class TestRefusals:
    @pytest.mark.parametrize(
        ("colors", "source", "word"),
        [
            (np.zeros((2, 4), np.uint8), "srgb", "three channels"),
            (np.float32(1), "srgb", "three channels"),
            (np.zeros((2, 3), np.uint8), "lab", "uint8"),
            (np.zeros((2, 3)), "hsv", "Unknown colour space"),
            (np.zeros((2, 3), complex), "lab", "numbers"),
        ],
    )
    def test_says_what_is_wrong(self, colors: np.ndarray, source: str, word: str) -> None:
        with pytest.raises(UsageError, match=word):
            convert(colors, source, "linear")

    def test_unknown_target(self) -> None:
        with pytest.raises(UsageError, match="oklab"):
            convert([0, 0, 0], "srgb", "xyz")


def test_constants_are_up_to_date() -> None:
    path = ROOT / "tools/derive_color_constants.py"
    if not path.exists():
        pytest.skip("the tools are not part of this checkout")
    spec = importlib.util.spec_from_file_location("derive_color_constants", path)
    assert spec is not None
    assert spec.loader is not None
    derive = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(derive)
    assert derive.PYTHON_FILE.read_text() == derive.python_text()
    assert derive.CPP_FILE.read_text() == derive.cpp_text()
