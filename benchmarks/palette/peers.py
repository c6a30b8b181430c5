"""The palette finders that are compared.

Each is given what it takes: a file's path, or the decoded picture as (h, w, 3) uint8, from which it
has to make whatever it wants within the measured time. Libraries are imported inside, so that a
missing one only leaves its rows out.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import partial

import numpy as np
from PIL import Image

K = 8
# Color Thief and its ports give one colour less than they are asked for.
ASKED = K + 1
Finder = Callable[[object], list]


def ours(source: object, *, threads: int, **options: str) -> list:
    import pochade

    return pochade.palette(source, K, threads=threads, **options).colors.tolist()


def colorthief_file(path: object, *, quality: int) -> list:
    from colorthief import ColorThief

    return ColorThief(path).get_palette(color_count=ASKED, quality=quality)


def colorthief_array(picture: np.ndarray, *, quality: int) -> list:
    """It reads files only; its picture is put in the place of the one it opens."""
    from colorthief import ColorThief

    thief = ColorThief.__new__(ColorThief)
    thief.image = Image.fromarray(picture)
    return thief.get_palette(color_count=ASKED, quality=quality)


def fast_colorthief_file(path: object, *, quality: int) -> list:
    import fast_colorthief

    return fast_colorthief.get_palette(path, ASKED, quality)


def fast_colorthief_array(picture: np.ndarray, *, quality: int) -> list:
    """It takes arrays with alpha only."""
    import fast_colorthief

    alpha = np.full((*picture.shape[:2], 1), 255, np.uint8)
    return fast_colorthief.get_palette(np.concatenate([picture, alpha], axis=2), ASKED, quality)


def fast_colorthief_rgba(picture: np.ndarray, *, quality: int) -> list:
    """The same where an array with alpha happens to be there already (not part of the time)."""
    import fast_colorthief

    return fast_colorthief.get_palette(picture, ASKED, quality)


def modern_colorthief_file(path: object, *, quality: int) -> list:
    import modern_colorthief

    return modern_colorthief.get_palette(str(path), ASKED, quality)


def pylette(source: object, *, mode: str, resize: int | None = 256) -> list:
    from pylette import extract_colors

    found = extract_colors(image=source, palette_size=K, mode=mode, resize=resize)
    return [color.rgb for color in found]


def colorgram(source: object) -> list:
    import colorgram as library

    image = Image.fromarray(source) if isinstance(source, np.ndarray) else source
    return [tuple(color.rgb) for color in library.extract(image, K)]


def extcolors(source: object) -> list:
    import extcolors as library

    image = Image.fromarray(source) if isinstance(source, np.ndarray) else Image.open(source)
    return [color for color, _ in library.extract_from_image(image, limit=K)[0]]


OURS = {
    "pochade": {},
    "pochade fast": {"effort": "fast"},
    "pochade srgb": {"space": "srgb"},
    "pochade srgb fast": {"space": "srgb", "effort": "fast"},
}
# name: (module, from a file, from an array, slow)
PEERS: dict[str, tuple[str, Finder | None, Finder | None, bool]] = {
    "colorthief": (
        "colorthief",
        partial(colorthief_file, quality=10),
        partial(colorthief_array, quality=10),
        True,
    ),
    "colorthief, all pixels": (
        "colorthief",
        partial(colorthief_file, quality=1),
        partial(colorthief_array, quality=1),
        True,
    ),
    "fast-colorthief": (
        "fast_colorthief",
        partial(fast_colorthief_file, quality=10),
        partial(fast_colorthief_array, quality=10),
        False,
    ),
    "fast-colorthief, all pixels": (
        "fast_colorthief",
        partial(fast_colorthief_file, quality=1),
        partial(fast_colorthief_array, quality=1),
        False,
    ),
    "modern_colorthief": (
        "modern_colorthief",
        partial(modern_colorthief_file, quality=10),
        None,
        True,
    ),
    "Pylette KMeans": ("pylette", *2 * (partial(pylette, mode="KMeans"),), True),
    "Pylette KMeans, all pixels": (
        "pylette",
        *2 * (partial(pylette, mode="KMeans", resize=None),),
        True,
    ),
    "Pylette MedianCut": ("pylette", *2 * (partial(pylette, mode="MedianCut"),), True),
    "colorgram": ("colorgram", colorgram, colorgram, True),
    "extcolors": ("extcolors", extcolors, extcolors, True),
}


def installed() -> dict[str, tuple[str, Finder | None, Finder | None, bool]]:
    """The peers that are there."""
    return {
        name: row for name, row in PEERS.items() if importlib.util.find_spec(row[0]) is not None
    }
