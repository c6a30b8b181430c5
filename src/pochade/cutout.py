"""Cutouts: a thing without its background, by regions, colours and hints; no neural model.

Large pictures are decided on at a lower resolution; the edge is drawn at the full one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.color.convert import convert
from pochade.cutout_options import CutoutOptions
from pochade.cutout_result import CutoutResult
from pochade.cutting import edge, key, outside
from pochade.cutting.frame import marked, reaching_border, scaled_box, shown
from pochade.cutting.hints import Hints, hints_of
from pochade.cutting.outline import Found, Outliner
from pochade.errors import CancelledError, CannotTellError
from pochade.quantize_inputs import as_image, thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image

Progress = Callable[[float], None]
Cancel = Callable[[], bool]

WORKING_PIXELS = 250_000
"""Pictures of more pixels than this are decided on at about this many."""
FEATHER = 0.006  # of the diagonal: to either side of the edge
FLATTEST = 1.0  # Lab: a picture whose colours differ less is of one colour
LEAST_SHARE, MOST_SHARE = 0.002, 0.98
HINT = "mark it with --fg X,Y, --box X,Y,W,H or --strokes"


def cutout(
    image: Any,
    *,
    fg: Sequence[tuple[int, int]] = (),
    bg: Sequence[tuple[int, int]] = (),
    box: tuple[int, int, int, int] | None = None,
    strokes: Any = None,
    background_color: str | Sequence[int] | None = None,
    tolerance: float | None = None,
    prior: Any = None,
    holes: bool = True,
    edge: str = "soft",
    feather: int | None = None,
    decontaminate: bool = True,
    background: Any = None,
    shadow: bool = False,
    result: str = "cutout",
    min_confidence: float = 0.5,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> CutoutResult:
    """Take the background away from a picture. Needs the `cutout` extra (SciPy).

    Without hints the thing is taken to be what is unlike the picture's border and near its middle;
    it may reach the lower border, but none of the others.
    Hints may be combined; points are (x, y) from the top left.

    Args:
        image: (h, w, c) uint8 array with c = 3 or 4 (straight alpha; what is transparent stays
            so), or anything that `pochade.io.open_image` takes: a path, a PIL image, a URL.
        fg: points (x, y) on the thing.
        bg: points (x, y) on the background.
        box: (x, y, width, height) around the whole thing.
        strokes: a picture as large as the first, or its array: green and white keep, red and black
            remove; an (h, w) array of integers: above 0 keep, below remove.
        background_color: the background has this colour, `"#00b140"` or (r, g, b), or `"auto"`,
            the commonest along the border. All that has it goes (with `holes` False, what reaches
            the border).
        tolerance: Lab distance from it, 0..100; None finds it.
        prior: (h, w) map of where the thing probably is, 0..1 or uint8; a function that makes one
            of the (h, w, 3) uint8 picture; the name of a grey picture; or `"rembg"` or
            `"rembg:MODEL"`, where that is installed.
        holes: let the background show through holes in the thing.
        edge: `"soft"` or `"hard"`.
        feather: pixels to either side of the edge that may be partly transparent.
        decontaminate: take the background's colour out of partly transparent pixels.
        background: for `result.image`: a colour or a picture to lie on.
        shadow: for `result.image`: with a soft shadow.
        result: what `result.image` is: `"cutout"`, `"mask"` or `"trimap"`.
        min_confidence: raise CannotTellError below this, 0..1.
        seed: where random choices start. Same seed, same bytes, on any number of threads.
        threads: number of threads; None takes all that this process may use.
        progress: called with the share of the work done, 0..1.
        cancel: polled during the work; returning True raises CancelledError.

    Returns:
        Alpha, colours, and how sure it is; see `CutoutResult`.

    Raises:
        CannotTellError: the picture does not show what is the thing, or not surely enough.
        UsageError: an option makes no sense, a hint lies outside, or hints contradict each other.
        InputError: the picture cannot be read.
        EngineUnavailableError: SciPy (or rembg, if asked for) is not installed.
        CancelledError: `cancel` returned True.

    >>> picture = np.full((40, 40, 3), 255, np.uint8); picture[10:30, 10:30] = (200, 0, 0)
    >>> found = cutout(picture, edge="hard")
    >>> found.bounds, found.image.shape
    ((10, 10, 20, 20), (40, 40, 4))
    """
    options = CutoutOptions(
        fg=fg,
        bg=bg,
        box=box,
        strokes=strokes,
        background_color=background_color,
        tolerance=tolerance,
        prior=prior,
        holes=holes,
        edge=edge,
        feather=feather,
        decontaminate=decontaminate,
        background=background,
        shadow=shadow,
        result=result,
        min_confidence=min_confidence,
        seed=seed,
        threads=threads,
    )
    return cutout_with(options, image, progress=progress, cancel=cancel)


def cutout_with(
    options: CutoutOptions,
    image: Any,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> CutoutResult:
    """`cutout` with its options in one piece."""
    return _Job(as_image(image), options, progress, cancel).run()


class _Job:
    """One call: the picture, the hints, and the steps in order."""

    def __init__(
        self,
        source: Image,
        options: CutoutOptions,
        progress: Progress | None,
        cancel: Cancel | None,
    ) -> None:
        self.source, self.options = source, options
        self.progress, self.cancel = progress, cancel
        self.threads = thread_count(options.threads)
        self.full = np.ascontiguousarray(source[..., :3])
        self.own_alpha: NDArray[np.uint8] | None = None
        if source.shape[2] == 4 and (source[..., 3] < 255).any():
            self.own_alpha = source[..., 3]
            self.full = shown(self.full, self.own_alpha)

    def run(self) -> CutoutResult:
        """The result."""
        options = self.options
        hints = hints_of(options, self.full.shape[:2], self.own_alpha)
        image = self.reduced()
        small = Hints(
            marked(hints.fg, image.shape[:2]),
            marked(hints.bg, image.shape[:2]),
            scaled_box(hints.box, self.full.shape[:2], image.shape[:2]),
            marked(hints.clear, image.shape[:2]),
        )
        small = small._replace(bg=small.bg & ~small.fg)
        self.refuse_flat(image, small)
        self.poll(0.05)
        if options.background_color is not None:
            found = self.by_color(image, small)
        else:
            found = self.by_regions(image, small)
        self.judge(found)
        self.poll(0.8)
        made = self.finished(image, small, found)
        self.poll(1.0)
        return made

    def poll(self, share: float) -> None:
        """Say how far it is, and stop if asked to."""
        if self.cancel is not None and self.cancel():
            raise CancelledError("cutting out was cancelled")
        if self.progress is not None:
            self.progress(share)

    def reduced(self) -> Image:
        """The picture at the working resolution."""
        rows, columns = self.full.shape[:2]
        if rows * columns <= WORKING_PIXELS:
            return self.full
        scale = (WORKING_PIXELS / (rows * columns)) ** 0.5
        size = f"{max(1, round(columns * scale))}x{max(1, round(rows * scale))}!"
        return as_image(self.full, resize=size)

    def refuse_flat(self, image: Image, hints: Hints) -> None:
        """Raise where there is nothing to tell apart."""
        visible = image[~hints.clear]
        if not visible.size:
            raise CannotTellError("cannot tell what to keep: the picture is fully transparent")
        step = max(1, visible.size // 3 // 100_000)
        sample = np.ascontiguousarray(visible.reshape(-1, 3)[::step])
        spread = np.ptp(convert(sample, "srgb", "lab"), axis=0)
        if float(np.linalg.norm(spread)) < FLATTEST:
            raise CannotTellError("cannot tell what to keep: the picture is of one colour")

    def by_color(self, image: Image, hints: Hints) -> Found:
        """What does not have the background's colour."""
        options = self.options
        color = self.key_color(image)
        found = key.key_of(image, color, options.tolerance)
        goes = found.mask
        if not options.holes:
            goes = reaching_border(goes)
        mask = (~goes & ~hints.bg) | hints.fg
        doubt = min(1.0, 2 * found.doubtful)
        certain = (1 - doubt) * min(1.0, found.along / key.LEAST_BORDER)
        shown = "#" + bytes(color).hex()
        return Found(mask, certain, f"all but {shown}, to a distance of {found.tolerance:.1f}")

    def key_color(self, image: Image) -> tuple[int, int, int]:
        """The background's colour, given or found."""
        from pochade.quantize_inputs import protected_colors

        given = self.options.background_color
        assert given is not None
        if isinstance(given, str) and given == "auto":
            return key.border_color(image, seed=self.options.seed, threads=self.threads)
        red, green, blue = (int(part) for part in protected_colors([given], 3)[0])
        return red, green, blue

    def by_regions(self, image: Image, hints: Hints) -> Found:
        """What colours, borders and hints speak for."""
        chance = None
        if self.options.prior is not None:
            whole = outside.prior_of(self.options.prior, self.full)
            chance = edge.upsampled(whole[..., None], image.shape[:2], slice(0, len(image)))[..., 0]
        return Outliner(image, hints, self.options, chance, self.threads, self.poll).run()

    def judge(self, found: Found) -> None:
        """Raise where the result is nothing, everything or a guess."""
        share = float(found.mask.mean())
        if share < LEAST_SHARE and not self.options.fg:
            raise CannotTellError(f"cannot tell what to keep: nothing stands out; {HINT}", 0.0)
        if share > MOST_SHARE and self.options.min_confidence > 0:
            raise CannotTellError(
                "cannot tell what is background: nearly all of the picture would stay; "
                "mark some with --bg X,Y, --box X,Y,W,H or --strokes"
            )
        if found.confidence < self.options.min_confidence:
            raise CannotTellError(
                f"cannot tell what to keep: the best guess has a confidence of "
                f"{found.confidence:.2f}, below {self.options.min_confidence:g}; {HINT}, "
                "or take the guess with --min-confidence 0",
                found.confidence,
            )

    def finished(self, image: Image, hints: Hints, found: Found) -> CutoutResult:
        """The edge drawn at full size."""
        options = self.options
        rows, columns = self.full.shape[:2]
        scale = image.shape[0] / rows
        feather = options.feather or max(2, round(FEATHER * float(np.hypot(rows, columns))))
        radius = max(1, round(feather * scale))
        known = (hints.fg | hints.bg) if options.box is None else hints.fg
        guide = image.astype(np.float32) / np.float32(255)
        sure = edge.bands(found.mask, radius, known)
        soft = edge.soften(guide, found.mask, sure, radius)
        alpha = np.empty((rows, columns), np.uint8)
        colors = np.empty((rows, columns, 3), np.uint8)
        unsure = np.empty((rows, columns), bool)
        parts = edge.strips(self.full, soft, edge=options.edge, clean=options.decontaminate)
        for part, some, tints, open_ in parts:
            alpha[part], colors[part], unsure[part] = some, tints, open_
        if self.own_alpha is not None:
            product = alpha.astype(np.uint16) * self.own_alpha
            alpha = ((product + 127) // 255).astype(np.uint8)
        return CutoutResult(
            alpha=alpha,
            colors=colors,
            undecided=unsure,
            confidence=round(found.confidence, 4),
            method=found.method,
            notes=(),
            source=self.source,
            options=options,
        )
