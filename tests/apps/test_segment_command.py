"""`pochade segment`: which files it writes, what it says, and the exit codes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from .conftest import Ran

Run = Callable[..., Ran]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Four fields with a little noise, 60 x 40 pixels."""
    random = np.random.default_rng(0)
    image = np.zeros((40, 60, 3))
    image[:20, :30], image[:20, 30:] = (200, 40, 30), (30, 60, 180)
    image[20:, :30], image[20:, 30:] = (230, 220, 90), (40, 150, 60)
    image += random.normal(0, 2, image.shape)
    path = tmp_path / "photo.png"
    Image.fromarray(np.clip(image, 0, 255).astype(np.uint8)).save(path)
    return path


def test_the_flat_repaint_goes_beside_the_input(pochade: Run, photo: Path):
    ran = pochade("segment", "photo.png", "-n", "4")
    assert ran.code == 0, ran.err
    with Image.open(photo.with_name("photo-flat.png")) as image:
        assert len(image.convert("RGB").getcolors()) == 4
    assert ran.out.startswith("photo-flat.png: 4 regions, ")
    assert ran.err == ""


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        ("a.svg", b"<svg "),
        ("a.geojson", b'{"type": "FeatureCollection"'),
        ("a.csv", b"label,area,"),
        ("a.json", b'{\n "schema": "pochade.region-table/1"'),
        ("a.npy", b"\x93NUMPY"),
        ("a.npz", b"PK"),
        ("a.jpg", b"\xff\xd8"),
    ],
)
def test_the_ending_decides(pochade: Run, photo: Path, name: str, begin: bytes):
    ran = pochade("segment", "photo.png", "-n", "4", "-o", name)
    assert ran.code == 0, ran.err
    assert photo.with_name(name).read_bytes().startswith(begin)


def test_several_kinds_in_one_run(pochade: Run, photo: Path):
    other = photo.with_name("other.png")
    other.write_bytes(photo.read_bytes())
    kinds = ("flat", "outlines", "overlay", "numbers", "labels", "strength", "svg", "table", "tree")
    words = [word for kind in kinds for word in ("--kind", kind)]
    ran = pochade("segment", "photo.png", "other.png", *words, "-n", "4", "--out-dir", "out")
    assert ran.code == 0, ran.err
    made = {path.name for path in (photo.parent / "out").iterdir()}
    assert {f"{stem}-flat.png" for stem in ("photo", "other")} <= made
    assert {"photo-regions.svg", "photo-regions.csv", "photo-tree.npz", "other-numbers.png"} <= made
    assert len(made) == 2 * len(kinds)
    with (photo.parent / "out" / "photo-regions.csv").open() as file:
        assert sum(int(row["area"]) for row in csv.DictReader(file)) == 2400


def test_a_tree_is_cut_again(pochade: Run, photo: Path):
    assert pochade("segment", "photo.png", "-o", "tree.npz").code == 0
    ran = pochade("segment", "photo.png", "--tree", "tree.npz", "-n", "2", "-o", "two.npy")
    assert ran.code == 0, ran.err
    assert np.load(photo.with_name("two.npy")).max() == 1
    ran = pochade("segment", "photo.png", "--tree", "photo.png", "-o", "b.png")
    assert ran.code == 3
    assert "tree" in ran.err


def test_detail_paints_and_the_other_methods(pochade: Run, photo: Path):
    mask = np.zeros((40, 60), np.uint8)
    mask[:, :20] = 255
    Image.fromarray(mask).save(photo.with_name("mask.png"))
    ran = pochade("segment", "photo.png", "-n", "30", "--detail", "mask.png", "-o", "d.npy")
    assert ran.code == 0, ran.err
    labels = np.load(photo.with_name("d.npy"))
    plain = photo.with_name("plain.npy")
    assert pochade("segment", "photo.png", "-n", "30", "-o", "plain.npy").code == 0
    there = np.unique(labels[:, :20])
    assert len(there) > len(np.unique(np.load(plain)[:, :20]))
    photo.with_name("paints.hex").write_text("c8281e\n1e3cb4\ne6dc5a\n28963c\n000000\n")
    words = ("--kind", "numbers", "--paints", "paints.hex", "-o", "sheet.svg")
    assert pochade("segment", "photo.png", *words).code == 0
    text = photo.with_name("sheet.svg").read_text()
    assert "#c8281e" in text
    assert "#000000" not in text
    for method in ("kmeans", "classic"):
        ran = pochade("segment", "photo.png", "--method", method, "-n", "4", "-o", f"{method}.png")
        assert ran.code == 0, ran.err


def test_errors_are_sentences_and_codes(pochade: Run, photo: Path):
    for words, code, part in [
        (("-o", "a.xyz"), 2, ".xyz"),
        (("-o", "a.png", "--kind", "table"), 2, "csv"),
        (("-o", "a.png", "--kind", "flat", "--kind", "svg"), 2, "one kind"),
        (("-n", "4", "--threshold", "3"), 2, "exclude"),
        (("--method", "kmeans", "--kind", "strength"), 2, "tree"),
        (("--paints", "gone.gpl", "-o", "a.png"), 3, "gone.gpl"),
        (("--detail", "gone.png", "-o", "a.png"), 3, "gone.png"),
    ]:
        ran = pochade("segment", "photo.png", *words)
        assert (ran.code, ran.out) == (code, ""), (words, ran.err)
        assert part in ran.err
        assert ran.err.count("\n") == 1
    photo.with_name("a.png").write_bytes(b"mine")
    ran = pochade("segment", "photo.png", "-o", "a.png")
    assert ran.code == 4
    assert photo.with_name("a.png").read_bytes() == b"mine"
    assert pochade("segment", "photo.png", "-o", "a.png", "-f").code == 0
    ran = pochade("segment", "photo.png", "gone.png", "--out-dir", "o", "-n", "3")
    assert ran.code == 1
    assert "gone.png" in ran.err


def test_the_report_follows_its_schema(pochade: Run, photo: Path):
    text = files("pochade.apps.schema").joinpath("segment-report.schema.json").read_text("utf-8")
    schema = json.loads(text)
    words = ("--kind", "flat", "--kind", "svg", "-n", "4", "--out-dir", "o", "--json")
    ran = pochade("segment", "photo.png", "gone.png", *words)
    assert ran.code == 1
    report = json.loads(ran.out)
    jsonschema.validate(report, schema)
    one, gone = report["pictures"]
    assert one["regions"] == 4
    assert [part["kind"] for part in one["outputs"]] == ["flat", "svg"]
    assert one["area"]["smallest"] == one["area"]["largest"] == 600
    assert gone["error"]["exit_code"] == 3
    assert pochade("segment", "photo.png", "-o", "-", "--json").code == 2


def test_verbose_and_quiet(pochade: Run, photo: Path):
    ran = pochade("segment", "photo.png", "-n", "4", "-v")
    assert "cost at the cut" in ran.out
    assert "600 to 600" in ran.out
    ran = pochade("segment", "photo.png", "-n", "4", "-q", "-f")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    ran = pochade("segment", "photo.png", "-n", "99999", "-f")
    assert ran.code == 0
    flat = photo.with_name("flat.png")
    Image.new("RGB", (9, 9), (9, 9, 9)).save(flat)
    ran = pochade("segment", "flat.png", "-n", "5")
    assert ran.code == 0
    assert "only 1 region" in ran.err
