"""A hierarchy of anchors from its arrays, which may come from a file that anyone made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import UsageError
from pochade.painting.anchors import Anchors
from pochade.painting.classic import Classic
from pochade.painting.flat_hierarchy import FlatHierarchy
from pochade.painting.levels import METHODS, VERSION, Hierarchy
from pochade.painting.nested import NESTED
from pochade.painting.nested_hierarchy import NestedHierarchy
from pochade.painting.nodes import NodeTable
from pochade.painting.working import WORKING_PIXELS
from pochade.quantize_inputs import thread_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

LARGEST_SIDE = 10**9


def hierarchy_from(arrays: Mapping[str, NDArray[Any]]) -> Hierarchy:
    """See `Hierarchy.from_arrays`."""
    version, method, rows, cols = (int(one) for one in about_of(arrays, 4)[:4])
    newer(version)
    if not 0 <= method < len(METHODS):
        raise broken("about")
    if not (1 <= rows <= LARGEST_SIDE and 1 <= cols <= LARGEST_SIDE):
        raise broken("about")
    if METHODS[method] in NESTED:
        return nested_from(arrays, METHODS[method], (rows, cols))
    return flat_from(arrays, METHODS[method], (rows, cols))


def about_of(arrays: Mapping[str, NDArray[Any]], least: int) -> NDArray[Any]:
    """The numbers that say what the other arrays are."""
    about = arrays.get("about")
    if about is None or about.dtype != np.int64 or about.ndim != 1 or len(about) < least:
        raise broken("about")
    return about


def newer(version: int) -> None:
    """Raise for a version that is not known here."""
    if version > VERSION:
        raise UsageError(
            f"these anchors were stored by a newer pochade (version {version}, known is "
            f"{VERSION}); use that one"
        )
    if version < 1:
        raise broken("version")


def broken(name: str) -> UsageError:
    """The error for an array that cannot be right."""
    return UsageError(f"the stored anchors are damaged: {name!r} is missing or makes no sense")


def taken(
    arrays: Mapping[str, NDArray[Any]], name: str, kind: Any, shape: tuple[int | None, ...]
) -> NDArray[Any]:
    """An array of a type and shape (None: any length), finite; read only."""
    found = arrays.get(name)
    if found is None or found.dtype != kind or found.ndim != len(shape):
        raise broken(name)
    if any(want not in (None, have) for want, have in zip(shape, found.shape, strict=True)):
        raise broken(name)
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        raise broken(name)
    return np.ascontiguousarray(found)


def nested_from(
    arrays: Mapping[str, NDArray[Any]], method: str, frame: tuple[int, int]
) -> NestedHierarchy:
    """A nested hierarchy whose tree is a tree and whose anchors lie in the frame."""
    parents = taken(arrays, "parents", np.int32, (None,))
    count = len(parents)
    n = (count + 1) // 2
    if count % 2 == 0 or count > 2 * WORKING_PIXELS:
        raise broken("parents")
    below = np.arange(count - 1)
    if parents[-1] != count - 1 or (count > 1 and np.any(parents[:-1] <= below)):
        raise broken("parents")
    parts = np.bincount(parents[:-1], minlength=count)
    if len(parts) != count or np.any(parts[n:] != 2):
        raise broken("parents")
    leaves = taken(arrays, "leaves", np.int32, (None, None))
    if not 1 <= leaves.size <= WORKING_PIXELS or leaves.min() < 0 or leaves.max() >= n:
        raise broken("leaves")
    if np.any(np.bincount(leaves.reshape(-1), minlength=n) == 0):
        raise broken("leaves")
    priorities = taken(arrays, "priorities", np.float32, (count,))
    if priorities.min() < 0 or np.any(priorities > priorities[parents]):
        raise broken("priorities")
    table = NodeTable(
        *(
            taken(arrays, name, np.float32, (count, wide) if wide else (count,))
            for name, wide in zip(NodeTable._fields, (2, 3, 3, 0, 0, 0), strict=True)
        )
    )
    if table.positions.min() < 0 or np.any(table.positions.max(axis=0) > frame):
        raise broken("positions")
    if table.sizes.min() <= 0 or table.elongations.min() < 1:
        raise broken("sizes")
    return NestedHierarchy(
        method=method,
        frame=frame,
        shape=(leaves.shape[0], leaves.shape[1]),
        leaves=leaves,
        parents=parents,
        priorities=priorities,
        table=table,
    )


def flat_from(
    arrays: Mapping[str, NDArray[Any]], method: str, frame: tuple[int, int]
) -> FlatHierarchy:
    """A flat hierarchy from its picture."""
    finest, seed = (int(one) for one in about_of(arrays, 6)[4:6])
    pixels = taken(arrays, "pixels", np.uint8, (None, None, 3))
    high, wide = pixels.shape[:2]
    if not 1 <= high * wide <= WORKING_PIXELS:
        raise broken("pixels")
    tones = taken(arrays, "tones", np.int16, (high, wide, 3))
    if not 1 <= finest <= high * wide or seed < 0:
        raise broken("about")
    return FlatHierarchy(
        method=method,
        frame=frame,
        shape=(high, wide),
        pixels=pixels,
        tones=tones,
        most=finest,
        seed=seed,
        threads=thread_count(None),
    )


def classic_from(arrays: Mapping[str, NDArray[Any]]) -> Classic:
    """See `Classic.from_arrays`."""
    about = taken(arrays, "classic", np.int64, (6,))
    version, rows, cols, high, wide, neighbours = about.tolist()
    newer(version)
    sides = (1 <= one <= LARGEST_SIDE for one in (rows, cols, high, wide))
    if not all(sides) or high * wide > WORKING_PIXELS or not 1 <= neighbours <= 64:
        raise broken("classic")
    counts = taken(arrays, "counts", np.int64, (None,))
    n = int(counts[-1]) if 1 <= len(counts) <= 100 else 0
    if not 1 <= n <= high * wide or counts[0] < 1 or np.any(np.diff(counts) < 0):
        raise broken("counts")
    patches = taken(arrays, "patches", np.float64, (len(counts),))
    positions = taken(arrays, "positions", np.float32, (n, 2))
    if positions.min() < 0 or np.any(positions.max(axis=0) >= (rows, cols)):
        raise broken("positions")
    sizes = taken(arrays, "sizes", np.float32, (n,))
    if sizes.min() <= 0:
        raise broken("sizes")
    anchors = Anchors(
        positions,
        taken(arrays, "colors", np.float32, (n, 3)),
        taken(arrays, "tones", np.float32, (n, 3)),
        sizes,
        np.zeros(n, np.float32),
        np.ones(n, np.float32),
        (rows, cols),
    )
    return Classic(
        all_anchors=anchors,
        counts=tuple(counts.tolist()),
        patches=tuple(patches.tolist()),
        neighbours=neighbours,
        shape=(high, wide),
    )
