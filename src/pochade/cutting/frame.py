"""Hints, windows and masks at the resolution at which is decided; how sure a decision is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pochade.cutting.regions import Regions, at_sides, connected

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image

MARGIN = 0.15  # of the longer side of a box: what around it is looked at
LEAST_MARGIN = 8
# A frame: at most so much of a side; levels of a channel by which its pixels differ at most; share
# of them that may differ more; share that must differ where it ends; pixels of blur there.
WIDEST_FRAME, FRAME_CHANGE, FRAME_FLAWS, FRAME_ENDS, FRAME_BLUR = 0.1, 24, 0.03, 0.8, 2
CLEAR_EDGE = 8.0  # contrast of an outline that is as clear as can be


def shown(colors: Image, alpha: NDArray[np.uint8]) -> Image:
    """The colours, with one for all that is fully transparent: what nobody sees says nothing."""
    clear = alpha == 0
    out = colors.copy()
    if clear.any():
        out[clear] = 128 if clear.all() else np.rint(colors[~clear].mean(axis=0)).astype(np.uint8)
    return out


def marked(mask: NDArray[np.bool_], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """A mask at a lower resolution: every pixel that one of the mask falls into."""
    if mask.shape == shape:
        return mask
    out = np.zeros(shape, bool)
    rows, columns = np.nonzero(mask)
    out[rows * shape[0] // mask.shape[0], columns * shape[1] // mask.shape[1]] = True
    return out


def scaled_box(
    box: tuple[int, int, int, int] | None, full: tuple[int, int], small: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """The box at the working resolution, never smaller than a pixel."""
    if box is None or full == small:
        return box
    x, y, width, height = box
    left, right = x * small[1] // full[1], -(-(x + width) * small[1] // full[1])
    top, bottom = y * small[0] // full[0], -(-(y + height) * small[0] // full[0])
    return left, top, max(1, right - left), max(1, bottom - top)


def window(box: tuple[int, int, int, int] | None, shape: tuple[int, int]) -> tuple[slice, slice]:
    """The rows and columns to look at: the box with a margin, or all."""
    if box is None:
        return slice(0, shape[0]), slice(0, shape[1])
    x, y, width, height = box
    margin = max(LEAST_MARGIN, round(MARGIN * max(width, height)))
    rows = slice(max(0, y - margin), min(shape[0], y + height + margin))
    return rows, slice(max(0, x - margin), min(shape[1], x + width + margin))


def without_frame(image: Image) -> tuple[slice, slice]:
    """The rows and columns of a picture (h, w, 3) uint8 within its frame of one colour, if any.

    A frame is as wide as all lines from a side inwards are of one colour, and ends all at once:
    plain ground around a thing is none.
    """
    colors = image.astype(np.int16)
    parts = []
    for lines in (colors, colors.swapaxes(0, 1)):
        n, most = len(lines), int(WIDEST_FRAME * len(lines))
        sides = [_frame_width(side, most) for side in (lines, lines[::-1])]
        parts.append(slice(sides[0], n - sides[1]))
    return parts[0], parts[1]


def _frame_width(lines: NDArray[np.int16], most: int) -> int:
    """How many of the first lines (n, length, 3) are the frame; 0 where there is none."""
    color = np.median(lines[0], axis=0)
    for width in range(most + 1):
        unlike = np.abs(lines[width] - color).max(axis=1) > FRAME_CHANGE
        if unlike.mean() > FRAME_FLAWS:
            # The next may still be blurred; all that is blurred goes with the frame.
            inner = min(width + FRAME_BLUR, len(lines) - 1)
            ends = (np.abs(lines[inner] - color).max(axis=1) > FRAME_CHANGE).mean() > FRAME_ENDS
            return inner if width and ends else 0
    return 0


def placed(
    box: tuple[int, int, int, int], frame: tuple[slice, slice], shape: tuple[int, int]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Middle and extent of a box in a window, (row, column), as shares of the window's sides."""
    x, y, width, height = box
    middle = (
        (y + height / 2 - frame[0].start) / shape[0],
        (x + width / 2 - frame[1].start) / shape[1],
    )
    return middle, (height / shape[0], width / shape[1])


def touching(regions: Regions, bg: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n,) pixel sides that each region shares with background."""
    one, two = regions.pairs.T
    out = np.zeros(regions.n)
    np.add.at(out, one, regions.lengths * (bg[two] & ~bg[one]))
    np.add.at(out, two, regions.lengths * (bg[one] & ~bg[two]))
    return out


def reaching_border(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The parts of a mask (h, w) that reach the border of the picture."""
    parts = connected(mask)
    border = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    reach = np.zeros(int(parts.max()) + 1, bool)
    reach[border] = True
    return mask & reach[parts]


def agreement(one: NDArray[np.bool_], two: NDArray[np.bool_], regions: Regions) -> float:
    """Intersection over union of two decisions, in pixels; 1 where both are empty."""
    either = float(regions.sizes[one | two].sum())
    return float(regions.sizes[one & two].sum()) / either if either else 1.0


def clarity(inside: NDArray[np.bool_], regions: Regions) -> float:
    """0..1: how much contrast there is along the outline."""
    one, two = regions.pairs.T
    outline = inside[one] != inside[two]
    length = float(regions.lengths[outline].sum())
    if not length:
        return 0.0
    contrast = float((regions.contrasts * regions.lengths)[outline].sum()) / length
    return float(min(1.0, contrast / CLEAR_EDGE) ** 0.5)


def emptiest(mask: NDArray[np.bool_]) -> float:
    """The widest margin of a mask (h, w) without any of it, as a share of that side.

    >>> emptiest(np.array([[False, False, True, True]]))
    0.5
    """
    if not mask.any():
        return 1.0
    widest = 0.0
    for axis in (0, 1):
        places = np.nonzero(mask.any(axis=1 - axis))[0]
        n = mask.shape[axis]
        widest = max(widest, float(places[0]) / n, 1 - (float(places[-1]) + 1) / n)
    return widest


def cut_by_border(inside: NDArray[np.bool_], regions: Regions) -> float:
    """Share of the left, right and upper border along which a decision stops just beside it.

    What reaches so far would go on outside the picture: it is hardly a thing, or not all of it.
    """
    one, two = regions.pairs.T
    rim = at_sides(regions) > 0
    stops = (inside[one] & rim[two] & ~inside[two]) | (inside[two] & rim[one] & ~inside[one])
    rows, columns = regions.labels.shape
    return float(min(1.0, regions.lengths[stops].sum() / (2 * rows + columns)))
