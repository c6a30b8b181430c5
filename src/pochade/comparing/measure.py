"""What a result is worth, measured alike for every engine: nobody's own word is taken for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pochade.agreement import label_agreement
from pochade.color.convert import convert
from pochade.color.difference import ciede2000
from pochade.color.working import WorkingSpace, working_space
from pochade.comparing.matching import best_pairs
from pochade.metrics import over

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image, Palette, Pixels

CHUNK = 1 << 18


class Clustering(NamedTuple):
    """One result, its entries in an order.

    Attributes:
        centers: (k, d) float64, in the working space; finite.
        palette: (k, c) uint8, the colours nearest to them.
        labels: (h, w) uint8 or uint16.
    """

    centers: NDArray[np.float64]
    palette: Palette
    labels: NDArray[Any]


class Errors(NamedTuple):
    """How far a result is from the picture.

    Attributes:
        inertia: sum over pixels of the squared distance to their centre, in the working space.
        mse: mean over pixels of the summed squared RGB error of the 8-bit picture; with alpha,
            the mean over black and over white.
    """

    inertia: float
    mse: float

    @property
    def psnr(self) -> float:
        """Decibels; infinite where nothing is lost."""
        return 10 * float(np.log10(3 * 255**2 / self.mse)) if self.mse else float("inf")


class Agreement(NamedTuple):
    """How far a result agrees with the yardstick's, entries matched by optimal assignment.

    Attributes:
        equal: entries that are the same 8-bit colour as their match.
        matched: entries that have a match: the smaller number of the two palettes.
        difference: mean CIEDE2000 difference of matched entries.
        largest: the largest of them.
        shift: largest distance of a centre to its match, as a share of black to white.
        labels: adjusted Rand index of the pixels' labels: 1 is the same partition.
        differing: share of the pixels whose colour is another one.
    """

    equal: int
    matched: int
    difference: float
    largest: float
    shift: float
    labels: float
    differing: float


def clustering(
    centers: NDArray[np.float64], labels: NDArray[Any], space: WorkingSpace
) -> Clustering:
    """A result with its palette; a centre that is no number counts as 0, as it is shown."""
    centers = np.nan_to_num(centers, posinf=0.0, neginf=0.0)
    return Clustering(centers, space.palette(centers), labels)


def by_use(result: Clustering) -> Clustering:
    """The same with the most used entry first; the lower index on ties."""
    counts = np.bincount(result.labels.reshape(-1), minlength=len(result.centers))
    return reordered(result, np.argsort(-counts, kind="stable"))


def in_order_of(result: Clustering, yardstick: Clustering) -> tuple[Clustering, int]:
    """The same with each entry where its match is in the yardstick's; the unmatched last.

    Returns:
        The result, and how many of its first entries have a match. With fewer entries than the
        yardstick, entry i matches another than the yardstick's entry i.
    """
    gaps = _squared(result.centers, yardstick.centers)
    m, n = gaps.shape
    if m <= n:
        return reordered(result, np.argsort(best_pairs(gaps), kind="stable")), m
    found = best_pairs(gaps.T)
    rest = np.setdiff1d(np.arange(m), found)
    return reordered(result, np.concatenate([found, rest])), n


def reordered(result: Clustering, order: NDArray[np.intp]) -> Clustering:
    """The same with its entries in another order."""
    place = np.empty(len(order), result.labels.dtype)
    place[order] = np.arange(len(order), dtype=place.dtype)
    return Clustering(
        result.centers[order], np.ascontiguousarray(result.palette[order]), place[result.labels]
    )


def errors(picture: Image, result: Clustering, space: WorkingSpace) -> Errors:
    """Both errors in float64, a block of pixels at a time."""
    pixels = picture.reshape(-1, picture.shape[2])
    labels = result.labels.reshape(-1)
    plain = working_space("srgb", alpha=space.alpha)
    shown = plain.points(result.palette)
    inertia, squared = 0.0, 0.0
    for at in range(0, len(pixels), CHUNK):
        part = np.ascontiguousarray(pixels[at : at + CHUNK])
        of = labels[at : at + CHUNK]
        inertia += _sum_of_squares(space.points(part) - result.centers[of])
        squared += _sum_of_squares(plain.points(part) - shown[of])
    return Errors(inertia, squared / len(pixels))


def agreement(
    result: Clustering, yardstick: Clustering, matched: int, space: WorkingSpace
) -> Agreement:
    """How far two results agree; `result` is in the order of `yardstick` (see `in_order_of`)."""
    mine, theirs = result.centers[:matched], yardstick.centers
    pairs = best_pairs(_squared(mine, theirs))
    theirs = theirs[pairs]
    palette, other = result.palette[:matched], yardstick.palette[pairs]
    gaps = palette_gaps(palette, other)
    shift = np.sqrt(np.square(mine - theirs).sum(axis=1)).max()
    return Agreement(
        equal=int((palette == other).all(axis=1).sum()),
        matched=matched,
        difference=float(gaps.mean(dtype=np.float64)),
        largest=float(gaps.max()),
        shift=float(shift) / space.extent,
        labels=label_agreement(result.labels, yardstick.labels),
        differing=differing(result, yardstick),
    )


def palette_gaps(first: Palette, second: Palette) -> NDArray[np.float32]:
    """(k,) CIEDE2000 differences of paired entries; with alpha, the mean over black and white."""
    grounds = (0, 255) if first.shape[1] == 4 else (0,)
    total = np.zeros(len(first), np.float32)
    for ground in grounds:
        before, after = (_lab(entries, ground) for entries in (first, second))
        total += ciede2000(before, after) / np.float32(len(grounds))
    return total


def differing(first: Clustering, second: Clustering) -> float:
    """The share of the pixels that have another colour."""
    mine, theirs = first.labels.reshape(-1), second.labels.reshape(-1)
    count = 0
    for at in range(0, len(mine), CHUNK):
        part = slice(at, at + CHUNK)
        gap = first.palette[mine[part]] != second.palette[theirs[part]]
        count += int(gap.any(axis=1).sum())
    return count / len(mine)


def _lab(entries: Pixels, ground: int) -> NDArray[np.float32]:
    seen = over(entries[None], ground)[0] if entries.shape[1] == 4 else entries
    return convert(seen, "srgb", "lab")


def _squared(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m, n) squared distances, one dimension after the other."""
    total = np.zeros((len(first), len(second)))
    for mine, theirs in zip(first.T, second.T, strict=True):
        total += np.square(mine[:, None] - theirs)
    return total


def _sum_of_squares(gap: NDArray[np.float64]) -> float:
    return float(np.square(gap, dtype=np.float64).sum())
