"""The columns of a pixel table, by name. Imports nothing: it is on the way of every start.

Names are in lower case and distinct without regard to case, as databases want them: alpha is `a`,
so the coordinates of CIE L*a*b* are `lab_l`, `lab_a`, `lab_b`.
"""

from __future__ import annotations

POSITION = ("x", "y")
RGB = ("r", "g", "b")
ALPHA = "a"
LAB = ("lab_l", "lab_a", "lab_b")
OKLAB = ("oklab_l", "oklab_a", "oklab_b")
LABEL = "label"
SCALED = "scaled"
"""What `add` calls the scaled columns; each is `scaled_` and the name of its column."""

GROUPS = {
    "xy": POSITION,
    "rgb": RGB,
    "rgba": (*RGB, ALPHA),
    "lab": LAB,
    "oklab": OKLAB,
}
"""Names for several columns at once."""

FEATURES = (*POSITION, *RGB, ALPHA, *LAB, *OKLAB)
"""The columns that pixels can be clustered on."""

MEANING = {
    "x": "column of the pixel, 0 at the left",
    "y": "row of the pixel, 0 at the top",
    "r": "sRGB red, 0 to 255",
    "g": "sRGB green, 0 to 255",
    "b": "sRGB blue, 0 to 255",
    "a": "alpha, 0 (transparent) to 255 (opaque), not premultiplied",
    "lab_l": "CIE L*, D65, 0 to 100",
    "lab_a": "CIE a*, D65",
    "lab_b": "CIE b*, D65",
    "oklab_l": "OKLab L, 0 to 1",
    "oklab_a": "OKLab a",
    "oklab_b": "OKLab b",
    "label": "cluster of the pixel, 0 the largest; -1 for a transparent pixel that was left out",
}


def meaning(name: str) -> str:
    """What a column holds, in words.

    >>> meaning("scaled_r")
    'column r as it was clustered: shifted, scaled and weighted'
    """
    base = name.removeprefix(f"{SCALED}_")
    if base != name:
        return f"column {base} as it was clustered: shifted, scaled and weighted"
    return MEANING[name]


def spelled_out(names: tuple[str, ...]) -> tuple[str, ...]:
    """Column names with groups replaced by their columns, each once, in the order given.

    >>> spelled_out(("rgb", "x", "r"))
    ('r', 'g', 'b', 'x')
    """
    return tuple(dict.fromkeys(part for name in names for part in GROUPS.get(name, (name,))))
