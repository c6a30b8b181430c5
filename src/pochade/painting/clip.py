"""Clips without flicker: what does not move keeps its anchors from frame to frame.

Each frame is compared with what was painted before, in small blocks, whose means the noise of a
camera does not change. Where nothing changed, anchors, colours and guide stay, to the last bit;
where something did, they are found anew. What changes slowly is painted again when it has changed
enough to be seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pochade.painting.anchors import Anchors, Guide
from pochade.painting.document import Intent, Painting
from pochade.painting.laying import Bench, Laid, knobs_of, lay, packed, seen_guide, unpacked
from pochade.painting.shrink import shrink

if TYPE_CHECKING:
    from pochade.painting.subject import Subject

BLOCKS: Final = 160
"""Blocks along the longer side of a frame."""
LEAST_BLOCK: Final = 4.0
"""Side of a block in pixels of the working copy, at least: what noise leaves of a mean."""
LEAST: Final = 7.0
"""Levels by which the mean of a block must differ to have changed."""
AROUND: Final = 2
"""Blocks around a changed one that are painted again with it."""
CUT: Final = 0.6
"""From this share of changed blocks on a frame begins a new scene."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One painted frame.

    Attributes:
        painting: to be drawn with `render`.
        reference: h w 3 uint8: the working picture that it was painted from: the frame's where
            something changed, older ones elsewhere.
        changed: share of the picture that was painted again.
    """

    painting: Painting
    reference: NDArray[np.uint8]
    changed: float


def first_frame(subject: Subject, intent: Intent, threads: int | None = None) -> Frame:
    """The first frame of a scene, painted as any picture."""
    bench = Bench(subject, threads)
    return Frame(Painting(bench, intent, intent), bench.photo(), 1.0)


def next_frame(before: Frame, subject: Subject) -> Frame:
    """The frame after `before`; the subject's working copy must have the same size.

    Raises:
        ValueError: another size.
    """
    old = before.painting
    bench = Bench(subject, old.bench.threads)
    photo = bench.photo()
    if photo.shape != before.reference.shape:
        raise ValueError("all frames of a clip must have one size")
    blocks = changed_blocks(photo, before.reference)
    share = float(blocks.mean())
    if share > CUT:
        return first_frame(subject, old.intent, bench.threads)
    if not blocks.any():
        kept = replace(old, bench=_like(old.bench, subject), given=old.laid)
        return Frame(kept, before.reference, 0.0)
    mask = _pixels(blocks, photo.shape[:2])
    reference = np.where(mask[..., None], photo, before.reference)
    # What is painted is the reference; the subject keeps the frame's own digest and transparency.
    bench = Bench(replace(subject, photo=reference), bench.threads)
    _with_old_guide(bench, old, mask)
    return Frame(_painted_again(bench, old, mask), reference, float(mask.mean()))


def changed_blocks(photo: NDArray[np.uint8], reference: NDArray[np.uint8]) -> Mask:
    """Which blocks differ in their mean, and those around them."""
    rows, cols = photo.shape[:2]
    side = max(LEAST_BLOCK, max(rows, cols) / BLOCKS)
    size = (max(1, round(rows / side)), max(1, round(cols / side)))
    gap = np.abs(shrink(photo, size) - shrink(reference, size)).max(axis=2)
    blocks = gap > LEAST
    for axis in (0, 1):
        wide = blocks.copy()
        for step in range(1, min(AROUND, blocks.shape[axis] - 1) + 1):
            ahead, behind = [slice(None)] * 2, [slice(None)] * 2
            ahead[axis], behind[axis] = slice(step, None), slice(None, -step)
            wide[tuple(ahead)] |= blocks[tuple(behind)]
            wide[tuple(behind)] |= blocks[tuple(ahead)]
        blocks = wide
    return np.asarray(blocks, bool)


def _pixels(blocks: Mask, size: tuple[int, ...]) -> Mask:
    """The blocks at the size of the picture."""
    at = [np.arange(want) * have // want for want, have in zip(size, blocks.shape, strict=True)]
    return np.asarray(blocks[at[0]][:, at[1]], bool)


def _like(bench: Bench, subject: Subject) -> Bench:
    """A bench with the guide and the hierarchy of another."""
    photo = replace(subject, photo=bench.subject.photo)
    return replace(bench, subject=photo)


def _with_old_guide(bench: Bench, old: Painting, mask: Mask) -> None:
    """Lay the guide upon the bench that is the old one where nothing changed."""
    settings = old.settings
    new, before = bench.guide(settings), old.bench.guide(settings)
    if new.lab.shape[:2] != mask.shape or before.lab.shape != new.lab.shape:
        return
    mixed = Guide(np.where(mask[..., None], new.lab, before.lab), new.frame)
    bench.guides[settings.abstraction] = unpacked(packed(mixed), new.frame)


def _painted_again(bench: Bench, old: Painting, mask: Mask) -> Painting:
    """New anchors in the mask, the old ones outside it."""
    intent = old.intent
    unsolved = replace(intent.settings, solve=False)
    fresh = lay(bench, unsolved, intent.mask, intent.dabs).anchors
    kept = old.laid.anchors
    stay, come = ~_inside(kept, mask), _inside(fresh, mask)
    joined = _joined(kept.take(stay), fresh.take(come)) if come.any() else kept.take(stay)
    if not len(joined):
        joined, stay = fresh, np.zeros(0, bool)
    if intent.settings.solve:
        from pochade.painting.solve import solve_colors

        solved = solve_colors(
            joined,
            bench.photo(),
            seen_guide(bench, intent.settings),
            threads=bench.threads,
            **knobs_of(intent.settings),
        )
        colors = solved.colors.copy()
        colors[: int(stay.sum())] = joined.colors[: int(stay.sum())]
        joined = joined.with_colors(colors)
    ids = np.arange(len(joined), dtype=np.int64)
    return Painting(bench, intent, intent, given=Laid(joined, ids))


def _inside(anchors: Anchors, mask: Mask) -> Mask:
    """Which anchors stand in the mask."""
    scale = np.array(mask.shape) / np.array(anchors.frame)
    at = np.minimum((anchors.positions * scale).astype(int), np.array(mask.shape) - 1)
    return np.asarray(mask[at[:, 0], at[:, 1]], bool)


def _joined(one: Anchors, other: Anchors) -> Anchors:
    names = ("positions", "colors", "tones", "sizes", "angles", "elongations")
    columns = {name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in names}
    return Anchors(**columns, frame=other.frame, apart=one.apart)
