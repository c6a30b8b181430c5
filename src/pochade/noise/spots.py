"""Whether a picture has noise that stands out, and from where on.

In a picture without noise the further pixels stand out of their neighbours the fewer there are:
on photos at least half as few with every 16 levels. Noise is not part of the picture's shading, so
its pixels stand out by anything: their number hardly falls. Where it stops falling, noise begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.noise.kernels import patches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image

# Fewer pixels than this, or a smaller share of the picture, are no evidence of noise; more than the
# largest share are the picture's own texture, such as dithering.
LEAST_PIXELS = 20
LEAST_SHARE = 2e-4
# In a picture of fewer pixels, an icon, every dot may be meant.
SMALLEST_PICTURE = 4096
TOO_SMALL = f"a picture of fewer than {SMALLEST_PICTURE:,} pixels shows too little to tell by"
LARGEST_SHARE = 0.35
# Thresholds that are tried for single pixels, and how little their number may fall: over the next
# 16 levels, and up to twice as many levels.
FIRST, LAST = 12, 120
NEXT, NEXT_SHARE, TWICE_SHARE = 16, 0.8, 0.5
# The same for specks: steps that are tried, the largest speck, and the share over 16 levels.
STEPS = (32, 48, 64, 96, 128)
LARGEST_SPECK = 64
STEP_SHARE = 0.75
# Few of the specks, and the share of a picture from which on they are dense enough to touch.
FEW, DENSE = 0.05, 0.03
# How unequal rows a few apart may be, over what chance makes of single pixels; specks of so many
# pixels make it so much more for each pixel of their width. Lettering reaches hundreds.
MOST_UNEQUAL, MORE_UNEQUAL, FARTHEST = 3.0, 1.5, 24
# Four fifths of the squares of a normal variable lie below this multiple of its variance.
SQUARES, BELOW = 0.8, 1.642
# Rows counted at a time.
ROWS = 256


class Isolated(NamedTuple):
    """What was found of single pixels: the threshold (None: no noise) and why."""

    threshold: int | None
    why: str


class Specks(NamedTuple):
    """What was found of specks: the largest area (None: no noise), the step, and why."""

    area: int | None
    step: int
    why: str


def least(pixels: int) -> float:
    """How many pixels are evidence in a picture of this size."""
    return max(LEAST_PIXELS, LEAST_SHARE * pixels)


def find_isolated(standing: NDArray[np.uint8]) -> Isolated:
    """From where on single pixels are noise.

    Args:
        standing: (h, w), see `kernels.standout`.
    """
    if standing.size < SMALLEST_PICTURE:
        return Isolated(None, TOO_SMALL)
    counts = np.zeros(256, np.int64)
    for at in range(0, len(standing), ROWS):  # bincount makes 8 bytes of each pixel
        counts += np.bincount(standing[at : at + ROWS].reshape(-1), minlength=256)
    beyond = np.append(counts[::-1].cumsum()[::-1], np.zeros(256, np.int64))
    enough = least(standing.size)
    for level in range(FIRST, LAST + 1):
        found = int(beyond[level])
        if found < enough:
            break
        # Nothing stands out by more than 255 levels, noise neither.
        twice = min(2 * level, (level + 255) // 2)
        if beyond[level + NEXT] < NEXT_SHARE * found or beyond[twice] < TWICE_SHARE * found:
            continue
        if found > LARGEST_SHARE * standing.size:
            return Isolated(None, f"{percent(found, standing)} of all pixels stand out: a texture")
        return Isolated(
            level,
            f"beyond {level} levels the number of pixels that stand out hardly falls any more "
            f"({percent(found, standing)} of the picture), so they are no part of the shading",
        )
    some = int(beyond[2 * FIRST])
    if 0 < some < enough:
        return Isolated(
            None,
            f"only {some:,} of {standing.size:,} pixels stand out by {2 * FIRST} levels, too few "
            "to tell noise from detail",
        )
    return Isolated(None, "the further pixels stand out the fewer they are, as in a clean picture")


def find_specks(image: Image, step: int | None, *, threads: int) -> Specks:
    """How large specks are, and how high the step around them is.

    Args:
        image: (h, w, c) premultiplied.
        step: the step, where it is given; None finds one.
        threads: number of threads.
    """
    size = image.shape[0] * image.shape[1]
    steps = STEPS if step is None else (step,)
    if size < SMALLEST_PICTURE:
        return Specks(None, steps[0], TOO_SMALL)
    areas = [_areas(image, one, threads) for one in steps]
    small = [int(one.sum()) for one in areas]
    enough = least(size)
    why = "the higher the step around them the fewer specks, as in a clean picture"
    if 0 < small[0] < enough:
        why = f"only {small[0]:,} of {size:,} pixels are in specks, too few to tell from detail"
    for i, one in enumerate(steps):
        if small[i] < enough:
            break
        if small[i] > LARGEST_SHARE * size:
            return Specks(None, one, f"{small[i] / size:.0%} of the picture are specks: a texture")
        if step is None and not _holds(small, i):
            continue
        area = _largest(areas[i], small[i] / size)
        if area is not None:
            return Specks(
                area,
                one,
                f"{small[i] / size:.2%} of the picture are specks, hardly any of them larger than "
                f"{area} pixels, with a step of more than {one} levels all around",
            )
        why = f"specks have all sizes up to {LARGEST_SPECK} pixels, as detail has"
    return Specks(None, steps[0], why)


def _holds(small: list[int], i: int) -> bool:
    """Whether about as many specks are left at the next step as at the i-th."""
    if i + 1 == len(STEPS):
        return False
    falls: float = STEP_SHARE ** ((STEPS[i + 1] - STEPS[i]) / 16)
    return small[i + 1] >= falls * small[i]


def _areas(image: Image, step: int, threads: int) -> NDArray[np.int64]:
    """The number of pixels in specks of each area, 0 to `LARGEST_SPECK`."""
    sizes = patches(image, step, threads=threads).reshape(-1)
    return np.bincount(sizes[sizes <= LARGEST_SPECK], minlength=LARGEST_SPECK + 1)


def _largest(areas: NDArray[np.int64], share: float) -> int | None:
    """The area that tells specks from detail: most are no larger, and up to four times it few are.

    Where specks are dense they touch and make larger ones; then it is enough that hardly any are
    larger than five times their median.
    """
    total = areas.cumsum()
    half = int(np.searchsorted(total, total[-1] / 2))
    for area in range(max(1, half), LARGEST_SPECK // 4 + 1):
        if total[4 * area] - total[area] <= FEW * total[area]:
            return area
    if share >= DENSE and 5 * half <= LARGEST_SPECK and total[5 * half] >= (1 - FEW) * total[-1]:
        return int(np.searchsorted(total, 0.99 * total[-1]))
    return None


def in_lines(mask: NDArray[np.bool_], area: int) -> bool:
    """Whether what was found lies in lines or columns, as lettering and regular patterns do.

    Noise falls anywhere, so a row holds about as much of it as another a few rows away.

    Args:
        mask: (h, w) what was found.
        area: the largest speck in it, in pixels.
    """
    limit = MOST_UNEQUAL + MORE_UNEQUAL * area**0.5
    return any(_unequal(mask.sum(axis=axis)) > limit for axis in (0, 1))


def _unequal(counts: NDArray[np.int64]) -> float:
    """How much counts up to 24 places apart differ, over what chance alone makes of them."""
    most = 0.0
    for apart in range(2, min(FARTHEST, len(counts) // 6) + 1):
        squares = np.square((counts[apart:] - counts[:-apart]).astype(np.float64))
        most = max(most, float(np.quantile(squares, SQUARES)))
    return most / (BELOW * 2 * max(1e-9, float(counts.mean())))


def percent(count: int, of: NDArray[np.uint8]) -> str:
    """A count as a share of a picture's pixels."""
    return f"{count / of.size:.2%}"
