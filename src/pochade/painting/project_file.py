"""Paintings in files: `.pochade`, a zip of a description and of tensors, nothing to execute.

    painting.json          what is painted and how: origin, log of events, what was undone
    tensors.safetensors    guide, anchors and, where they were kept, hierarchy, photo, transparency;
                           guide and photo as differences, see `differences`

The description and the anchors are all that a painting is; the rest saves finding it again, and
keeps a painting the same where a later pochade finds other anchors. Without the photo a project can
still be drawn at any size and changed by hand, but not be given another level or abstraction.

A file is believed in nothing: what it claims is compared with limits before memory is taken, and
every number is checked before it is used.
"""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import asdict, fields
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from pochade.errors import InputError, PochadeError
from pochade.io.source import printable
from pochade.io.tensors import dump_tensors, load_tensors
from pochade.io.write import atomic_write
from pochade.paint_options import MOST_ANCHORS, PaintSettings
from pochade.painting.anchors import Anchors
from pochade.painting.detail_map import AREA as DETAIL_AREA
from pochade.painting.document import Intent, Painting, changed
from pochade.painting.events import Event, UsePalette, as_data, from_data
from pochade.painting.laying import Bench, Laid, made_by, packed, unpacked
from pochade.painting.look_options import Look
from pochade.painting.subject import ALPHA_AREA, AREA, Subject

FORMAT: Final = "pochade painting"
VERSION: Final = 1
SUFFIX: Final = ".pochade"
TEXT, TENSORS = "painting.json", "tensors.safetensors"
LARGEST: Final = {TEXT: 1 << 24, TENSORS: 1 << 27}
"""Bytes that each member may have when it is unpacked."""
MOST_EVENTS: Final = 100_000
LARGEST_SIDE: Final = 1 << 20
FAR: Final = 1e5
"""No colour or tone of an anchor is farther from 0."""
HIERARCHY: Final = "hierarchy."


def save_painting(
    painting: Painting,
    path: str | os.PathLike[str],
    *,
    photo: bool = True,
    overwrite: bool = False,
) -> Path:
    """Write a painting as a project.

    Args:
        painting: what to save.
        path: where; usually NAME.pochade.
        photo: keep the reduced photo and the hierarchy, so that everything can be changed later.
        overwrite: replace an existing file. It is replaced whole or not at all.

    Raises:
        OutputError: the file exists, or cannot be written.
    """
    atomic_write(path, dump_painting(painting, photo=photo), overwrite=overwrite)
    return Path(path)


def dump_painting(painting: Painting, *, photo: bool = True) -> bytes:
    """The bytes of a project; the same painting gives the same bytes."""
    text = json.dumps(_described(painting), indent=1, allow_nan=False).encode()
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in ((TEXT, text), (TENSORS, dump_tensors(_tensors(painting, photo)))):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o600 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return buffer.getvalue()


def _described(painting: Painting) -> dict[str, Any]:
    from pochade import __version__

    origin, subject = painting.origin, painting.subject
    return {
        "format": FORMAT,
        "version": VERSION,
        "pochade": __version__,
        "source": {"sha256": subject.digest, "width": subject.size[1], "height": subject.size[0]},
        "frame": list(painting.laid.anchors.frame),
        "spacing": painting.laid.anchors.spacing,
        "settings": asdict(origin.settings),
        "look": asdict(origin.look),
        "palette": list(origin.palette),
        "log": [as_data(event) for event in painting.log],
        "undone": [as_data(event) for event in painting.undone],
    }


def _tensors(painting: Painting, photo: bool) -> dict[str, NDArray[Any]]:
    laid = painting.laid
    found: dict[str, NDArray[Any]] = {"ids": laid.ids}
    for name in ANCHOR_SHAPES:
        found[name] = getattr(laid.anchors, name)
    if painting.guide is not None:
        found["guide"] = differences(packed(painting.guide))
    if painting.origin.mask is not None:
        found["mask"] = painting.origin.mask
    if painting.subject.alpha is not None:
        found["alpha"] = painting.subject.alpha
    if photo and painting.subject.photo is not None:
        found["photo"] = differences(painting.subject.photo)
        arrays = painting.bench.hierarchy(painting.settings).arrays()
        found |= {HIERARCHY + name: array for name, array in arrays.items()}
    return found


def differences(values: NDArray[Any]) -> NDArray[Any]:
    """(h, w, c) whole numbers as differences to the left and above, which pack better.

    >>> differences(np.uint8([[[5], [7]], [[6], [9]]]))[..., 0].tolist()
    [[5, 2], [1, 1]]
    """
    out = values.copy()
    out[:, 1:] -= values[:, :-1]
    below = out[:-1].copy()
    out[1:] -= below
    return out


def sums(values: NDArray[Any]) -> NDArray[Any]:
    """What `differences` was made of: both wrap around where the type ends."""
    out = np.cumsum(values, axis=0, dtype=values.dtype)
    return np.cumsum(out, axis=1, dtype=values.dtype)


ANCHOR_SHAPES: Final = {
    "positions": (2,),
    "colors": (3,),
    "tones": (3,),
    "sizes": (),
    "angles": (),
    "elongations": (),
}


def load_painting(path: str | os.PathLike[str], *, threads: int | None = None) -> Painting:
    """Read a project.

    Raises:
        InputError: it cannot be read, is no project, is of a later version, or is broken.
    """
    name = printable(os.fspath(path))
    try:
        data = (
            Path(path).read_bytes() if Path(path).stat().st_size <= sum(LARGEST.values()) else b""
        )
    except FileNotFoundError:
        raise InputError(f"{name} does not exist") from None
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror or error}") from None
    return parse_painting(data, name, threads=threads)


def parse_painting(
    data: bytes, name: str = "the project", *, threads: int | None = None
) -> Painting:
    """The painting of `dump_painting`; raises as `load_painting`."""
    text, body = _members(data, name)
    about = _about(text, name)
    try:
        tensors = load_tensors(body)
    except ValueError as error:
        _broken(name, f"its tensors: {error}")
    try:
        return _painting(about, tensors, name, threads)
    except InputError:
        raise
    except PochadeError as error:
        _broken(name, str(error))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        _broken(name, "its parts do not fit together")


def _broken(name: str, why: str) -> NoReturn:
    raise InputError(f"{name} is a broken project: {why}")


def _members(data: bytes, name: str) -> tuple[bytes, bytes]:
    found = {}
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
            if TEXT not in entries or TENSORS not in entries or len(archive.infolist()) != 2:
                raise InputError(f"{name} is no project of pochade")
            for member, most in LARGEST.items():
                entry = entries[member]
                if entry.flag_bits & 1 or entry.file_size > most:
                    _broken(name, f"{member} is encrypted or larger than it may be")
                with archive.open(entry) as stream:
                    found[member] = stream.read(most + 1)
                if len(found[member]) > most:
                    _broken(name, f"{member} is larger than it may be")
    except zipfile.BadZipFile:
        raise InputError(f"{name} is no project of pochade, or was cut off") from None
    except InputError:
        raise
    except Exception as error:  # zlib.error, struct.error, EOFError: whatever the bytes made of it
        _broken(name, f"it cannot be unpacked ({type(error).__name__})")
    return found[TEXT], found[TENSORS]


def _about(text: bytes, name: str) -> dict[str, Any]:
    try:
        about = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        _broken(name, "its description cannot be read")
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise InputError(f"{name} is no project of pochade")
    version = about.get("version")
    if type(version) is int and version > VERSION:
        raise InputError(
            f"{name} was saved by a newer pochade (project version {version}, this one reads "
            f"{VERSION}); update pochade to open it"
        )
    if version != VERSION:
        _broken(name, f"it has no known version ({version!r:.20})")
    return about


def _no_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _painting(
    about: dict[str, Any], tensors: dict[str, NDArray[Any]], name: str, threads: int | None
) -> Painting:
    subject = _subject(about, tensors, name)
    mask = tensors.get("mask")
    if mask is not None and not (
        mask.ndim == 2 and mask.dtype == np.int8 and 0 < mask.size <= DETAIL_AREA
    ):
        _broken(name, "its detail map is none")
    origin = Intent(
        _options(PaintSettings, about.get("settings"), name),
        _options(Look, about.get("look"), name),
        UsePalette(tuple(about.get("palette", ()))).colors,
        mask,
    )
    if origin.settings.level == "auto" and origin.settings.anchors is None:
        _broken(name, "its level was never settled")
    log, undone = _events(about.get("log"), name), _events(about.get("undone"), name)
    intent = origin
    for number, event in enumerate(log):
        intent = changed(intent, event, number, subject.size)
    frame = _pair(about.get("frame"), name)
    bench = Bench(subject, threads)
    _stock(bench, intent.settings, tensors, frame, name)
    return Painting(bench, origin, intent, log, undone, given=_laid(tensors, frame, about, name))


def _options(kind: type[Any], values: Any, name: str) -> Any:
    """The options of a description. Those that it lacks have their defaults."""
    if not isinstance(values, dict):
        _broken(name, "its settings are missing")
    unknown = set(values) - {item.name for item in fields(kind)}
    if unknown:
        _broken(name, f"there is no setting {sorted(map(str, unknown))[0]!r:.40}")
    for key, value in values.items():
        if not isinstance(value, (str, int, float, bool, type(None))):
            _broken(name, f"its setting {key!r:.40} is none")
    return kind(**values)


def _events(data: Any, name: str) -> tuple[Event, ...]:
    if not isinstance(data, list) or len(data) > MOST_EVENTS:
        _broken(name, "its log is none")
    return tuple(from_data(one) for one in data)


def _pair(data: Any, name: str) -> tuple[int, int]:
    right = isinstance(data, list) and len(data) == 2
    if not right or not all(type(side) is int and 0 < side <= LARGEST_SIDE for side in data):
        _broken(name, "it says no size")
    return data[0], data[1]


def _subject(about: dict[str, Any], tensors: dict[str, NDArray[Any]], name: str) -> Subject:
    source = about.get("source")
    if not isinstance(source, dict):
        _broken(name, "it does not say what it was painted from")
    digest = source.get("sha256")
    if not isinstance(digest, str) or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        _broken(name, "it does not say what it was painted from")
    size = _pair([source.get("height"), source.get("width")], name)
    photo, alpha = tensors.get("photo"), tensors.get("alpha")
    if photo is not None:
        right = photo.dtype == np.uint8 and photo.ndim == 3 and photo.shape[2] == 3
        if not right or not 0 < photo.shape[0] * photo.shape[1] <= AREA:
            _broken(name, "its photo is none")
        photo = sums(photo)
    if alpha is not None:
        right = alpha.dtype == np.uint8 and alpha.ndim == 2
        if not right or not 0 < alpha.size <= ALPHA_AREA:
            _broken(name, "its transparency is none")
    return Subject(digest, size, photo, alpha)


def _stock(
    bench: Bench,
    settings: PaintSettings,
    tensors: dict[str, NDArray[Any]],
    frame: tuple[int, int],
    name: str,
) -> None:
    """Lay what was found before upon the bench."""
    guide = tensors.get("guide")
    if guide is not None:
        right = guide.dtype == np.int16 and guide.ndim == 3 and guide.shape[2] == 3
        if not right or not 0 < guide.shape[0] * guide.shape[1] <= AREA:
            _broken(name, "its guide is none")
        bench.guides[settings.abstraction] = unpacked(sums(guide), frame)
    elif bench.subject.photo is None and not (settings.anchors_only or settings.classic):
        _broken(name, "its guide is missing")
    arrays = {
        key.removeprefix(HIERARCHY): value
        for key, value in tensors.items()
        if key.startswith(HIERARCHY)
    }
    if arrays:
        from pochade.painting.classic import Classic
        from pochade.painting.levels import Hierarchy

        found: Any = (Classic if settings.classic else Hierarchy).from_arrays(arrays)
        wanted = "classic" if settings.classic else settings.method
        if found.frame != frame or found.method != wanted:
            _broken(name, "its hierarchy is of another painting")
        bench.hierarchies[made_by(settings)] = found


def _laid(
    tensors: dict[str, NDArray[Any]], frame: tuple[int, int], about: dict[str, Any], name: str
) -> Laid:
    """The anchors, every number of which is looked at."""
    apart = about.get("spacing")
    if not isinstance(apart, float) or not 1e-3 <= apart <= LARGEST_SIDE:
        _broken(name, "it does not say how far its anchors are apart")
    ids = tensors.get("ids")
    if (
        ids is None
        or ids.dtype != np.int64
        or ids.ndim != 1
        or not 0 < len(ids) <= 2 * MOST_ANCHORS
    ):
        _broken(name, "its anchors are missing")
    if (ids < 0).any() or (np.diff(ids) <= 0).any():
        _broken(name, "its anchors are not in order")
    columns = {}
    for key, rest in ANCHOR_SHAPES.items():
        column = tensors.get(key)
        if column is None or column.dtype != np.float32 or column.shape != (len(ids), *rest):
            _broken(name, f"the {key} of its anchors are missing")
        if not np.isfinite(column).all() or (np.abs(column) > max(FAR, *frame)).any():
            _broken(name, f"the {key} of its anchors are no numbers")
        columns[key] = column
    places = columns["positions"]
    outside = (places < 0).any() or (places > np.array(frame, np.float32)).any()
    if outside or (columns["sizes"] <= 0).any() or (columns["elongations"] < 1).any():
        _broken(name, "an anchor has no place or no size")
    return Laid(Anchors(**columns, frame=frame, apart=apart), ids)
