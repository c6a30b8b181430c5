"""The score that chooses a level of detail."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image as Pillow

from pochade.errors import UsageError
from pochade.painting.classic import paint_classic
from pochade.painting.level import LEVELS, PLAIN, Judge, choose_level, level_score
from pochade.painting.level_planes import greatest, within
from pochade.types import Image

DATA = Path(os.environ.get("POCHADE_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
PUBLISHED = DATA / "clyde" / "grad"


def scene(size: int = 160) -> Image:
    """A disc and a bar on a slope, with a fine texture over all of it."""
    y, x = np.mgrid[:size, :size].astype(np.float64)
    picture = np.stack([60 + 0.6 * x, 90 + 0.4 * y, 150 - 0.3 * x], axis=-1)
    picture[(y - 70) ** 2 + (x - 60) ** 2 < 1600] = (200, 60, 40)
    picture[110:140, 20:140] = (30, 40, 60)
    picture += np.random.default_rng(0).normal(0, 12, (size, size, 1))
    found: Image = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return found


def blurred(image: Image, times: int) -> Image:
    """The image averaged over 3 x 3 pixels so many times."""
    result = image.astype(np.float64)
    for _ in range(times):
        for axis in (0, 1):
            result = (np.roll(result, 1, axis) + result + np.roll(result, -1, axis)) / 3
    found: Image = np.clip(np.rint(result), 0, 255).astype(np.uint8)
    return found


def mosaic(image: Image, block: int) -> Image:
    """Every block in its mean colour."""
    rows, cols = image.shape[0] // block, image.shape[1] // block
    means = image.reshape(rows, block, cols, block, 3).mean(axis=(1, 3))
    found: Image = np.rint(means).astype(np.uint8).repeat(block, 0).repeat(block, 1)
    return found


def cleaned() -> Image:
    """The scene as a painter would show it: without the texture, every edge as it was."""
    y, x = np.mgrid[:160, :160].astype(np.float64)
    picture = np.stack([60 + 0.6 * x, 90 + 0.4 * y, 150 - 0.3 * x], axis=-1)
    picture[(y - 70) ** 2 + (x - 60) ** 2 < 1600] = (200, 60, 40)
    picture[110:140, 20:140] = (30, 40, 60)
    found: Image = np.rint(picture).astype(np.uint8)
    return found


def test_the_photo_itself_is_right_everywhere_and_simplifies_nothing() -> None:
    photo = scene()
    found = level_score(photo, photo)
    assert found.masses == 1
    assert found.edges == 1
    assert found.simplification == pytest.approx(0, abs=1e-9)
    assert found.score == pytest.approx(0, abs=1e-2)
    artefacts = Judge(photo).artefacts(photo)
    assert artefacts.hardness == 1
    assert artefacts.calm == 1


def test_a_clean_painting_beats_what_is_blurred_coarse_or_grey() -> None:
    judge = Judge(scene())
    good = judge.score(cleaned()).score
    assert good > 0.95
    assert good > judge.score(blurred(scene(), 40)).score
    assert good > judge.score(mosaic(scene(), 20)).score
    assert good > judge.score(np.full((160, 160, 3), 120, np.uint8)).score


def test_what_is_missing_lowers_recall_and_what_is_made_up_lowers_precision() -> None:
    judge = Judge(cleaned())
    missing, extra = cleaned(), cleaned()
    missing[110:140, 20:140] = missing[150:151, 20:140]
    extra[10:25, 20:140] = (250, 250, 250)
    assert judge.score(missing).recall < 0.8
    assert judge.score(missing).precision > 0.9
    assert judge.score(extra).precision < 0.8
    assert judge.score(extra).recall == pytest.approx(1, abs=0.05)


def test_each_artefact_lowers_its_own_figure() -> None:
    judge = Judge(scene())
    clean = judge.artefacts(cleaned())
    noise = np.random.default_rng(1).normal(0, 15, (160, 160, 3))
    noisy = np.clip(cleaned() + noise, 0, 255).astype(np.uint8)
    assert judge.artefacts(blurred(scene(), 12)).hardness < 0.6 < 0.9 < clean.hardness
    assert judge.artefacts(mosaic(scene(), 8)).honesty < clean.honesty - 0.1
    assert judge.artefacts(noisy).calm < 0.2 < 0.9 < clean.calm
    assert clean.gate(judge.score(cleaned())) > 0.9


@settings(max_examples=15, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    seed=st.integers(0, 99),
    flat=st.booleans(),
)
def test_every_figure_is_from_0_to_1_at_any_size(
    shape: tuple[int, int], seed: int, flat: bool
) -> None:
    rng = np.random.default_rng(seed)
    photo = rng.integers(0, 256, (*shape, 3), np.uint8)
    painting = np.full_like(photo, 77) if flat else rng.integers(0, 256, (*shape, 3), np.uint8)
    judge = Judge(photo)
    score, artefacts = judge.score(painting), judge.artefacts(painting)
    for value in (
        score.score,
        score.masses,
        score.edges,
        score.recall,
        score.precision,
        score.simplification,
        artefacts.hardness,
        artefacts.honesty,
        artefacts.calm,
        artefacts.gate(score),
    ):
        assert -1e-9 <= value <= 1 + 1e-9


def test_threads_change_nothing() -> None:
    assert Judge(scene(), threads=1).score(cleaned()) == Judge(scene(), threads=3).score(cleaned())


def test_the_level_with_the_highest_score_is_chosen() -> None:
    photo = scene()
    judge = Judge(photo)
    steps = {level: mosaic(photo, block) for level, block in zip(LEVELS, _blocks(), strict=True)}
    choice = choose_level(judge, steps.__getitem__)
    every = {level: judge.score(step).score for level, step in steps.items()}
    assert choice.level == max(every, key=lambda level: (every[level], -level))
    assert set(choice.scores) <= set(LEVELS)
    assert choice.scores[choice.level] == judge.score(steps[choice.level])


def _blocks() -> list[int]:
    return [80, 40, 32, 20, 16, 10, 8, 5, 4, 2, 2, 1]


def test_of_equal_levels_the_coarsest_is_chosen() -> None:
    photo = scene()
    assert choose_level(Judge(photo), lambda _: cleaned(), levels=(3, 4, 5)).level == 3
    with pytest.raises(UsageError, match="no levels"):
        choose_level(Judge(photo), lambda _: photo, levels=())


def test_a_painting_of_another_size_or_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="160 x 100 pixels, the photo 160 x 160"):
        level_score(scene(), scene()[:100])
    with pytest.raises(UsageError, match="uint8"):
        level_score(scene(), scene().astype(np.float32))


@settings(max_examples=30, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    distance=st.floats(0, 6),
    seed=st.integers(0, 99),
)
def test_within_and_greatest_are_what_they_say(
    shape: tuple[int, int], distance: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    mask: NDArray[np.bool_] = rng.random(shape) < 0.2
    plane = rng.random(shape, np.float32)
    reach = int(distance)
    y, x = np.mgrid[: shape[0], : shape[1]]
    near = within(mask, distance)
    most = greatest(plane, reach)
    for row in range(shape[0]):
        for col in range(shape[1]):
            gaps = (y - row) ** 2 + (x - col) ** 2
            assert near[row, col] == bool((mask & (gaps <= distance**2)).any())
            square = (np.abs(y - row) <= reach) & (np.abs(x - col) <= reach)
            assert most[row, col] == plane[square].max()


@given(st.floats(0, 8))
def test_texture_counts_as_far_as_it_is_plain(strength: float) -> None:
    photo = np.full((60, 60, 3), 128.0)
    photo += strength * np.random.default_rng(1).choice([-4.0, 4.0], (60, 60, 1))
    noisy: Image = np.clip(np.rint(photo), 0, 255).astype(np.uint8)
    flat: Image = np.full_like(noisy, 128)
    judge = Judge(noisy)
    assert judge.score(flat).simplification >= judge.score(noisy).simplification
    fine = judge._fine
    seen = float(np.sqrt(np.square(fine, dtype=np.float64).sum(-1).mean()))
    assert judge.score(noisy).simplification == pytest.approx(1 - min(1, seen / PLAIN), abs=1e-6)


def test_what_is_left_of_a_faint_texture_hardly_matters() -> None:
    faint, plain = scene(), scene()
    smooth_one = cleaned()
    faint = np.rint(smooth_one + (plain.astype(np.float64) - smooth_one) / 12).astype(np.uint8)
    assert level_score(plain, plain).simplification == pytest.approx(0, abs=1e-6)
    assert 0.6 < level_score(faint, faint).simplification < 1


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the author's frames are not here")
def test_the_score_picks_the_iteration_that_the_author_published() -> None:
    photo = Pillow.open(PUBLISHED.parent / "example_imgs" / "teletubbies.webp").convert("RGB")
    judge = Judge(np.asarray(photo))
    frames = [Pillow.open(PUBLISHED / f"{at}.png").convert("RGB") for at in range(12)]
    scores = [judge.score(np.asarray(frame)).score for frame in frames]
    assert int(np.argmax(scores)) + 1 == 8


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the photos are not here")
@pytest.mark.parametrize("name", ["clyde/example_imgs/teletubbies.webp", "kodak/kodim23.png"])
def test_of_the_classic_rule_it_picks_iteration_7_to_9(name: str) -> None:
    photo = np.asarray(Pillow.open(DATA / name).convert("RGB"))
    judge, classic = Judge(photo), paint_classic(photo, threads=1)
    scores = [judge.score(classic.painted(level, threads=1)).score for level in LEVELS]
    assert 7 <= LEVELS[int(np.argmax(scores))] <= 9


def test_a_panorama_is_judged_as_closely_as_a_picture_of_its_area() -> None:
    strip, square = np.zeros((60, 6000, 3), np.uint8), np.zeros((600, 600, 3), np.uint8)
    wide = np.zeros((400, 800, 3), np.uint8)
    assert Judge(strip).s == pytest.approx(0.0025 * (2.5 * 60 * 6000) ** 0.5)
    assert Judge(square).s == pytest.approx(0.0025 * 600 * 2**0.5)
    assert Judge(wide).s == pytest.approx(0.0025 * np.hypot(400, 800))
