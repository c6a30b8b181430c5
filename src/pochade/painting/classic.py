"""Anchors by the rule of the first of these programs, Clyde's `gradient.ipynb`, for its own sake.

The picture is cut into square patches, which become smaller from round to round. A patch that the
painting so far does not meet gets an anchor on a random pixel, in the colour of that pixel, as long
as what is missing there is simple (spreads little); only small patches get one in any case. Then
every pixel is painted again as the mean of its nearest anchors, weighted by one over distance.

What was mended:

- The error of a patch is the mean of its absolute differences. The notebook took the absolute value
  of the mean, in which too dark and too bright cancel.
- Patches reach to the border. There, the strips that a patch size left over got no anchors.
- No pixel becomes an anchor twice, and an anchor's pixel has its own colour. There, the latter was
  mixed with its neighbours', so that the same pixels were taken again and again.
- The sizes of patches follow the size of the picture, and small pictures work.
- A seed says which pixels are taken.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.errors import UsageError
from pochade.painting.anchors import Anchors
from pochade.painting.levels import LEVELS, VERSION
from pochade.painting.nearest import inverse, nearest
from pochade.painting.working import work_on
from pochade.quantize_inputs import thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.painting.anchors import Guide
    from pochade.types import Image

NEIGHBOURS = 5
FIRST_PATCH = 30 / math.sqrt(480 * 600)
"""Side of the first patches, in square roots of the picture's area; the notebook's 30 pixels."""
SHRINK = 0.75
VARIANCE = 3.0 * math.sqrt(480 * 600)
THRESHOLD = 10.0
FREE_PATCH = 6 / math.sqrt(480 * 600)
"""Smaller patches get an anchor however much is missing in them."""
ITERATIONS = 12


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Classic:
    """The anchors of all rounds, in the order in which they were laid.

    Attributes:
        all_anchors: those of the last round; each round adds to the one before.
        counts: how many anchors there were after each round.
        patches: the side of the patches of each round, in pixels of the frame.
        neighbours: how many anchors a pixel is mixed from.
        shape: (rows, cols) of the working size.
    """

    all_anchors: Anchors = field(repr=False)
    counts: tuple[int, ...]
    patches: tuple[float, ...]
    neighbours: int
    shape: tuple[int, int]

    method = "classic"

    @property
    def frame(self) -> tuple[int, int]:
        """(rows, cols) of the picture."""
        return self.all_anchors.frame

    @property
    def finest(self) -> int:
        """The number of anchors after the last round."""
        return self.counts[-1]

    def nodes(
        self, level: float | None = None, *, count: int | None = None, detail: Any = None
    ) -> NDArray[np.int32]:
        """The numbers of the anchors of a level: 0, 1, 2 and so on, in the order of laying."""
        return np.arange(self._wanted(level, count, detail), dtype=np.int32)

    def anchors(
        self, level: float | None = None, *, count: int | None = None, detail: Any = None
    ) -> Anchors:
        """The anchors after a round.

        Args:
            level: 1 to 12: after so many rounds; in between, so many of the next round's; below 1,
                those of the first. A number above 12 is taken as `count`.
            count: the first so many, instead.
            detail: None; the rule has no map of detail.

        Raises:
            UsageError: not one of level and count, a number out of range, or a map.
        """
        wanted = self._wanted(level, count, detail)
        return self.all_anchors.take(np.arange(wanted))

    def painted(self, level: float, *, threads: int | None = None) -> Image:
        """(h, w, 3) uint8 of the working size: the painting after a round, as the notebook's."""
        anchors = self.anchors(level)
        points, workers = self._places(len(anchors)), thread_count(threads)
        found = inverse(points, anchors.colors, self.shape, self.neighbours, workers)
        return np.rint(found).astype(np.uint8)

    def labels(
        self, level: float | None = None, *, count: int | None = None, detail: Any = None
    ) -> NDArray[np.int32]:
        """(h, w) int32 of the working size: the nearest anchor of each pixel."""
        wanted = self._wanted(level, count, detail)
        none, plane = np.zeros((wanted, 3), np.float32), np.zeros((*self.shape, 3), np.float32)
        return nearest(self._places(wanted), none, plane, 1.0, thread_count(None))

    def _places(self, count: int) -> NDArray[np.float32]:
        """(count, 2): the middles of the anchors' pixels at the working size."""
        scale = [own / side for own, side in zip(self.shape, self.frame, strict=True)]
        points: NDArray[np.float64] = self.all_anchors.positions[:count] * np.array(scale)
        # Onto the middle of the pixel, which scaling may have missed by a rounding.
        return (np.floor(points) + 0.5).astype(np.float32)

    def _wanted(self, level: float | None, count: int | None, detail: Any) -> int:
        if detail is not None:
            raise UsageError("the classic rule has no map of detail: leave it out")
        if (level is None) == (count is None):
            raise UsageError("say which anchors: a level or a count")
        if level is None or LEVELS < level < math.inf:
            wanted = int(level or count or 0)
            if wanted < 1:
                raise UsageError(f"a painting needs at least 1 anchor, not {count!r}")
            return min(wanted, self.finest)
        if not 0 <= level <= LEVELS:
            raise UsageError(f"a level is a number from 0 to {LEVELS}, not {level!r}")
        rounds = np.arange(1, len(self.counts) + 1)
        return int(np.interp(level, rounds, self.counts))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All of it as named arrays, to be stored; `Classic.from_arrays` makes it again."""
        about = np.array([VERSION, *self.frame, *self.shape, self.neighbours], np.int64)
        one = self.all_anchors
        return {
            "classic": about,
            "counts": np.array(self.counts, np.int64),
            "patches": np.array(self.patches, np.float64),
            "positions": one.positions,
            "colors": one.colors,
            "tones": one.tones,
            "sizes": one.sizes,
        }

    @staticmethod
    def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Classic:
        """The anchors that were stored.

        Raises:
            UsageError: the arrays are of a newer version, or do not fit together.
        """
        from pochade.painting.stored import classic_from

        return classic_from(arrays)


def paint_classic(
    image: Image,
    guide: Guide | None = None,
    *,
    neighbours: int = NEIGHBOURS,
    first_patch: float = FIRST_PATCH,
    shrink: float = SHRINK,
    variance: float = VARIANCE,
    threshold: float = THRESHOLD,
    iterations: int = ITERATIONS,
    seed: int = 0,
    threads: int | None = None,
) -> Classic:
    """Lay anchors by the seed's own rule (see the top of this module).

    Args:
        image: h w 3 uint8, sRGB; reduced to the working size first.
        guide: where the tones of the anchors come from, which the rule itself does not use.
        neighbours: how many of the nearest anchors a pixel is mixed from, 1 to 64.
        first_patch: side of the first patches, in square roots of the picture's area.
        shrink: each round's patches have so many times the side of the last one's, below 1.
        variance: how much what is missing may spread in a patch that gets an anchor (the norm of
            the standard deviations of red, green and blue), for each square root of the area that
            it is long: large patches may spread more. Those below 1/90 always get one.
        threshold: how much must be missing, on average over pixels and channels, 0 to 255.
        iterations: how many rounds, 1 to 100.
        seed: which pixels are taken. Same seed, same bytes.
        threads: number of threads; None takes all that this process may use.

    Raises:
        UsageError: an option makes no sense, or the array is no picture.

    >>> import numpy as np
    >>> painting = paint_classic(np.full((30, 40, 3), 80, np.uint8))
    >>> painting.counts[-1], int(painting.painted(12).min())
    (315, 80)
    """
    _check(neighbours, first_patch, shrink, variance, threshold, iterations)
    workers = thread_count(threads)
    working = work_on(image, guide, threads=workers)
    pixels = working.pixels.astype(np.float32)
    shape = (pixels.shape[0], pixels.shape[1])
    side = math.sqrt(shape[0] * shape[1])
    rng = np.random.default_rng(seed)
    taken = np.array([shape[0] // 2 * shape[1] + shape[1] // 2])
    laid = np.zeros(shape[0] * shape[1], bool)
    laid[taken] = True
    reach = [side]
    counts, patches = [], []
    # The first round compares with nothing laid at all, as the notebook does.
    painted = np.zeros_like(pixels)
    for turn in range(iterations):
        patch = max(1.0, first_patch * side * shrink**turn)
        fresh = _chosen(
            painted - pixels, patch, laid.reshape(shape), variance / side, threshold, rng
        )
        laid[fresh] = True
        taken = np.concatenate([taken, fresh])
        reach += [patch] * len(fresh)
        counts.append(len(taken))
        patches.append(patch * math.sqrt(working.frame[0] * working.frame[1]) / side)
        if len(fresh) or turn == 0:
            points, colors = _points(taken, pixels)
            painted = inverse(points, colors, shape, neighbours, workers)
    points, colors = _points(taken, pixels)
    scale = np.array([own / small for own, small in zip(working.frame, shape, strict=True)])
    n = len(taken)
    anchors = Anchors(
        (points * scale).astype(np.float32),
        colors,
        working.tones.reshape(-1, 3)[taken],
        (np.array(reach) * math.sqrt(float(np.prod(scale)))).astype(np.float32),
        np.zeros(n, np.float32),
        np.ones(n, np.float32),
        working.frame,
    )
    return Classic(
        all_anchors=anchors,
        counts=tuple(counts),
        patches=tuple(patches),
        neighbours=neighbours,
        shape=shape,
    )


def _points(
    taken: NDArray[np.int64], pixels: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    wide = pixels.shape[1]
    places = np.column_stack([taken // wide, taken % wide]).astype(np.float32) + np.float32(0.5)
    return places, np.ascontiguousarray(pixels.reshape(-1, 3)[taken])


def _chosen(
    missing: NDArray[np.float32],
    patch: float,
    laid: NDArray[np.bool_],
    allowance: float,
    threshold: float,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """The pixels (raster order) that get an anchor in this round, one in each chosen patch.

    The grid has whole patches of nearly the wanted size, so that it ends at the border.
    """
    high, wide = missing.shape[:2]
    down, along = (max(1, round(side / patch)) for side in (high, wide))
    tops, lefts = (
        (np.arange(parts + 1) * side) // parts for parts, side in ((down, high), (along, wide))
    )
    areas = np.diff(tops)[:, None] * np.diff(lefts)

    def over_patches(values: NDArray[Any]) -> NDArray[np.float64]:
        rows = np.add.reduceat(values.astype(np.float64), tops[:-1], axis=0)
        return np.add.reduceat(rows, lefts[:-1], axis=1)

    error = over_patches(np.abs(missing).sum(axis=2)) / (3 * areas)
    wanted = error > threshold
    if patch > FREE_PATCH * math.sqrt(high * wide) and patch > 1:
        spread = np.zeros_like(error)
        for band in range(3):
            mean = over_patches(missing[..., band]) / areas
            spread += over_patches(np.square(missing[..., band])) / areas - mean**2
        wanted &= np.sqrt(np.maximum(spread, 0)) < patch * allowance
    rows, cols = np.nonzero(wanted)
    draws = rng.random((2, len(rows)))
    at_row = tops[rows] + np.floor(draws[0] * np.diff(tops)[rows]).astype(np.int64)
    at_col = lefts[cols] + np.floor(draws[1] * np.diff(lefts)[cols]).astype(np.int64)
    free = ~laid[at_row, at_col]
    return np.asarray(at_row[free] * wide + at_col[free], np.int64)


def _check(
    neighbours: int,
    first_patch: float,
    shrink: float,
    variance: float,
    threshold: float,
    iterations: int,
) -> None:
    """Complain about settings that make no sense."""
    if not 1 <= neighbours <= 64:
        raise UsageError(f"a pixel is mixed from 1 to 64 neighbours, not {neighbours!r}")
    if not 0 < first_patch <= 1:
        raise UsageError(f"the first patch must be above 0 and at most 1, not {first_patch!r}")
    if not 0.01 <= shrink < 1:
        raise UsageError(f"patches must shrink to between 0.01 and 1 of their side, not {shrink!r}")
    if not 0 <= variance <= 1e9 or not 0 <= threshold <= 255:
        raise UsageError("the allowed variance must be 0 or more, the threshold from 0 to 255")
    if not 1 <= iterations <= 100:
        raise UsageError(f"there must be 1 to 100 rounds, not {iterations!r}")
