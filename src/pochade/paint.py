"""Painting: a photo becomes a painting, as a document that can be changed and drawn at any size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pochade.errors import CancelledError, UsageError
from pochade.paint_options import LEVELS, PaintOptions, PaintSettings
from pochade.paint_result import PaintResult
from pochade.painting.look_options import Look
from pochade.quantize_inputs import as_image, as_palette

if TYPE_CHECKING:
    from pochade.painting.detail_map import DetailMap
    from pochade.painting.document import Intent, Painting
    from pochade.painting.laying import Bench, Laid
    from pochade.painting.level import LevelScore
    from pochade.painting.subject import Subject
    from pochade.types import Image

JUDGED = 160_000
"""Pixels of the thumbnail on which levels are judged."""

AUTO = tuple(range(5, 9))
"""The levels that 'auto' chooses from: the eye chose 5 to 8 of every photo that was looked at, and
fine stripes (a fence, shutters) are texture to the score, which then would paint them over."""

Progress = Callable[[float], None]
Cancel = Callable[[], bool]


def paint(
    image: Any,
    *,
    level: float | str = "auto",
    anchors: int | None = None,
    softness: float = 0.5,
    abstraction: float = 0.5,
    detail: Any = None,
    preset: str | None = None,
    look: Look | None = None,
    palette: Any = None,
    method: str = "tree",
    neighbours: int | None = None,
    kernel: str = "continuous",
    solve: bool = True,
    anchors_only: bool = False,
    classic: bool = False,
    patch: float = 30.0,
    shrink: float = 0.75,
    variance: float = 3.0,
    threshold: float = 10.0,
    lay_on: str | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PaintResult:
    """Paint a photo.

    Args:
        image: (h, w, 3 or 4) uint8 array (straight alpha), or anything that `pochade.open_image`
            takes: a path, bytes, a PIL image, an https URL.
        level: 0 (coarse) to 1 (fine), or 'auto': the level between obvious errors and a mere
            photo.
        anchors: instead of a level, about how many places colour is laid at.
        softness: 0 (hard edges, gouache) to 1 (wet watercolour).
        abstraction: how much texture is overlooked, 0 to 1.
        detail: where to paint finer: 'saliency' (what stands out), 'subject' (what
            `pochade.cutout` keeps; needs the `cutout` extra), or a map painted by hand, finer where
            it is brighter: (h, w) array, 0..1, bool or uint8, or a picture of the same shape.
        preset: a look by name ('oil', 'watercolour', ...) or a settings file.
        look: brush and surface; over the preset where both are given.
        palette: paint in these colours alone: (k, 3) uint8, a sequence of '#rrggbb', a
            `PaletteResult` or a palette file.
        method: how places are found: 'tree', 'split', 'slic', 'cvt', 'quadtree' or 'random'.
        neighbours: how many places each pixel mixes its colour from: 8 unless given, 5 with
            `classic`.
        kernel: 'continuous' or 'inverse'.
        solve: choose colours so that the mixture comes nearest to the photo.
        anchors_only: paint from places and colours alone, without the photo's edges.
        classic: the rule of the program that this began with: anchors on random pixels of square
            patches that the painting does not meet yet, in twelve rounds of ever smaller patches,
            mixed by inverse distance. Method, kernel, solve and anchors_only do not matter then.
        patch: side of the first patches, in pixels of a photo of 480 x 600.
        shrink: side of the next round's patches, times the last one's.
        variance: how much a patch may vary to be given an anchor, times what the first program
            allowed at this size of patch.
        threshold: levels by which a patch must differ to be given an anchor.
        lay_on: '#rrggbb' that a transparent photo is laid on; None keeps it transparent.
        seed: where random choices start. Same seed, same bytes, on any number of threads.
        threads: number of threads; None takes all that this process may use.
        progress: called with the share of the work done, 0..1.
        cancel: polled during the work; returning True raises CancelledError.

    Returns:
        The painting; see `PaintResult`.

    Raises:
        UsageError: an option makes no sense, or the array is no picture.
        InputError: a picture, map, preset or palette cannot be read.
        CancelledError: `cancel` returned True.

    >>> import numpy as np
    >>> picture = np.zeros((8, 12, 3), np.uint8); picture[:, 6:] = 200
    >>> painted = paint(picture, level=0)
    >>> painted.image.shape, painted.image[4, 0].tolist(), painted.image[4, 11].tolist()
    ((8, 12, 3), [0, 0, 0], [200, 200, 200])
    """
    settings = PaintSettings(
        level=level,
        anchors=anchors,
        softness=softness,
        abstraction=abstraction,
        method=method,
        neighbours=neighbours,
        kernel=kernel,
        solve=solve,
        anchors_only=anchors_only,
        classic=classic,
        patch=patch,
        shrink=shrink,
        variance=variance,
        threshold=threshold,
        seed=seed,
    )
    options = PaintOptions(
        detail=detail, palette=palette, preset=preset, lay_on=lay_on, threads=threads
    )
    return paint_with(settings, options, look, image, progress=progress, cancel=cancel)


def paint_with(
    settings: PaintSettings,
    options: PaintOptions,
    look: Look | None,
    image: Any,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PaintResult:
    """`paint` with its options in objects; raises the same."""
    from pochade.painting.document import begin
    from pochade.painting.laying import Bench
    from pochade.painting.subject import make_subject

    step = _Steps(progress, cancel)
    subject = make_subject(as_image(image), lay_on_color=options.lay_on)
    step(0.05)
    bench = Bench(subject, options.threads)
    intent, scores, laid = _intended(bench, settings, options, look, step)
    step(0.7)
    painting = begin(bench, intent, laid)
    _ = painting.anchors
    step(1.0)
    return PaintResult(document=painting, scores=scores)


def intent_of(
    subject: Subject, settings: PaintSettings, options: PaintOptions, look: Look | None = None
) -> Intent:
    """What the options ask for, with a level that is a number.

    Raises:
        UsageError, InputError: as `paint`.
    """
    from pochade.painting.laying import Bench

    return _intended(Bench(subject, options.threads), settings, options, look)[0]


def _intended(
    bench: Bench,
    settings: PaintSettings,
    options: PaintOptions,
    look: Look | None,
    step: Callable[[float], None] = lambda share: None,
) -> tuple[Intent, dict[int, LevelScore], Laid | None]:
    from pochade.painting.document import Intent

    settings = with_preset(settings, options.preset)
    chosen = chosen_look(options.preset, look)
    mask = None if options.detail is None else detail_of(options.detail, bench)
    tubes = () if options.palette is None else tubes_of(options.palette)
    if settings.level != "auto" or settings.anchors is not None:
        return Intent(settings, chosen, tubes, mask), {}, None
    found = settle(bench, settings, mask, step)
    return Intent(found.settings, chosen, tubes, mask), found.scores, found.laid


class _Steps:
    """Tells how far the work is, and whether it is to stop."""

    def __init__(self, progress: Progress | None, cancel: Cancel | None) -> None:
        self.progress, self.cancel = progress, cancel

    def __call__(self, share: float) -> None:
        if self.cancel is not None and self.cancel():
            raise CancelledError("painting was cancelled")
        if self.progress is not None:
            self.progress(share)


def with_preset(settings: PaintSettings, preset: str | None) -> PaintSettings:
    """The settings with the softness and abstraction of a preset, where none were given."""
    if preset is None:
        return settings
    from pochade.painting.presets import preset_knobs

    plain = PaintSettings()
    knobs: dict[str, Any] = {
        name: value
        for name, value in preset_knobs(preset).items()
        if getattr(settings, name) == getattr(plain, name)
    }
    return replace(settings, **knobs)


def chosen_look(preset: str | None, look: Look | None) -> Look:
    """The look of a preset, with those values of `look` that are not its defaults laid over it."""
    if preset is None:
        return look or Look()
    from pochade.painting.presets import load_preset

    found = load_preset(preset)
    if look is None:
        return found
    plain = Look()
    names = [
        name for name in look.__dataclass_fields__ if getattr(look, name) != getattr(plain, name)
    ]
    return replace(found, **{name: getattr(look, name) for name in names})


def tubes_of(palette: Any) -> tuple[str, ...]:
    """A palette of any kind as '#rrggbb' words.

    Raises:
        UsageError: it is no palette.
        InputError: its file cannot be read.
    """
    return tuple("#" + bytes(row[:3].tolist()).hex() for row in as_palette(palette, 3))


def detail_of(detail: Any, bench: Bench) -> DetailMap:
    """A detail map from a word, an array or a picture; raises as `detail_map`."""
    from pochade.painting.detail import detail_map
    from pochade.painting.detail_map import from_wish

    found = detail_map(detail, bench.photo(), threads=bench.threads)
    return from_wish(found, bench.subject.size)


class Settled(NamedTuple):
    """What was found for the level 'auto'.

    Attributes:
        settings: with a number for a level.
        scores: of the levels that were tried.
        laid: the anchors of the level that was chosen.
    """

    settings: PaintSettings
    scores: dict[int, LevelScore]
    laid: Laid


def settle(
    bench: Bench,
    settings: PaintSettings,
    mask: DetailMap | None,
    step: Callable[[float], None] = lambda share: None,
) -> Settled:
    """Find the level of 'auto': levels are painted small and judged beside the photo.

    See `pochade.painting.level`.
    """
    from pochade.painting.document import Intent, begin
    from pochade.painting.level import Judge, choose_level
    from pochade.painting.render import blended
    from pochade.painting.subject import reduced
    from pochade.quantize_inputs import thread_count

    photo = reduced(bench.photo(), JUDGED)
    judge = Judge(photo, threads=thread_count(bench.threads))
    size = (photo.shape[0], photo.shape[1])
    tried: dict[int, Laid] = {}

    def painted(level: int) -> Image:
        step(min(0.65, 0.1 + 0.08 * len(tried)))
        one = begin(bench, Intent(replace(settings, level=share_of(level)), Look(), (), mask))
        tried[level] = one.laid
        return blended(one, size, (0, 0, *size), bench.threads)

    choice = choose_level(judge, painted, levels=AUTO)
    level = replace(settings, level=share_of(choice.level))
    return Settled(level, choice.scores, tried[choice.level])


def share_of(level: int) -> float:
    """The slider's place, 0 to 1, of a level from 1 to 12.

    >>> share_of(1), share_of(12)
    (0.0, 1.0)
    """
    return (level - 1) / (LEVELS - 1)


def open_project(path: Any, *, image: Any = None, threads: int | None = None) -> Painting:
    """A painting that was saved, ready to be changed and drawn.

    Args:
        path: the file.
        image: the photo that it was painted from, for a project that was saved without it.
        threads: None takes all.

    Raises:
        InputError: the file cannot be read, or is no project.
        UsageError: the photo is another one.
    """
    from pochade.painting.project_file import load_painting
    from pochade.painting.subject import digest_of, make_subject

    painting = load_painting(path, threads=threads)
    if image is None:
        return painting
    pixels = as_image(image)
    subject = painting.subject
    if digest_of(pixels) != subject.digest:
        raise UsageError(
            f"the project was painted from another photo ({subject.size[1]}x{subject.size[0]}; "
            f"this one is {pixels.shape[1]}x{pixels.shape[0]}): give it the photo that it is of"
        )
    if subject.photo is None:
        found = make_subject(pixels)
        subject = replace(subject, photo=found.photo)
        painting = replace(painting, bench=replace(painting.bench, subject=subject))
    return painting
