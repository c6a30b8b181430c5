"""What a painting is of: a photo at the size at which everything about it is decided.

A painting needs no more of its photo than this copy: at any size it is drawn from anchors and a
guide, both of which come from here. So results do not depend on the resolution of the photo, and a
saved painting can be changed in every way without it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pochade.painting.shrink import shrink, size_within
from pochade.types import Image

AREA: Final = 1_000_000
"""Most pixels of the copy."""
ALPHA_AREA: Final = 4_000_000
"""Most pixels of the transparency that is kept; it compresses well."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A photo, reduced.

    Attributes:
        digest: SHA-256 of size and pixels of the whole photo, 64 hexadecimal digits.
        size: (rows, cols) of the whole photo.
        photo: (h, w, 3) uint8 sRGB; None in a project that was saved without it. Where the photo
            is transparent, the colours around.
        alpha: (h, w) uint8, of a size of its own; None for an opaque photo.
    """

    digest: str
    size: tuple[int, int]
    photo: Image | None = field(repr=False)
    alpha: NDArray[np.uint8] | None = field(repr=False, default=None)


def make_subject(image: Image, *, lay_on_color: str | None = None) -> Subject:
    """Reduce a photo.

    Args:
        image: (h, w, 3 or 4) uint8 sRGB, straight alpha.
        lay_on_color: '#rrggbb' that a transparent photo is laid on; None keeps it transparent.
    """
    digest = digest_of(image)
    size = (image.shape[0], image.shape[1])
    if image.shape[2] == 3:
        return Subject(digest, size, reduced(image, AREA))
    if lay_on_color is not None:
        from pochade.io.encoders import lay_on

        red, green, blue = bytes.fromhex(lay_on_color[1:7])
        return Subject(digest, size, reduced(lay_on(image, (red, green, blue)), AREA))
    if bool((image[..., 3] == 255).all()):
        return Subject(digest, size, reduced(np.ascontiguousarray(image[..., :3]), AREA))
    alpha = reduced(np.ascontiguousarray(image[..., 3:]), ALPHA_AREA)[..., 0]
    small = reduced(image, AREA)
    return Subject(digest, size, filled(small), np.ascontiguousarray(alpha))


def digest_of(image: Image) -> str:
    """SHA-256 of a picture: its rows, columns and channels as text, then its bytes."""
    rows, cols, channels = image.shape
    found = hashlib.sha256(f"{rows} {cols} {channels} ".encode())
    found.update(np.ascontiguousarray(image).data)
    return found.hexdigest()


def reduced(image: Image, area: int) -> Image:
    """A picture of at most `area` pixels, each the mean of what it covers; uint8.

    Colours of pictures with alpha count by it.
    """
    size = size_within((image.shape[0], image.shape[1]), area)
    if size == image.shape[:2]:
        return np.ascontiguousarray(image)
    if image.shape[2] != 4:
        return _bytes(shrink(image, size))
    weight = image[..., 3:].astype(np.float32)
    parts = [shrink(image[..., band : band + 1] * weight, size) for band in range(3)]
    alpha = shrink(weight, size)
    colors = np.concatenate(parts, axis=2) / np.maximum(alpha, np.float32(1e-3))
    return _bytes(np.concatenate([colors, alpha], axis=2))


def filled(image: Image) -> Image:
    """(h, w, 3): colours of a transparent picture, those around it where nothing is to be seen.

    Painting mixes neighbouring colours; what is hidden under transparency must not come up at the
    borders of what is visible. Coarser and coarser means of what is visible fill the holes
    (S. Gortler et al., "The Lumigraph", 1996, section 3.4: pull and push).
    """
    weight = image[..., 3:].astype(np.float32) / 255
    colors = image[..., :3].astype(np.float32)
    return _bytes(_pull_push(colors * weight, weight))


def _bytes(values: NDArray[np.float32]) -> Image:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def _pull_push(sums: NDArray[Any], weight: NDArray[Any]) -> NDArray[np.float32]:
    """Means where there is weight, and beyond it ever coarser ones; sums are weighted."""
    known: NDArray[np.float32] = sums / np.maximum(weight, 1e-6)
    if bool((weight >= 1).all()) or max(weight.shape[:2]) == 1:
        return known
    rows, cols = weight.shape[:2]
    coarse = _pull_push(*(_halved(plane) for plane in (sums, weight)))
    coarse = coarse.repeat(2, axis=0)[:rows].repeat(2, axis=1)[:, :cols]
    share = np.minimum(weight, 1)
    return np.asarray(known * share + coarse * (1 - share), np.float32)


def _halved(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sums of 2 x 2, at most so much weight as one pixel can have is left to the caller."""
    rows, cols = plane.shape[0] % 2, plane.shape[1] % 2
    even = np.pad(plane, ((0, rows), (0, cols), (0, 0)))
    out: NDArray[np.float32] = even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]
    return out
