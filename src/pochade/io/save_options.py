"""How a picture is encoded, apart from the encoders: PNG, the usual case, needs none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from pochade.io.deflate import Effort
    from pochade.io.exif import KeptMetadata

Color: TypeAlias = tuple[int, int, int]

WHITE: Final[Color] = (255, 255, 255)


class SaveOptions(NamedTuple):
    """How a picture is encoded; each option concerns the formats that have it.

    Attributes:
        effort: how hard lossless compressors try: "fast", "default" or "max".
        threads: how many threads may compress.
        metadata: EXIF and resolution to keep; default is none. The orientation in the EXIF
            becomes "upright", as pixels already are. BMP and GIF hold no metadata.
        optimize: let oxipng shrink a PNG further (extra `png`).
        optimize_level: oxipng's level, 0 to 6.
        quality: of JPEG and AVIF, 1 to 100.
        background: R, G, B behind a picture with alpha in JPEG, which has none; default is
            white. None refuses instead.
        icc: a colour profile to embed in PNG, JPEG, WebP, TIFF and AVIF; default is none, which
            every reader takes for sRGB.
    """

    effort: Effort = "default"
    threads: int = 1
    metadata: KeptMetadata | None = None
    optimize: bool = False
    optimize_level: int = 4
    quality: int = 90
    background: Color | None = WHITE
    icc: bytes | None = None


DEFAULTS: Final = SaveOptions()
