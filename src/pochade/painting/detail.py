"""Maps of detail: where a painting is to be finer, and where broader.

A map is (h, w) float32, small, over the whole picture: 0 broader, 1 finer. What counts is how its
values differ, for the number of anchors stays what was asked for.

There is no map of faces: detectors that are light and free to use (YuNet, 230 KB) need a library of
tens of megabytes to run. The map of what stands out finds most portraits, and any detector's boxes,
drawn white into a black picture, are a map by hand.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pochade.color.spatial import blur
from pochade.errors import UsageError
from pochade.painting.hierarchy import build_hierarchy
from pochade.painting.shrink import shrink, size_within
from pochade.painting.working import reduced
from pochade.quantize_inputs import as_image, thread_count

if TYPE_CHECKING:
    from pochade.types import Image

AREA = 1 << 16
"""Most pixels of a map."""
KINDS = ("saliency", "subject")
REACH = 0.2
"""How far from a subject its map falls off, as a share of the picture's diagonal."""
REGIONS = 250
ALIKE = 10.0  # Lab: colours so far apart may still be one thing's
NEAR = 0.4  # of the picture's side: how far a region is compared with others
MIDDLE = 0.3  # of each side: how wide the preference for the middle is
LOWER = 0.3  # what the lower border counts: many things stand on it
FLOOR = 0.3  # of its contrast remains to what is background for sure

Map: TypeAlias = NDArray[np.float32]


def detail_map(wish: Any, image: Image, *, threads: int | None = None) -> Map:
    """The map that a wish stands for.

    Args:
        wish: 'saliency': what stands out; 'subject': what `pochade.cutout` keeps, and what is near
            to it; or a picture, or an array (h, w), painted by hand: finer where it is brighter.
        image: h w 3 uint8: the picture that is painted.
        threads: number of threads; None takes all that this process may use.

    Raises:
        UsageError: no such wish, or a map of another shape than the picture.
        InputError: the map cannot be read.
        CannotTellError: 'subject', and nothing in the picture stands out.
        MissingExtraError: 'subject' without the extra `cutout`.
    """
    if isinstance(wish, str) and wish == "saliency":
        return saliency_detail(image, threads=threads)
    if isinstance(wish, str) and wish == "subject":
        from pochade.cutout import cutout

        return subject_detail(cutout(image, threads=threads).alpha)
    return painted_detail(wish, (image.shape[0], image.shape[1]))


def painted_detail(mask: Any, frame: tuple[int, int] | None = None) -> Map:
    """A map painted by hand: an array (h, w) of bool, uint8 or 0..1, or any picture.

    Of a picture with colours the mean of red, green and blue counts; what is transparent is black.

    Args:
        mask: the map.
        frame: (rows, cols) of the picture that it belongs to; None leaves that open.

    Raises:
        UsageError: values out of range, or a shape that is not the picture's.
        InputError: a picture that cannot be read.
    """
    if isinstance(mask, np.ndarray) and mask.ndim == 2:
        values = _unit(mask)
    else:
        pixels = as_image(mask)
        values = pixels[..., :3].mean(axis=2, dtype=np.float32) / np.float32(255)
        if pixels.shape[2] == 4:
            values *= pixels[..., 3] / np.float32(255)
    if frame is not None:
        rows, cols = values.shape
        slack = rows + cols + frame[0] + frame[1]  # a pixel more or less at any side
        if abs(rows * frame[1] - cols * frame[0]) > slack:
            raise UsageError(
                f"the detail map is {cols}x{rows} and the picture {frame[1]}x{frame[0]}: "
                "make the map in the picture's shape, at any size"
            )
    return small_map(values)


def subject_detail(alpha: NDArray[Any], *, reach: float = REACH) -> Map:
    """A map by distance from a subject: 1 on it, falling to 0 at some distance around it.

    Args:
        alpha: (h, w): the subject, as uint8, bool or 0..1; from one half on it counts.
        reach: where the map becomes 0, as a share of the picture's diagonal.

    >>> import numpy as np
    >>> mask = np.zeros((1, 5), bool); mask[0, 0] = True
    >>> [round(float(one), 2) for one in subject_detail(mask, reach=0.8)[0]]
    [1.0, 0.57, 0.26, 0.07, 0.0]
    """
    if not 0 < reach <= 10:
        raise UsageError(f"reach must be above 0 and at most 10 diagonals, not {reach!r}")
    inside = small_map(_unit(alpha)) >= 0.5
    away = distances(inside) / (reach * math.hypot(*inside.shape))
    falling: Map = np.square(np.maximum(1 - away, 0)).astype(np.float32)
    return falling


def saliency_detail(image: Image, *, threads: int | None = None) -> Map:
    """A map of what stands out: regions unlike those that touch the border.

    Contrast with regions of the background, near ones first (M.-M. Cheng et al., "Global contrast
    based salient region detection", CVPR 2011; W. Zhu et al., "Saliency optimization from robust
    background detection", CVPR 2014), and a little more in the middle.

    Returns:
        0 to 1; all the same where nothing stands out.
    """
    workers = thread_count(threads)
    small = reduced(image, AREA, threads=workers)
    hierarchy = build_hierarchy(small, None, finest=REGIONS, threads=workers)
    labels = hierarchy.labels(count=REGIONS)
    regions = hierarchy.anchors(count=REGIONS)
    area = regions.sizes.astype(np.float64) ** 2
    n = len(area)
    color = regions.tones.astype(np.float64)
    side = math.sqrt(labels.size)
    place = regions.positions.astype(np.float64) / side
    unlike = np.sqrt(_squares(color))
    alike = np.exp(-np.square(unlike) / (2 * ALIKE**2))
    rim = np.bincount(np.concatenate([labels[0], labels[:, 0], labels[:, -1]]), minlength=n)
    rim = rim + LOWER * np.bincount(labels[-1], minlength=n)
    contact = alike @ rim / np.sqrt(alike @ area)
    background = 1 - np.exp(-np.square(contact) / 2)
    near = np.exp(-_squares(place) / (2 * NEAR**2)) * (area * background)
    contrast = (near * unlike).sum(axis=1) / np.maximum(near.sum(axis=1), 1e-12)
    off = (regions.positions / np.array(labels.shape) - 0.5) / MIDDLE
    salient = contrast * (1 - (1 - FLOOR) * background) * np.exp(-np.square(off).sum(axis=1) / 2)
    order = np.argsort(salient, kind="stable")
    # The brightest twentieth of the picture is all white.
    high = salient[order][np.searchsorted(np.cumsum(area[order]), 0.95 * labels.size)]
    if high <= 1e-3:
        return np.full(labels.shape, 0.5, np.float32)
    found = np.minimum(salient / high, 1)
    found = (np.rint(found * 255) / 255).astype(np.float32)
    return _soft(found[labels], round(side / 40))


def distances(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(h, w): how far each pixel is from the nearest one that is inside; infinite without any.

    Along the rows, then of each column the least of the squared ways around a corner.
    """
    rows, cols = inside.shape
    at = np.arange(cols)
    far = float(10 * (rows + cols))
    before = np.maximum.accumulate(np.where(inside, at, -far), axis=1)
    after = np.minimum.accumulate(np.where(inside, at, 2 * far)[:, ::-1], axis=1)[:, ::-1]
    across = np.minimum(np.minimum(at - before, after - at), far) ** 2
    best = np.full(inside.shape, np.inf)
    for row in range(rows):
        step = (np.arange(rows) - row)[:, None] ** 2
        np.minimum(best, across[row][None, :] + step, out=best)
    return np.where(best >= far**2, np.inf, np.sqrt(best))


def small_map(values: NDArray[np.float32]) -> Map:
    """A map at its small size: means of the values; one that is small already stays as it is."""
    size = size_within((values.shape[0], values.shape[1]), AREA)
    small = shrink(np.ascontiguousarray(values[..., None]), size)[..., 0]
    return np.ascontiguousarray(np.clip(small, 0, 1))


def _unit(values: NDArray[Any]) -> NDArray[np.float32]:
    if values.ndim != 2 or not values.size:
        raise UsageError(f"a detail map must be an array (h, w), not {values.shape}")
    if values.dtype == bool:
        return values.astype(np.float32)
    if values.dtype == np.uint8:
        return values.astype(np.float32) / np.float32(255)
    if values.dtype.kind in "fiu" and values.min() >= 0 and values.max() <= 1:
        return values.astype(np.float32)
    raise UsageError("a detail map must hold values from 0 to 1, or uint8")


def _squares(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, n): squared distances between points (n, d)."""
    found: NDArray[np.float64] = np.square(points[:, None] - points[None]).sum(axis=2)
    return found


def _soft(values: Map, reach: int) -> Map:
    """Averaged over a square, twice; the border pixels are repeated."""
    if reach < 1:
        return values
    taps = np.full(2 * reach + 1, 1 / (2 * reach + 1), np.float32)
    for _ in range(2):
        around = np.pad(values, reach, mode="edge")[..., None]
        values = blur(around, taps, 1)[..., 0]
    return np.clip(values, 0, 1)
