"""Pictures, sheets and files of regions."""

from __future__ import annotations

import csv
import json
from io import BytesIO, StringIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image, ImageFont

import pochade
from pochade.errors import OutputError, UsageError
from pochade.io.label_files import encode_labels
from pochade.segment_files import FORMS
from pochade.segment_options import KINDS, SegmentLook
from pochade.segments import repaint
from pochade.segments.paints import owned_paints
from pochade.segments.sheet import DIGIT_WIDTH, room_needed

SVG = "{http://www.w3.org/2000/svg}"


def picture() -> np.ndarray:
    rows, columns = np.indices((120, 160))
    out = np.zeros((120, 160, 3), np.uint8)
    out[:] = (40, 90, 160)
    out[60:] = (60, 130, 50)
    out[(rows - 40) ** 2 + (columns - 60) ** 2 < 400] = (240, 220, 60)
    out[70:100, 100:140] = (150, 40, 30)
    out[80, 110] = (250, 250, 250)  # too small for a number
    return out


@pytest.fixture(scope="module")
def found() -> pochade.SegmentResult:
    return pochade.segment(picture(), 5, cost="ward")


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def test_flat_is_every_region_in_its_mean(found: pochade.SegmentResult):
    assert np.array_equal(found.image, picture())
    assert np.array_equal(found.flat(), picture())
    assert np.array_equal(found.values, picture())
    assert np.array_equal(np.asarray(opened(found.encode("png")).convert("RGB")), picture())
    assert opened(found._repr_png_()).size == (160, 120)


def test_given_paints_are_all_that_is_used(found: pochade.SegmentResult):
    paints = np.array([[0, 0, 0], [255, 255, 255], [200, 0, 0]], np.uint8)
    flat = found.flat(SegmentLook(paints=paints))
    used = np.unique(flat.reshape(-1, 3), axis=0)
    assert {tuple(color) for color in used.tolist()} <= {(0, 0, 0), (255, 255, 255), (200, 0, 0)}
    assert flat[85, 105].tolist() == [200, 0, 0]


@pytest.mark.parametrize("finish", ["gaussian", "random"])
def test_a_finish_changes_only_what_is_near_a_border(found: pochade.SegmentResult, finish: str):
    flat = found.flat()
    soft = found.flat(SegmentLook(finish=finish, finish_size=5))
    changed = (flat != soft).any(axis=2)
    assert changed.any()
    # Two pixels to each side, to the corners of a square: no further.
    near = np.zeros((120, 160), bool)
    ground = np.pad(found.labels, 2, mode="edge")
    for down, across in np.ndindex(5, 5):
        near |= ground[down : down + 120, across : across + 160] != found.labels
    assert not (changed & ~near).any()


def test_the_gaussian_finish_is_the_formula():
    flat = np.zeros((5, 5, 1), np.uint8)
    flat[:, 3:] = 200
    labels = (flat[..., 0] > 0).astype(np.int32)
    soft = repaint.softened(
        flat, labels, finish="gaussian", size=3, temperature=1, seed=0, threads=1
    )
    side, corner = np.exp(-1), np.exp(-2)
    whole = 1 + 4 * side + 4 * corner
    expected = 200 * (side + 2 * corner) / whole
    assert soft[2, 2, 0] == round(expected)
    assert soft[2, 0, 0] == 0
    # At the frame, what is not there does not count.
    expected = 200 * (side + corner) / (1 + 3 * side + 2 * corner)
    assert soft[0, 2, 0] == round(expected)


def test_the_random_finish_has_its_seed_and_its_temperature():
    flat = np.zeros((64, 64, 3), np.uint8)
    flat[:, 32:] = 240
    labels = (flat[..., 0] > 0).astype(np.int32)

    def soft(seed: int, temperature: float) -> np.ndarray:
        return repaint.softened(
            flat, labels, finish="random", size=7, temperature=temperature, seed=seed, threads=1
        )

    assert np.array_equal(soft(1, 2.0), soft(1, 2.0))
    assert not np.array_equal(soft(1, 2.0), soft(2, 2.0))
    assert np.array_equal(soft(0, 0.01), flat)  # nobody but the pixel itself is taken
    near = soft(0, 1000.0)[:, 31]  # all are: 12 of the 29 pixels of the disc are beyond the border
    assert np.abs(near.astype(float).mean() - 240 * 11 / 29) < 12


def test_outlines_and_overlay(found: pochade.SegmentResult):
    lines = found.outlines(SegmentLook(line="#ff0000", line_width=1))
    assert lines[59, 5].tolist() == [255, 0, 0]
    assert lines[20, 5].tolist() == [40, 90, 160]
    for look in (SegmentLook(opacity=0.0), SegmentLook(opacity=1.0)):
        tinted = found.overlay(look)
        inside = found.labels[20, 5]
        expected = repaint.tints(found.count)[inside] if look.opacity else picture()[20, 5]
        assert tinted[20, 5].tolist() == expected.tolist()
    assert len({tuple(color) for color in repaint.tints(300).tolist()}) > 290


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_lines_are_as_wide_as_they_say(width: int):
    labels = np.zeros((30, 30), np.int32)
    labels[:, 15:] = 1
    mask = repaint.border_mask(labels, width)
    assert mask.sum(axis=1).tolist() == [width] * 30
    assert mask[:, 14].all()


def test_strength_is_white_where_the_tree_is_high(found: pochade.SegmentResult):
    strength = found.strength()
    grey = np.asarray(opened(found.encode("png", "strength")).convert("L"))
    assert grey.shape == strength.shape
    assert grey[59, 5] > 100
    assert not grey[20, 5]
    raw = np.load(BytesIO(found.encode("npy", "strength")))
    assert np.array_equal(raw, strength)
    for method in ("kmeans", "classic"):
        with pytest.raises(UsageError, match="tree"):
            pochade.segment(picture(), 5, method=method).strength()


def test_labels_come_back(found: pochade.SegmentResult, tmp_path: Path):
    for name in ("a.png", "a.tif", "a.npy"):
        path = found.save(tmp_path / name, "labels")
        back = np.load(path) if name == "a.npy" else np.asarray(Image.open(path))
        assert np.array_equal(back, found.labels)
    many = np.arange(300 * 300, dtype=np.int32).reshape(300, 300)
    rgb = np.asarray(opened(encode_labels(many, "png"))).astype(int)
    assert np.array_equal(rgb @ [1, 256, 65536], many)
    assert np.array_equal(np.asarray(opened(encode_labels(many, "tiff"))), many)
    with pytest.raises(UsageError):
        encode_labels(many, "gif")


def test_the_table_as_csv_and_json(found: pochade.SegmentResult):
    rows = list(csv.DictReader(StringIO(found.encode("csv").decode())))
    assert len(rows) == found.count
    assert sum(int(row["area"]) for row in rows) == 120 * 160
    about = json.loads(found.encode("json"))
    assert about["width"] == 160
    for row, one in zip(rows, about["regions"], strict=True):
        assert int(row["label"]) == one["label"]
        assert float(row["mean_0"]) == pytest.approx(one["mean"][0])
        around = [other["label"] for other in one["neighbours"]]
        assert row["neighbour_labels"] == " ".join(map(str, around))
        assert sum(other["length"] for other in one["neighbours"]) == one["boundary"]


def test_every_kind_in_every_form(found: pochade.SegmentResult, tmp_path: Path):
    assert set(FORMS) == set(KINDS)
    for kind, forms in FORMS.items():
        for form in forms:
            suffix = {"tiff": "tif", "jpeg": "jpg"}.get(form, form)
            path = found.save(tmp_path / f"{kind}.{suffix}", kind)
            assert path.stat().st_size > 100
    with pytest.raises(OutputError, match="exists"):
        found.save(tmp_path / "flat.png")
    for kind, name in [("table", "a.png"), ("svg", "a.png"), ("tree", "a.csv"), ("x", "a.png")]:
        with pytest.raises(UsageError):
            found.save(tmp_path / "new" / name, kind)
    with pytest.raises(UsageError, match="ending"):
        found.save(tmp_path / "a.doc")


def test_paints_keep_their_numbers(found: pochade.SegmentResult, tmp_path: Path):
    file = tmp_path / "owned.gpl"
    file.write_text(
        "GIMP Palette\nName: mine\n#\n0 0 0 Night\n255 255 255 Snow\n240 220 60 Sun\n"
        "60 130 50 Meadow\n40 90 160 Sea\n150 40 30 Brick\n"
    )
    regions = found.numbered(SegmentLook(paints=str(file)))
    assert regions.paints.names[2] == "Sun"
    number = {regions.paints.names[p]: p + 1 for p in regions.paint.tolist()}
    assert number == {"Sun": 3, "Meadow": 4, "Sea": 5, "Brick": 6}  # no room for the snow
    # The same paint has the same number on the sheet of another picture.
    other = pochade.segment(np.full((50, 50, 3), (240, 218, 62), np.uint8), 3)
    assert other.numbered(SegmentLook(paints=str(file))).paint.tolist() == [2]
    text = found.encode("svg", "numbers", SegmentLook(paints=str(file))).decode()
    assert "Meadow" in text
    assert "Night" not in text


def test_every_number_has_room_and_stands_inside():
    random = np.random.default_rng(2)
    noisy = np.clip(picture() + random.normal(0, 30, (120, 160, 3)), 0, 255).astype(np.uint8)
    result = pochade.segment(noisy, 400)
    look = SegmentLook(colors=30)
    regions = result.numbered(look)
    sheet = result.sheet(look)
    needed = room_needed(sheet.scale)
    digits = np.array([len(str(paint + 1)) for paint in regions.paint.tolist()])
    assert (regions.depth >= np.array(needed)[digits - 1]).all()
    x, y = np.floor(regions.at).astype(int).T
    assert np.array_equal(regions.labels[y, x], np.arange(len(regions.paint)))
    pairs = result.table.pairs  # neighbours never have the same paint
    del pairs
    beside = regions.labels[:, 1:] != regions.labels[:, :-1]
    one, two = regions.labels[:, 1:][beside], regions.labels[:, :-1][beside]
    assert (regions.paint[one] != regions.paint[two]).all()
    assert regions.shares.sum() == pytest.approx(1)
    numbers = [text for text in sheet.texts if text.middle][: len(regions.paint)]
    for text in numbers:
        assert sheet.left < text.x < sheet.left + 160 * sheet.scale
        assert text.size * DIGIT_WIDTH * len(text.words) < 20


def test_a_sheet_is_a_page(found: pochade.SegmentResult):
    root = ElementTree.fromstring(found.encode("svg", "numbers"))
    assert root.get("width") == "297mm"
    numbers = [text.text for text in root.iter(f"{SVG}text")]
    used = {number for number in numbers if number is not None and number.isdecimal()}
    assert len(used) >= 3
    assert all(numbers.count(number) >= 2 for number in used)  # in the picture, in the legend
    tall = pochade.segment(np.ascontiguousarray(picture().transpose(1, 0, 2)), 5)
    root = ElementTree.fromstring(tall.encode("svg", "numbers", SegmentLook(sheet="a3")))
    assert root.get("height") == "420mm"
    page = opened(found.encode("png", "numbers", SegmentLook(dpi=100)))
    assert page.size == (1169, 827)
    assert page.info["dpi"] == pytest.approx((100, 100), abs=0.1)
    assert isinstance(ImageFont.load_default(20), ImageFont.FreeTypeFont)
    many = np.random.default_rng(0).integers(0, 256, (900, 3), dtype=np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (90, 90, 3), dtype=np.uint8)
    with pytest.raises(UsageError, match="legend"):
        pochade.segment(noise, 4000).encode("svg", "numbers", SegmentLook(paints=many, sheet="a5"))


def test_paint_names_cannot_break_the_svg(tmp_path: Path):
    file = tmp_path / "evil.gpl"
    file.write_text("GIMP Palette\n40 90 160 <script>&\n240 220 60 b\n")
    found = pochade.segment(picture(), 5)
    text = found.encode("svg", "numbers", SegmentLook(paints=str(file))).decode()
    assert "<script>" not in text
    ElementTree.fromstring(text)


def test_wrong_looks():
    for wrong, words in [
        ({"finish_size": 4}, "odd"),
        ({"line": "reddish"}, "colour"),
        ({"opacity": 2.0}, "at most 1"),
        ({"sheet": "a9"}, "a5"),
    ]:
        with pytest.raises(UsageError, match=words):
            SegmentLook(**wrong)
    with pytest.raises(UsageError, match="999"):
        owned_paints(np.zeros((1000, 3), np.uint8))


def test_bands_are_stretched_to_be_shown():
    bands = np.zeros((10, 100, 4), np.float32)
    bands[..., 0] = np.linspace(-5, 5, 100)
    bands[..., 1] = 3
    shown = repaint.shown(bands, "bands")
    assert shown.shape == (10, 100, 3)
    assert shown[0, 0, 0] == 0
    assert shown[0, -1, 0] == 255
    assert 120 <= shown[0, 50, 0] <= 135
    assert not shown[..., 1].any()
