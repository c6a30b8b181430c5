"""The rows of an indexed PNG: labels packed into 1, 2, 4 or 8 bits, and filtered.

After the PNG specification (W3C, third edition), sections 7.2 and 9.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Filter: TypeAlias = Literal["none", "sub", "up", "average", "paeth"]
FILTERS: Final[tuple[Filter, ...]] = ("none", "sub", "up", "average", "paeth")


def bit_depth(k: int) -> int:
    """The fewest bits of 1, 2, 4 and 8 that tell k palette entries apart.

    >>> [bit_depth(k) for k in (1, 2, 3, 4, 5, 16, 17, 256)]
    [1, 1, 2, 2, 4, 4, 8, 8]
    """
    return next(bits for bits in (1, 2, 4, 8) if k <= 1 << bits)


def pack(labels: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    """Pack h w labels below 2**bits into rows of whole bytes, the leftmost pixel in the high bits.

    >>> pack(np.array([[1, 2, 3]], np.uint8), 4)
    array([[18, 48]], dtype=uint8)
    """
    if bits == 8:
        return labels
    if bits == 1:
        return np.packbits(labels, axis=1)
    each = 8 // bits
    height, width = labels.shape
    padded = labels
    if width % each:
        padded = np.zeros((height, width + -width % each), np.uint8)
        padded[:, :width] = labels
    rows = padded[:, ::each] << np.uint8(8 - bits)
    for place in range(1, each):
        rows |= padded[:, place::each] << np.uint8(8 - bits * (place + 1))
    return rows


def filtered(rows: NDArray[np.uint8], kind: Filter) -> NDArray[np.uint8]:
    """The rows with each byte predicted by `kind` and the filter's number in front: h 1+bytes.

    For indexed pictures, where the byte to the left is the one before, at any bit depth.
    """
    height, width = rows.shape
    out = np.empty((height, width + 1), np.uint8)
    out[:, 0] = FILTERS.index(kind)
    residual = out[:, 1:]
    residual[:] = rows
    if kind == "sub":
        residual[:, 1:] -= rows[:, :-1]
    elif kind == "up":
        residual[1:] -= rows[:-1]
    elif kind != "none":
        left = np.zeros((height, width), np.int16)
        left[:, 1:] = rows[:, :-1]
        above = np.zeros((height, width), np.int16)
        above[1:] = rows[:-1]
        if kind == "average":
            residual -= ((left + above) >> 1).astype(np.uint8)
        else:
            residual -= _paeth(left, above)
    return out


def _paeth(left: NDArray[np.int16], above: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Whichever of left, above and above-left is nearest to left + above - above-left."""
    corner = np.zeros_like(left)
    corner[:, 1:] = above[:, :-1]
    from_left = np.abs(above - corner)
    from_above = np.abs(left - corner)
    from_corner = np.abs(left + above - 2 * corner)
    best = np.where(from_above <= from_corner, above, corner)
    best = np.where((from_left <= from_above) & (from_left <= from_corner), left, best)
    return best.astype(np.uint8)


def mixed(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each row with the filter that leaves the smallest sum of absolute residuals.

    The heuristic of the PNG specification, section 12.7; ties go to the earlier filter.
    """
    choices = [filtered(rows, kind) for kind in FILTERS]
    sums = np.stack(
        [np.abs(choice[:, 1:].view(np.int8).astype(np.int16)).sum(1) for choice in choices]
    )
    best = sums.argmin(0)
    out = choices[0]
    for number, choice in enumerate(choices[1:], 1):
        out[best == number] = choice[best == number]
    return out
