"""Tables from elsewhere: any order, other spellings, and everything that can be wrong with them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pochade
from pochade.errors import InputError, LimitError, UsageError
from pochade.io.csv_read import whole_numbers
from pochade.io.limits import Limits
from pochade.io.table_read import open_table, read_picture

PICTURE = np.arange(24, dtype=np.uint8).reshape(2, 4, 3) * 9
ROWS = [(x, y, *PICTURE[y, x].tolist()) for y in range(2) for x in range(4)]


def text_of(rows: list[tuple[object, ...]], names: str = "x,y,r,g,b") -> bytes:
    lines = [names, *(",".join(map(str, row)) for row in rows)]
    return "\n".join(lines).encode() + b"\n"


def read(data: bytes, **options: object) -> np.ndarray:
    return pochade.table(data, **options).image


def complaint(data: bytes, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        read(data, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert message.isprintable()
    return message


class TestSpellings:
    @settings(max_examples=30, deadline=None)
    @given(order=st.permutations(range(8)), columns=st.permutations(range(5)))
    def test_rows_and_columns_in_any_order(self, order, columns):
        names = ",".join("xyrgb"[place] for place in columns)
        rows = [tuple(ROWS[row][place] for place in columns) for row in order]
        np.testing.assert_array_equal(read(text_of(rows, names)), PICTURE)

    @pytest.mark.parametrize(
        "spelled",
        [
            pytest.param(lambda t: t.replace(b"\n", b"\r\n"), id="CRLF"),
            pytest.param(lambda t: t.rstrip(b"\n"), id="no last newline"),
            pytest.param(lambda t: b"\xef\xbb\xbf" + t, id="BOM"),
            pytest.param(lambda t: t.replace(b",", b";"), id="semicolons"),
            pytest.param(lambda t: t.replace(b",", b"\t"), id="tabs"),
            pytest.param(lambda t: t.replace(b",", b", "), id="blanks"),
            pytest.param(lambda t: t.replace(b"\n2,", b'\n"2",'), id="a quoted number"),
            pytest.param(lambda t: t.replace(b"x,y", b'"x","y"'), id="quoted names"),
            pytest.param(lambda t: t.replace(b"\n1,", b"\n1.0,"), id="a whole float"),
            pytest.param(lambda t: t.replace(b"\n1,", b"\n1e0,"), id="an exponent"),
            pytest.param(lambda t: t.replace(b"\n1,", b"\n+1,"), id="a plus sign"),
            pytest.param(lambda t: t.replace(b"\n1,", b"\n0001,"), id="leading zeros"),
            pytest.param(lambda t: t + b"\n", id="an empty line at the end"),
        ],
    )
    def test_other_programs_files(self, spelled):
        np.testing.assert_array_equal(read(spelled(text_of(ROWS))), PICTURE)

    def test_other_columns_are_passed_over_and_named(self):
        rows = [(f'"a, {row[0]}"', *row, "ü") for row in ROWS]
        result = pochade.table(text_of(rows, "index,x,y,r,g,b,name"))
        np.testing.assert_array_equal(result.image, PICTURE)
        assert result.notes == ("passed over the columns index, name",)

    def test_a_frame_saved_by_pandas(self, tmp_path):
        pytest.importorskip("pandas")
        frame = pochade.table(PICTURE).to_pandas()
        frame.astype("float64").sample(frac=1.0, random_state=0).to_csv(tmp_path / "a.csv")
        np.testing.assert_array_equal(pochade.table(tmp_path / "a.csv").image, PICTURE)

    def test_empty_lines_of_their_own_block(self, monkeypatch):
        monkeypatch.setattr("pochade.io.csv_read.BLOCK_BYTES", 1)
        np.testing.assert_array_equal(read(text_of(ROWS) + b"\n\n\n"), PICTURE)

    def test_one_pixel(self):
        assert read(b"x,y,r,g,b\n0,0,1,2,3").tolist() == [[[1, 2, 3]]]

    def test_blocks_meet_within_a_line(self, monkeypatch):
        for size in (7, 16, 31):
            monkeypatch.setattr("pochade.io.csv_read.BLOCK_BYTES", size)
            np.testing.assert_array_equal(read(text_of(ROWS)), PICTURE)
            assert "line 5" in complaint(text_of([*ROWS[:3], (3, 0, 1, 2, "?")]))


class TestWrong:
    @pytest.mark.parametrize(
        ("data", "says"),
        [
            (text_of(ROWS[:5] + ROWS[6:]), "no row for the pixel x=1, y=1 of 4x2"),
            (text_of(ROWS[:5]), "no row for the pixel x=1, y=1 (and for 2 others)"),
            (text_of([*ROWS, ROWS[3]]), "line 10: the pixel x=3, y=0 comes a second time"),
            (text_of([ROWS[0], *ROWS[:-1], ROWS[-1]]), "line 3: the pixel x=0, y=0 comes"),
            (text_of([*ROWS[:7], (3, 1, 0, 256, 0)]), "line 9: g is 256, not from 0 to 255"),
            (text_of([*ROWS[:7], (3, 1, 0, -1, 0)]), "line 9: g is -1"),
            (text_of([*ROWS[:7], (3, -1, 0, 1, 0)]), "line 9: y is -1"),
            (text_of([*ROWS[:7], (3, 1, 0.5, 1, 0)]), "line 9: r is 0.5, not a whole number"),
            (text_of([*ROWS[:7], (3, 1, "nan", 1, 0)]), "line 9: r is nan"),
            (text_of([*ROWS[:7], (3, 1, "inf", 1, 0)]), "line 9: r is inf"),
            (text_of([*ROWS[:7], (3, 1, "", 1, 0)]), "line 9: r is '', not a number"),
            (text_of([*ROWS[:7], (3, 1, "=1+1", 1, 0)]), "line 9: r is '=1+1', not a number"),
            (text_of([*ROWS[:7], (3, 1, 0)]), "line 9: it has 3 values"),
            (text_of([*ROWS[:7], (*ROWS[7], 1)]), "line 9: it has 6 values"),
            (text_of([*ROWS[:7], ("1e30", 1, 0, 0, 0)]), "line 9: x is 1e+30"),
            (b"x,y,r,g,b\n", "no rows"),
            (b"x,y,r,g,b", "no rows"),
        ],
    )  # fmt: skip
    def test_named_in_one_sentence(self, data: bytes, says: str):
        assert says in complaint(data)

    def test_columns_that_are_not_there(self, tmp_path):
        (tmp_path / "a.csv").write_text("x,y,r,g\n0,0,1,2\n")
        with pytest.raises(InputError, match=r"has no column b; .* has x, y, r, g$"):
            pochade.table(tmp_path / "a.csv")
        (tmp_path / "b.csv").write_text("x,y,r,g,b,g\n0,0,1,2,3,4\n")
        with pytest.raises(InputError, match="two columns g"):
            pochade.table(tmp_path / "b.csv")

    @pytest.mark.parametrize(
        "data", [b"", b"\0\1\2\3", b"\xff\xfe", b"x,y,r,g,b\x1b[2J\n0,0,0,0,0\n", b'"x,y\n']
    )
    def test_no_table_at_all(self, tmp_path: Path, data: bytes):
        (tmp_path / "a.csv").write_bytes(data)
        with pytest.raises(InputError) as caught:
            pochade.table(tmp_path / "a.csv")
        assert str(caught.value).isprintable()

    def test_a_line_without_end(self):
        assert "longer than" in complaint(b"x,y,r,g,b\n" + b"1" * 3_000_000)
        assert "column" in complaint(b"x,y,r,g,b," + b"a," * 30_000 + b"z\n1\n")

    def test_a_small_table_of_a_huge_picture(self):
        data = text_of([(60_000, 60_000, 1, 2, 3)])
        with pytest.raises(LimitError, match="million"):
            read(data, missing="transparent")
        with pytest.raises(LimitError, match="a side"):
            read(text_of([(70_000, 0, 1, 2, 3)]), missing="transparent")

    def test_more_pixels_than_allowed(self):
        opened = open_table(text_of(ROWS), Limits(max_pixels=7))
        assert opened is not None
        with pytest.raises(LimitError):
            read_picture(opened)

    def test_size_says_how_large(self):
        back = read(text_of(ROWS), size="5x3", missing="transparent")
        assert back.shape == (3, 5, 4)
        np.testing.assert_array_equal(back[:2, :4, :3], PICTURE)
        assert "x is 3, and the picture has 3x2" in complaint(text_of(ROWS), size="3x2")

    def test_frames(self):
        good = pochade.table(PICTURE).to_dict()
        with pytest.raises(UsageError, match="equally long"):
            pochade.table(good | {"x": good["x"][:3]})
        with pytest.raises(InputError, match="holds object"):
            pochade.table(good | {"x": good["x"].astype(object)})
        with pytest.raises(InputError, match="row 4: g is 417"):
            pochade.table(good | {"g": good["g"].astype(int) + 300 * (np.arange(8) == 4)})


class TestParquet:
    def file(self, folder: Path) -> Path:
        pytest.importorskip("pyarrow")
        image = np.random.default_rng(0).integers(0, 256, (50, 40, 3), np.uint8)
        return pochade.table(image).save(folder / "a.parquet")

    def test_broken_files_are_one_sentence(self, tmp_path: Path):
        data = self.file(tmp_path).read_bytes()
        random = np.random.default_rng(1)
        broken = [data[: int(len(data) * share)] for share in (0.0005, 0.3, 0.9, 0.999)]
        for _ in range(120):
            mutant = bytearray(data)
            for place in random.integers(0, len(data), 3):
                mutant[place] = random.integers(256)
            # The footer is what decides about sizes: hit it more often.
            mutant[-1 - int(random.integers(4, 900))] = random.integers(256)
            broken.append(bytes(mutant))
        refused = survived = 0
        for case in broken:
            path = tmp_path / "b.parquet"
            path.write_bytes(case)
            try:
                pochade.table(path)
            except InputError as error:  # anything else would be a defect
                refused += str(error).isprintable()
            else:
                survived += 1
        assert refused + survived == len(broken)
        assert refused > 60

    def test_nulls_and_texts(self, tmp_path: Path):
        arrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        table = pochade.table(PICTURE).to_arrow()
        place = table.schema.get_field_index("g")
        for values, says in (
            ([1, 2, None, 4, 5, 6, 7, 8], "row 2: g is empty"),
            (["a"] * 8, "the column g holds string"),
            ([[1]] * 8, "the column g holds list"),
        ):
            wrong = table.set_column(place, "g", arrow.array(values))
            parquet.write_table(wrong, tmp_path / "a.parquet")
            with pytest.raises(InputError, match=says):
                pochade.table(tmp_path / "a.parquet")

    def test_too_many_rows_are_refused_before_they_are_read(self, tmp_path: Path):
        path = self.file(tmp_path)
        with pytest.raises(LimitError, match="2,000 rows"):
            open_table(path, Limits(max_pixels=1000))

    def test_rows_in_any_order_without_metadata(self, tmp_path: Path):
        parquet = pytest.importorskip("pyarrow.parquet")
        frame = pochade.table(PICTURE).to_arrow().replace_schema_metadata(None)
        parquet.write_table(frame.take([7, 2, 1, 0, 3, 6, 5, 4]), tmp_path / "a.parquet")
        np.testing.assert_array_equal(pochade.table(tmp_path / "a.parquet").image, PICTURE)

    def test_without_pyarrow_the_extra_is_named(self, tmp_path: Path, monkeypatch):
        path = self.file(tmp_path)
        monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
        with pytest.raises(pochade.EngineUnavailableError, match=r"'pochade\[table\]'"):
            pochade.table(path)


FIELD = st.one_of(
    st.integers(0, 10**9 - 1).map(str),
    st.sampled_from(["", "-1", "1.5", "a", "1e3", "99999999999", " 7", "0x1", "٣"]),
)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), columns=st.integers(1, 4), rows=st.integers(1, 5))
def test_whole_numbers_reads_as_pythons_csv_or_not_at_all(data, columns, rows):
    table = [[data.draw(FIELD) for _ in range(columns)] for _ in range(rows)]
    text = "".join(",".join(row) + "\n" for row in table)
    places = data.draw(st.lists(st.integers(0, columns - 1), min_size=1, max_size=4))
    found = whole_numbers(text.encode(), columns, places, ord(","))
    read_ = [row or [""] for row in csv.reader(io.StringIO(text))]
    plain = all(row[at].isdecimal() and row[at].isascii() for row in read_ for at in places)
    plain = plain and all(len(row[at]) < 10 for row in read_ for at in places)
    assert (found is not None) == plain
    if found is not None:
        assert [column.tolist() for column in found] == [
            [int(row[at]) for row in read_] for at in places
        ]
