"""Projects in files: the same painting again, and one clear sentence for whatever else comes."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.errors import InputError, OutputError, UsageError
from pochade.io.tensors import dump_tensors, load_tensors
from pochade.paint import open_project
from pochade.paint_options import PaintSettings
from pochade.painting import events as did
from pochade.painting.document import apply, redo, replay, start, undo
from pochade.painting.project_file import (
    LARGEST,
    TENSORS,
    TEXT,
    differences,
    dump_painting,
    load_painting,
    parse_painting,
    save_painting,
    sums,
)
from pochade.painting.render import render
from pochade.painting.subject import make_subject

from .painted import painting, scene


def changed_painting():
    one = painting(80)
    one = apply(one, did.Dab(0.5, 0.6, 0.2, 0.7))
    one = apply(one, did.Recolor(one.at(0.7, 0.25), "#ff0000"))
    one = apply(one, did.Add(0.1, 0.1, "#00ff00"))
    one = apply(one, did.Set("look.relief", 0.4))
    return undo(one)


def rebuilt(data: bytes, text=None, tensors=None, *, more: tuple[str, ...] = ()) -> bytes:
    """The project with its description or tensors changed by functions."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        about = json.loads(archive.read(TEXT))
        arrays = dict(load_tensors(archive.read(TENSORS)))
    about = about if text is None else (text(about) or about)
    arrays = arrays if tensors is None else (tensors(arrays) or arrays)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(TEXT, json.dumps(about))
        archive.writestr(TENSORS, dump_tensors(arrays))
        for name in more:
            archive.writestr(name, b"x")
    return out.getvalue()


@pytest.fixture(scope="module")
def project() -> bytes:
    return dump_painting(changed_painting())


@pytest.mark.parametrize("photo", [True, False])
def test_a_painting_read_again_is_drawn_the_same_at_any_size(photo):
    one = changed_painting()
    again = parse_painting(dump_painting(one, photo=photo))
    for size in (None, (31, 47), (200, 300)):
        assert np.array_equal(render(again, size), render(one, size))
    assert again.log == one.log
    assert again.undone == one.undone
    assert np.array_equal(again.ids, one.ids)
    assert dump_painting(again, photo=photo) == dump_painting(one, photo=photo)


def test_a_painting_read_again_can_be_undone_redone_and_replayed(project):
    one, again = changed_painting(), parse_painting(project)
    assert np.array_equal(render(undo(again)), render(undo(one)))
    assert np.array_equal(render(redo(again)), render(redo(one)))
    assert np.array_equal(render(replay(again)), render(one))
    dab = did.Dab(0.2, 0.7, 0.15, 1.0)
    assert np.array_equal(render(apply(again, dab)), render(apply(one, dab)))


def test_anchors_only_needs_the_anchors_alone():
    one = start(make_subject(scene()), PaintSettings(anchors=90, anchors_only=True))
    slim = dump_painting(one, photo=False)
    with zipfile.ZipFile(BytesIO(slim)) as archive:
        names = set(load_tensors(archive.read(TENSORS)))
    assert names == {"ids", "positions", "colors", "tones", "sizes", "angles", "elongations"}
    assert np.array_equal(render(parse_painting(slim)), render(one))


def test_without_its_photo_a_project_says_what_it_cannot_do(tmp_path):
    path = save_painting(painting(40), tmp_path / "slim.pochade", photo=False)
    slim = load_painting(path)
    assert len(apply(slim, did.Remove(int(slim.ids[3]))).ids) == 39
    with pytest.raises(UsageError, match="without its photo"):
        render(apply(slim, did.Set("level", 0.2)))
    whole = open_project(path, image=scene())
    expected = apply(painting(40), did.Set("level", 0.2))
    assert np.array_equal(render(apply(whole, did.Set("level", 0.2))), render(expected))
    with pytest.raises(UsageError, match="another photo"):
        open_project(path, image=scene()[::-1])


def test_transparency_is_kept():
    rgba = np.dstack([scene(), np.full(scene().shape[:2], 255, np.uint8)])
    rgba[:20, :30, 3] = 0
    one = start(make_subject(rgba), PaintSettings(anchors=60))
    again = parse_painting(dump_painting(one))
    picture = render(again)
    assert picture.shape == rgba.shape
    assert np.array_equal(picture, render(one))
    assert np.array_equal(picture[..., 3], rgba[..., 3])


def test_files_are_not_written_over(tmp_path):
    path = save_painting(painting(20), tmp_path / "a.pochade")
    with pytest.raises(OutputError, match="exists already"):
        save_painting(painting(20), path)
    save_painting(painting(30), path, overwrite=True)
    assert len(load_painting(path).ids) == 30


@given(
    st.sampled_from([np.uint8, np.int16]).flatmap(
        lambda kind: st.tuples(
            st.just(kind), st.integers(1, 5), st.integers(1, 5), st.integers(0, 99)
        )
    )
)
def test_differences_are_undone_by_sums(case):
    kind, rows, cols, seed = case
    low, high = np.iinfo(kind).min, np.iinfo(kind).max
    values = np.random.default_rng(seed).integers(low, high, (rows, cols, 3), kind, endpoint=True)
    assert np.array_equal(sums(differences(values)), values)


def set_in(*keys, value):
    def change(about):
        for key in keys[:-1]:
            about = about[key]
        about[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_in("version", value=2), "newer pochade"),
        (set_in("version", value=0), "no known version"),
        (set_in("version", value="1"), "no known version"),
        (set_in("format", value="something"), "no project of pochade"),
        (set_in("settings", value=None), "settings are missing"),
        (set_in("settings", "softness", value=7), "softness must be at most 1"),
        (set_in("settings", "softness", value=[1]), "is none"),
        (set_in("settings", "shine", value=1), "no setting 'shine'"),
        (set_in("settings", "anchors", value=None), "never settled"),
        (set_in("look", "relief", value=-1), "relief"),
        (set_in("palette", value=["red"]), "colour"),
        (set_in("palette", value=5), "do not fit together"),
        (set_in("log", value={}), "log is none"),
        (set_in("log", 0, value={"event": "explode"}), "an event is one of"),
        (set_in("log", 0, value=5), "an event is an object"),
        (set_in("log", 0, "radius", value=1e9), "radius of dab"),
        (set_in("spacing", value=0.0), "how far its anchors are apart"),
        (set_in("spacing", value="7"), "how far its anchors are apart"),
        (set_in("frame", value=[60]), "says no size"),
        (set_in("frame", value=[60, -90]), "says no size"),
        (set_in("source", "width", value=1 << 40), "says no size"),
        (set_in("source", "sha256", value="../../etc/passwd"), "what it was painted from"),
        (set_in("source", value=None), "what it was painted from"),
    ],
)
def test_a_description_that_is_wrong(project, change, message):
    with pytest.raises(InputError, match=message) as found:
        parse_painting(rebuilt(project, text=change), "p.pochade")
    assert str(found.value).startswith("p.pochade ")
    assert "\n" not in str(found.value)


def with_value(name, value):
    def change(arrays):
        array = arrays[name].copy()
        array.reshape(-1)[0] = value
        arrays[name] = array

    return change


def without(name):
    return lambda arrays: {key: one for key, one in arrays.items() if key != name}


def of_shape(name, shape, dtype=None):
    def change(arrays):
        arrays[name] = np.zeros(shape, dtype or arrays[name].dtype)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_value("positions", np.nan), "no numbers"),
        (with_value("colors", np.inf), "no numbers"),
        (with_value("tones", 1e30), "no numbers"),
        (with_value("positions", -5), "no place"),
        (with_value("positions", 5000), "no place"),
        (with_value("sizes", 0), "no size"),
        (with_value("elongations", 0.5), "no size"),
        (with_value("ids", 10**6), "not in order"),
        (with_value("ids", -3), "not in order"),
        (without("ids"), "anchors are missing"),
        (without("colors"), "the colors of its anchors are missing"),
        (of_shape("colors", (3, 3)), "the colors of its anchors are missing"),
        (of_shape("ids", (0,)), "anchors are missing"),
        (of_shape("guide", (2, 2)), "guide is none"),
        (of_shape("guide", (2, 2, 3), np.float32), "guide is none"),
        (of_shape("guide", (1001, 1000, 3)), "guide is none"),
        (of_shape("photo", (1001, 1000, 3)), "photo is none"),
        (of_shape("photo", (0, 4, 3)), "photo is none"),
        (of_shape("alpha", (2, 2, 1), np.uint8), "transparency is none"),
        (of_shape("mask", (300, 300), np.int8), "detail map is none"),
        (with_value("hierarchy.parents", 7), "damaged"),
        (of_shape("hierarchy.leaves", (5, 5)), "damaged"),
        (without("hierarchy.parents"), "damaged"),
    ],
)
def test_tensors_that_are_wrong(project, change, message):
    with pytest.raises(InputError, match=message):
        parse_painting(rebuilt(project, tensors=change), "p.pochade")


def test_files_that_are_no_projects(tmp_path, project):
    for data, message in [
        (b"", "no project"),
        (b"PK\x03\x04 nonsense", "no project"),
        (project[: len(project) // 2], "no project"),
        (rebuilt(project, more=("evil.py",)), "no project"),
    ]:
        path = tmp_path / "p.pochade"
        path.write_bytes(data)
        with pytest.raises(InputError, match=message):
            load_painting(path)
    with pytest.raises(InputError, match="does not exist"):
        load_painting(tmp_path / "nothing.pochade")
    with pytest.raises(InputError, match="cannot read"):
        load_painting(tmp_path)


def test_a_bomb_is_not_unpacked(project):
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(TEXT, b" " * (LARGEST[TEXT] + 1))
        archive.writestr(TENSORS, b"")
    assert len(out.getvalue()) < 100_000
    with pytest.raises(InputError, match="larger than it may be"):
        parse_painting(out.getvalue())
    deep = BytesIO()
    with zipfile.ZipFile(deep, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(TEXT, b"[" * 100_000)
        archive.writestr(TENSORS, dump_tensors({}))
    with pytest.raises(InputError, match="cannot be read"):
        parse_painting(deep.getvalue())
    with pytest.raises(InputError, match="cannot be read"):
        parse_painting(_with_text(project, b'{"format": NaN}'))


def _with_text(data: bytes, text: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as new:
        new.writestr(TEXT, text)
        new.writestr(TENSORS, archive.read(TENSORS))
    return out.getvalue()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_flipped_bytes_are_read_or_refused(project, data):
    broken = bytearray(project)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        one = parse_painting(bytes(broken))
    except InputError:
        return  # any other error fails the test
    render(one, (8, 12))
