"""Region trees in files: an .npz that NumPy alone can read, with nothing in it to execute.

Members, each a plain .npy, not compressed:

    about.npy            uint8: JSON with "format", "version", "shape", and how the tree was built
    parents.npy          (2n-1,) int32, as in `RegionTree`
    union_altitudes.npy  (n-1,) float32, those of the nodes n..2n-2; leaves have 0
    leaves.npy           (h, w) int32, only where leaves are superpixels
    picture.npy          (h, w, c) uint8, uint16 or float32, if it was kept

A file is believed in nothing: sizes are compared with the file's own before memory is taken, and
the tree is checked to be one before it is used.
"""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import numpy as np

from pochade.errors import InputError
from pochade.io.source import printable
from pochade.io.write import atomic_write
from pochade.regions.bands import LARGEST_PICTURE, SPACES, Source
from pochade.regions.tree import RegionTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = "pochade region tree"
VERSION = 1
LARGEST_ABOUT = 1 << 16
LARGEST_HEADER = 1024
LARGEST_SIDE = (1 << 31) - 1
PIECE = 1 << 24
_DTYPES = {
    "about": ("|u1",),
    "parents": ("<i4",),
    "union_altitudes": ("<f4",),
    "leaves": ("<i4",),
    "picture": ("|u1", "<u2", "<f4"),
}


def save_tree(
    tree: RegionTree,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    picture: bool = True,
) -> Path:
    """Write a tree; see `RegionTree.save`."""
    about = {"format": FORMAT, "version": VERSION, "shape": list(tree.shape), "built": tree.about}
    members: dict[str, NDArray[Any]] = {
        "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
        "parents": tree.parents,
        "union_altitudes": tree.altitudes[tree.n :],
    }
    if tree.leaves is not None:
        members["leaves"] = tree.leaves
    if picture and tree.source is not None:
        members["picture"] = tree.source.pixels

    def write(file: Any) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, array in members.items():
                entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
                entry.external_attr = 0o600 << 16
                with archive.open(entry, "w", force_zip64=True) as member:
                    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
                    np.lib.format.write_array(member, np.ascontiguousarray(little))

    atomic_write(path, write, overwrite=overwrite)
    return Path(path)


def load_tree(path: str | os.PathLike[str]) -> RegionTree:
    """Read a tree that `RegionTree.save` wrote.

    Raises:
        InputError: it cannot be read, is no region tree, is of a later version, or is broken.
    """
    name = printable(os.fspath(path))
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, name)
    except FileNotFoundError:
        raise InputError(f"{name} does not exist") from None
    except zipfile.BadZipFile:
        raise InputError(f"{name} is no region tree: it is not an .npz file") from None
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror or error}") from None
    except (ValueError, RuntimeError, NotImplementedError, EOFError, MemoryError) as error:
        raise InputError(f"{name} is broken: {error}") from None
    return _tree(members, name)


def _broken(name: str, why: str) -> NoReturn:
    raise InputError(f"{name} is a broken region tree: {why}")


def _members(archive: zipfile.ZipFile, name: str) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    entries = archive.infolist()
    if len(entries) > len(_DTYPES) or "about.npy" not in {entry.filename for entry in entries}:
        raise InputError(f"{name} is no region tree of pochade")
    for entry in entries:
        member = entry.filename.removesuffix(".npy")
        if member not in _DTYPES or member in found:
            raise InputError(f"{name} is no region tree of pochade")
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
            _broken(name, "its parts are compressed or encrypted, which pochade never does")
        if member == "about" and entry.file_size > LARGEST_ABOUT:
            _broken(name, "its description is too long")
        with archive.open(entry) as stream:
            found[member] = _array(stream, entry, member, name)
    return found


def _array(stream: IO[bytes], entry: zipfile.ZipInfo, member: str, name: str) -> NDArray[Any]:
    """One .npy, read only after its header agrees with the size of the file."""
    if np.lib.format.read_magic(stream) != (1, 0):
        _broken(name, f"{member} has an unknown layout")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(
        stream, max_header_size=LARGEST_HEADER
    )
    if dtype.str not in _DTYPES[member] or fortran or len(shape) > 3:
        _broken(name, f"{member} is of another type")
    one_pixel = member == "union_altitudes" and shape == (0,)
    if not one_pixel and not all(0 < side <= LARGEST_SIDE for side in shape):
        _broken(name, f"{member} has an impossible shape")
    size = dtype.itemsize
    for side in shape:
        size *= side
    if size != entry.file_size - stream.tell():
        _broken(name, f"{member} is not as long as it says")
    pieces = bytearray()
    while len(pieces) < size:
        piece = stream.read(min(PIECE, size - len(pieces)))
        if not piece:
            _broken(name, "it ends too early")
        pieces += piece
    return np.frombuffer(pieces, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _tree(members: dict[str, NDArray[Any]], name: str) -> RegionTree:
    shape, built = _about(members, name)
    if "parents" not in members or "union_altitudes" not in members:
        _broken(name, "parts are missing")
    parents, upper = members["parents"], members["union_altitudes"]
    leaves = members.get("leaves")
    if parents.ndim != 1 or upper.ndim != 1 or len(parents) != 2 * len(upper) + 1:
        _broken(name, "its parts do not fit together")
    n = len(upper) + 1
    if leaves is None:
        if n != shape[0] * shape[1]:
            _broken(name, "it is of another size than its picture")
    else:
        fits = leaves.shape == shape and int(leaves.min()) >= 0 and int(leaves.max()) < n
        if not fits or not np.bincount(leaves.reshape(-1), minlength=n).all():
            _broken(name, "its leaves are none")
    altitudes = np.zeros(2 * n - 1, np.float32)
    altitudes[n:] = upper
    _check_tree(parents, altitudes, n, name)
    source = None
    if "picture" in members:
        picture = members["picture"]
        if picture.ndim != 3 or picture.shape[:2] != shape:
            _broken(name, "its picture has another size")
        space = built.get("space")
        known = space in SPACES and (space == "bands" or picture.shape[2] in (1, 3, 4))
        if not known or (space != "bands" and picture.dtype == np.float32):
            _broken(name, "its picture is of another kind")
        if picture.dtype == np.float32 and not np.isfinite(picture).all():
            _broken(name, "its picture holds what is no number")
        source = Source(picture, str(space))
    return RegionTree(
        shape=shape, parents=parents, altitudes=altitudes, leaves=leaves, source=source, about=built
    )


def _about(members: dict[str, NDArray[Any]], name: str) -> tuple[tuple[int, int], dict[str, Any]]:
    try:
        about = json.loads(members["about"].tobytes())
    except (ValueError, RecursionError):
        _broken(name, "its description cannot be read")
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise InputError(f"{name} is no region tree of pochade")
    version = about.get("version")
    if version != VERSION:
        raise InputError(
            f"{name} is a region tree of version {version!r:.20}, and this pochade reads "
            f"{VERSION}; use a newer one"
        )
    shape: Any = about.get("shape")
    built: Any = about.get("built")
    right = isinstance(shape, list) and len(shape) == 2 and isinstance(built, dict)
    if not right or not all(type(side) is int and side > 0 for side in shape):
        _broken(name, "its description says no size")
    if shape[0] * shape[1] > LARGEST_PICTURE:
        _broken(name, "its picture is too large")
    return (shape[0], shape[1]), built


def _check_tree(
    parents: NDArray[np.int32], altitudes: NDArray[np.float32], n: int, name: str
) -> None:
    """A tree: unions after their two children, altitudes that never fall."""
    last = 2 * n - 2
    below = parents[:-1]
    if int(parents[-1]) != last or (
        len(below) and (int(below.min()) < n or int(below.max()) > last)
    ):
        _broken(name, "a node has no place in it")
    if not (below > np.arange(last, dtype=np.int32)).all():
        _broken(name, "a node comes after the union that it is part of")
    if not (np.bincount(below, minlength=2 * n - 1)[n:] == 2).all():
        _broken(name, "a union does not have two parts")
    if not np.isfinite(altitudes).all() or (altitudes < 0).any():
        _broken(name, "an altitude is no number")
    if (altitudes[below] < altitudes[:-1]).any():
        _broken(name, "altitudes fall")
