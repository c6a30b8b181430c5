"""Cleaning: noise pixels found by thresholds, given or found from the picture, and taken out.

Detectors that look at places (`isolated`, `specks`) tell noise from detail by how it stands out of
its neighbours; those of colour that find their own threshold look among what stands out; `grain`
looks last, at the picture without all that.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.clean_options import AUTO, DEFAULT_STEP, DETECTORS, CleanOptions, Range
from pochade.clean_result import CleanResult, Finding
from pochade.errors import CancelledError, InputError
from pochade.noise import colors, kernels
from pochade.noise.grain import Grain, find_grain, off_surface, smooth_surface
from pochade.noise.outliers import NO_SPOTS, Found, Outliers
from pochade.noise.spots import LARGEST_SPECK, Specks, find_isolated, find_specks, in_lines
from pochade.quantize_inputs import as_image, thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image

Progress = Callable[[float], None]
Cancel = Callable[[], bool]
GIVEN = "as given"
ROWS = 256


def clean(
    image: Any,
    *,
    white: int | str | None = None,
    black: int | str | None = None,
    saturation: Range | str | None = None,
    hue: Range | str | None = None,
    isolated: int | str | None = None,
    specks: int | str | None = None,
    speck_step: int | None = None,
    rare: float | str | None = None,
    grain: int | str | None = None,
    auto: bool = False,
    result: str = "fill",
    fill: str = "harmonic",
    threads: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> CleanResult:
    """Find noise pixels and take them out of a picture.

    Each detector is off (None), on with a threshold, or `"auto"`: it finds its threshold from the
    picture, or that there is nothing to clean. With none given, all are `"auto"`. A threshold of
    colour that was found takes only pixels that stand out of their surroundings; one that was given
    takes every pixel beyond it. Fully transparent pixels are never found by their colour.

    Args:
        image: (h, w, c) uint8 array with c = 3 or 4 (straight alpha), or anything that
            `pochade.io.open_image` takes: a path, bytes, a PIL image, an https URL.
        white: r, g and b all this or more, 0..255.
        black: r, g and b all this or less, 0..255.
        saturation: (low, high), 0..100: HSV saturation outside of it.
        hue: (low, high), 0..360 degrees: hue outside of it; low > high goes through 0. Greys stay.
        isolated: single pixels that stand out by this many levels or more, 8..255 (see
            `pochade.noise.kernels.standout`).
        specks: patches of at most this many pixels with a step of colour all around, 1..65,534.
        speck_step: levels that this step is more than, 1..254; 48, or found with `"auto"`.
        rare: colours that, with those within some 12 levels, have less than this share, 0..1.
        grain: pixels this many levels or more off the smooth surface around them, 1..64.
        auto: every detector without a threshold is `"auto"`.
        result: `"fill"` (from the neighbours), `"transparent"` or `"mask"`.
        fill: `"harmonic"`, `"median"` or `"nearest"` (see `pochade.noise.kernels.fill`). Grain
            becomes the surface instead, the mean of the near colours around.
        threads: number of threads; None takes all that this process may use.
        progress: called with the share of the work done, 0..1.
        cancel: polled between steps; returning True raises CancelledError.

    Returns:
        The picture, the mask, and what each detector found and why; see `CleanResult`.

    Raises:
        UsageError: an option makes no sense.
        InputError: the picture cannot be read, or nothing of it would be left.
        CancelledError: `cancel` returned True.

    >>> picture = np.full((5, 5, 3), 90, np.uint8); picture[2, 2] = 255
    >>> cleaned = clean(picture, white=250)
    >>> cleaned.count, cleaned.image[2, 2].tolist(), cleaned.reasons["white"].sentence
    (1, [90, 90, 90], 'near-white: 250 (1 pixel), as given')
    """
    options = CleanOptions(
        white=white,
        black=black,
        saturation=saturation,
        hue=hue,
        isolated=isolated,
        specks=specks,
        speck_step=speck_step,
        rare=rare,
        grain=grain,
        auto=auto,
        result=result,
        fill=fill,
        threads=threads,
    )
    return clean_with(options, image, progress=progress, cancel=cancel)


def clean_with(
    options: CleanOptions,
    image: Any,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> CleanResult:
    """`clean` with its options in one piece."""
    return _Job(as_image(image), options, progress, cancel).run()


class _Job:
    """One call: the picture, its detectors, and the steps in order."""

    def __init__(
        self,
        source: Image,
        options: CleanOptions,
        progress: Progress | None,
        cancel: Cancel | None,
    ) -> None:
        self.source = source
        self.options = options
        self.threads = thread_count(options.threads)
        self.progress, self.cancel = progress, cancel
        self.pixels = kernels.premultiplied(source)
        self.flags = np.zeros(source.shape[:2], np.uint8)
        self.reasons: dict[str, Finding] = {}

    def run(self) -> CleanResult:
        """All detectors that are on, then the result."""
        thresholds = self.options.thresholds()
        for done, (name, value) in enumerate(thresholds.items()):
            self.step(0.8 * done / len(thresholds))
            if name != "grain":
                self.detect(name, value)
        # What the detectors shared, and only the filling does not need.
        for held in ("standing", "spots", "clumps", "outliers", "auto_isolated", "auto_specks"):
            self.__dict__.pop(held, None)
        filled = self.filled(thresholds.get("grain"))
        self.refuse_nothing()
        self.step(1)
        return CleanResult(
            image=self.made(filled),
            flags=self.flags,
            reasons=self.reasons,
            source=self.source,
            options=self.options,
        )

    def step(self, share: float) -> None:
        """Tell how far the work is, and stop if asked to."""
        if self.cancel is not None and self.cancel():
            raise CancelledError("cleaning was cancelled")
        if self.progress is not None:
            self.progress(share)

    def detect(self, name: str, value: float | Range | str) -> None:
        """Run one detector that does not depend on the others, and keep what it found."""
        automatic = value == AUTO
        finders: dict[str, Callable[[Any], tuple[NDArray[np.bool_] | None, Found]]] = {
            "isolated": self.isolated,
            "specks": self.specks,
        }
        found = Found(None if isinstance(value, str) else value, GIVEN)
        if name in finders:
            mask, found = finders[name](value)
        else:
            if automatic:
                found = self.threshold(name)
            mask = None if found.value is None else self.by_color(name, found.value)
            if automatic and mask is not None:
                mask &= self.spots | self.clumps if name in ("white", "black") else self.spots
        self.keep(name, automatic, found, mask)

    def keep(
        self, name: str, automatic: bool, found: Found, mask: NDArray[np.bool_] | None
    ) -> None:
        """Note what a detector found."""
        count = 0
        if mask is not None:
            count = int(np.count_nonzero(mask))
            self.flags |= mask.view(np.uint8) << DETECTORS.index(name)
        self.reasons[name] = Finding(
            detector=name, threshold=found.value, automatic=automatic, count=count, why=found.why
        )

    @cached_property
    def standing(self) -> NDArray[np.uint8]:
        """How far each pixel stands out."""
        return kernels.standout(self.pixels, threads=self.threads)

    @cached_property
    def auto_isolated(self) -> tuple[NDArray[np.bool_] | None, Found]:
        """The single pixels that `isolated` finds by itself."""
        threshold, why = find_isolated(self.standing)
        if threshold is None:
            return None, Found(None, why)
        mask = np.asarray(self.standing >= threshold)
        return self.no_texture(mask, Found(threshold, why), 1)

    @cached_property
    def auto_specks(self) -> tuple[NDArray[np.bool_] | None, Found]:
        """The specks that `specks` finds by itself."""
        area, step, why = self.found_specks
        if area is None:
            return None, Found(None, why)
        return self.no_texture(self.small_patches(area, step), Found(area, why), area)

    def no_texture(
        self, mask: NDArray[np.bool_], found: Found, area: int
    ) -> tuple[NDArray[np.bool_] | None, Found]:
        """What was found, unless it is lettering or the picture's own dots."""
        if in_lines(mask, area):
            return None, Found(None, "what stands out lies in lines, as lettering does")
        if mask.any() and self.commonness.explains(mask, threads=self.threads):
            why = "what stands out has the picture's own few colours, as dithering has"
            return None, Found(None, why)
        return mask, found

    @cached_property
    def found_specks(self) -> Specks:
        """The area and the step that `specks` finds."""
        return find_specks(self.pixels, self.options.speck_step, threads=self.threads)

    @cached_property
    def spots(self) -> NDArray[np.bool_]:
        """(h, w): all that stands out as noise does; nothing where there is none."""
        spots = np.zeros(self.flags.shape, bool)
        for mask, _ in (self.auto_isolated, self.auto_specks):
            if mask is not None:
                spots |= mask
        return spots

    @cached_property
    def clumps(self) -> NDArray[np.bool_]:
        """(h, w): patches of the largest size that specks may have, where specks are noise.

        Dense noise of one colour runs together; white among white clumps is noise as well.
        """
        if self.found_specks.area is None or self.auto_specks[0] is None:
            return self.spots
        return self.small_patches(LARGEST_SPECK, self.found_specks.step)

    @cached_property
    def outliers(self) -> Outliers:
        """What finds thresholds of colour."""
        return Outliers(self.source, self.spots)

    def isolated(self, value: int | str) -> tuple[NDArray[np.bool_] | None, Found]:
        """Single pixels that stand out."""
        if not isinstance(value, str):
            return np.asarray(self.standing >= value), Found(value, GIVEN)
        return self.auto_isolated

    def specks(self, value: int | str) -> tuple[NDArray[np.bool_] | None, Found]:
        """Small patches with a step all around."""
        if not isinstance(value, str):
            step = self.options.speck_step or DEFAULT_STEP
            why = f"{GIVEN}, with a step of more than {step} levels all around"
            return self.small_patches(value, step), Found(value, why)
        return self.auto_specks

    def small_patches(self, area: int, step: int) -> NDArray[np.bool_]:
        """(h, w): pixels of patches of at most `area` pixels; a whole picture is no speck."""
        sizes = kernels.patches(self.pixels, step, threads=self.threads)
        return np.asarray((sizes <= area) & (sizes < sizes.size))

    def threshold(self, name: str) -> Found:
        """What a detector of colour finds."""
        if name == "rare" and self.spots.any():
            return self.outliers.rare(self.commonness)
        if name == "rare":
            return Found(None, NO_SPOTS)
        found: Found = getattr(self.outliers, name)()
        return found

    @cached_property
    def commonness(self) -> colors.Commonness:
        """How common each pixel's colour is."""
        return colors.Commonness(self.source)

    def by_color(self, name: str, value: Any) -> NDArray[np.bool_]:
        """(h, w): the pixels whose colour is beyond a threshold."""
        if name == "white":
            return colors.extremes(self.source, white=value, black=None)
        if name == "black":
            return colors.extremes(self.source, white=None, black=value)
        if name == "saturation":
            return colors.out_of_saturation(self.source, *value)
        if name == "hue":
            return colors.out_of_hue(self.source, *value)
        return self.commonness.rarer(value)

    def filled(self, grain: Any) -> Image | None:
        """The picture (premultiplied) without what was found, and without grain where asked.

        None where nobody needs it.
        """
        wanted = self.options.result == "fill"
        if grain is None and not wanted:
            return None
        holes = self.flags > 0
        picture = self.pixels
        if holes.any() and not holes.all():
            self.step(0.8)
            picture = kernels.fill(picture, holes, self.options.fill, threads=self.threads)
        if grain is None:
            return picture
        self.step(0.9)
        found = find_grain(picture) if isinstance(grain, str) else Grain(int(grain), GIVEN)
        level, why = found
        if level is None:
            self.keep("grain", grain == AUTO, Found(None, why), None)
            return picture
        base = smooth_surface(picture, level, threads=self.threads)
        mask = off_surface(picture, base, level) & ~holes
        if picture.shape[2] == 4:
            mask &= self.source[:, :, 3] > 0
        self.keep("grain", grain == AUTO, Found(level, why), mask)
        if not wanted:
            return None
        # Holes too: what filled them comes from pixels with grain.
        np.copyto(base, picture, where=~(mask | holes)[:, :, None])
        return base

    def refuse_nothing(self) -> None:
        """Raise InputError where a picture without its noise would be empty."""
        if self.options.result == "mask":
            return
        left = self.flags == 0
        shown = colors.visible(self.source)
        if shown is not None:
            left &= shown
            if not shown.any():
                return
        if not left.any():
            names = ", ".join(name for name, one in self.reasons.items() if one.count)
            raise InputError(
                f"nothing would be left of the picture: {names} would take every pixel; "
                "give a narrower threshold"
            )

    def made(self, filled: Image | None) -> Image:
        """The picture that was asked for."""
        mask = self.flags > 0
        height, width, channels = self.source.shape
        if self.options.result == "mask":
            levels = mask.view(np.uint8) * np.uint8(255)
            return np.repeat(levels[:, :, None], 3, axis=2)
        if self.options.result == "transparent":
            out = np.empty((height, width, 4), np.uint8)
            out[:, :, :channels] = self.source
            if channels == 3:
                out[:, :, 3] = 255
            out[mask] = 0
            return out
        assert filled is not None
        if channels == 4:
            return straight(filled, self.source, mask)
        return filled.copy() if filled is self.source else filled


def straight(filled: Image, source: Image, mask: NDArray[np.bool_]) -> Image:
    """The source with the masked pixels of a premultiplied picture, alpha divided out."""
    out = source.copy()
    for at in range(0, len(source), ROWS):
        here = mask[at : at + ROWS]
        part = filled[at : at + ROWS][here].astype(np.uint16)
        alpha = np.maximum(part[:, 3:], 1)
        part[:, :3] = np.minimum(255, (part[:, :3] * np.uint16(255) + alpha // 2) // alpha)
        out[at : at + ROWS][here] = part.astype(np.uint8)
    return out
