"""`pochade table`: files, streams, reports, exit codes."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

import pochade as library
from pochade.table_options import TableOptions

from .conftest import Ran, picture

Run = Callable[..., Ran]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def report_of(ran: Ran) -> dict:
    schema = json.loads((files("pochade") / "apps/schema/table-report.schema.json").read_text())
    report = json.loads(ran.out)
    jsonschema.validate(report, schema)
    return report


def test_a_picture_becomes_a_csv_beside_it_and_back(pochade: Run, photo: Path):
    ran = pochade("table", photo)
    assert ran.code == 0
    table = photo.with_suffix(".csv")
    assert table.read_text().startswith("x,y,r,g,b\n0,0,")
    assert ran.out == f"{table}: 768 rows of x, y, r, g, b, {table.stat().st_size:,} bytes\n"
    assert ran.err == ""
    assert pochade("table", table).code == 4  # photo.png is there
    assert pochade("table", table, "-o", "back.png").code == 0
    np.testing.assert_array_equal(pixels(photo.with_name("back.png")), pixels(photo))


def test_one_pixel_is_one_row(pochade: Run, photo: Path):
    Image.new("RGB", (1, 1), (9, 80, 200)).save(photo.with_name("one.png"))
    ran = pochade("table", "one.png", "-o", "one.csv")
    assert ran.code == 0
    assert ran.out.startswith("one.csv: 1 row of x, y, r, g, b, ")


def test_seed_002_in_one_command(pochade: Run, photo: Path):
    words = ("-k", "8", "--scale", "standard", "-o", "out.csv", "--picture", "out.png")
    ran = pochade("table", photo, *words)
    assert ran.code == 0
    assert "8 clusters" in ran.out
    header, *rows = photo.with_name("out.csv").read_text().split()
    assert header == "x,y,r,g,b,label"
    labels = np.array([int(row.rpartition(",")[2]) for row in rows]).reshape(24, 32)
    painted = pixels(photo.with_name("out.png"))
    assert len(np.unique(painted.reshape(-1, 3), axis=0)) == 8
    for label in range(8):
        mean = pixels(photo)[labels == label].mean(axis=0)
        assert np.abs(painted[labels == label] - mean).max() <= 0.5


def test_parquet(pochade: Run, photo: Path):
    pytest.importorskip("pyarrow")
    assert pochade("table", photo, "-o", "a.parquet", "--add", "lab,scaled").code == 0
    ran = pochade("table", "a.parquet", "-o", "b.png")
    assert ran.code == 0
    assert "passed over the columns lab_l" in ran.err
    np.testing.assert_array_equal(pixels(photo.with_name("b.png")), pixels(photo))


def test_a_table_can_be_clustered_and_become_a_table(pochade: Run, photo: Path):
    assert pochade("table", photo, "-o", "a.csv").code == 0
    assert pochade("table", "a.csv", "-k", "3", "-o", "b.csv").code == 0
    assert photo.with_name("b.csv").read_text().startswith("x,y,r,g,b,label\n")


def test_the_report(pochade: Run, photo: Path, tmp_path: Path):
    words = ("-k", "3", "--columns", "oklab,xy", "--weight", "x=2,y=2", "--scale", "standard")
    ran = pochade("table", photo, *words, "-o", "a.csv", "--picture", "a.png", "--json")
    report = report_of(ran)
    assert report["exit_code"] == ran.code == 0
    (table,) = report["tables"]
    assert table["input"]["kind"] == "picture"
    assert table["output"]["rows"] == 768
    assert table["output"]["bytes"] == (tmp_path / "a.csv").stat().st_size
    assert table["picture"]["bytes"] == (tmp_path / "a.png").stat().st_size
    found = table["clustering"]
    assert [column["name"] for column in found["columns"]][-2:] == ["x", "y"]
    assert found["columns"][-1]["weight"] == 2
    assert sum(cluster["pixels"] for cluster in found["clusters"]) == 768
    assert 0 <= found["clusters"][0]["center"]["x"] < 32


def test_several_inputs_and_one_that_fails(pochade: Run, photo: Path, tmp_path: Path):
    Image.fromarray(picture(3)).save(tmp_path / "b.png")
    (tmp_path / "c.csv").write_text("x,y,r,g,b\n0,0,1,2\n")
    names = ("photo.png", "b.png", "c.csv")
    ran = pochade("table", *names, "--out-dir", "out", "--json")
    report = report_of(ran)
    assert ran.code == report["exit_code"] == 1
    assert report["failed"] == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["b.csv", "photo.csv"]
    assert "c.csv, line 2: it has 4 values" in report["tables"][2]["error"]["message"]
    assert pochade("table", *names, "-o", "x.csv").code == 2


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["photo.png", "--scale", "standard"], 2, "give -k too, or --add scaled"),
        (["photo.png", "-o", "a.xlsx"], 2, ".parquet"),
        (["photo.png", "-o", "a.csv", "--picture", "b.csv"], 2, "names a table"),
        (["photo.png", "-k", "2", "--columns", "rgba"], 2, "has none"),
        (["photo.png", "-k", "2", "--engine", "abacus"], 2, "abacus"),
        (["photo.png", "-k", "0"], 2, "from 1 to 32,767"),
        (["none.csv"], 3, "none.csv does not exist"),
        (["none.png"], 3, "none.png does not exist"),
        (["text.txt"], 3, "text.txt is not a picture"),
        (["hole.csv"], 3, "no row for the pixel x=1, y=0 of 3x1"),
        (["photo.png", "-o", "kept.csv"], 4, "kept.csv exists already"),
        (["photo.png", "-o", "a.csv", "--picture", "kept.csv.png"], 4, "exists already"),
        (["photo.png", "-o", "none/a.csv"], 4, "folder does not exist"),
        (["photo.png", "--max-pixels", "700"], 3, "over the limit"),
        (["hole.csv", "--max-pixels", "2"], 3, "over the limit"),
        (["."], 3, "is a directory"),
    ],
)
def test_what_goes_wrong_is_one_line(
    pochade: Run, photo: Path, words: list[str], code: int, says: str
):
    (photo.parent / "hole.csv").write_text("x,y,r,g,b\n0,0,1,2,3\n2,0,4,5,6\n")
    (photo.parent / "text.txt").write_text("just words\n" * 9)
    (photo.parent / "kept.csv").write_text("mine")
    (photo.parent / "kept.csv.png").write_text("mine")
    before = {path.name for path in photo.parent.iterdir()}
    ran = pochade("table", *words)
    assert ran.code == code
    assert says in ran.err
    assert ran.err.count("\n") == 1
    assert ran.out == ""
    assert {path.name for path in photo.parent.iterdir()} == before
    assert (photo.parent / "kept.csv").read_text() == "mine"


def test_missing_pixels_may_be_transparent(pochade: Run, tmp_path: Path):
    (tmp_path / "a.csv").write_text("x,y,r,g,b\n0,0,1,2,3\n2,0,4,5,6\n")
    words = ("--missing", "transparent", "--size", "3x2", "-o", "a.png")
    assert pochade("table", "a.csv", *words).code == 0
    with Image.open(tmp_path / "a.png") as image:
        alpha = np.asarray(image.convert("RGBA"))[..., 3]
    assert alpha.tolist() == [[255, 0, 255], [0, 0, 0]]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_streams(photo: Path, form: str):
    if form == "parquet":
        pytest.importorskip("pyarrow")

    def piped(data: bytes, *words: str) -> bytes:
        program = [sys.executable, "-m", "pochade", "table", "-", *words]
        done = subprocess.run(program, input=data, capture_output=True, check=True)
        assert done.stderr == b""
        return done.stdout

    table = piped(photo.read_bytes(), "-o", "-", "--format", form)
    assert table.startswith(b"x,y,r,g,b\n0,0," if form == "csv" else b"PAR1")
    back = photo.with_name("back.png")
    back.write_bytes(piped(table, "-o", "-"))
    np.testing.assert_array_equal(pixels(back), pixels(photo))


def test_standard_output_has_one_use(pochade: Run, photo: Path):
    assert pochade("table", photo, "-o", "-", "--json").code == 2
    ran = pochade("table", photo, "-o", "-", terminal=True)
    assert ran.code == 4
    assert "terminal" in ran.err


def test_quiet_and_verbose(pochade: Run, photo: Path):
    assert pochade("table", photo, "-o", "a.csv", "-q") == Ran(0, "", "")
    ran = pochade("table", photo, "-o", "b.csv", "-k", "2", "-v")
    assert "engine" in ran.err
    assert "cluster 1: #" in ran.err


def test_python_and_command_line_have_the_same_options():
    parameters = inspect.signature(library.table).parameters
    for item in fields(TableOptions):
        assert parameters[item.name].default == item.default, item.name
    beyond = parameters.keys() - {item.name for item in fields(TableOptions)}
    assert beyond == {"image", "cancel"}
