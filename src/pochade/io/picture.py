"""What reading a picture gives: pixels, frames, and what the file said beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pochade.types import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    r"""What a file carried beside its pixels, for those who ask to keep it.

    Attributes:
        exif: EXIF block starting with `Exif\0\0`, its orientation set to 1 because the pixels
            are already upright. The form that Pillow's writers take.
        icc: the embedded profile as found. The pixels have been converted to sRGB where the
            profile allowed it, so it must not be written beside them.
        xmp: XMP packet, its orientation set to 1.
        dpi: horizontal and vertical resolution in dots per inch.
        text: PNG text chunks, or a GIF's or JPEG's comment under "Comment".
    """

    exif: bytes | None = None
    icc: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    text: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """A picture read into memory.

    Attributes:
        frames: one h w c uint8 sRGB array per frame, all of one shape, contiguous and writable;
            c is 4 (straight alpha) when any pixel of any frame has alpha below 255, otherwise 3.
            A still picture, or `frames='first'`, has one.
        durations: milliseconds that each frame is shown; 0.0 for a still picture.
        loop: how often the animation plays in all, 0 for ever; 1 for a still picture.
        animated: the file holds more than one frame, whether or not they were read.
        format: what the content is: PNG, JPEG, GIF, WEBP, BMP, TIFF, AVIF, PPM; "array" or "PIL"
            for pictures handed over in memory.
        mode: Pillow's name of the pixel layout as found ("I;16", "CMYK", ...), or a dtype.
        size: width and height of the upright picture before any resize.
        name: the source, safe to print on a terminal.
        byte_size: size of the encoded picture, None when it came as pixels.
        metadata: what was found beside the pixels.
        notes: one sentence for each thing ignored or guessed.
    """

    frames: tuple[Image, ...]
    durations: tuple[float, ...] = (0.0,)
    loop: int = 1
    animated: bool = False
    format: str
    mode: str
    size: tuple[int, int]
    name: str
    byte_size: int | None = None
    metadata: Metadata = Metadata()
    notes: tuple[str, ...] = ()

    @property
    def pixels(self) -> Image:
        """The picture, or the first frame of an animation: h w c uint8."""
        return self.frames[0]
