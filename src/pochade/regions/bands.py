"""What a region tree is built from: pictures in a colour space, or any bands of numbers.

Working values are float32 and as near to "a difference of 100 is black against white" as the data
allow, so that costs and altitudes of one space compare across pictures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.color.convert import convert
from pochade.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.color.convert import SpaceName

SPACES = ("oklab", "lab", "srgb", "linear", "bands")
BLACK_TO_WHITE = 100.0
LARGEST_PICTURE = (1 << 29) - 1  # 2n - 1 nodes have 32-bit numbers
LARGEST_VALUE = 1e12  # its square still has room in float32
STRIP = 1 << 20  # pixels converted at once where the result is not kept
# Black-white distance in the units of `color.convert`, and white itself.
_WHITE: dict[SpaceName, tuple[float, float, float]] = {
    "oklab": (1, 0, 0),
    "lab": (100, 0, 0),
    "srgb": (1, 1, 1),
    "linear": (1, 1, 1),
}


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A picture, or bands of numbers, as they were given.

    Attributes:
        pixels: (h, w, c), C-contiguous; uint8, uint16 or float32. Not copied where possible.
        space: one of `SPACES`; 'bands' are taken as they are.
    """

    pixels: NDArray[Any]
    space: str

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.pixels.shape[0], self.pixels.shape[1]

    @property
    def bands(self) -> int:
        """Working values of a pixel."""
        channels = int(self.pixels.shape[2])
        if self.space == "bands":
            return channels
        return 1 if channels == 1 else channels

    def unit(self) -> float:
        """Black-white distance: 100 for pictures; the widest range of any band otherwise."""
        if self.space != "bands":
            return BLACK_TO_WHITE
        flat = self.pixels.reshape(-1, self.pixels.shape[2])
        widest = float((flat.max(axis=0).astype(np.float64) - flat.min(axis=0)).max())
        return widest if widest > 0 else 1.0

    def values(self, top: int = 0, bottom: int | None = None, *, threads: int = 1) -> Any:
        """Working values of rows top..bottom as (rows, w, bands) float32, a new array."""
        part = self.pixels[top:bottom]
        if self.space == "bands":
            return part.astype(np.float32)
        out = np.empty((*part.shape[:2], self.bands), np.float32)
        rows = max(1, STRIP // part.shape[1])
        for at in range(0, len(part), rows):
            _convert(part[at : at + rows], self.space, out[at : at + rows], threads)
        return out


def _convert(part: NDArray[Any], space: str, out: NDArray[np.float32], threads: int) -> None:
    """Fill `out` with the working values of grey, RGB or RGBA pixels."""
    name = next(known for known in _WHITE if known == space)
    white = np.asarray(_WHITE[name], np.float64)
    scale = BLACK_TO_WHITE / math.sqrt(float(white @ white))
    channels = part.shape[2]
    color = part[..., :3] if channels > 1 else np.repeat(part, 3, axis=2)
    if color.dtype == np.uint16:
        color = color.astype(np.float32) / np.float32(65535)
    values = convert(color, "srgb", name, threads=threads)
    values *= np.float32(scale)
    if channels == 1:
        # Greys lie on a line through black: their distance along it is all there is.
        along = white / math.sqrt(float(white @ white))
        out[..., 0] = values @ along.astype(np.float32)
        return
    if channels == 3:
        out[...] = values
        return
    # The mean of the squared errors over black and over white (see `color.working`).
    top = 255 if part.dtype == np.uint8 else 65535
    alpha = part[..., 3:].astype(np.float32) / np.float32(top)
    values -= (white * scale / 2).astype(np.float32)
    np.multiply(values, alpha, out=out[..., :3])
    np.multiply(alpha, np.float32(BLACK_TO_WHITE / 2), out=out[..., 3:])


def as_source(image: Any, space: str) -> Source:
    """A picture or an array of numbers, checked.

    uint8 and uint16 arrays of one, three or four channels (or h w) are sRGB pictures, four meaning
    straight alpha; floats, and arrays with other numbers of channels, are bands of numbers,
    whatever the space. `space='bands'` makes any array that. All else goes through
    `pochade.open_image`.

    Raises:
        UsageError: no such space; an array of another kind, an empty one, or numbers that are not
            finite or beyond 1e12.
        InputError: a file that cannot be read.
    """
    if space not in SPACES:
        raise UsageError(f"there is no space {space!r} to merge in; use {', '.join(SPACES)}")
    if not isinstance(image, np.ndarray):
        from pochade.io.open import open_image

        return Source(np.ascontiguousarray(open_image(image).pixels), space)
    pixels = image[:, :, None] if image.ndim == 2 else image
    if pixels.ndim != 3 or not pixels.size:
        raise UsageError(
            f"an array of shape {image.shape} is no picture: give (h, w) or (h, w, bands)"
        )
    if pixels.shape[0] * pixels.shape[1] > LARGEST_PICTURE:
        raise UsageError(f"a picture of {pixels.shape[0]} x {pixels.shape[1]} pixels is too large")
    if pixels.dtype == bool:
        pixels = pixels.astype(np.uint8) * np.uint8(255)
    if pixels.dtype in (np.uint8, np.uint16) and pixels.shape[2] in (1, 3, 4) and space != "bands":
        return Source(np.ascontiguousarray(pixels), space)
    return Source(_numbers(pixels), "bands")


def _numbers(pixels: NDArray[Any]) -> NDArray[Any]:
    if pixels.dtype.kind not in "fiu":
        raise UsageError(f"an array of {pixels.dtype} holds no numbers to compare")
    if pixels.dtype in (np.uint8, np.uint16):
        return np.ascontiguousarray(pixels)
    low, high = float(pixels.min()), float(pixels.max())
    if not (math.isfinite(low) and math.isfinite(high)) or max(-low, high) > LARGEST_VALUE:
        raise UsageError(
            f"the bands must be finite and within 1e12, but they reach from {low:g} to {high:g}; "
            "replace what is missing first"
        )
    return np.ascontiguousarray(pixels, np.float32)
