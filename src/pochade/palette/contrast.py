"""Which text can be read on a colour: WCAG 2.2, relative luminance and contrast ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from pochade.color.srgb import linear_of_byte

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

READABLE: Final = 4.5
"""The ratio that WCAG asks of text (level AA); black or white reaches 4.58 on every colour."""

_LUMINANCE: Final = np.array([0.2126, 0.7152, 0.0722])
_FLARE: Final = 0.05


class Text(NamedTuple):
    """The better text colour on a swatch: '#000000' or '#ffffff', and its contrast, 4.58..21."""

    color: str
    contrast: float


def luminance(colors: ArrayLike) -> NDArray[np.float64]:
    """Relative luminance (...,), 0..1, of (..., 3) uint8 colours; WCAG 2.2, "relative luminance".

    >>> luminance(np.array([[0, 0, 0], [255, 255, 255]], np.uint8)).round(6).tolist()
    [0.0, 1.0]
    """
    light = linear_of_byte()[np.asarray(colors, np.uint8)[..., :3]].astype(np.float64)
    return np.asarray(light @ _LUMINANCE, np.float64)


def contrast(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """Contrast ratio, 1..21, of (..., 3) uint8 colours; the order of the two does not matter.

    >>> white, grey = np.array([255, 255, 255], np.uint8), np.array([119, 119, 119], np.uint8)
    >>> float(contrast(white, grey).round(2))
    4.48
    """
    one, two = luminance(first), luminance(second)
    ratio = (np.maximum(one, two) + _FLARE) / (np.minimum(one, two) + _FLARE)
    return np.asarray(ratio, np.float64)


def text_on(colors: ArrayLike) -> list[Text]:
    """Black or white for each of (k, 3) uint8 colours, whichever contrasts more; ties to black.

    >>> [text.color for text in text_on(np.array([[255, 255, 0], [0, 0, 128]], np.uint8))]
    ['#000000', '#ffffff']
    """
    light = luminance(colors)
    black, white = (light + _FLARE) / _FLARE, (1 + _FLARE) / (light + _FLARE)
    return [
        Text("#000000", float(b)) if b >= w else Text("#ffffff", float(w))
        for b, w in zip(black, white, strict=True)
    ]
