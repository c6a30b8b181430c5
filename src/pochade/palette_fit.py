"""From counted colours to the palette that serves them best.

The steps, in order: colours that must be in the palette (protected ones, full transparency) are
set aside; the others are clustered; centres are rounded to 8 bits, and entries that fell together
are given to the worst-served colours; small distinct areas that were swallowed get an entry of
their own; and every colour goes to the entry nearest to it in the working space.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.color.working import WorkingSpace
from pochade.kmeans.engines.registry import choose_engine
from pochade.kmeans.opening import open_session
from pochade.kmeans.palette_search import search
from pochade.kmeans.settling import settle, settle_by_distance
from pochade.kmeans.tally import Tally, squared_distances, tally
from pochade.palette_task import FitSettings, FitTask, open_away, open_task
from pochade.small_areas import LOST_DISTANCE, lost_areas

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Palette, Pixels, Points, Weights

# Lloyd steps that let the free centres settle around fixed ones.
SETTLING_STEPS = 12
# Steps by distance that do the same, where that is the error.
DISTANCE_STEPS = 5
# How often entries that fell together on rounding are moved to worst-served colours.
COMPLETION_ROUNDS = 8
# How often the palette is looked over for lost areas.
GUARD_ROUNDS = 2


class PaletteFit(NamedTuple):
    """A palette and what each counted colour became.

    Attributes:
        palette: (k, c) uint8, the most used entry first.
        centers: (k, d) float64, the same entries before rounding, in the named space.
        labels: (m,) int32, the entry of each counted colour.
        engine: name of the engine that did the arithmetic.
        reason: why that engine.
        n_iter: Lloyd steps of the best start; 0 where nothing had to be clustered.
        notes: sentences that the user should see.
    """

    palette: Palette
    centers: NDArray[np.float64]
    labels: NDArray[np.int32]
    engine: str
    reason: str
    n_iter: int
    notes: tuple[str, ...] = ()


def fit_palette(
    colors: Pixels,
    weights: Weights,
    k: int,
    space: WorkingSpace,
    settings: FitSettings,
    *,
    protect: Palette | None = None,
    points: Points | Pixels | None = None,
) -> PaletteFit:
    """The best palette of at most k entries for weighted colours.

    Args:
        colors: (m, c) uint8, all different; with c = 4 full transparency is (0, 0, 0, 0).
        weights: (m,) float32, how often each occurs.
        k: number of entries. Where all visible colours fit into k, they are all kept, and full
            transparency comes on top (never beyond 256); otherwise it is one of the k.
        space: where distances are measured.
        settings: how to search.
        protect: (p, c) uint8 entries that must be in the palette exactly, p <= k.
        points: (m, d) the colours in the working space where they are known more exactly than
            8 bits tell (means of binned colours); made from `colors` if not given.

    Returns:
        The fit. The palette has exactly k entries, or as many as there are colours.
    """
    engine, reason = choose_engine(settings.search.engine, k=k, d=space.dimensions)
    name = engine.describe().name
    fixed = fixed_entries(colors, protect)
    missing = _rows_not_in(fixed, colors)
    transparent = int(colors.shape[1] == 4 and bool((colors[:, 3] == 0).any()))
    room = k + transparent if k != 256 else k
    if len(colors) + len(missing) <= room:
        palette = np.concatenate([colors, missing]) if len(missing) else colors
        labels = np.arange(len(colors), dtype=np.int32)
        centers = space.centers(space.points(palette))
        visible = len(colors) - transparent
        notes = (_few_colors_note(visible, k),) if visible < k else ()
        fit = PaletteFit(palette, centers, labels, name, reason, 0, notes)
        return _most_used_first(fit, np.concatenate([weights, np.zeros(len(missing))]))
    by_distance = space.by_distance and not settings.search.plain
    task = open_task(colors, weights, k, space, settings, points=points, by_distance=by_distance)
    # Transparency alone must not take the only entry from what can be seen.
    k = max(k, len(fixed) + 1) if transparent and len(fixed) == 1 else k
    centers, n_iter = _free_centers(task, k - len(fixed), space.points(fixed))
    entries = _rounded(task, centers, fixed, k)
    if len(entries.served.far):
        entries = _guarded(task, entries, fixed, k)
    fit = PaletteFit(
        entries.palette, space.centers(entries.at), entries.labels, name, reason, n_iter
    )
    return _most_used_first(fit, entries.served.weights)


def fit_around(
    task: FitTask, centers: NDArray[np.float64], fixed: Palette, k: int, *, n_iter: int = 0
) -> PaletteFit:
    """The palette of k entries around centres that were found elsewhere, without the guard.

    Args:
        task: the colours; there are more than k.
        centers: (k - f, d) float64 in the working space.
        fixed: (f, c) uint8 entries that are in the palette exactly.
        k: number of entries.
        n_iter: what to say about how the centres were found.
    """
    entries = _rounded(task, centers, fixed, k)
    name = task.engine.describe().name
    at = task.space.centers(entries.at)
    fit = PaletteFit(entries.palette, at, entries.labels, name, "", n_iter)
    return _most_used_first(fit, entries.served.weights)


def assign_colors(
    colors: Pixels, palette: Palette, space: WorkingSpace, *, engine: str = "auto", threads: int = 1
) -> NDArray[np.int32]:
    """The entry nearest to each colour in the working space, (m,) int32; ties to the lowest."""
    chosen, _ = choose_engine(engine, k=len(palette), d=space.dimensions)
    session = open_session(chosen, space.points(colors), None, threads=threads)
    labels, _ = session.assign(space.points(palette).astype(np.float64))
    return labels


def fixed_entries(colors: Pixels, protect: Palette | None = None) -> Palette:
    """Protected colours, and full transparency where the picture has it, without repeats."""
    channels = colors.shape[1]
    rows = [] if protect is None else [tuple(int(v) for v in row) for row in protect]
    if channels == 4 and bool((colors[:, 3] == 0).any()):
        rows.append((0, 0, 0, 0))
    return np.array(list(dict.fromkeys(rows)), np.uint8).reshape(-1, channels)


def _packed(colors: Pixels) -> NDArray[np.uint32]:
    """One number per colour."""
    places = np.array([1, 1 << 8, 1 << 16, 1 << 24][: colors.shape[1]], np.uint32)
    return np.asarray(colors.astype(np.uint32) @ places, np.uint32)


def _rows_not_in(rows: Palette, colors: Pixels) -> Palette:
    if not len(rows):
        return rows
    return rows[~np.isin(_packed(rows), _packed(colors))]


def _few_colors_note(found: int, k: int) -> str:
    if not found:
        return "the picture is fully transparent: no colour can be seen"
    plural = "colour" if found == 1 else "colours"
    return f"the picture has only {found} {plural}, fewer than the {k} asked for: all are kept"


def _free_centers(task: FitTask, free: int, fixed: Points) -> tuple[NDArray[np.float64], int]:
    """Centres for all but the fixed entries: clustered, settled, and guarded."""
    if free <= 0:
        return np.empty((0, task.points.shape[1])), 0
    session, points, weights = task.session, task.points, task.weights
    if len(fixed):
        points, weights, session = open_away(task, fixed, free)
    options = task.settings.search
    if task.by_distance:
        from pochade.kmeans.distance_search import search_by_distance

        found = search_by_distance(
            session, _as_float(points), weights, free, fixed, options, least=task.least
        )
        return found.centers, found.n_iter
    whole = task.space.name == "srgb" and not task.space.alpha
    found = search(session, points, weights, free, options, whole=whole)
    centers = _settle(task, found.centers, fixed) if len(fixed) else found.centers
    return centers, found.n_iter


def _as_float(points: Points | Pixels) -> Points:
    return points.astype(np.float32, copy=False)


def _guarded(task: FitTask, entries: _Entries, fixed: Palette, k: int) -> _Entries:
    """The entries after small distinct areas that they serve badly took the place of some.

    In two rounds: the entry that is given up may have been the one that served a second such area.
    """
    held = task.space.points(fixed)
    found = np.empty((0, task.points.shape[1]))
    for _ in range(GUARD_ROUNDS):
        lost = lost_areas(
            task.points,
            task.weights,
            task.space.points(entries.palette),
            entries.served,
            fixed=len(fixed),
            taken=len(found),
            scale=task.space.extent,
        )
        if not len(lost.centers):
            break
        rest = np.delete(task.space.points(entries.palette), lost.give_up, axis=0)[len(held) :]
        found = np.concatenate([found, lost.centers])
        held = np.concatenate([task.space.points(fixed), found.astype(np.float32)])
        settled = _settle(task, rest.astype(np.float64), held)
        entries = _rounded(task, np.concatenate([found, settled]), fixed, k)
    return entries


def _settle(task: FitTask, centers: NDArray[np.float64], fixed: Points) -> NDArray[np.float64]:
    """The free centres after steps around the fixed ones, by the error that is wanted."""
    if not task.by_distance:
        return settle(task.session, centers, fixed, steps=SETTLING_STEPS)
    from pochade.kmeans.distance_search import flat_areas_first

    pull = flat_areas_first(task.weights)
    points = _as_float(task.points)
    return settle_by_distance(
        task.session, points, pull, centers, fixed, steps=DISTANCE_STEPS, least=task.least
    ).centers


class _Entries(NamedTuple):
    """A palette, the point behind each entry before rounding, and what the entries serve."""

    palette: Palette
    at: NDArray[np.float64]
    labels: NDArray[np.int32]
    served: Tally


def _rounded(task: FitTask, centers: NDArray[np.float64], fixed: Palette, k: int) -> _Entries:
    """Round centres to colours, and see that all k entries differ and are used.

    Two centres may round to one colour, and a centre may round away from the colours it served.
    Such entries move to the colours with the largest weighted error, which are then served exactly.
    """
    space = task.space
    palette, at = space.palette(centers), centers
    if len(fixed):
        palette = np.concatenate([fixed, palette])
        at = np.concatenate([space.points(fixed), centers])
    entries = _served(task, *_distinct(palette, at))
    for _ in range(COMPLETION_ROUNDS):
        useful = entries.served.members > 0
        useful[: len(fixed)] = True
        wanted = k - int(useful.sum())
        if wanted <= 0:
            break
        entries = _served(task, entries.palette[useful], entries.at[useful])
        nearest = space.points(entries.palette)
        square = squared_distances(task.points, nearest, entries.labels)
        worst = np.argsort(-task.weights.astype(np.float64) * square, kind="stable")[:wanted]
        extra = _rows_not_in(task.colors[worst], entries.palette)
        if not len(extra):
            break
        palette = np.concatenate([entries.palette, extra])
        at = np.concatenate([entries.at, space.points(extra)])
        entries = _served(task, *_distinct(palette, at))
    return entries


def _served(task: FitTask, palette: Palette, at: NDArray[np.float64]) -> _Entries:
    """Give every colour its nearest entry, and count."""
    search = task.settings.search
    guard = task.settings.guard and not search.plain
    limit = LOST_DISTANCE * task.space.extent if guard else np.inf
    points = task.space.points(palette)
    labels, _ = task.session.assign(points.astype(np.float64))
    served = tally(task.points, points, labels, task.weights, limit=limit)
    return _Entries(palette, at, labels, served)


def _distinct(palette: Palette, at: NDArray[np.float64]) -> tuple[Palette, NDArray[np.float64]]:
    """The palette without repeated colours, and the rows of `at` that stay with it."""
    codes = _packed(palette)
    if len(set(codes.tolist())) == len(codes):
        return palette, at
    kept = np.sort(np.unique(codes, return_index=True)[1])
    return palette[kept], at[kept]


def _most_used_first(fit: PaletteFit, weights: NDArray[np.floating[Any]]) -> PaletteFit:
    """The same fit with its entries ordered by weight (k,); ties keep their order."""
    order = np.argsort(-weights, kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return PaletteFit(
        np.ascontiguousarray(fit.palette[order]),
        fit.centers[order],
        rank[fit.labels],
        fit.engine,
        fit.reason,
        fit.n_iter,
        fit.notes,
    )
