"""The outline by regions: hints to evidence, votes of plans, and how sure they are together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.cutting import decide
from pochade.cutting.frame import (
    agreement,
    clarity,
    cut_by_border,
    emptiest,
    placed,
    touching,
    window,
    without_frame,
)
from pochade.cutting.plans import plans_for, plans_for_loose_box
from pochade.cutting.regions import MOST, MOST_UNMARKED, at_sides, regions_of, share_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.cutout_options import CutoutOptions
    from pochade.cutting.hints import Hints
    from pochade.types import Image

# Of the largest part: smaller ones go; where something was marked, all that hangs on no mark.
CRUMB, UNMARKED = 0.15, np.inf
CUT_OFF = 2.0  # nothing is left of the confidence where 1 / CUT_OFF of the border cuts it off
LOOSE = 0.15  # of a box: an empty margin as wide as this makes its result doubtful
SMALLEST_HOLE = 0.004
BEGUN, TREE_SHARE = 0.05, 0.45  # of the time, for progress
METHODS = {
    "none": "unlike the border and near the middle, without hints",
    "box": "unlike what lies outside the box",
    "strokes": "what is marked, and all that is near and like it",
    "prior": "the given prior, with colours and borders",
}


class Found(NamedTuple):
    """A mask at the working resolution, and what is known about it."""

    mask: NDArray[np.bool_]
    confidence: float
    method: str


class Outliner:
    """One picture at the working resolution, with its hints."""

    def __init__(
        self,
        image: Image,
        hints: Hints,
        options: CutoutOptions,
        chance: NDArray[np.float32] | None,
        threads: int,
        poll: Callable[[float], None],
    ) -> None:
        self.shape, self.hints, self.options = image.shape[:2], hints, options
        self.chance, self.poll = chance, poll
        unmarked = hints.box is None and not hints.fg.any() and chance is None
        self.frame = without_frame(image) if unmarked else window(hints.box, self.shape)
        part = np.ascontiguousarray(image[self.frame])
        self.regions = regions_of(
            part,
            most=MOST_UNMARKED if unmarked else MOST,
            threads=threads,
            progress=lambda share: poll(BEGUN + TREE_SHARE * share),
        )
        self.scene = decide.Scene(self.regions, part, seed=options.seed, threads=threads)
        self.evidence = self.collected()

    def run(self) -> Found:
        """The mask."""
        evidence, hints, regions = self.evidence, self.hints, self.regions
        kind = "prior" if evidence.given is not None else hint_kind(hints, evidence)
        self.poll(BEGUN + TREE_SHARE)
        most, each = self.scene.vote(evidence, plans_for(kind))
        inside = self.tidied(most)
        if kind == "box" and self.gap(inside) > LOOSE:
            # Whoever draws a box draws it around the thing: it should reach near all sides.
            most, more = self.scene.vote(evidence, plans_for_loose_box())
            each += more
            other = self.tidied(most)
            inside = other if self.gap(other) < self.gap(inside) else inside
        agreements = [agreement(inside, self.tidied(one), regions) for one in each]
        mask = np.zeros(self.shape, bool)
        mask[self.frame] = inside[regions.labels]
        mask = (mask & ~hints.bg) | hints.fg
        agreed = float(np.mean(agreements))
        certain = agreed * clarity(inside, regions)
        if kind == "none":
            # Nobody has said that there is a thing at all, so doubts count twice.
            certain *= agreed
            certain *= max(0.0, 1 - CUT_OFF * cut_by_border(inside, regions))
        return Found(mask, certain, METHODS[kind])

    def collected(self) -> decide.Evidence:
        """The hints, by region."""
        regions, hints, frame = self.regions, self.hints, self.frame
        kept, gone = share_of(regions, hints.fg[frame]), share_of(regions, hints.bg[frame])
        fg = (kept > 0) & (kept >= gone)
        bg = (gone > 0) & ~fg
        rims = regions.rims
        middle, extent = (0.5, 0.5), (1.0, 1.0)
        if hints.box is not None:
            # A region may be half outside the box: it is background if most of it is.
            drawn = self.in_box(hints.bg[frame])
            bg &= (gone >= 0.5) | (share_of(regions, drawn) > 0)
            rims = touching(regions, bg) + regions.rims * bg
            middle, extent = placed(hints.box, frame, regions.labels.shape)
        elif self.chance is None and not fg.any():
            # People stand on the lower border of a picture, but little reaches the others.
            sides = at_sides(regions)
            bg |= sides > 0
            rims = sides
        given = None
        if self.chance is not None:
            flat = regions.labels.reshape(-1)
            total = np.bincount(flat, self.chance[frame].reshape(-1), regions.n)
            given = total / regions.sizes
        visible = 1 - share_of(regions, hints.clear[frame]) if hints.clear.any() else None
        return decide.Evidence(fg, bg, rims, middle, extent, given, visible)

    def tidied(self, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(n,) bool: a decision without crumbs, and with its holes or without."""
        fg, bg = self.evidence.fg, self.evidence.bg
        return decide.tidied(
            self.regions,
            inside,
            fg,
            bg,
            holes=self.options.holes,
            least=UNMARKED if fg.any() else CRUMB,
            smallest_hole=SMALLEST_HOLE,
        )

    def gap(self, inside: NDArray[np.bool_]) -> float:
        """The widest empty margin of the box, as a share of its side; 1 where all is empty."""
        assert self.hints.box is not None
        return emptiest(inside[self.regions.labels][self.box_part()])

    def in_box(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """What of a mask of the window is in the box."""
        out = np.zeros(mask.shape, bool)
        out[self.box_part()] = mask[self.box_part()]
        return out

    def box_part(self) -> tuple[slice, slice]:
        """The rows and columns of the window that are the box."""
        assert self.hints.box is not None
        x, y, width, height = self.hints.box
        top, left = y - self.frame[0].start, x - self.frame[1].start
        return slice(top, top + height), slice(left, left + width)


def hint_kind(hints: Hints, evidence: decide.Evidence) -> str:
    """Which of the plans fits what was said."""
    if evidence.fg.any():
        return "strokes"
    return "box" if hints.box is not None else "none"
