"""From settings to anchors: guide, hierarchy, cut and solved colours, each found once and kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pochade.errors import UsageError
from pochade.paint_options import PaintSettings
from pochade.painting.anchors import Anchors, Guide
from pochade.painting.cut import Ids, cut
from pochade.quantize_inputs import thread_count

if TYPE_CHECKING:
    from pochade.painting.classic import Classic
    from pochade.painting.detail_map import DetailMap
    from pochade.painting.levels import Hierarchy
    from pochade.painting.subject import Subject

LAB_STEPS: Final = 64
"""Steps of a guide for one unit of CIELAB: as it is stored, so it is used."""
REACH: Final = 1.0
"""How far from new anchors others are solved with them, in sizes of the largest."""
MARGIN: Final = 3.0
"""How far around those the photo is looked at for it."""
LEAST_AREA, EACH = 4_000, 100
"""Pixels that colours are solved for after a dab: at least, and for each anchor."""
KEPT: Final = 2
COPIES: Final = 4
"""Small copies that are kept: of the photo and of a guide, for two sizes."""
NEIGHBOURS: Final = 8
CLASSIC_NEIGHBOURS: Final = 5

Knobs = dict[str, Any]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """Anchors as they were found and solved, before the artist's own edits.

    Attributes:
        anchors: at least one.
        ids: n int64, a number for each.
    """

    anchors: Anchors
    ids: Ids


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """A subject, and what was made of it so far. It only saves time: nothing depends on it.

    Attributes:
        subject: what is painted.
        threads: None takes all; nothing depends on it.
        guides: by abstraction, the latest few.
        hierarchies: by the settings that they depend on, the latest few.
        boxes: what `dirty` knows of the latest guide.
        copies: photo and guides at the sizes that colours were solved for, each beside the whole.
    """

    subject: Subject
    threads: int | None = None
    guides: dict[float, Guide] = field(default_factory=dict, repr=False)
    hierarchies: dict[tuple[Any, ...], Hierarchy | Classic] = field(
        default_factory=dict, repr=False
    )
    boxes: list[Any] = field(default_factory=list, repr=False)
    copies: dict[tuple[Any, ...], tuple[Any, Any]] = field(default_factory=dict, repr=False)

    def photo(self) -> NDArray[np.uint8]:
        """The working copy of the photo.

        Raises:
            UsageError: the painting was saved without it.
        """
        if self.subject.photo is None:
            raise UsageError(
                "the project was saved without its photo, which this change needs; open the "
                "project together with the photo"
            )
        return self.subject.photo

    def guide(self, settings: PaintSettings) -> Guide:
        """The guide of an abstraction."""
        found = self.guides.get(settings.abstraction)
        if found is None:
            from pochade.painting.guide import make_guide

            made = make_guide(self.photo(), abstraction=settings.abstraction, threads=self.threads)
            found = unpacked(packed(made), made.frame)
            _keep(self.guides, settings.abstraction, found)
        return found

    def small_photo(self, size: tuple[int, int]) -> Floats:
        """The photo at a size, for solving."""
        from pochade.painting.shrink import shrink

        photo, key = self.photo(), ("photo", size)
        of, made = self.copies.get(key, (None, None))
        if made is None or of is not photo:
            made = shrink(photo, size, threads=thread_count(self.threads))
            self.copies.pop(key, None)
            _keep(self.copies, key, (photo, made), COPIES)
        small: Floats = made
        return small

    def small_guide(self, settings: PaintSettings, size: tuple[int, int]) -> Guide:
        """The guide of an abstraction, no larger than a size."""
        from pochade.painting.guide_reference import fitted

        guide, key = self.guide(settings), ("guide", settings.abstraction, size)
        of, made = self.copies.get(key, (None, None))
        if made is None or of is not guide:
            made = fitted(guide, size, thread_count(self.threads))
            self.copies.pop(key, None)
            _keep(self.copies, key, (guide, made), COPIES)
        return Guide(made, guide.frame)

    def hierarchy(self, settings: PaintSettings) -> Hierarchy | Classic:
        """The anchors of all levels, with the tones of the guide; or those of the classic rule."""
        key = made_by(settings)
        found = self.hierarchies.get(key)
        if found is not None:
            return found
        if settings.classic:
            found = classic_rule(self.photo(), settings, self.threads)
        else:
            from pochade.painting.hierarchy import build_hierarchy

            found = build_hierarchy(
                self.photo(),
                self.guide(settings),
                method=settings.method,
                seed=settings.seed,
                threads=self.threads,
            )
        _keep(self.hierarchies, key, found)
        return found


def made_by(settings: PaintSettings) -> tuple[Any, ...]:
    """The settings that a hierarchy depends on."""
    if settings.classic:
        rule = (settings.patch, settings.shrink, settings.variance, settings.threshold)
        return ("classic", settings.seed, *rule, settings.neighbours)
    return (settings.method, settings.seed, settings.abstraction)


def classic_rule(photo: NDArray[np.uint8], settings: PaintSettings, threads: int | None) -> Classic:
    """The anchors of the classic rule, whose lengths are in pixels of a photo of 480 x 600."""
    from pochade.painting.classic import paint_classic

    side = float(np.sqrt(480 * 600))
    return paint_classic(
        photo,
        neighbours=settings.neighbours or CLASSIC_NEIGHBOURS,
        first_patch=min(1.0, settings.patch / side),
        shrink=settings.shrink,
        variance=settings.variance * side,
        threshold=settings.threshold,
        seed=settings.seed,
        threads=threads,
    )


def _keep(store: dict[Any, Any], key: Any, value: Any, most: int = KEPT) -> None:
    while len(store) >= most:
        del store[next(iter(store))]
    store[key] = value


def packed(guide: Guide) -> NDArray[np.int16]:
    """The guide's colours as whole numbers, as they are stored."""
    steps = np.rint(guide.lab * np.float32(LAB_STEPS))
    return np.asarray(np.clip(steps, -32767, 32767), np.int16)


def unpacked(steps: NDArray[np.int16], frame: tuple[int, int]) -> Guide:
    """The guide of `packed`."""
    return Guide(steps.astype(np.float32) / np.float32(LAB_STEPS), frame)


def knobs_of(settings: PaintSettings) -> Knobs:
    """What `blend` and `solve_colors` are told.

    Softness 0.5 is the blend's own; each end is three times as hard or as soft in colour.
    """
    if settings.classic:
        plain = {"kernel": "inverse", "local": 0.0, "stretch": 0.0}
        return {"neighbours": settings.neighbours or CLASSIC_NEIGHBOURS, **plain}
    turn = 2 * settings.softness - 1
    return {
        "neighbours": settings.neighbours or NEIGHBOURS,
        "softness": 0.35 * 2**turn,
        "edges": 12.0 * 3**turn,
        "kernel": settings.kernel,
    }


def seen_guide(bench: Bench, settings: PaintSettings) -> Guide | None:
    """The guide that painting looks at: none with `anchors_only` and with the classic rule."""
    return None if settings.anchors_only or settings.classic else bench.guide(settings)


def lay(
    bench: Bench, settings: PaintSettings, mask: DetailMap | None, dabs: DetailMap | None
) -> Laid:
    """Find and solve all anchors."""
    anchors, ids = cut(bench.hierarchy(settings), settings, mask, dabs)
    anchors = replace(anchors, apart=anchors.spacing)
    if not settings.solve or settings.classic:
        return Laid(anchors, ids)
    from pochade.painting.solve import solve_colors, solved_size

    # The copies that `solve_colors` would make, which are the same at every step of a slider.
    size = solved_size(bench.photo().shape[:2], len(anchors))
    guide = None if seen_guide(bench, settings) is None else bench.small_guide(settings, size)
    photo = bench.small_photo(size)
    solved = solve_colors(anchors, photo, guide, threads=bench.threads, **knobs_of(settings))
    return Laid(solved, ids)


def lay_again(
    bench: Bench,
    settings: PaintSettings,
    mask: DetailMap | None,
    dabs: DetailMap | None,
    before: Laid,
) -> Laid:
    """Find the anchors after a dab, and solve those that are new or near to what changed.

    All others keep the colours that they have in `before`.
    """
    anchors, ids = cut(bench.hierarchy(settings), settings, mask, dabs)
    anchors = replace(anchors, apart=before.anchors.spacing)
    kept, fresh = np.isin(ids, before.ids), ~np.isin(ids, before.ids)
    vanished = ~np.isin(before.ids, ids)
    if not fresh.any() and not vanished.any():
        return before
    colors = anchors.colors.copy()
    place = np.searchsorted(before.ids, ids[kept])
    colors[kept] = before.anchors.colors[place]
    if not settings.solve:
        return Laid(anchors, ids)
    changed = np.concatenate([anchors.positions[fresh], before.anchors.positions[vanished]])
    size = float(max(_largest(anchors.sizes[fresh]), _largest(before.anchors.sizes[vanished])))
    low, high = changed.min(axis=0) - REACH * size, changed.max(axis=0) + REACH * size
    inner = ((anchors.positions >= low) & (anchors.positions <= high)).all(axis=1)
    colors = _solved_part(bench, settings, anchors.with_colors(colors), inner, size)
    return Laid(anchors.with_colors(colors), ids)


def _largest(sizes: NDArray[np.float32]) -> float:
    return float(sizes.max()) if len(sizes) else 0.0


def _solved_part(
    bench: Bench, settings: PaintSettings, anchors: Anchors, which: NDArray[np.bool_], size: float
) -> NDArray[np.float32]:
    """Colours of all anchors, of which those in `which` were solved in a part of the photo."""
    from pochade.painting.solve import solve_colors

    photo, guide = bench.photo(), seen_guide(bench, settings)
    rows, cols = photo.shape[:2]
    if guide is not None and guide.lab.shape[:2] != (rows, cols):
        which = np.ones(len(anchors), bool)  # another version's guide: no part of it fits
    scale = np.array([rows / anchors.frame[0], cols / anchors.frame[1]], np.float32)
    places = anchors.positions * scale
    margin = MARGIN * size * float(scale.max())
    low = np.maximum(np.floor(places[which].min(axis=0) - margin), 0).astype(int)
    high = np.minimum(np.ceil(places[which].max(axis=0) + margin), (rows, cols)).astype(int)
    part = (slice(low[0], high[0]), slice(low[1], high[1]))
    inside = ((places >= low) & (places < high)).all(axis=1)
    crop = replace(
        anchors.take(inside),
        positions=places[inside] - low.astype(np.float32),
        sizes=anchors.sizes[inside] * np.float32(np.sqrt(scale.prod())),
        frame=(int(high[0] - low[0]), int(high[1] - low[1])),
        apart=anchors.spacing * float(np.sqrt(scale.prod())),
    )
    seen = None
    if guide is not None:
        seen = Guide(np.ascontiguousarray(guide.lab[part]), crop.frame)
    solved = solve_colors(
        crop,
        np.ascontiguousarray(photo[part]),
        seen,
        area=max(LEAST_AREA, EACH * len(crop)),
        threads=bench.threads,
        **knobs_of(settings),
    )
    colors = anchors.colors.copy()
    taken = np.flatnonzero(inside)
    mine = which[taken]
    colors[taken[mine]] = solved.colors[mine]
    return colors
