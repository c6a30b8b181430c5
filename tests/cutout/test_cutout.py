"""`cutout`: what must come out of made pictures, with every kind of hint."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pochade
from pochade.cutting.outside import _session
from pochade.errors import CannotTellError, EngineUnavailableError, UsageError

pytest.importorskip("scipy")

SIDE = 96


def disc(radius: float, side: int = SIDE, at: tuple[float, float] | None = None) -> np.ndarray:
    """(side, side) bool."""
    row, column = at or (side / 2, side / 2)
    y, x = np.mgrid[:side, :side] + 0.5
    return (y - row) ** 2 + (x - column) ** 2 <= radius**2


def painted(mask: np.ndarray, *, noise: float = 4, seed: int = 0) -> np.ndarray:
    """The mask in red on a bluish grey, with noise."""
    colors = np.where(mask[..., None], (190, 60, 50), (120, 130, 150)).astype(np.float64)
    colors += np.random.default_rng(seed).normal(0, noise, colors.shape)
    return np.clip(np.rint(colors), 0, 255).astype(np.uint8)


def overlap(one: np.ndarray, two: np.ndarray) -> float:
    return float((one & two).sum() / (one | two).sum())


def test_a_disc_is_found_without_hints() -> None:
    mask = disc(28)
    found = pochade.cutout(painted(mask))
    assert overlap(found.mask, mask) > 0.97
    assert found.confidence > 0.8
    assert found.image.shape == (SIDE, SIDE, 4)
    assert found.image[0, 0].tolist() == [0, 0, 0, 0]


def test_the_hole_of_a_ring_stays_open_unless_holes_are_closed() -> None:
    ring = disc(34) & ~disc(16)
    picture = painted(ring)
    assert overlap(pochade.cutout(picture).mask, ring) > 0.95
    assert overlap(pochade.cutout(picture, holes=False).mask, disc(34)) > 0.95


def test_the_box_decides_which_of_two_things() -> None:
    left, right = disc(18, at=(48, 24)), disc(18, at=(48, 72))
    picture = painted(left | right)
    found = pochade.cutout(picture, box=(50, 26, 44, 44))
    assert overlap(found.mask, right) > 0.95
    assert not found.alpha[:, :40].any()


def test_strokes_and_points_decide_as_well() -> None:
    left, right = disc(18, at=(48, 24)), disc(18, at=(48, 72))
    picture = painted(left | right)
    strokes = np.zeros((SIDE, SIDE), np.int8)
    strokes[46:50, 20:28] = 1
    strokes[46:50, 66:78] = -1
    strokes[4:8, 10:80] = -1
    by_strokes = pochade.cutout(picture, strokes=strokes)
    assert overlap(by_strokes.mask, left) > 0.95
    by_points = pochade.cutout(picture, fg=[(24, 48)], bg=[(72, 48), (48, 6)])
    assert overlap(by_points.mask, left) > 0.95


def test_strokes_are_colours_in_a_picture() -> None:
    picture = painted(disc(28))
    drawn = np.full((SIDE, SIDE, 3), 128, np.uint8)
    drawn[46:50, 40:56] = (0, 255, 0)
    drawn[4:8, 10:80] = (255, 0, 0)
    as_numbers = np.zeros((SIDE, SIDE), np.int8)
    as_numbers[46:50, 40:56] = 1
    as_numbers[4:8, 10:80] = -1
    one, two = (pochade.cutout(picture, strokes=given) for given in (drawn, as_numbers))
    assert (one.alpha == two.alpha).all()


def test_marked_pixels_are_what_they_were_marked() -> None:
    picture = painted(disc(28))
    strokes = np.zeros((SIDE, SIDE), np.int8)
    strokes[40:44, 40:56] = 1
    strokes[50:54, 40:56] = -1  # in the middle of the thing
    found = pochade.cutout(picture, strokes=strokes, min_confidence=0)
    assert found.mask[strokes > 0].all()
    assert not found.mask[strokes < 0].any()


def test_a_background_colour_goes_wherever_it_is() -> None:
    ring = disc(34) & ~disc(16)
    picture = np.where(ring[..., None], np.uint8([250, 200, 40]), np.uint8([0, 177, 64]))
    for color in ("#00b140", (0, 177, 64), "auto"):
        found = pochade.cutout(picture, background_color=color)
        assert overlap(found.mask, ring) > 0.97
    closed = pochade.cutout(picture, background_color="auto", holes=False)
    assert overlap(closed.mask, disc(34)) > 0.97


def test_a_prior_may_be_a_map_or_a_function() -> None:
    left, right = disc(18, at=(48, 24)), disc(18, at=(48, 72))
    picture = painted(left | right)
    hint = disc(24, at=(48, 72)).astype(np.float32)
    one = pochade.cutout(picture, prior=hint)
    two = pochade.cutout(picture, prior=lambda image: hint * (image.shape[2] == 3))
    assert overlap(one.mask, right) > 0.9
    assert (one.alpha == two.alpha).all()
    with pytest.raises(UsageError, match="rows and columns"):
        pochade.cutout(picture, prior=hint[:50])
    with pytest.raises(UsageError, match="0 to 1"):
        pochade.cutout(picture, prior=hint * 9)


def test_rembg_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rembg", None)
    with pytest.raises(EngineUnavailableError, match="pip install"):
        pochade.cutout(painted(disc(28)), prior="rembg")


def test_rembg_is_asked_for_the_model_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = disc(18, at=(48, 24)), disc(18, at=(48, 72))
    asked: list[str] = []

    def new_session(model: str) -> str:
        asked.append(model)
        if model == "nothing":
            raise ValueError("no such class")
        return f"session of {model}"

    def remove(image: np.ndarray, *, session: str, only_mask: bool) -> np.ndarray:
        assert (only_mask, session) == (True, f"session of {asked[-1]}")
        assert image.dtype == np.uint8
        return disc(24, at=(48, 72)) * np.uint8(255)

    fake = types.ModuleType("rembg")
    fake.__dict__.update(new_session=new_session, remove=remove)
    monkeypatch.setitem(sys.modules, "rembg", fake)
    _session.cache_clear()
    for prior in ("rembg", "rembg", "rembg:isnet-general-use"):
        assert overlap(pochade.cutout(painted(left | right), prior=prior).mask, right) > 0.9
    assert asked == ["u2net", "isnet-general-use"]  # each is loaded once in a row
    with pytest.raises(EngineUnavailableError, match="'nothing' cannot be had, no such class"):
        pochade.cutout(painted(left), prior="rembg:nothing")
    _session.cache_clear()


def test_a_prior_may_be_a_grey_picture(tmp_path: Path) -> None:
    left, right = disc(18, at=(48, 24)), disc(18, at=(48, 72))
    hint = disc(24, at=(48, 72)) * np.uint8(255)
    Image.fromarray(hint).save(tmp_path / "hint.png")
    picture = painted(left | right)
    found = pochade.cutout(picture, prior=str(tmp_path / "hint.png"))
    assert (found.alpha == pochade.cutout(picture, prior=hint).alpha).all()


def test_a_frame_around_the_picture_is_no_ground() -> None:
    picture = painted(disc(28))
    framed = np.zeros((SIDE + 8, SIDE + 8, 3), np.uint8)
    framed[4:-4, 4:-4] = picture
    assert overlap(pochade.cutout(framed).mask[4:-4, 4:-4], disc(28)) > 0.97


def test_scipy_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    with pytest.raises(EngineUnavailableError, match=r"pip install 'pochade\[cutout\]'"):
        pochade.cutout(painted(disc(28)))


@pytest.mark.parametrize(
    "picture",
    [
        np.full((40, 60, 3), 77, np.uint8),
        np.full((1, 1, 3), 9, np.uint8),
        np.zeros((30, 30, 4), np.uint8),
    ],
)
def test_one_colour_cannot_be_told(picture: np.ndarray) -> None:
    with pytest.raises(CannotTellError, match="cannot tell"):
        pochade.cutout(picture)


@pytest.mark.parametrize("shape", [(1, 50), (50, 1), (2, 2), (3, 7)])
def test_tiny_pictures_are_cut_or_refused(shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (*shape, 3)).astype(np.uint8)
    try:
        found = pochade.cutout(picture, min_confidence=0)
    except CannotTellError:
        return
    assert found.alpha.shape == shape


def test_a_row_with_a_thing_in_it() -> None:
    picture = np.full((1, 60, 3), 240, np.uint8)
    picture[:, 20:40] = (200, 0, 0)
    found = pochade.cutout(picture, fg=[(30, 0)], bg=[(5, 0), (55, 0)], edge="hard")
    assert found.bounds == (20, 0, 20, 1)


def test_noise_is_not_taken_for_a_thing() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (80, 80, 3)).astype(np.uint8)
    with pytest.raises(CannotTellError, match=r"confidence|nothing stands out|nearly all"):
        pochade.cutout(noise)


def test_confidence_falls_with_contrast() -> None:
    mask = disc(28)
    clear = painted(mask)
    ground = painted(np.zeros_like(mask), noise=4)
    found = [
        pochade.cutout(
            np.rint(clear * share + ground.astype(float) * (1 - share)).astype(np.uint8),
            min_confidence=0,
        ).confidence
        for share in (1.0, 0.06)
    ]
    assert found[0] > found[1] + 0.15


def test_alpha_of_the_picture_is_kept() -> None:
    mask = disc(28)
    picture = np.dstack([painted(mask), np.full((SIDE, SIDE), 255, np.uint8)])
    picture[:48, :, 3] = 0
    picture[48:60, :, 3] = 100
    found = pochade.cutout(picture, min_confidence=0)
    assert (found.alpha <= picture[..., 3]).all()
    assert not found.alpha[:48].any()
    assert found.alpha[54, 48] == 100


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"fg": [(96, 3)]}, "outside the picture"),
        ({"bg": [(3, 96)]}, "outside the picture"),
        ({"box": (90, 0, 10, 10)}, "outside the picture"),
        ({"box": (0, 0, 0, 10)}, "at least one pixel"),
        ({"fg": [(5, 5)], "bg": [(6, 5)]}, "contradict"),
        ({"fg": [(5, 5)], "box": (20, 20, 40, 40)}, "contradict"),
        ({"strokes": np.zeros((5, 5), np.int8)}, "must be equal"),
        ({"strokes": np.zeros((SIDE, SIDE), np.int8)}, "say nothing"),
        ({"strokes": np.zeros((SIDE, SIDE))}, "whole numbers"),
        ({"fg": [(1.5, 2)]}, "whole pixels"),
        ({"edge": "softt"}, "did you mean"),
        ({"prior": "rembgg"}, "no prior"),
        ({"tolerance": 4}, "background-color"),
        ({"result": "mask", "shadow": True}, "no shadow"),
        ({"background": "no-such-file"}, "neither a colour"),
        ({"background_color": "greenish"}, "no colour"),
    ],
)
def test_hints_that_make_no_sense(given: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        pochade.cutout(painted(disc(28)), **given).image  # type: ignore[arg-type] # noqa: B018


def test_the_same_bytes_on_any_number_of_threads() -> None:
    picture = painted(disc(30) & ~disc(12), noise=20)
    one, three = (pochade.cutout(picture, threads=n, min_confidence=0) for n in (1, 3))
    assert (one.image == three.image).all()
    assert one.confidence == three.confidence


def test_large_pictures_are_cut_at_full_size() -> None:
    small = disc(120, 400)
    mask = np.kron(small, np.ones((3, 3), bool))
    picture = painted(mask, noise=3)
    found = pochade.cutout(picture)
    assert found.alpha.shape == mask.shape
    assert overlap(found.mask, mask) > 0.985


def test_cancel_and_progress() -> None:
    shares: list[float] = []
    pochade.cutout(painted(disc(28)), progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    with pytest.raises(pochade.CancelledError):
        pochade.cutout(painted(disc(28)), cancel=lambda: True)
