"""A picture as a table, in every form, and back: exactly."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import pochade
from pochade.errors import InputError, LimitError, OutputError, UsageError
from pochade.io.table_write import csv_blocks

IMAGES = hnp.arrays(
    np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.sampled_from([3, 4]))
)


def random_picture(shape: tuple[int, int, int] = (7, 11, 3), seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def to_file(picture: np.ndarray, folder: Path, form: str, **options: object) -> Path:
    return pochade.table(picture, **options).save(folder / f"t.{form}", overwrite=True)


@pytest.fixture(params=["csv", "parquet"])
def form(request: pytest.FixtureRequest) -> str:
    if request.param == "parquet":
        pytest.importorskip("pyarrow")
    return str(request.param)


class TestFiles:
    @settings(max_examples=25, deadline=None)
    @given(image=IMAGES)
    def test_csv_comes_back_exactly(self, tmp_path_factory, image):
        path = to_file(image, tmp_path_factory.mktemp("t"), "csv")
        np.testing.assert_array_equal(pochade.table(path).image, image)

    @settings(max_examples=25, deadline=None)
    @given(image=IMAGES)
    def test_parquet_comes_back_exactly(self, tmp_path_factory, image):
        pytest.importorskip("pyarrow")
        path = to_file(image, tmp_path_factory.mktemp("t"), "parquet")
        np.testing.assert_array_equal(pochade.table(path).image, image)

    def test_many_blocks(self, tmp_path, form):
        image = random_picture((700, 451, 3))
        path = to_file(image, tmp_path, form, add=("lab", "oklab"))
        np.testing.assert_array_equal(pochade.table(path).image, image)

    def test_csv_of_a_picture_written_out_by_hand(self, tmp_path):
        image = np.array([[[1, 2, 3, 4], [255, 0, 9, 0]]], np.uint8)
        text = to_file(image, tmp_path, "csv").read_text()
        assert text == "x,y,r,g,b,a\n0,0,1,2,3,4\n1,0,255,0,9,0\n"

    def test_the_same_picture_is_the_same_file(self, tmp_path, form):
        image = random_picture((40, 50, 3))
        first = to_file(image, tmp_path, form, k=5, threads=1).read_bytes()
        assert to_file(image, tmp_path, form, k=5, threads=3).read_bytes() == first

    def test_an_existing_file_is_kept(self, tmp_path, form):
        path = tmp_path / f"t.{form}"
        path.write_text("mine")
        with pytest.raises(OutputError, match="exists already"):
            pochade.table(random_picture()).save(path)
        assert path.read_text() == "mine"

    def test_the_ending_decides(self, tmp_path):
        result = pochade.table(random_picture())
        result.save(tmp_path / "t.png")
        np.testing.assert_array_equal(pochade.open_image(tmp_path / "t.png").pixels, result.source)
        with pytest.raises(UsageError, match=r"\.xlsx"):
            result.save(tmp_path / "t.xlsx")

    def test_cancelled_while_writing_leaves_nothing(self, tmp_path, form):
        with pytest.raises(pochade.CancelledError):
            pochade.table(random_picture()).save(tmp_path / f"t.{form}", cancel=lambda: True)
        assert not list(tmp_path.iterdir())

    def test_files_are_known_by_their_content(self, tmp_path, form):
        image = random_picture()
        path = to_file(image, tmp_path, form)
        other = path.rename(tmp_path / "t.dat")
        np.testing.assert_array_equal(pochade.table(other).image, image)
        np.testing.assert_array_equal(pochade.table(other.read_bytes()).image, image)

    def test_progress_ends_at_one(self, tmp_path):
        shares: list[float] = []
        result = pochade.table(random_picture((300, 999, 3)))
        result.save(tmp_path / "t.csv", progress=shares.append)
        assert shares == sorted(shares)
        assert len(shares) > 1
        assert shares[-1] == 1.0


class TestFrames:
    @pytest.mark.parametrize("library", ["dict", "pandas", "polars", "arrow"])
    @pytest.mark.parametrize("channels", [3, 4])
    def test_there_and_back(self, library: str, channels: int):
        if library != "dict":
            pytest.importorskip("pyarrow" if library == "arrow" else library)
        image = random_picture((7, 11, channels))
        result = pochade.table(image, 3, add="lab,oklab,scaled")
        frame = getattr(result, f"to_{library}")()
        names = list(frame) if library == "dict" else list(getattr(frame, "column_names", frame))
        if library in ("pandas", "polars"):
            names = list(frame.columns)
        assert tuple(names) == result.columns
        assert result.columns[-1] == "label"
        np.testing.assert_array_equal(np.asarray(frame["label"]), result.labels.reshape(-1))
        np.testing.assert_array_equal(pochade.table(frame).image, image)

    def test_shuffled_and_filtered_pandas(self):
        pandas = pytest.importorskip("pandas")
        image = random_picture()
        frame = pochade.table(image).to_pandas().sample(frac=1.0, random_state=3)
        assert isinstance(frame, pandas.DataFrame)
        np.testing.assert_array_equal(pochade.table(frame).image, image)
        some = frame[frame.r > 100]
        back = pochade.table(some, missing="transparent", size="11x7").image
        kept = image[..., 0] > 100
        np.testing.assert_array_equal(back[..., 3] == 255, kept)
        np.testing.assert_array_equal(back[kept][:, :3], image[kept])
        assert not back[~kept].any()

    def test_dtypes(self):
        found = pochade.table(random_picture((2, 2, 4)), 2, add=("lab", "scaled")).to_dict()
        kinds = {name: column.dtype.name for name, column in found.items()}
        assert kinds["x"] == kinds["y"] == "int32"
        assert kinds["r"] == kinds["a"] == "uint8"
        assert kinds["label"] == "int16"
        assert kinds["lab_b"] == kinds["scaled_g"] == "float32"

    def test_a_missing_library_names_itself(self, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "polars", None)
        with pytest.raises(pochade.EngineUnavailableError, match="pip install polars"):
            pochade.table(random_picture()).to_polars()
        monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
        with pytest.raises(pochade.EngineUnavailableError, match=r"pip install 'pochade\[table\]'"):
            pochade.table(random_picture()).to_arrow()


class TestMetadata:
    def test_parquet_tells_size_and_meaning(self, tmp_path):
        parquet = pytest.importorskip("pyarrow.parquet")
        path = to_file(random_picture((7, 11, 4)), tmp_path, "parquet", k=2, scale="standard")
        told = json.loads(parquet.read_schema(path).metadata[b"pochade"])
        assert (told["width"], told["height"], told["alpha"]) == (11, 7, True)
        assert told["format"] == "pochade.table/1"
        assert "0 at the left" in told["columns"]["x"]
        assert len(told["centers"]) == len(told["palette"]) == 2
        assert told["scaling"]["r"]["scale"] > 1

    def test_a_filtered_parquet_keeps_its_size(self, tmp_path):
        parquet = pytest.importorskip("pyarrow.parquet")
        image = random_picture()
        table = parquet.read_table(to_file(image, tmp_path, "parquet"))
        parquet.write_table(table.slice(0, 9), tmp_path / "s.parquet")
        back = pochade.table(tmp_path / "s.parquet", missing="transparent").image
        assert back.shape == (7, 11, 4)
        assert np.count_nonzero(back[..., 3]) == 9
        with pytest.raises(InputError, match=r"no row for the pixel x=9, y=0 \(and for 67 others"):
            pochade.table(tmp_path / "s.parquet")

    @pytest.mark.parametrize("lie", [b"[", b"[1]", b'{"width": "x", "height": 3}', b"\xff"])
    def test_metadata_that_makes_no_sense_is_ignored(self, tmp_path, lie: bytes):
        parquet = pytest.importorskip("pyarrow.parquet")
        image = random_picture()
        table = parquet.read_table(to_file(image, tmp_path, "parquet"))
        parquet.write_table(table.replace_schema_metadata({b"pochade": lie}), tmp_path / "s.pq")
        np.testing.assert_array_equal(pochade.table(tmp_path / "s.pq").image, image)

    def test_metadata_that_claims_too_much(self, tmp_path):
        parquet = pytest.importorskip("pyarrow.parquet")
        table = parquet.read_table(to_file(random_picture(), tmp_path, "parquet"))
        for size, error in ((60_000, LimitError), (5, InputError)):
            lie = json.dumps({"width": size, "height": size}).encode()
            parquet.write_table(table.replace_schema_metadata({b"pochade": lie}), tmp_path / "s.pq")
            with pytest.raises(error):
                pochade.table(tmp_path / "s.pq")


@settings(max_examples=50, deadline=None)
@given(
    whole=hnp.arrays(np.int32, st.just(6), elements=st.integers(-1, 2**31 - 1)),
    small=hnp.arrays(np.uint8, st.just(6)),
    lab=hnp.arrays(np.float32, st.just(6), elements=st.floats(-200, 200, width=32)),
    fraction=hnp.arrays(np.float32, st.just(6), elements=st.floats(-99999, 99999, width=32)),
)
def test_csv_says_what_python_would(whole, small, lab, fraction):
    columns = ("x", "r", "lab_a", "scaled_x")
    block = dict(zip(columns, (whole, small, lab, fraction), strict=True))
    header, *rows = csv.reader(io.StringIO(b"".join(csv_blocks([block], columns)).decode()))
    assert tuple(header) == columns
    for row, x, r, a, s in zip(rows, whole, small, lab, fraction, strict=True):
        assert row[:2] == [str(x), str(r)]
        assert float(row[2]) == pytest.approx(float(a), abs=0.5001e-4)
        assert float(row[3]) == pytest.approx(float(s), abs=0.5001e-6)
        assert len(row[2].partition(".")[2]) == 4
        assert len(row[3].partition(".")[2]) == 6


def test_lab_columns_are_the_colours(tmp_path):
    from pochade.color import convert

    image = random_picture()
    path = to_file(image, tmp_path, "csv", add="oklab,lab")
    with path.open() as file:
        rows = list(csv.DictReader(file))
    for space in ("lab", "oklab"):
        found = [[float(row[f"{space}_{axis}"]) for axis in "lab"] for row in rows]
        np.testing.assert_allclose(found, convert(image, "srgb", space).reshape(-1, 3), atol=6e-5)


def test_a_large_photo_there_and_back(tmp_path, form):
    """24 megapixels where the data is; memory is measured by benchmarks/table."""
    import os

    folder = Path(os.environ.get("POCHADE_DATA", Path(__file__).parents[2] / "shared" / "data"))
    photos = sorted((folder / "large").glob("*.jpg"))
    if not photos:
        pytest.skip("the large photos are not here")
    image = pochade.open_image(photos[0]).pixels
    path = to_file(image, tmp_path, form)
    assert np.array_equal(pochade.table(path).image, image)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_other_libraries_read_the_parquet_file(tmp_path, library: str):
    pytest.importorskip("pyarrow")
    other = pytest.importorskip(library)
    image = random_picture((30, 40, 4))
    result = pochade.table(image, 3, add=("lab", "scaled"))
    frame = other.read_parquet(result.save(tmp_path / "t.parquet"))
    for name, column in result.to_dict().items():
        np.testing.assert_array_equal(np.asarray(frame[name]), column)
    np.testing.assert_array_equal(pochade.table(frame).image, image)
