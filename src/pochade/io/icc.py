"""Embedded ICC profiles to sRGB, through littlecms (PIL.ImageCms), loaded only when needed."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_STEPS = 9  # of the test cube's sides
_MODES = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK", b"Lab ": "LAB"}


def to_srgb(image: Image, profile: bytes) -> tuple[Image, str | None]:
    """Convert a picture with an embedded profile to sRGB.

    Perceptual intent, littlecms's default: for matrix profiles the same as relative
    colorimetric. A profile that agrees with sRGB to within one level everywhere is left alone:
    converting would cost time and scatter flat colours by rounding.

    Args:
        image: mode L, LA, RGB, RGBA, CMYK or LAB.
        profile: the profile's bytes; hostile ones are fine.

    Returns:
        The picture (RGB or RGBA when converted, unchanged otherwise), and a sentence when the
        profile could not be used.
    """
    from PIL import ImageCms

    mode = _MODES.get(profile[16:20])
    base = image.mode.removesuffix("A") if image.mode in {"LA", "RGBA"} else image.mode
    if mode == "RGB" and base == "L":  # common: a grey JPEG with its camera's RGB profile
        image = image.convert("RGB" if image.mode == "L" else "RGBA")
        base = "RGB"
    if mode is None or mode != base:
        return image, "the colour profile does not fit the picture and was ignored"
    try:
        target = ImageCms.createProfile("sRGB")
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if mode == "RGB" and _is_srgb(opened, target):
            return image, None
        alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
        colour = image if alpha is None else image.convert(base)
        transform = ImageCms.buildTransform(opened, target, base, "RGB")
        converted = transform.apply(colour)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image, "the colour profile is broken and was ignored"
    if alpha is not None:
        converted.putalpha(alpha)
    return converted, None


def lab_to_srgb(image: Image) -> Image:
    """Convert a LAB picture (D50, as TIFF stores it) to RGB."""
    from PIL import ImageCms

    transform = ImageCms.buildTransform(
        ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB"
    )
    return transform.apply(image)


def _is_srgb(profile: object, target: object) -> bool:
    """Whether converting changes no colour of a 9 x 9 x 9 cube, nor any grey, by more than 1."""
    import numpy as np
    from PIL import Image, ImageCms

    axis = np.linspace(0, 255, _STEPS).round().astype(np.uint8)
    cube = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    before = np.concatenate([cube, greys])[None]
    transform = ImageCms.buildTransform(profile, target, "RGB", "RGB")  # type: ignore[arg-type]
    after = np.asarray(transform.apply(Image.fromarray(before)))
    return int(np.abs(after.astype(np.int16) - before).max()) <= 1
