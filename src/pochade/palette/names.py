"""Names of colours, from two free lists: CSS's keywords and the xkcd colour survey.

The lists are in `data/color-names.tsv`, with where they come from and their terms.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from pochade.color.convert import convert
from pochade.color.difference import ciede2000

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Palette

NEAR: Final = 4.0
"""CIEDE2000: a name that is taken gives way to one that is at most this much farther away."""

_CANDIDATES: Final = 12


class NameList(NamedTuple):
    """Names and the L*a*b* colours (n, 3) that they stand for."""

    names: tuple[str, ...]
    lab: NDArray[np.float32]


@cache
def name_list(which: str) -> NameList:
    """The list "css" (keywords as style sheets have them), "xkcd", or "all" (both, CSS first).

    Where both lists have a name, "all" takes it as CSS has it; there, grey is spelt with an e.
    """
    found: dict[str, str] = {}
    text = files("pochade").joinpath("data/color-names.tsv").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("# "):
            continue
        color, origin, name = line.split("\t")
        if which == "all" and name == "dark gray":
            continue  # CSS has it lighter than its gray, which misleads beside other names
        if which == "all":
            found.setdefault(name.replace("gray", "grey"), color)
        elif which == origin:
            found[name.replace(" ", "") if which == "css" else name] = color
    values = np.array([list(bytes.fromhex(color[1:])) for color in found.values()], np.uint8)
    return NameList(tuple(found), convert(values, "srgb", "lab"))


def name_colors(colors: Palette, which: str = "all") -> tuple[str, ...]:
    """A name for each colour, no name twice.

    Each takes the name whose colour is nearest by CIEDE2000. Where two want the same one, the
    nearer has it, and the other takes the nearest that is free within `NEAR` of its best; where
    there is none, it takes its best name with a number behind it.

    Args:
        colors: (k, 3) uint8.
        which: "css", "xkcd", "all" or "none" (all names are empty).

    >>> name_colors(np.array([[255, 0, 0], [254, 0, 0], [0, 0, 128]], np.uint8), "css")
    ('red', 'red 2', 'navy')
    """
    if which == "none":
        return ("",) * len(colors)
    known = name_list(which)
    near: list[NDArray[np.intp]] = []
    away: list[NDArray[np.float32]] = []
    for lab in convert(np.ascontiguousarray(colors[:, :3]), "srgb", "lab"):
        gap = ciede2000(lab[None, :], known.lab)
        best = np.argsort(gap, kind="stable")[:_CANDIDATES]
        near.append(best)
        away.append(gap[best])
    chosen: dict[int, str] = {}
    taken: set[str] = set()
    for place in sorted(range(len(near)), key=lambda one: (float(away[one][0]), one)):
        words = [known.names[at] for at in near[place][away[place] <= away[place][0] + NEAR]]
        free = next((word for word in words if word not in taken), None)
        if free is None:
            free = next(
                numbered
                for count in range(2, len(near) + 2)
                if (numbered := f"{words[0]} {count}") not in taken
            )
        taken.add(free)
        chosen[place] = free
    return tuple(chosen[place] for place in range(len(near)))
