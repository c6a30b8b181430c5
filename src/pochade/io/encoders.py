"""Arrays to the bytes of a file, one function per format; PNG with a palette is in png.py.

Pillow does the encoding of GIF, WebP, TIFF, JPEG, AVIF and full-colour PNG.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pochade.errors import OutputError, UsageError
from pochade.io.bmp import encode_bmp, encode_bmp_indexed
from pochade.io.exif import EXIF_MARK, upright, without_orientation
from pochade.io.gif import encode_gif
from pochade.io.indexed import MAX_COLORS, Indexed, tidy
from pochade.io.save_options import DEFAULTS, WHITE, Color, SaveOptions
from pochade.types import Image, Labels, Palette

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

MAX_SIDES: Final = {"gif": 65535, "webp": 16383, "jpeg": 65500, "avif": 65536}

_PNG_LEVELS: Final = {"fast": 1, "default": 6, "max": 9}
_WEBP_EFFORTS: Final = {"fast": (0, 20), "default": (4, 75), "max": (6, 100)}
_AVIF_SPEEDS: Final = {"fast": 9, "default": 6, "max": 3}
_TIFF_DEFLATE: Final = "tiff_adobe_deflate"
_PREDICTOR: Final = 317
_TIFF_TEXTS: Final = (270, 271, 272, 305, 306, 315, 33432)  # description ... author, copyright
_TIFF_FOLDERS: Final = (34665, 34853)  # EXIF and GPS
_BLEND_ROWS: Final = 1 << 18
_BUFFER_LOCK: Final = threading.Lock()


def encode_full(image: Image, name: str, options: SaveOptions = DEFAULTS) -> bytes:
    """Encode h w 3 or h w 4 uint8 as the format `name`.

    Raises:
        UsageError: the format cannot hold this image.
        OutputError: the encoder failed.
    """
    _check_sides(image.shape[0], image.shape[1], name)
    return _FULL[name](image, options)


def encode_other_indexed(
    labels: Labels, palette: Palette, name: str, options: SaveOptions = DEFAULTS
) -> bytes:
    """Encode labels and palette as the format `name`, in full colour where it takes that.

    Raises:
        UsageError: the format cannot hold this picture, or labels and palette do not fit.
        OutputError: the encoder failed.
    """
    if len(palette) > MAX_COLORS:
        if name == "gif":
            raise UsageError(f"a GIF has at most {MAX_COLORS} colours, not {len(palette)}.")
        return encode_full(np.asarray(palette)[np.asarray(labels)], name, options)
    picture = tidy(labels, palette)
    height, width = picture.labels.shape
    _check_sides(height, width, name)
    if name == "gif":
        return encode_gif([picture.labels], picture.palette)
    if name == "bmp" and picture.opaque:
        return encode_bmp_indexed(picture)
    if name == "tiff" and picture.opaque:
        return _with_pillow_tiff(_as_paletted(picture), options, predictor=1)
    return _FULL[name](picture.pixels(), options)


def lay_on(image: Image, background: Color) -> Image:
    """Blend h w 4 with a background colour, in sRGB as browsers do; h w 3 comes back as it is.

    Each channel is (alpha * colour + (255 - alpha) * background) / 255, rounded half up.
    """
    if image.shape[2] == 3:
        return image
    out = np.empty((*image.shape[:2], 3), np.uint8)
    behind = np.array(background, np.uint32)
    step = max(1, _BLEND_ROWS // image.shape[1])
    for top in range(0, len(image), step):
        part = image[top : top + step].astype(np.uint32)
        alpha = part[..., 3:]
        out[top : top + step] = (part[..., :3] * alpha + behind * (255 - alpha) + 127) // 255
    return out


def _check_sides(height: int, width: int, name: str) -> None:
    limit = MAX_SIDES.get(name)
    if limit is not None and max(height, width) > limit:
        raise UsageError(
            f"{name.upper()} holds at most {limit} pixels a side, the picture has "
            f"{width}x{height}; make it smaller or use png or tiff."
        )


def _with_pillow(
    picture: PillowImage, pillow_name: str, options: SaveOptions, **settings: Any
) -> bytes:
    """Encode with Pillow, which takes its settings by name, and add the metadata to keep."""
    metadata = upright(options.metadata)
    if metadata is not None:
        if metadata.exif:
            settings.setdefault("exif", EXIF_MARK + metadata.exif)
        if metadata.dpi is not None:
            settings["dpi"] = metadata.dpi
    if options.icc is not None:
        settings["icc_profile"] = options.icc
    buffer = BytesIO()
    try:
        picture.save(buffer, format=pillow_name, **settings)
    except (OSError, ValueError, KeyError) as error:
        raise OutputError(f"cannot encode the picture as {pillow_name}: {error}.") from error
    return buffer.getvalue()


def _as_pillow(image: Image) -> PillowImage:
    from PIL import Image as Pillow

    return Pillow.fromarray(np.ascontiguousarray(image))


def _as_paletted(picture: Indexed) -> PillowImage:
    paletted = _as_pillow(picture.labels)
    paletted.putpalette(picture.palette[:, :3].tobytes())
    return paletted


def _encode_png(image: Image, options: SaveOptions) -> bytes:
    level = _PNG_LEVELS[options.effort]
    png = _with_pillow(_as_pillow(image), "PNG", options, compress_level=level)
    if options.optimize:
        from pochade.io.png_optimize import optimize_png

        png = optimize_png(png, level=options.optimize_level)
    return png


def _encode_gif(image: Image, options: SaveOptions) -> bytes:
    del options
    flat = np.ascontiguousarray(image).reshape(-1, image.shape[2])
    colors, labels = np.unique(flat, axis=0, return_inverse=True)
    if len(colors) > MAX_COLORS:
        raise UsageError(
            f"a GIF has at most {MAX_COLORS} colours and this picture has {len(colors)}; "
            "reduce its colours first or use png, webp or tiff."
        )
    return encode_gif([labels.reshape(image.shape[:2])], colors)


def _encode_webp(image: Image, options: SaveOptions) -> bytes:
    method, quality = _WEBP_EFFORTS[options.effort]
    settings = {"lossless": True, "exact": True, "method": method, "quality": quality}
    return _with_pillow(_as_pillow(image), "WEBP", options, **settings)


def _encode_tiff(image: Image, options: SaveOptions) -> bytes:
    return _with_pillow_tiff(_as_pillow(image), options, predictor=2)


def _with_pillow_tiff(picture: PillowImage, options: SaveOptions, *, predictor: int) -> bytes:
    """TIFF by Pillow; of the EXIF only what describes the picture, not how a file is laid out."""
    from PIL import Image as Pillow

    tags = Pillow.Exif()
    if options.metadata is not None and options.metadata.exif:
        kept = Pillow.Exif()
        try:
            kept.load(EXIF_MARK + without_orientation(options.metadata.exif))
            for tag in _TIFF_TEXTS:
                if isinstance(kept.get(tag), str):
                    tags[tag] = kept[tag]
            for tag in _TIFF_FOLDERS:
                if kept.get_ifd(tag):
                    tags.get_ifd(tag).update(kept.get_ifd(tag))
        except (OSError, ValueError, SyntaxError, TypeError, KeyError, struct.error):
            tags = Pillow.Exif()  # broken EXIF is dropped
    tags[_PREDICTOR] = predictor
    return _with_pillow(picture, "TIFF", options, compression=_TIFF_DEFLATE, exif=tags)


def _encode_jpeg(image: Image, options: SaveOptions) -> bytes:
    if image.shape[2] == 4 and options.background is None:
        if bool((image[..., 3] < 255).any()):
            raise UsageError("JPEG has no transparency; give a background colour or use png.")
        image = image[..., :3]
    flat = lay_on(image, options.background or WHITE)
    # No colour subsampling: flat areas and sharp edges are what pochade's pictures are made of.
    with _room_for(flat):
        return _with_pillow(
            _as_pillow(flat), "JPEG", options, quality=options.quality, subsampling=0, optimize=True
        )


@contextmanager
def _room_for(image: Image) -> Iterator[None]:
    """Let Pillow's buffer hold a whole JPEG of this picture, as optimizing needs.

    Pillow makes room for a byte a pixel, which a noisy picture without subsampling exceeds: the
    encoder then fails. The size of its buffer is a global, so one picture is encoded at a time.
    Memory that the JPEG does not fill is not touched.
    """
    from PIL import ImageFile

    height, width = image.shape[:2]
    with _BUFFER_LOCK:
        before = ImageFile.MAXBLOCK
        ImageFile.MAXBLOCK = max(before, 6 * height * width)
        try:
            yield
        finally:
            ImageFile.MAXBLOCK = before


def _encode_avif(image: Image, options: SaveOptions) -> bytes:
    return _with_pillow(
        _as_pillow(image),
        "AVIF",
        options,
        quality=options.quality,
        speed=_AVIF_SPEEDS[options.effort],
        max_threads=max(1, options.threads),
    )


_FULL: Final[dict[str, Callable[[Image, SaveOptions], bytes]]] = {
    "png": _encode_png,
    "gif": _encode_gif,
    "webp": _encode_webp,
    "bmp": lambda image, options: encode_bmp(image),
    "tiff": _encode_tiff,
    "jpeg": _encode_jpeg,
    "avif": _encode_avif,
}
