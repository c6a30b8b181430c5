"""Which colours are the noise's: thresholds of colour found by comparing spots with the rest.

Spots are pixels that stand out as noise does (`spots`). A threshold of colour is worth having where
it takes a good share of the spots and next to nothing of the rest of the picture, whose white
walls, black shadows and rare flowers are none of its business: with a threshold found here, only
spots go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pochade.noise.colors import Commonness, hues, saturations

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image

# At least so many spots, and this share of them, have to be beyond a threshold.
LEAST_SPOTS = 8
LEAST_SHARE = 0.05
# The peak of white (or black) noise lies within this many levels of the end of the scale, and its
# valley within so many.
PEAK, VALLEY = 24, 64
# The rest of the picture is sampled, and this share of it at either end may lie out of its range.
SAMPLE = 1 << 20
OUTSIDE = 0.001
# Hues that the rest lacks are a gap from this many degrees on.
LEAST_GAP = 30

NO_SPOTS = "no pixels stand out of the picture as noise does"


class Found(NamedTuple):
    """A threshold, or None, and why."""

    value: int | float | tuple[float, float] | None
    why: str


class Outliers:
    """Finds thresholds of colour for one picture.

    Args:
        image: (h, w, c) uint8, straight alpha.
        spots: (h, w) pixels that stand out as noise.
    """

    def __init__(self, image: Image, spots: NDArray[np.bool_]) -> None:
        self.image = image
        if image.shape[2] == 4:
            spots = spots & (image[:, :, 3] > 0)
        self.spots = image[spots]
        self.mask = spots

    def rest(self) -> NDArray[np.uint8]:
        """Visible pixels that are no spots, evenly taken, at most some million: (n, c)."""
        flat = self.image.reshape(-1, self.image.shape[2])
        every = max(1, len(flat) // SAMPLE)
        sample = flat[::every][~self.mask.reshape(-1)[::every]]
        return sample if sample.shape[1] == 3 else sample[sample[:, 3] > 0]

    def white(self) -> Found:
        """The valley below the peak that white noise makes among the spots."""
        return self._end(self.spots[:, :3].min(axis=1, initial=255), "white")

    def black(self) -> Found:
        """The same at the dark end."""
        return self._end(255 - self.spots[:, :3].max(axis=1, initial=0), "black")

    def _end(self, level: NDArray[np.uint8], name: str) -> Found:
        if not len(level):
            return Found(None, NO_SPOTS)
        counts = np.bincount(level, minlength=256)
        ending = int(counts[256 - PEAK :].sum())
        if ending < max(LEAST_SPOTS, LEAST_SHARE * len(level)):
            return Found(
                None, f"{ending:,} of {len(level):,} pixels that stand out are near {name}"
            )
        peak = 256 - PEAK + int(counts[256 - PEAK :].argmax())
        lowest = peak - VALLEY
        below = np.convolve(counts, np.ones(5), "same")[lowest:peak]
        places = np.flatnonzero(below == below.min()) + lowest
        # The middle of the lowest stretch that is nearest to the peak.
        runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
        valley = int(runs[-1][len(runs[-1]) // 2]) + 1
        value = valley if name == "white" else 255 - valley
        return Found(
            value,
            f"the valley between the {name} peak and the other colours of the pixels that stand "
            f"out ({ending / len(level):.0%} of them lie in the peak)",
        )

    def saturation(self) -> Found:
        """The range of saturation of the rest of the picture."""
        if not len(self.spots):
            return Found(None, NO_SPOTS)
        rest = saturations(self.rest())
        if not len(rest):
            return Found(None, "nothing but spots to compare with")
        low, high = (float(v) for v in np.quantile(rest, [OUTSIDE, 1 - OUTSIDE]))
        low, high = float(np.floor(low)), float(np.ceil(high))
        own = saturations(self.spots)
        out = int(((own < low) | (own > high)).sum())
        return self._ranged(out, low, high, "saturation", "%")

    def hue(self) -> Found:
        """The hues of the picture but for the largest gap between them."""
        if not len(self.spots):
            return Found(None, NO_SPOTS)
        rest = hues(self.rest())
        rest = rest[rest >= 0]
        if not len(rest):
            return Found(None, "the picture has only greys")
        counts = np.bincount(rest.astype(np.int64) % 360, minlength=360)
        common = np.sort(counts)
        few = common[np.searchsorted(common.cumsum(), OUTSIDE * len(rest), side="right")]
        used = np.flatnonzero(counts >= max(1, few))
        gaps = np.diff(np.append(used, used[0] + 360))
        at = int(gaps.argmax())
        if gaps[at] < LEAST_GAP:
            return Found(None, "the picture has colours of all hues")
        low, high = float(used[(at + 1) % len(used)]), float(used[at] + 1) % 360
        own = hues(self.spots)
        inside = (own >= low) & (own <= high) if low <= high else (own >= low) | (own <= high)
        return self._ranged(int(((own >= 0) & ~inside).sum()), low, high, "hue", " degrees")

    def _ranged(self, out: int, low: float, high: float, name: str, unit: str) -> Found:
        total = len(self.spots)
        if out < max(LEAST_SPOTS, LEAST_SHARE * total):
            return Found(
                None,
                f"{out:,} of {total:,} pixels that stand out leave the {name} of the picture, "
                f"{low:g} to {high:g}{unit}",
            )
        return Found(
            (low, high),
            f"the rest of the picture lies from {low:g} to {high:g}{unit}, {out / total:.0%} of "
            "the pixels that stand out do not",
        )

    def rare(self, common: Commonness) -> Found:
        """The share that all but a thousandth of the rest of the picture's colours reach."""
        if not len(self.spots):
            return Found(None, NO_SPOTS)
        rest = self.rest()
        if not len(rest):
            return Found(None, "nothing but spots to compare with")
        shares = common.shares[common.keys(rest[None])[0]]
        share = float(np.quantile(shares, OUTSIDE))
        total = len(self.spots)
        out = int((common.shares[common.keys(self.spots[None])[0]] < share).sum())
        if out < max(LEAST_SPOTS, LEAST_SHARE * total):
            return Found(
                None,
                f"{out:,} of {total:,} pixels that stand out have colours rarer than "
                f"{100 * share:.2g}%, which the rest of the picture reaches",
            )
        return Found(
            share,
            f"all but {OUTSIDE:.1%} of the rest of the picture have more common colours, "
            f"{out / total:.0%} of the pixels that stand out do not",
        )
