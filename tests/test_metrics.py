"""Metrics against scikit-image, scikit-learn, SciPy and hand-made cases, and their laws."""

from __future__ import annotations

import json
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage
from skimage.metrics import structural_similarity
from sklearn.metrics import adjusted_rand_score

from pochade import metrics
from pochade.color import cie76, ciede2000, convert, oklab_difference, spatial
from pochade.color.spatial import blur, blur_reference, blurred_oklab, gaussian, scielab
from pochade.errors import UsageError
from pochade.metrics import compare, label_agreement, mse, psnr, ssim

MODULES = (metrics, spatial)


@pytest.fixture(params=["kernels", "numpy"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "numpy":
        for module in MODULES:
            monkeypatch.setattr(module, "load_native", lambda: None)
    elif metrics.load_native() is None:
        pytest.skip("the kernels are not built")
    return str(request.param)


def photo(h: int, w: int, seed: int = 0, c: int = 3) -> np.ndarray:
    """Smooth colours with noise: something like a photo."""
    rng = np.random.default_rng(seed)
    base = ndimage.gaussian_filter(rng.normal(0, 1, (h, w, c)), (4, 4, 0), mode="wrap") * 500 + 128
    return np.clip(base + rng.normal(0, 6, base.shape), 0, 255).astype(np.uint8)


def posterised(image: np.ndarray, step: int = 40) -> np.ndarray:
    return np.clip(image // step * step + step // 2, 0, 255).astype(np.uint8)


PHOTO = photo(64, 91)
POOR = posterised(PHOTO)
pictures = hnp.arrays(np.uint8, st.tuples(st.integers(1, 14), st.integers(1, 14), st.just(3)))


@pytest.mark.usefixtures("kernels")
class TestSsim:
    @pytest.mark.parametrize("shape", [(64, 91), (11, 11), (12, 300), (200, 40), (90, 700)])
    def test_scikit_image(self, shape: tuple[int, int]) -> None:
        a = photo(*shape)
        for b in (posterised(a), photo(*shape, seed=1), 255 - a):
            expected = structural_similarity(
                a,
                b,
                channel_axis=2,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
                data_range=255,
            )
            assert ssim(a, b) == pytest.approx(expected, abs=1e-5)

    def test_flat_pictures(self) -> None:
        a, b = np.full((20, 20, 3), 100, np.uint8), np.full((20, 20, 3), 120, np.uint8)
        c1 = 2.55**2
        expected = (2 * 100 * 120 + c1) / (100**2 + 120**2 + c1)
        assert ssim(a, b) == pytest.approx(expected, abs=1e-5)

    @pytest.mark.parametrize("shape", [(1, 1), (1, 30), (5, 5), (30, 2), (10, 11)])
    def test_smaller_than_the_window(self, shape: tuple[int, int]) -> None:
        a = photo(*shape)
        assert ssim(a, a) == pytest.approx(1, abs=1e-6)
        padded = [np.pad(x, [(5, 5), (5, 5), (0, 0)], "symmetric") for x in (a, posterised(a))]
        if max(shape) < 11:
            assert ssim(a, posterised(a)) == pytest.approx(ssim(*padded), abs=1e-6)

    @given(pictures)
    def test_bounds_and_symmetry(self, a: np.ndarray) -> None:
        b = np.ascontiguousarray(a[::-1, ::-1])
        assert -1 - 1e-6 <= ssim(a, b) <= 1 + 1e-6
        assert ssim(a, b) == pytest.approx(ssim(b, a), abs=1e-6)
        assert ssim(a, a) == pytest.approx(1, abs=1e-6)


@pytest.mark.usefixtures("kernels")
class TestSpatial:
    def test_blur(self) -> None:
        planes = np.random.default_rng(0).random((40, 60, 3), np.float32)
        for radius in (0, 1, 5, 19):
            taps = gaussian(radius / 2.5, radius)
            found = blur(planes, taps)
            assert found.shape == (40 - 2 * radius, 60 - 2 * radius, 3)
            assert np.abs(found - blur_reference(planes, taps)).max() < 1e-6

    def test_flat_areas_are_plain_lab(self) -> None:
        a, b = np.full((50, 60, 3), 90, np.uint8), np.full((50, 60, 3), 90, np.uint8)
        b[..., 0] = 130
        plain = cie76(convert(a, "srgb", "lab"), convert(b, "srgb", "lab"))
        assert np.allclose(scielab(a, b), plain, atol=2e-3)
        plain = oklab_difference(convert(a, "srgb", "oklab"), convert(b, "srgb", "oklab"))
        assert np.allclose(blurred_oklab(a, b, sigma_px=2), plain, atol=1e-5)

    def test_far_away_a_halftone_is_grey(self) -> None:
        board = (np.indices((80, 80)).sum(0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, 2)
        grey = np.full((80, 80, 3), 188, np.uint8)  # the byte of half the light
        near, far = (scielab(board, grey, pixels_per_degree=p).mean() for p in (5, 80))
        assert far < 1 < 30 < near
        assert blurred_oklab(board, grey, sigma_px=3).mean() < 0.002
        assert blurred_oklab(board, grey, sigma_px=0).mean() > 0.4

    def test_scielab_by_the_book(self) -> None:
        """Straight from the paper with SciPy's convolution: no bands, no own filter."""
        a, b, ppd = PHOTO, POOR, 31
        radius = 15
        yy, xx = np.mgrid[-radius : radius + 1, -radius : radius + 1] / ppd
        seen = []
        for picture in (a, b):
            xyz = (
                convert(picture, "srgb", "linear").astype(float) @ np.array(spatial.LINEAR_TO_XYZ).T
            )
            opponent = xyz @ np.array(spatial.XYZ_TO_OPPONENT).T
            planes = []
            for i, channel in enumerate(spatial.KERNELS):
                kernel = np.zeros_like(xx)
                for weight, spread in channel:
                    g = np.exp(-(xx**2 + yy**2) / spread**2)
                    kernel += weight * g / g.sum()
                kernel /= kernel.sum()
                planes.append(ndimage.convolve(opponent[..., i], kernel, mode="reflect"))
            back = np.stack(planes, -1) @ np.linalg.inv(spatial.XYZ_TO_OPPONENT).T
            linear = back @ np.linalg.inv(spatial.LINEAR_TO_XYZ).T
            seen.append(convert(linear, "linear", "lab"))
        found = scielab(a, b, pixels_per_degree=ppd)
        assert np.abs(found - cie76(*seen)).max() < 5e-3
        found = scielab(a, b, pixels_per_degree=ppd, formula="ciede2000")
        assert np.abs(found - ciede2000(*seen)).max() < 5e-3

    def test_bands_do_not_show(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = scielab(PHOTO, POOR), blurred_oklab(PHOTO, POOR)
        monkeypatch.setattr(spatial, "BAND", 1000)
        banded = scielab(PHOTO, POOR, threads=2), blurred_oklab(PHOTO, POOR, threads=2)
        for a, b in zip(whole, banded, strict=True):
            assert np.array_equal(a, b)

    @given(pictures, st.floats(1, 60), st.floats(0, 8))
    @settings(max_examples=30)
    def test_any_size(self, a: np.ndarray, ppd: float, sigma: float) -> None:
        assert not scielab(a, a, pixels_per_degree=ppd).any()
        assert not blurred_oklab(a, a, sigma_px=sigma).any()
        assert scielab(a, 255 - a, pixels_per_degree=ppd).shape == a.shape[:2]

    def test_refusals(self) -> None:
        with pytest.raises(UsageError, match="pixels_per_degree"):
            scielab(PHOTO, POOR, pixels_per_degree=math.nan)
        with pytest.raises(UsageError, match="sigma_px"):
            blurred_oklab(PHOTO, POOR, sigma_px=-1)
        with pytest.raises(UsageError, match="formula"):
            scielab(PHOTO, POOR, formula="cie94")  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="differ in size"):
            scielab(PHOTO, POOR[:-1])


@pytest.mark.usefixtures("kernels")
class TestCompare:
    def test_plain_definitions(self) -> None:
        found = compare(PHOTO, POOR, pixels_per_degree=30, sigma_px=1.5)
        error = ((PHOTO.astype(float) - POOR) ** 2).sum(-1).mean()
        assert found.mse == pytest.approx(error, rel=1e-12) == mse(PHOTO, POOR)
        assert found.psnr == pytest.approx(10 * math.log10(3 * 255**2 / error)) == psnr(PHOTO, POOR)
        gaps = ciede2000(convert(PHOTO, "srgb", "lab"), convert(POOR, "srgb", "lab"))
        assert found.ciede2000_mean == pytest.approx(gaps.mean(), rel=1e-6)
        assert found.ciede2000_p95 == pytest.approx(np.percentile(gaps, 95), rel=1e-6)
        assert (found.ciede2000_mean, found.ciede2000_p95) == metrics.ciede2000_stats(PHOTO, POOR)
        oklab = oklab_difference(convert(PHOTO, "srgb", "oklab"), convert(POOR, "srgb", "oklab"))
        assert found.oklab_mean == pytest.approx(oklab.mean(), rel=1e-6)
        assert found.oklab_mean == metrics.oklab_mean(PHOTO, POOR)
        assert found.ssim == ssim(PHOTO, POOR)
        assert found.scielab_mean == metrics.scielab_mean(PHOTO, POOR, pixels_per_degree=30)
        assert found.blurred_oklab_mean == metrics.blurred_difference(PHOTO, POOR, sigma_px=1.5)

    def test_equal_pictures(self) -> None:
        found = compare(PHOTO, PHOTO)
        assert (found.mse, found.psnr, found.ciede2000_p95) == (0, math.inf, 0)
        assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["psnr"] is None
        assert found.to_dict()["scielab_mean"] is None

    def test_bands_and_threads_do_not_show(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = compare(PHOTO, POOR, threads=1)
        assert compare(PHOTO, POOR, threads=3) == whole
        monkeypatch.setattr(metrics, "BAND", 500)
        banded = compare(PHOTO, POOR)
        for name, value in whole.to_dict().items():
            if value is not None:
                assert banded.to_dict()[name] == pytest.approx(value, rel=1e-9)

    @given(pictures)
    @settings(max_examples=30)
    def test_any_size(self, a: np.ndarray) -> None:
        b = np.ascontiguousarray(a[::-1, ::-1])
        there, back = compare(a, b), compare(b, a)
        assert there.mse == back.mse
        assert there.ciede2000_mean == pytest.approx(back.ciede2000_mean, rel=1e-6)

    def test_views_with_gaps(self) -> None:
        big = photo(40, 60, c=4)
        big[..., 3] = 255
        view, copy = big[::2, ::-1, :3], np.ascontiguousarray(big[::2, ::-1, :3])
        other = posterised(copy)
        assert compare(view, other) == compare(copy, other)


def test_memory_is_bounded() -> None:
    if metrics.load_native() is None:
        pytest.skip("the kernels are not built")
    a = np.random.default_rng(0).integers(0, 256, (1000, 3000, 3), np.uint8)
    b = 255 - a
    tracemalloc.start()
    try:
        compare(a, b)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        compare(a, b, pixels_per_degree=40, sigma_px=1)
        _, spatial_peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * a.size / 3 + 25e6
    assert spatial_peak < 4 * a.size / 3 + 150e6


class TestAlpha:
    def test_hidden_colour_never_counts(self) -> None:
        a = photo(20, 20, c=4)
        a[..., 3] = np.random.default_rng(0).choice([0, 100, 255], (20, 20))
        b = a.copy()
        b[a[..., 3] == 0, :3] = 77
        assert compare(a, b).mse == 0

    def test_opaque_is_as_rgb(self) -> None:
        a, b = (np.dstack([x, np.full(x.shape[:2], 255, np.uint8)]) for x in (PHOTO, POOR))
        assert compare(a, b) == compare(PHOTO, POOR)

    def test_over_black_and_white(self) -> None:
        a = np.zeros((1, 1, 4), np.uint8)
        b = np.array([[[255, 0, 0, 255]]], np.uint8)
        assert mse(a, b) == (255**2 + 2 * 255**2) / 2
        every = np.zeros((256, 256, 4), np.uint8)
        every[..., 0], every[..., 3] = np.indices((256, 256))
        color, alpha = every[..., 0] / 255, every[..., 3] / 255
        assert np.array_equal(metrics.over(every, 0)[..., 0], np.rint(color * alpha * 255))
        white = np.rint((color * alpha + 1 - alpha) * 255)
        assert np.array_equal(metrics.over(every, 255)[..., 0], white)
        half = np.array([[[200, 100, 0, 128]]], np.uint8)
        assert metrics.over(half, 0).tolist() == [[[100, 50, 0]]]
        assert metrics.over(half, 255).tolist() == [[[227, 177, 127]]]


class TestRefusals:
    @pytest.mark.parametrize(
        ("a", "b", "word"),
        [
            (PHOTO, PHOTO[:, 1:], "differ in size: 91 x 64 and 90 x 64"),
            (PHOTO, photo(64, 91, c=4), "3 channels and the other 4"),
            (PHOTO[..., 0], PHOTO[..., 0], "h x w x 3 or 4"),
            (PHOTO.astype(float), PHOTO, "uint8"),
            (PHOTO[:0], PHOTO[:0], "h x w x 3 or 4"),
        ],
    )
    def test_says_what_is_wrong(self, a: np.ndarray, b: np.ndarray, word: str) -> None:
        for measure in (compare, mse, psnr, ssim, metrics.oklab_mean, metrics.ciede2000_stats):
            with pytest.raises(UsageError, match=word):
                measure(a, b)

    def test_labels(self) -> None:
        with pytest.raises(UsageError, match="cannot be compared"):
            label_agreement(np.zeros(3, int), np.zeros(4, int))
        with pytest.raises(UsageError, match="cannot be compared"):
            label_agreement(np.zeros(0, int), np.zeros(0, int))
        with pytest.raises(UsageError, match="integers"):
            label_agreement(np.zeros(3), np.zeros(3))


class TestLabelAgreement:
    @given(
        hnp.arrays(np.int16, (2, 30), elements=st.integers(-3, 4)),
        st.sampled_from([np.int64, np.int16, np.uint32]),
    )
    def test_scikit_learn(self, labels: np.ndarray, dtype: type) -> None:
        first, second = labels.astype(dtype)
        expected = adjusted_rand_score(first, second)
        assert label_agreement(first, second) == pytest.approx(expected, abs=1e-12)

    def test_renaming_changes_nothing(self) -> None:
        rng = np.random.default_rng(0)
        labels = rng.integers(0, 200, (50, 60)).astype(np.uint8)
        assert label_agreement(labels, rng.permutation(200).astype(np.uint16)[labels]) == 1
        huge = labels.astype(np.int64) * 10**12 - 5
        assert label_agreement(labels, huge) == 1

    def test_many_clusters_and_chance(self) -> None:
        rng = np.random.default_rng(1)
        a, b = rng.integers(0, 60_000, (2, 100_000))
        assert label_agreement(a, b) == pytest.approx(adjusted_rand_score(a, b), abs=1e-12)
        a, b = rng.integers(0, 8, (2, 1_500_000)).astype(np.uint8)
        assert abs(label_agreement(a, b)) < 1e-4

    def test_degenerate(self) -> None:
        one, each = np.zeros(5, int), np.arange(5)
        assert label_agreement(one, one) == label_agreement(each, each) == 1
        assert label_agreement(one, each) == 0
        assert label_agreement(one[:1], each[:1]) == 1
