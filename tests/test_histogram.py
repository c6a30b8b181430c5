"""Counting, binning and mapping back: against NumPy's own unique and against each other."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pochade import histogram
from pochade import histogram_reference as reference
from pochade.errors import UsageError
from pochade.histogram import bin_colors, count_colors, map_nearest

NATIVE = histogram._native is not None
needs_native = pytest.mark.skipif(not NATIVE, reason="built without kernels")


@pytest.fixture(params=["native", "reference"])
def face(request, monkeypatch):
    """Runs a test with the kernels and again without them."""
    if request.param == "reference":
        monkeypatch.setattr(histogram, "_native", None)
    elif not NATIVE:
        pytest.skip("built without kernels")
    return request.param


def photo(rows=180, columns=240, channels=3, seed=0):
    """Smooth ramps with noise: neighbouring pixels alike, many colours, like a photo."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns]
    ramps = [x * 255 / columns, y * 255 / rows, 128 + 100 * np.sin(x / 30 + y / 20)]
    image = np.stack(ramps[:3], axis=-1) + rng.normal(0, 6, (rows, columns, 3))
    image = np.clip(image, 0, 255).astype(np.uint8)
    image[: rows // 6] = (240, 240, 235)  # flat, and more than 255 pixels of one colour
    if channels == 3:
        return image
    alpha = np.full((rows, columns, 1), 255, np.uint8)
    alpha[:, : columns // 5] = 0
    alpha[rows // 2 :, columns // 2 :] = rng.integers(0, 256, (rows - rows // 2, 1, 1))
    return np.concatenate([image, alpha], axis=2)


def visible(image):
    """The image with every colour of alpha 0 as (0, 0, 0, 0)."""
    if image.shape[2] == 4:
        image = image.copy()
        image[image[..., 3] == 0] = 0
    return image


@pytest.mark.parametrize("channels", [3, 4])
def test_counts_are_those_of_numpy_unique(face, channels):
    image = photo(channels=channels)
    counted = count_colors([image])
    colors, counts = np.unique(visible(image).reshape(-1, channels), axis=0, return_counts=True)
    order = np.lexsort(counted.colors.T[::-1])
    np.testing.assert_array_equal(counted.colors[order], colors)
    np.testing.assert_array_equal(counted.counts[order], counts)
    np.testing.assert_array_equal(counted.weights, counted.counts.astype(np.float32))
    assert (counted.colors.dtype, counted.counts.dtype) == (np.uint8, np.uint32)


@pytest.mark.parametrize("channels", [3, 4])
def test_labels_lead_back_to_the_same_pixels(face, channels):
    image = photo(channels=channels)
    counted = count_colors([image])
    labels = counted.labels_for(image, np.arange(len(counted)))
    assert labels.dtype == np.uint16
    np.testing.assert_array_equal(counted.colors[labels], visible(image))
    few = counted.labels_for(image, np.arange(len(counted)) % 256)
    assert few.dtype == np.uint8
    np.testing.assert_array_equal(few, labels % 256)


@needs_native
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("kind", ["photo", "noise", "flat", "one pixel", "grey", "large"])
def test_kernels_give_the_bytes_of_the_reference(channels, kind):
    rng = np.random.default_rng(3)
    grey = rng.integers(0, 256, (50, 60, 1), np.uint8).repeat(channels, axis=2)
    image = {
        "photo": photo(channels=channels),
        "noise": rng.integers(0, 256, (90, 111, channels), np.uint8),
        "flat": np.full((70, 1001, channels), 77, np.uint8),
        "one pixel": rng.integers(0, 256, (1, 1, channels), np.uint8),
        "grey": grey,
        "large": np.tile(photo(120, 330, channels), (4, 3, 1)),  # several chunks and workers
    }[kind]
    weights = rng.random(image.shape[:2]).astype(np.float32)
    colors, counts, sums = reference.count_colors([image], [weights])
    labels = rng.integers(0, 1000, len(colors)).astype(np.uint32)
    palette = rng.integers(0, 256, (300, channels), np.uint8)
    nearest = reference.map_nearest(image, palette)
    for threads in (1, 2, 5):
        counted = count_colors([image], weights=[weights], threads=threads)
        np.testing.assert_array_equal(counted.colors, colors)
        np.testing.assert_array_equal(counted.counts, counts)
        np.testing.assert_array_equal(counted.weights, sums.astype(np.float32))
        np.testing.assert_array_equal(
            counted.labels_for(image, labels, threads=threads),
            reference.color_labels(image, colors, labels),
        )
        np.testing.assert_array_equal(map_nearest(image, palette, threads=threads), nearest)


@needs_native
@pytest.mark.parametrize("bits", [5, 6])
@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("shape", [(1, 1), (7, 1), (3, 2500), (330, 620)])
def test_binning_gives_the_bytes_of_the_reference(bits, step, shape):
    image = np.resize(photo(), (*shape, 3))
    means, weights = reference.bin_colors(image, bits, step)
    labels = np.arange(len(means), dtype=np.uint32) % 300
    palette = np.random.default_rng(5).random((300, 3)).astype(np.float32) * 255
    for threads in (1, 2):
        binned = bin_colors(image, bits=bits, step=step, threads=threads)
        np.testing.assert_array_equal(binned.means, means)
        np.testing.assert_array_equal(binned.weights, weights)
        for entries in (None, palette):
            expected = reference.bin_labels(
                image, bits, means, labels, histogram._NO_PALETTE if entries is None else entries
            )
            found = binned.labels_for(image, labels, palette=entries, threads=threads)
            np.testing.assert_array_equal(found, expected)


def test_cell_means_are_exact(face):
    image = photo()
    binned = bin_colors(image, bits=5)
    cells = (image >> 3).reshape(-1, 3)
    for mean, weight in list(zip(binned.means, binned.weights, strict=True))[::50]:
        inside = (cells == (mean.astype(np.uint8) >> 3)).all(axis=1)
        assert inside.sum() == weight
        expected = image.reshape(-1, 3)[inside].mean(axis=0, dtype=np.float64)
        np.testing.assert_allclose(mean, expected, rtol=1e-7)
    assert binned.weights.sum() == image[..., 0].size


@needs_native
def test_many_pixels_of_one_colour_do_not_overflow():
    image = np.full((1500, 2000, 3), (255, 254, 3), np.uint8)
    image[-1, -1] = 9
    counted = count_colors([image], threads=2)
    assert counted.counts.tolist() == [1, 2_999_999]
    for bits in (5, 6):
        binned = bin_colors(image, bits=bits, threads=2)
        np.testing.assert_array_equal(binned.means, [[9, 9, 9], [255, 254, 3]])
        assert binned.weights.tolist() == [1, 2_999_999]


def test_sampling_meets_both_colours_of_a_chessboard(face):
    y, x = np.mgrid[:64, :64]
    for pattern in ((x + y) % 2, x % 2, y % 2):
        image = np.where(pattern[..., None] == 1, 255, 0).astype(np.uint8).repeat(3, axis=2)
        weights = bin_colors(image, step=2).weights
        assert len(weights) == 2
        assert weights.min() > 0.3 * weights.sum()


def test_cells_that_no_sample_hit_take_the_nearest_entry(face):
    image = np.zeros((1, 4, 3), np.uint8)  # row 0 samples columns 0 and 2
    image[0, 1] = (100, 100, 100)
    image[0, 2] = (200, 200, 200)
    binned = bin_colors(image, step=2)
    assert binned.means.tolist() == [[0, 0, 0], [200, 200, 200]]
    assert binned.labels_for(image, [1, 0]).tolist() == [[1, 1, 0, 1]]  # 99.5 is nearer 0
    palette = [[200, 200, 200], [0, 0, 0], [90, 90, 90]]
    assert binned.labels_for(image, [1, 0], palette=palette).tolist() == [[1, 2, 0, 1]]


def test_ties_go_to_the_lowest_index(face):
    image = np.array([[[10, 10, 10], [12, 10, 10]]], np.uint8)
    palette = np.array([[14, 10, 10], [12, 10, 10], [8, 10, 10], [12, 10, 10]], np.uint8)
    assert map_nearest(image, palette).tolist() == [[1, 1]]
    assert map_nearest(image, palette[[0, 2, 3]]).tolist() == [[1, 2]]


def test_hidden_colours_do_not_matter(face):
    image = np.array([[[9, 9, 9, 0], [200, 0, 0, 0], [0, 0, 0, 255]]], np.uint8)
    counted = count_colors([image])
    assert counted.colors.tolist() == [[0, 0, 0, 0], [0, 0, 0, 255]]
    assert counted.counts.tolist() == [2, 1]
    palette = np.array([[0, 0, 0, 255], [250, 250, 250, 0]], np.uint8)
    assert map_nearest(image, palette).tolist() == [[1, 1, 0]]


@needs_native
@pytest.mark.parametrize("channels", [3, 4])
def test_a_palette_of_65536_entries(channels):
    rng = np.random.default_rng(8)
    palette = rng.integers(0, 256, (65536, channels), np.uint8)
    image = rng.integers(0, 256, (12, 13, channels), np.uint8)
    image[0] = palette[-13:]
    labels = map_nearest(image, palette, threads=2)
    assert labels.dtype == np.uint16
    np.testing.assert_array_equal(labels, reference.map_nearest(image, palette))


def test_consecutive_cells_touch():
    rank = reference.cell_rank()
    cells = np.argsort(rank)
    corner = np.stack([cells >> 10, (cells >> 5) & 31, cells & 31], axis=1)
    assert (np.abs(np.diff(corner, axis=0)).sum(axis=1) == 1).all()


def test_read_only_and_strided_input(face):
    image = photo()
    image.flags.writeable = False
    expected = count_colors([image[::-1].copy()])
    for view in (image, image[::-1], np.asfortranarray(image), image[:, ::-1]):
        counted = count_colors([view])
        np.testing.assert_array_equal(counted.colors, expected.colors)
        np.testing.assert_array_equal(counted.counts, expected.counts)
        labels = counted.labels_for(view, np.arange(len(counted)))
        np.testing.assert_array_equal(counted.colors[labels], view)
    weights = np.ones(image.shape[:2])[::-1]  # float64, negative stride
    np.testing.assert_array_equal(
        count_colors([image], weights=[weights]).weights, expected.weights
    )


IMAGE = np.zeros((2, 3, 3), np.uint8)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: count_colors([]), "at least one"),
        (lambda: count_colors(IMAGE), "in a list"),
        (lambda: count_colors([IMAGE[..., 0]]), "h rows"),
        (lambda: count_colors([IMAGE.astype(float)]), "float64"),
        (lambda: count_colors([[[[1, 2, 3]]]]), "list"),
        (lambda: count_colors([IMAGE[:, :0]]), "empty"),
        (lambda: count_colors([IMAGE[..., :2]]), "2 channels"),
        (lambda: count_colors([IMAGE, photo(9, 9, 4)]), "the same"),
        (lambda: count_colors([IMAGE], threads=0), "threads"),
        (lambda: count_colors([IMAGE], weights=[]), "0 weight masks"),
        (lambda: count_colors([IMAGE], weights=[np.ones((3, 2))]), "shape"),
        (lambda: count_colors([IMAGE], weights=[np.full((2, 3), np.nan)]), "negative"),
        (lambda: count_colors([IMAGE], weights=[np.full((2, 3), -1.0)]), "negative"),
        (lambda: count_colors([IMAGE]).labels_for(IMAGE, [1, 2]), "1 integers"),
        (lambda: count_colors([IMAGE]).labels_for(IMAGE, [0.5]), "integers"),
        (lambda: count_colors([IMAGE]).labels_for(IMAGE, [-1]), "0 to 65535"),
        (lambda: count_colors([IMAGE]).labels_for(IMAGE, [1 << 32]), "0 to 65535"),
        (lambda: count_colors([IMAGE]).labels_for(IMAGE + np.uint8(99), [0]), "not counted"),
        (lambda: count_colors([IMAGE]).labels_for(photo(9, 9, 4), [0]), "4 channels"),
        (lambda: bin_colors(IMAGE, bits=4), "bits"),
        (lambda: bin_colors(IMAGE, step=0), "step"),
        (lambda: bin_colors(photo(9, 9, 4)), "4 channels"),
        (lambda: bin_colors(IMAGE).labels_for(IMAGE, [65535]), "0 to 65534"),
        (lambda: bin_colors(IMAGE).labels_for(IMAGE, [0], palette=[1, 2, 3]), "palette"),
        (lambda: map_nearest(IMAGE, np.zeros((0, 3), np.uint8)), "0 entries"),
        (lambda: map_nearest(IMAGE, np.zeros((2, 4), np.uint8)), "3 columns"),
        (lambda: map_nearest(IMAGE, np.zeros((2, 3))), "float64"),
    ],
)
def test_wrong_input_is_a_usage_error(face, call, words):
    with pytest.raises(UsageError, match=words):
        call()


DIGEST = """
import hashlib, sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from test_histogram import digest
print(digest())
"""


def digest():
    """A fingerprint of every result on a photo."""
    seen = hashlib.sha256()
    for channels in (3, 4):
        image = photo(130, 170, channels)
        counted = count_colors([image])
        labels = np.arange(len(counted)) % 251
        results = [counted.colors, counted.counts, counted.labels_for(image, labels)]
        results.append(map_nearest(image, counted.colors[::97]))
        if channels == 3:
            binned = bin_colors(image, bits=6, step=2)
            results += [binned.means, binned.labels_for(image, np.arange(len(binned)) % 9)]
        for result in results:
            seen.update(result.tobytes())
    return seen.hexdigest()


@needs_native
@pytest.mark.parametrize("isa", ["baseline", "v3", "v4"])
def test_the_same_bytes_with_every_instruction_set(isa):
    here = str(Path(__file__).parent)
    source = str(Path(histogram.__file__).parents[1])
    result = subprocess.run(
        [sys.executable, "-c", DIGEST, here],
        env={**os.environ, "POCHADE_ISA": isa, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == digest()
