"""How far a result is from its original: error, structure, colour, and the eye's own blur.

All functions take two pictures h w c uint8 of one shape, c 3 (sRGB) or 4 (straight alpha).
Pictures with transparency are judged as they are seen: both are put over black and over white
(rounded to bytes), both pairs are measured, and the figure is the mean of the two (percentiles are
taken over both together). So the colour under alpha 0 never counts, and where both pictures are
opaque nothing changes.

Memory: pictures are walked in bands of rows. `compare` of 24 megapixels needs about 110 MB beside
the pictures (the colour differences, for the percentile), 480 MB with transparency, and 200 MB
while S-CIELAB runs. Time, with the kernels: about 2 seconds of one thread for 24 megapixels; the
blurred difference adds 2 and S-CIELAB 8 (a quarter of a second on half a megapixel).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pochade.agreement import label_agreement
from pochade.color.convert import convert, load_native
from pochade.color.difference import ciede2000, oklab_difference
from pochade.color.spatial import blurred_oklab, gaussian, mirrored, scielab
from pochade.errors import UsageError
from pochade.types import Image

__all__ = [
    "Metrics",
    "blurred_difference",
    "ciede2000_stats",
    "compare",
    "label_agreement",
    "mse",
    "oklab_mean",
    "over",
    "psnr",
    "scielab_mean",
    "ssim",
]

BAND = 1 << 18  # pixels of one band
WINDOW = 11  # of SSIM


@dataclass(frozen=True, slots=True)
class Metrics:
    """What `compare` measures; every figure is defined at the function of its name."""

    mse: float
    """Mean over pixels of the summed squared RGB distance, 0..195075."""
    psnr: float
    """dB; infinite for equal pictures."""
    ssim: float
    """-1..1, 1 for equal pictures."""
    ciede2000_mean: float
    ciede2000_p95: float
    oklab_mean: float
    """Mean OKLab distance, black to white = 1."""
    scielab_mean: float | None = None
    """Mean S-CIELAB difference, when asked for."""
    blurred_oklab_mean: float | None = None
    """Mean OKLab distance after the blur, when asked for."""

    def to_dict(self) -> dict[str, float | None]:
        """For JSON: the fields in order; an infinite PSNR and figures not asked for are None."""
        fields: dict[str, float | None] = asdict(self)
        return {k: v if v is not None and math.isfinite(v) else None for k, v in fields.items()}


def compare(
    original: Image,
    result: Image,
    *,
    pixels_per_degree: float | None = None,
    sigma_px: float | None = None,
    threads: int = 1,
) -> Metrics:
    """Measure everything at once.

    Args:
        original: h w c uint8; see the module about transparency.
        result: the same shape.
        pixels_per_degree: also measure S-CIELAB at this resolution (`scielab_mean`).
        sigma_px: also measure the blurred OKLab difference (`blurred_difference`).
        threads: for the kernels; the figures do not depend on it.

    Raises:
        UsageError: pictures that differ in size or channels, or are not h w 3|4 uint8.
    """
    _check(original, result)
    gaps = _room(original, result)
    error = 0
    oklab = similarity = eye = soft = 0.0
    for row, (a, b) in zip(gaps, _views(original, result), strict=True):
        error += _squared_errors(a, b, threads)
        oklab += _color_gaps(a, b, row, threads)
        similarity += _ssim_of(a, b, threads)
        if pixels_per_degree is not None:
            eye += _mean(scielab(a, b, pixels_per_degree=pixels_per_degree, threads=threads))
        if sigma_px is not None:
            soft += _mean(blurred_oklab(a, b, sigma_px=sigma_px, threads=threads))
    mean, p95 = _mean_and_p95(gaps)
    views = len(gaps)
    return Metrics(
        mse=error / gaps.size,
        psnr=_psnr(error / gaps.size),
        ssim=similarity / views,
        ciede2000_mean=mean,
        ciede2000_p95=p95,
        oklab_mean=oklab / gaps.size,
        scielab_mean=None if pixels_per_degree is None else eye / views,
        blurred_oklab_mean=None if sigma_px is None else soft / views,
    )


def mse(original: Image, result: Image, *, threads: int = 1) -> float:
    """Mean over pixels of the squared sRGB byte distance, summed over R, G and B: 0..195075.

    Exact integers inside. (An MSE per component, as elsewhere, is a third of this.)

    >>> import numpy as np
    >>> mse(np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 2, np.uint8))
    12.0
    """
    _check(original, result)
    total = pixels = 0
    for a, b in _views(original, result):
        pixels += a.shape[0] * a.shape[1]
        total += _squared_errors(a, b, threads)
    return total / pixels


def _squared_errors(a: Image, b: Image, threads: int) -> int:
    return sum(_squared_error(a[rows], b[rows], threads) for rows in _bands(a))


def _squared_error(a: Image, b: Image, threads: int) -> int:
    native = load_native()
    if native is not None:
        return int(native.squared_error(np.ascontiguousarray(a), np.ascontiguousarray(b), threads))
    gap = a.astype(np.int32) - b
    return int((gap * gap).sum(dtype=np.int64))


def psnr(original: Image, result: Image) -> float:
    """Peak signal to noise ratio in dB, 10 log10(3 x 255^2 / mse); infinite for equal pictures."""
    return _psnr(mse(original, result))


def _psnr(error: float) -> float:
    return math.inf if error == 0 else 10 * math.log10(3 * 255**2 / error)


def ciede2000_stats(original: Image, result: Image, *, threads: int = 1) -> tuple[float, float]:
    """Mean and 95th percentile of the CIEDE2000 difference over the pixels.

    The percentile is linear between the two nearest ranks, NumPy's default.
    """
    _check(original, result)
    gaps = _room(original, result)
    for row, (a, b) in zip(gaps, _views(original, result), strict=True):
        _color_gaps(a, b, row, threads, oklab=False)
    return _mean_and_p95(gaps)


def oklab_mean(original: Image, result: Image, *, threads: int = 1) -> float:
    """Mean OKLab distance over the pixels, in units where black to white is 1."""
    _check(original, result)
    total = 0.0
    count = 0
    for a, b in _views(original, result):
        for rows in _bands(a):
            total += _oklab_sum(a[rows], b[rows], threads)
        count += a.shape[0] * a.shape[1]
    return total / count


def _oklab_sum(a: Image, b: Image, threads: int) -> float:
    first, second = (convert(x, "srgb", "oklab", threads=threads) for x in (a, b))
    return float(oklab_difference(first, second, threads=threads).sum(dtype=np.float64))


def _room(original: Image, result: Image) -> NDArray[np.float32]:
    """An empty difference for every pixel of every pair that `_views` gives."""
    views = 1 if _is_opaque(original, result) else 2
    return np.empty((views, *original.shape[:2]), np.float32)


def _color_gaps(
    a: Image, b: Image, gaps: NDArray[np.float32], threads: int, *, oklab: bool = True
) -> float:
    """Fill `gaps` with CIEDE2000 differences; the sum of the OKLab distances, when wanted."""
    total = 0.0
    for rows in _bands(a):
        first, second = (convert(x[rows], "srgb", "lab", threads=threads) for x in (a, b))
        gaps[rows] = ciede2000(first, second, threads=threads)
        total += _oklab_sum(a[rows], b[rows], threads) if oklab else 0.0
    return total


def _mean_and_p95(gaps: NDArray[np.float32]) -> tuple[float, float]:
    """Mean and 95th percentile; `gaps` is reordered."""
    values = gaps.reshape(-1)
    mean = _mean(values)
    return mean, float(np.percentile(values, 95, overwrite_input=True))


def _mean(values: NDArray[np.float32]) -> float:
    return float(values.mean(dtype=np.float64))


def scielab_mean(
    original: Image, result: Image, *, pixels_per_degree: float = 40.0, threads: int = 1
) -> float:
    """Mean S-CIELAB difference (`color.spatial.scielab`, CIE76): what is left after the eye's blur.

    The figure to judge dithering by: it was made for halftones seen from a distance, its filters
    are measured contrast sensitivities of the opponent channels, and on flat areas it is plain
    L*a*b*.
    """
    _check(original, result)
    return _mean_of_views(
        original,
        result,
        lambda a, b: scielab(a, b, pixels_per_degree=pixels_per_degree, threads=threads),
    )


def blurred_difference(
    original: Image, result: Image, *, sigma_px: float = 1.0, threads: int = 1
) -> float:
    """Mean OKLab distance after a Gaussian blur of the light (`color.spatial.blurred_oklab`)."""
    _check(original, result)
    return _mean_of_views(
        original, result, lambda a, b: blurred_oklab(a, b, sigma_px=sigma_px, threads=threads)
    )


def _mean_of_views(
    original: Image, result: Image, measure: Callable[[Image, Image], NDArray[np.float32]]
) -> float:
    means = [_mean(measure(a, b)) for a, b in _views(original, result)]
    return sum(means) / len(means)


def ssim(original: Image, result: Image, *, threads: int = 1) -> float:
    """Structural similarity, the mean over all windows and over R, G and B: -1..1, 1 when equal.

    Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error
    visibility to structural similarity", IEEE Transactions on Image Processing 13 (2004) 600-612:
    a Gaussian window of 11 x 11 and sigma 1.5, K1 = 0.01, K2 = 0.03, L = 255, only windows that
    fit.
    The colour channels are averaged rather than reduced to luma, so that lost colour counts; the
    same as scikit-image's structural_similarity(..., channel_axis=2, gaussian_weights=True,
    sigma=1.5, use_sample_covariance=False, data_range=255) to 1e-5. A side shorter than 11 is
    mirrored by 5 at both ends, so that every pixel there has its window.
    """
    _check(original, result)
    totals = [_ssim_of(a, b, threads) for a, b in _views(original, result)]
    return sum(totals) / len(totals)


def _ssim_of(a: Image, b: Image, threads: int) -> float:
    for axis in (0, 1):
        if a.shape[axis] < WINDOW:
            half = WINDOW // 2
            index = mirrored(np.arange(-half, a.shape[axis] + half), a.shape[axis])
            a, b = np.take(a, index, axis), np.take(b, index, axis)
    native = load_native()
    if native is not None:
        taps = gaussian(1.5, WINDOW // 2)
        pair = (np.ascontiguousarray(a), np.ascontiguousarray(b))
        return float(native.ssim(*pair, taps, threads))
    return ssim_reference(a, b)


def ssim_reference(a: Image, b: Image) -> float:
    """The plain version in float64, in bands of rows: pictures at least 11 x 11."""
    taps = gaussian(1.5, WINDOW // 2).astype(np.float64)
    taps /= taps.sum()
    h, w, c = a.shape
    rows_at_once = max(1, BAND // w)
    total = 0.0
    for top in range(0, h - WINDOW + 1, rows_at_once):
        bottom = min(top + rows_at_once, h - WINDOW + 1) + WINDOW - 1
        x, y = a[top:bottom].astype(np.float64), b[top:bottom].astype(np.float64)
        total += float(_ssim_map(x, y, taps).sum())
    return total / float((h - WINDOW + 1) * (w - WINDOW + 1) * c)


def _ssim_map(x: NDArray[Any], y: NDArray[Any], taps: NDArray[Any]) -> NDArray[Any]:
    def window(values: NDArray[Any]) -> NDArray[Any]:
        height, width = values.shape[0] - WINDOW + 1, values.shape[1] - WINDOW + 1
        across = np.zeros((values.shape[0], width, values.shape[2]))
        result = np.zeros((height, width, values.shape[2]))
        for i, tap in enumerate(taps):
            across += tap * values[:, i : i + width]
        for i, tap in enumerate(taps):
            result += tap * across[i : i + height]
        return result

    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_x, mean_y = window(x), window(y)
    var_x = window(x * x) - mean_x * mean_x
    var_y = window(y * y) - mean_y * mean_y
    cov = window(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    structure: NDArray[Any] = (2 * cov + c2) / (var_x + var_y + c2)
    similarity: NDArray[Any] = luminance * structure
    return similarity


def _check(original: Image, result: Image) -> None:
    for picture in (original, result):
        if (
            picture.ndim != 3
            or picture.shape[2] not in (3, 4)
            or picture.dtype != np.uint8
            or picture.size == 0
        ):
            raise UsageError(
                f"A picture must be h x w x 3 or 4 uint8, not {picture.shape} {picture.dtype}."
            )
    (h1, w1, c1), (h2, w2, c2) = original.shape, result.shape
    if (h1, w1) != (h2, w2):
        raise UsageError(
            f"The pictures differ in size: {w1} x {h1} and {w2} x {h2} pixels; resize one first."
        )
    if c1 != c2:
        raise UsageError(
            f"One picture has {c1} channels and the other {c2}; give both alpha or neither."
        )


def _views(original: Image, result: Image) -> Iterator[tuple[Image, Image]]:
    """The pairs of opaque pictures to measure: one, or over black and over white."""
    if _is_opaque(original, result):
        yield original[..., :3], result[..., :3]
    else:
        for background in (0, 255):
            yield over(original, background), over(result, background)


def _is_opaque(*pictures: Image) -> bool:
    return all(p.shape[2] == 3 or bool((p[..., 3] == 255).all()) for p in pictures)


def over(image: Image, background: int) -> Image:
    """A picture h w 4 put over a grey background 0..255: h w 3, to the nearest byte."""
    result = np.empty((*image.shape[:2], 3), np.uint8)
    for rows in _bands(image):
        part = image[rows].astype(np.uint16)
        alpha = part[..., 3:]
        values = part[..., :3] * alpha
        values += 255 // 2 + 1 + background * (255 - alpha)
        values += values >> 8  # with the next line, an exact division by 255 up to 255 x 255
        values >>= 8
        result[rows] = values
    return result


def _bands(image: Image) -> Iterator[slice]:
    """Slices of rows, each of about BAND pixels; they depend on the size only."""
    step = max(1, BAND // image.shape[1])
    for top in range(0, image.shape[0], step):
        yield slice(top, min(top + step, image.shape[0]))
