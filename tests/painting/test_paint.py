"""`pochade.paint`: what it takes, what it returns, what it saves."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import pochade
from pochade.errors import CancelledError, InputError, OutputError, UsageError
from pochade.painting.events import Dab

from .painted import scene


def test_auto_finds_a_level_and_says_how_it_did():
    result = pochade.paint(scene(), threads=2)
    assert result.level is not None
    best = max(result.scores, key=lambda level: result.scores[level].score)
    assert result.level == pytest.approx((best - 1) / 11)
    again = pochade.paint(scene(), threads=1)
    assert np.array_equal(result.image, again.image)
    same = pochade.paint(scene(), level=result.level)
    assert np.array_equal(result.image, same.image)


def test_paths_pictures_and_arrays_give_the_same(tmp_path):
    path = tmp_path / "scene.png"
    Image.fromarray(scene()).save(path)
    pictures = [
        pochade.paint(given, anchors=40).image
        for given in (scene(), path, str(path), Image.open(path), path.read_bytes())
    ]
    for picture in pictures[1:]:
        assert np.array_equal(picture, pictures[0])


def test_grey_and_16_bit_and_palette_pictures():
    grey = Image.fromarray(scene()[..., 1])
    picture = pochade.paint(grey, anchors=30).image
    assert np.abs(np.ptp(picture.astype(int), axis=2)).max() <= 2
    deep = Image.fromarray((scene()[..., 1].astype(np.uint16)) * 257)
    assert pochade.paint(deep, anchors=30).image.shape == (60, 90, 3)
    assert pochade.paint(grey.convert("P"), anchors=30).image.shape == (60, 90, 3)


def test_more_anchors_come_nearer():
    from pochade.paint_result import psnr

    figures = [psnr(pochade.paint(scene(), anchors=count)) for count in (5, 40, 400)]
    assert figures == sorted(figures)
    assert figures[-1] > 24


def test_knobs_change_the_painting():
    plain = pochade.paint(scene(), anchors=80).image
    for knob in (
        {"softness": 0.0},
        {"abstraction": 1.0},
        {"anchors_only": True},
        {"solve": False},
        {"kernel": "inverse"},
        {"neighbours": 2},
        {"method": "quadtree"},
        {"palette": ["#102030", "#f0e0d0", "#708060"]},
        {"preset": "oil"},
        {"classic": True},
    ):
        assert not np.array_equal(pochade.paint(scene(), anchors=80, **knob).image, plain), knob


def test_a_detail_map_moves_anchors_to_where_it_is_bright():
    mask = np.zeros(scene().shape[:2])
    mask[:, :45] = 1
    plain = pochade.paint(scene(), anchors=100)
    finer = pochade.paint(scene(), anchors=100, detail=mask)
    assert len(finer.anchors) == 100

    def left(result):
        return int((result.anchors.positions[:, 1] < 45).sum())

    assert left(finer) > left(plain) + 10


def test_words_for_detail():
    plain = pochade.paint(scene(), anchors=80)
    found = pochade.paint(scene(), anchors=80, detail="saliency")
    assert len(found.anchors) == 80
    assert not np.array_equal(found.anchors.positions, plain.anchors.positions)


def test_the_classic_rule_paints_saves_and_tells_its_settings(tmp_path):
    result = pochade.paint(scene(), classic=True, level=0.6, patch=20, threshold=8)
    knobs = {"classic": True, "patch": 20, "threshold": 8}
    rounds = [len(pochade.paint(scene(), level=level, **knobs).anchors) for level in (0, 1)]
    assert rounds[0] < len(result.anchors) < rounds[1]
    result.save(tmp_path / "c.pochade")
    again = pochade.open_project(tmp_path / "c.pochade")
    from pochade.painting.document import apply
    from pochade.painting.events import Set
    from pochade.painting.render import render

    assert np.array_equal(render(again), result.image)
    on = apply(again, Set("level", 0.9))
    assert np.array_equal(render(on), result.apply(Set("level", 0.9)).image)
    with pytest.raises(UsageError, match="no dabs"):
        result.apply(Dab(0.5, 0.5, 0.2, 1.0))
    few = pochade.paint(scene(), classic=True, level=0.6, patch=20, threshold=60)
    assert len(few.anchors) < len(result.anchors)


def test_every_file_opens(tmp_path):
    result = pochade.paint(scene(), anchors=50)
    for name, form in (("a.png", "PNG"), ("a.jpg", "JPEG"), ("a.webp", "WEBP"), ("a.tif", "TIFF")):
        path = result.save(tmp_path / name, size=(120, 180), dpi=200)
        with Image.open(path) as image:
            assert (image.format, image.size) == (form, (180, 120))
            assert image.info["icc_profile"]
            if form != "WEBP":
                assert round(float(image.info["dpi"][0])) == 200
    with pytest.raises(OutputError, match="exists"):
        result.save(tmp_path / "a.png")
    assert (result.save(tmp_path / "a.svg")).read_text().startswith("<svg ")
    project = result.save(tmp_path / "a.pochade")
    opened = pochade.open_project(project)
    assert np.array_equal(opened.anchors.positions, result.anchors.positions)
    with pytest.raises(UsageError, match="ending"):
        result.save(tmp_path / "a.doc")


@pytest.mark.parametrize("form", ["gif", "webp", "apng"])
def test_the_making_plays(form):
    result = pochade.paint(scene(), anchors=60)
    with Image.open(io.BytesIO(result.making(form, frames=6))) as film:
        assert film.n_frames == 6
        assert film.size == (90, 60)
        film.seek(5)
        last = np.asarray(film.convert("RGB")).astype(int)
    assert np.abs(last - result.image).mean() < (4 if form == "gif" else 0.01)


def test_the_contact_sheet_shows_the_levels():
    result = pochade.paint(scene(), level=0.0)
    with Image.open(io.BytesIO(result.contact_sheet(width=120))) as sheet:
        assert sheet.size == (12 + 5 * 132, sheet.height)
        assert sheet.height > 3 * 80


def test_a_result_can_be_changed_and_shows_itself():
    result = pochade.paint(scene(), anchors=60)
    finer = result.apply(Dab(0.5, 0.6, 0.3, 1.0))
    assert len(finer.anchors) > 60
    assert len(result.anchors) == 60
    assert np.array_equal(finer.undo().image, result.image)
    assert np.array_equal(finer.undo().redo().image, finer.image)
    assert result._repr_png_().startswith(b"\x89PNG")
    assert result.render((20, 30), window=(5, 5, 10, 15)).shape == (5, 10, 3)


def test_a_result_says_in_words_what_was_asked_for():
    assert repr(pochade.paint(scene(), level=0.2)) == "PaintResult(level=0.2)"
    assert repr(pochade.paint(scene(), anchors=20)) == "PaintResult(anchors=20)"


def test_a_preset_s_values_can_be_changed():
    look = pochade.Look(relief=0.9)
    result = pochade.paint(scene(), anchors=30, preset="oil", look=look)
    assert result.document.intent.look.relief == 0.9
    assert result.document.intent.look.strokes > 0


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"level": 1.5}, "level must be"),
        ({"level": "fine"}, "level must be"),
        ({"anchors": 0}, "anchors must be at least 1"),
        ({"anchors": 2.5}, "whole number"),
        ({"softness": -1}, "softness must be at least 0"),
        ({"method": "magic"}, "not one of"),
        ({"neighbours": 99}, "neighbours must be at most 32"),
        ({"detail": np.ones((5, 500))}, "in the picture's shape"),
        ({"detail": np.full((60, 90), 3.0)}, "from 0 to 1"),
        ({"palette": []}, "no colours"),
        ({"preset": "ultramarine"}, "not one of"),
        ({"lay_on": "paper"}, "lay-on must be a colour"),
    ],
)
def test_options_that_make_no_sense(knobs, message):
    with pytest.raises(UsageError, match=message):
        pochade.paint(scene(), **knobs)


def test_missing_files_and_stopping():
    with pytest.raises(InputError, match="does not exist"):
        pochade.paint("nothing.jpg")
    with pytest.raises(CancelledError):
        pochade.paint(scene(), cancel=lambda: True)
    shares: list[float] = []
    pochade.paint(scene(), anchors=10, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
