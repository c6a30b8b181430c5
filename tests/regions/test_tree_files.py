"""Trees in files: what comes back, and what a hostile file gets."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from pochade.errors import InputError, OutputError
from pochade.regions import build_segmentation_tree, build_tree, cut, load_tree

from .test_trees import picture


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return build_tree(picture("blobs", 9, 12)).save(tmp_path / "tree.npz")


def members(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def write(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    with path.open("wb") as file:
        np.savez(file, **arrays)
    return path


def with_about(arrays: dict[str, np.ndarray], **changes: object) -> dict[str, np.ndarray]:
    about = json.loads(arrays["about"].tobytes()) | changes
    return arrays | {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)}


@pytest.mark.parametrize("superpixels", [None, 20])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_what_is_saved_comes_back(tmp_path, superpixels, dtype):
    image = picture("blobs", 9, 12).astype(dtype)
    tree = build_tree(image, superpixels=superpixels)
    back = load_tree(tree.save(tmp_path / "a.npz"))
    assert back.parents.tobytes() == tree.parents.tobytes()
    assert back.altitudes.tobytes() == tree.altitudes.tobytes()
    assert back.about == tree.about
    assert back.means.tobytes() == tree.means.tobytes()
    assert cut(back, regions=9).labels.tolist() == cut(tree, regions=9).labels.tolist()


def test_the_same_tree_gives_the_same_bytes(tmp_path):
    tree = build_segmentation_tree(picture("blobs", 9, 12))
    paths = [tree.save(tmp_path / name) for name in ("a.npz", "b.npz")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_tree_without_its_picture(tmp_path):
    tree = build_tree(picture("blobs", 9, 12))
    back = load_tree(tree.save(tmp_path / "a.npz", picture=False))
    assert cut(back, regions=5).count == 5
    with pytest.raises(ValueError, match="without its picture"):
        _ = back.means


def test_an_existing_file_stays(saved):
    tree = build_tree(picture("noise", 3, 3))
    with pytest.raises(OutputError):
        tree.save(saved)
    tree.save(saved, overwrite=True)
    assert load_tree(saved).shape == (3, 3)


def test_files_that_are_none(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        load_tree(tmp_path / "no.npz")
    with pytest.raises(InputError):
        load_tree(tmp_path)
    for content in (b"", b"PK\x03\x04", b"no zip at all" * 99):
        path = tmp_path / "bad.npz"
        path.write_bytes(content)
        with pytest.raises(InputError, match="not an "):
            load_tree(path)
    with pytest.raises(InputError, match="no region tree"):
        load_tree(write(tmp_path / "other.npz", {"parents": np.zeros(3, np.int32)}))


def test_a_later_version_is_named(saved):
    write(saved, with_about(members(saved), version=2))
    with pytest.raises(InputError, match="version 2"):
        load_tree(saved)


BROKEN = {
    "a cycle": lambda a: a["parents"].__setitem__(120, 110),
    "beyond the end": lambda a: a["parents"].__setitem__(5, 10**6),
    "negative": lambda a: a["parents"].__setitem__(5, -1),
    "a leaf as union": lambda a: a["parents"].__setitem__(5, 6),
    "three parts": lambda a: a["parents"].__setitem__(0, a["parents"][50]),
    "a second root": lambda a: a["parents"].__setitem__(-1, 0),
    "falling altitudes": lambda a: a["union_altitudes"].__setitem__(-1, 0),
    "no number": lambda a: a["union_altitudes"].__setitem__(3, np.nan),
    "infinite": lambda a: a["union_altitudes"].__setitem__(-1, np.inf),
    "below zero": lambda a: a["union_altitudes"].__setitem__(0, -1),
    "too short": lambda a: a.update(union_altitudes=a["union_altitudes"][:-1]),
    "no parents": lambda a: a.pop("parents"),
    "wide integers": lambda a: a.update(parents=a["parents"].astype(np.int64)),
    "big-endian": lambda a: a.update(parents=a["parents"].astype(">i4")),
    "another shape": lambda a: a.update(parents=a["parents"].reshape(1, -1)),
    "a picture of another size": lambda a: a.update(picture=a["picture"][1:]),
    "a picture of floats": lambda a: a.update(picture=a["picture"].astype(np.float32)),
    "leaves out of range": lambda a: a.update(leaves=np.full((9, 12), 999, np.int32)),
    "leaves without pixels": lambda a: a.update(leaves=np.zeros((9, 12), np.int32)),
    "one thing more": lambda a: a.update(more=np.zeros(3)),
    "objects": lambda a: a.update(leaves=np.array([{}], object)),
    "strange shape": lambda a: a.update(with_about(a, shape=[9, -12])),
    "huge shape": lambda a: a.update(with_about(a, shape=[2**31, 2**31])),
    "no shape": lambda a: a.update(with_about(a, shape="9x12")),
    "other space": lambda a: a.update(with_about(a, built={"space": "hsv"})),
    "not even JSON": lambda a: a.update(about=np.frombuffer(b"{" * 5000, np.uint8)),
    "deep JSON": lambda a: a.update(about=np.frombuffer(b"[" * 60000, np.uint8)),
    "long description": lambda a: a.update(about=np.full(99_999, 32, np.uint8)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_trees_are_refused_in_one_sentence(saved, name):
    arrays = {key: value.copy() for key, value in members(saved).items()}
    BROKEN[name](arrays)
    write(saved, arrays)
    with pytest.raises(InputError) as caught:
        load_tree(saved)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 3


def test_sizes_are_not_believed(tmp_path, saved):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<i4", "fortran_order": False, "shape": (2**31 - 1,)}
    )
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(tmp_path / "b.npz", "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, header.getvalue() if "parents" in entry.filename else data)
    with pytest.raises(InputError, match="not as long as it says"):
        load_tree(tmp_path / "b.npz")
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(tmp_path / "c.npz", "w", 8) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
    with pytest.raises(InputError, match="compressed"):
        load_tree(tmp_path / "c.npz")


def test_cut_off_and_damaged_files(saved):
    whole = saved.read_bytes()
    for end in range(0, len(whole), 97):
        saved.write_bytes(whole[:end])
        with pytest.raises(InputError):
            load_tree(saved)
    rng = np.random.default_rng(0)
    for _ in range(200):
        damaged = bytearray(whole)
        for at in rng.integers(0, len(whole), 3):
            damaged[at] ^= int(rng.integers(1, 256))
        saved.write_bytes(bytes(damaged))
        with contextlib.suppress(InputError):  # whatever else is raised fails the test
            cut(load_tree(saved), regions=5)
