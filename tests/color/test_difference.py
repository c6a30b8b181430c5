"""Colour differences: Sharma's pairs, peers, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pochade.color import cie76, ciede2000, convert, oklab_difference
from pochade.color import difference as difference_module
from pochade.color.difference import ciede2000_formula
from pochade.errors import UsageError

# Sharma, Wu and Dalal (2005), table 1: L1 a1 b1, L2 a2 b2, difference.
SHARMA = np.array(
    [
        [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
        [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
        [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
        [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
        [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
        [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
        [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
        [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
        [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
        [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)


@pytest.fixture(params=["kernels", "numpy"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "numpy":
        monkeypatch.setattr(difference_module, "load_native", lambda: None)
    elif difference_module.load_native() is None:
        pytest.skip("the kernels are not built")
    return str(request.param)


def random_lab(n: int, seed: int) -> np.ndarray:
    colors = np.random.default_rng(seed).integers(0, 256, (n, 3), np.uint8)
    return convert(colors, "srgb", "lab")


lab_colors = hnp.arrays(
    np.float32,
    (6, 3),
    elements=st.one_of(st.floats(-110, 110, width=32), st.sampled_from([0.0, -0.0, 1e-6, 50.0])),
)


@pytest.mark.usefixtures("kernels")
class TestCiede2000:
    def test_sharma(self) -> None:
        first, second = SHARMA[:, :3], SHARMA[:, 3:6]
        assert np.abs(ciede2000(first, second) - SHARMA[:, 6]).max() < 1e-4
        assert np.abs(ciede2000(second, first) - SHARMA[:, 6]).max() < 1e-4

    def test_colour_science(self) -> None:
        colour = pytest.importorskip("colour")
        first, second = random_lab(3000, 0), random_lab(3000, 1)
        near = first + np.random.default_rng(2).normal(0, 2, first.shape).astype(np.float32)
        for other in (second, near):
            expected = colour.delta_E(
                first.astype(np.float64), other.astype(np.float64), method="CIE 2000"
            )
            assert np.abs(ciede2000(first, other) - expected).max() < 5e-4

    def test_greys(self) -> None:
        greys = convert(np.arange(256, dtype=np.uint8)[:, None].repeat(3, 1), "srgb", "lab")
        expected = ciede2000_formula(greys[:-1].astype(float), greys[1:].astype(float))
        assert np.abs(ciede2000(greys[:-1], greys[1:]) - expected).max() < 1e-5

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(lab_colors, lab_colors)
    def test_symmetric_and_not_negative(self, first: np.ndarray, second: np.ndarray) -> None:
        gap = ciede2000(first, second)
        assert (gap >= 0).all()
        # Where two hues are opposite, the formula's mean hue jumps, and rounding decides which way.
        assert np.allclose(gap, ciede2000(second, first), rtol=1e-3, atol=1e-6)
        assert not ciede2000(first, first).any()


@pytest.mark.usefixtures("kernels")
class TestEuclidean:
    @given(lab_colors, lab_colors)
    def test_distance(self, first: np.ndarray, second: np.ndarray) -> None:
        expected = np.linalg.norm(first.astype(float) - second, axis=-1)
        assert np.allclose(cie76(first, second), expected, rtol=1e-6, atol=1e-6)
        assert np.array_equal(cie76(first, second), oklab_difference(second, first))

    def test_broadcasts_and_gaps(self) -> None:
        colors = random_lab(60, 3).reshape(4, 15, 3)
        one = colors[1, 2]
        assert cie76(colors, one).shape == (4, 15)
        assert np.array_equal(cie76(colors, one)[:, ::2], cie76(colors[:, ::2], one))
        assert cie76(one, one).shape == ()
        assert cie76(np.zeros((0, 3)), one).shape == (0,)


def test_kernel_is_close_to_the_formula() -> None:
    if difference_module.load_native() is None:
        pytest.skip("the kernels are not built")
    first, second = random_lab(100_000, 4), random_lab(100_000, 5)
    near = first + np.random.default_rng(6).normal(0, 1, first.shape).astype(np.float32)
    for other in (second, near):
        gap = ciede2000(first, other) - ciede2000_formula(first.astype(float), other.astype(float))
        assert np.abs(gap).max() < 2e-4
        assert np.abs(gap).mean() < 5e-6
    assert np.array_equal(ciede2000(first, second), ciede2000(first, second, threads=3))


def test_refusals() -> None:
    with pytest.raises(UsageError, match="three channels"):
        cie76(np.zeros((4, 2)), np.zeros((4, 2)))
    with pytest.raises(UsageError, match="cannot be paired"):
        ciede2000(np.zeros((4, 3)), np.zeros((5, 3)))
