"""The parts of `cutout` against what can be computed by hand or by plain search."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pochade
from pochade.cutting import edge, models
from pochade.cutting.compose import composed, shadow_of
from pochade.cutting.frame import without_frame
from pochade.errors import OutputError, UsageError

pytest.importorskip("scipy")
from pochade.cutting import sparse


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 7), st.integers(0, 10_000))
def test_the_smallest_cut_is_the_smallest(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = np.array([(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < 0.6])
    pairs = pairs.reshape(-1, 2).astype(np.int64)
    weights = rng.integers(0, 9, len(pairs)).astype(float)
    inside, outside = rng.integers(0, 9, (2, n)).astype(float)

    def cost(labels: np.ndarray) -> float:
        apart = labels[pairs[:, 0]] != labels[pairs[:, 1]]
        return float(weights[apart].sum() + outside[labels].sum() + inside[~labels].sum())

    best = min(cost(np.array(bits)) for bits in product((False, True), repeat=n))
    found = sparse.smallest_cut(pairs, weights, inside, outside)
    assert cost(found) == pytest.approx(best)


def test_ways_are_the_shortest() -> None:
    pairs = np.array([(0, 1), (1, 2), (2, 3), (0, 3)])
    steps = np.array([1.0, 1.0, 1.0, 5.0])
    found = sparse.distances(pairs, steps, 5, np.array([0]))
    assert found[:4].round(6).tolist() == [0, 1, 2, 3]
    assert np.isinf(found[4])
    two = sparse.distances(pairs, steps, 5, np.array([0, 3]), np.array([0.0, 0.5]))
    assert two[:4].round(6).tolist() == [0, 1, 1.5, 0.5]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 7), st.integers(0, 10_000))
def test_the_highest_step_is_the_lowest_there_is(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = np.array([(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < 0.5])
    pairs = pairs.reshape(-1, 2).astype(np.int64)
    steps = rng.integers(0, 9, len(pairs)).astype(float)
    starts = np.nonzero(rng.random(n) < 0.4)[0]
    way = np.full((n, n), np.inf)
    way[pairs[:, 0], pairs[:, 1]] = way[pairs[:, 1], pairs[:, 0]] = steps
    way[np.arange(n), np.arange(n)] = 0
    for over in range(n):  # Floyd and Warshall, with the maximum for the sum
        way = np.minimum(way, np.maximum(way[:, over, None], way[None, over]))
    best = way[starts].min(axis=0) if len(starts) else np.full(n, np.inf)
    assert sparse.highest_steps(pairs, steps, n, starts).tolist() == best.tolist()


def test_a_frame_ends_all_at_once() -> None:
    inner = np.random.default_rng(0).integers(120, 256, (80, 120, 3)).astype(np.uint8)
    framed = np.zeros((92, 130, 3), np.uint8)
    framed[5:85, 4:124] = inner
    rows, columns = without_frame(framed)
    found = (rows.start, rows.stop, columns.start, columns.stop)
    assert np.abs(np.array(found) - (5, 85, 4, 124)).max() <= 2
    plain = np.full((90, 120, 3), 255, np.uint8)  # a thing on white ground that nearly fills it
    plain[4:86, 5:115][np.hypot(*np.mgrid[-41:41, -55:55]) < 41] = (200, 30, 20)
    for picture in (inner, plain, plain[:1], plain[:, :1]):
        h, w = picture.shape[:2]
        assert without_frame(picture) == (slice(0, h), slice(0, w))


@pytest.mark.parametrize("size", [(7, 9), (20, 31)])
def test_places_are_sampled_as_planes_are_stretched(size: tuple[int, int]) -> None:
    planes = np.random.default_rng(0).random((7, 9, 4)).astype(np.float32)
    whole = edge.upsampled(planes, size, slice(0, size[0]))
    rows, columns = np.nonzero(whole[..., 0] > 0.4)
    assert (edge.sampled(planes, size, rows, columns) == whole[rows, columns]).all()


def test_a_mixture_knows_its_own_colours() -> None:
    rng = np.random.default_rng(0)
    red, blue = rng.normal((50, 60, 40), 3, (200, 3)), rng.normal((30, 10, -50), 3, (200, 3))
    mixture = models.fit(np.vstack([red, blue]), np.ones(400), 2, noise=9, seed=0, threads=1)
    assert sorted(mixture.shares.round(2).tolist()) == [0.5, 0.5]
    assert mixture.log_density(red).mean() > mixture.log_density(np.array([[80, 0, 0.0]]))[0] + 20
    alone = models.fit(np.array([[1.0, 2, 3]]), np.ones(1), 5, noise=9, seed=0, threads=1)
    assert alone.means.round(6).tolist() == [[1, 2, 3]]


@pytest.mark.parametrize("radius", [1, 3, 50])
def test_box_means_are_means_of_windows(radius: int) -> None:
    plane = np.random.default_rng(0).random((9, 13)).astype(np.float32)
    found = edge.box_mean(plane, radius)
    for row, column in ((0, 0), (4, 6), (8, 12)):
        rows = slice(max(0, row - radius), row + radius + 1)
        columns = slice(max(0, column - radius), column + radius + 1)
        assert found[row, column] == pytest.approx(plane[rows, columns].mean(), abs=1e-5)


def test_planes_are_stretched_between_the_middles_of_pixels() -> None:
    planes = np.arange(4, dtype=np.float32).reshape(1, 4, 1)
    found = edge.upsampled(planes, (1, 8), slice(0, 1))[0, :, 0]
    assert found.tolist() == [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]


def test_a_blurred_edge_gets_its_own_alpha_and_colour() -> None:
    alpha = np.clip((np.arange(80) - 36) / 8, 0, 1)
    share = np.repeat(alpha[None, :, None], 60, axis=0)
    fore, back = np.array([220, 40, 30]), np.array([30, 60, 200])
    picture = np.rint(fore * share + back * (1 - share)).astype(np.uint8)
    found = pochade.cutout(picture, fg=[(70, 30)], bg=[(8, 30)], feather=8, min_confidence=0)
    assert np.abs(found.alpha[30] / 255 - alpha).max() < 0.12
    seen = (found.alpha > 60) & (found.alpha < 200)
    assert seen.any()
    assert np.abs(found.colors[seen].astype(int) - fore).mean() < 14
    dirty = pochade.cutout(
        picture, fg=[(70, 30)], bg=[(8, 30)], feather=8, min_confidence=0, decontaminate=False
    )
    assert np.abs(dirty.colors[seen].astype(int) - fore).mean() > 40


def test_composing_over_a_colour_is_exact() -> None:
    colors = np.full((2, 2, 3), 200, np.uint8)
    alpha = np.array([[0, 255], [128, 51]], np.uint8)
    under = np.full((2, 2, 3), 100, np.uint8)
    found = composed(colors, alpha, under, shadow=False)
    assert found[..., 0].tolist() == [[100, 200], [150, 120]]
    clear = composed(colors, alpha, None, shadow=False)
    assert clear[0, 0].tolist() == [0, 0, 0, 0]
    assert clear[0, 1].tolist() == [200, 200, 200, 255]


def test_a_shadow_falls_down_and_to_the_right_and_under_the_thing() -> None:
    alpha = np.zeros((200, 200), np.uint8)
    alpha[80:120, 80:120] = 255
    dark = shadow_of(alpha)
    assert dark[122, 110] > dark[77, 90]
    found = composed(np.full((200, 200, 3), 250, np.uint8), alpha, None, shadow=True)
    assert found[100, 100].tolist() == [250, 250, 250, 255]
    assert found[122, 110, :3].tolist() == [0, 0, 0]
    assert 0 < found[122, 110, 3] < 128


def ring() -> np.ndarray:
    picture = np.full((60, 60, 3), 235, np.uint8)
    picture[15:45, 15:45] = (20, 60, 160)
    return picture


def test_saving(tmp_path: Path) -> None:
    found = pochade.cutout(ring())
    path = found.save(tmp_path / "a.png")
    assert (pochade.open_image(path).pixels == found.image).all()
    with pytest.raises(OutputError, match="exists"):
        found.save(path)
    assert pochade.open_image(found.save(tmp_path / "a.webp")).pixels.shape[2] == 4
    with pytest.raises(UsageError, match="transparency"):
        found.save(tmp_path / "a.jpg")
    assert found._repr_png_().startswith(b"\x89PNG")


def test_masks_and_trimaps_are_grey(tmp_path: Path) -> None:
    mask = pochade.cutout(ring(), result="mask", edge="hard")
    path = mask.save(tmp_path / "mask.png")
    assert sorted(np.unique(pochade.open_image(path).pixels)) == [0, 255]
    trimap = pochade.cutout(ring(), result="trimap")
    assert sorted(np.unique(trimap.image)) == [0, 128, 255]


def test_a_picture_as_background_covers_all(tmp_path: Path) -> None:
    under = np.zeros((10, 40, 3), np.uint8)
    under[:, :20] = (255, 0, 0)
    found = pochade.cutout(ring())
    laid = found.on(under)
    assert laid.shape == (60, 60, 3)
    assert laid[0, 0].tolist() == [255, 0, 0]
    assert laid[0, 59].tolist() == [0, 0, 0]
    assert found.on((1, 2, 3))[0, 0].tolist() == [1, 2, 3]
