"""Region trees: the laws of every tree, and the kernels against the exact reference."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.errors import CancelledError, UsageError
from pochade.io.open import open_image
from pochade.regions import boundary_edges, build_segmentation_tree, build_tree, cut
from pochade.regions import tree as tree_module

needs_kernels = pytest.mark.skipif(tree_module._native is None, reason="installed without kernels")
ENGINES = [pytest.param("native", marks=needs_kernels), "reference"]
KINDS = ("noise", "constant", "two", "ramp", "checkerboard", "blobs")


def picture(kind: str, h: int, w: int, c: int = 3, seed: int = 0) -> np.ndarray:
    """A picture of one kind, (h, w, c) uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:h, :w]
    if kind == "noise":
        return rng.integers(0, 256, (h, w, c), dtype=np.uint8)
    if kind == "constant":
        return np.full((h, w, c), 77, np.uint8)
    if kind == "two":
        plane = np.where(x < w // 2, 20, 230)
    elif kind == "ramp":
        plane = (x + y) * 255 // max(1, h + w - 2)
    elif kind == "checkerboard":
        plane = (x + y) % 2 * 255
    else:
        plane = 128 + 60 * np.sin(x / 5) + 50 * np.cos(y / 7) + rng.normal(0, 4, (h, w))
    return np.repeat(np.clip(plane, 0, 255).astype(np.uint8)[..., None], c, axis=2)


def check_tree(tree, h, w):
    n = h * w
    assert tree.shape == (h, w)
    assert tree.parents.shape == tree.altitudes.shape == (2 * n - 1,)
    assert tree.parents.dtype == np.int32
    assert tree.altitudes.dtype == np.float32
    assert tree.parents[-1] == 2 * n - 2
    assert (tree.parents[:-1] > np.arange(2 * n - 2)).all(), "parents come after their parts"
    assert (np.bincount(tree.parents[:-1], minlength=2 * n - 1)[n:] == 2).all()
    assert (tree.altitudes[tree.parents] >= tree.altitudes).all(), "altitudes never fall"
    assert not tree.altitudes[:n].any()
    assert tree.sizes[-1] == n


def components(labels: np.ndarray) -> int:
    """The number of 4-connected areas of equal labels."""
    root = list(range(labels.size))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    number = np.arange(labels.size).reshape(labels.shape)
    for one, two, a, b in (
        (labels[:, :-1], labels[:, 1:], number[:, :-1], number[:, 1:]),
        (labels[:-1], labels[1:], number[:-1], number[1:]),
    ):
        same = one == two
        for i, j in zip(a[same].tolist(), b[same].tolist(), strict=True):
            root[find(i)] = find(j)
    return sum(root[i] == i for i in range(labels.size))


def error_inside(image: np.ndarray, labels: np.ndarray) -> float:
    """Summed squared error of the pixels about the mean of their region."""
    flat, of_pixel = image.reshape(-1, image.shape[2]).astype(np.float64), labels.reshape(-1)
    counts = np.bincount(of_pixel)
    total = float((flat**2).sum())
    for band in range(flat.shape[1]):
        total -= float((np.bincount(of_pixel, flat[:, band]) ** 2 / counts).sum())
    return total


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture_gives_a_tree(engine, kind):
    check_tree(build_tree(picture(kind, 13, 17), engine=engine), 13, 17)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (1, 9), (9, 1), (2, 2), (3, 2), (2, 40)])
def test_tiny_pictures(engine, shape):
    for build in (build_tree, build_segmentation_tree):
        tree = build(picture("noise", *shape), engine=engine)
        check_tree(tree, *shape)
        assert cut(tree, regions=tree.n).count == tree.n
        assert cut(tree, regions=1).labels.tolist() == np.zeros(shape, int).tolist()


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 12), st.integers(1, 12), st.sampled_from(KINDS), st.integers(0, 99), st.data()
)
def test_cuts_have_k_connected_regions_that_nest(h, w, kind, seed, data):
    tree = build_tree(picture(kind, h, w, seed=seed))
    check_tree(tree, h, w)
    k = data.draw(st.integers(1, tree.n))
    coarse, fine = cut(tree, regions=data.draw(st.integers(1, k))), cut(tree, regions=k)
    for one in (coarse, fine):
        assert len(np.unique(one.labels)) == one.count == components(one.labels)
        first = np.unique(one.labels, return_index=True)[1]
        assert (np.diff(first) > 0).all(), "labels are in the order of their first pixel"
    pairs = np.unique(np.stack([fine.labels.reshape(-1), coarse.labels.reshape(-1)], 1), axis=0)
    assert len(pairs) == fine.count, "a fine region lies in one coarse one"


@needs_kernels
@settings(deadline=None, max_examples=25)
@given(st.integers(2, 30), st.integers(2, 30), st.sampled_from(KINDS), st.integers(1, 9))
def test_same_bytes_at_any_number_of_threads(h, w, kind, bands):
    values = picture(kind, h * 3, w * 3, bands).astype(np.float32)
    trees = [build_tree(values, threads=threads) for threads in (1, 2, 3, 5)]
    for other in trees[1:]:
        assert other.parents.tobytes() == trees[0].parents.tobytes()
        assert other.altitudes.tobytes() == trees[0].altitudes.tobytes()


@needs_kernels
def test_same_bytes_where_threads_share_the_work():
    image = picture("blobs", 300, 400, seed=3)
    one, four = (build_tree(image, threads=threads) for threads in (1, 4))
    assert one.parents.tobytes() == four.parents.tobytes()
    assert one.altitudes.tobytes() == four.altitudes.tobytes()


@needs_kernels
@pytest.mark.parametrize("bands", [1, 2, 3, 4, 7, 8, 20])
def test_the_error_is_that_of_the_exact_order(bands):
    rng = np.random.default_rng(bands)
    image = picture("blobs", 40, 50, bands).astype(np.float32)
    image += rng.normal(0, 12, image.shape).astype(np.float32)
    bulk, exact = (build_tree(image, engine=engine) for engine in ("native", "reference"))
    ratios = [
        error_inside(image, cut(bulk, regions=k).labels)
        / error_inside(image, cut(exact, regions=k).labels)
        for k in (20, 40, 80, 160, 320)
    ]
    assert np.exp(np.mean(np.log(ratios))) < 1.03, ratios


@needs_kernels
def test_the_error_on_photos_is_within_a_percent_of_the_exact_order():
    logs = []
    for name in ("city", "desert", "spices"):
        photo = files("pochade") / "data" / "demo" / f"{name}.jpg"
        image = open_image(str(photo), resize="120").pixels
        bulk, exact = (build_tree(image, engine=engine) for engine in ("native", "reference"))
        values = bulk.means[: bulk.n].reshape(*bulk.shape, -1)
        for k in (100, 200, 400, 800):
            ours = error_inside(values, cut(bulk, regions=k).labels)
            logs.append(np.log(ours / error_inside(values, cut(exact, regions=k).labels)))
    assert abs(np.mean(logs)) < 0.01, logs
    assert max(logs) < 0.05, logs


@needs_kernels
@settings(deadline=None, max_examples=20)
@given(st.integers(2, 9), st.integers(2, 9), st.integers(0, 99), st.booleans(), st.booleans())
def test_border_trees_are_those_of_the_reference(h, w, seed, boundary, whole_pixels):
    rng = np.random.default_rng(seed)
    image = rng.normal(0, 50, (h, w, 2)).astype(np.float32)
    labels = None if whole_pixels else np.arange(h * w).reshape(h, w) // 2
    options = {"criterion": "border", "boundary": float(boundary), "superpixels": labels}
    ours, exact = (build_tree(image, engine=name, **options) for name in ("native", "reference"))
    assert ours.parents.tolist() == exact.parents.tolist()
    np.testing.assert_allclose(ours.altitudes, exact.altitudes, rtol=2e-4)


@pytest.mark.parametrize("engine", ENGINES)
def test_by_hand(engine):
    # 1 2 | 9: 1 and 2 unite for 0.5, then with 9 for 2/3 * 7.5^2.
    tree = build_tree(np.float32([[1, 2, 9]]), engine=engine)
    assert tree.parents.tolist() == [3, 3, 4, 4, 4]
    assert tree.altitudes.tolist() == [0, 0, 0, 0.5, 37.5]
    assert tree.sizes.tolist() == [1, 1, 1, 2, 3]
    assert tree.means.reshape(-1).tolist() == [1, 2, 9, 1.5, 4]
    assert tree.children.tolist() == [[0, 1], [2, 3]]


@pytest.mark.parametrize("engine", ENGINES)
def test_superpixels_are_the_leaves(engine):
    image = picture("blobs", 20, 24)
    labels = (np.arange(20)[:, None] // 5 * 6 + np.arange(24) // 4) * 10 + 3
    tree = build_tree(image, superpixels=labels, engine=engine)
    assert tree.n == 24
    assert tree.leaves.shape == (20, 24)
    assert len(np.unique(np.stack([labels, tree.leaves], -1).reshape(-1, 2), axis=0)) == 24
    assert tree.sizes[-1] == 480
    assert components(cut(tree, regions=7).labels) == 7
    np.testing.assert_allclose(tree.means[-1], tree.means[: tree.n].mean(0), rtol=1e-3)
    own = build_tree(image, superpixels=50, engine=engine)
    assert own.n == 50


def test_grey_pictures_are_their_colour_twins():
    grey = picture("blobs", 12, 15, 1)
    for space in ("oklab", "lab", "srgb", "linear"):
        one = build_tree(grey, space=space)
        three = build_tree(np.repeat(grey, 3, axis=2), space=space)
        np.testing.assert_allclose(one.altitudes[-1], three.altitudes[-1], rtol=1e-3)
        assert cut(one, regions=9).count == 9


def test_alpha_counts_and_what_is_hidden_does_not():
    image = picture("constant", 6, 8, 4)
    image[..., 3] = 255
    image[:, 4:, 3] = 0
    image[:, 4:, :3] = picture("noise", 6, 4)
    tree = build_tree(image)
    assert cut(tree, threshold=1e-3).count == 2


def test_16_bits_are_read_as_8_bits_with_more_between():
    image = picture("blobs", 10, 12)
    one, two = build_tree(image), build_tree(image.astype(np.uint16) * 257)
    np.testing.assert_allclose(one.altitudes[-1], two.altitudes[-1], rtol=1e-4)


def test_terms_change_what_unites():
    image = picture("noise", 20, 20, seed=4)
    round_ones = cut(build_tree(image, compactness=20), regions=16).labels
    plain = cut(build_tree(image), regions=16).labels
    sides = [int((one[1:] != one[:-1]).sum()) for one in (round_ones, plain)]
    assert sides[0] < sides[1]
    flat = np.full((24, 40), 128, np.uint8)
    flat[:, 20:] += np.where(np.indices((24, 20)).sum(0) % 2, 60, 196).astype(np.uint8)
    textured = cut(build_tree(flat, texture=20, superpixels=None), regions=2).labels
    assert np.bincount(textured.reshape(-1)).min() > 300


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"space": "hsv"}, "there is no space 'hsv'"),
        ({"criterion": "median"}, "there is no criterion"),
        ({"engine": "cuda"}, "there is no engine"),
        ({"texture": -1}, "texture must be"),
        ({"boundary": float("nan")}, "boundary must be"),
        ({"superpixels": np.zeros((2, 2), int)}, "superpixels must be"),
        ({"superpixels": np.full((3, 4), -1)}, "must not be negative"),
        ({"superpixels": 0}, "regions must be"),
    ],
)
def test_bad_options_are_one_sentence(options, words):
    with pytest.raises(UsageError, match=words):
        build_tree(picture("noise", 3, 4), **options)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 3, 3), np.uint8),
        np.zeros(5, np.float32),
        np.zeros((2, 2, 2, 2)),
        np.array([[1.0, np.nan]]),
        np.array([[1.0, np.inf]]),
        np.array([[1e20, 0]]),
        np.array([["a", "b"]]),
        np.zeros((2, 2), complex),
    ],
)
def test_what_is_no_picture_is_refused(array):
    with pytest.raises(UsageError):
        build_tree(array)


def test_progress_and_cancelling():
    seen: list[float] = []
    build_tree(picture("noise", 60, 60), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1
    for build in (build_tree, build_segmentation_tree):
        with pytest.raises(CancelledError):
            build(picture("noise", 60, 60), cancel=lambda: True)


def test_two_stages_see_objects_first():
    image = np.full((60, 60, 3), 200, np.uint8)
    image[..., 0] -= (np.arange(60) * 2).astype(np.uint8)  # shading
    image[20:40, 20:40] = (180, 40, 40)
    tree = build_segmentation_tree(image, seeds=200)
    check_tree(tree, 60, 60)
    labels = cut(tree, regions=2).labels
    assert (labels == labels[30, 30]).sum() == 400
    assert cut(tree, regions=500).count == 500


@needs_kernels
@settings(deadline=None, max_examples=10)
@given(st.integers(0, 999), st.sampled_from(KINDS))
def test_stacking_keeps_the_regions_of_the_lower_tree(seed, kind):
    image = picture(kind, 18, 21, seed=seed)
    tree = build_segmentation_tree(image, seeds=30, space="oklab")
    check_tree(tree, 18, 21)
    lower = cut(build_tree(image), regions=30).labels
    assert cut(tree, regions=30).labels.tolist() == lower.tolist()


DIGEST = """
import hashlib, numpy as np
from pochade.regions import build_segmentation_tree, build_tree
rng = np.random.default_rng(0)
digest = hashlib.sha256()
for bands in (1, 3, 5, 12):
    image = rng.normal(0, 20, (80, 120, bands)) + np.linspace(0, 200, 120)[:, None]
    for tree in (build_tree(image, threads=2), build_segmentation_tree(image, seeds=99)):
        digest.update(tree.parents.tobytes() + tree.altitudes.tobytes())
print(digest.hexdigest())
"""


@needs_kernels
def test_same_bytes_on_every_instruction_set():
    found = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            env=os.environ | {"POCHADE_ISA": isa},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for isa in ("baseline", "v3", "v4")
    }
    assert len(found) == 1


@needs_kernels
def test_a_picture_as_deep_as_it_has_specks():
    # Specks in a sky unite with it one by one: nothing may climb such a tree pixel by pixel.
    image = np.zeros((300, 300), np.float32)
    image[1::2, 1::2] = np.arange(150 * 150).reshape(150, 150) + 1000
    tree = build_tree(image)
    check_tree(tree, 300, 300)
    right, below = boundary_edges(tree)
    labels = cut(tree, regions=5000).labels
    threshold = cut(tree, regions=5000).threshold
    assert ((right > threshold) <= (labels[:, 1:] != labels[:, :-1])).all()
    assert ((below > threshold) <= (labels[1:] != labels[:-1])).all()
